"""Le calcul des indicateurs : compter une fois au plus fin, sommer aux autres niveaux, masquer, finir.

Tables attendues (pandas) :
- `parcours` : `id_parcours` (unique), `rncp`, `cfd`, `uai_responsable`, `uai_formateur`, `date_entree`,
  `date_fin`, `date_exclusion` (facultative), `obtention` (booléen, vide si inconnu) ;
- `contrats` : `id_parcours`, `rang`, `date_debut`, `date_fin` et `date_rupture` (facultatives), et, si on la
  connaît, `id_personne`, qui rapproche les contrats d'un même jeune d'une formation à l'autre.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Literal

import narwhals as nw
import pandas as pd

from indicateurs.definitions import Definition, Diffusion, charger_definitions
from indicateurs.finition import poser_taux
from indicateurs.formules import FORMULES
from indicateurs.secret import masquer
from indicateurs.tables import CLES_DE_GROUPE, Moteur, TablesPretes, a_minuit, preparer

__all__ = ["CLES_PAR_NIVEAU", "COLONNES", "NIVEAUX", "Niveau", "calculer", "compter"]

Niveau = Literal["formation", "formateur", "responsable", "total"]
NIVEAUX: tuple[Niveau, ...] = ("formation", "formateur", "responsable", "total")
CLES_PAR_NIVEAU: dict[Niveau, tuple[str, ...]] = {
    "formation": CLES_DE_GROUPE,
    "formateur": ("uai_formateur",),
    "responsable": ("uai_responsable",),
    "total": (),
}
COLONNES = (
    "indicateur",
    "definition",
    "niveau",
    *CLES_DE_GROUPE,
    "promotion",
    "numerateur",
    "denominateur",
    "effectif",
    "masque",
    "taux",
    "ic_bas",
    "ic_haut",
)


def calculer(
    tables: Mapping[str, pd.DataFrame],
    definitions: Mapping[str, Definition] | None = None,
    *,
    au: date,
    par: Sequence[Niveau] = NIVEAUX,
    diffusion: Diffusion | None = None,
    cumul: bool = False,
    moteur: Moteur = "polars",
) -> pd.DataFrame:
    """Rend une ligne par indicateur × groupe × promotion, colonnes `COLONNES`, pour les niveaux de `par`.

    `definitions` : par clé ; celles en vigueur par défaut. `au` : date d'observation. `diffusion` :
    « interne » ou « publique » applique le secret à son seuil ; None le laisse de côté (pour qui peut voir).
    `cumul` ajoute une ligne toutes promotions confondues (`promotion` absente). Le masque se décide sur tous
    les niveaux à la fois : il est le même quel que soit `par`.

    `numerateur`, `denominateur`, `effectif` (la cohorte, sur laquelle porte le seuil) sont des Int64 ;
    `denominateur` est absent pour un effectif ; `taux`, `ic_bas`, `ic_haut` sont des fractions, NaN sans
    dénominateur ou si masqué.

    Lève `TableInvalide` si les tables ne permettent pas le calcul, `ValueError` sur un niveau inconnu.
    """
    retenues = list((charger_definitions() if definitions is None else definitions).values())
    inconnus = set(par) - set(NIVEAUX)
    if inconnus:
        raise ValueError(f"Niveau inconnu : {', '.join(sorted(inconnus))} ; attendu : {', '.join(NIVEAUX)}.")
    statuts = any(FORMULES[definition.formule].lit_les_statuts for definition in retenues)
    pretes = preparer(tables["parcours"], tables["contrats"], au, moteur, statuts=statuts)
    mesures = _etager(compter(pretes, retenues, au), retenues)
    if diffusion is None:
        mesures["masque"] = False
    else:
        mesures = masquer(mesures, {d.cle: d.seuils.pour(diffusion) for d in retenues})
    choisies = mesures["niveau"].isin(par) & (cumul | mesures["promotion"].notna())
    return poser_taux(mesures[choisies])[list(COLONNES)].reset_index(drop=True)


def compter(pretes: TablesPretes, definitions: Iterable[Definition], au: date) -> pd.DataFrame:
    """Les comptes au plus fin : une ligne par formation × promotion, colonnes `<clé>.cas`, `<clé>.cohorte`."""
    comptes = pretes.groupes.set_index("groupe")
    par_table: dict[str, list[Definition]] = {"apprentis": [], "contrats": []}
    for definition in definitions:
        par_table[FORMULES[definition.formule].table].append(definition)
    for table, concernees in par_table.items():
        if concernees:
            sommes = _sommer(getattr(pretes, table), concernees, au)
            comptes = comptes.join(sommes)
    nombres = comptes.columns[len(pretes.groupes.columns) - 1 :]
    comptes[nombres] = comptes[nombres].fillna(0).astype("int64")
    return comptes.reset_index(drop=True)


def _sommer(table: nw.DataFrame, definitions: list[Definition], au: date) -> pd.DataFrame:  # type: ignore[type-arg]
    colonnes = []
    for definition in definitions:
        formule, observation = FORMULES[definition.formule], a_minuit(au)
        cohorte = formule.cohorte(definition.parametres, observation)
        cas = formule.cas(definition.parametres, observation)
        colonnes.append((cohorte & cas).cast(nw.Int64).alias(f"{definition.cle}.cas"))
        colonnes.append(cohorte.cast(nw.Int64).alias(f"{definition.cle}.cohorte"))
    noms = [f"{d.cle}.{compte}" for d in definitions for compte in ("cas", "cohorte")]
    comptees = table.select("groupe", *colonnes).group_by("groupe").agg(nw.col(*noms).sum())
    return pd.DataFrame(comptees.to_pandas()).set_index("groupe")


def _etager(comptes: pd.DataFrame, definitions: list[Definition]) -> pd.DataFrame:
    """Sommes à tous les niveaux, par promotion et toutes promotions, en une ligne par indicateur."""
    nombres = [f"{d.cle}.{compte}" for d in definitions for compte in ("cas", "cohorte")]
    etages = []
    for niveau in NIVEAUX:
        for temps in (["promotion"], []):
            cles = [*CLES_PAR_NIVEAU[niveau], *temps]
            etages.append(_regrouper(comptes, cles, nombres).assign(niveau=niveau))
    cellules = pd.concat(etages, ignore_index=True)
    for colonne in (*CLES_DE_GROUPE, "promotion"):
        cellules[colonne] = cellules[colonne].astype("str")
    return pd.concat([_mesurer(cellules, d) for d in definitions], ignore_index=True)


def _regrouper(comptes: pd.DataFrame, cles: list[str], nombres: list[str]) -> pd.DataFrame:
    if cles:
        groupes: pd.DataFrame = comptes.groupby(cles, dropna=False, sort=True)[nombres].sum().reset_index()
    else:
        groupes = comptes[nombres].sum().to_frame().T if len(comptes) else comptes[nombres]
    absentes = {cle: None for cle in (*CLES_DE_GROUPE, "promotion") if cle not in cles}
    return groupes.assign(**absentes)


def _mesurer(cellules: pd.DataFrame, definition: Definition) -> pd.DataFrame:
    """Les cellules d'un indicateur ; un effectif n'a pas de dénominateur, mais garde sa cohorte."""
    mesures = cellules[["niveau", *CLES_DE_GROUPE, "promotion"]].copy()
    mesures.insert(0, "indicateur", definition.cle)
    mesures.insert(1, "definition", definition.identifiant)
    mesures["numerateur"] = cellules[f"{definition.cle}.cas"].astype("Int64")
    mesures["effectif"] = cellules[f"{definition.cle}.cohorte"].astype("Int64")
    est_une_part = definition.denominateur is not None
    mesures["denominateur"] = mesures["effectif"] if est_une_part else pd.array([pd.NA] * len(mesures), "Int64")
    return mesures
