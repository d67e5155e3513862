"""L'université fictive : des apprentis plausibles, reproductibles, et qui ne vieillissent pas."""

from collections import defaultdict
from datetime import date, timedelta

import pytest

from appli.demonstration.generateur import ApprentiEngendre, annee_scolaire, engendrer
from appli.demonstration.universite import charger_universite, siret, uai
from indicateurs.imports.valeurs import cle_siret_juste, lire_ine, lire_uai

JOUR = date(2026, 11, 21)
JOURS = [date(2026, 8, 1), date(2026, 9, 1), JOUR, date(2027, 7, 31), date(2028, 2, 29), date(2034, 1, 1)]


@pytest.fixture(scope="module")
def apprentis() -> list[ApprentiEngendre]:
    return engendrer(charger_universite(), JOUR)


def _par_formation(apprentis: list[ApprentiEngendre]) -> dict[tuple[str, int], list[ApprentiEngendre]]:
    groupes = defaultdict(list)
    for apprenti in apprentis:
        groupes[apprenti.formation.code, apprenti.promotion].append(apprenti)
    return groupes


def test_meme_graine_memes_apprentis(apprentis: list[ApprentiEngendre]) -> None:
    universite = charger_universite()
    assert engendrer(universite, JOUR) == apprentis
    assert engendrer(universite, JOUR, graine=1) != apprentis


@pytest.mark.parametrize(
    ("jour", "annee"),
    [(date(2026, 7, 31), 2025), (date(2026, 8, 1), 2026), (date(2026, 12, 31), 2026), (date(2027, 1, 1), 2026)],
)
def test_l_annee_scolaire_tourne_au_premier_aout(jour: date, annee: int) -> None:
    assert annee_scolaire(jour) == annee


@pytest.mark.parametrize("jour", JOURS)
def test_cinq_promotions_finissent_par_l_annee_en_cours(jour: date) -> None:
    promotions = {apprenti.promotion for apprenti in engendrer(charger_universite(), jour)}
    assert promotions == {annee_scolaire(jour) - recul for recul in range(5)}


@pytest.mark.parametrize("jour", JOURS)
def test_rien_n_est_connu_apres_le_jour_dit(jour: date) -> None:
    for apprenti in engendrer(charger_universite(), jour):
        faits = [apprenti.exclusion, apprenti.jury, *(contrat.rupture for contrat in apprenti.contrats)]
        assert all(fait <= jour for fait in faits if fait)
        assert all(contrat.debut <= jour for contrat in apprenti.contrats)


@pytest.mark.parametrize("jour", JOURS)
def test_les_contrats_se_suivent_et_la_rupture_tombe_dedans(jour: date) -> None:
    for apprenti in engendrer(charger_universite(), jour):
        for contrat in apprenti.contrats:
            assert contrat.debut < contrat.fin <= apprenti.fin
            assert contrat.rupture is None or contrat.debut < contrat.rupture < contrat.fin
        for avant, apres in zip(apprenti.contrats, apprenti.contrats[1:], strict=False):
            assert avant.rupture is not None
            assert avant.rupture < apres.debut


def test_la_rupture_a_neuf_mois_ressemble_aux_reperes(apprentis: list[ApprentiEngendre]) -> None:
    for (code, promotion), groupe in _par_formation(apprentis).items():
        if promotion == JOUR.year or len(groupe) < 12:
            continue
        contrats = [contrat for apprenti in groupe for contrat in apprenti.contrats]
        rompus = [c for c in contrats if c.rupture and c.rupture < c.debut + timedelta(days=273)]
        assert 0.03 <= len(rompus) / len(contrats) <= 0.20, (code, promotion)


def test_l_obtention_ressemble_aux_reperes(apprentis: list[ApprentiEngendre]) -> None:
    connus = defaultdict(list)
    for apprenti in apprentis:
        if apprenti.recu is not None and len(apprenti.formation.annees) * 20 > 12:
            connus[apprenti.formation.code, apprenti.promotion].append(apprenti.recu)
    grands = {cle: recus for cle, recus in connus.items() if len(recus) >= 12}
    assert len(grands) >= 12
    assert all(0.82 <= sum(recus) / len(recus) <= 0.98 for recus in grands.values())


def test_deux_formations_restent_sous_le_seuil_et_une_tait_ses_resultats(apprentis: list[ApprentiEngendre]) -> None:
    groupes = _par_formation(apprentis)
    petites = {code for (code, _), groupe in groupes.items() if len(groupe) < 20}
    minuscules = {code for (code, _), groupe in groupes.items() if len(groupe) < 5}
    muettes = {a.formation.code for a in apprentis} - {a.formation.code for a in apprentis if a.recu is not None}
    assert petites == {"lp-logistique", "master-bio-informatique"}
    assert minuscules == {"master-bio-informatique"}
    assert "master-communication" in muettes


def test_quelques_diplomes_poursuivent_dans_une_autre_formation(apprentis: list[ApprentiEngendre]) -> None:
    formations = defaultdict(set)
    for apprenti in apprentis:
        formations[apprenti.personne].add(apprenti.formation.code)
    assert sum(len(codes) == 2 for codes in formations.values()) == 24


def test_les_codes_fictifs_sont_bien_formes(apprentis: list[ApprentiEngendre]) -> None:
    universite = charger_universite()
    lieux = [*universite.lieux, *universite.cfas, universite.etablissement]
    assert all(lire_uai(uai(lieu.uai)).faute is None for lieu in lieux)
    assert len({uai(lieu.uai) for lieu in lieux}) == len(lieux)
    sirets = {siret(lieu.siren, lieu.nic) for lieu in universite.lieux}
    sirets |= {siret(cfa.siren) for cfa in universite.cfas}
    sirets |= {contrat.siret for apprenti in apprentis for contrat in apprenti.contrats}
    assert all(cle_siret_juste(numero) and len(numero) == 14 for numero in sirets)
    assert all(lire_ine(apprenti.personne.ine).faute is None for apprenti in apprentis)
