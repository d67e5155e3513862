"""Ce que partagent les lecteurs de classeurs .xlsx : l'étendue, les formules, le sommaire, les cellules en erreur."""

import re
import zipfile
from io import BytesIO
from xml.etree import ElementTree

import fastexcel

from charte.commun.enveloppe import Enveloppe, FichierIllisible, relire_la_piece
from charte.commun.releve import mesurer_l_etendue

CELLULES_MAXIMALES = 20_000_000
_ERREURS = {
    "NA": "#N/A", "Ref": "#REF!", "Value": "#VALEUR!", "Div0": "#DIV/0!",
    "Name": "#NOM?", "Null": "#NUL!", "Num": "#NOMBRE!",
}  # fmt: skip


def dire_abime(nom: str) -> str:
    """Pourquoi un classeur mal formé ne se lit pas, et le remède."""
    return f"« {nom} » est un classeur abîmé : ouvrez-le et enregistrez-le de nouveau."


def refuser_l_etendue(octets: bytes, enveloppe: Enveloppe, nom: str, maximum: int | None = None) -> None:
    """Une cellule isolée au loin ferait réserver toute l'étendue par le lecteur : on la mesure d'abord.

    `maximum` : cellules permises par feuille ; dit, chaque feuille est mesurée, sinon celles qui le laissent craindre.
    """
    for piece, releve in enveloppe.feuilles.items():
        if not releve.a_mesurer and maximum is None:
            continue
        try:
            ligne, colonne = mesurer_l_etendue(relire_la_piece(octets, piece, nom))
        except ValueError as erreur:
            raise FichierIllisible(dire_abime(nom)) from erreur
        if ligne * colonne > (maximum or CELLULES_MAXIMALES):
            raise FichierIllisible(
                f"« {nom} » a une feuille démesurée (jusqu'à la ligne {ligne}, colonne {colonne}) : "
                "supprimez les cellules isolées au loin, ou découpez le fichier."
            )


def refuser_les_formules(enveloppe: Enveloppe, pieces: dict[str, str], feuilles: tuple[str, ...], nom: str) -> None:
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


def lire_le_sommaire(octets: bytes) -> tuple[bool, dict[str, str]]:
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


def decalage_de(feuille: fastexcel.ExcelSheet) -> int:
    """Rang, à partir de 0, de la première colonne lue : le lecteur les compte depuis la première remplie."""
    return min((colonne.absolute_index for colonne in feuille.available_columns()), default=0)


def dire_erreur(detail: str) -> str:
    """L'erreur d'une cellule, telle qu'un tableur français la montre (« #DIV/0! »)."""
    trouve = re.search(r"Error\((\w+)\)", detail)
    return _ERREURS.get(trouve[1], "#ERREUR!") if trouve else "#ERREUR!"


def date_1904(entete: bytes) -> bool:
    """Vrai si le classeur compte ses jours depuis 1904 (d'après son `workbook.xml`)."""
    return bool(re.search(rb'date1904="(?:1|true)"', entete))
