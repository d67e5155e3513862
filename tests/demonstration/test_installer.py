"""La démonstration se prépare par les services véritables, une fois, dans une base à elle."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlmodel import SQLModel, col

from appli.base import BaseSQL
from appli.demonstration.fichiers_des_suites import FORMATS, SONDAGE
from appli.demonstration.grilles import charger_grilles, dernier_passage
from appli.demonstration.installer import BaseDejaHabitee, preparer
from charte.acteur import Acteur, Role
from charte.commun.base import lignes
from charte.commun.reglages import Reglages
from charte.modeles import Cfa, Composante, Convention, Formation
from grilles.modeles import Grille
from grilles.services import niveaux
from indicateurs.modeles import Apprenti, Contrat, Depot, Parcours
from indicateurs.sources.modeles import Heures, NoteDeSatisfaction, Rencontre, Resultat, Situation

JOUR = date(2026, 11, 21)
SUITES = (Resultat, Heures, Rencontre, Situation, NoteDeSatisfaction)


def _combien(base: BaseSQL, table: type[SQLModel]) -> int:
    with base.lecture() as session:
        return int(lignes(session, select(func.count()).select_from(table))[0][0])


def _comptes(base: BaseSQL) -> dict[str, int]:
    tables = (Cfa, Convention, Composante, Formation, Depot, Apprenti, Parcours, Contrat, Grille, *SUITES)
    return {table.__name__: _combien(base, table) for table in tables}


@pytest.fixture(scope="module")
def reglages_prets(tmp_path_factory: pytest.TempPathFactory) -> Reglages:
    dossier = tmp_path_factory.mktemp("demonstration")
    return Reglages(dossier, f"sqlite:///{dossier / 'trajectoire.sqlite'}", b"i" * 32, b"f" * 32, b"w" * 32)


@pytest.fixture(scope="module")
def prete(reglages_prets: Reglages, base_modele: Path) -> Iterator[BaseSQL]:
    """Une démonstration préparée, que les tests lisent seulement."""
    shutil.copyfile(base_modele, reglages_prets.dossier / "trajectoire.sqlite")
    base = BaseSQL(reglages_prets.url_base)
    preparer(reglages_prets, base, JOUR)
    yield base
    base.fermer()


def test_tout_y_est(prete: BaseSQL) -> None:
    comptes = _comptes(prete)
    assert (comptes["Cfa"], comptes["Convention"], comptes["Composante"], comptes["Formation"]) == (2, 2, 4, 14)
    assert comptes["Parcours"] > 1100
    assert comptes["Contrat"] > comptes["Parcours"]
    # Quelques diplômés ont poursuivi : la même personne a deux parcours.
    assert comptes["Parcours"] - 24 == comptes["Apprenti"]
    assert (comptes["Depot"], comptes["Grille"]) == (3 + len(FORMATS), len(charger_grilles()))
    assert all(comptes[table.__name__] > 500 for table in SUITES)


def test_preparer_deux_fois_ne_change_rien(reglages_prets: Reglages, prete: BaseSQL) -> None:
    avant = _comptes(prete)
    preparation = preparer(reglages_prets, prete, JOUR)
    assert preparation.deja_prete
    assert _comptes(prete) == avant


def test_un_depot_reste_a_confirmer_avec_ses_fautes(prete: BaseSQL) -> None:
    with prete.lecture() as session:
        colonnes = (Depot.etat, Depot.lues, Depot.retenues, Depot.ecartees, Depot.avertissements)
        depots = [
            tuple(ligne) for ligne in lignes(session, select(*(col(c) for c in colonnes)).order_by(col(Depot.id)))
        ]
    assert [etat for etat, *_ in depots] == ["confirme", "confirme", "diagnostique", *("confirme" for _ in FORMATS)]
    assert all(lues == retenues + ecartees for _, lues, retenues, ecartees, _ in depots)
    assert depots[2][3] == 5
    assert depots[2][4] >= 4


def test_les_formations_decrites_gardent_leur_nom(prete: BaseSQL) -> None:
    with prete.lecture() as session:
        libelles = {libelle for (libelle,) in lignes(session, select(col(Formation.libelle)))}
        incompletes = lignes(session, select(col(Formation.id)).where(col(Formation.a_completer)))
    assert "Master Informatique, génie logiciel" in libelles
    assert list(incompletes) == []


def test_trois_diplomes_sont_a_des_niveaux_differents(prete: BaseSQL) -> None:
    with prete.lecture() as session:
        codes = dict(tuple(ligne) for ligne in lignes(session, select(col(Formation.code), col(Formation.id))))
        etablissement_id = int(lignes(session, select(col(Formation.etablissement_id)))[0][0])
        acteur = Acteur(etablissement_id, "lecture", Role.LECTEUR)
        lus = niveaux(session, acteur, list(codes.values()), JOUR.year)
        avant = niveaux(session, acteur, [codes["but-informatique"]], JOUR.year - 1)
    trouves = {code: [niveau.cle for niveau in lus[codes[code]].niveaux.values()] for code in codes}
    assert trouves["master-genie-logiciel"] == ["cible", "socle", "cible", "jalon"]
    assert trouves["but-informatique"] == ["socle", "socle", "en_deca", "en_deca"]
    assert trouves["but-gea"] == ["en_deca", "socle", "en_deca", "en_deca"]
    assert avant[codes["but-informatique"]].arretee
    assert not lus[codes["lp-logistique"]].commencee


def test_aucun_nom_de_personne_n_est_dans_la_base(reglages_prets: Reglages, prete: BaseSQL) -> None:
    brut = b"".join(fichier.read_bytes() for fichier in reglages_prets.dossier.glob("trajectoire.sqlite*"))
    extraction = next((reglages_prets.dossier / "exemples").glob("*horizons*2027.csv")).read_text("cp1252").splitlines()
    noms = {ligne.split(";")[0] for ligne in extraction[1:]}
    assert len(noms) > 100
    assert [nom for nom in noms if nom.encode() in brut] == []


def test_une_base_deja_habitee_est_laissee_intacte(reglages: Reglages, base: BaseSQL, acteur: Acteur) -> None:
    avant = _comptes(base)
    with pytest.raises(BaseDejaHabitee, match="TRAJECTOIRE_DOSSIER"):
        preparer(reglages, base, JOUR)
    assert _comptes(base) == avant


def test_les_exemples_sont_prets_a_deposer(reglages_prets: Reglages, prete: BaseSQL) -> None:
    preparation = preparer(reglages_prets, prete, JOUR)
    noms = sorted(fichier.name for fichier in (reglages_prets.dossier / "exemples").iterdir())
    assert noms == [
        "cfa-interne-2022-2027-suite.xlsx",
        "cfa-interne-2022-2027.xlsx",
        "cfa-sup-horizons-2022-2027-suite.csv",
        "cfa-sup-horizons-2022-2027.csv",
        *sorted([SONDAGE, *(f"{format_.replace('_', '-')}.csv" for format_ in FORMATS)]),
    ]
    assert preparation.a_deposer.name == "cfa-interne-2022-2027-suite.xlsx"
    assert {compte.role for compte in preparation.comptes} == set(Role)


@pytest.mark.parametrize(
    ("mois_jour", "jour", "attendu"),
    [
        ("03-12", JOUR, date(2026, 3, 12)),
        ("12-01", JOUR, date(2025, 12, 1)),
        ("11-21", JOUR, JOUR),
    ],
)
def test_le_dernier_passage_d_une_date(mois_jour: str, jour: date, attendu: date) -> None:
    assert dernier_passage(mois_jour, jour) == attendu


@pytest.mark.postgresql
def test_la_demonstration_se_prepare_aussi_sur_postgresql(
    base_postgresql: BaseSQL, reglages: Reglages, prete: BaseSQL
) -> None:
    preparer(reglages, base_postgresql, JOUR)
    assert _comptes(base_postgresql) == _comptes(prete)
