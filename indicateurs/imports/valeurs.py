"""Du texte d'une cellule à une valeur : chaque type a son lecteur `(texte) -> (valeur, faute)`, sans exception.

Une valeur illisible n'est jamais prise pour une absence : elle porte toujours une faute.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from charte.identifiants import cle_siret_juste, lettre_uai
from indicateurs.imports.fautes import Faute

_ERREUR_TABLEUR = re.compile(r"#(?:N/A|[A-ZÉ]+(?:/0)?[!?])$|=.", re.I | re.S)
_BLANCS = re.compile(r"[\s\u00a0\u202f\u200b\ufeff]+")
_ENTIER_FLOTTANT = re.compile(r"(\d+)[.,]0+$")
_SCIENTIFIQUE = re.compile(r"(\d)(?:[.,](\d+))?E\+?(\d{1,2})$", re.I)
_CHIFFRES_SURS = 9


class Lu(NamedTuple):
    """Valeur tirée d'une cellule (None si vide ou illisible) et faute éventuelle."""

    valeur: object | None
    faute: Faute | None = None


Lecteur = Callable[[str], Lu]


def nettoyer(texte: str) -> str:
    """Texte sans espaces autour (insécables comprises) ni protection de tableur (`="012"`, `'012`)."""
    propre = texte.strip(" \t\r\n\v\f\u00a0\u202f\u200b\ufeff")
    if propre.startswith('="') and propre.endswith('"'):
        return propre[2:-1].strip()
    if propre.startswith("'") and propre[1:2].isdigit():
        return propre[1:].strip()
    return propre


def en_numero(texte: str) -> tuple[str, bool]:
    """Numéro écrit par un tableur, ramené à ses chiffres : `44000.0`, `1.2345678901235E13`.

    Rend (texte, arrondi) : `arrondi` est vrai si la notation scientifique a perdu des chiffres.
    """
    sans_blanc = _BLANCS.sub("", texte)
    if trouve := _ENTIER_FLOTTANT.match(sans_blanc):
        return trouve[1], False
    if not (trouve := _SCIENTIFIQUE.match(sans_blanc)):
        return sans_blanc, False
    decimales, exposant = trouve[2] or "", int(trouve[3])
    if len(decimales) > exposant:
        return sans_blanc, False
    arrondi = len(decimales) < exposant and len(decimales) + 1 < _CHIFFRES_SURS
    return format(Decimal(f"{trouve[1]}.{decimales or '0'}E{exposant}"), ".0f"), arrondi


def _arrondi(nature: str) -> Faute:
    return Faute(
        "numero_arrondi",
        f"Le tableur a arrondi ce {nature} : des chiffres sont perdus.",
        "Mettez la colonne au format Texte, puis ressaisissez le numéro entier.",
        illisible=True,
    )


def lire_texte(texte: str) -> Lu:
    """Texte libre, espaces intérieures réduites à une."""
    return Lu(_BLANCS.sub(" ", texte))


def lire_siret(texte: str) -> Lu:
    """SIRET : 14 chiffres (espaces et points permis) ; clé de Luhn contrôlée, exception de La Poste comprise."""
    chiffres, arrondi = en_numero(texte)
    if arrondi:
        return Lu(None, _arrondi("SIRET"))
    chiffres = chiffres.replace(".", "").replace("-", "")
    if not re.fullmatch(r"[0-9]{14}", chiffres):
        precision = " (le zéro de tête a pu se perdre)" if re.fullmatch(r"[0-9]{13}", chiffres) else ""
        return Lu(
            None,
            Faute(
                "siret_forme",
                f"Un SIRET compte 14 chiffres{precision}.",
                "Recopiez les 14 chiffres, dans une colonne au format Texte.",
                illisible=True,
            ),
        )
    if cle_siret_juste(chiffres):
        return Lu(chiffres)
    return Lu(
        chiffres,
        Faute(
            "siret_cle",
            "Les chiffres de ce SIRET ne s'accordent pas (clé de Luhn).",
            "Vérifiez le SIRET dans l'annuaire des entreprises (recherche-entreprises).",
        ),
    )


def lire_uai(texte: str) -> Lu:
    """UAI : 7 chiffres et leur lettre clé. Mal formé, il reste le texte nettoyé (il distingue encore les lieux)."""
    uai = _BLANCS.sub("", texte).upper()
    if re.fullmatch(r"[0-9]{6}[A-Z]", uai) and lettre_uai("0" + uai[:6]) == uai[6]:
        faute = Faute("uai_zero", f"Il manque le zéro de tête : lu « 0{uai} ».", "Mettez la colonne au format Texte.")
        return Lu("0" + uai, faute)
    if not re.fullmatch(r"[0-9]{7}[A-Z]", uai):
        return Lu(
            uai[:20],
            Faute("uai_forme", "Un UAI compte 7 chiffres et une lettre.", "Recopiez l'UAI, par exemple « 0123456S »."),
        )
    attendue = lettre_uai(uai[:7])
    if attendue == uai[7]:
        return Lu(uai)
    return Lu(
        uai,
        Faute(
            "uai_cle",
            f"La lettre de cet UAI ne s'accorde pas à ses chiffres : on attend « {uai[:7]}{attendue} ».",
            "Vérifiez l'UAI : un chiffre ou la lettre est faux.",
        ),
    )


def lire_rncp(texte: str) -> Lu:
    """Code RNCP : « RNCP12345 » ou « 12345 », rendu « RNCP12345 »."""
    code = en_numero(texte)[0].upper().replace("-", "")
    trouve = re.fullmatch(r"(?:RNCP)?([0-9]{1,6})", code)
    if trouve and len(trouve[1]) == 5:
        return Lu(f"RNCP{trouve[1]}")
    faute = Faute(
        "rncp_forme",
        "Un code RNCP s'écrit « RNCP » et 5 chiffres.",
        "Recopiez le code de la fiche, par exemple « RNCP35316 ».",
    )
    return Lu(f"RNCP{trouve[1]}" if trouve else code[:20] or None, faute)


