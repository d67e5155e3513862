"""Le secret d'une ventilation : entière ou pas du tout, avec ce qui l'accompagne ; et ce que `masquer` refuse."""

import pandas as pd
import pytest

from indicateurs.secret import masquer

SEUIL = 5
CLES = ["rncp", "cfd", "uai_responsable", "uai_formateur"]


def mesures(cellules: dict[str, dict[str, int]], *, indicateur: str = "obtention", cas: int = 0) -> pd.DataFrame:
    """Une formation par nom, une composante qui les réunit ; `""` est la mesure, le reste des sexes."""
    lignes = []
    for modalite in next(iter(cellules.values())):
        commun = {"indicateur": indicateur, "ventilation": "sexe" if modalite else None, "modalite": modalite or None}
        nombres = {nom: cellule[modalite] for nom, cellule in cellules.items()}
        lignes += [{**commun, "niveau": "formation", "rncp": nom, "effectif": n} for nom, n in nombres.items()]
        lignes.append({**commun, "niveau": "composante", "effectif": sum(nombres.values())})
    table = pd.DataFrame(lignes).assign(cfd="5", uai_responsable="R", uai_formateur="F", composante="IUT")
    table.loc[table["niveau"] != "formation", CLES] = None
    annuelles = pd.concat([table.assign(promotion=p) for p in ("2024-2025", None)], ignore_index=True)
    nombrees = annuelles.assign(numerateur=cas, denominateur=annuelles["effectif"], carres=1.5)
    return nombrees.astype(dict.fromkeys(("effectif", "numerateur", "denominateur"), "Int64"))


def masquees(rendues: pd.DataFrame) -> set[tuple[str, ...]]:
    par_an = rendues.loc[rendues["masque"] & rendues["promotion"].notna(), ["niveau", "rncp", "modalite"]].fillna("")
    return {tuple(v for v in ligne if v) for ligne in par_an.to_numpy().tolist()}


def test_une_modalite_sous_le_seuil_masque_toute_la_ventilation_de_l_adresse_et_une_voisine() -> None:
    cellules = {"A": {"": 30, "F": 3, "H": 27}, "B": {"": 40, "F": 20, "H": 20}, "C": {"": 60, "F": 30, "H": 30}}
    rendues = masquer(mesures(cellules), {"obtention": SEUIL})
    assert masquees(rendues) == {("formation", nom, sexe) for nom in "AB" for sexe in "FH"}
    assert rendues.loc[rendues["masque"], ["numerateur", "denominateur", "effectif", "carres"]].isna().all().all()
    assert rendues.loc[~rendues["masque"], ["effectif", "carres"]].notna().all().all()


def test_un_reste_non_renseigne_sous_le_seuil_masque_la_ventilation() -> None:
    complete = {"A": {"": 30, "F": 15, "H": 15}, "B": {"": 40, "F": 20, "H": 20}}
    assert masquees(masquer(mesures(complete), {"obtention": SEUIL})) == set()
    trouee = {"A": {"": 30, "F": 15, "H": 13}, "B": {"": 40, "F": 20, "H": 20}}
    assert ("formation", "A", "F") in masquees(masquer(mesures(trouee), {"obtention": SEUIL}))


def test_une_mesure_masquee_masque_ses_ventilations() -> None:
    cellules = {"A": {"": 3, "F": 0, "H": 3}, "B": {"": 40, "F": 20, "H": 20}, "C": {"": 60, "F": 30, "H": 30}}
    rendues = masquees(masquer(mesures(cellules), {"obtention": SEUIL}))
    assert {("formation", "A"), ("formation", "A", "F"), ("formation", "B"), ("formation", "B", "H")} <= rendues


def test_une_cohorte_prise_parmi_les_cas_d_un_autre_se_masque_avec_lui_meme_vide() -> None:
    tous = {"A": {"": 3}, "B": {"": 40}, "C": {"": 60}}
    insertion = mesures(tous, indicateur="insertion_6_mois")
    adequation = mesures({nom: {"": 0} for nom in tous}, indicateur="adequation")
    for table, colonne in ((insertion, "numerateur"), (adequation, "effectif")):
        table[colonne] = [0, 30, 50, 80] * 2
    toutes = pd.concat([insertion, adequation], ignore_index=True)
    rendues = masquer(toutes, {"insertion_6_mois": SEUIL, "adequation": SEUIL})
    masques = [table["masque"].tolist() for _, table in rendues.groupby("indicateur")]
    assert any(masques[0])
    assert masques[0] == masques[1]


def test_deux_cohortes_egales_par_hasard_ne_se_masquent_pas_l_une_l_autre() -> None:
    """Vingt contrats d'un côté, vingt réponses de tuteurs de l'autre : rien ne dit que ce sont les mêmes."""
    contrats = mesures({"A": {"": 20}, "B": {"": 40}, "C": {"": 61}}, indicateur="rupture")
    tuteurs = mesures({"A": {"": 20}, "B": {"": 3}, "C": {"": 61}}, indicateur="tuteurs")
    toutes, seuils = pd.concat([contrats, tuteurs], ignore_index=True), {"rupture": SEUIL, "tuteurs": SEUIL}

    def touches(groupes: dict[str, str] | None) -> set[str]:
        rendues = masquer(toutes, seuils, groupes=groupes)
        return set(rendues.loc[rendues["masque"], "indicateur"])

    assert touches(None) == touches({"rupture": "contrats", "tuteurs": "contrats"}) == {"rupture", "tuteurs"}
    assert touches({"rupture": "contrats", "tuteurs": "satisfaction"}) == {"tuteurs"}


def test_les_cellules_masquees_d_une_diffusion_le_restent_dans_l_autre() -> None:
    tables = mesures({"A": {"": 12}, "B": {"": 18}, "C": {"": 60}, "D": {"": 70}})
    publique = masquer(tables, {"obtention": 20})["masque"]
    assert publique.any()
    assert not masquer(tables, {"obtention": 5})["masque"].any()
    assert masquer(tables, {"obtention": 5}, compris={"obtention": 20})["masque"].equals(publique)


def test_une_table_sans_formation_se_masque_par_son_niveau_le_plus_fin() -> None:
    table = mesures({"A": {"": 3}, "B": {"": 18}, "C": {"": 60}}).rename(columns={"rncp": "site"})
    table = table.assign(rncp=None, niveau=table["niveau"].map({"formation": "site", "composante": "total"}))
    rendues = masquer(table, {"obtention": SEUIL})
    assert set(rendues.loc[rendues["masque"], "site"]) == {"A", "B"}


@pytest.mark.parametrize(
    ("faute", "message"),
    [
        (lambda t: t.assign(effectif=t["effectif"].where(t["niveau"] == "formation", 99)), "somme de ses formations"),
        (lambda t: pd.concat([t, t.head(1)]), "la même cellule"),
        (lambda t: t[t["ventilation"].notna()], "sans la mesure"),
    ],
)
def test_ce_qui_ne_se_protege_pas_est_refuse(faute: object, message: str) -> None:
    table = mesures({"A": {"": 30, "F": 15, "H": 15}, "B": {"": 40, "F": 20, "H": 20}})
    with pytest.raises(ValueError, match=message):
        masquer(faute(table), {"obtention": SEUIL})  # type: ignore[operator]


def test_une_table_vide_reste_vide() -> None:
    rendues = masquer(mesures({"A": {"": 30}}).head(0), {"obtention": SEUIL})
    assert rendues.empty
    assert "masque" in rendues.columns
