"""L'archive d'un audit : un index qui s'ouvre hors ligne, un classeur, les fichiers, leurs empreintes. En flux.

Un seul fichier est en mémoire à la fois. Les noms sont ceux des fichiers déposés, rendus sûrs ; l'outil n'y ajoute
aucun nom de personne.
"""

import hashlib
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Protocol, cast
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined, select_autoescape
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from charte.commun.coffre import Coffre
from charte.commun.telechargement import nom_sur
from charte.commun.travaux import Avancement
from charte.commun.typographie import composer_une_page, jour, moment
from grilles.preuves.audit import Audit, LigneVue
from grilles.preuves.vues import FichierVu, PreuveVue

DOSSIER = "preuves"
INDEX, FEUILLE, CLASSEUR, EMPREINTES = "index.html", "index.css", "index.xlsx", "empreintes-sha256.txt"
_GABARITS = Path(__file__).parent.parent / "gabarits"
_LARGEURS = {"A": 14, "B": 60, "C": 18, "D": 40, "E": 16, "F": 14, "G": 14, "H": 40, "I": 50, "J": 60}
_ENTETES = (
    "Référence", "Ligne", "État", "Preuve", "Validité", "Date d’effet", "Date de fin", "Par où elle y répond",
    "Fichier", "Lien",
)  # fmt: skip
_LONGUEUR_DU_DOSSIER = 60
# 1er janvier 1980, la plus ancienne date d'un zip : la même preuve donne la même archive.
_INSTANT = (1980, 1, 1, 0, 0, 0)


class Flux(Protocol):
    """Ce où l'archive s'écrit, sans retour en arrière."""

    def write(self, octets: bytes, /) -> int:
        """Ajoute des octets."""
        ...

    def flush(self) -> None:
        """Vide ce qui attend."""
        ...


@dataclass(frozen=True)
class FichierPlace:
    """Un fichier et son chemin dans l'archive ; `lien` : le même, pour une adresse relative."""

    fichier: FichierVu
    chemin: str

    @property
    def lien(self) -> str:
        """Le chemin, encodé pour un attribut `href`."""
        return quote(self.chemin)


def placer(audit: Audit) -> dict[tuple[int, int], FichierPlace]:
    """Le chemin de chaque fichier de l'audit, par preuve et rang : lisible, unique, sans rien qui sorte du dossier."""
    places: dict[tuple[int, int], FichierPlace] = {}
    pris: set[str] = set()
    for preuve, fichiers in _preuves(audit).values():
        dossier = f"{DOSSIER}/{preuve.id:04d} {_court(preuve.titre)}"
        for fichier in fichiers:
            chemin = _libre(f"{dossier}/{nom_sur(fichier.nom)}", fichier.rang, pris)
            places[preuve.id, fichier.rang] = FichierPlace(fichier, chemin)
    return places


def _court(titre: str) -> str:
    return nom_sur(titre.replace(".", " ").replace("/", " "), "preuve")[:_LONGUEUR_DU_DOSSIER].rstrip(". ") or "preuve"


def _libre(chemin: str, rang: int, pris: set[str]) -> str:
    """Le chemin, ou le même avec son rang si un autre l'a pris (majuscules confondues, comme le font les systèmes)."""
    if chemin.casefold() in pris:
        dossier, _, nom = chemin.rpartition("/")
        chemin = f"{dossier}/{rang:02d} {nom}"
    pris.add(chemin.casefold())
    return chemin


def _preuves(audit: Audit) -> dict[int, tuple[PreuveVue, tuple[FichierVu, ...]]]:
    return {p.preuve.id: (p.preuve, p.fichiers) for ligne in audit.lignes for p in ligne.preuves}