def lire_cfd(texte: str) -> Lu:
    """Code formation diplôme : 8 caractères, chiffres ou lettres."""
    code, arrondi = en_numero(texte)
    if arrondi:
        return Lu(code, _arrondi("code diplôme"))
    code = code.upper()
    if re.fullmatch(r"[0-9A-Z]{8}", code):
        return Lu(code)
    perdu = " (le zéro de tête a pu se perdre)" if re.fullmatch(r"[0-9]{7}", code) else ""
    return Lu(
        code[:20],
        Faute(
            "cfd_forme",
            f"Un code formation diplôme compte 8 caractères{perdu}.",
            "Recopiez les 8 caractères, dans une colonne au format Texte.",
        ),
    )


_INE = re.compile(r"[0-9]{10}[A-Z]|[0-9]{9}[A-Z]{2}|[0-9A-Z]{9,10}[0-9]")


def lire_ine(texte: str) -> Lu:
    """INE : 10 chiffres et une lettre, 9 chiffres et deux lettres, ou 9 (10) caractères et un chiffre."""
    ine, arrondi = en_numero(texte)
    ine = ine.upper()
    if not arrondi and _INE.fullmatch(ine):
        return Lu(ine)
    return Lu(
        None,
        Faute(
            "ine_forme",
            "Un INE compte 11 caractères : 10 chiffres et une lettre, ou 9 chiffres et deux lettres.",
            "Recopiez l'INE du dernier établissement, ou laissez la cellule vide.",
            illisible=True,
        ),
    )


def lire_annee_scolaire(texte: str) -> Lu:
    """Année scolaire « 2024-2025 » ou « 2024/2025 », rendue par sa première année (2024)."""
    trouve = re.fullmatch(r"([12][0-9]{3})[-/–]([12][0-9]{3})", _BLANCS.sub("", texte))
    if trouve and int(trouve[2]) == int(trouve[1]) + 1:
        return Lu(int(trouve[1]))
    raison = "Les deux années ne se suivent pas." if trouve else "L'année scolaire est illisible."
    faute = Faute(
        "annee_scolaire_forme", raison, "Écrivez deux années qui se suivent, par exemple « 2024-2025 ».", True
    )
    return Lu(int(trouve[1]) if trouve else None, faute)


def lire_annee_formation(texte: str) -> Lu:
    """Année dans la formation, de 1 à 5."""
    numero = en_numero(texte)[0]
    if re.fullmatch(r"[1-5]", numero):
        return Lu(int(numero))
    return Lu(
        None, Faute("annee_formation_forme", "L'année de formation va de 1 à 5.", "Écrivez 1, 2, 3, 4 ou 5.", True)
    )


_SEXES = {"1": "H", "H": "H", "M": "H", "2": "F", "F": "F"}


def lire_sexe(texte: str) -> Lu:
    """Sexe : 1, H ou M → « H » ; 2 ou F → « F »."""
    valeur = _SEXES.get(en_numero(texte)[0].upper())
    if valeur:
        return Lu(valeur)
    return Lu(None, Faute("sexe_forme", "Le sexe se note 1, 2, H, F ou M.", "Écrivez H ou F.", True))


def lire_duree(texte: str) -> Lu:
    """Durée théorique en mois, de 1 à 48."""
    numero = en_numero(texte)[0]
    if re.fullmatch(r"[0-9]{1,2}", numero) and 1 <= int(numero) <= 48:
        return Lu(int(numero))
    return Lu(None, Faute("duree_forme", "La durée va de 1 à 48 mois.", "Écrivez un nombre entier de mois.", True))


_BOOLEENS = {
    "oui": True, "vrai": True, "1": True, "true": True,
    "non": False, "faux": False, "0": False, "false": False,
}  # fmt: skip


def lire_booleen(texte: str) -> Lu:
    """Oui/non, vrai/faux, 1/0 (et true/false, que les tableurs écrivent), sans casse."""
    valeur = _BOOLEENS.get(en_numero(texte)[0].casefold())
    if valeur is not None:
        return Lu(valeur)
    return Lu(None, Faute("booleen_illisible", "On attend oui ou non.", "Écrivez OUI ou NON, ou laissez vide.", True))


def lire_nom(texte: str) -> Lu:
    """Nom ou prénom : au moins une lettre."""
    if any(c.isalpha() for c in texte):
        return Lu(texte)
    return Lu(None, Faute("nom_sans_lettre", "Ce nom n'a aucune lettre.", "Écrivez le nom en toutes lettres.", True))


LECTEURS: dict[str, Lecteur] = {
    "texte": lire_texte,
    "nom": lire_nom,
    "booleen": lire_booleen,
    "siret": lire_siret,
    "uai": lire_uai,
    "rncp": lire_rncp,
    "cfd": lire_cfd,
    "ine": lire_ine,
    "annee_scolaire": lire_annee_scolaire,
    "annee_formation": lire_annee_formation,
    "sexe": lire_sexe,
    "duree": lire_duree,
}


def erreur_de_tableur(texte: str) -> Lu | None:
    """Cellule en erreur (« #N/A », « #REF! ») ou formule jamais calculée : illisible, quel que soit son type."""
    if texte[:1] not in ("#", "=") or not _ERREUR_TABLEUR.match(texte):
        return None
    remede = "Corrigez la formule, ou remplacez-la par sa valeur (Collage spécial, Valeurs)."
    return Lu(None, Faute("erreur_tableur", "La formule de cette cellule n'a pas de résultat.", remede, True))
