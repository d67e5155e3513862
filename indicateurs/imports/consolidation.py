"""Des lignes retenues aux parcours et aux contrats : une personne, une formation, toutes années réunies."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from indicateurs.imports.fautes import AVERTISSEMENT, Faute
from indicateurs.imports.format import Format
from indicateurs.imports.identite import (
    empreinte_ine,
    empreinte_normalisee,
    empreinte_parcours,
    normaliser_nom,
)
from indicateurs.imports.releve import FormatDuReleve, Releve

CLE_PARCOURS = ("rncp", "cfd", "uai_responsable", "uai_formateur")
COLONNES_PARCOURS = {
    "rncp": "formation_rncp",
    "cfd": "formation_cfd",
    "uai_responsable": "etablissement_responsable_uai",
    "uai_formateur": "etablissement_formateur_uai",
    "siret_responsable": "etablissement_responsable_siret",
    "siret_formateur": "etablissement_formateur_siret",
    "libelle": "libelle_court_formation",
    "annee_scolaire": "annee_scolaire",
    "annee_formation": "annee_formation",
    "date_inscription": "date_inscription_formation",
    "date_entree": "date_entree_formation",
    "date_fin": "date_fin_formation",
    "date_exclusion": "date_exclusion_formation",
    "cause_exclusion": "cause_exclusion_formation",
    "obtention": "obtention_diplome_formation",
    "date_obtention": "date_obtention_diplome_formation",
    "duree_mois": "duree_theorique_formation_mois",
    "sexe": "sexe_apprenant",
    "rqth": "rqth_apprenant",
}
COLONNES_PERSONNE = ("empreinte_ine", "annee_naissance", "sexe", "rqth")
_ENTIERS = ("annee_scolaire", "annee_formation", "duree_mois")
_BOOLEENS = ("obtention", "rqth")
COLONNES_CONTRATS = (
    "date_debut", "date_fin", "date_rupture", "cause_rupture", "siret_employeur",
)  # fmt: skip


def retenir(releve: Releve[Format], cle: bytes) -> pd.DataFrame:
    """Lignes retenues, sans nom : une ligne par ligne du fichier, index 0..n-1.

    Colonnes : `ligne, id_personne, empreinte_ine, annee_naissance, id_parcours`, celles de `COLONNES_PARCOURS`,
    puis par contrat k de 1 à 4 `date_debut_k`, `date_fin_k`, `date_rupture_k`, `cause_rupture_k`,
    `siret_employeur_k`. Dates en `datetime64[s]`.
    """
    rangs = np.flatnonzero(~releve.bloquees)
    colonnes: dict[str, Any] = {"ligne": np.array(releve.tableau.lignes, dtype="int64")[rangs]}
    colonnes |= _identites(releve, rangs, cle)
    for nom, champ in COLONNES_PARCOURS.items():
        colonnes[nom] = _colonne(releve, champ, nom, rangs)
    for groupe in releve.format.contrats:
        champs = (groupe.debut, groupe.fin, groupe.rupture, groupe.cause, groupe.siret)
        for nom, champ in zip(COLONNES_CONTRATS, champs, strict=True):
            colonnes[f"{nom}_{groupe.rang}"] = _colonne(releve, champ, nom, rangs)
    lignes = pd.DataFrame(colonnes)
    # Type dit d'avance : sans aucune ligne retenue, pandas devinerait des nombres et rien ne se comparerait plus.
    lignes.insert(1, "id_parcours", pd.Series(_cles_de_parcours(lignes), dtype="str"))
    return lignes


def _identites(releve: Releve[Format], rangs: np.ndarray[Any, Any], cle: bytes) -> dict[str, Any]:
    naissances = releve.date("date_de_naissance_apprenant")[rangs].tolist()
    ines = releve.valeur("ine_apprenant")
    return {
        "id_personne": pd.array(list(_personnes(releve, rangs, cle)), dtype="str"),
        "empreinte_ine": pd.array(
            [None if ines[rang] is None else empreinte_ine(cle, str(ines[rang])) for rang in rangs], dtype="str"
        ),
        "annee_naissance": np.array([naissance.year for naissance in naissances], dtype="int64"),
    }


def _personnes(releve: Releve[Format], rangs: np.ndarray[Any, Any], cle: bytes) -> Iterator[str]:
    """Empreinte de la personne de chaque ligne (nom, prénom et naissance lus)."""
    normer = cache(normaliser_nom)
    noms, prenoms = releve.valeur("nom_apprenant"), releve.valeur("prenom_apprenant")
    naissances = releve.date("date_de_naissance_apprenant")[rangs].tolist()
    for rang, naissance in zip(rangs, naissances, strict=True):
        yield empreinte_normalisee(cle, normer(str(noms[rang])), normer(str(prenoms[rang])), naissance)


def personnes_ecartees(releve: Releve[Format], cle: bytes) -> frozenset[str]:
    """Empreintes des personnes reconnaissables dans les lignes écartées."""
    return frozenset(_personnes(releve, np.flatnonzero(releve.bloquees & _reconnaissables(releve)), cle))


def _reconnaissables(releve: Releve[Format]) -> np.ndarray[Any, Any]:
    reconnues = ~np.isnat(releve.date("date_de_naissance_apprenant"))
    for champ in ("nom_apprenant", "prenom_apprenant"):
        reconnues &= np.array([valeur is not None for valeur in releve.valeur(champ)], dtype=bool)
    return np.asarray(reconnues)


def empreintes_anciennes(releve: Releve[Format], cle: bytes, ancienne: bytes) -> dict[str, str]:
    """Empreinte sous `cle` → empreinte sous `ancienne`, de chaque personne et de chaque INE reconnaissables."""
    rangs = np.flatnonzero(_reconnaissables(releve))
    personnes = zip(_personnes(releve, rangs, cle), _personnes(releve, rangs, ancienne), strict=True)
    ines = {str(valeur) for valeur in releve.valeur("ine_apprenant") if valeur is not None}
    return {**dict(personnes), **{empreinte_ine(cle, ine): empreinte_ine(ancienne, ine) for ine in ines}}


def _colonne(releve: Releve[Format], champ: str, nom: str, rangs: np.ndarray[Any, Any]) -> Any:
    if nom.startswith("date_"):
        return releve.date(champ)[rangs].astype("datetime64[s]")
    toutes = releve.valeur(champ)
    valeurs = [toutes[rang] for rang in rangs]
    if nom in _ENTIERS:
        return pd.array(valeurs, dtype="Int64")
    return pd.array(valeurs, dtype="boolean" if nom in _BOOLEENS else "str")


def _cles_de_parcours(lignes: pd.DataFrame) -> list[str]:
    parties = [lignes[nom].astype("object").where(lignes[nom].notna(), None) for nom in CLE_PARCOURS]
    return [empreinte_parcours(*cles) for cles in zip(lignes["id_personne"], *parties, strict=True)]


def signaler_identites(releve: Releve[Format], lignes: pd.DataFrame) -> None:
    """Ajoute les avertissements qui comparent les lignes retenues : INE contradictoires, codes incomplets."""
    rangs = {ligne: rang for rang, ligne in enumerate(releve.tableau.lignes)}
    signaler_les_ines(releve, lignes, "ine_apprenant")
    _signaler_codes(releve, lignes, rangs)


def signaler_les_ines(releve: Releve[FormatDuReleve], lignes: pd.DataFrame, champ: str) -> None:
    """Avertit qu'une personne porte deux INE, ou qu'un INE est porté par deux personnes ; `champ` : celui de l'INE."""
    rangs = {ligne: rang for rang, ligne in enumerate(releve.tableau.lignes)}
    for cle, valeur, faute in (
        ("id_personne", "empreinte_ine", _faute_ine_change),
        ("empreinte_ine", "id_personne", _faute_ine_partage),
    ):
        for ligne, premiere in _contradictions(lignes, cle, valeur):
            releve.noter(rangs[ligne], champ, AVERTISSEMENT, faute(premiere))


