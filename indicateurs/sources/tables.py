"""Des lignes retenues d'une source aux tables que le moteur et les repères lisent : une ligne par objet."""

from collections.abc import Iterator

import pandas as pd

from indicateurs.imports.diagnostic import Diagnostic
from indicateurs.sources.format import FormatSource, charger_source
from indicateurs.sources.rangement import cles_de_ligne
from indicateurs.sources.valeurs import ECHEANCES

CLE_DE_FORMATION = ("rncp", "cfd", "uai_responsable", "uai_formateur")
COLONNES_DE_REPERE = (
    "jeu", "schema", "millesime", "perimetre", "libelle", "diplome", "population", "champ", "indicateur", "mois",
    "valeur", "numerateur", "denominateur", "marqueur", "ligne",
)  # fmt: skip
_POPULATIONS = {"diplome": "diplômé", "ensemble": "ensemble", "non_diplome": "non diplômé"}
_QUALITES_INSERSUP = {
    "domaine": "domaine",
    "discipline": "discipline",
    "secteur": "secteur",
    "genre": "genre",
    "nationalite": "nationalité",
    "regime_inscription": "régime",
    "source_jeu": "source",
}
_TAUX_INSERSUP = ("tx_emploi", "tx_salarie", "tx_non_salarie", "tx_etranger", "tx_stable")
# Colonne rangée → (indicateur, mois ; 0 : sans échéance).
_INSERJEUNES = {
    "part_en_poursuite_d_etudes": ("part_en_poursuite_d_etudes", 0),
    "part_en_emploi_6": ("part_en_emploi", 6),
    "part_des_autres_situations": ("part_des_autres_situations", 0),
    "taux_contrats_interrompus": ("taux_contrats_interrompus", 0),
    "taux_interruption_formation": ("taux_interruption_formation", 0),
    "taux_poursuite_etudes": ("taux_poursuite_etudes", 0),
    "taux_emploi_attendu_6": ("taux_emploi_attendu", 6),
    "valeur_ajoutee_6": ("valeur_ajoutee", 6),
    "taux_emploi_6": ("taux_emploi", 6),
    "taux_emploi_12": ("taux_emploi", 12),
    "taux_emploi_18": ("taux_emploi", 18),
    "taux_emploi_24": ("taux_emploi", 24),
}
_PRECISION = 6
"""Décimales d'une fraction tirée d'un pourcentage publié : 84,85 % vaut 0,8485, sans poussière de calcul."""


def tables_de(diagnostic: Diagnostic) -> dict[str, pd.DataFrame]:
    """Tables d'un fichier diagnostiqué, sans doublon (de deux lignes du même objet, la dernière compte).

    Formats à personnes : une table du nom pluriel de leurs lignes (`contrats`, `resultats`, `heures`, `rencontres`,
    `situations`), aux colonnes de `retenir_source`. `satisfaction` : deux tables, `satisfaction` (une note par ligne)
    et `enquetes` (une enquête par ligne : clés de formation, `annee`, `public`, `sollicites`, absent si le fichier se
    contredit, et `ligne`, la première). Données ouvertes : `reperes`, aux colonnes `COLONNES_DE_REPERE`, une ligne par
    valeur publiée, sans rien déduire : `valeur` est une fraction pour une part, un nombre de personnes pour
    `nb_sortants` et `nb_poursuivants`, des points pour `valeur_ajoutee` ; `denominateur` en personnes ; `marqueur` :
    "", nd, na, * ou **.
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
    cles = cles_de_ligne(lignes, format_)
    return lignes if cles is None else lignes[~cles.duplicated(keep="last").to_numpy()].reset_index(drop=True)


def _satisfaction(lignes: pd.DataFrame) -> dict[str, pd.DataFrame]:
    enquete = [*CLE_DE_FORMATION, "annee", "public"]
    notes = lignes[lignes["note"].notna()].drop(columns="sollicites").reset_index(drop=True)
    groupes = lignes.groupby(enquete, dropna=False, sort=False)
    enquetes = groupes.agg(
        sollicites=("sollicites", "max"), differents=("sollicites", "nunique"), ligne=("ligne", "first")
    ).reset_index()
    enquetes["sollicites"] = enquetes["sollicites"].where(enquetes["differents"] <= 1)
    return {"satisfaction": notes, "enquetes": enquetes[[*enquete, "sollicites", "ligne"]]}


def _reperes(lignes: pd.DataFrame, jeu: str) -> pd.DataFrame:
    qualites = _qualites_insersup(lignes) if jeu == "insersup" else _qualites_inserjeunes(lignes)
    mesures = _mesures_insersup(lignes) if jeu == "insersup" else _mesures_inserjeunes(lignes)
    reunies = pd.concat([mesure[_donne(mesure)] for mesure in mesures])
    reunies = reunies.sort_index(kind="stable")
    dites = qualites.loc[reunies.index].assign(jeu=jeu, numerateur=pd.array([None] * len(reunies), dtype="Int64"))
    colonnes = {nom: (reunies if nom in reunies else dites)[nom].array for nom in COLONNES_DE_REPERE}
    return pd.DataFrame(colonnes)


def _mesure(indicateur: str, mois: int, paire: pd.DataFrame, denominateur: pd.Series | None = None) -> pd.DataFrame:
    """Les valeurs d'un indicateur à une échéance, au rang de leur ligne ; `paire` : colonnes `valeur`, `marqueur`."""
    mesure = paire.copy()
    mesure.insert(0, "indicateur", pd.Series(indicateur, index=paire.index, dtype="str"))
    mesure.insert(1, "mois", mois)
    aucun = pd.Series(pd.NA, index=paire.index, dtype="Int64")
    mesure["denominateur"] = aucun if denominateur is None else denominateur.astype("Int64")
    return mesure


