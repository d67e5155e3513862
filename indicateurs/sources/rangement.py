"""Des lignes contrôlées d'une source à sa table : personnes sous empreinte, valeurs typées, jamais un nom."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from indicateurs.imports.consolidation import signaler_les_ines
from indicateurs.imports.ecarts import differents
from indicateurs.imports.fautes import AVERTISSEMENT, Faute
from indicateurs.imports.identite import empreinte_ine, empreinte_normalisee, normaliser_nom
from indicateurs.sources.controle import personne_complete
from indicateurs.sources.format import ColonneSource, FormatSource
from indicateurs.sources.regles import ReleveDeSource
from indicateurs.sources.valeurs import MARQUES

Rangs = np.ndarray[Any, Any]
_ENTIERS = ("entier", "annee_civile", "annee_debut", "echeance", "duree", "annee_formation", "annee_formation_sifa")
_DECIMAUX = ("nombre", "nombre_signe", "heures")
_BOOLEENS = ("booleen", "code_booleen")


def retenir_source(releve: ReleveDeSource, cle: bytes) -> pd.DataFrame:
    """Lignes retenues, sans nom, index 0..n-1.

    Colonnes : `ligne` (rang dans le fichier) ; pour un format à personnes, `id_personne`, `empreinte_ine` (texte ou
    absent, l'un des deux au moins) et `annee_naissance` (entier ou absent) ; puis les colonnes rangées du format, sous
    leur `cible`. Dates en `datetime64[s]`, entiers en `Int64`, décimaux en `Float64`, oui/non en `boolean`. Une donnée
    ouverte donne deux colonnes : le nombre, et `<cible>_marque`.
    """
    rangs = np.flatnonzero(~releve.bloquees)
    colonnes: dict[str, Any] = {"ligne": np.array(releve.tableau.lignes, dtype="int64")[rangs]}
    if releve.format.rattachement == "identite":
        colonnes |= _personnes(releve, rangs, cle)
    for colonne in releve.format.rangees:
        colonnes |= _colonne(releve, colonne, rangs)
    return pd.DataFrame(colonnes)


def _colonne(releve: ReleveDeSource, colonne: ColonneSource, rangs: Rangs) -> dict[str, Any]:
    nom = colonne.rangee_sous
    if colonne.en_jours:
        return {nom: releve.date(colonne.champ)[rangs].astype("datetime64[s]")}
    toutes = releve.valeur(colonne.champ)
    valeurs: list[Any] = [toutes[rang] for rang in rangs]
    if colonne.type in MARQUES:
        paires: list[Any] = [(None, "") if v is None else v for v in valeurs]
        nombres, marques = [paire[0] for paire in paires], [paire[1] for paire in paires]
        return {nom: pd.array(nombres, dtype="Float64"), f"{nom}_marque": pd.array(marques, dtype="str")}
    return {nom: pd.Series(valeurs, dtype=_genre(colonne)).array}


def _genre(colonne: ColonneSource) -> str:
    if colonne.type in _ENTIERS:
        return "Int64"
    if colonne.type in _DECIMAUX:
        return "Float64"
    return "boolean" if colonne.type in _BOOLEENS else "str"


def _personnes(releve: ReleveDeSource, rangs: Rangs, cle: bytes) -> dict[str, Any]:
    identite, ines = releve.format.identite, releve.valeur(releve.format.identite.ine)
    naissances = releve.date(identite.naissance)[rangs].tolist()
    ids = list(_empreintes(releve, rangs, cle))
    empreintes = [None if ines[rang] is None else empreinte_ine(cle, str(ines[rang])) for rang in rangs]
    return {
        "id_personne": pd.array(ids, dtype="str"),
        "empreinte_ine": pd.array(empreintes, dtype="str"),
        "annee_naissance": pd.array([None if n is None else n.year for n in naissances], dtype="Int64"),
    }


def _empreintes(releve: ReleveDeSource, rangs: Rangs, cle: bytes) -> Iterator[str | None]:
    """Empreinte de la personne de chaque ligne, None si nom, prénom et naissance n'y sont pas tous."""
    normer, identite, complete = cache(normaliser_nom), releve.format.identite, personne_complete(releve)
    noms, prenoms = releve.valeur(identite.nom), releve.valeur(identite.prenom)
    naissances = releve.date(identite.naissance)[rangs].tolist()
    for rang, naissance in zip(rangs, naissances, strict=True):
        if complete[rang]:
            yield empreinte_normalisee(cle, normer(str(noms[rang])), normer(str(prenoms[rang])), naissance)
        else:
            yield None


def personnes_des_ecartees(releve: ReleveDeSource, cle: bytes) -> frozenset[str]:
    """Empreintes des personnes reconnaissables dans les lignes écartées."""
    if releve.format.rattachement != "identite":
        return frozenset()
    rangs = np.flatnonzero(releve.bloquees & personne_complete(releve))
    return frozenset(empreinte for empreinte in _empreintes(releve, rangs, cle) if empreinte)


def empreintes_d_avant(releve: ReleveDeSource, cle: bytes, ancienne: bytes) -> dict[str, str]:
    """Empreinte sous `cle` → empreinte sous `ancienne`, de chaque personne et de chaque INE reconnaissables."""
    if releve.format.rattachement != "identite":
        return {}
    rangs = np.flatnonzero(personne_complete(releve))
    paires = zip(_empreintes(releve, rangs, cle), _empreintes(releve, rangs, ancienne), strict=True)
    ines = {str(valeur) for valeur in releve.valeur(releve.format.identite.ine) if valeur is not None}
    personnes = {neuve: vieille for neuve, vieille in paires if neuve and vieille}
    return personnes | {empreinte_ine(cle, ine): empreinte_ine(ancienne, ine) for ine in ines}


def signaler_les_repetitions(releve: ReleveDeSource, lignes: pd.DataFrame) -> None:
    """Ajoute les avertissements qui comparent les lignes retenues : INE contradictoires, lignes répétées."""
    rangs = {ligne: rang for rang, ligne in enumerate(releve.tableau.lignes)}
    if releve.format.rattachement == "identite":
        signaler_les_ines(releve, lignes, releve.format.identite.ine)
    if not releve.format.cle_de_ligne:
        return
    cles = _cles_de_ligne(lignes, releve.format)
    repetees = cles.duplicated(keep=False).to_numpy()
    if not repetees.any():
        return
    communes, valeurs = cles[repetees], lignes[repetees].drop(columns=list(releve.format.cle_de_ligne))
    premieres = valeurs.groupby([communes[nom] for nom in communes], dropna=False, sort=False).transform("first")
    contredites = _contredites(valeurs, premieres)
    champ = releve.format.colonnes[0].champ
    for ligne, premiere, contredite in zip(valeurs["ligne"], premieres["ligne"], contredites, strict=True):
        if ligne != premiere:
            releve.noter(rangs[ligne], champ, AVERTISSEMENT, _repetition(premiere, contredite=bool(contredite)))


def _cles_de_ligne(lignes: pd.DataFrame, format_: FormatSource) -> pd.DataFrame:
    """Ce qui désigne l'objet d'une ligne : la personne (ou l'INE), s'il y en a une, et la clé du format."""
    cles = lignes[list(format_.cle_de_ligne)].copy()
    if format_.rattachement == "identite":
        cles["personne"] = lignes["id_personne"].fillna(lignes["empreinte_ine"])
    return cles


def _contredites(valeurs: pd.DataFrame, premieres: pd.DataFrame) -> pd.Series:
    """Vrai là où une valeur présente diffère de la première présente du groupe (un vide ne contredit rien)."""
    contredites = pd.Series(data=False, index=valeurs.index)
    for nom in valeurs.columns.drop("ligne"):
        if not nom.endswith("_marque"):
            contredites |= differents(valeurs[nom], premieres[nom])
    return contredites


def _repetition(premiere: int, *, contredite: bool) -> Faute:
    if contredite:
        return Faute(
            "ligne_contredite",
            f"La ligne {premiere} parle de la même chose et dit autre chose : c'est elle qui compte.",
            "Ne gardez que la ligne juste.",
        )
    message = f"Cette ligne répète ou complète la ligne {premiere} : elles ne font qu'une."
    return Faute("ligne_repetee", message, "Ne gardez qu'une ligne, si elles disent la même chose.")
