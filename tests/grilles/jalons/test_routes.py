"""Les pages des jalons : trajectoire, proposition reprise, conflit à deux textes, décisions, preuves, révision."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from appli.base import BaseSQL
from charte.acteur import Acteur, Mandat, Partie, Portee, Role
from charte.propositions import charger_propositions
from grilles.jalons.regles import Acte, Etat
from grilles.jalons.services.lecture import aujourd_hui
from grilles.services import annee_courante
from tests.grilles.conftest import creer_collegue
from tests.grilles.jalons.peuplement import CONSEIL, CONTENU, HIER, convenir, lus, noter, proposer_un
from tests.rapports.peuplement import ranger_apprentis
from tests.reserve import Client

SAISIE = {"intitule": "Réunir le comité deux fois par an.", "porteur": "responsable de la formation"}


@pytest.fixture
def jalons(formation_id: int) -> str:
    """L'onglet des jalons."""
    return f"/diplomes/{formation_id}/jalons"


@pytest.fixture
def convenu(base: BaseSQL, acteur: Acteur, formation_id: int) -> int:
    """Un jalon convenu, en version 2."""
    return convenir(base, acteur, formation_id, proposer_un(base, acteur, formation_id)).id


def lu(reponse: Any) -> str:
    """Le texte de la page, espaces réduites."""
    return " ".join(re.sub(r"<[^>]+>", " ", reponse.text).split())


def test_la_page_montre_la_trajectoire_et_ce_qui_presse(
    base: BaseSQL, acteur: Acteur, client: Client, formation_id: int, jalons: str
) -> None:
    retard = aujourd_hui() - timedelta(days=16)
    echu = proposer_un(base, acteur, formation_id, intitule="Échu.", echeance=retard)
    convenir(base, acteur, formation_id, echu)
    proposer_un(base, acteur, formation_id, intitule="À discuter.")
    abandonne = proposer_un(base, acteur, formation_id, intitule="Écarté.")
    noter(base, acteur, formation_id, abandonne, Acte.ABANDONNER, motif="Déjà couvert.")
    page = lu(client.get(jalons))
    assert "Jalon 1 en retard Échu." in page
    assert "dépassée de 16 jours" in page
    assert "Jalon proposé proposé À discuter." in page
    assert "1 jalon abandonné" in page
    assert "Socle à venir" in page
    assert "1 jalon à revoir" in page
    assert 'aria-current="page">Jalons</a>' in client.get(jalons).text


def test_une_proposition_de_l_outil_se_reprend_et_garde_sa_cle(
    base: BaseSQL, acteur: Acteur, client: Client, formation_id: int, jalons: str
) -> None:
    proposition = charger_propositions()[0]
    bibliotheque = client.get(f"{jalons}/propositions", params={"poste": str(proposition.poste)})
    assert "proposition de l’outil" in bibliotheque.text
    assert f"proposition={proposition.cle}" in bibliotheque.text
    autres = [p for p in charger_propositions() if p.poste != proposition.poste]
    assert f"proposition={autres[0].cle}" not in bibliotheque.text
    formulaire = client.get(f"{jalons}/nouveau", params={"proposition": proposition.cle}).text
    assert "proposition de l’outil" in formulaire
    reponse = client.post(jalons, data={**SAISIE, "poste": str(proposition.poste), "origine": proposition.cle})
    assert reponse.status_code == 303
    [jalon] = lus(base, acteur, formation_id)
    assert (jalon.origine, jalon.poste, jalon.etat) == (proposition.cle, proposition.poste, Etat.PROPOSE)
    assert "déjà reprise" in client.get(f"{jalons}/propositions").text
    assert client.get(f"{jalons}/nouveau?proposition=inconnue").status_code == 404
    assert client.post(jalons, data={**SAISIE, "poste": "9"}).status_code == 404


