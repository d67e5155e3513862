"""Lire un fichier .csv : encodage et séparateur reconnus, lignes physiques gardées pour les messages."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from operator import itemgetter

from indicateurs.imports.format import Format
from indicateurs.imports.lecture import (
    LIGNES_SONDEES,
    Entete,
    FichierIllisible,
    Nettoyage,
    Tableau,
    exiger_entete,
    garder_lignes_remplies,
    reperer_entete,
)

SEPARATEURS = (";", ",", "\t", "|")
_CHAMP_MAXIMAL = 1_000_000


def lire_csv(octets: bytes, nom: str, format_: Format) -> Tableau:
    """Lit un .csv (UTF-8 avec ou sans BOM, UTF-16 avec BOM, cp1252) ; lève `FichierIllisible`."""
    texte, encodage = decoder(octets, nom)
    separateur, entete = _reconnaitre(texte, nom, format_)
    utiles = {champ: place for champ, place in entete.places.items() if format_.par_champ[champ].lue}
    numeros, cellules, en_trop = _charger(texte, separateur, entete, utiles, nom)
    numeros, cellules = garder_lignes_remplies(numeros, cellules)
    return Tableau(
        lignes=numeros,
        cellules=cellules,
        inconnues=entete.inconnues,
        ligne_entete=entete.rang,
        encodage=encodage,
        separateur=separateur,
        en_trop=en_trop,
    )


def lire_rangees(octets: bytes, nom: str, format_: Format) -> Iterator[tuple[int, list[str]]]:
    """Toutes les rangées d'un .csv, telles quelles, avec leur ligne physique (pour rendre le fichier annoté)."""
    texte, _ = decoder(octets, nom)
    separateur, _ = _reconnaitre(texte, nom, format_)
    return _rangees(texte, separateur)


def decoder(octets: bytes, nom: str) -> tuple[str, str]:
    """Texte et nom de l'encodage ; lève `FichierIllisible` s'il n'est d'aucun encodage connu."""
    if octets.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidats = ["utf-16"]
    elif octets.startswith(b"\xef\xbb\xbf"):
        candidats = ["utf-8-sig"]
    else:
        candidats = ["utf-8", "cp1252"]
    for encodage in candidats:
        try:
            return octets.decode(encodage), encodage
        except UnicodeDecodeError:
            continue
    raise FichierIllisible(f"« {nom} » n'est ni en UTF-8 ni en Windows-1252 : enregistrez-le en « CSV UTF-8 ».")


def _rangees(texte: str, separateur: str) -> Iterator[tuple[int, list[str]]]:
    """Rangées non vides et la ligne physique (à partir de 1) où chacune commence."""
    csv.field_size_limit(_CHAMP_MAXIMAL)
    lecteur = csv.reader(io.StringIO(texte, newline=""), delimiter=separateur, strict=True)
    precedente = 0
    for rangee in lecteur:
        if rangee:
            yield precedente + 1, rangee
        precedente = lecteur.line_num


def _reconnaitre(texte: str, nom: str, format_: Format) -> tuple[str, Entete]:
    """Le séparateur dont la lecture donne le plus d'en-têtes connus ; `rang` devient la ligne physique."""
    trouves: list[tuple[str, Entete]] = []
    for separateur in SEPARATEURS:
        sonde = _sonder(texte, separateur)
        if entete := reperer_entete([rangee for _, rangee in sonde], format_):
            ligne = sonde[entete.rang][0]
            trouves.append((separateur, replace(entete, rang=ligne)))
    if not trouves:
        exiger_entete(None, nom, format_)
    separateur, entete = max(trouves, key=lambda trouve: trouve[1].utiles)
    return separateur, exiger_entete(entete, nom, format_)


def _sonder(texte: str, separateur: str) -> list[tuple[int, list[str]]]:
    sonde: list[tuple[int, list[str]]] = []
    try:
        sonde.extend(islice(_rangees(texte, separateur), LIGNES_SONDEES))
    except csv.Error:
        return sonde
    return sonde


def _charger(
    texte: str, separateur: str, entete: Entete, utiles: dict[str, int], nom: str
) -> tuple[list[int], dict[str, list[str]], dict[int, int]]:
    choisir = itemgetter(*utiles.values())
    numeros: list[int] = []
    choisies: list[tuple[str, ...]] = []
    en_trop: dict[int, int] = {}
    debut = 0
    try:
        for debut, rangee in _rangees(texte, separateur):
            if debut <= entete.rang:
                continue
            numeros.append(debut)
            if any(rangee[entete.largeur :]):
                en_trop[debut] = len(rangee) - entete.largeur
            manque = entete.largeur - len(rangee)
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
