"""Les mesures d'un établissement à une date : calculées d'un coup pour tous ses diplômes, puis lues par clé."""

from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import pandas as pd
from sqlalchemy import select
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, etendue, exiger
from charte.commun.base import exiger_id, lignes
from charte.modeles import Cfa, Formation
from charte.services.portee import formations_atteintes
from indicateurs.definitions import Definition, Diffusion, charger_definitions
from indicateurs.moteur import CLES_PAR_NIVEAU, Niveau, calculer
from indicateurs.services.lectures import SourceDesDonnees, lire_tables, sources, version_des_donnees

__all__ = ["Mesure", "Perimetre", "TableauDeMesures", "mesurer"]

Cle = tuple[str | None, ...]
Nombre = TypeVar("Nombre", int, float)
MESURES_GARDEES = 16


@dataclass(frozen=True)
class Mesure:
    """Un indicateur pour un périmètre et une promotion (« 2024-2025 » ; None : toutes promotions ensemble).

    `denominateur` est None pour un effectif ; `taux`, `ic_bas`, `ic_haut` sont des fractions, None sans dénominateur.
    `masque` : sous le seuil, ou masqué pour ne pas trahir une cellule voisine ; aucun nombre n'est alors porté.
    """

    promotion: str | None
    numerateur: int | None
    denominateur: int | None
    taux: float | None
    ic_bas: float | None
    ic_haut: float | None
    masque: bool


@dataclass(frozen=True)
class Perimetre:
    """Ce sur quoi porte une mesure. `adresse` : sa forme dans les URL (« total », « cfa-… », « diplome-12 »)."""

    niveau: Niveau
    cle: Cle
    libelle: str
    adresse: str
    formation_id: int | None = None


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
    _mesures: dict[tuple[str, Niveau, Cle], tuple[Mesure, ...]]

    def serie(self, indicateur: str, perimetre: Perimetre) -> tuple[Mesure, ...]:
        """Les mesures d'un indicateur par promotion, de la plus ancienne à la plus récente (sans l'ensemble)."""
        toutes = self._mesures.get((indicateur, perimetre.niveau, perimetre.cle), ())
        return tuple(mesure for mesure in toutes if mesure.promotion is not None)

    def ensemble(self, indicateur: str, perimetre: Perimetre) -> Mesure | None:
        """La mesure toutes promotions ensemble (rapport des sommes), ou None si le périmètre n'a aucune donnée."""
        toutes = self._mesures.get((indicateur, perimetre.niveau, perimetre.cle), ())
        return next((mesure for mesure in toutes if mesure.promotion is None), None)

    def derniere(self, indicateur: str, perimetre: Perimetre) -> Mesure | None:
        """La mesure de la promotion la plus récente qui a une cohorte (ou un masque), sinon None."""
        serie = reversed(self.serie(indicateur, perimetre))
        return next((mesure for mesure in serie if mesure.masque or mesure.denominateur), None)

    def seuil(self, indicateur: str) -> int:
        """L'effectif sous lequel ce tableau masque cet indicateur."""
        return self.definitions[indicateur].seuils.pour(self.diffusion or "interne")

    def perimetre(self, adresse: str) -> Perimetre | None:
        """Le périmètre d'une adresse, ou None s'il n'est pas de cet établissement."""
        return next((perimetre for perimetre in self.perimetres if perimetre.adresse == adresse), None)

    def formation(self, formation_id: int) -> Perimetre | None:
        """Le périmètre d'une formation de l'établissement, ou None."""
        return self.perimetre(f"diplome-{formation_id}")


_gardes: WeakKeyDictionary[Any, OrderedDict[Hashable, TableauDeMesures]] = WeakKeyDictionary()
_verrou = Lock()


def mesurer(
    session: Session, acteur: Acteur, au: date, *, brut: bool = False, geste: Geste = Geste.LIRE
) -> TableauDeMesures:
    """Le tableau des mesures que l'acteur peut lire, observé au jour `au`.

    Tout l'établissement se calcule, puis seuls les périmètres de l'étendue de l'acteur (pour `geste`) sont rendus :
    une cellule masquée l'est pour tous, et deux lecteurs ne peuvent pas la retrouver en rapprochant leurs pages.
    `brut` laisse le secret de côté : réservé à qui peut voir les effectifs (`DroitManquant` sinon).
    """
    demande = Geste.LIRE_EFFECTIFS_BRUTS if brut else geste
    exiger(acteur, demande)
    tableau = _tableau_entier(session, acteur, au, brut=brut)
    if etendue(acteur, demande).tout:
        return tableau
    visibles = _perimetres_visibles(session, acteur, tableau.perimetres, demande)
    return replace(tableau, perimetres=visibles, sources=tuple(sources(session, acteur, demande)))