def test_une_saisie_refusee_revient_entiere(
    base: BaseSQL, acteur: Acteur, client: Client, formation_id: int, jalons: str
) -> None:
    saisie = {
        "poste": "1", "intitule": "", "moyens": "Une journée.", "indicateur": "abandon", "valeur_visee": "120",
        "sens": "", "element": "2.C1.1", "echeance": "demain",
    }  # fmt: skip
    reponse = client.post(jalons, data=saisie)
    assert reponse.status_code == 422
    assert "Dites en une phrase ce qui sera fait" in reponse.text
    assert "« demain » n’est pas une date" in lu(reponse)
    assert "Une journée." in reponse.text
    reponse = client.post(jalons, data={**saisie, "intitule": "Dit.", "echeance": ""})
    assert reponse.status_code == 422
    for message in ("de ce poste", "au moins, ou au plus", "Un taux va de 0 à 100"):
        assert message in lu(reponse), message
    assert lus(base, acteur, formation_id) == ()


def test_la_valeur_visee_se_tape_en_pour_cent_et_l_ecart_se_lit(
    base: BaseSQL, acteur: Acteur, client: Client, formation_id: int, jalons: str
) -> None:
    with base.ecriture() as session:
        ranger_apprentis(session, acteur, formation_id, annee=2023, nombre=40, rompus=6)
    visee = {"indicateur": "rupture_brute_9_mois", "sens": "au_plus", "valeur_visee": "12,5 %"}
    adresse = client.post(jalons, data={**SAISIE, **visee, "poste": "1"}).headers["location"]
    [jalon] = lus(base, acteur, formation_id)
    assert jalon.contenu.valeur_visee == 0.125
    page = lu(client.get(adresse.partition("?")[0]))
    assert "visé au plus 12,5\u202f%" in page or "visé au plus 12,5 %" in page
    assert "(n = 40)" in page
    assert "2,5 points au-dessus de la valeur visée" in page
    assert 'value="12,5"' in client.get(f"{jalons}/{jalon.id}/modifier").text


def test_deux_personnes_changent_le_meme_jalon_la_seconde_voit_les_deux_textes(
    base: BaseSQL, acteur: Acteur, client: Client, formation_id: int, jalons: str
) -> None:
    jalon = proposer_un(base, acteur, formation_id)
    adresse = f"{jalons}/{jalon}/modifier"
    assert client.post(adresse, data={**SAISIE, "version": "1", "moyens": "Un jour."}).status_code == 303
    reponse = client.post(adresse, data={**SAISIE, "version": "1", "moyens": "Deux jours."})
    assert reponse.status_code == 409
    assert "Un jour." in reponse.text
    assert "Deux jours." in reponse.text
    assert 'name="version" value="2"' in reponse.text
    assert client.post(adresse, data={**SAISIE, "version": "2", "moyens": "Deux jours."}).status_code == 303
    assert lus(base, acteur, formation_id)[0].contenu.moyens == "Deux jours."


def test_convenir_prouver_puis_dire_atteint(
    base: BaseSQL, acteur: Acteur, client: Client, formation_id: int, jalons: str
) -> None:
    adresse = f"{jalons}/{proposer_un(base, acteur, formation_id)}"
    le = HIER.isoformat()
    vide = client.post(f"{adresse}/actes/accord", data={"le": le, "version": "1"})
    assert vide.status_code == 422
    assert 'href="#par"' in vide.text
    accord = {"le": le, "par": "l'établissement et le CFA", "instance": CONSEIL, "version": "1"}
    assert client.post(f"{adresse}/actes/accord", data=accord).headers["location"] == f"{adresse}?fait=accord"
    preuve = {"titre": "Compte rendu", "adresse": "https://intranet.exemple.invalid/cr.pdf", "emplacement": "page 2"}
    assert client.post(f"{adresse}/preuves", data={**preuve, "adresse": "ftp://x"}).status_code == 422
    assert client.post(f"{adresse}/preuves", data=preuve).status_code == 303
    conflit = client.post(f"{adresse}/actes/atteinte", data={"le": le, "instance": CONSEIL, "version": "1"})
    assert conflit.status_code == 409
    assert "a changé entre-temps" in conflit.text
    assert (
        client.post(f"{adresse}/actes/atteinte", data={"le": le, "instance": CONSEIL, "version": "2"}).status_code
        == 303
    )
    page = lu(client.get(f"{adresse}?fait=atteinte"))
    assert "Le jalon est atteint." in page
    assert "Compte rendu , page 2" in page
    [jalon] = lus(base, acteur, formation_id)
    retrait = client.post(f"{adresse}/preuves/{jalon.preuves[0].id}/retrait")
    assert retrait.status_code == 422
    assert "la seule preuve de ce jalon atteint" in retrait.text


