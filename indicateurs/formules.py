"""Les formules des indicateurs, écrites une fois en expressions narwhals : le même texte pour tous les moteurs.

Une formule compte des lignes d'une table (« apprentis » ou « contrats ») : sa cohorte, puis, dans la
cohorte, les cas. Elle ne fait que des comptes additifs ; taux, intervalles et secret viennent après.

Colonnes de la table « apprentis » : `date_fin`, `statut_au` et `dernier_statut` (texte, vide si la frise n'a
pas commencé ou n'a aucun jour), `resultat_connu` et `diplome` (booléens).
Colonnes de la table « contrats » : `date_debut`, `date_fin`, `date_rupture`, `retour` (date du premier autre
contrat de la même personne débutant le jour de la rupture ou après).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import narwhals as nw

__all__ = ["FORMULES", "Formule", "Parametres"]

Parametres = Mapping[str, int | str]
Ecriture = Callable[[Parametres, datetime], nw.Expr]


@dataclass(frozen=True)
class Formule:
    """Deux expressions booléennes : `cohorte` (qui est compté) et `cas` (parmi eux, les cas).

    `lit_les_statuts` : la formule a besoin des parcours, que l'on ne calcule pas sans elle.
    """

    table: Literal["apprentis", "contrats"]
    cohorte: Ecriture
    cas: Ecriture
    lit_les_statuts: bool = False


def _vrai(expression: nw.Expr) -> nw.Expr:
    """Une comparaison avec une date absente est fausse, quel que soit le moteur."""
    return expression.fill_null(False)


def _apres(colonne: str, mois: int | str) -> nw.Expr:
    """Date décalée de mois de calendrier (31 mai + 9 mois = dernier jour de février)."""
    return nw.col(colonne).dt.offset_by(f"{int(mois)}mo")


def _ancien(mois: int, au: datetime) -> nw.Expr:
    return _vrai(_apres("date_debut", mois) <= nw.lit(au))


def _rompu_tot(p: Parametres, _: datetime) -> nw.Expr:
    depuis_le_debut = _vrai(nw.col("date_rupture") >= nw.col("date_debut"))
    return depuis_le_debut & _vrai(nw.col("date_rupture") < _apres("date_debut", p["mois"]))


def _rompu_tot_sans_retour(p: Parametres, au: datetime) -> nw.Expr:
    retour = _vrai(nw.col("retour") < _apres("date_rupture", p["retour_mois"]))
    return _rompu_tot(p, au) & ~retour


def _fin_atteinte(_: Parametres, au: datetime) -> nw.Expr:
    return _vrai(nw.col("date_fin") <= nw.lit(au))


def _resultat_connu(_: Parametres, __: datetime) -> nw.Expr:
    return nw.col("resultat_connu")


FORMULES: dict[str, Formule] = {
    "effectif_du_statut": Formule(
        "apprentis",
        cohorte=lambda _, __: nw.col("statut_au") != "",
        cas=lambda p, _: nw.col("statut_au") == p["statut"],
        lit_les_statuts=True,
    ),
    "rupture_precoce": Formule(
        "contrats",
        cohorte=lambda p, au: _ancien(int(p["mois"]), au),
        cas=_rompu_tot,
    ),
    "rupture_precoce_sans_retour": Formule(
        "contrats",
        cohorte=lambda p, au: _ancien(int(p["mois"]) + int(p["retour_mois"]), au),
        cas=_rompu_tot_sans_retour,
    ),
    "rupture_avant_fin_prevue": Formule(
        "contrats",
        cohorte=_fin_atteinte,
        cas=lambda _, __: _vrai(nw.col("date_rupture") < nw.col("date_fin")),
    ),
    "dernier_statut_abandon": Formule(
        "apprentis",
        cohorte=_fin_atteinte,
        cas=lambda _, __: nw.col("dernier_statut") == "ABANDON",
        lit_les_statuts=True,
    ),
    "diplome_obtenu": Formule("apprentis", cohorte=_resultat_connu, cas=lambda _, __: nw.col("diplome")),
    "diplome_refuse": Formule("apprentis", cohorte=_resultat_connu, cas=lambda _, __: ~nw.col("diplome")),
}