def _faute_ine_change(ligne: int) -> Faute:
    return Faute(
        "ine_change",
        f"La même personne porte un autre INE à la ligne {ligne}.",
        "Gardez le dernier INE attribué, ou vérifiez qu'il ne s'agit pas d'un homonyme.",
    )


def _faute_ine_partage(ligne: int) -> Faute:
    return Faute(
        "ine_partage",
        f"Cet INE est déjà celui d'une autre personne, à la ligne {ligne}.",
        "Vérifiez l'INE, le nom, le prénom et la date de naissance des deux lignes.",
    )


def _contradictions(lignes: pd.DataFrame, cle: str, valeur: str) -> Iterator[tuple[int, int]]:
    """Lignes dont `valeur` diffère de celle de la première ligne de même `cle` ; rend (ligne, première ligne)."""
    deux = lignes["empreinte_ine"].notna() & lignes["id_personne"].notna()
    connues = lignes.loc[deux, ["ligne", cle, valeur]]
    premieres = connues.groupby(cle, sort=False)[["ligne", valeur]].transform("first")
    autres = connues[valeur] != premieres[valeur]
    yield from zip(connues.loc[autres, "ligne"], premieres.loc[autres, "ligne"], strict=True)


def _signaler_codes(releve: Releve[Format], lignes: pd.DataFrame, rangs: dict[int, int]) -> None:
    """Une ligne n'a qu'un des deux codes quand une autre, mêmes personne et lieux, a les deux."""
    lieux = ["id_personne", "uai_responsable", "uai_formateur"]
    complets = lignes[lignes["rncp"].notna() & lignes["cfd"].notna()]
    for code, autre in (("rncp", "cfd"), ("cfd", "rncp")):
        seuls = lignes[lignes[code].notna() & lignes[autre].isna()]
        if seuls.empty or complets.empty:
            continue
        communs = seuls[["ligne", *lieux, code]].merge(
            complets[["ligne", *lieux, code]].drop_duplicates([*lieux, code]),
            on=[*lieux, code],
            suffixes=("", "_complete"),
        )
        for ligne, complete in zip(communs["ligne"], communs["ligne_complete"], strict=True):
            champ = COLONNES_PARCOURS[autre]
            faute = Faute(
                "code_incomplet",
                f"La ligne {complete} donne aussi {champ} pour la même formation : faute de l'avoir ici, "
                "cette ligne compte comme une autre formation.",
                f"Remplissez {champ} comme à la ligne {complete}.",
            )
            releve.noter(rangs[ligne], champ, AVERTISSEMENT, faute)


