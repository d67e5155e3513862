"""Ce que montre, puis scelle, une revue annuelle : un contenu en JSON canonique, et son empreinte. Fonctions pures.

Une revue ouverte dresse ce contenu de la base à chaque page ; arrêtée, elle ne se lit plus que dans ce qui est scellé.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Literal

from pydantic import TypeAdapter

from charte.commun.canonique import ecrire_canonique

FORMAT = 1


@dataclass(frozen=True)
class SourceScellee:
    """Un dépôt confirmé, sans son nom de fichier (il peut nommer quelqu'un) ; `empreinte` : SHA-256 du fichier."""

    format: str
    titre: str
    empreinte: str
    confirme_le: datetime


@dataclass(frozen=True)
class FormationScellee:
    """Un diplôme du périmètre et les années de rentrée (2023 : promotion 2023-2024) dont il a des parcours."""

    id: int
    libelle: str
    annees: tuple[int, ...]


@dataclass(frozen=True)
class DefinitionScellee:
    """La définition qui a produit les mesures ; `empreinte` : SHA-256 de son contenu ; `seuil` : celui du masque.

    `par_enquete` : ses années sont celles d'une enquête, non des promotions. `famille` : sa clé.
    """

    cle: str
    identifiant: str
    empreinte: str
    libelle: str
    unite: str
    unite_comptee: str
    sens: str
    numerateur: str
    denominateur: str
    seuil: int
    par_enquete: bool = False
    famille: str = ""


@dataclass(frozen=True)
class MesureScellee:
    """Une mesure, sous le secret interne ; masquée, elle ne porte aucun nombre. `promotion` None : toutes.

    `partielle` : tous ceux de la promotion n'avaient pas encore eu le temps d'être comptés.
    """

    promotion: str | None
    numerateur: float | None
    denominateur: float | None
    taux: float | None
    ic_bas: float | None
    ic_haut: float | None
    masque: bool
    partielle: bool = False

    def __post_init__(self) -> None:
        """Refuse un nombre sous un masque : il ne doit entrer dans aucun contenu scellé."""
        nombres = (self.numerateur, self.denominateur, self.taux, self.ic_bas, self.ic_haut)
        if self.masque and any(nombre is not None for nombre in nombres):
            raise ValueError("Une mesure masquée ne porte aucun nombre.")

    @property
    def parle(self) -> bool:
        """Vrai si elle a une valeur, montrée ou masquée."""
        return self.masque or self.taux is not None


@dataclass(frozen=True)
class ObjectifScelle:
    """L'objectif convenu pour ce périmètre. `palier` : la valeur visée l'année de la revue, s'il y en a une."""

    cible: float
    echeance: date
    palier: float | None
    convenu_le: date
    definition: str


@dataclass(frozen=True)
class RepereScelle:
    """Une valeur de comparaison, avec ce qui la rend lisible."""

    libelle: str
    valeur: str
    millesime: str
    champ: str
    source: str
    mise_en_garde: str


@dataclass(frozen=True)
class ActionScellee:
    """L'action du plan née de la revue, telle qu'elle se lisait."""

    id: int
    intitule: str
    echeance: date | None
    etat: str


@dataclass(frozen=True)
class IndicateurRevu:
    """Un indicateur : ce qu'il vaut, ce qui est visé, ce que l'équipe en dit. `version` : celle de la note, ou 0.

    `serie` : les cinq dernières promotions, de la plus ancienne à la plus récente.
    """

    definition: DefinitionScellee
    serie: tuple[MesureScellee, ...] = ()
    objectif: ObjectifScelle | None = None
    reperes: tuple[RepereScelle, ...] = ()
    avis: str = "a_voir"
    commentaire: str = ""
    action: ActionScellee | None = None
    version: int = 0

    @property
    def cle(self) -> str:
        """Sa clé."""
        return self.definition.cle

    @property
    def derniere(self) -> MesureScellee | None:
        """La mesure de la promotion la plus récente qui a une cohorte, montrée ou masquée."""
        return next((mesure for mesure in reversed(self.serie) if mesure.parle), None)

    @property
    def a_des_donnees(self) -> bool:
        """Vrai si au moins une promotion est mesurée."""
        return self.derniere is not None


Nature = Literal["nouvelle", "changée", "retirée"]


@dataclass(frozen=True)
class ChangementDeDefinition:
    """Une définition qui n'est plus celle de la revue d'avant. `avant`, `apres` : identifiants, ou vides."""

    libelle: str
    nature: Nature
    avant: str
    apres: str


@dataclass(frozen=True)
class Contenu:
    """Toute une revue. `cfa_uai` vide : l'établissement entier. `part_connue` : fins de parcours au résultat connu.

    `comparee_a` : l'année de la revue d'avant, dont `changements` part (None : c'est la première).
    """

    etablissement: str
    perimetre: str
    cfa_uai: str
    annee: int
    rang: int
    motif: str
    observee_le: date
    donnees_completes: bool | None
    note_donnees: str
    definitions_justes: bool | None
    note_definitions: str
    conclusion: str
    sources: tuple[SourceScellee, ...] = ()
    sources_absentes: tuple[str, ...] = ()
    formations: tuple[FormationScellee, ...] = ()
    part_connue: str = ""
    indicateurs: tuple[IndicateurRevu, ...] = ()
    comparee_a: int | None = None
    changements: tuple[ChangementDeDefinition, ...] = ()
    manques: tuple[str, ...] = ()
    arretee_par: str = ""
    arretee_le: datetime | None = None
    format: int = field(default=FORMAT)

    @property
    def a_revoir(self) -> tuple[IndicateurRevu, ...]:
        """Les indicateurs que la revue passe un à un : ceux qui ont des données."""
        return tuple(indicateur for indicateur in self.indicateurs if indicateur.a_des_donnees)

    @property
    def sans_donnee(self) -> tuple[IndicateurRevu, ...]:
        """Les autres : rien n'y est à dire, sinon ce qui manque pour les calculer."""
        return tuple(indicateur for indicateur in self.indicateurs if not indicateur.a_des_donnees)

    def indicateur(self, cle: str) -> IndicateurRevu | None:
        """L'indicateur de cette clé, ou None."""
        return next((indicateur for indicateur in self.indicateurs if indicateur.cle == cle), None)


def ecrire_contenu(contenu: Contenu) -> str:
    """Le contenu en JSON canonique."""
    return ecrire_canonique(_adaptateur().dump_python(contenu, mode="json"))


def lire_contenu(texte: str) -> Contenu:
    """Le contenu d'un JSON scellé ; lève `pydantic.ValidationError` s'il n'a pas la forme attendue."""
    return _adaptateur().validate_json(texte)


@cache
def _adaptateur() -> TypeAdapter[Contenu]:
    return TypeAdapter(Contenu)
