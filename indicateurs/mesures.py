"""Les mesures telles que tout le reste les lit : une mesure, un périmètre, le tableau d'un établissement. Pur."""

from dataclasses import dataclass, field
from datetime import date, datetime

from indicateurs.courbes import CLE_DE_LA_COURBE, CourbesDeRupture, se_montre
from indicateurs.definitions import Definition, Diffusion
from indicateurs.moteur import Niveau
from indicateurs.survie import Survie

__all__ = [
    "Cle",
    "CleCroisee",
    "CleDeMesure",
    "Compte",
    "Mesure",
    "Modalites",
    "Perimetre",
    "SourceDesDonnees",
    "TableauDeMesures",
]

Cle = tuple[str | None, ...]
Compte = int | float
"""Un compte de personnes ou de contrats (entier), ou une somme d'heures, de jours, de notes."""
CleDeMesure = tuple[str, Niveau, Cle]
CleCroisee = tuple[str, str, Niveau, Cle]
Modalites = tuple[tuple[str, "Mesure"], ...]


@dataclass(frozen=True)
class SourceDesDonnees:
    """Un dépôt confirmé, tel qu'un chiffre le cite.

    Pour qui n'atteint pas tout ce qu'il porte, ni son nom (il peut nommer quelqu'un) ni ses comptes (None) : retranchés
    des siens, ils diraient ceux des autres.
    """

    nom_fichier: str
    empreinte: str
    depose_le: datetime
    confirme_le: datetime
    retenues: int | None
    ecartees: int | None


@dataclass(frozen=True)
class Mesure:
    """Un indicateur pour un périmètre et une promotion (« 2024-2025 » ; None : toutes promotions ensemble).

    `denominateur` est None pour un effectif. `taux` : une fraction pour une part, une probabilité ou un rapport, une
    moyenne dans son unité sinon ; lui et son intervalle sont None sans dénominateur. `effectif` : la cohorte, sur
    laquelle porte le seuil. `masque` : sous le seuil, ou masqué pour ne pas trahir une cellule voisine ; aucun nombre
    n'est alors porté. `partielle` : tous ceux de la promotion n'ont pas encore eu le temps d'être comptés.
    """

    promotion: str | None
    numerateur: Compte | None
    denominateur: Compte | None
    taux: float | None
    ic_bas: float | None
    ic_haut: float | None
    masque: bool
    effectif: int | None = None
    partielle: bool = False


@dataclass(frozen=True)
class Perimetre:
    """Ce sur quoi porte une mesure. `adresse` : sa forme dans les URL (« total », « cfa-… », « diplome-12 »).

    `composante` : le nom de celle d'un diplôme, s'il en a une.
    """

    niveau: Niveau
    cle: Cle
    libelle: str
    adresse: str
    formation_id: int | None = None
    composante: str | None = None


@dataclass(frozen=True)
class TableauDeMesures:
    """Toutes les mesures d'un établissement à une date, et de quoi les expliquer.

    `diffusion` : « interne » (seuil interne) ou None (chiffres bruts, pour qui peut les voir).
    """

    au: date
    diffusion: Diffusion | None
    definitions: dict[str, Definition]
    perimetres: tuple[Perimetre, ...]
    sources: tuple[SourceDesDonnees, ...]
    _mesures: dict[CleDeMesure, tuple[Mesure, ...]]
    _ventilations: dict[CleCroisee, Modalites] = field(default_factory=dict)
    _courbes: CourbesDeRupture | None = None

    def serie(self, indicateur: str, perimetre: Perimetre) -> tuple[Mesure, ...]:
        """Les mesures d'un indicateur par promotion, de la plus ancienne à la plus récente (sans l'ensemble)."""
        toutes = self._mesures.get((indicateur, perimetre.niveau, perimetre.cle), ())
        return tuple(mesure for mesure in toutes if mesure.promotion is not None)

    def ensemble(self, indicateur: str, perimetre: Perimetre) -> Mesure | None:
        """La mesure toutes promotions ensemble (rapport des sommes), ou None si le périmètre n'a aucune donnée."""
        toutes = self._mesures.get((indicateur, perimetre.niveau, perimetre.cle), ())
        return next((mesure for mesure in toutes if mesure.promotion is None), None)

    def ventilation(self, indicateur: str, axe: str, perimetre: Perimetre) -> tuple[tuple[str, Mesure], ...]:
        """(modalité, mesure toutes promotions ensemble), dans l'ordre des modalités ; celles qui n'ont personne n'y
        sont pas."""
        return self._ventilations.get((indicateur, axe, perimetre.niveau, perimetre.cle), ())

    def courbe(self, perimetre: Perimetre) -> Survie | None:
        """La courbe des ruptures d'un périmètre ; None sans contrat, ou si sa cohorte ou une promotion est masquée."""
        toutes = self._mesures.get((CLE_DE_LA_COURBE, perimetre.niveau, perimetre.cle), ())
        if self._courbes is None or not se_montre(mesure.masque for mesure in toutes):
            return None
        return self._courbes.courbe(perimetre.niveau, perimetre.cle)

    def derniere(self, indicateur: str, perimetre: Perimetre) -> Mesure | None:
        """La mesure de la promotion la plus récente qui a une valeur (ou un masque), sinon None."""
        serie = reversed(self.serie(indicateur, perimetre))
        return next((mesure for mesure in serie if mesure.masque or mesure.taux is not None), None)

    def seuil(self, indicateur: str) -> int:
        """L'effectif sous lequel ce tableau masque cet indicateur."""
        return self.definitions[indicateur].seuils.pour(self.diffusion or "interne")

    def perimetre(self, adresse: str) -> Perimetre | None:
        """Le périmètre d'une adresse, ou None s'il n'est pas de cet établissement."""
        return next((perimetre for perimetre in self.perimetres if perimetre.adresse == adresse), None)

    def formation(self, formation_id: int) -> Perimetre | None:
        """Le périmètre d'une formation de l'établissement, ou None."""
        return self.perimetre(f"diplome-{formation_id}")
