"""Ce que porte le classeur d'une grille : ses feuilles, ses colonnes, sa référence, l'empreinte d'une réponse (pur).

La référence dit de quelle grille le classeur est tiré, sans aucun identifiant : code de la formation, année, partie,
édition, et pour chaque élément la version et l'empreinte de la réponse tirée. Au retour, elles départagent ce que le
fichier a changé de ce que la grille a changé entre-temps.
"""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import date

from charte.acteur import Partie

FEUILLE, FEUILLE_REFERENCE, FEUILLE_AIDE = "Grille", "Référence", "Mode d'emploi"
FORME = "1"
"""Version de la forme du classeur, écrite dans sa référence."""
LIGNE_DES_VERSIONS = 12
"""Ligne d'en-tête, dans la feuille de référence, de la table des versions."""
_INTERDITS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Colonne:
    """Une colonne de la feuille à remplir. `saisie` : on y écrit ; sinon elle est protégée, et n'est pas lue."""

    cle: str
    entete: str
    largeur: int
    saisie: bool = False


COLONNES = (
    Colonne("element", "Élément", 10),
    Colonne("poste", "Poste", 16),
    Colonne("groupe", "Bloc ou périmètre", 24),
    Colonne("genre", "Genre", 13),
    Colonne("texte", "Texte de la charte", 60),
    Colonne("etat", "État", 20, saisie=True),
    Colonne("motif", "Motif (si sans objet)", 30, saisie=True),
    Colonne("commentaire", "Commentaire", 50, saisie=True),
    Colonne("preuve_titre", "Preuve à ajouter : titre", 28, saisie=True),
    Colonne("preuve_adresse", "Preuve à ajouter : lien", 34, saisie=True),
    Colonne("preuve_effet", "Preuve à ajouter : date d'effet", 16, saisie=True),
    Colonne("preuve_fin", "Preuve à ajouter : valable jusqu'au", 16, saisie=True),
    Colonne("preuve_emplacement", "Preuve à ajouter : emplacement", 22, saisie=True),
    Colonne("preuves", "Preuves déjà citées", 40),
    Colonne("autres", "Autres positions", 34),
)
PAR_CLE = {colonne.cle: colonne for colonne in COLONNES}
LUES = ("element", "texte", *(colonne.cle for colonne in COLONNES if colonne.saisie))
REQUISES = ("element", "etat", "motif", "commentaire")


@dataclass(frozen=True)
class Dite:
    """Ce qu'une partie dit d'un élément. `etat` : la clé de l'échelle, None sans réponse."""

    etat: str | None = None
    motif: str = ""
    commentaire: str = ""

    @property
    def empreinte(self) -> str:
        """16 chiffres hexadécimaux : deux réponses de même contenu ont la même."""
        contenu = "\x1f".join((self.etat or "", self.motif, self.commentaire))
        return hashlib.sha256(contenu.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Tire:
    """Une réponse telle qu'elle a été tirée : sa version et l'empreinte de son contenu."""

    version: int = 0
    empreinte: str = field(default_factory=lambda: Dite().empreinte)


@dataclass(frozen=True)
class Reference:
    """De quoi un classeur est tiré."""

    formation: str
    annee: int
    partie: Partie
    edition: str
    empreinte_edition: str
    tires: dict[str, Tire] = field(default_factory=dict)

    def rubriques(self) -> tuple[tuple[str, str], ...]:
        """(libellé, valeur) de chaque ligne de tête, dans l'ordre du classeur."""
        return (
            ("Forme du classeur", FORME),
            ("Formation (code)", self.formation),
            ("Année de rentrée", str(self.annee)),
            ("Position", self.partie.value),
            ("Édition de la charte", self.edition),
            ("Empreinte de l'édition", self.empreinte_edition),
        )


@dataclass(frozen=True)
class PreuveAAjouter:
    """Une preuve écrite dans une ligne du classeur : un lien, ses dates, où regarder."""

    titre: str
    adresse: str
    date_effet: date | None = None
    date_fin: date | None = None
    emplacement: str = ""


@dataclass(frozen=True)
class Proposee:
    """Une ligne du classeur qui se lit, et que quelqu'un a changée. `tire` : ce que la grille en disait au départ."""

    ligne: int
    element: str
    dite: Dite
    tire: Tire
    preuve: PreuveAAjouter | None = None

    @property
    def touchee(self) -> bool:
        """Vrai si la réponse n'est plus celle qui avait été tirée."""
        return self.dite.empreinte != self.tire.empreinte


def epurer(texte: str) -> str:
    """Un texte tel qu'une cellule le garde : une seule forme de fin de ligne, rien que le XML n'admette, sans bords."""
    return _INTERDITS.sub("", texte.replace("\r\n", "\n").replace("\r", "\n")).strip()