def test_un_acte_qui_n_a_pas_lieu_d_etre_ramene_au_jalon(client: Client, jalons: str, convenu: int) -> None:
    adresse = f"{jalons}/{convenu}"
    for acte in ("accord", "reouverture", "maintien"):
        assert client.get(f"{adresse}/actes/{acte}").headers["location"] == adresse
    assert client.get(f"{adresse}/actes/inconnu").status_code == 404
    assert client.post(f"{adresse}/actes/maintien", data={"le": HIER.isoformat(), "version": "2"}).status_code == 404


def test_placer_par_les_boutons(base: BaseSQL, acteur: Acteur, client: Client, formation_id: int, jalons: str) -> None:
    premier, second = (proposer_un(base, acteur, formation_id, intitule=f"Palier {n}") for n in (1, 2))
    assert (
        client.post(f"{jalons}/{second}/rang", data={"sens": "monter"}).headers["location"]
        == f"{jalons}#jalon-{second}"
    )
    assert [jalon.id for jalon in lus(base, acteur, formation_id)] == [second, premier]
    assert client.post(f"{jalons}/{second}/rang", data={"sens": "zzz"}).status_code == 303
    assert [jalon.id for jalon in lus(base, acteur, formation_id)] == [second, premier]


def test_qui_ecrit_pour_le_cfa_propose_et_lit_le_reste(
    base: BaseSQL, acteur: Acteur, connecter: Callable[[Acteur], Client], formation_id: int, jalons: str, convenu: int
) -> None:
    mandat = Mandat(Role.RESPONSABLE_FORMATION, Portee.FORMATION, formation_id, Partie.CFA)
    cfa = connecter(creer_collegue(base, acteur, Role.RESPONSABLE_FORMATION, "Pour le CFA", (mandat,)))
    assert "au nom de la position concertée" in cfa.get(jalons).text
    page = cfa.get(f"{jalons}/{convenu}").text
    assert "/actes/" not in page
    assert cfa.post(jalons, data={**SAISIE, "poste": "2"}).status_code == 303
    assert cfa.get(f"{jalons}/{convenu}/modifier").headers["location"] == f"{jalons}/{convenu}"
    avant = lus(base, acteur, formation_id)
    report = {"le": HIER.isoformat(), "motif": "x", "echeance": "2099-01-01", "version": "2"}
    revue = {**report, "acte": "maintien"}
    for adresse, saisie in (
        (f"{jalons}/{convenu}/actes/report", report),
        (f"{jalons}/revision/{annee_courante()}/jalons/{convenu}", revue),
        (f"{jalons}/{convenu}/modifier", {**SAISIE, "echeance": f"{CONTENU.echeance}", "version": "2"}),
    ):
        assert cfa.post(adresse, data=saisie).status_code in (403, 404), adresse
    assert lus(base, acteur, formation_id) == avant


