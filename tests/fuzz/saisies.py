"""De quoi déranger l'application : adresses, questions, formulaires, fichiers, en-têtes et cookies tirés au hasard."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st

from tests.appli.univers import FICHIER_CSV
from tests.fuzz.sonde import MARQUE, Envoi

PARAMETRE = re.compile(r"\{(\w+)(?::(\w+))?\}")
METHODES = ("GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")
_MECHANTS = (
    "", " ", "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\r\n", "a\r\nX-Trop: oui", "\x1b[31m", "\u202e\u2066",
    "\ufeff", "\U0001f469\u200d\U0001f393" * 40, "e" + "\u0301" * 500, "İ", "ß", "ﬁ", "٣", "²", "½", "1e400", "nan",
    "inf", "-0", "0x10", "1_000", "+1", "０", "null", "None", "true", "[]", "{}", "[object Object]", "../../etc/passwd",
    "%00", "%s%n", "{{7*7}}", "${7*7}", "' OR '1'='1", "=cmd|' /C calc'!A0", "javascript:alert(1)",
    "//ailleurs.invalid", "/\\ailleurs", "https://[::1", "https://exemple.invalid:99999999/", "http://\u2100.invalid/",
    "2026-02-30", "0000-00-00", "9999-12-31", "0001-01-01", "31/12/9999", "1/1/1", "2026-W01-1", "20260101",
    "2026-01-01T00:00:00Z", MARQUE,
)  # fmt: skip
_ENTIERS = (0, 1, -1, 2**31, -(2**31) - 1, 2**63 - 1, 2**63, -(2**63) - 1, 10**30, int("9" * 4299), 2026, 9999, 10_000)
_CARACTERES = st.characters(exclude_categories=())


def _repeter(motif: str, nombre: int) -> str:
    return motif * (nombre // max(1, len(motif)))


TEXTES = st.one_of(
    st.sampled_from(_MECHANTS),
    st.text(_CARACTERES, max_size=40),
    st.text("0123456789-+.eE/: ", max_size=12),
    st.sampled_from(_ENTIERS).map(str),
    st.integers().map(str),
    st.dates().map(str),
    st.datetimes().map(str),
    st.builds(_repeter, st.sampled_from(["a", "9", "é", "\U0001f393", MARQUE, "\x00"]), st.sampled_from([300, 6_000])),
)
GEANTS = st.builds(_repeter, st.sampled_from(["a", "9", "\U0001f393", "&", "%"]), st.sampled_from([60_000, 400_000]))
OCTETS = st.binary(max_size=60)
_VRAIES = ("oui", "1", "on", "2026", "tenu", "en_partie", "", "fusion", "sien", "mien", "2024-09-01", "total")


@dataclass(frozen=True)
class Cible:
    """Une route, les champs que ses formulaires montrent, une saisie juste."""

    methode: str
    chemin: str
    champs: tuple[str, ...]
    saisies: Mapping[str, str]
    fichiers: Mapping[str, Any]


@dataclass(frozen=True)
class Terrain:
    """Ce qui est là : routes, valeurs des paramètres d'adresse, noms de champs, sessions (cookie, jeton) par acteur."""

    cibles: Sequence[Cible]
    valeurs: dict[str, list[str]]
    champs: Sequence[str]
    acteurs: Sequence[str]


def en_octets(texte: str) -> bytes:
    """Les octets d'un texte, demi-caractères compris."""
    return texte.encode("utf-8", "surrogatepass")


def pourcent(octets: bytes) -> bytes:
    """Ces octets dans une adresse."""
    return quote_from_bytes(octets, safe="").encode()


@st.composite
def adresses(tirer: st.DrawFn, terrain: Terrain, chemin: str) -> bytes:
    """L'adresse d'une route : le plus souvent de vrais objets, sinon n'importe quoi à leur place."""

    def remplacer(trouve: re.Match[str]) -> str:
        connus = terrain.valeurs[trouve[1]]
        if tirer(st.integers(0, 3)):
            return tirer(st.sampled_from(connus))
        if trouve[2] == "int":
            return str(tirer(st.one_of(st.sampled_from(_ENTIERS), st.integers(-5, 50))))
        return pourcent(en_octets(tirer(TEXTES)) or b"-").decode()

    return PARAMETRE.sub(remplacer, chemin).encode()


