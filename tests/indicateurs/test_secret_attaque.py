"""Le secret devant un attaquant qui a toutes les tables : niveaux, cumuls, indicateurs et ventilations à la fois.

Ses inconnues sont les comptes les plus fins (formation × promotion × sexe × âge) ; ce qu'il lit en sont des sommes.
Une valeur se déduit si elle est nulle sur tout le noyau de ces sommes, calculé ici sur des entiers, à part du produit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from indicateurs.secret import famille, fuites, masquer

PREMIER = 1_000_000_007
SEUIL = 5
CLES = ["rncp", "cfd", "uai_responsable", "uai_formateur"]
NIVEAUX = {
    "formation": [*CLES, "composante"],
    "formateur": ["uai_formateur"],
    "responsable": ["uai_responsable"],
    "composante": ["composante"],
    "total": [],
}
SEXES, AGES = ("F", "H", "?"), ("moins de 26", "26 et plus")
VUES: dict[tuple[str, str], NDArray[np.int64]] = {
    ("", ""): np.ones((3, 2), dtype="int64"),
    **{("sexe", s): np.array([[t == s] * 2 for t in SEXES], dtype="int64") for s in SEXES[:2]},
    **{("age", a): np.array([[b == a for b in AGES]] * 3, dtype="int64") for a in AGES},
}
"""Les six croisements que compte chaque vue ; le sexe « ? » n'est pas une modalité publiée : c'est un reste."""
INDICATEURS = {
    "rupture_brute": ("inscrits", {"rompus": 1}),
    "rupture_nette": ("inscrits", {"rompus_nets": 1}),
    "obtention": ("presents", {"admis": 1}),
    "echec": ("presents", {"presents": 1, "admis": -1}),
    "insertion": ("repondants", {"en_emploi": 1}),
    "adequation": ("en_emploi", {"adequats": 1}),
}
"""Par indicateur : sa cohorte, et ses cas (une combinaison de grandeurs)."""
TABLES = {"rupture_brute": "contrats", "rupture_nette": "contrats", "obtention": "parcours", "echec": "parcours"}
TABLES |= {"insertion": "situations", "adequation": "situations"}
GROUPES = (
    ["inscrits"],
    ["rompus"],
    ["rompus_nets"],
    ["presents", "admis"],
    ["repondants"],
    ["en_emploi"],
    ["adequats"],
)

Grandeurs = dict[str, NDArray[np.int64]]
"""Par grandeur : cellules fines × sexe × âge."""
Masqueur = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass
class Etablissement:
    fines: pd.DataFrame
    grandeurs: Grandeurs

    @cached_property
    def adresses(self) -> pd.DataFrame:
        """Chaque niveau, par promotion et en cumul."""
        etages = []
        for niveau, temps in product(NIVEAUX, (["promotion"], [])):
            cles = [*NIVEAUX[niveau], *temps]
            etages.append(
                (self.fines[cles].drop_duplicates() if cles else pd.DataFrame(index=[0])).assign(niveau=niveau)
            )
        adresses = pd.concat(etages, ignore_index=True)
        return adresses.astype(dict.fromkeys([*CLES, "composante", "promotion"], "str"))

    @cached_property
    def places(self) -> NDArray[np.int64]:
        """Adresses × cellules fines ; une clé absente (niveau plus haut, cumul) les laisse toutes passer."""
        places = np.ones((len(self.adresses), len(self.fines)), dtype="int64")
        for colonne in [*CLES, "composante", "promotion"]:
            valeurs = self.adresses[colonne].fillna("").to_numpy(dtype=object)[:, None]
            places *= (valeurs == self.fines[colonne].to_numpy(dtype=object)) | (valeurs == "")
        return places

    def mesures(self) -> pd.DataFrame:
        tables = []
        for (indicateur, (cohorte, cas)), ((ventilation, modalite), vue) in product(INDICATEURS.items(), VUES.items()):
            effectif = self.places @ (self.grandeurs[cohorte] * vue).sum(axis=(1, 2))
            numerateur = self.places @ sum((self.grandeurs[g] * k * vue).sum(axis=(1, 2)) for g, k in cas.items())
            nombres = {"effectif": effectif, "numerateur": numerateur, "denominateur": effectif}
            noms = {"indicateur": indicateur, "ventilation": ventilation or None, "modalite": modalite or None}
            tables.append(self.adresses.assign(**noms, **{nom: pd.array(n, "Int64") for nom, n in nombres.items()}))
        mesures = pd.concat(tables, ignore_index=True)
        return mesures.astype({"ventilation": "str", "modalite": "str"})


def inventer(graine: int, taille: int = 1) -> Etablissement:
    """Un petit établissement : quatre formations au plus, deux promotions, des cohortes de tailles très diverses."""
    hasard = np.random.default_rng(graine)
    formations = [
        (f"RNCP{i}", "50022145", f"R{hasard.integers(2)}", f"F{hasard.integers(2)}", f"C{hasard.integers(2)}")
        for i in range(hasard.integers(2, 5))
    ]
    lignes = [(*f, p) for f in formations for p in ("2023-2024", "2024-2025") if hasard.random() < 0.9]
    lignes = lignes or [(*formations[0], "2024-2025")]
    moyennes = hasard.choice([0.3, 1.0, 3.0, 12.0], (len(lignes), 1, 1))
    inscrits = hasard.poisson(taille * moyennes * [[[1.0, 0.6], [1.2, 0.4], [0.05, 0.05]]])
    tirer = hasard.binomial
    rompus, presents, repondants = (tirer(inscrits, p) for p in (0.3, hasard.choice([0.8, 1.0]), 0.6))
    en_emploi = tirer(repondants, 0.8)
    grandeurs = {
        "inscrits": inscrits,
        "rompus": rompus,
        "rompus_nets": tirer(rompus, 0.5),
        "presents": presents,
        "admis": tirer(presents, 0.85),
        "repondants": repondants,
        "en_emploi": en_emploi,
        "adequats": tirer(en_emploi, 0.7),
    }
    return Etablissement(pd.DataFrame(lignes, columns=[*CLES, "composante", "promotion"]), grandeurs)


class Attaquant:
    """Ce que l'on déduit des tables `rendues`."""

    def __init__(self, etablissement: Etablissement, rendues: pd.DataFrame, seuil: int = SEUIL) -> None:
        self.etablissement = etablissement
        self.seuil = seuil
        self.rendues = rendues
        # Les lignes rendues gardent leur rang parmi toutes les mesures : certaines peuvent ne pas être publiées.
        self.places = np.tile(etablissement.places, (len(INDICATEURS) * len(VUES), 1))[rendues.index]
        vues = list(zip(rendues["ventilation"].fillna(""), rendues["modalite"].fillna(""), strict=True))
        self.vues = np.stack([VUES[vue] for vue in vues]).reshape(len(rendues), 6)

    def trouver(self) -> list[str]:
        return [trouvaille for groupe in GROUPES for trouvaille in self._trouver(groupe)]

    def _trouver(self, groupe: list[str]) -> list[str]:
        """Les valeurs masquées, et les restes sous le seuil, que déterminent les sommes des grandeurs du groupe."""
        masque = self.rendues["masque"].to_numpy()
        lignes, quoi = [], []
        for (indicateur, (cohorte, cas)), compte in product(INDICATEURS.items(), ("effectif", "numerateur")):
            parts = {cohorte: 1} if compte == "effectif" else cas
            if set(parts) <= set(groupe):
                concernees = np.flatnonzero((self.rendues["indicateur"] == indicateur).to_numpy())
                lignes.append(np.hstack([parts.get(g, 0) * self._sommes(concernees) for g in groupe]))
                quoi.append(np.array([(rang, indicateur, compte) for rang in concernees], dtype=object))
        toutes, noms = np.vstack(lignes), np.vstack(quoi)
        cachees = masque[noms[:, 0].astype("int64")]
        noyau = noyau_de(toutes[~cachees])
        # La cohorte de « adequation » est le numérateur, montré, de « insertion » : seuls ses cas sont un secret.
        secretes = cachees & ~((noms[:, 1] == "adequation") & (noms[:, 2] == "effectif"))
        trouvees = noms[secretes][(toutes[secretes] @ noyau % PREMIER == 0).all(axis=1)]
        return [*map(str, trouvees.tolist()), *self._restes(groupe, noyau)]

    def _sommes(self, rangs: NDArray[np.int64]) -> NDArray[np.int64]:
        sommes: NDArray[np.int64] = np.einsum("af,av->afv", self.places[rangs], self.vues[rangs])
        return sommes.reshape(len(rangs), -1)

    def _restes(self, groupe: list[str], noyau: NDArray[np.int64]) -> list[str]:
        """Les ensembles de cellules fines, dans une modalité ou son reste, qui comptent moins que le seuil."""
        if groupe[0] not in ("inscrits", "presents", "repondants"):
            return []
        nombres = self.etablissement.grandeurs[groupe[0]].reshape(-1, 6)
        ensembles = np.array(list(product((0, 1), repeat=len(nombres))))
        trouvees = []
        for nom, vue in {**VUES, ("sexe", "?"): np.array([[0, 0], [0, 0], [1, 1]])}.items():
            comptes = ensembles @ nombres @ vue.ravel()
            petits = ensembles[(comptes > 0) & (comptes < self.seuil)]
            sommes = np.einsum("ef,v->efv", petits, vue.ravel()).reshape(len(petits), nombres.size)
            lues = (sommes @ noyau[: sommes.shape[1]] % PREMIER == 0).all(axis=1)
            trouvees += [f"reste {groupe[0]} {nom} {ensemble}" for ensemble in petits[lues]]
        return trouvees


