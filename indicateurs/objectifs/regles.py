"""Où l'on en est d'un objectif : atteint ou non, ce qu'il manque, la tendance, ce qui ne peut pas être visé. Pur.

La charte (1.C1.2) demande des indicateurs et des jalons, sans dire comment s'en approcher : ces règles sont de l'outil.
Exemples lisibles, qui sont aussi des tests : `indicateurs/donnees/exemples_objectifs.yaml`.

Une valeur masquée n'entre dans aucun calcul, et rien de ce qui est dit ici ne permet de la retrouver.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil, floor
from typing import Literal

__all__ = [
    "ANNEES_DE_TENDANCE",
    "EN_POUR_CENT",
    "Constat",
    "Faute",
    "Tendance",
    "Vise",
    "annee_de",
    "dernier",
    "est_atteint",
    "fautes_de",
    "il_manque",
    "palier_du_moment",
    "tendance",
]

EN_POUR_CENT = frozenset({"part", "probabilite", "rapport"})
"""Les unités rangées en fraction et montrées en pour-cent."""
ANNEES_DE_TENDANCE = 5
DECIMALES = 6
Sens = Literal["hausse", "baisse", "aucun"]


@dataclass(frozen=True)
class Faute:
    """Ce qui ne va pas dans un objectif : le champ, et quoi faire."""

    champ: str
    message: str


@dataclass(frozen=True)
class Constat:
    """Ce qui a été mesuré pour une promotion. `annee` : celle de sa rentrée ; masqué : aucun nombre n'est porté.

    `partiel` : tous les siens n'ont pas encore eu le temps d'être comptés.
    """

    annee: int
    periode: str
    valeur: float | None
    numerateur: int | None = None
    denominateur: int | None = None
    ic_bas: float | None = None
    ic_haut: float | None = None
    masque: bool = False
    partiel: bool = False

    @property
    def connu(self) -> bool:
        """Vrai si une valeur se montre et se compare."""
        return self.valeur is not None and not self.masque


@dataclass(frozen=True)
class Vise:
    """Ce qui est visé : une cible à une échéance, par des paliers annuels, depuis une valeur de référence.

    Valeurs en fraction pour une part. `paliers` : (année de rentrée, valeur), par année.
    """

    cible: float
    echeance: date
    paliers: tuple[tuple[int, float], ...] = ()
    reference: float | None = None
    reference_periode: str = ""


@dataclass(frozen=True)
class Tendance:
    """De la première à la dernière année complète (cinq au plus) : ce que les intervalles permettent d'en dire."""

    genre: Literal["aucune_mesure", "une_seule", "recouvrement", "hausse", "baisse"]
    premier: Constat | None = None
    dernier: Constat | None = None


def annee_de(periode: str) -> int | None:
    """« 2024-2025 » → 2024, « 2024 » → 2024 ; None si ce n'est pas une année."""
    debut = periode[:4]
    suite = periode[4:]
    if not (debut.isascii() and debut.isdecimal() and len(debut) == 4):
        return None
    if suite and suite != f"-{int(debut) + 1}":
        return None
    return int(debut)


def dernier(constats: Sequence[Constat]) -> Constat | None:
    """Le constat de la promotion la plus récente qui a une valeur ou un masque ; None s'il n'y en a pas."""
    parlants = [constat for constat in constats if constat.masque or constat.valeur is not None]
    return max(parlants, key=lambda constat: constat.annee, default=None)


def exacte(valeur: float) -> Fraction:
    """La valeur telle qu'elle a été tapée (0.12 est douze centièmes, non son approximation binaire)."""
    return Fraction(str(round(valeur, DECIMALES)))


def est_atteint(constat: Constat, visee: float, sens: Sens) -> bool | None:
    """Vrai si la valeur est au moins (hausse) ou au plus (baisse) celle visée ; None si rien ne se compare."""
    if not constat.connu or constat.valeur is None or sens == "aucun":
        return None
    if constat.numerateur is not None and constat.denominateur:
        mesuree = Fraction(constat.numerateur, constat.denominateur)  # exact : « 12 sur 100 » atteint 12 %
    else:
        mesuree = exacte(constat.valeur)
    return mesuree >= exacte(visee) if sens == "hausse" else mesuree <= exacte(visee)


def il_manque(numerateur: int, denominateur: int, visee: float, sens: Sens) -> int:
    """Le plus petit nombre de cas à gagner, à dénominateur égal, pour atteindre la valeur visée ; 0 : atteinte.

    En hausse, des cas de plus au numérateur ; en baisse, des cas de moins. `denominateur` > 0, `visee` de 0 à 1.
    """
    seuil = exacte(visee) * denominateur
    ecart = ceil(seuil) - numerateur if sens == "hausse" else numerateur - floor(seuil)
    return max(0, ecart)


def palier_du_moment(vise: Vise, annee: int) -> tuple[int, float] | None:
    """Le palier de cette promotion, sinon le prochain ; None s'il n'y en a plus : il ne reste que la cible."""
    return next(((quand, valeur) for quand, valeur in sorted(vise.paliers) if quand >= annee), None)


