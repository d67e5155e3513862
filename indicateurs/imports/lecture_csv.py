"""Lire un fichier .csv : encodage et séparateur reconnus, lignes physiques gardées pour les messages."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from operator import itemgetter

from charte.commun.enveloppe import FichierIllisible
from indicateurs.imports.format import FormatLisible
from indicateurs.imports.lecture import (
    LIGNES_SONDEES,
    SANS_ENTETE,
    Entete,
    Nettoyage,
    Tableau,
    exiger_entete,
    garder_lignes_remplies,
    reperer_entete,
)

SEPARATEURS = (";", ",", "\t", "|")
LIGNES_MAXIMALES = 500_000
_CHAMP_MAXIMAL = 1_000_000
_BLOC = 2**20
_ACCENT_UTF8 = re.compile(rb"\xc3[\x80-\xbf]")
_TROP_DE_LIGNES = "« {nom} » a plus de 500\u202f000 lignes : découpez-le par année scolaire."


def lire_csv(octets: bytes, nom: str, format_: FormatLisible) -> Tableau:
    """Lit un .csv (UTF-8 avec ou sans BOM, UTF-16 avec BOM, cp1252) ; lève `FichierIllisible`."""
    encodage = reconnaitre_l_encodage(octets, nom)
    separateur, entete = _reconnaitre(octets, encodage, nom, format_)
    utiles = {champ: place for champ, place in entete.places.items() if format_.par_champ[champ].lue}
    numeros, cellules, en_trop = _charger(lire_les_rangees(octets, encodage, separateur), entete, utiles, nom)
    numeros, cellules = garder_lignes_remplies(numeros, cellules)
    return Tableau(
        lignes=numeros,
        cellules=cellules,
        inconnues=entete.inconnues,
        ligne_entete=entete.rang,
        encodage=encodage,
        separateur=separateur,
        en_trop=en_trop,
        places={champ: place + 1 for champ, place in entete.places.items()},
    )


def lire_rangees(octets: bytes, nom: str, format_: FormatLisible) -> Iterator[tuple[int, list[str]]]:
    """Toutes les rangées d'un .csv, telles quelles, avec leur ligne physique (pour rendre le fichier annoté)."""
    encodage = reconnaitre_l_encodage(octets, nom)
    separateur, _ = _reconnaitre(octets, encodage, nom, format_)
    return lire_les_rangees(octets, encodage, separateur)


def reconnaitre_l_encodage(octets: bytes, nom: str) -> str:
    """Nom de l'encodage ; lève `FichierIllisible` s'il n'est d'aucun encodage connu, ou de deux à la fois."""
    if octets.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidats = ["utf-16"]
    elif octets.startswith(b"\xef\xbb\xbf"):
        candidats = ["utf-8-sig"]
    else:
        candidats = ["utf-8", "cp1252"]
    for encodage in candidats:
        if (faute := _octet_fautif(octets, encodage)) is None:
            return encodage
        # « Ã » suivi d'un signe : un « é » écrit en UTF-8. Lu en Windows-1252, le fichier serait rangé illisible.
        if encodage.startswith("utf-8") and _ACCENT_UTF8.search(octets):
            ligne = octets.count(b"\n", 0, faute) + 1
            raise FichierIllisible(
                f"« {nom} » mélange deux encodages : la ligne {ligne} n'est pas écrite en UTF-8 comme les autres ; "
                "ouvrez-le dans votre tableur et enregistrez-le en « CSV UTF-8 »."
            )
    raise FichierIllisible(f"« {nom} » n'est ni en UTF-8 ni en Windows-1252 : enregistrez-le en « CSV UTF-8 ».")


def _octet_fautif(octets: bytes, encodage: str) -> int | None:
    """Rang approché (au bloc près avant la faute) du premier octet qui ne se décode pas, ou None."""
    decodeur = codecs.getincrementaldecoder(encodage)()
    for debut in range(0, len(octets), _BLOC):
        try:
            decodeur.decode(octets[debut : debut + _BLOC], final=debut + _BLOC >= len(octets))
        except UnicodeDecodeError as erreur:
            return debut + erreur.start
    return None


