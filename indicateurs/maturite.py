"""Une promotion est partielle tant que tous les siens n'ont pas eu le temps d'être comptés. Pur.

Un indicateur à neuf mois ne compte que les contrats qui ont neuf mois : d'une promotion en cours, il n'a encore qu'une
partie, souvent la plus précoce. Elle se montre, et se dit partielle ; aucune tendance ne s'appuie sur elle.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from indicateurs.compilation import plus_mois
from indicateurs.definitions import Definition
from indicateurs.entree import texte_ou_rien
from indicateurs.etages import CLES_PAR_NIVEAU, NIVEAUX, Niveau
from indicateurs.rattachement import MOIS_DE_RENTREE
from indicateurs.rattachement import promotion as nommer

__all__ = ["Maturite", "lire_la_maturite"]

Cle = tuple[str | None, ...]
Derniers = dict[str, date]
"""Base d'une fenêtre (« fin_de_parcours »…) → le dernier de ses jours."""


@dataclass(frozen=True)
class Maturite:
    """À la date d'observation `au`, ce qui est partiel, par (niveau, clés, promotion)."""

    au: date
    derniers: Mapping[tuple[Niveau, Cle, str], Derniers] = field(default_factory=dict)

    def partielle(self, definition: Definition, niveau: Niveau, cle: Cle, promotion: str | None) -> bool:
        """Vrai si la fenêtre de la définition est encore ouverte pour l'un des parcours ou contrats du groupe.

        Faux pour l'ensemble des promotions, et pour une définition qui ne dit pas quand sa fenêtre se ferme.
        """
        fenetre = definition.fenetre_close
        if fenetre is None or promotion is None:
            return False
        rentree = date(int(promotion[:4]), MOIS_DE_RENTREE, 1)
        connus = {**self.derniers.get((niveau, cle, promotion), {}), "rentree": rentree}
        dernier = connus.get(fenetre.depuis)
        return dernier is not None and plus_mois(dernier, fenetre.mois) > self.au


def lire_la_maturite(tables: Mapping[str, pd.DataFrame], au: date) -> Maturite:
    """Le dernier début et la dernière fin de contrat, la dernière fin de parcours de chaque groupe et promotion.

    `tables` : « parcours » et « contrats », comme `indicateurs.moteur.calculer` les lit.
    """
    parcours = tables["parcours"]
    entrees = pd.to_datetime(parcours["date_entree"])
    annees = entrees.dt.year - (entrees.dt.month < MOIS_DE_RENTREE).astype("int64")
    lus = parcours.assign(promotion=annees, fin_de_parcours=pd.to_datetime(parcours["date_fin"]))
    lus = lus.join(_des_contrats(tables["contrats"]), on="id_parcours")
    derniers: dict[tuple[Niveau, Cle, str], Derniers] = {}
    for niveau in NIVEAUX:
        if set(CLES_PAR_NIVEAU[niveau]) <= set(lus.columns):
            derniers |= _par_groupe(lus, niveau)
    return Maturite(au, derniers)


def _des_contrats(contrats: pd.DataFrame) -> pd.DataFrame:
    jours = {"debut_de_contrat": "date_debut", "fin_de_contrat": "date_fin"}
    dates = pd.DataFrame({base: pd.to_datetime(contrats[colonne]) for base, colonne in jours.items()})
    return dates.groupby(contrats["id_parcours"]).max()


def _par_groupe(lus: pd.DataFrame, niveau: Niveau) -> dict[tuple[Niveau, Cle, str], Derniers]:
    bases = ["fin_de_parcours", "debut_de_contrat", "fin_de_contrat"]
    cles = [*CLES_PAR_NIVEAU[niveau], "promotion"]
    maxima = lus.groupby(cles, dropna=False)[bases].max()
    rendus: dict[tuple[Niveau, Cle, str], Derniers] = {}
    for ligne in maxima.reset_index().to_dict("records"):
        cle = tuple(texte_ou_rien(ligne[nom]) for nom in CLES_PAR_NIVEAU[niveau])
        connus = {base: ligne[base].date() for base in bases if not pd.isna(ligne[base])}
        rendus[niveau, cle, nommer(int(ligne["promotion"]))] = connus
    return rendus
