"""Le registre couvre toute la base, se lit strictement, et dit ce que l'établissement a réglé."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table

from appli.donnees_personnelles.notice import notice_en_texte, rediger_la_notice
from appli.donnees_personnelles.registre import (
    A_COMPLETER,
    Duree,
    Registre,
    charger_conservation,
    charger_politique,
    charger_registre,
)
from appli.modeles import METADONNEES
from charte.commun.donnees import DonneesInvalides, valider_modele
from charte.commun.reglages import Reglages
from tests.conftest import Client

LOCAL = """
responsables:
  - uai: 0999999X
    responsable: {nom: Université des Essais, adresse: 1 rue des Essais}
    delegue: {nom: Délégation des Essais, courriel: dpo@essais.invalid}
    destinataires: [le rectorat]
conservation:
  parcours: {duree: 4, unite: ans, motif: décision du conseil}
"""


def ecarts(metadonnees: MetaData) -> list[str]:
    """Ce que le registre ne dit pas de ces tables, et ce qu'il dit de trop."""
    dites = charger_registre().tables
    reelles = {table.name: frozenset(colonne.name for colonne in table.columns) for table in metadonnees.sorted_tables}
    trous = [f"{nom} : table à décrire" for nom in reelles.keys() - dites.keys()]
    trous += [f"{nom} : n'existe plus" for nom in dites.keys() - reelles.keys()]
    trous += [
        f"{nom} : {sorted(dites[nom] ^ reelles[nom])}"
        for nom in reelles.keys() & dites.keys()
        if dites[nom] != reelles[nom]
    ]
    return sorted(trous)


def test_chaque_table_et_chaque_colonne_est_au_registre() -> None:
    assert ecarts(METADONNEES) == [], "à décrire dans appli/donnees/registre_traitements.yaml"


def test_une_table_ou_une_colonne_inconnue_se_voit() -> None:
    autres = MetaData()
    for table in METADONNEES.sorted_tables:
        table.to_metadata(autres)
    Table("suivi_secret", autres, Column("id", Integer))
    autres.tables["apprenti"].append_column(Column("surnom", Integer))
    assert ecarts(autres) == ["apprenti : ['surnom']", "suivi_secret : table à décrire"]


def test_une_table_dite_deux_fois_est_refusee() -> None:
    double: dict[str, Any] = charger_registre().model_dump()
    double["sans_donnee_personnelle"]["apprenti"] = ["id"]
    with pytest.raises(DonneesInvalides, match="table en double dans le registre : apprenti"):
        valider_modele(double, Registre, "essai.yaml")


def test_une_cle_inconnue_du_registre_est_refusee() -> None:
    fausse: dict[str, Any] = {**charger_registre().model_dump(), "remarque": "non"}
    with pytest.raises(DonneesInvalides, match="remarque : clé inconnue"):
        valider_modele(fausse, Registre, "essai.yaml")


def test_chaque_traitement_a_une_duree_connue() -> None:
    durees = {t.conservation for t in charger_registre().traitements if t.conservation}
    assert durees <= charger_conservation().categories.keys()


def test_l_etablissement_regle_ses_durees_et_dit_son_delegue(reglages: Reglages) -> None:
    (reglages.dossier / "donnees_personnelles.yaml").write_text(LOCAL, "utf-8")
    politique = charger_politique(replace(reglages, conservation_depots_jours=30))
    suivi = politique.registre.traitements[0]
    assert politique.duree_de(suivi) == "4\u00a0ans après la fin de la formation"
    assert politique.categories["fichiers_deposes"].en_clair == "30\u00a0jours"
    siens = politique.responsable_de("0999999X")
    assert siens is not None
    assert siens.delegue is not None
    assert siens.delegue.courriel == "dpo@essais.invalid"
    assert politique.responsable_de("0111111Y") is None


@pytest.mark.parametrize(
    ("texte", "dit"),
    [
        ("conservation: {parcour: {duree: 4, unite: ans, motif: x}}", "parcour : catégorie inconnue, attendu : "),
        ("conservation: {sessions: {duree: 4, unite: ans, motif: x}}", "sessions : durée qui ne se change pas ici"),
        ("conservation: {fichiers_deposes: {duree: 4, unite: ans, motif: x}}", "TRAJECTOIRE_CONSERVATION_JOURS"),
        ("conservation: {parcours: {duree: 4, unite: ans}}", "conservation.parcours.motif : champ manquant"),
        ("conservation: {parcours: {duree: 0, unite: ans, motif: x}}", "valeur trop petite, 1 au moins"),
        ("dpo: quelqu'un", "dpo : clé inconnue"),
    ],
)
def test_un_reglage_faux_se_dit(reglages: Reglages, texte: str, dit: str) -> None:
    (reglages.dossier / "donnees_personnelles.yaml").write_text(texte, "utf-8")
    with pytest.raises(DonneesInvalides) as faute:
        charger_politique(reglages)
    assert dit in str(faute.value)


@pytest.mark.parametrize(
    ("duree", "unite", "attendu"),
    [(12, "heures", (2024, 2, 28, 20)), (90, "jours", (2023, 12, 1, 8)), (1, "mois", (2024, 1, 29, 8)),
     (1, "ans", (2023, 2, 28, 8)), (4, "ans", (2020, 2, 29, 8)), (2, "mois", (2023, 12, 29, 8))],
)  # fmt: skip
def test_une_duree_se_compte_en_calendrier(duree: int, unite: Any, attendu: tuple[int, int, int, int]) -> None:
    fin = datetime(2024, 2, 29, 8, tzinfo=UTC)
    assert Duree(duree=duree, unite=unite).avant(fin) == datetime(*attendu, tzinfo=UTC)


def test_la_page_rend_le_registre(client_anonyme: Client) -> None:
    page = client_anonyme.get("/donnees-personnelles")
    assert page.status_code == 200
    for traitement in charger_registre().traitements:
        assert f'id="traitement-{traitement.cle}"' in page.text
    assert "à compléter par l’établissement" in page.text
    assert "90\u00a0jours après le dépôt" in page.text


def test_la_notice_laisse_des_blancs_et_se_remplit(reglages: Reglages) -> None:
    vide = notice_en_texte("Notice", rediger_la_notice(charger_politique(reglages), "Université des Essais", None))
    assert vide.count(A_COMPLETER) >= 5
    (reglages.dossier / "donnees_personnelles.yaml").write_text(LOCAL, "utf-8")
    politique = charger_politique(reglages)
    pleine = notice_en_texte("Notice", rediger_la_notice(politique, "Université des Essais", "0999999X"))
    assert "Délégation des Essais, dpo@essais.invalid" in pleine
    assert "4\u00a0ans après la fin de la formation" in pleine
    assert pleine.count(A_COMPLETER) < vide.count(A_COMPLETER)


def test_la_notice_se_montre_et_s_emporte(client: Client) -> None:
    page = client.get("/donnees-personnelles/notice")
    assert page.status_code == 200
    assert "Université des Quatre-Vents" in page.text
    texte = client.get("/donnees-personnelles/notice.md")
    assert "attachment" in texte.headers["content-disposition"]
    assert texte.text.startswith("# Vos données")