def _paire(lignes: pd.DataFrame, nom: str) -> pd.DataFrame:
    return pd.DataFrame({"valeur": lignes[nom], "marqueur": lignes[f"{nom}_marque"]})


def _part(lignes: pd.DataFrame, nom: str) -> pd.DataFrame:
    paire = _paire(lignes, nom)
    return paire.assign(valeur=(paire["valeur"] / 100).round(_PRECISION))


def _mesures_insersup(lignes: pd.DataFrame) -> Iterator[pd.DataFrame]:
    for mois in ECHEANCES:
        effectifs = {nom: _effectif(lignes, nom, mois) for nom in ("nb_sortants", "nb_poursuivants")}
        suivi = pd.Series(data=False, index=lignes.index)
        for cible in _TAUX_INSERSUP:
            if f"{cible}_{mois}" in lignes:
                part = _part(lignes, f"{cible}_{mois}")
                suivi |= _donne(part)
                yield _mesure(cible, mois, part, effectifs["nb_sortants"]["valeur"])
        # Le schéma A donne un effectif pour toutes les échéances : il ne se dit que là où un taux est publié.
        for nom, effectif in effectifs.items():
            yield _mesure(nom, mois, effectif[suivi])


def _effectif(lignes: pd.DataFrame, nom: str, mois: int) -> pd.DataFrame:
    """Effectif à une échéance : celui du schéma B s'il est donné, sinon celui du schéma A."""
    par_mois, commun = _paire(lignes, f"{nom}_{mois}"), _paire(lignes, nom)
    return par_mois.where(_donne(par_mois), commun)


def _donne(paire: pd.DataFrame) -> pd.Series:
    """Vrai là où le jeu dit quelque chose : un nombre, ou un marqueur."""
    return paire["valeur"].notna() | (paire["marqueur"] != "")


def _qualites_insersup(lignes: pd.DataFrame) -> pd.DataFrame:
    schema_b = pd.Series(data=False, index=lignes.index)
    for mois in ECHEANCES:
        schema_b |= _donne(_paire(lignes, f"nb_sortants_{mois}"))
    diplome = lignes["type_diplome"].fillna("") + " – " + lignes["libelle_diplome"].fillna("")
    return pd.DataFrame(
        {
            "schema": schema_b.map({True: "B", False: "A"}),
            "millesime": lignes["promotion"],
            "perimetre": lignes["uai"].fillna(lignes["libelle_etablissement"]).fillna("ensemble"),
            "libelle": lignes["libelle_etablissement"].fillna(""),
            "diplome": diplome.str.removeprefix(" – "),
            "population": lignes["obtention_diplome"].map(_POPULATIONS),
            "champ": _dire_le_champ(lignes),
            "ligne": lignes["ligne"],
        }
    )


def _dire_le_champ(lignes: pd.DataFrame) -> pd.Series:
    """« genre : ensemble ; régime : apprentissage » : ce qui distingue encore deux lignes d'un même diplôme."""
    dit = pd.Series("", index=lignes.index, dtype="str")
    for nom, libelle in _QUALITES_INSERSUP.items():
        morceau = f" ; {libelle} : " + lignes[nom].fillna("")
        dit = dit.where(lignes[nom].isna(), dit + morceau)
    return dit.str.removeprefix(" ; ")


def _qualites_inserjeunes(lignes: pd.DataFrame) -> pd.DataFrame:
    vide = pd.Series("", index=lignes.index, dtype="str")
    return pd.DataFrame(
        {
            "schema": vide,
            "millesime": lignes["millesime"],
            "perimetre": lignes["uai"],
            "libelle": lignes["libelle_etablissement"].fillna(""),
            "diplome": lignes.get("niveau_formation", vide),
            "population": vide,
            "champ": vide,
            "ligne": lignes["ligne"],
        }
    )


def _mesures_inserjeunes(lignes: pd.DataFrame) -> Iterator[pd.DataFrame]:
    for cible, (indicateur, mois) in _INSERJEUNES.items():
        if cible in lignes:
            lire = _paire if indicateur == "valeur_ajoutee" else _part
            yield _mesure(indicateur, mois, lire(lignes, cible))
