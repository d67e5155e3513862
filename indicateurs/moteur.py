"""Le calcul des indicateurs : compter une fois au plus fin, sommer aux autres niveaux, masquer, finir.

Tables attendues (pandas, polars, ou polars paresseux), décrites dans `indicateurs/donnees/tables.yaml` ; les deux
premières sont obligatoires, les autres peuvent manquer :
- `parcours` : `id_parcours` (unique), `rncp`, `cfd`, `uai_responsable`, `uai_formateur`, `date_entree`,
  `date_fin`, `date_exclusion` (facultative), `obtention` (booléen, vide si inconnu) ; et, si on les connaît,
  `id_formation`, `composante`, `region`, `niveau`, `sexe`, `annee_naissance`, `rqth`, `annee_formation` ;
- `contrats` : `id_parcours`, `rang`, `date_debut`, `date_fin` et `date_rupture` (facultatives), et, si on les
  connaît, `id_personne` (rapproche les contrats d'un même jeune), `motif_rupture`, `effectif_employeur` ;
- `resultats`, `heures`, `rencontres`, `situations` : par `id_parcours` ;
- `satisfaction`, `enquetes` : par formation (ses quatre clés, ou `id_formation`) et `annee`.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from indicateurs.catalogue import charger_ventilations
from indicateurs.comptes import Moteur, denombrer
from indicateurs.definitions import Definition, Diffusion, charger_definitions
from indicateurs.entree import Table
from indicateurs.etages import CLES_DE_MESURE, CLES_PAR_NIVEAU, NIVEAUX, Niveau, etager
from indicateurs.restitution import en_pandas
from indicateurs.secret import masquer
from indicateurs.tables import preparer

__all__ = ["CLES_PAR_NIVEAU", "COLONNES", "NIVEAUX", "Niveau", "calculer"]

COLONNES = (
    "indicateur",
    "definition",
    *CLES_DE_MESURE,
    "numerateur",
    "denominateur",
    "effectif",
    "masque",
    "taux",
    "ic_bas",
    "ic_haut",
)


def calculer(
    tables: Mapping[str, Table],
    definitions: Mapping[str, Definition] | None = None,
    *,
    au: date,
    par: Sequence[Niveau] = NIVEAUX,
    ventiler: Sequence[str] = (),
    diffusion: Diffusion | None = None,
    cumul: bool = False,
    ventiler_par_promotion: bool = True,
    moteur: Moteur = "polars",
) -> pd.DataFrame:
    """Rend une ligne par indicateur × groupe × promotion (× modalité), colonnes `COLONNES`, aux niveaux de `par`.

    `definitions` : par clé ; celles en vigueur par défaut. `au` : date d'observation. `ventiler` : des clés de
    `donnees/ventilations.yaml` ; leurs lignes s'ajoutent, `ventilation` et `modalite` remplies. `diffusion` :
    « interne » ou « publique » applique le secret à son seuil ; None le laisse de côté (pour qui peut voir). `cumul`
    ajoute une ligne toutes promotions confondues (`promotion` absente). `ventiler_par_promotion` faux : les
    ventilations ne paraissent qu'au cumul (à demander), et le secret, qui n'a plus à taire leurs promotions, y masque
    bien moins. Le masque se décide sur tous les niveaux à la fois : il est le même quel que soit `par`.

    `numerateur` et `denominateur` sont des Float64, `effectif` (la cohorte, sur laquelle porte le seuil) un Int64 ;
    `denominateur` est absent pour un effectif. Pour une moyenne, `numerateur` est la somme et `denominateur` le
    nombre de valeurs. `taux` (fraction, moyenne ou probabilité) et son intervalle à 95 % valent NaN sans dénominateur
    ou si masqués. Un indicateur dont la table est absente ou vide n'a aucune ligne : on ne sait pas, ce n'est pas 0.

    Lève `TableInvalide` si les tables ne permettent pas le calcul, `ValueError` sur un niveau ou une ventilation
    inconnus, ou des ventilations du seul cumul sans lui.
    """
    _verifier(par, ventiler)
    if not (ventiler_par_promotion or cumul):
        raise ValueError("Sans les promotions, une ventilation ne paraît qu'au cumul : demandez cumul=True.")
    retenues = list((charger_definitions() if definitions is None else definitions).values())
    pretes = preparer(tables, retenues, au, ventiler)
    comptes = denombrer(pretes, retenues, au, ventilations=(None, *ventiler), moteur=moteur)
    # Le masque se décide sur tout : les niveaux que l'on ne demande pas se comptent quand même.
    niveaux = [n for n in NIVEAUX if n in par] if diffusion is None else NIVEAUX
    temps = [True, False] if cumul or diffusion is not None else [True]
    groupes = pretes.groupes
    del pretes  # à l'échelle d'une nation, les tables pèsent autant que ce que l'on rend
    ventiles = temps if ventiler_par_promotion else [False]
    mesures = en_pandas(etager(groupes, comptes, retenues, niveaux, temps, ventiles=ventiles), au)
    if diffusion is None:
        return mesures
    # Qui lit l'interne lit aussi ce qui est publié : ce que l'un masque, l'autre ne doit pas le dire.
    internes = {d.cle: d.seuils.interne for d in retenues} if diffusion == "publique" else None
    seuils = {d.cle: d.seuils.pour(diffusion) for d in retenues}
    mesures = masquer(mesures, seuils, compris=internes, groupes={d.cle: d.calcul.table for d in retenues})
    mesures.loc[mesures["masque"], ["taux", "ic_bas", "ic_haut"]] = np.nan
    choisies = mesures["niveau"].isin(par) & (cumul | mesures["promotion"].notna())
    return mesures[choisies].reset_index(drop=True)


def _verifier(par: Sequence[Niveau], ventiler: Sequence[str]) -> None:
    inconnus = set(par) - set(NIVEAUX)
    if inconnus:
        raise ValueError(f"Niveau inconnu : {', '.join(sorted(inconnus))} ; attendu : {', '.join(NIVEAUX)}.")
    inconnues = set(ventiler) - charger_ventilations().keys()
    if inconnues:
        attendues = ", ".join(charger_ventilations())
        raise ValueError(f"Ventilation inconnue : {', '.join(sorted(inconnues))} ; attendu : {attendues}.")
