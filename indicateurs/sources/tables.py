"""Des lignes retenues d'une source aux tables que le moteur et les repères lisent : une ligne par objet."""

from collections.abc import Sequence

import pandas as pd

from indicateurs.imports.diagnostic import Diagnostic
from indicateurs.sources.format import FormatSource, charger_source
from indicateurs.sources.valeurs import ECHEANCES

CLE_DE_FORMATION = ("rncp", "cfd", "uai_responsable", "uai_formateur")
_REPERE = (
    "uai", "libelle_etablissement", "region", "niveau_formation", "type_diplome", "libelle_diplome", "code_diplome",
    "domaine", "discipline", "secteur", "obtention_diplome", "genre", "nationalite", "regime_inscription", "source_jeu",
    "promotion", "millesime",
)  # fmt: skip
COLONNES_DE_REPERE = (
    "ligne", "jeu", *_REPERE, "indicateur", "mois", "valeur", "effectif", "marque", "marque_effectif", "origine",
)  # fmt: skip
_COMPOSANTES = {"tx_salarie": "salarié", "tx_non_salarie": "non salarié", "tx_etranger": "étranger"}
_INSERSUP = {
    "tx_emploi": "taux_emploi",
    "tx_salarie": "taux_emploi_salarie",
    "tx_non_salarie": "taux_emploi_non_salarie",
    "tx_etranger": "taux_emploi_etranger",
    "tx_stable": "taux_emploi_stable",
}
_INSERJEUNES = {
    "part_en_poursuite_d_etudes": ("part_en_poursuite_d_etudes", None),
    "part_en_emploi_6": ("part_en_emploi", 6),
    "part_des_autres_situations": ("part_des_autres_situations", None),
    "taux_contrats_interrompus": ("taux_contrats_interrompus", None),
    "taux_interruption_formation": ("taux_interruption_formation", None),
    "taux_poursuite_etudes": ("taux_poursuite_etudes", None),
    "taux_emploi_attendu_6": ("taux_emploi_attendu", 6),
    "valeur_ajoutee_6": ("valeur_ajoutee", 6),
    "taux_emploi_6": ("taux_emploi", 6),
    "taux_emploi_12": ("taux_emploi", 12),
    "taux_emploi_18": ("taux_emploi", 18),
    "taux_emploi_24": ("taux_emploi", 24),
}


def tables_de(diagnostic: Diagnostic) -> dict[str, pd.DataFrame]:
    """Tables d'un fichier diagnostiqué, sans doublon (de deux lignes du même objet, la dernière compte).

    Formats à personnes : une table du nom pluriel de leurs lignes (`contrats`, `resultats`, `heures`, `rencontres`,
    `situations`), aux colonnes de `retenir_source`. `satisfaction` : deux tables, `satisfaction` (une note par ligne)
    et `enquetes` (une enquête par ligne, `sollicites` absent si le fichier se contredit). Données ouvertes : `reperes`,
    aux colonnes `COLONNES_DE_REPERE`, une ligne par indicateur et par échéance ; `valeur` en pour cent (points pour la
    valeur ajoutée), `effectif` en personnes, `marque` : "", nd, na, * ou ** ; `origine` : « publié » ou la somme faite.
    """
    format_ = charger_source(diagnostic.source)
    lignes = derniere_par_objet(diagnostic.lignes, format_)
    if format_.lignes == "satisfaction":
        return _satisfaction(lignes)
    if format_.lignes == "repere":
        return {"reperes": _reperes(lignes, format_.cle)}
    nom = format_.lignes if format_.lignes.endswith("s") else f"{format_.lignes}s"
    return {nom: lignes}


def derniere_par_objet(lignes: pd.DataFrame, format_: FormatSource) -> pd.DataFrame:
    """Lignes retenues, une par objet : la dernière écrite ; index 0..n-1."""
    if not format_.cle_de_ligne:
        return lignes
    cles = lignes[list(format_.cle_de_ligne)].copy()
    if format_.rattachement == "identite":
        cles["personne"] = lignes["id_personne"].fillna(lignes["empreinte_ine"])
    return lignes[~cles.duplicated(keep="last").to_numpy()].reset_index(drop=True)


def _satisfaction(lignes: pd.DataFrame) -> dict[str, pd.DataFrame]:
    enquete = [*CLE_DE_FORMATION, "annee", "public"]
    notes = lignes[lignes["note"].notna()].drop(columns="sollicites").reset_index(drop=True)
    groupes = lignes.groupby(enquete, dropna=False, sort=False)["sollicites"]
    enquetes = groupes.agg(sollicites="max", differents="nunique", ligne="size").reset_index()
    enquetes["sollicites"] = enquetes["sollicites"].where(enquetes["differents"] <= 1)
    return {"satisfaction": notes, "enquetes": enquetes[[*enquete, "sollicites"]]}