def tendance(constats: Iterable[Constat]) -> Tendance:
    """Compare la première et la dernière des cinq années complètes les plus récentes, à valeur et intervalle connus.

    Deux intervalles à 95 % qui se recouvrent ne permettent pas de parler de hausse ni de baisse (règle prudente).
    """
    connus = sorted((c for c in constats if c.connu and not c.partiel and c.ic_bas is not None), key=lambda c: c.annee)
    recents = connus[-ANNEES_DE_TENDANCE:]
    if not recents:
        return Tendance("aucune_mesure")
    debut, fin = recents[0], recents[-1]
    if len(recents) == 1:
        return Tendance("une_seule", fin, fin)
    if _bornes(debut)[0] <= _bornes(fin)[1] and _bornes(fin)[0] <= _bornes(debut)[1]:
        return Tendance("recouvrement", debut, fin)
    return Tendance("hausse" if _bornes(fin)[0] > _bornes(debut)[1] else "baisse", debut, fin)


def _bornes(constat: Constat) -> tuple[float, float]:
    return constat.ic_bas or 0.0, constat.ic_haut or 0.0


def fautes_de(
    vise: Vise, sens: Sens, bornes: tuple[float, float | None], constat: Constat | None = None
) -> tuple[Faute, ...]:
    """Tout ce qui empêche de viser cela, d'un coup. `bornes` : le possible ; `constat` : l'année de référence."""
    if sens == "aucun":
        return (Faute("indicateur", SANS_SENS),)
    return (*_hors_du_possible(vise, bornes), *_reference(vise, constat), *_annees(vise), *_monotone(vise, sens))


SANS_SENS = "Pour cet indicateur, ni la hausse ni la baisse n'est souhaitable en soi : choisissez-en un autre."
MASQUEE = (
    "La valeur de cette année n'est pas montrée (petit effectif) : elle ne peut pas servir de référence. Choisissez "
    "une autre année, ou laissez la référence vide."
)
AUTRE_QUE_MESUREE = (
    "L'outil mesure une autre valeur cette année-là, avec la définition en vigueur : laissez la valeur vide pour la "
    "reprendre, ou changez d'année."
)
POINT_DE_LECTURE = 0.0005
"""Une référence tapée à une décimale de pour-cent peut s'écarter d'autant de la valeur mesurée."""


def _hors_du_possible(vise: Vise, bornes: tuple[float, float | None]) -> Iterator[Faute]:
    bas, haut = bornes
    dits = [("cible", vise.cible)] + [(f"palier_{rang}", v) for rang, (_, v) in enumerate(vise.paliers, start=1)]
    if vise.reference is not None:
        dits.append(("reference_valeur", vise.reference))
    for champ, valeur in dits:
        if valeur < bas or (haut is not None and valeur > haut):
            yield Faute(champ, "Cette valeur est hors du possible pour cet indicateur : vérifiez-la.")


def _reference(vise: Vise, constat: Constat | None) -> Iterator[Faute]:
    if vise.reference is None:
        if constat is not None and constat.masque:
            yield Faute("reference_periode", MASQUEE)
        return
    if annee_de(vise.reference_periode) is None:
        yield Faute("reference_periode", "Donnez l'année de la valeur de référence, par exemple 2024-2025.")
    elif constat is not None and constat.masque:
        yield Faute("reference_valeur", MASQUEE)
    elif constat is not None and constat.valeur is not None:
        echelle = max(1.0, abs(constat.valeur))
        if abs(constat.valeur - vise.reference) > POINT_DE_LECTURE * echelle + 1e-9:
            yield Faute("reference_valeur", AUTRE_QUE_MESUREE)


def _annees(vise: Vise) -> Iterator[Faute]:
    annees = [annee for annee, _ in vise.paliers]
    reference = annee_de(vise.reference_periode)
    for rang, annee in enumerate(annees, start=1):
        if annee in annees[: rang - 1]:
            yield Faute(f"annee_{rang}", f"Deux jalons pour {annee} : gardez-en un.")
        elif reference is not None and annee <= reference:
            yield Faute(f"annee_{rang}", f"Un jalon vient après l'année de référence ({vise.reference_periode}).")
        elif annee > vise.echeance.year:
            yield Faute(f"annee_{rang}", f"Ce jalon vient après l'échéance ({vise.echeance.year}) : avancez-le.")


def _monotone(vise: Vise, sens: Sens) -> Iterator[Faute]:
    """De la référence à la cible, chaque pas va du côté souhaité, ou ne bouge pas."""
    signe = 1 if sens == "hausse" else -1
    avant = vise.reference
    rangs = {annee: rang for rang, (annee, _) in enumerate(vise.paliers, start=1)}
    for annee, valeur in sorted(vise.paliers):
        if avant is not None and signe * (valeur - avant) < 0:
            yield Faute(f"palier_{rangs[annee]}", f"Le jalon {annee} recule sur ce qui le précède : {_COTE[sens]}")
        avant = valeur
    if avant is not None and signe * (vise.cible - avant) < 0:
        yield Faute("cible", f"La cible recule sur ce qui la précède : {_COTE[sens]}")


_COTE: dict[str, str] = {
    "hausse": "pour cet indicateur, on vise une hausse.",
    "baisse": "pour cet indicateur, on vise une baisse.",
}