@st.composite
def paires(tirer: st.DrawFn, cible: Cible, terrain: Terrain) -> list[tuple[bytes, bytes]]:
    """Les champs d'un formulaire ou d'une question : justes, manquants, doublés, absurdes, inconnus."""
    propres = [*cible.saisies, *cible.champs]
    retenus = [nom for nom in propres if tirer(st.integers(0, 4))]
    ajoutes = tirer(st.lists(st.one_of(st.sampled_from(terrain.champs), TEXTES), max_size=3))
    noms = retenus + ajoutes + tirer(st.lists(st.sampled_from(propres or ["_csrf"]), max_size=2))
    resultat = []
    for nom in noms:
        juste = cible.saisies.get(nom)
        if juste is not None and tirer(st.booleans()):
            valeur = en_octets(juste)
        else:
            textes = st.one_of(TEXTES, TEXTES, st.sampled_from(_VRAIES)).map(en_octets)
            valeur = tirer(st.one_of(textes, textes, textes, OCTETS))
        resultat.append((en_octets(nom), valeur))
    if tirer(st.integers(0, 60)) == 0:
        resultat.append((b"commentaire", en_octets(tirer(GEANTS))))
    return resultat


def en_question(champs: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Un formulaire simple, ou une question."""
    return b"&".join(pourcent(nom) + b"=" + pourcent(valeur) for nom, valeur in champs)


LIMITE = b"limite-d-essai"


def _sans_fin_de_ligne(octets: bytes) -> bytes:
    return octets.replace(b"\r", b"").replace(b"\n", b"").replace(b'"', b"%22")


def en_morceaux(champs: Sequence[tuple[bytes, bytes]], fichiers: Sequence[tuple[bytes, bytes, bytes]]) -> bytes:
    """Un formulaire à fichiers ; `fichiers` : (champ, nom de fichier, contenu)."""
    lignes = []
    for nom, valeur in champs:
        lignes += [
            b"--" + LIMITE,
            b'Content-Disposition: form-data; name="' + _sans_fin_de_ligne(nom) + b'"',
            b"",
            valeur,
        ]
    for nom, fichier, contenu in fichiers:
        entete = b'Content-Disposition: form-data; name="%s"; filename="%s"'
        lignes += [b"--" + LIMITE, entete % (_sans_fin_de_ligne(nom), _sans_fin_de_ligne(fichier))]
        lignes += [b"Content-Type: application/octet-stream", b"", contenu]
    return b"\r\n".join([*lignes, b"--" + LIMITE + b"--", b""])


@st.composite
def fichiers_abimes(tirer: st.DrawFn, modele: bytes) -> bytes:
    """Un fichier d'apprentis (CSV ou classeur) intact, coupé, troué ou tout autre chose."""
    vrai = tirer(st.sampled_from([FICHIER_CSV, modele]))
    sorte = tirer(st.integers(0, 4))
    if sorte == 0:
        return vrai
    if sorte == 1:
        return vrai[: tirer(st.integers(0, len(vrai)))]
    if sorte == 2:
        ou = tirer(st.integers(0, len(vrai)))
        return vrai[:ou] + tirer(st.binary(min_size=1, max_size=40)) + vrai[ou + 5 :]
    if sorte == 3:
        lignes = [b";".join(en_octets(t) for t in tirer(st.lists(TEXTES, max_size=5))) for _ in range(3)]
        return vrai.split(b"\n")[0] + b"\n" + b"\n".join(lignes)
    return tirer(st.binary(max_size=400))


_GENRES = (
    b"application/x-www-form-urlencoded", b"application/x-www-form-urlencoded; charset=utf-16", b"application/json",
    b"text/plain", b"multipart/form-data", b"multipart/form-data; boundary=", b"multipart/form-data; boundary=autre",
    b"multipart/mixed; boundary=" + LIMITE, b"application/msgpack", b"\xff\xfe", b"", b";;;",
    b"text/html; charset=nimporte",
)  # fmt: skip


@st.composite
def corps(tirer: st.DrawFn, cible: Cible, terrain: Terrain, modele: bytes) -> tuple[bytes, bytes]:
    """(genre annoncé, octets) d'un envoi."""
    champs = tirer(paires(cible, terrain))
    sorte = tirer(st.integers(0, 9))
    if sorte < 5 and not cible.fichiers:
        return _GENRES[0], en_question(champs)
    if sorte < 8:
        noms = st.sampled_from([*(cible.fichiers or ()), "fichier", "etat", "_csrf"]).map(en_octets)
        fichier = st.tuples(
            noms,
            st.one_of(st.sampled_from(["a.csv", "a.xlsx", "../a.csv"]), TEXTES).map(en_octets),
            fichiers_abimes(modele),
        )
        octets = en_morceaux(champs, tirer(st.lists(fichier, min_size=bool(cible.fichiers), max_size=2)))
        if sorte == 7:
            octets = octets[: tirer(st.integers(0, len(octets)))]
        return b"multipart/form-data; boundary=" + LIMITE, octets
    brut = tirer(st.one_of(st.just(en_question(champs)), st.just(en_morceaux(champs, [])), st.binary(max_size=300)))
    return tirer(st.sampled_from(_GENRES)), brut


_ENTETES = (b"hx-request", b"accept", b"accept-encoding", b"origin", b"sec-fetch-site", b"referer", b"host", b"cookie",
            b"range", b"if-none-match", b"if-modified-since", b"x-csrf-token", b"content-length", b"x-forwarded-for",
            b"accept-language", b"user-agent", b"expect", b"te", b"hx-target", b"hx-current-url")  # fmt: skip
_VALEURS = st.one_of(
    st.sampled_from([b"true", b"*/*", b"null", b"same-origin", b"cross-site", b"bytes=0-", b"bytes=99999999-1",
                     b"a=b; a", b"trajectoire=", b"trajectoire=x; trajectoire-visite=\xc3\xa9",
                     b"trajectoire-visite=zz9\"'; =",
                     b'trajectoire="\\000\\303\\251"', b"-1", b"1e9", b"0", b"http://[", b"http://ailleurs.invalid"]),
    TEXTES.map(en_octets), OCTETS,
)  # fmt: skip


def _valeur_admise(valeur: bytes) -> bytes:
    """Ce qu'un serveur HTTP laisse passer : ni fin de ligne, ni octet nul, ni espace au bord."""
    return re.sub(rb"[\x00\r\n\x0b\x0c]", b"", valeur).strip()[:8_000]


ENTETES = st.lists(st.tuples(st.sampled_from(_ENTETES), _VALEURS.map(_valeur_admise)), max_size=3)
CHEMINS_LIBRES = st.lists(st.one_of(TEXTES.map(en_octets), OCTETS), min_size=0, max_size=4).map(
    lambda morceaux: b"/" + b"/".join(pourcent(m) for m in morceaux)
)


@st.composite
def envois(tirer: st.DrawFn, terrain: Terrain, modele: bytes) -> Envoi:
    """Une requête quelconque, sans encore la session ni le jeton de son auteur."""
    cible = tirer(st.sampled_from(terrain.cibles))
    methode = cible.methode if tirer(st.integers(0, 15)) else tirer(st.sampled_from(METHODES))
    chemin = tirer(adresses(terrain, cible.chemin)) if tirer(st.integers(0, 15)) else tirer(CHEMINS_LIBRES)
    question = b""
    if tirer(st.integers(0, 2)) == 0 or cible.methode == "GET":
        question = tirer(st.one_of(paires(cible, terrain).map(en_question), TEXTES.map(en_octets).map(pourcent)))
        chemin += b"?" + question[:60_000]
    entetes = tirer(ENTETES)
    octets = b""
    if methode not in ("GET", "HEAD") or tirer(st.integers(0, 20)) == 0:
        genre, octets = tirer(corps(cible, terrain, modele))
        entetes = [(b"content-type", genre), (b"content-length", str(len(octets)).encode()), *entetes]
    coupe = bool(octets) and tirer(st.integers(0, 25)) == 0
    return Envoi(methode, chemin, tuple(entetes), octets, coupe, tirer(st.sampled_from(terrain.acteurs)))