def consolider(lignes: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Parcours et contrats réunis à partir des lignes retenues (voir `retenir`).

    La ligne la plus récente l'emporte (année scolaire, puis ordre du fichier) ; une cellule vide n'efface rien.
    Rend `personnes` (`id_personne, empreinte_ine, annee_naissance, sexe, rqth, annee_scolaire, ligne` la plus récente),
    `parcours` (`id_parcours, id_personne, empreinte_ine, annee_naissance`, colonnes de `COLONNES_PARCOURS`,
    `ligne`) et `contrats` (`id_parcours, id_personne, rang, date_debut, date_fin, date_rupture, cause_rupture,
    siret_employeur, ligne`).
    """
    ordonnees = lignes.sort_values(["annee_scolaire", "ligne"], na_position="first", kind="stable")
    parcours = ordonnees.groupby("id_parcours", sort=False, as_index=False).last()
    garder = ["id_parcours", "id_personne", "empreinte_ine", "annee_naissance", *COLONNES_PARCOURS, "ligne"]
    personnes = ordonnees.groupby("id_personne", sort=False, as_index=False)[
        [*COLONNES_PERSONNE, "annee_scolaire", "ligne"]
    ].last()
    return {"personnes": personnes, "parcours": parcours[garder], "contrats": _unir_contrats(ordonnees)}


def _unir_contrats(ordonnees: pd.DataFrame) -> pd.DataFrame:
    longue = pd.concat([_contrats_de_rang(ordonnees, rang) for rang in range(1, 5)])
    longue = longue[longue["date_debut"].notna()].sort_values(["ordre", "rang"], kind="stable")
    # Dans une même ligne, deux débuts égaux : le dernier remplace l'autre, il ne le complète pas.
    longue = longue.drop_duplicates(["ordre", "date_debut"], keep="last")
    cle = ["id_parcours", "date_debut"]
    unis = longue.groupby(cle, sort=False, as_index=False).last()
    unis["rang"] = unis.groupby("id_parcours", sort=False).cumcount() + 1
    return unis[["id_parcours", "id_personne", "rang", *COLONNES_CONTRATS, "ligne"]]


def _contrats_de_rang(ordonnees: pd.DataFrame, rang: int) -> pd.DataFrame:
    colonnes = {f"{nom}_{rang}": nom for nom in COLONNES_CONTRATS}
    contrats = ordonnees[["id_parcours", "id_personne", "ligne", *colonnes]].rename(columns=colonnes)
    return contrats.assign(rang=rang, ordre=np.arange(len(ordonnees)))
