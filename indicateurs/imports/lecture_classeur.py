"""Lire un classeur .xlsx : la feuille qui porte les en-têtes, chaque cellule comme du texte, rien de caché."""

import re
import zipfile
from dataclasses import replace
from io import BytesIO
from xml.etree import ElementTree

import fastexcel

from indicateurs.imports.enveloppe import Enveloppe, examiner_l_enveloppe, relire_la_piece
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
from indicateurs.imports.releve import mesurer_l_etendue

CELLULES_MAXIMALES = 20_000_000
_ERREURS = {
    "NA": "#N/A", "Ref": "#REF!", "Value": "#VALEUR!", "Div0": "#DIV/0!",
    "Name": "#NOM?", "Null": "#NUL!", "Num": "#NOMBRE!",
}  # fmt: skip


def lire_classeur(octets: bytes, nom: str, format_: Format) -> Tableau:
    """Lit un .xlsx ; lève `FichierIllisible` s'il n'en est pas un, s'il est dangereux, démesuré ou sans en-tête."""
    enveloppe = examiner_l_enveloppe(octets, nom)
    _refuser_l_etendue(octets, enveloppe, nom)
    try:
        calendrier_1904, pieces = _lire_le_sommaire(octets)
        classeur = fastexcel.read_excel(octets)
        feuille, entete, ignorees = _choisir_feuille(classeur, nom, format_)
        _refuser_les_formules(enveloppe, pieces, (feuille, *ignorees), nom)
        utiles = {champ: place for champ, place in entete.places.items() if format_.par_champ[champ].lue}
        numeros, cellules = _charger(classeur, feuille, entete, utiles)
    except (fastexcel.FastExcelError, KeyError, StopIteration, ElementTree.ParseError) as erreur:
        raise FichierIllisible(f"« {nom} » est un classeur abîmé : ouvrez-le et enregistrez-le de nouveau.") from erreur
    numeros, cellules = garder_lignes_remplies(numeros, cellules)
    return Tableau(
        lignes=numeros,
        cellules=cellules,
        inconnues=entete.inconnues,
        ligne_entete=entete.rang + 1,
        feuille=feuille,
        feuilles_ignorees=ignorees,
        calendrier_1904=calendrier_1904,
    )


def _refuser_l_etendue(octets: bytes, enveloppe: Enveloppe, nom: str) -> None:
    """Une cellule isolée au loin ferait réserver toute l'étendue par le lecteur : on la mesure d'abord."""
    for piece, releve in enveloppe.feuilles.items():
        if not releve.a_mesurer:
            continue
        try:
            ligne, colonne = mesurer_l_etendue(relire_la_piece(octets, piece, nom))
        except ValueError as erreur:
            raise FichierIllisible(
                f"« {nom} » est un classeur abîmé : ouvrez-le et enregistrez-le de nouveau."
            ) from erreur
        if ligne * colonne > CELLULES_MAXIMALES:
            raise FichierIllisible(
                f"« {nom} » a une feuille démesurée (jusqu'à la ligne {ligne}, colonne {colonne}) : "
                "supprimez les cellules isolées au loin, ou découpez le fichier."
            )


def _refuser_les_formules(enveloppe: Enveloppe, pieces: dict[str, str], feuilles: tuple[str, ...], nom: str) -> None:
    """Une donnée doit être une valeur : une formule dit autre chose selon le poste, la date ou un autre fichier."""
    for feuille in feuilles:
        releve = enveloppe.feuilles[pieces[feuille]]
        if releve.a_formule:
            ou = " et ".join(releve.formules) if len(releve.formules) < 3 else ", ".join(releve.formules) + "…"
            raise FichierIllisible(
                f"« {nom} » contient des formules dans la feuille « {feuille} »{f' (cellules {ou})' if ou else ''} : "
                "sélectionnez toute la feuille, copiez, puis Collage spécial, Valeurs ; enregistrez, et déposez de "
                "nouveau."
            )


