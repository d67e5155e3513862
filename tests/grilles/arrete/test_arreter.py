"""Arrêter une grille : rien ne la change plus, ni par l'outil ni par la base, et elle se relit telle qu'elle était."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel, col

from appli.base import BaseSQL
from charte.acteur import Acteur, DroitManquant, Mandat, Partie, Portee, Role
from charte.chargement import charger_edition
from charte.commun.base import lignes, maintenant
from charte.commun.canonique import calculer_empreinte
from charte.commun.web import Introuvable
from charte.modeles import Composante, Formation
from grilles.arrete.contenu import ecrire_contenu, lire_contenu
from grilles.arrete.lecture import lister_les_arretes
from grilles.arrete.modeles import Instantane
from grilles.arrete.services import (
    ArreteRefuse,
    CommandeArrete,
    arreter_grille,
    lister_les_reouvertures,
    rouvrir_grille,
)
from grilles.jalons.modeles import Jalon
from grilles.modeles import Campagne, Grille, Preuve, PreuveCitee, Reponse
from grilles.niveaux import SOCLE, jalon
from grilles.services import (
    CommandePreuve,
    CommandeReponse,
    GrilleFigee,
    ajouter_preuve,
    annee_courante,
    enregistrer_reponse,
    lire_grille,
    niveaux,
)
from rapports.services import assembler_dossier
from tests.conftest import creer_compte
from tests.grilles.conftest import creer_collegue, creer_formation

EDITION = charger_edition("2023-10")
ENGAGEMENTS = [puce.id for puce in EDITION.poste(1).engagements]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def ou(request: pytest.FixtureRequest) -> tuple[BaseSQL, Acteur, int]:
    base: BaseSQL = request.getfixturevalue("base" if request.param == "sqlite" else "base_postgresql")
    acteur = creer_compte(base, "Université des Essais", Role.REFERENT_QUALITE, "referent@essais.invalid")
    return base, acteur, creer_formation(base, acteur)


def au_socle(base: BaseSQL, acteur: Acteur, formation_id: int) -> None:
    """Le poste 1 au socle, chaque engagement prouvé, le CFA ayant dit autre chose sur le premier."""
    with base.ecriture() as session:
        for element in ENGAGEMENTS:
            enregistrer_reponse(session, acteur, CommandeReponse(formation_id, element, "tenu", "", "Vu."))
            lien = CommandePreuve(formation_id, element, "Livret", "https://a.invalid/livret", date(2026, 1, 5))
            ajouter_preuve(session, acteur, lien)


def arreter(base: BaseSQL, acteur: Acteur, formation_id: int, instance: str = "Conseil du 12 mars") -> Any:
    with base.ecriture() as session:
        return arreter_grille(session, acteur, CommandeArrete(formation_id, instance=instance))


def lue(base: BaseSQL, acteur: Acteur, formation_id: int) -> Any:
    with base.lecture() as session:
        return lire_grille(session, acteur, formation_id)


def executer(base: BaseSQL, requete: Any) -> None:
    with base.ecriture() as session:
        super(Session, session).execute(requete)


def test_une_grille_arretee_se_relit_telle_qu_elle_etait(ou) -> None:
    base, acteur, formation_id = ou
    au_socle(base, acteur, formation_id)
    avant = lue(base, acteur, formation_id)
    scelle = arreter(base, acteur, formation_id)
    executer(base, update(Preuve).values(titre="Autre titre", date_fin=date(2026, 1, 6)))
    with base.ecriture() as session:
        session.add(Jalon(
            etablissement_id=acteur.etablissement_id, formation_id=formation_id, poste=1, rang=1, intitule="Plus tard",
            etat="convenu", convenu_le=date(2026, 11, 2), modifie_par="x", modifie_le=maintenant(),
        ))  # fmt: skip
    apres = lue(base, acteur, formation_id)
    assert (apres.figee, apres.scelle) == (True, scelle)
    assert apres.postes == avant.postes
    assert apres.poste(1).bilan.niveau == SOCLE
    with base.lecture() as session:
        listes = niveaux(session, acteur, [formation_id])[formation_id]
    assert listes.arretee
    assert listes.niveaux == {poste.numero: poste.bilan.niveau for poste in avant.postes}
    assert (listes.avancement, listes.tenus_sans_preuve) == (avant.avancement, avant.tenus_sans_preuve)


def test_le_nom_de_la_campagne_est_celui_du_jour_de_l_arrete(ou) -> None:
    base, acteur, formation_id = ou
    au_socle(base, acteur, formation_id)
    arreter(base, acteur, formation_id)
    nom = lue(base, acteur, formation_id).campagne
    executer(base, update(Campagne).values(libelle="Un autre nom"))
    assert lue(base, acteur, formation_id).campagne == nom != "Un autre nom"
    with base.lecture() as session:
        assert assembler_dossier(session, acteur, formation_id).campagne == nom


def test_l_empreinte_est_celle_du_contenu_et_le_contenu_se_relit(ou) -> None:
    base, acteur, formation_id = ou
    au_socle(base, acteur, formation_id)
    scelle = arreter(base, acteur, formation_id)
    with base.lecture() as session:
        [(texte, empreinte)] = lignes(session, select(col(Instantane.contenu), col(Instantane.empreinte)))
    assert calculer_empreinte(texte) == empreinte == scelle.empreinte
    contenu = lire_contenu(texte)
    assert ecrire_contenu(contenu) == texte
    assert (contenu.empreinte_edition, contenu.instance) == (EDITION.empreinte, "Conseil du 12 mars")
    assert set(contenu.materiaux.preuves) == set(ENGAGEMENTS)
    assert json.loads(texte)["materiaux"]["reponses"]["concertee"]["1.S1.1"]["commentaire"] == "Vu."


def test_aucun_service_n_ecrit_plus(ou) -> None:
    base, acteur, formation_id = ou
    au_socle(base, acteur, formation_id)
    arreter(base, acteur, formation_id)
    with base.ecriture() as session:
        for partie in (Partie.CONCERTEE, Partie.ETABLISSEMENT):
            commande = CommandeReponse(formation_id, "1.S1.1", "non_tenu", version=1, partie=partie)
            with pytest.raises(GrilleFigee, match="arrêtée"):
                enregistrer_reponse(session, acteur, commande)
        with pytest.raises(GrilleFigee):
            ajouter_preuve(session, acteur, CommandePreuve(formation_id, "1.S1.1", "B", "https://b.invalid/"))
        with pytest.raises(ArreteRefuse, match="déjà"):
            arreter_grille(session, acteur, CommandeArrete(formation_id))


@pytest.mark.parametrize(
    "ordre",
    [
        update(Reponse).values(etat="non_tenu"),
        delete(Reponse),
        update(PreuveCitee).values(element="1.S1.2"),
        delete(PreuveCitee),
        update(Grille).values(etat="ouverte"),
        update(Grille).values(version=7),
        delete(Grille),
        update(Instantane).values(empreinte="0" * 64),
        delete(Instantane),
    ],
    ids=str,
)
def test_la_base_refuse_de_changer_une_grille_arretee(ou, ordre) -> None:
    base, acteur, formation_id = ou
    au_socle(base, acteur, formation_id)
    arreter(base, acteur, formation_id)
    with pytest.raises(DBAPIError, match=r"arrêtée|ne se modifie"):
        executer(base, ordre)


def _rangees(acteur: Acteur, grille: int) -> list[SQLModel]:
    qui = acteur.etablissement_id
    return [
        Reponse(etablissement_id=qui, grille_id=grille, element="1.S1.1", partie="cfa", etat="tenu", modifie_par="x",
                modifie_le=maintenant()),
        PreuveCitee(etablissement_id=qui, grille_id=grille, element="4.S1.1", preuve_id=1),
    ]  # fmt: skip


@pytest.mark.parametrize("rang", [0, 1])
def test_la_base_refuse_d_ajouter_a_une_grille_arretee(ou, rang: int) -> None:
    base, acteur, formation_id = ou
    au_socle(base, acteur, formation_id)
    arreter(base, acteur, formation_id)
    grille = lue(base, acteur, formation_id).grille_id
    with pytest.raises(DBAPIError, match="arrêtée"), base.ecriture() as session:
        session.add(_rangees(acteur, grille)[rang])


def test_rouvrir_fait_une_version_et_garde_l_ancienne(ou) -> None:
    base, acteur, formation_id = ou
    au_socle(base, acteur, formation_id)
    premier = arreter(base, acteur, formation_id)
    executer(base, update(Campagne).values(etat="arretee"))
    with base.ecriture() as session:
        with pytest.raises(ArreteRefuse, match="pourquoi"):
            rouvrir_grille(session, acteur, formation_id, "  ")
        assert rouvrir_grille(session, acteur, formation_id, "Une preuve retrouvée.") == 2
    with base.ecriture() as session:
        enregistrer_reponse(session, acteur, CommandeReponse(formation_id, "1.S1.1", "non_tenu", version=1))
    second = arreter(base, acteur, formation_id, "Conseil de juin")
    grille = lue(base, acteur, formation_id)
    assert (grille.scelle, grille.etat_campagne) == (second, "en_concertation")
    with base.lecture() as session:
        assert lister_les_arretes(session, acteur, grille.grille_id) == [second, premier]
        [reouverture] = lister_les_reouvertures(session, acteur, grille.grille_id)
    assert (reouverture.version, reouverture.motif) == (2, "Une preuve retrouvée.")
    assert premier.empreinte != second.empreinte


def test_qui_ne_conduit_pas_la_campagne_ne_la_rouvre_pas_par_une_grille(ou) -> None:
    base, acteur, formation_id = ou
    with base.ecriture() as session:
        ufr = Composante(etablissement_id=acteur.etablissement_id, nom="UFR des Essais")
        session.add(ufr)
        session.flush()
        session.get_one(Formation, formation_id).composante_id = ufr.id
        ufr_id = ufr.id
    du_doyen = creer_collegue(base, acteur, Role.REFERENT_QUALITE, "Doyenne", (
        Mandat(Role.REFERENT_QUALITE, Portee.COMPOSANTE, ufr_id),))  # fmt: skip
    au_socle(base, acteur, formation_id)
    arreter(base, du_doyen, formation_id)
    executer(base, update(Campagne).values(etat="arretee"))
    with base.ecriture() as session, pytest.raises(ArreteRefuse, match="qui la conduit"):
        rouvrir_grille(session, du_doyen, formation_id, "Une preuve retrouvée.")
    assert lue(base, acteur, formation_id).etat_campagne == "arretee"


def test_un_jalon_atteint_depuis_ne_releve_pas_l_an_passe(ou) -> None:
    base, acteur, formation_id = ou
    passe = annee_courante() - 1
    with base.ecriture() as session:
        for element in ENGAGEMENTS:
            enregistrer_reponse(session, acteur, CommandeReponse(formation_id, element, "tenu", annee=passe))
            lien = CommandePreuve(formation_id, element, "Livret", "https://a.invalid/livret", annee=passe)
            ajouter_preuve(session, acteur, lien)
        session.add(Jalon(
            etablissement_id=acteur.etablissement_id, formation_id=formation_id, poste=1, rang=1, intitule="Réunir",
            etat="atteint", convenu_le=date(passe, 10, 2), atteint_le=date(passe + 1, 9, 3), modifie_par="x",
            modifie_le=maintenant(),
        ))  # fmt: skip
    with base.lecture() as session:
        grille = lire_grille(session, acteur, formation_id, passe)
        assert niveaux(session, acteur, [formation_id], passe)[formation_id].niveaux[1] == SOCLE
    assert grille.poste(1).bilan.niveau == SOCLE
    assert "jalon 1" in grille.poste(1).bilan.titre


def test_le_jalon_atteint_reste_dans_l_instantane(ou) -> None:
    base, acteur, formation_id = ou
    au_socle(base, acteur, formation_id)
    atteint = Jalon(
        etablissement_id=acteur.etablissement_id, formation_id=formation_id, poste=1, rang=1, intitule="Réunir",
        etat="atteint", convenu_le=date(2026, 1, 2), atteint_le=date(2026, 3, 3), modifie_par="x",
        modifie_le=maintenant(),
    )  # fmt: skip
    with base.ecriture() as session:
        session.add(atteint)
    arreter(base, acteur, formation_id)
    executer(base, update(Jalon).values(etat="abandonne", motif="Plus utile."))
    assert lue(base, acteur, formation_id).poste(1).bilan.niveau == jalon(1)


def test_qui_ne_tient_pas_le_geste_ne_fige_rien(ou) -> None:
    base, acteur, formation_id = ou
    au_socle(base, acteur, formation_id)
    du_cfa = creer_collegue(base, acteur, Role.REFERENT_QUALITE, "Du CFA", (
        Mandat(Role.REFERENT_QUALITE, Portee.CFA, 1, Partie.CFA),))  # fmt: skip
    responsable = creer_collegue(base, acteur, Role.RESPONSABLE_FORMATION, "Responsable")
    ailleurs = creer_compte(base, "Autre université", Role.REFERENT_QUALITE, "autre@essais.invalid")
    for qui, refus in ((du_cfa, DroitManquant), (responsable, DroitManquant), (ailleurs, Introuvable)):
        with pytest.raises(refus):
            arreter(base, qui, formation_id)
    assert not lue(base, acteur, formation_id).figee


def test_une_reponse_ecrite_pendant_l_arrete_est_dedans_ou_refusee(ou) -> None:
    base, acteur, formation_id = ou
    au_socle(base, acteur, formation_id)
    depart = Barrier(9)

    def ecrire(rang: int) -> str | None:
        depart.wait()
        commande = CommandeReponse(formation_id, f"3.S1.{rang + 1}", "en_partie", "", f"Note {rang}")
        try:
            with base.ecriture() as session:
                enregistrer_reponse(session, acteur, commande)
        except GrilleFigee:
            return None
        return commande.element

    def figer() -> None:
        depart.wait()
        arreter(base, acteur, formation_id)

    with ThreadPoolExecutor(9) as fils:
        ecritures = [fils.submit(ecrire, rang) for rang in range(8)]
        fils.submit(figer).result()
        acceptees = {ecriture.result() for ecriture in ecritures} - {None}
    with base.lecture() as session:
        [(texte,)] = lignes(session, select(col(Instantane.contenu)))
    scellees = set(lire_contenu(texte).materiaux.reponses["concertee"])
    assert acceptees <= scellees


def test_arreter_demande_une_grille_et_une_campagne_ouverte(ou) -> None:
    base, acteur, formation_id = ou
    with pytest.raises(Introuvable):
        arreter(base, acteur, formation_id)
    au_socle(base, acteur, formation_id)
    executer(base, update(Campagne).values(etat="preparation"))
    with pytest.raises(ArreteRefuse, match="préparation"):
        arreter(base, acteur, formation_id)
    assert lue(base, acteur, formation_id).scelle is None
