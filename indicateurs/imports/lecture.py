"""Ouvrir un fichier déposé, quel qu'il soit, et en tirer des colonnes de texte ; ou dire pourquoi c'est impossible.

Le contenu décide, pas l'extension. Les colonnes que l'on ne garde pas ne sont jamais chargées.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from charte.commun.enveloppe import FichierIllisible, dire_un_ole, est_un_ole
from indicateurs.imports.format import FormatLisible, normaliser_entete
from indicateurs.imports.valeurs import nettoyer

LIGNES_SONDEES = 12
ENTETES_MINIMUM = 2
SANS_ENTETE = -1
COLONNES_MAXIMALES = 1_000
TAILLE_MAXIMALE = 200 * 1024 * 1024


@dataclass(frozen=True)
class Tableau:
    """Le contenu utile d'un fichier.

    `lignes` : rang de chaque ligne non vide dans le fichier (l'en-tête du modèle est à 1). `cellules` : par champ
    connu et présent, un texte nettoyé par ligne (vide : ""). `en_trop` : rang → nombre de cellules au-delà de
    l'en-tête (négatif : cellules qui manquent, quand les colonnes se lisent à leur rang). `places` : rang (à partir
    de 1) de chaque champ dans le fichier. `ligne_entete` : 0 si le fichier n'en a pas. `calendrier_1904` : classeur
    dont les numéros de série partent de 1904.
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
    places: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Entete:
    """Une ligne d'en-têtes : rang, place de chaque champ connu, nombre de champs lus, titres inconnus ou doublés.

    `rang` vaut `SANS_ENTETE` quand le fichier n'en a pas et que ses colonnes se lisent à leur rang.
    """

    rang: int
    places: dict[str, int]
    inconnues: tuple[str, ...]
    doublons: tuple[str, ...]
    largeur: int
    utiles: int


def lire_fichier(octets: bytes, nom: str, format_: FormatLisible) -> Tableau:
    """Lit un classeur .xlsx ou un fichier .csv ; lève `FichierIllisible` (une ligne) s'il n'y a rien à en tirer."""
    from indicateurs.imports.lecture_classeur import lire_classeur
    from indicateurs.imports.lecture_csv import lire_csv

    return lire_classeur(octets, nom, format_) if est_un_classeur(octets, nom) else lire_csv(octets, nom, format_)


def est_un_classeur(octets: bytes, nom: str) -> bool:
    """Vrai pour un .xlsx, faux pour ce qui peut être un .csv ; lève `FichierIllisible` pour tout le reste."""
    if not octets.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise FichierIllisible(f"« {nom} » est vide : exportez de nouveau le tableau depuis votre logiciel.")
    if len(octets) > TAILLE_MAXIMALE:
        raise FichierIllisible(f"« {nom} » dépasse {TAILLE_MAXIMALE // 2**20} Mo : découpez-le par année scolaire.")
    if est_un_ole(octets):
        raise FichierIllisible(dire_un_ole(octets, nom))
    if octets.startswith(b"PK"):
        return True
    _refuser_autre_genre(octets, nom)
    return False


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


def reperer_entete(rangees: Iterable[Sequence[str | None]], format_: FormatLisible) -> Entete | None:
    """Cherche parmi les premières rangées celle qui porte le plus d'en-têtes de colonnes lues (au moins deux).

    À défaut, un format sans en-tête se reconnaît au nombre de ses colonnes (rang `SANS_ENTETE`).
    """
    meilleure: Entete | None = None
    sondees = list(rangees)
    for rang, rangee in enumerate(sondees):
        candidate = _lire_entete(rang, rangee, format_)
        if candidate.utiles >= max(ENTETES_MINIMUM, meilleure.utiles + 1 if meilleure else 0):
            meilleure = candidate
    return _lire_au_rang(sondees, format_) if meilleure is None and format_.sans_entete else meilleure


def _lire_au_rang(rangees: Sequence[Sequence[str | None]], format_: FormatLisible) -> Entete | None:
    champs = list(format_.par_champ)
    propres = [[nettoyer(cellule or "") for cellule in rangee] for rangee in rangees]
    justes = [
        len(_sans_la_fin_vide(rangee, len(champs))) == len(champs) and format_.porte_ses_valeurs(rangee)
        for rangee in propres
    ]
    if 2 * sum(justes) < max(1, len(rangees)):
        return None
    places = {champ: place for place, champ in enumerate(champs)}
    utiles = sum(colonne.lue for colonne in format_.par_champ.values())
    return Entete(SANS_ENTETE, places, (), (), len(champs), utiles)


def _sans_la_fin_vide(rangee: Sequence[str], largeur: int) -> Sequence[str]:
    """Rangée sans les cellules vides au-delà de la largeur (un séparateur de trop en fin de ligne)."""
    return rangee if any(rangee[largeur:]) else rangee[:largeur]


def _lire_entete(rang: int, rangee: Sequence[str | None], format_: FormatLisible) -> Entete:
    connus, places, inconnues, doublons = format_.par_champ, {}, [], []
    titres = [nettoyer(cellule or "") for cellule in rangee]
    for place, titre in enumerate(titres):
        champ = format_.champ_de(normaliser_entete(titre))
        if champ not in connus:
            inconnues += [titre] if titre else []
        elif champ not in places:
            places[champ] = place
        elif connus[champ].lue:
            doublons.append(champ)
    utiles = sum(connus[champ].lue for champ in places)
    return Entete(rang, places, tuple(inconnues), tuple(doublons), len(titres), utiles)


def exiger_entete(entete: Entete | None, nom: str, format_: FormatLisible) -> Entete:
    """Rend l'en-tête trouvé ; lève `FichierIllisible` s'il manque ou si une colonne lue y figure deux fois."""
    if entete is None and format_.sans_entete:
        raise FichierIllisible(
            f"« {nom} » n'a ni les {len(format_.par_champ)} colonnes du format « {format_.titre} », dans leur ordre, "
            "ni leurs titres : exportez-le de nouveau depuis votre logiciel."
        )
    if entete is None:
        raise FichierIllisible(
            f"« {nom} » n'a aucun en-tête connu ({format_.titres_cites}…) : "
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
