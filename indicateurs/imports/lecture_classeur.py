"""Lire un classeur .xlsx : la feuille qui porte les en-têtes, chaque cellule comme du texte, rien de caché."""

from dataclasses import replace
from xml.etree import ElementTree

import fastexcel

from charte.commun.enveloppe import FichierIllisible, examiner_l_enveloppe
from charte.commun.lecture_xlsx import (
    decalage_de,
    dire_abime,
    dire_erreur,
    lire_le_sommaire,
    refuser_l_etendue,
    refuser_les_formules,
)
from indicateurs.imports.format import FormatLisible
from indicateurs.imports.lecture import (
    LIGNES_SONDEES,
    Entete,
    Nettoyage,
    Tableau,
    exiger_entete,
    garder_lignes_remplies,
    reperer_entete,
)


def lire_classeur(octets: bytes, nom: str, format_: FormatLisible) -> Tableau:
    """Lit un .xlsx ; lève `FichierIllisible` s'il n'en est pas un, s'il est dangereux, démesuré ou sans en-tête."""
    enveloppe = examiner_l_enveloppe(octets, nom)
    refuser_l_etendue(octets, enveloppe, nom)
    try:
        calendrier_1904, pieces = lire_le_sommaire(octets)
        classeur = fastexcel.read_excel(octets)
        feuille, entete, ignorees = _choisir_feuille(classeur, nom, format_)
        refuser_les_formules(enveloppe, pieces, (feuille, *ignorees), nom)
        utiles = {champ: place for champ, place in entete.places.items() if format_.par_champ[champ].lue}
        numeros, cellules = _charger(classeur, feuille, entete, utiles)
    except (fastexcel.FastExcelError, KeyError, StopIteration, ElementTree.ParseError) as erreur:
        raise FichierIllisible(dire_abime(nom)) from erreur
    numeros, cellules = garder_lignes_remplies(numeros, cellules)
    return Tableau(
        lignes=numeros,
        cellules=cellules,
        inconnues=entete.inconnues,
        ligne_entete=entete.rang + 1,
        feuille=feuille,
        feuilles_ignorees=ignorees,
        calendrier_1904=calendrier_1904,
        places={champ: place + 1 for champ, place in entete.places.items()},
    )


def _choisir_feuille(
    classeur: fastexcel.ExcelReader, nom: str, format_: FormatLisible
) -> tuple[str, Entete, tuple[str, ...]]:
    """La feuille aux en-têtes les plus complets ; les autres feuilles à en-têtes sont rendues, pour être dites."""
    sondees = [(feuille, _sonder(classeur, feuille, format_)) for feuille in classeur.sheet_names]
    trouvees = [(feuille, entete) for feuille, entete in sondees if entete]
    if not trouvees:
        exiger_entete(None, nom, format_)
    feuille, entete = max(trouvees, key=lambda trouvee: trouvee[1].utiles)
    autres = tuple(autre for autre, _ in trouvees if autre != feuille)
    return feuille, exiger_entete(entete, nom, format_), autres


def _sonder(classeur: fastexcel.ExcelReader, feuille: str, format_: FormatLisible) -> Entete | None:
    premiere, rangees = premieres_rangees(classeur, feuille)
    largeur = len(rangees[0]) if rangees else 0
    # Un tableur n'enregistre pas les premières ni les dernières colonnes quand elles sont vides partout.
    manque: list[str | None] = [None] * max(0, len(format_.par_champ) - largeur) if format_.sans_entete else []
    entete = reperer_entete([rangee + manque for rangee in rangees], format_)
    if entete is None:
        return None
    return replace(
        entete, places={champ: place for champ, place in entete.places.items() if premiere <= place < largeur}
    )


def premieres_rangees(classeur: fastexcel.ExcelReader, feuille: str) -> tuple[int, list[list[str | None]]]:
    """(rang de la première colonne remplie, premières rangées d'une feuille depuis la colonne A)."""
    sonde = classeur.load_sheet(feuille, header_row=None, skip_rows=0, n_rows=LIGNES_SONDEES, dtypes="string")
    colonnes = [colonne.to_pylist() for colonne in sonde.to_arrow().columns]
    decalage = decalage_de(sonde)
    vides: list[str | None] = [None] * decalage
    return decalage, [vides + list(rangee) for rangee in zip(*colonnes, strict=True)]


def _charger(
    classeur: fastexcel.ExcelReader, feuille: str, entete: Entete, utiles: dict[str, int]
) -> tuple[list[int], dict[str, list[str]]]:
    choisies = sorted(utiles.values())
    lue = classeur.load_sheet(feuille, header_row=None, skip_rows=0, dtypes="string", use_columns=choisies)
    decalage = decalage_de(lue)
    lot, erreurs = lue.to_arrow_with_errors()
    colonnes = {place: lot.column(rang).to_pylist() for rang, place in enumerate(choisies)}
    for erreur in erreurs.errors if erreurs else ():
        ligne, place = erreur.position
        colonnes[place + decalage][ligne] = dire_erreur(erreur.detail)
    propre, premiere = Nettoyage(), entete.rang + 1
    cellules = {champ: [propre[texte] for texte in colonnes[place][premiere:]] for champ, place in utiles.items()}
    return list(range(premiere + 1, lot.num_rows + 1)), cellules