def lire_les_rangees(octets: bytes, encodage: str, separateur: str) -> Iterator[tuple[int, list[str]]]:
    """Rangées non vides, et la ligne physique (à partir de 1) où chacune commence ; lues au fil du fichier."""
    csv.field_size_limit(_CHAMP_MAXIMAL)
    texte = io.TextIOWrapper(io.BytesIO(octets), encoding=encodage, newline="")
    lecteur = csv.reader(texte, delimiter=separateur, strict=True)
    precedente = 0
    for rangee in lecteur:
        if rangee:
            yield precedente + 1, rangee
        precedente = lecteur.line_num


def _reconnaitre(octets: bytes, encodage: str, nom: str, format_: FormatLisible) -> tuple[str, Entete]:
    """Le séparateur dont la lecture donne le plus d'en-têtes connus ; `rang` devient la ligne physique."""
    trouves: list[tuple[str, Entete]] = []
    for separateur in SEPARATEURS:
        sonde = premieres_rangees(octets, encodage, separateur)
        if entete := reperer_entete([rangee for _, rangee in sonde], format_):
            ligne = 0 if entete.rang == SANS_ENTETE else sonde[entete.rang][0]
            trouves.append((separateur, replace(entete, rang=ligne)))
    if not trouves:
        exiger_entete(None, nom, format_)
    separateur, entete = max(trouves, key=lambda trouve: trouve[1].utiles)
    return separateur, exiger_entete(entete, nom, format_)


def premieres_rangees(octets: bytes, encodage: str, separateur: str) -> list[tuple[int, list[str]]]:
    """Premières rangées non vides, chacune avec sa ligne physique ; ce qui précède une faute de forme, s'il y en a."""
    sonde: list[tuple[int, list[str]]] = []
    try:
        sonde.extend(islice(lire_les_rangees(octets, encodage, separateur), LIGNES_SONDEES))
    except csv.Error:
        return sonde
    return sonde


def _charger(
    rangees: Iterator[tuple[int, list[str]]], entete: Entete, utiles: dict[str, int], nom: str
) -> tuple[list[int], dict[str, list[str]], dict[int, int]]:
    choisir = itemgetter(*utiles.values())
    numeros: list[int] = []
    choisies: list[tuple[str, ...]] = []
    en_trop: dict[int, int] = {}
    debut = 0
    try:
        for debut, rangee in rangees:
            if debut <= entete.rang:
                continue
            if len(numeros) == LIGNES_MAXIMALES:
                raise FichierIllisible(_TROP_DE_LIGNES.format(nom=nom))
            numeros.append(debut)
            if any(rangee[entete.largeur :]):
                en_trop[debut] = len(rangee) - entete.largeur
            manque = entete.largeur - len(rangee)
            if manque > 0 and not entete.rang:
                en_trop[debut] = -manque
            choisies.append(choisir(rangee + [""] * manque if manque > 0 else rangee))
    except csv.Error as erreur:
        raise FichierIllisible(_dire_csv(nom, debut, str(erreur))) from erreur
    propre = Nettoyage()
    colonnes = zip(*choisies, strict=True) if choisies else ([] for _ in utiles)
    cellules = {champ: [propre[t] for t in colonne] for champ, colonne in zip(utiles, colonnes, strict=True)}
    return numeros, cellules, en_trop


def _dire_csv(nom: str, ligne: int, raison: str) -> str:
    if "field limit" in raison:
        limite = f"{_CHAMP_MAXIMAL:,}".replace(",", "\u202f")
        return (
            f"« {nom} » a, après la ligne {ligne}, une cellule de plus de {limite} caractères : "
            "raccourcissez-la, ou fermez le guillemet qui l'ouvre."
        )
    return (
        f"« {nom} » a un guillemet mal fermé dans la ligne qui suit la ligne {ligne} : "
        "corrigez-le, ou enregistrez de nouveau le fichier depuis votre tableur."
    )
