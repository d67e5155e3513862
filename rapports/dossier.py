"""Ce qu'un dossier de conseil contient : des valeurs gelées, seules sources du PDF et de l'instantané rangé.

Un dossier se fabrique à la main (tests), depuis la base (`rapports.services`) ou depuis un instantané JSON : le rendu
est le même. Aucune donnée nominative n'y entre ; un chiffre masqué n'y est pas du tout.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from pydantic import TypeAdapter

Niveau = Literal["en_deca", "socle", "jalon", "cible"]
Etat = Literal["tenu", "en_partie", "non_tenu", "sans_objet"]
EtatAction = Literal["non_engagee", "engagee", "en_place", "en_place_et_evaluee", "sans_objet"]

FORMAT_DU_DOSSIER = 1


@dataclass(frozen=True)
class PreuveConseil:
    """Une preuve citée : titre, adresse, date d'effet, où y regarder ; `perimee` : elle ne vaut pas ce jour."""

    titre: str
    adresse: str
    date_effet: date | None = None
    emplacement: str = ""
    perimee: bool = False


@dataclass(frozen=True)
class ElementConseil:
    """Une puce du socle ou de la cible : le texte officiel et la position prise (`etat` None : non renseignée)."""

    id: str
    texte: str
    etat: Etat | None = None
    motif: str = ""
    commentaire: str = ""
    preuves: tuple[PreuveConseil, ...] = ()


@dataclass(frozen=True)
class BlocConseil:
    """Un titre du socle ou de la cible et ses puces."""

    id: str
    titre: str
    elements: tuple[ElementConseil, ...]


@dataclass(frozen=True)
class ActionConseil:
    """Une action (ou sous-action) d'un périmètre et son avancement."""

    id: str
    texte: str
    etat: EtatAction | None = None
    sous_action: bool = False


@dataclass(frozen=True)
class PerimetreConseil:
    """Un périmètre et ses actions."""

    id: str
    titre: str
    actions: tuple[ActionConseil, ...]


@dataclass(frozen=True)
class PosteConseil:
    """Un poste : niveau atteint (None sans grille), ce qui manque pour la suite, puces et actions.

    `precedent` : le niveau de l'année d'avant, en mots ; `reserves` : ce qu'il faut lire à côté du niveau. `jalon` : le
    numéro du jalon atteint, 0 ailleurs.
    """

    numero: int
    titre: str
    niveau: Niveau | None
    manque: tuple[str, ...]
    socle: tuple[BlocConseil, ...]
    cible: tuple[BlocConseil, ...]
    perimetres: tuple[PerimetreConseil, ...] = ()
    precedent: str = ""
    reserves: tuple[str, ...] = ()
    jalon: int = 0

    @property
    def engagements(self) -> tuple[ElementConseil, ...]:
        """Toutes les puces du socle, dans l'ordre du texte."""
        return tuple(e for bloc in self.socle for e in bloc.elements)

    @property
    def exigences(self) -> tuple[ElementConseil, ...]:
        """Toutes les puces de la cible, dans l'ordre du texte."""
        return tuple(e for bloc in self.cible for e in bloc.elements)


@dataclass(frozen=True)
class Valeur:
    """La valeur d'un indicateur pour une promotion ou une année d'enquête (année de rentrée ; None : l'ensemble).

    `taux`, `ic_bas`, `ic_haut` sont des fractions ; None quand le dénominateur manque. `masque` : effectif sous le
    seuil ou masque complémentaire ; aucun nombre n'est alors porté (`ValueError` sinon). `partielle` : tous ceux de la
    promotion n'ont pas encore eu le temps d'être comptés.
    """

    promotion: int | None
    numerateur: int | None = None
    denominateur: int | None = None
    taux: float | None = None
    ic_bas: float | None = None
    ic_haut: float | None = None
    masque: bool = False
    partielle: bool = False

    def __post_init__(self) -> None:
        nombres = (self.numerateur, self.denominateur, self.taux, self.ic_bas, self.ic_haut)
        if self.masque and any(n is not None for n in nombres):
            raise ValueError(f"Une valeur masquée ne porte aucun nombre (promotion {self.promotion}).")

    @property
    def connue(self) -> bool:
        """Vrai si un taux peut s'afficher."""
        return not self.masque and self.taux is not None


