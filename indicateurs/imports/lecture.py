"""Ouvrir un fichier déposé, quel qu'il soit, et en tirer des colonnes de texte ; ou dire pourquoi c'est impossible.

Le contenu décide, pas l'extension. Les colonnes que l'on ne garde pas ne sont jamais chargées.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from charte.commun.enveloppe import FichierIllisible, dire_un_ole, est_un_ole
from indicateurs.imports.format import Format, normaliser_entete
from indicateurs.imports.valeurs import nettoyer

LIGNES_SONDEES = 12
ENTETES_MINIMUM = 2
COLONNES_MAXIMALES = 1_000
TAILLE_MAXIMALE = 200 * 1024 * 1024


@dataclass(frozen=True)
class Tableau:
    """Le contenu utile d'un fichier.

    `lignes` : rang de chaque ligne non vide dans le fichier (l'en-tête du modèle est à 1). `cellules` : par champ
    connu et présent, un texte nettoyé par ligne (vide : ""). `en_trop` : rang → nombre de cellules au-delà de
    l'en-tête. `calendrier_1904` : classeur dont les numéros de série partent de 1904.
    """

    lignes: list[int]
    cellules: dict[str, list[str]]
    inconnues: tuple[str, ...]
    ligne_entete: int
    feuille: str | None = None
    feuilles_ignorees: tuple[str, ...] = ()
    encodage: str | None = None
    separateur: str | None = None
    calendrier_1904: bool = False
    en_trop: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Entete:
    """Une ligne d'en-têtes : rang, place de chaque champ connu, nombre de champs lus, titres inconnus ou doublés."""

    rang: int
    places: dict[str, int]
    inconnues: tuple[str, ...]
    doublons: tuple[str, ...]
    largeur: int
    utiles: int


def lire_fichier(octets: bytes, nom: str, format_: Format) -> Tableau:
    """Lit un classeur .xlsx ou un fichier .csv ; lève `FichierIllisible` (une ligne) s'il n'y a rien à en tirer."""
    from indicateurs.imports.lecture_classeur import lire_classeur
    from indicateurs.imports.lecture_csv import lire_csv

    if not octets.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise FichierIllisible(f"« {nom} » est vide : exportez de nouveau le tableau depuis votre logiciel.")
    if len(octets) > TAILLE_MAXIMALE:
        raise FichierIllisible(f"« {nom} » dépasse {TAILLE_MAXIMALE // 2**20} Mo : découpez-le par année scolaire.")
    if est_un_ole(octets):
        raise FichierIllisible(dire_un_ole(octets, nom))
    if octets.startswith(b"PK"):
        return lire_classeur(octets, nom, format_)
    _refuser_autre_genre(octets, nom)
    return lire_csv(octets, nom, format_)


def _refuser_autre_genre(octets: bytes, nom: str) -> None:
    debut = octets[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if debut.startswith(b"%pdf"):
        raise FichierIllisible(f"« {nom} » est un PDF : déposez le tableau lui-même, au format .xlsx ou .csv.")
    if debut.startswith((b"<!doctype", b"<html", b"<?xml", b"<table")):
        raise FichierIllisible(
            f"« {nom} » est une page web ou du XML, pas un tableau : enregistrez-le au format .xlsx."
        )
    sans_utf16 = not octets.startswith((b"\xff\xfe", b"\xfe\xff"))
    if sans_utf16 and b"\x00" in octets:
        raise FichierIllisible(f"« {nom} » n'est ni un classeur .xlsx ni un fichier .csv.")


def reperer_entete(rangees: Iterable[Sequence[str | None]], format_: Format) -> Entete | None:
    """Cherche parmi les premières rangées celle qui porte le plus d'en-têtes de colonnes lues (au moins deux)."""
    meilleure: Entete | None = None
    for rang, rangee in enumerate(rangees):
        candidate = _lire_entete(rang, rangee, format_)
        if candidate.utiles >= max(ENTETES_MINIMUM, meilleure.utiles + 1 if meilleure else 0):
            meilleure = candidate
    return meilleure


def _lire_entete(rang: int, rangee: Sequence[str | None], format_: Format) -> Entete:
    connus, places, inconnues, doublons = format_.par_champ, {}, [], []
    titres = [nettoyer(cellule or "") for cellule in rangee]
    for place, titre in enumerate(titres):
        champ = normaliser_entete(titre)
        if champ not in connus:
            inconnues += [titre] if titre else []
        elif champ not in places:
            places[champ] = place
        elif connus[champ].lue:
            doublons.append(champ)
    utiles = sum(connus[champ].lue for champ in places)
    return Entete(rang, places, tuple(inconnues), tuple(doublons), len(titres), utiles)


def exiger_entete(entete: Entete | None, nom: str, format_: Format) -> Entete:
    """Rend l'en-tête trouvé ; lève `FichierIllisible` s'il manque ou si une colonne lue y figure deux fois."""
    if entete is None:
        raise FichierIllisible(
            f"« {nom} » n'a aucun en-tête connu (nom_apprenant, date_entree_formation…) : "
            f"reprenez le modèle « {format_.titre} » du {format_.date:%d/%m/%Y}."
        )
    if entete.largeur > COLONNES_MAXIMALES:
        raise FichierIllisible(
            f"« {nom} » a {entete.largeur} colonnes : gardez celles du modèle (une soixantaine), et déposez de nouveau."
        )
    if entete.doublons:
        colonnes = ", ".join(entete.doublons)
        raise FichierIllisible(f"« {nom} » porte deux fois la colonne {colonnes} : gardez-en une seule.")
    return entete


def garder_lignes_remplies(
    numeros: list[int], cellules: dict[str, list[str]]
) -> tuple[list[int], dict[str, list[str]]]:
    """Ôte les lignes dont toutes les cellules lues sont vides (lignes mises en forme, jamais remplies)."""
    colonnes = list(cellules.values())
    pleines = [any(textes) for textes in zip(*colonnes, strict=True)]
    if all(pleines):
        return numeros, cellules
    garder = [rang for rang, pleine in enumerate(pleines) if pleine]
    return [numeros[rang] for rang in garder], {
        champ: [textes[rang] for rang in garder] for champ, textes in cellules.items()
    }


class Nettoyage(dict[str | None, str]):
    """Mémoire du nettoyage des cellules : chaque texte distinct n'est nettoyé qu'une fois."""

    def __missing__(self, texte: str | None) -> str:
        """Nettoie un texte vu pour la première fois ; une cellule absente devient un texte vide."""
        propre = self[texte] = nettoyer(texte) if texte else ""
        return propre