def _reperes(lignes: pd.DataFrame, jeu: str) -> pd.DataFrame:
    morceaux = _morceaux_insersup(lignes) if jeu == "insersup" else _morceaux_inserjeunes(lignes)
    reunis = pd.concat(morceaux, ignore_index=True).assign(jeu=jeu)
    garder = reunis["valeur"].notna() | (reunis["marque"] != "")
    reunis = reunis[garder].sort_values(["ligne", "indicateur", "mois"], kind="stable", na_position="first")
    return reunis.reindex(columns=list(COLONNES_DE_REPERE)).reset_index(drop=True)


def _morceau(
    lignes: pd.DataFrame,
    indicateur: str,
    mois: int | None,
    mesure: tuple[pd.Series, pd.Series],
    effectif: tuple[pd.Series, pd.Series] | None,
    *,
    origine: pd.Series | str = "publié",
) -> pd.DataFrame:
    qualites = lignes[["ligne", *(nom for nom in _REPERE if nom in lignes)]]
    vide = pd.Series(pd.NA, index=lignes.index, dtype="Float64"), pd.Series("", index=lignes.index, dtype="str")
    nombre, marque_effectif = effectif or vide
    return qualites.assign(
        indicateur=indicateur,
        mois=pd.array([mois] * len(lignes), dtype="Int64"),
        valeur=mesure[0],
        marque=mesure[1],
        effectif=nombre.astype("Int64"),
        marque_effectif=marque_effectif,
        origine=origine,
    )


def _paire(lignes: pd.DataFrame, nom: str) -> tuple[pd.Series, pd.Series]:
    return lignes[nom], lignes[f"{nom}_marque"]


def _effectif(lignes: pd.DataFrame, nom: str, mois: int) -> tuple[pd.Series, pd.Series]:
    """Effectif à une échéance : celui du schéma B s'il est donné, sinon celui du schéma A."""
    par_mois, commun = _paire(lignes, f"{nom}_{mois}"), _paire(lignes, nom)
    donne = par_mois[0].notna() | (par_mois[1] != "")
    return par_mois[0].where(donne, commun[0]), par_mois[1].where(donne, commun[1])


def _morceaux_insersup(lignes: pd.DataFrame) -> Sequence[pd.DataFrame]:
    morceaux = []
    for mois in ECHEANCES:
        sortants, poursuivants = (_effectif(lignes, nom, mois) for nom in ("nb_sortants", "nb_poursuivants"))
        for cible, indicateur in _INSERSUP.items():
            if f"{cible}_{mois}" in lignes and cible != "tx_emploi":
                mesure = _paire(lignes, f"{cible}_{mois}")
                morceaux.append(_morceau(lignes, indicateur, mois, mesure, sortants))
        morceaux.append(_emploi(lignes, mois, sortants))
        tous = sortants[0] + poursuivants[0]
        part = (100 * poursuivants[0] / tous).where(tous > 0)
        marque = poursuivants[1].where(poursuivants[1] != "", sortants[1])
        somme = "calculé : poursuivants / (sortants + poursuivants)"
        morceaux.append(_morceau(lignes, "taux_poursuite", mois, (part, marque), (tous, marque), origine=somme))
    return morceaux


def _emploi(lignes: pd.DataFrame, mois: int, sortants: tuple[pd.Series, pd.Series]) -> pd.DataFrame:
    """Taux d'emploi total : celui du jeu, ou la somme de ses composantes connues, dites dans `origine`."""
    presentes = {c: nom for c, nom in _COMPOSANTES.items() if f"{c}_{mois}" in lignes}
    valeurs = pd.DataFrame({c: lignes[f"{c}_{mois}"] for c in presentes})
    somme = valeurs.sum(axis=1, min_count=1).round(2)
    # Sans la part salariée, une somme dirait moins que le jeu.
    somme = somme.where(valeurs["tx_salarie"].notna())
    dites, marque = _dire_la_somme(valeurs, presentes), lignes[f"tx_salarie_{mois}_marque"]
    if f"tx_emploi_{mois}" not in lignes:
        return _morceau(lignes, "taux_emploi", mois, (somme, marque), sortants, origine=dites)
    publie, marque_publiee = _paire(lignes, f"tx_emploi_{mois}")
    origine = dites.where(publie.isna(), "publié")
    marque = marque_publiee.where(publie.notna() | somme.isna(), marque)
    return _morceau(lignes, "taux_emploi", mois, (publie.fillna(somme), marque), sortants, origine=origine)


def _dire_la_somme(valeurs: pd.DataFrame, noms: dict[str, str]) -> pd.Series:
    """Par ligne, les composantes que la somme réunit : « somme : salarié + non salarié »."""
    presences = valeurs.notna()
    dites = pd.Series("", index=valeurs.index, dtype="str")
    for combinaison in presences.drop_duplicates().itertuples(index=False, name=None):
        connues = [noms[str(nom)] for nom, connue in zip(valeurs.columns, combinaison, strict=True) if connue]
        dites = dites.mask((presences == list(combinaison)).all(axis=1), f"somme : {' + '.join(connues)}")
    return dites


def _morceaux_inserjeunes(lignes: pd.DataFrame) -> Sequence[pd.DataFrame]:
    return [
        _morceau(lignes, indicateur, mois, _paire(lignes, cible), None)
        for cible, (indicateur, mois) in _INSERJEUNES.items()
        if cible in lignes
    ]