def noyau_de(lignes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Une base du noyau (en colonnes), modulo un nombre premier."""
    matrice = np.unique(lignes, axis=0) % PREMIER
    pivots: list[int] = []
    for colonne in range(matrice.shape[1]):
        rang = len(pivots)
        libres = np.flatnonzero(matrice[rang:, colonne])
        if not len(libres):
            continue
        matrice[[rang, rang + libres[0]]] = matrice[[rang + libres[0], rang]]
        matrice[rang] = matrice[rang] * pow(int(matrice[rang, colonne]), -1, PREMIER) % PREMIER
        facteurs = matrice[:, colonne].copy()
        facteurs[rang] = 0
        touchees = np.flatnonzero(facteurs)
        matrice[touchees] = (matrice[touchees] - facteurs[touchees, None] * matrice[rang]) % PREMIER
        pivots.append(colonne)
    libres_ = [c for c in range(matrice.shape[1]) if c not in set(pivots)]
    noyau = np.zeros((matrice.shape[1], len(libres_)), dtype="int64")
    noyau[libres_, range(len(libres_))] = 1
    noyau[pivots] = -matrice[: len(pivots), libres_] % PREMIER
    return noyau


def masquer_tout(mesures: pd.DataFrame, seuil: int = SEUIL) -> pd.DataFrame:
    return masquer(mesures, dict.fromkeys(INDICATEURS, seuil))


def masquer_le_primaire(mesures: pd.DataFrame) -> pd.DataFrame:
    return mesures.assign(masque=(mesures["effectif"] > 0) & (mesures["effectif"] < SEUIL))


def masquer_chaque_modalite_a_part(mesures: pd.DataFrame) -> pd.DataFrame:
    cles = mesures["indicateur"] + mesures["ventilation"].fillna("") + mesures["modalite"].fillna("")
    seules = mesures.assign(indicateur=cles, ventilation=None, modalite=None)
    return mesures.assign(masque=masquer(seules, dict.fromkeys(cles.unique(), SEUIL))["masque"])


def ventiler_le_cumul_seul(mesures: pd.DataFrame) -> pd.DataFrame:
    return mesures[mesures["ventilation"].isna() | mesures["promotion"].isna()]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1 << 32), st.sampled_from([SEUIL, 20]))
def test_l_attaquant_ne_deduit_rien_quand_les_ventilations_ne_paraissent_qu_au_cumul(graine: int, seuil: int) -> None:
    etablissement = inventer(graine, taille=seuil // SEUIL)
    toutes = etablissement.mesures()
    rendues = masquer_tout(ventiler_le_cumul_seul(toutes), seuil)
    assert Attaquant(etablissement, rendues, seuil).trouver() == []
    base = toutes["ventilation"].isna()
    assert rendues.loc[base, "masque"].equals(masquer_tout(toutes, seuil).loc[base, "masque"])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1 << 32), st.booleans())
def test_l_attaquant_ne_deduit_rien_quand_chaque_table_a_ses_cohortes(graine: int, au_cumul: bool) -> None:
    etablissement = inventer(graine)
    mesures = etablissement.mesures()
    choisies = ventiler_le_cumul_seul(mesures) if au_cumul else mesures
    rendues = masquer(choisies, dict.fromkeys(INDICATEURS, SEUIL), groupes=TABLES)
    assert Attaquant(etablissement, rendues).trouver() == []


def test_des_cohortes_par_table_en_montrent_davantage() -> None:
    """Un établissement où deux tables ont, par hasard, des cohortes égales."""
    mesures = inventer(17).mesures()
    par_table = masquer(mesures, dict.fromkeys(INDICATEURS, SEUIL), groupes=TABLES)["masque"]
    assert par_table.sum() < 0.95 * masquer_tout(mesures)["masque"].sum()


def test_ventiler_le_cumul_seul_en_montre_davantage() -> None:
    montrees = [0, 0]
    for graine in range(6):
        toutes = inventer(graine).mesures()
        au_cumul = toutes["ventilation"].notna() & toutes["promotion"].isna()
        for rang, mesures in enumerate((toutes, ventiler_le_cumul_seul(toutes))):
            montrees[rang] += int((~masquer_tout(mesures).loc[au_cumul, "masque"]).sum())
    assert montrees[1] > 1.1 * montrees[0]


def test_l_attaquant_perce_des_ventilations_du_cumul_masquees_seules() -> None:
    percees = []
    for graine in range(10):
        etablissement = inventer(graine)
        mesures = ventiler_le_cumul_seul(etablissement.mesures())
        percees += Attaquant(etablissement, masquer_le_primaire(mesures)).trouver()
    assert percees


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1 << 32))
def test_l_attaquant_ne_deduit_rien_de_toutes_les_tables(graine: int) -> None:
    etablissement = inventer(graine)
    assert Attaquant(etablissement, masquer_tout(etablissement.mesures())).trouver() == []


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 1 << 32))
def test_l_attaquant_ne_deduit_rien_au_seuil_de_la_publication(graine: int) -> None:
    etablissement = inventer(graine, taille=5)
    mesures = etablissement.mesures()
    publiques = masquer(mesures, dict.fromkeys(INDICATEURS, 20), compris=dict.fromkeys(INDICATEURS, SEUIL))
    assert Attaquant(etablissement, publiques, 20).trouver() == []
    assert publiques["masque"][masquer_tout(mesures)["masque"]].all()


def test_l_attaquant_ne_deduit_rien_quand_le_systeme_est_trop_grand(monkeypatch: pytest.MonkeyPatch) -> None:
    etablissements = [inventer(graine) for graine in range(5)]
    entiers = [masquer_tout(e.mesures()) for e in etablissements]
    monkeypatch.setattr(fuites, "_COEFFICIENTS", 20)
    delies = [masquer_tout(e.mesures()) for e in etablissements]
    assert any(d["masque"].sum() > e["masque"].sum() for d, e in zip(delies, entiers, strict=True))
    for etablissement, delie in zip(etablissements, delies, strict=True):
        assert Attaquant(etablissement, delie).trouver() == []


@pytest.mark.parametrize("faible", [masquer_le_primaire, masquer_chaque_modalite_a_part])
def test_l_attaquant_perce_un_masque_trop_faible(faible: Masqueur) -> None:
    etablissement = inventer(3)
    assert Attaquant(etablissement, faible(etablissement.mesures())).trouver()


def test_l_attaquant_perce_un_masque_qui_ne_combine_pas_les_sommes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuites, "completer", famille.fermer)
    monkeypatch.setattr("indicateurs.secret.masque.completer", famille.fermer)
    percees = (Attaquant(e, masquer_tout(e.mesures())).trouver() for e in map(inventer, range(30)))
    assert any(percees)