def _lire_le_sommaire(octets: bytes) -> tuple[bool, dict[str, str]]:
    """(calendrier 1904, nom de feuille → sa pièce dans l'archive)."""
    with zipfile.ZipFile(BytesIO(octets)) as archive:
        entete = archive.read("xl/workbook.xml")
        liens = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 (sans DOCTYPE, vérifié)
    cibles = {str(lien.get("Id")): _depuis_la_racine(str(lien.get("Target"))) for lien in liens}
    pieces = {}
    for element in ElementTree.fromstring(entete).iter():  # noqa: S314 (sans DOCTYPE, vérifié)
        if element.tag.endswith("}sheet"):
            cle = next(valeur for nom, valeur in element.attrib.items() if nom.endswith("}id"))
            pieces[str(element.get("name"))] = cibles[cle]
    return date_1904(entete), pieces


def _depuis_la_racine(cible: str) -> str:
    return cible.lstrip("/") if cible.startswith("/") else f"xl/{cible}"


def _choisir_feuille(classeur: fastexcel.ExcelReader, nom: str, format_: Format) -> tuple[str, Entete, tuple[str, ...]]:
    """La feuille aux en-têtes les plus complets ; les autres feuilles à en-têtes sont rendues, pour être dites."""
    sondees = [(feuille, _sonder(classeur, feuille, format_)) for feuille in classeur.sheet_names]
    trouvees = [(feuille, entete) for feuille, entete in sondees if entete]
    if not trouvees:
        exiger_entete(None, nom, format_)
    feuille, entete = max(trouvees, key=lambda trouvee: trouvee[1].utiles)
    autres = tuple(autre for autre, _ in trouvees if autre != feuille)
    return feuille, exiger_entete(entete, nom, format_), autres


def _sonder(classeur: fastexcel.ExcelReader, feuille: str, format_: Format) -> Entete | None:
    """En-tête d'une feuille, places comptées depuis la colonne A (le lecteur les compte depuis la première remplie)."""
    sonde = classeur.load_sheet(feuille, header_row=None, skip_rows=0, n_rows=LIGNES_SONDEES, dtypes="string")
    colonnes = [colonne.to_pylist() for colonne in sonde.to_arrow().columns]
    entete = reperer_entete(list(zip(*colonnes, strict=True)), format_)
    if entete is None:
        return None
    decalage = _decalage(sonde)
    return replace(entete, places={champ: place + decalage for champ, place in entete.places.items()})


def _decalage(feuille: fastexcel.ExcelSheet) -> int:
    return min((colonne.absolute_index for colonne in feuille.available_columns()), default=0)


def _charger(
    classeur: fastexcel.ExcelReader, feuille: str, entete: Entete, utiles: dict[str, int]
) -> tuple[list[int], dict[str, list[str]]]:
    choisies = sorted(utiles.values())
    lue = classeur.load_sheet(feuille, header_row=None, skip_rows=0, dtypes="string", use_columns=choisies)
    decalage = _decalage(lue)
    lot, erreurs = lue.to_arrow_with_errors()
    colonnes = {place: lot.column(rang).to_pylist() for rang, place in enumerate(choisies)}
    for erreur in erreurs.errors if erreurs else ():
        ligne, place = erreur.position
        colonnes[place + decalage][ligne] = _dire_erreur(erreur.detail)
    propre, premiere = Nettoyage(), entete.rang + 1
    cellules = {champ: [propre[texte] for texte in colonnes[place][premiere:]] for champ, place in utiles.items()}
    return list(range(premiere + 1, lot.num_rows + 1)), cellules


def _dire_erreur(detail: str) -> str:
    trouve = re.search(r"Error\((\w+)\)", detail)
    return _ERREURS.get(trouve[1], "#ERREUR!") if trouve else "#ERREUR!"


def date_1904(entete: bytes) -> bool:
    """Vrai si le classeur compte ses jours depuis 1904 (d'après son `workbook.xml`)."""
    return bool(re.search(rb'date1904="(?:1|true)"', entete))