def _perimetres_visibles(
    session: Session, acteur: Acteur, perimetres: Sequence[Perimetre], geste: Geste
) -> tuple[Perimetre, ...]:
    """Les diplômes de l'étendue ; un CFA ou un lieu seulement si l'étendue couvre TOUTES ses formations."""
    requete = select(col(Formation.id)).where(formations_atteintes(acteur, geste))
    atteintes = {identifiant for (identifiant,) in lignes(session, requete)}
    ailleurs: set[tuple[str, Cle]] = {("total", ())}
    for identifiant, _, _, _, formateur, responsable, _ in _formations(session, acteur):
        if identifiant not in atteintes:
            ailleurs |= {("responsable", (responsable,)), ("formateur", (formateur,))}
    return tuple(
        perimetre
        for perimetre in perimetres
        if perimetre.formation_id in atteintes
        or (perimetre.formation_id is None and (perimetre.niveau, perimetre.cle) not in ailleurs)
    )


def _tableau_entier(session: Session, acteur: Acteur, au: date, *, brut: bool) -> TableauDeMesures:
    """Le tableau de tout l'établissement ; déjà calculé sur les mêmes données, il est rendu tel quel."""
    cle = (acteur.etablissement_id, version_des_donnees(session, acteur), au, brut)
    gardes = _gardes_de(session)
    with _verrou:
        if cle in gardes:
            gardes.move_to_end(cle)
            return gardes[cle]
    tableau = _calculer(session, acteur, au, None if brut else "interne")
    with _verrou:
        gardes[cle] = tableau
        while len(gardes) > MESURES_GARDEES:
            gardes.popitem(last=False)
    return tableau


def _gardes_de(session: Session) -> OrderedDict[Hashable, TableauDeMesures]:
    """Les tableaux gardés pour cette base (la réserve de connexions la désigne, et disparaît avec elle)."""
    with _verrou:
        return _gardes.setdefault(session.get_bind().pool, OrderedDict())  # type: ignore[union-attr]


def _calculer(session: Session, acteur: Acteur, au: date, diffusion: Diffusion | None) -> TableauDeMesures:
    definitions = charger_definitions()
    calculees = calculer(lire_tables(session, acteur), definitions, au=au, diffusion=diffusion, cumul=True)
    return TableauDeMesures(
        au=au,
        diffusion=diffusion,
        definitions=dict(definitions),
        perimetres=tuple(_perimetres(session, acteur)),
        sources=tuple(sources(session, acteur)),
        _mesures=_ranger(calculees),
    )


def _ranger(calculees: pd.DataFrame) -> dict[tuple[str, Niveau, Cle], tuple[Mesure, ...]]:
    rangees: dict[tuple[str, Niveau, Cle], list[Mesure]] = {}
    lues = calculees.astype(object).where(calculees.notna(), None)
    for ligne in lues.to_dict("records"):
        niveau: Niveau = ligne["niveau"]
        cle = tuple(ligne[nom] for nom in CLES_PAR_NIVEAU[niveau])
        rangees.setdefault((ligne["indicateur"], niveau, cle), []).append(_mesure(ligne))
    return {cle: tuple(mesures) for cle, mesures in rangees.items()}


def _mesure(ligne: dict[Hashable, Any]) -> Mesure:
    return Mesure(
        promotion=ligne["promotion"],
        numerateur=_ou_rien(int, ligne["numerateur"]),
        denominateur=_ou_rien(int, ligne["denominateur"]),
        taux=_ou_rien(float, ligne["taux"]),
        ic_bas=_ou_rien(float, ligne["ic_bas"]),
        ic_haut=_ou_rien(float, ligne["ic_haut"]),
        masque=bool(ligne["masque"]),
    )


def _ou_rien(genre: type[Nombre], valeur: Any) -> Nombre | None:
    return None if valeur is None else genre(valeur)


def _perimetres(session: Session, acteur: Acteur) -> Iterator[Perimetre]:
    yield Perimetre("total", (), "Tout l'établissement", "total")
    formations = _formations(session, acteur)
    responsables = {f[5]: f[6] for f in formations}
    for uai, nom in sorted(responsables.items(), key=lambda paire: paire[1]):
        yield Perimetre("responsable", (uai,), nom, f"cfa-{uai}")
    lieux = {f[4] for f in formations}
    for uai in sorted(lieux) if lieux - set(responsables) else ():
        yield Perimetre("formateur", (uai,), f"Lieu de formation {uai}", f"lieu-{uai}")
    for identifiant, libelle, rncp, cfd, formateur, responsable, _ in formations:
        cle = (rncp or None, cfd or None, responsable, formateur)
        yield Perimetre("formation", cle, libelle, f"diplome-{identifiant}", exiger_id(identifiant))


def _formations(session: Session, acteur: Acteur) -> list[tuple[Any, ...]]:
    colonnes = (
        Formation.id,
        Formation.libelle,
        Formation.rncp,
        Formation.cfd,
        Formation.uai_formateur,
        Cfa.uai,
        Cfa.nom,
    )
    requete = (
        select(*(col(colonne) for colonne in colonnes))
        .select_from(Formation)
        .join(Cfa, col(Cfa.id) == col(Formation.cfa_id))
        .where(col(Formation.etablissement_id) == acteur.etablissement_id)
        .order_by(col(Formation.libelle), col(Formation.id))
    )
    return [tuple(ligne) for ligne in lignes(session, requete)]
