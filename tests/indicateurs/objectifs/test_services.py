"""Convenir, réviser, retirer : le passé reste, personne n'écrase personne, chacun chez soi, chacun ses droits."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlmodel import col

from appli.base import BaseSQL
from charte.acteur import Acteur, DroitManquant, Mandat, Partie, Portee, Role
from charte.commun.base import lignes
from charte.commun.journal import EntreeJournal
from charte.commun.web import Introuvable
from indicateurs.objectifs.services import objectifs_du_perimetre
from indicateurs.objectifs.services.lecture import Lieu, Lieux, lire_l_histoire, lire_les_objectifs, lire_un_objectif
from indicateurs.objectifs.services.saisie import (
    ConflitDObjectif,
    SaisieRefusee,
    exiger_d_ecrire,
    lieux_ecrits,
    retirer,
    reviser,
)
from indicateurs.services.lectures import jour_d_observation
from indicateurs.services.mesures import mesurer
from tests.conftest import creer_compte
from tests.indicateurs.objectifs.fabrique import CLE, CONTENU, VISEE, convenir_d_un, peupler

PLUS_BAS = replace(CONTENU, vise=replace(CONTENU.vise, cible=0.05), motif="La cible est presque atteinte.")


@pytest.mark.parametrize("moteur", ["base", pytest.param("base_postgresql", marks=pytest.mark.postgresql)])
def test_une_revision_remplace_et_garde_le_passe(moteur: str, request: pytest.FixtureRequest) -> None:
    base: BaseSQL = request.getfixturevalue(moteur)
    acteur = creer_compte(base, "Université des Essais", Role.REFERENT_QUALITE, "referent@essais.invalid")
    premier = convenir_d_un(base, acteur)
    with base.ecriture() as session:
        second = reviser(session, acteur, premier, VISEE, PLUS_BAS, version=1)
    with pytest.raises(ConflitDObjectif) as conflit, base.ecriture() as session:
        reviser(session, acteur, premier, VISEE, replace(CONTENU, motif="Texte de l'autre."), version=1)
    assert conflit.value.autre.id == second
    with pytest.raises(ConflitDObjectif) as deja:
        convenir_d_un(base, acteur)
    assert deja.value.autre.id == second
    with base.lecture() as session:
        histoire = lire_l_histoire(session, acteur, Lieu(), CLE)
        en_vigueur = lire_les_objectifs(session, acteur, [Lieu()])
        traces = lignes(
            session, select(col(EntreeJournal.acte), col(EntreeJournal.apres)).order_by(col(EntreeJournal.id))
        )
    assert [(o.id, o.vivant, o.contenu) for o in histoire] == [(second, True, PLUS_BAS), (premier, False, CONTENU)]
    assert [o.id for o in en_vigueur] == [second]
    assert [acte for acte, _ in traces] == ["objectif convenu", "objectif révisé"]
    assert "presque atteinte" not in str(traces)
    assert "conseil" not in str(traces)


def test_un_retrait_demande_un_motif_et_laisse_refaire(base: BaseSQL, acteur: Acteur) -> None:
    objectif = convenir_d_un(base, acteur)
    with pytest.raises(SaisieRefusee, match="pourquoi"), base.ecriture() as session:
        retirer(session, acteur, objectif, " ", version=1)
    with base.ecriture() as session:
        retirer(session, acteur, objectif, "Le diplôme ferme.", version=1)
    with pytest.raises(ConflitDObjectif) as conflit, base.ecriture() as session:
        reviser(session, acteur, objectif, VISEE, PLUS_BAS, version=1)
    assert not conflit.value.autre.vivant
    refait = convenir_d_un(base, acteur)
    with base.lecture() as session:
        assert lire_un_objectif(session, acteur, objectif).contenu.motif == "Le diplôme ferme."
        assert [o.id for o in lire_les_objectifs(session, acteur, [Lieu()])] == [refait]


def test_un_etablissement_ne_lit_ni_ne_change_celui_d_un_autre(
    base: BaseSQL, acteur: Acteur, autre_acteur: Acteur
) -> None:
    ailleurs = convenir_d_un(base, autre_acteur)
    with base.lecture() as session:
        assert lire_les_objectifs(session, acteur, [Lieu()]) == ()
        with pytest.raises(Introuvable):
            lire_un_objectif(session, acteur, ailleurs)
    for ecrire in (
        lambda s: reviser(s, acteur, ailleurs, VISEE, PLUS_BAS, version=1),
        lambda s: retirer(s, acteur, ailleurs, "Motif.", version=1),
    ):
        with pytest.raises(Introuvable), base.ecriture() as session:
            ecrire(session)
    with base.lecture() as session:
        assert lire_un_objectif(session, autre_acteur, ailleurs).vivant


@pytest.mark.parametrize(
    ("mandat", "formation", "cfa", "tout"),
    [
        (Mandat(Role.REFERENT_QUALITE), True, True, True),
        (Mandat(Role.RESPONSABLE_FORMATION), True, True, False),
        (Mandat(Role.LECTEUR), False, False, False),
        ((Role.REFERENT_QUALITE, Portee.CFA, Partie.CFA), True, True, False),
        ((Role.RESPONSABLE_FORMATION, Portee.FORMATION, Partie.ETABLISSEMENT), True, False, False),
    ],
    ids=["référent", "responsable de tout", "lecteur", "référent du CFA", "responsable du diplôme"],
)
def test_qui_fixe_un_objectif_et_ou(
    base: BaseSQL, acteur: Acteur, mandat: Mandat | tuple[Role, Portee, Partie], formation: bool, cfa: bool, tout: bool
) -> None:
    du_diplome, du_cfa = peupler(base, acteur)
    if isinstance(mandat, tuple):
        role, portee, partie = mandat
        mandat = Mandat(role, portee, du_cfa if portee is Portee.CFA else du_diplome, partie)
    qui = replace(acteur, role=mandat.role, mandats=(mandat,))
    lieux = {Lieu(formation_id=du_diplome): formation, Lieu(cfa_id=du_cfa): cfa, Lieu(): tout}
    with base.lecture() as session:
        assert lieux_ecrits(session, qui, lieux) == {lieu for lieu, permis in lieux.items() if permis}
        for lieu, permis in lieux.items():
            if permis:
                exiger_d_ecrire(session, qui, lieu)
            else:
                with pytest.raises((DroitManquant, Introuvable)):
                    exiger_d_ecrire(session, qui, lieu)


def test_les_objectifs_d_un_perimetre_pour_les_cartes_et_les_graphiques(base: BaseSQL, acteur: Acteur) -> None:
    formation, cfa = peupler(base, acteur)
    convenir_d_un(base, acteur, Lieu(formation_id=formation))
    with base.lecture() as session:
        tableau = mesurer(session, acteur, jour_d_observation(session, acteur))
        lieux = Lieux.lire(session, acteur, tableau)
        assert set(lieux.perimetres) == {Lieu(), Lieu(cfa_id=cfa), Lieu(formation_id=formation)}
        perimetre = tableau.formation(formation)
        total = tableau.perimetre("total")
        assert perimetre is not None
        assert total is not None
        vus = objectifs_du_perimetre(session, acteur, tableau, perimetre)
        assert objectifs_du_perimetre(session, acteur, tableau, total) == {}
    vu = vus[CLE]
    assert vu.visees == {2024: 0.12, 2025: 0.1, 2028: 0.08}
    assert [(p.genre, p.annee, p.atteint) for p in vu.points] == [
        ("jalon", 2024, False),
        ("jalon", 2025, None),
        ("cible", 2028, False),
    ]
    assert (vu.cible, vu.reference) == ("8\u202f%", "20\u202f% en 2022-2023")
    assert vu.situation.jalon == "Il manque 2\u00a0contrats tenus pour atteindre le jalon 2024 (12\u202f%)."


def test_une_reference_devenue_masquee_ne_se_montre_plus(base: BaseSQL, acteur: Acteur) -> None:
    formation, _ = peupler(base, acteur)
    sur_la_masquee = replace(CONTENU, vise=replace(CONTENU.vise, reference=1 / 3, reference_periode="2021-2022"))
    convenir_d_un(base, acteur, Lieu(formation_id=formation), sur_la_masquee)
    with base.lecture() as session:
        tableau = mesurer(session, acteur, jour_d_observation(session, acteur))
        perimetre = tableau.formation(formation)
        assert perimetre is not None
        vu = objectifs_du_perimetre(session, acteur, tableau, perimetre)[CLE]
    assert vu.reference == "non montrée (petit effectif) en 2021-2022"
