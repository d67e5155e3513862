"""Les services des parties prenantes : nommer, lier, ranger, chacun chez soi ; SQLite et PostgreSQL."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from appli.base import BaseSQL
from charte.acteur import Acteur, DroitManquant, Role
from charte.commun.base import exiger_id, lignes
from charte.commun.journal import EntreeJournal
from charte.commun.web import Introuvable, lire_formulaire
from charte.formulaires import (
    FormulaireCfa,
    FormulaireComposante,
    FormulaireConvention,
    FormulaireEtablissement,
    FormulaireFormation,
)
from charte.modeles import Formation
from charte.regles import Situation
from charte.services import (
    SaisieRefusee,
    ajouter_composante,
    ajouter_convention,
    compter_a_completer,
    lire_cfa,
    lire_composante,
    lire_convention,
    lire_formation,
    lire_parties,
    modifier_cfa,
    modifier_convention,
    modifier_etablissement,
    modifier_formation,
    renommer_composante,
)
from charte.vues import PartiesPrenantes
from tests.charte.peuplement import SIRET, UAI, peupler
from tests.conftest import creer_compte

JOUR = date(2026, 3, 12)
CONVENTION = {"nature": "convention", "date_debut": "2025-09-01"}
CFA = {"nom": "CFA des Essais", "interne": "non"}
FORMATION = {"libelle": "BUT Essai", "code": "but-essai"}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def ou(request: pytest.FixtureRequest) -> tuple[BaseSQL, Acteur, Acteur]:
    """Une base et deux référents, chacun dans son établissement ; sur SQLite puis sur PostgreSQL."""
    base: BaseSQL = request.getfixturevalue("base" if request.param == "sqlite" else "base_postgresql")
    premier = creer_compte(base, "Université des Essais", Role.REFERENT_QUALITE, "referent@essais.invalid")
    second = creer_compte(base, "Université d'à côté", Role.REFERENT_QUALITE, "referent@cote.invalid", "0123456S")
    return base, premier, second


def ecrire(base: BaseSQL, geste: Callable[[Session], Any]) -> Any:
    with base.ecriture() as session:
        return geste(session)


def lire(base: BaseSQL, acteur: Acteur) -> PartiesPrenantes:
    with base.lecture() as session:
        return lire_parties(session, acteur, JOUR)


def journal(base: BaseSQL) -> list[tuple[Any, ...]]:
    colonnes = (EntreeJournal.acte, EntreeJournal.objet, EntreeJournal.avant, EntreeJournal.apres)
    with base.lecture() as session:
        trouvees = lignes(session, select(*(col(c) for c in colonnes)).order_by(col(EntreeJournal.id)))
    return [tuple(ligne) for ligne in trouvees]


def nommer_cfa(base: BaseSQL, acteur: Acteur, cfa_id: int, **saisies: str) -> None:
    ecrire(base, lambda s: modifier_cfa(s, acteur, cfa_id, FormulaireCfa.model_validate({**CFA, **saisies})))


def lier(base: BaseSQL, acteur: Acteur, cfa_id: int, **saisies: str) -> int:
    formulaire = FormulaireConvention.model_validate({**CONVENTION, **saisies})
    lien_id: int = ecrire(base, lambda s: ajouter_convention(s, acteur, cfa_id, formulaire))
    return lien_id


def test_nommer_un_cfa_le_complete_et_se_journalise(ou: tuple[BaseSQL, Acteur, Acteur]) -> None:
    base, acteur, _ = ou
    cfa_id = peupler(base, acteur).cfa
    nommer_cfa(base, acteur, cfa_id, siret=SIRET)
    nommer_cfa(base, acteur, cfa_id, siret=SIRET)
    [cfa] = lire(base, acteur).cfas
    assert (cfa.nom, cfa.uai, cfa.siret, cfa.interne, cfa.a_completer) == ("CFA des Essais", UAI, SIRET, False, False)
    avant = {"nom": f"CFA {UAI}", "siret": None, "a_completer": True}
    apres = {"nom": "CFA des Essais", "siret": SIRET, "a_completer": False}
    assert journal(base) == [("CFA complété", f"cfa:{cfa_id}", avant, apres)]


def test_completer_une_formation_garde_ses_reperes(ou: tuple[BaseSQL, Acteur, Acteur]) -> None:
    base, acteur, _ = ou
    ids = peupler(base, acteur)
    saisie = FormulaireFormation.model_validate({**FORMATION, "niveau": "6", "composante_id": str(ids.composante)})
    ecrire(base, lambda s: modifier_formation(s, acteur, ids.formation, saisie))
    [formation] = lire(base, acteur).formations
    assert (formation.libelle, formation.code, formation.niveau) == ("BUT Essai", "but-essai", 6)
    assert (formation.composante, formation.a_completer) == ("IUT des Essais", False)
    assert (formation.rncp, formation.uai_formateur, formation.uai_cfa) == ("RNCP99001", UAI, UAI)
    assert journal(base)[0][:2] == ("formation complétée", f"formation:{ids.formation}")


def test_un_code_deja_pris_se_dit_et_rien_ne_change(ou: tuple[BaseSQL, Acteur, Acteur]) -> None:
    base, acteur, autre = ou
    premiere = peupler(base, acteur).formation
    saisie = FormulaireFormation.model_validate(FORMATION)
    ecrire(base, lambda s: modifier_formation(s, acteur, premiere, saisie))
    seconde = _seconde_formation(base, acteur)
    with pytest.raises(SaisieRefusee, match="but-essai") as refus:
        ecrire(base, lambda s: modifier_formation(s, acteur, seconde, saisie))
    assert refus.value.champ == "code"
    with base.lecture() as session:
        assert lire_formation(session, acteur, seconde).a_completer
    assert len(journal(base)) == 1
    ailleurs = peupler(base, autre).formation
    ecrire(base, lambda s: modifier_formation(s, autre, ailleurs, saisie))


def _seconde_formation(base: BaseSQL, acteur: Acteur) -> int:
    [cfa] = lire(base, acteur).cfas
    with base.ecriture() as session:
        formation = Formation(
            etablissement_id=acteur.etablissement_id, cfa_id=cfa.id, code="autre", libelle="AUTRE", rncp="RNCP99002",
            uai_formateur=UAI, a_completer=True,
        )  # fmt: skip
        session.add(formation)
        session.flush()
        return exiger_id(formation.id)


def test_les_comptes_a_completer_ne_voient_que_chez_soi(ou: tuple[BaseSQL, Acteur, Acteur]) -> None:
    base, acteur, autre = ou
    peupler(base, acteur)
    with base.lecture() as session:
        comptes = [compter_a_completer(session, qui) for qui in (acteur, autre)]
    assert [(c.cfas, c.formations) for c in comptes] == [(1, 1), (0, 0)]


def test_la_situation_attend_que_les_cfa_soient_completes(ou: tuple[BaseSQL, Acteur, Acteur]) -> None:
    base, acteur, _ = ou
    premier = peupler(base, acteur)
    assert lire(base, acteur).mots_de_la_situation[0] == "situation à préciser"
    nommer_cfa(base, acteur, premier.cfa, interne="oui")
    assert lire(base, acteur).situation is Situation.INTERNE
    assert lire(base, acteur).mots_de_la_situation[0] == "CFA interne"


def test_ce_qui_manque_entre_un_cfa_et_l_etablissement_se_dit(ou: tuple[BaseSQL, Acteur, Acteur]) -> None:
    base, acteur, _ = ou
    cfa_id = peupler(base, acteur).cfa
    assert lire(base, acteur).cfas[0].manque == ""
    nommer_cfa(base, acteur, cfa_id)
    assert lire(base, acteur).cfas[0].manque == "Il manque la convention avec CFA des Essais"
    lier(base, acteur, cfa_id, date_debut="2020-09-01", date_fin="2025-08-31")
    assert lire(base, acteur).cfas[0].precision == "Le dernier a pris fin le 31 août 2025."
    lier(base, acteur, cfa_id, date_debut="2026-09-01")
    assert lire(base, acteur).cfas[0].precision == "Le prochain texte commence le 1er septembre 2026."
    lier(base, acteur, cfa_id)
    cfa = lire(base, acteur).cfas[0]
    assert (cfa.manque, cfa.precision, cfa.en_vigueur and cfa.en_vigueur.date_debut) == ("", "", date(2025, 9, 1))
    nommer_cfa(base, acteur, cfa_id, interne="oui")
    assert lire(base, acteur).cfas[0].manque == ""


def test_la_nature_du_texte_convient_au_cfa(ou: tuple[BaseSQL, Acteur, Acteur]) -> None:
    base, acteur, _ = ou
    cfa_id = peupler(base, acteur).cfa
    with pytest.raises(SaisieRefusee, match="interne ou partenaire"):
        lier(base, acteur, cfa_id)
    nommer_cfa(base, acteur, cfa_id)
    with pytest.raises(SaisieRefusee, match="la charte demande une convention") as refus:
        lier(base, acteur, cfa_id, nature="document_interne")
    assert refus.value.champ == "nature"
    nommer_cfa(base, acteur, cfa_id, interne="oui")
    lier(base, acteur, cfa_id, nature="document_interne")
    nommer_cfa(base, acteur, cfa_id, interne="non")
    assert lire(base, acteur).cfas[0].manque == "Il manque la convention avec CFA des Essais"


def test_le_meme_texte_envoye_deux_fois_n_en_fait_qu_un(ou: tuple[BaseSQL, Acteur, Acteur]) -> None:
    base, acteur, _ = ou
    cfa_id = peupler(base, acteur).cfa
    nommer_cfa(base, acteur, cfa_id)
    assert lier(base, acteur, cfa_id) == lier(base, acteur, cfa_id)
    with pytest.raises(SaisieRefusee, match="commence déjà le 01/09/2025") as refus:
        lier(base, acteur, cfa_id, reference_document="CV-2")
    assert refus.value.champ == "date_debut"
    assert len(lire(base, acteur).cfas[0].liens) == 1
    assert [acte for acte, *_ in journal(base)] == ["CFA complété", "convention ajoutée"]


def test_un_texte_se_corrige(ou: tuple[BaseSQL, Acteur, Acteur]) -> None:
    base, acteur, _ = ou
    cfa_id = peupler(base, acteur).cfa
    nommer_cfa(base, acteur, cfa_id)
    lien_id, autre_id = lier(base, acteur, cfa_id), lier(base, acteur, cfa_id, date_debut="2020-09-01")
    saisie = FormulaireConvention.model_validate({**CONVENTION, "date_fin": "31/08/2028", "reference_document": "CV-1"})
    ecrire(base, lambda s: modifier_convention(s, acteur, lien_id, saisie))
    with base.lecture() as session:
        _, lien = lire_convention(session, acteur, lien_id)
    assert (lien.reference_document, lien.date_fin) == ("CV-1", date(2028, 8, 31))
    assert journal(base)[-1][2:] == (
        {"reference_document": None, "date_fin": None}, {"reference_document": "CV-1", "date_fin": "2028-08-31"},
    )  # fmt: skip
    with pytest.raises(SaisieRefusee, match="commence déjà"):
        ecrire(base, lambda s: modifier_convention(s, acteur, autre_id, saisie))


def test_une_composante_se_renomme_et_son_nom_est_unique(ou: tuple[BaseSQL, Acteur, Acteur]) -> None:
    base, acteur, _ = ou
    ids = peupler(base, acteur)
    ufr = ecrire(base, lambda s: ajouter_composante(s, acteur, FormulaireComposante(nom="  UFR   des Essais ")))
    with base.lecture() as session:
        assert lire_composante(session, acteur, ufr).nom == "UFR des Essais"
    for geste in (
        lambda s: ajouter_composante(s, acteur, FormulaireComposante(nom="UFR des Essais")),
        lambda s: renommer_composante(s, acteur, ids.composante, FormulaireComposante(nom="UFR des Essais")),
    ):
        with pytest.raises(SaisieRefusee, match="se nomme déjà « UFR des Essais »"):
            ecrire(base, geste)
    ecrire(base, lambda s: renommer_composante(s, acteur, ufr, FormulaireComposante(nom="UFR Sciences")))
    assert [c.nom for c in lire(base, acteur).composantes] == ["IUT des Essais", "UFR Sciences"]


def test_l_etablissement_se_change_par_son_administrateur(ou: tuple[BaseSQL, Acteur, Acteur]) -> None:
    base, acteur, _ = ou
    administrateur = replace(acteur, role=Role.ADMINISTRATEUR)
    saisies = {"nom": "Université Nouvelle", "uai": "0990001n", "siret": SIRET, "ville": ""}
    formulaire = FormulaireEtablissement.model_validate(saisies)
    with pytest.raises(DroitManquant):
        ecrire(base, lambda s: modifier_etablissement(s, acteur, formulaire))
    ecrire(base, lambda s: modifier_etablissement(s, administrateur, formulaire))
    lu = lire(base, acteur).etablissement
    assert (lu.nom, lu.uai, lu.siret, lu.ville) == ("Université Nouvelle", UAI, SIRET, "")
    pris = FormulaireEtablissement.model_validate({**saisies, "uai": "0123456S"})
    with pytest.raises(SaisieRefusee) as refus:
        ecrire(base, lambda s: modifier_etablissement(s, administrateur, pris))
    assert refus.value.champ == "uai"


def _gestes(ids: Any) -> Mapping[str, Callable[[Session, Acteur], Any]]:
    formation = FormulaireFormation.model_validate(FORMATION)
    composante, convention = FormulaireComposante(nom="UFR"), FormulaireConvention.model_validate(CONVENTION)
    return {
        "cfa": lambda s, qui: modifier_cfa(s, qui, ids.cfa, FormulaireCfa.model_validate(CFA)),
        "convention": lambda s, qui: ajouter_convention(s, qui, ids.cfa, convention),
        "composante": lambda s, qui: renommer_composante(s, qui, ids.composante, composante),
        "formation": lambda s, qui: modifier_formation(s, qui, ids.formation, formation),
    }


def test_un_lecteur_n_ecrit_rien(ou: tuple[BaseSQL, Acteur, Acteur]) -> None:
    base, acteur, _ = ou
    lecteur = replace(acteur, role=Role.LECTEUR)
    gestes = _gestes(peupler(base, acteur))
    for geste in (*gestes.values(), lambda s, qui: ajouter_composante(s, qui, FormulaireComposante(nom="UFR"))):
        with pytest.raises(DroitManquant):
            ecrire(base, lambda s, geste=geste: geste(s, lecteur))
    assert lire(base, lecteur).cfas[0].a_completer
    assert journal(base) == []


def test_ce_qui_est_ailleurs_est_introuvable(ou: tuple[BaseSQL, Acteur, Acteur]) -> None:
    base, acteur, autre = ou
    ids = peupler(base, acteur, a_completer=False)
    lien_id, chez_l_autre = lier(base, acteur, ids.cfa), peupler(base, autre)
    lectures = [(lire_cfa, ids.cfa), (lire_formation, ids.formation), (lire_composante, ids.composante)]
    for lecture, identifiant in [*lectures, (lire_convention, lien_id), (lire_cfa, 2**70), (lire_formation, 2**70)]:
        with base.lecture() as session, pytest.raises(Introuvable):
            lecture(session, autre, identifiant)
    convention = FormulaireConvention.model_validate(CONVENTION)
    rangement = FormulaireFormation.model_validate({**FORMATION, "composante_id": str(ids.composante)})
    for geste in (
        *(lambda s, g=g: g(s, autre) for g in _gestes(ids).values()),
        lambda s: modifier_convention(s, autre, lien_id, convention),
        lambda s: modifier_formation(s, autre, chez_l_autre.formation, rangement),
    ):
        with pytest.raises(Introuvable):
            ecrire(base, geste)
    assert [acte for acte, *_ in journal(base)] == ["convention ajoutée"]


@pytest.mark.parametrize(
    ("modele", "saisies", "champ", "raison"),
    [
        (FormulaireCfa, {}, "nom", "Donnez un nom"),
        (FormulaireCfa, {"nom": "CFA"}, "interne", "interne à l'établissement ou partenaire"),
        (FormulaireCfa, {**CFA, "siret": "123"}, "siret", "14 chiffres"),
        (FormulaireCfa, {**CFA, "nom": "x" * 201}, "nom", "200 au plus"),
        (FormulaireCfa, {**CFA, "nom": ["a", "b"]}, "nom", "Donnez un nom"),
        (FormulaireEtablissement, {"nom": "U", "uai": "0123456A"}, "uai", "on attend « 0123456S »"),
        (FormulaireEtablissement, {"nom": "U", "ville": "x" * 121}, "ville", "120 au plus"),
        (FormulaireComposante, {"nom": " \x00 "}, "nom", "Donnez un nom"),
        (FormulaireConvention, {**CONVENTION, "nature": "accord"}, "nature", "Choisissez"),
        (FormulaireConvention, {"nature": "convention"}, "date_debut", "Donnez la date de début"),
        (FormulaireConvention, {**CONVENTION, "date_debut": "hier"}, "date_debut", "JJ/MM/AAAA"),
        (FormulaireConvention, {**CONVENTION, "date_debut": "0205-09-01"}, "date_debut", "JJ/MM/AAAA"),
        (FormulaireConvention, {**CONVENTION, "date_fin": "2025-08-31"}, "date_fin", "précède le début"),
        (FormulaireConvention, {**CONVENTION, "reference_document": "x" * 201}, "reference_document", "200 au plus"),
        (FormulaireFormation, {**FORMATION, "libelle": ""}, "libelle", "libellé"),
        (FormulaireFormation, {**FORMATION, "code": "été 2025"}, "code", "sans accent"),
        (FormulaireFormation, {**FORMATION, "code": "-a"}, "code", "sans accent"),
        (FormulaireFormation, {**FORMATION, "code": "x" * 81}, "code", "80 au plus"),
        (FormulaireFormation, {**FORMATION, "niveau": "2"}, "niveau", "de 3 à 8"),
        (FormulaireFormation, {**FORMATION, "composante_id": "9" * 30}, "composante_id", "Choisissez"),
    ],
)
def test_une_saisie_a_reprendre_dit_le_champ_et_le_remede(
    modele: type[Any], saisies: dict[str, Any], champ: str, raison: str
) -> None:
    formulaire, erreurs = lire_formulaire(modele, saisies)
    assert formulaire is None
    assert [e.champ for e in erreurs if raison in e.message] == [champ]


def test_une_fin_le_jour_du_debut_est_admise() -> None:
    formulaire = FormulaireConvention.model_validate({**CONVENTION, "date_fin": "2025-09-01"})
    assert formulaire.date_fin == formulaire.date_debut