@dataclass(frozen=True)
class DefinitionConseil:
    """La définition d'un indicateur, en mots, telle qu'elle a servi au calcul."""

    version: str
    numerateur: str
    denominateur: str
    cohorte: str = ""
    fenetre: str = ""
    exclusions: tuple[str, ...] = ()
    source: str = ""
    limites: tuple[str, ...] = ()
    en_vigueur: date | None = None


@dataclass(frozen=True)
class IndicateurConseil:
    """Un taux : sa définition, ses valeurs par promotion (croissantes), sa valeur d'ensemble.

    `sens` : évolution souhaitée, « baisse » ou « hausse » ; `unite` : ce que l'on compte (« contrats ») ;
    `par_enquete` : ses années sont celles d'une enquête, non des promotions.
    """

    cle: str
    libelle: str
    unite: str
    sens: Literal["baisse", "hausse"] | None
    definition: DefinitionConseil
    valeurs: tuple[Valeur, ...] = ()
    ensemble: Valeur | None = None
    par_enquete: bool = False

    @property
    def annee(self) -> str:
        """Ce que désigne « 2024-2025 » : « promotion », ou « année d’enquête »."""
        return "année d’enquête" if self.par_enquete else "promotion"


@dataclass(frozen=True)
class EffectifConseil:
    """Nombre d'apprentis dans un statut à la date d'observation ; `valeur` None si `masque`."""

    cle: str
    libelle: str
    valeur: int | None
    masque: bool = False

    def __post_init__(self) -> None:
        if self.masque and self.valeur is not None:
            raise ValueError(f"Un effectif masqué ne porte aucun nombre ({self.cle}).")


@dataclass(frozen=True)
class SourceConseil:
    """Un fichier déposé d'où viennent les chiffres : repère sans nom de personne, empreinte SHA-256, date, comptes.

    Les comptes (lignes) sont None si le fichier parle aussi d'un autre CFA : retranchés de ceux d'ici, ils diraient
    les siens.
    """

    repere: str
    empreinte: str
    depose_le: date
    retenues: int | None
    ecartees: int | None


@dataclass(frozen=True)
class FormationConseil:
    """La formation dont parle le dossier."""

    code: str
    libelle: str
    rncp: str = ""
    cfd: str = ""
    niveau: int | None = None
    uai_formateur: str = ""
    composante: str = ""


@dataclass(frozen=True)
class ArreteConseil:
    """L'arrêté de la grille que dit le dossier : sa version, son empreinte SHA-256, quand, devant quelle instance."""

    version: int
    empreinte: str
    le: datetime
    instance: str = ""


@dataclass(frozen=True)
class DossierConseil:
    """Tout ce que le PDF du conseil dit. `au` : date d'observation ; `edite_le` : instant d'édition (avec fuseau)."""

    etablissement: str
    cfa: str
    cfa_interne: bool
    formation: FormationConseil
    annee: int
    au: date
    edite_le: datetime
    edition: str
    empreinte_edition: str
    seuil: int
    postes: tuple[PosteConseil, ...]
    grille: bool
    campagne: str = ""
    etat_campagne: str = ""
    indicateurs: tuple[IndicateurConseil, ...] = ()
    effectifs: tuple[EffectifConseil, ...] = ()
    sources: tuple[SourceConseil, ...] = ()
    arrete: ArreteConseil | None = None
    format: int = field(default=FORMAT_DU_DOSSIER)

    @property
    def annee_scolaire(self) -> str:
        """« 2026-2027 »."""
        return f"{self.annee}-{self.annee + 1}"


_ADAPTATEUR: TypeAdapter[DossierConseil] = TypeAdapter(DossierConseil)


def en_instantane(dossier: DossierConseil) -> dict[str, Any]:
    """Le dossier en valeurs JSON, pour l'instantané rangé avec le rapport."""
    instantane: dict[str, Any] = _ADAPTATEUR.dump_python(dossier, mode="json")
    return instantane


def depuis_instantane(instantane: dict[str, Any]) -> DossierConseil:
    """Le dossier d'un instantané ; lève `pydantic.ValidationError` si l'instantané est d'un autre format."""
    return _ADAPTATEUR.validate_python(instantane)
