"""Lire un classeur .xlsx : la feuille qui porte les en-têtes, chaque cellule comme du texte, rien de caché."""

import html
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from xml.etree import ElementTree

import fastexcel

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

DECOMPRESSE_MAXIMAL = 1024 * 1024 * 1024
CELLULES_MAXIMALES = 30_000_000
_BLOC = 4 * 1024 * 1024
_FEUILLE = re.compile(r"xl/worksheets/[^/]+\.xml$")
# Au-delà de la colonne CZ ou de la ligne 299 999, on mesure l'étendue réelle avant de charger (tableau dense).
_ETENDUE_SUSPECTE = re.compile(rb'r="(?:[D-Z][A-Z]|[A-Z]{3})[0-9]|r="(?:[3-9][0-9]{5}|[0-9]{7})"')
# Cellule remplie : son adresse, puis un contenu (une cellule seulement mise en forme se ferme aussitôt).
_CELLULE_REMPLIE = re.compile(rb'<c [^>]*?r="([A-Z]{1,3})([0-9]{1,7})"[^>]*(?<!/)>\s*<(?:v|is|f)')
_FORMULE_VIDE = re.compile(
    rb'<c [^>]*?r="([A-Z]{1,3})([0-9]{1,7})"[^>]*>\s*<f[^>]*(?:/>|>([^<]*)</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>'
)
_ERREURS = {
    "NA": "#N/A", "Ref": "#REF!", "Value": "#VALEUR!", "Div0": "#DIV/0!",
    "Name": "#NOM?", "Null": "#NUL!", "Num": "#NOMBRE!",
}  # fmt: skip


def lire_classeur(octets: bytes, nom: str, format_: Format) -> Tableau:
    """Lit un .xlsx ou .xlsm ; lève `FichierIllisible` s'il n'en est pas un, s'il est démesuré ou sans en-tête."""
    calendrier_1904, formules = _inspecter(octets, nom)
    try:
        classeur = fastexcel.read_excel(octets)
        feuille, entete, ignorees = _choisir_feuille(classeur, nom, format_)
        utiles = {champ: place for champ, place in entete.places.items() if format_.par_champ[champ].lue}
        numeros, cellules = _charger(classeur, feuille, entete, utiles)
    except fastexcel.FastExcelError as erreur:
        raise FichierIllisible(f"« {nom} » est un classeur abîmé : ouvrez-le et enregistrez-le de nouveau.") from erreur
    if formules:
        _marquer_formules(octets, feuille, utiles, numeros, cellules)
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


def _inspecter(octets: bytes, nom: str) -> tuple[bool, bool]:
    """Vérifie que l'archive est un classeur honnête. Rend (calendrier 1904, présence de formules sans résultat)."""
    try:
        with zipfile.ZipFile(BytesIO(octets)) as archive:
            noms = set(archive.namelist())
            _refuser_autre_archive(noms, nom)
            if sum(piece.file_size for piece in archive.infolist()) > DECOMPRESSE_MAXIMAL:
                raise FichierIllisible(f"« {nom} » est démesuré une fois décompressé : il n'a pas été ouvert.")
            entete = archive.read("xl/workbook.xml")
            feuilles = [piece for piece in noms if _FEUILLE.match(piece)]
            formules = [_inspecter_feuille(archive, piece, nom) for piece in feuilles]
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError, KeyError) as erreur:
        raise FichierIllisible(f"« {nom} » est un classeur abîmé : ouvrez-le et enregistrez-le de nouveau.") from erreur
    return date_1904(entete), any(formules)


def _refuser_autre_archive(noms: set[str], nom: str) -> None:
    if "xl/workbook.xml" in noms:
        return
    if "xl/workbook.bin" in noms or "mimetype" in noms:
        raise FichierIllisible(f"« {nom} » est dans un autre format de tableur : enregistrez-le au format .xlsx.")
    raise FichierIllisible(f"« {nom} » est une archive, pas un classeur : déposez le fichier .xlsx lui-même.")


def _inspecter_feuille(archive: zipfile.ZipFile, piece: str, nom: str) -> bool:
    """Décompresse une feuille par blocs (taille annoncée et somme vérifiées) et mesure son étendue réelle."""
    formule, etendue, ligne, colonne = False, False, 0, 0
    with archive.open(piece) as flux:
        queue = b""
        while bloc := flux.read(_BLOC):
            morceau = queue + bloc
            formule = formule or b"<f>" in morceau or b"<f " in morceau
            etendue = etendue or bool(_ETENDUE_SUSPECTE.search(morceau))
            queue = morceau[-512:]
    if not etendue:
        return formule
    for trouve in _CELLULE_REMPLIE.finditer(archive.read(piece)):
        ligne, colonne = max(ligne, int(trouve[2])), max(colonne, _rang_colonne(trouve[1]))
    if ligne * colonne > CELLULES_MAXIMALES:
        raise FichierIllisible(
            f"« {nom} » a une feuille démesurée (jusqu'à la ligne {ligne}, colonne {colonne}) : "
            "supprimez les cellules isolées au loin, ou découpez le fichier."
        )
    return formule


def _rang_colonne(lettres: bytes) -> int:
    rang = 0
    for lettre in lettres:
        rang = rang * 26 + lettre - 64
    return rang


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


def _marquer_formules(
    octets: bytes, feuille: str, utiles: dict[str, int], numeros: list[int], cellules: dict[str, list[str]]
) -> None:
    """Rend visibles les formules que rien n'a calculées : vides pour le lecteur, elles passeraient pour absentes."""
    champs = {place + 1: champ for champ, place in utiles.items()}
    rangs = {numero: rang for rang, numero in enumerate(numeros)}
    for colonne, ligne, texte in _formules_sans_resultat(octets, feuille):
        champ, rang = champs.get(colonne), rangs.get(ligne)
        if champ is not None and rang is not None and not cellules[champ][rang]:
            cellules[champ][rang] = "=" + (texte or "formule")


def _formules_sans_resultat(octets: bytes, feuille: str) -> Iterator[tuple[int, int, str]]:
    """Colonne, ligne (à partir de 1) et texte des formules sans valeur enregistrée."""
    with zipfile.ZipFile(BytesIO(octets)) as archive:
        contenu = archive.read(_piece_de(archive, feuille))
    for trouve in _FORMULE_VIDE.finditer(contenu):
        texte = html.unescape((trouve[3] or b"").decode("utf-8", "replace"))
        yield _rang_colonne(trouve[1]), int(trouve[2]), texte


def _piece_de(archive: zipfile.ZipFile, feuille: str) -> str:
    """Chemin, dans l'archive, du XML d'une feuille nommée."""
    entete = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 (expat borne les entités)
    liens = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    cle = next(
        valeur
        for element in entete.iter()
        if element.tag.endswith("}sheet") and element.get("name") == feuille
        for nom, valeur in element.attrib.items()
        if nom.endswith("}id")
    )
    cible = next(str(lien.get("Target")) for lien in liens if lien.get("Id") == cle)
    return cible.lstrip("/") if cible.startswith("/") else f"xl/{cible}"


def date_1904(entete: bytes) -> bool:
    """Vrai si le classeur compte ses jours depuis 1904 (d'après son `workbook.xml`)."""
    return bool(re.search(rb'date1904="(?:1|true)"', entete))