def ecrire_archive(audit: Audit, coffre: Coffre, sortie: Flux, instant: datetime, avancement: Avancement) -> int:
    """Écrit l'archive dans `sortie` ; rend le nombre de fichiers de preuve. Lève `PieceIllisible`."""
    places = placer(audit)
    total, empreintes = len(places) + 2, list[str]()
    # `Flux` n'a ni `seek` ni `tell` : zipfile écrit alors en flux, sans revenir sur ses pas.
    with zipfile.ZipFile(cast("BinaryIO", sortie), "w", zipfile.ZIP_DEFLATED) as archive:
        for rang, place in enumerate(places.values(), start=1):
            octets = coffre.relire(place.fichier.piece)
            _ajouter(archive, place.chemin, octets, empreintes)
            avancement(rang, total)
        _ajouter(archive, CLASSEUR, composer_classeur(audit, places), empreintes)
        avancement(total - 1, total)
        _ajouter(archive, FEUILLE, (_GABARITS / "preuves" / "index_d_audit.css").read_bytes(), empreintes)
        _ajouter(archive, INDEX, composer_index(audit, places, instant).encode(), empreintes)
        _ajouter(archive, EMPREINTES, "".join(empreintes).encode(), [])
    avancement(total, total)
    return len(places)


def _ajouter(archive: zipfile.ZipFile, chemin: str, octets: bytes, empreintes: list[str]) -> None:
    fiche = zipfile.ZipInfo(chemin, _INSTANT)
    fiche.compress_type = zipfile.ZIP_DEFLATED
    fiche.external_attr = 0o644 << 16
    archive.writestr(fiche, octets)
    empreintes.append(f"{hashlib.sha256(octets).hexdigest()}  {chemin}\n")


def composer_index(audit: Audit, places: Mapping[tuple[int, int], FichierPlace], instant: datetime) -> str:
    """La page d'accueil de l'archive : une seule page, sans script ni ressource d'ailleurs."""
    html = _environnement().get_template("grilles/preuves/index_d_audit.html").render(
        audit=audit, places=places, instant=instant, feuille=FEUILLE, classeur=CLASSEUR, empreintes=EMPREINTES
    )  # fmt: skip
    return composer_une_page(html)


def _environnement() -> Environment:
    environnement = Environment(
        loader=PrefixLoader({"grilles": FileSystemLoader(_GABARITS)}),
        undefined=StrictUndefined,
        autoescape=select_autoescape(default=True, default_for_string=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environnement.filters.update(jour=jour, moment=moment)
    return environnement


def composer_classeur(audit: Audit, places: Mapping[tuple[int, int], FichierPlace]) -> bytes:
    """L'index en .xlsx : une rangée par preuve d'une ligne, dates typées, liens relatifs vers les fichiers."""
    livre = Workbook(write_only=True)
    feuille = livre.create_sheet("Audit")
    for colonne, largeur in _LARGEURS.items():
        feuille.column_dimensions[colonne].width = largeur
    feuille.freeze_panes = "A2"
    feuille.append([_cellule(feuille, texte, gras=True) for texte in _ENTETES])
    for ligne in audit.lignes:
        for rangee in _rangees(ligne, places):
            feuille.append([_cellule(feuille, valeur) for valeur in rangee])
    flux = BytesIO()
    livre.save(flux)
    return flux.getvalue()


def _rangees(ligne: LigneVue, places: Mapping[tuple[int, int], FichierPlace]) -> Iterator[tuple[object, ...]]:
    tete = (ligne.reference, ligne.texte, ligne.mot)
    for p in ligne.preuves:
        dates = (p.preuve.mot, p.preuve.date_effet, p.preuve.date_fin)
        chemins = " ; ".join(" : ".join(filter(None, (c.dit, ", ".join(c.ou)))) for c in p.chemins)
        fichiers = [places[p.preuve.id, f.rang].chemin for f in p.fichiers]
        for fichier in fichiers or [""]:
            yield (*tete, p.preuve.titre, *dates, chemins, fichier, p.preuve.adresse)
    if not ligne.preuves:
        yield (*tete, *(None,) * 7)


def _cellule(feuille: object, valeur: object, *, gras: bool = False) -> Cell:
    """Une cellule typée ; un texte reste un texte, jamais une formule."""
    fabrique: Callable[..., Cell] = WriteOnlyCell
    if not isinstance(valeur, str):
        cellule = fabrique(feuille, valeur)
        if valeur is not None:
            cellule.number_format = "DD/MM/YYYY"
        return cellule
    cellule = fabrique(feuille)
    cellule.value = ILLEGAL_CHARACTERS_RE.sub("", valeur)[:32_000]
    cellule.data_type = "s"
    if valeur[:1] in ("=", "+", "-", "@", "\t", "\r"):
        cellule.quotePrefix = True
    if gras:
        cellule.font = Font(bold=True)
    return cellule
