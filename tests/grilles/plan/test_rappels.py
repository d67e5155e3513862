"""Les rappels d'une action : à qui la porte, aux bons jours, une fois, dans des mots simples."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from appli.relances import faire_la_tournee
from charte.acteur import Acteur, Mandat, Origine, Portee, Role
from charte.commun.rappels import Rappel, Tournee
from charte.commun.reglages import Reglages
from charte.commun.serveur_de_courrier import ServeurDeCourrier
from grilles.plan.lettres import rappeler
from grilles.plan.services.rappels import rappels_d_actions
from tests.grilles.conftest import creer_collegue, creer_formation
from tests.grilles.plan.conftest import Lieu

ECHEANCE = date(2027, 3, 31)
SITE = "https://trajectoire.exemple.invalid"


def dus(lieu: Lieu, jour: date) -> list[Rappel]:
    robot = Acteur(lieu.acteur.etablissement_id, "rappels du matin", Role.ADMINISTRATEUR, origine=Origine.TRAVAIL)
    with lieu.base.lecture() as session:
        plumes = lieu.annuaire.plumes(session, lieu.acteur.etablissement_id)
        return list(rappels_d_actions(session, robot, Tournee(jour, SITE, plumes)))


def motifs(rappels: Sequence[Rappel]) -> list[tuple[int, str]]:
    return [(rappel.compte_id, rappel.motif) for rappel in rappels]


def test_le_porteur_est_rappele_aux_bons_jours(lieu: Lieu) -> None:
    action_id = lieu.ouvrir(porteur_id=str(lieu.acteur.compte_id))
    lieu.ouvrir()
    moi = lieu.acteur.compte_id
    assert motifs(dus(lieu, ECHEANCE - timedelta(days=8))) == []
    assert motifs(dus(lieu, ECHEANCE - timedelta(days=7))) == [(moi, "avant:2027-03-31")]
    assert motifs(dus(lieu, ECHEANCE)) == [(moi, "jour:2027-03-31")]
    [rappel] = dus(lieu, ECHEANCE + timedelta(days=8))
    assert (rappel.genre, rappel.objet_id, rappel.motif) == ("action", action_id, "retard-2:2027-03-31")
    assert f"{SITE}/actions/{action_id}" in rappel.paragraphes[1]


def test_qui_ne_lit_plus_le_diplome_n_est_pas_rappele(lieu: Lieu) -> None:
    assert lieu.formation is not None
    mandat = Mandat(Role.LECTEUR, Portee.FORMATION, lieu.formation)
    lecteur = creer_collegue(lieu.base, lieu.acteur, Role.LECTEUR, "Lecteur", (mandat,))
    lieu.ouvrir(porteur_id=str(lecteur.compte_id))
    assert motifs(dus(lieu, ECHEANCE)) == [(lecteur.compte_id, "jour:2027-03-31")]
    ailleurs = creer_formation(lieu.base, lieu.acteur, "RNCP99002-0442953W")
    parti = creer_collegue(
        lieu.base, lieu.acteur, Role.LECTEUR, "Parti", (Mandat(Role.LECTEUR, Portee.FORMATION, ailleurs),)
    )
    with lieu.base.lecture() as session:
        plumes = lieu.annuaire.plumes(session, lieu.acteur.etablissement_id)
        d_ailleurs = next(plume for plume in plumes if plume.compte_id == parti.compte_id)
        rappel = list(rappels_d_actions(session, lieu.acteur, Tournee(ECHEANCE, SITE, ())))
        comme_parti = [
            plume
            if plume.compte_id != lecteur.compte_id
            else type(plume)(plume.compte_id, plume.nom, d_ailleurs.acteur)
            for plume in plumes
        ]
        assert list(rappels_d_actions(session, lieu.acteur, Tournee(ECHEANCE, SITE, tuple(comme_parti)))) == []
    assert rappel == []


def test_la_tournee_du_matin_n_envoie_pas_deux_fois(lieu: Lieu, reglages: Reglages) -> None:
    serveur = ServeurDeCourrier("127.0.0.1", 9, "qualite@essais.invalid")
    regles = replace(reglages, courrier=serveur, adresse_publique=SITE)
    lieu.ouvrir(porteur_id=str(lieu.acteur.compte_id))
    jours = (-8, -7, -1, 0, 0, 1, 2, 8)
    envoyes = [faire_la_tournee(lieu.base, regles, ECHEANCE + timedelta(days=ecart)) for ecart in jours]
    assert envoyes == [0, 1, 0, 1, 0, 1, 0, 1]


@pytest.mark.parametrize(
    ("jour", "sujet", "dit"),
    [
        (date(2027, 3, 24), "Échéance proche", "le 31 mars 2027, dans 7 jours"),
        (date(2027, 3, 31), "Échéance aujourd’hui", "est aujourd’hui"),
        (date(2027, 4, 1), "Échéance passée", "était le 31 mars 2027, il y a 1 jour."),
        (date(2027, 4, 10), "Échéance passée", "il y a 10 jours"),
    ],
)
def test_la_lettre_dit_ou_en_est_l_echeance_sans_reproche(jour: date, sujet: str, dit: str) -> None:
    lettre = rappeler("Rencontrer chacun", "BUT Exemple", ECHEANCE, jour, f"{SITE}/actions/4")
    texte = " ".join(lettre.paragraphes).replace("\u00a0", " ")
    assert lettre.sujet == f"{sujet} : Rencontrer chacun"
    assert dit in texte
    assert texte.endswith(f"{SITE}/actions/4")
    assert "retard" not in texte


def test_un_sujet_trop_long_se_coupe() -> None:
    sujet = rappeler("x" * 300, "BUT", ECHEANCE, ECHEANCE, SITE).sujet
    assert sujet.endswith("…")
    assert len(sujet) < 110