def test_la_revision_se_fait_un_jalon_a_la_fois_puis_se_clot(
    base: BaseSQL, acteur: Acteur, client: Client, formation_id: int, jalons: str, convenu: int
) -> None:
    second = proposer_un(base, acteur, formation_id, intitule="Second.", indicateur="abandon", echeance=HIER)
    convenir(base, acteur, formation_id, second)
    adresse = f"{jalons}/revision/{annee_courante()}"
    page = lu(client.get(adresse))
    assert "0 sur 2 jalons revus" in page
    assert "Jalon 2 : Second." in page
    assert f"?jalon={convenu}" in client.get(adresse).text
    dit = {"le": HIER.isoformat(), "instance": CONSEIL, "version": "2", "acte": "maintien"}
    for saisie, champ in (
        ({**dit, "acte": ""}, "acte"),
        (dit, "pertinent"),
        ({**dit, "pertinent": "oui", "acte": "report"}, "motif"),
    ):
        refus = client.post(f"{adresse}/jalons/{second}", data=saisie)
        assert refus.status_code == 422
        assert f'href="#{champ}"' in refus.text
    assert client.post(f"{adresse}/jalons/{second}", data={**dit, "pertinent": "non"}).status_code == 303
    assert "1 sur 2 jalons revus" in lu(client.get(adresse))
    assert "Révision annuelle commencée : 1 sur 2" in lu(client.get(jalons))
    assert client.post(f"{adresse}/jalons/{second}", data={**dit, "pertinent": "non"}).status_code == 409
    assert client.post(f"{adresse}/jalons/{convenu}", data=dit).status_code == 303
    fin = {"le": HIER.isoformat(), "instance": CONSEIL, "conclusion": "On garde la liste."}
    assert client.post(adresse, data={**fin, "conclusion": ""}).status_code == 422
    assert client.post(adresse, data=fin).status_code == 303
    assert "On garde la liste." in client.get(adresse).text
    assert "Révision annuelle faite le" in client.get(jalons).text
    assert "ne convient plus" in client.get(f"{jalons}/{second}").text
    assert client.get(f"{jalons}/revision/1999").status_code == 404


def test_une_revision_depassee_par_un_autre_se_relit_sans_rien_ecrire(
    base: BaseSQL, acteur: Acteur, client: Client, formation_id: int, jalons: str, convenu: int
) -> None:
    """Le dernier jalon vient d'être revu, ou un jalon de plus convenu : la page attendue n'est plus la même."""
    adresse = f"{jalons}/revision/{annee_courante()}"
    dit = {
        "le": HIER.isoformat(),
        "instance": CONSEIL,
        "version": "2",
        "acte": "maintien",
        "motif": "Motif du premier.",
    }
    assert client.post(f"{adresse}/jalons/{convenu}", data=dit).status_code == 303
    second_clic = client.post(f"{adresse}/jalons/{convenu}", data=dit)
    assert second_clic.status_code == 409
    assert "Chaque jalon a été revu." in lu(second_clic)
    convenir(base, acteur, formation_id, proposer_un(base, acteur, formation_id, intitule="Ajouté."))
    suivant = client.post(f"{adresse}/jalons/{convenu}", data=dit)
    assert suivant.status_code == 409
    assert "Jalon 2 : Ajouté." in lu(suivant)
    assert "Motif du premier." not in re.sub(r"<li>.*?</li>", "", suivant.text)
    fin = {"le": HIER.isoformat(), "instance": CONSEIL, "conclusion": "On garde la liste."}
    close = client.post(adresse, data=fin)
    assert close.status_code == 422
    assert "Il reste 1\u00a0jalon à revoir" in close.text


def test_l_accueil_rappelle_les_jalons_echus_et_la_revision_a_qui_les_note(
    base: BaseSQL, acteur: Acteur, client: Client, connecter: Callable[[Acteur], Client], formation_id: int, jalons: str
) -> None:
    assert "jalon" not in lu(client.get("/")).lower()
    convenir(base, acteur, formation_id, proposer_un(base, acteur, formation_id, echeance=HIER))
    accueil = client.get("/").text
    assert f'href="{jalons}"' in accueil
    assert f'href="{jalons}/revision/{annee_courante()}"' in accueil
    assert "1\u00a0jalon échu à dire atteint ou à reporter" in accueil
    lectrice = connecter(creer_collegue(base, acteur, Role.LECTEUR, "Lectrice"))
    assert f'href="{jalons}"' not in lectrice.get("/").text
    assert "jalon convenu" in client.get(f"/diplomes/{formation_id}/historique").text
