"""Le format de fichier attendu : ses colonnes, ce que l'on en lit, ce que l'on en exige."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal, Protocol

from pydantic import model_validator

from charte.commun.donnees import DonneeGelee, charger_modele

FORMATS = Path(__file__).resolve().parents[1] / "donnees" / "formats"

TypeColonne = Literal[
    "texte", "nom", "date", "date_naissance", "booleen", "siret", "uai", "rncp", "cfd", "ine",
    "annee_scolaire", "annee_formation", "sexe", "duree",
]  # fmt: skip
Role = Literal["debut", "fin", "siret", "rupture", "cause"]


class ColonneLisible(Protocol):
    """Ce que la lecture demande à une colonne, de quelque format qu'elle soit."""

    @property
    def champ(self) -> str:
        """Nom de la colonne dans l'outil."""
        ...

    @property
    def lue(self) -> bool:
        """Vraie si la colonne est chargée en mémoire."""
        ...


class FormatLisible(Protocol):
    """Ce que la lecture demande à un format : ses colonnes, où mène un titre du fichier, s'il porte un en-tête."""

    @property
    def titre(self) -> str:
        """Nom du format, pour les messages."""
        ...

    @property
    def date(self) -> date:
        """Jour de la version décrite."""
        ...

    @property
    def par_champ(self) -> Mapping[str, ColonneLisible]:
        """Colonnes par nom de champ, dans l'ordre du format."""
        ...

    @property
    def sans_entete(self) -> bool:
        """Vrai si le fichier n'a pas de ligne de titres : ses colonnes se lisent à leur rang."""
        ...

    @property
    def titres_cites(self) -> str:
        """Quelques titres attendus, pour le message d'un fichier qui n'en porte aucun."""
        ...

    def champ_de(self, titre: str) -> str:
        """Champ que désigne un titre normalisé (`normaliser_entete`) ; un nom inconnu s'il n'en désigne aucun."""
        ...

    def porte_ses_valeurs(self, rangee: Sequence[str]) -> bool:
        """Vrai si les cellules d'une rangée, à leur rang, sont celles qu'attend un format sans en-tête."""
        ...


class Colonne(DonneeGelee):
    """Une colonne du format ; `contrat` et `role` disent sa place dans un des contrats de la ligne."""

    champ: str
    type: TypeColonne
    modele: Literal["oui", "non", "condition"]
    lecture: Literal["gardee", "controlee", "non_lue"]
    motif: str | None = None
    requise: Literal["oui", "un_des_deux"] | None = None
    contrat: int | None = None
    role: Role | None = None

    @property
    def lue(self) -> bool:
        """Vraie si la colonne est chargée en mémoire."""
        return self.lecture != "non_lue"

    @property
    def illisible_bloque(self) -> bool:
        """Vraie si une valeur illisible écarte la ligne : date ou oui/non dont on se sert."""
        return self.lecture == "gardee" and self.type in ("date", "date_naissance", "booleen")

    @property
    def entete(self) -> str:
        """En-tête écrit dans le modèle vide, avec les étoiles du modèle public."""
        return self.champ + {"oui": " *", "condition": " **", "non": ""}[self.modele]


class Pivots(DonneeGelee):
    """Dernière année à deux chiffres comprise dans les années 2000."""

    naissance: int
    formation: int


@dataclass(frozen=True, slots=True)
class GroupeContrat:
    """Noms des cinq colonnes d'un contrat de la ligne (rang 1 à 4)."""

    rang: int
    debut: str
    fin: str
    siret: str
    rupture: str
    cause: str


class Format(DonneeGelee):
    """Un format de fichier : colonnes dans l'ordre du modèle, pivots, bornes et source."""

    cle: str
    titre: str
    version: str
    date: date
    source: str
    pivots: Pivots
    annees_lisibles: tuple[int, int]
    ecart_contrat_mois: int
    exemple: dict[str, str]
    colonnes: tuple[Colonne, ...]

    @model_validator(mode="after")
    def _sans_doublon(self) -> "Format":
        champs = [colonne.champ for colonne in self.colonnes]
        if len(champs) != len(set(champs)):
            raise ValueError("une colonne est décrite deux fois")
        return self

    @property
    def sans_entete(self) -> bool:
        """Toujours faux : ce tableau porte ses titres."""
        return False

    @property
    def titres_cites(self) -> str:
        """Deux titres attendus."""
        return "nom_apprenant, date_entree_formation"

    def champ_de(self, titre: str) -> str:
        """Le titre normalisé est le nom du champ."""
        return titre

    def porte_ses_valeurs(self, _rangee: Sequence[str]) -> bool:
        """Toujours faux : ses colonnes ne se lisent qu'à leur titre."""
        return False

    @property
    def par_champ(self) -> dict[str, Colonne]:
        """Colonnes par nom de champ, dans l'ordre du modèle."""
        return {colonne.champ: colonne for colonne in self.colonnes}

    @property
    def lues(self) -> tuple[Colonne, ...]:
        """Colonnes que l'on charge, dans l'ordre du modèle."""
        return tuple(colonne for colonne in self.colonnes if colonne.lue)

    @property
    def contrats(self) -> tuple[GroupeContrat, ...]:
        """Les groupes de colonnes de contrat, par rang."""
        rangs = sorted({colonne.contrat for colonne in self.colonnes if colonne.contrat})
        return tuple(GroupeContrat(rang=rang, **self._roles(rang)) for rang in rangs)

    def _roles(self, rang: int) -> dict[str, str]:
        return {str(c.role): c.champ for c in self.colonnes if c.contrat == rang}


@cache
def charger_format(cle: str = "tableau_de_bord_v3") -> Format:
    """Charge un format décrit dans `donnees/formats/` ; lève `DonneesInvalides` s'il est mal décrit."""
    return charger_modele(FORMATS / f"{cle}.yaml", Format)


def normaliser_entete(texte: str) -> str:
    """En-tête sans casse, étoile, accent ni espace autour ; espaces et tirets intérieurs valent « _ ».

    « Prénom apprenant * » et « PRENOM_APPRENANT » donnent `prenom_apprenant`.
    """
    decompose = unicodedata.normalize("NFKD", texte)
    sans_accent = "".join(c for c in decompose if not unicodedata.combining(c))
    sans_marque = sans_accent.replace("*", " ").replace("\ufeff", " ").replace("\u200b", "").casefold()
    return re.sub(r"[\s_\-]+", "_", sans_marque).strip("_")
