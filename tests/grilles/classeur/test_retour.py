"""La page du classeur, de bout en bout : déposer, relire, choisir, enregistrer ; jamais deux fois, jamais à moitié."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from secrets import token_urlsafe
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select, update
from sqlmodel import col

from appli.base import BaseSQL
from charte.acteur import Acteur, Mandat, Partie, Portee, Role
from charte.commun.base import lignes, maintenant
from charte.commun.journal import EntreeJournal
from charte.commun.reglages import Reglages
from charte.commun.telechargement import XLSX
from charte.modeles import Formation
from grilles.classeur import pli
from grilles.classeur.contenu import Dite, Proposee, Tire
from grilles.classeur.diagnostic import Examen
from grilles.classeur.services import Cible, attendus_de
from grilles.modeles import Campagne, Reponse
from grilles.services import CommandeReponse, annee_courante, enregistrer_reponse, lire_grille
from grilles.services.lecture import chercher_grille
from grilles.vues import ReponseLue
from tests.conftest import Client
from tests.grilles.classeur.fabrique import grille, remplir
from tests.grilles.conftest import creer_collegue

LIEN = "https://intranet.exemple.invalid/livret.pdf"
Dire = Callable[..., ReponseLue]


@pytest.fixture
def adresse(formation_id: int) -> str:
    return f"/diplomes/{formation_id}/grille/classeur"


@pytest.fixture
def dire(base: BaseSQL, acteur: Acteur, formation_id: int) -> Dire:
    """`dire(element, etat, commentaire)` : quelqu'un répond dans la grille."""

    def repondre(element: str, etat: str | None, commentaire: str = "") -> ReponseLue:
        with base.ecriture() as session:
            version = lire_grille(session, acteur, formation_id).ligne(element).reponse.version
            commande = CommandeReponse(formation_id, element, etat, commentaire=commentaire, version=version)
            return enregistrer_reponse(session, acteur, commande)

    return repondre


def lire(base: BaseSQL, acteur: Acteur, formation_id: int, element: str) -> ReponseLue:
    with base.lecture() as session:
        return lire_grille(session, acteur, formation_id).ligne(element).reponse


def tirer(
    client: Client, adresse: str, saisies: Mapping[tuple[str, str], Any] | None = None, partie: str = ""
) -> bytes:
    reponse = client.get(f"{adresse}.xlsx", params={"partie": partie})
    assert reponse.status_code == 200
    assert reponse.headers["content-type"].startswith(XLSX)
    return remplir(reponse.content, saisies or {})


def deposer(client: Client, adresse: str, octets: bytes, partie: str = "") -> Any:
    fichier = {"fichier": ("ma grille.xlsx", octets, XLSX)}
    return client.post(adresse, data={"partie": partie, "annee": str(annee_courante())}, files=fichier)


def envoi(reponse: Any) -> dict[str, str]:
    """Ce que le formulaire de l'aperçu enverrait, tel quel."""
    formulaire = BeautifulSoup(reponse.text, "html.parser").select_one("#ranger")
    assert formulaire is not None, reponse.text[:2000]
    champs = {}
    for champ in formulaire.select("input[name]"):
        if champ.get("type") in ("radio", "checkbox") and not champ.has_attr("checked"):
            continue
        champs[str(champ["name"])] = str(champ["value"])
    return champs


def confirmer(client: Client, adresse: str, saisies: dict[str, str]) -> Any:
    return client.post(f"{adresse}/confirmation", data=saisies)


def texte(reponse: Any) -> str:
    return " ".join(BeautifulSoup(reponse.text, "html.parser").get_text(" ").split())


def actes(base: BaseSQL) -> list[str]:
    with base.lecture() as session:
        return [ligne[0] for ligne in lignes(session, select(col(EntreeJournal.acte)).order_by(col(EntreeJournal.id)))]


def test_un_aller_retour_sans_changement_ne_propose_rien(client: Client, adresse: str, dire: Dire) -> None:
    dire("1.S1.1", "tenu", "=1+1\n_x0041_ ")
    reponse = deposer(client, adresse, tirer(client, adresse))
    assert reponse.status_code == 200
    assert "93 lignes lues = 93 inchangées" in texte(reponse)
    assert "il n’y a rien à enregistrer" in texte(reponse)
    assert "ranger" not in {f.get("id") for f in BeautifulSoup(reponse.text, "html.parser").select("form")}


def test_ce_qui_est_rempli_s_enregistre_une_fois(
    client: Client, adresse: str, base: BaseSQL, acteur: Acteur, formation_id: int, dire: Dire
) -> None:
    dire("1.S1.2", "tenu", "Déjà")
    saisies = {
        ("1.S1.1", "etat"): "En partie", ("1.S1.1", "commentaire"): "<b>Presque</b>", ("1.S1.3", "etat"): "zzz",
        ("1.S1.2", "preuve_titre"): "Livret", ("1.S1.2", "preuve_adresse"): LIEN,
        ("1.S1.2", "preuve_fin"): "01/04/2030",
    }  # fmt: skip
    apercu = deposer(client, adresse, tirer(client, adresse, saisies))
    assert "93 lignes lues = 90 inchangées + 2 à enregistrer + 1 refusée" in texte(apercu)
    assert "Grille, F4" in texte(apercu)
    assert "<b>Presque</b>" not in apercu.text
    assert lire(base, acteur, formation_id, "1.S1.1") == ReponseLue()
    premier, second = (confirmer(client, adresse, envoi(apercu)) for _ in range(2))
    assert premier.status_code == second.status_code == 303
    assert premier.headers["location"].endswith("&enregistrees=1&preuves=1")
    assert second.headers["location"].endswith("&enregistrees=0&preuves=0")
    lue = lire(base, acteur, formation_id, "1.S1.1")
    assert (lue.etat, lue.commentaire, lue.version) == ("en_partie", "<b>Presque</b>", 1)
    with base.lecture() as session:
        (preuve,) = lire_grille(session, acteur, formation_id).ligne("1.S1.2").preuves
    assert (preuve.titre, str(preuve.date_fin)) == ("Livret", "2030-04-01")
    assert actes(base).count("classeur repris") == 1
    assert "1 réponse enregistrée, 1 preuve ajoutée" in texte(client.get(premier.headers["location"]))
    assert "rien n’a changé" in texte(client.get(second.headers["location"]))


@pytest.mark.parametrize(("choix", "garde"), [("", "De la grille"), ("grille", "De la grille"), ("fichier", "Le mien")])
def test_un_conflit_montre_les_deux_textes_et_garde_la_grille_d_office(
    client: Client, adresse: str, base: BaseSQL, acteur: Acteur, formation_id: int, dire: Dire, choix: str, garde: str
) -> None:
    dire("1.S1.1", "tenu", "Au départ")
    octets = tirer(client, adresse, {("1.S1.1", "commentaire"): "Le mien"})
    dire("1.S1.1", "non_tenu", "De la grille")
    apercu = deposer(client, adresse, octets)
    assert "1 en conflit" in texte(apercu)
    for dit in ("De la grille", "Le mien", "Rien n’est perdu"):
        assert dit in texte(apercu)
    saisies = envoi(apercu)
    if choix:
        saisies["choix-1.S1.1"] = choix
    assert confirmer(client, adresse, saisies).status_code == 303
    assert lire(base, acteur, formation_id, "1.S1.1").commentaire == garde


def test_ce_que_la_grille_change_apres_l_apercu_redemande_et_n_ecrit_rien(
    client: Client, adresse: str, base: BaseSQL, acteur: Acteur, formation_id: int, dire: Dire
) -> None:
    octets = tirer(client, adresse, {("1.S1.1", "etat"): "Tenu", ("1.S1.2", "etat"): "Tenu"})
    apercu = deposer(client, adresse, octets)
    dire("1.S1.1", "non_tenu", "Entre-temps")
    refus = confirmer(client, adresse, envoi(apercu))
    assert refus.status_code == 409
    assert "La grille a changé depuis l’aperçu" in texte(refus)
    assert lire(base, acteur, formation_id, "1.S1.2").version == 0
    choisi = envoi(refus) | {"choix-1.S1.1": "fichier"}
    dire("1.S1.1", "en_partie", "Encore")
    assert confirmer(client, adresse, choisi).status_code == 409, "le choix portait sur un autre texte"
    encore = envoi(confirmer(client, adresse, choisi)) | {"choix-1.S1.1": "fichier"}
    assert confirmer(client, adresse, encore).status_code == 303
    assert [lire(base, acteur, formation_id, e).etat for e in ("1.S1.1", "1.S1.2")] == ["tenu", "tenu"]


@pytest.mark.parametrize(("coche", "etat"), [(False, "tenu"), (True, None)])
def test_une_reponse_videe_ne_s_efface_que_si_on_le_dit(
    client: Client, adresse: str, base: BaseSQL, acteur: Acteur, formation_id: int, dire: Dire, coche: bool, etat: Any
) -> None:
    dire("1.S1.1", "tenu", "Oui")
    apercu = deposer(client, adresse, tirer(client, adresse, {("1.S1.1", "etat"): None}))
    assert "1 vidée" in texte(apercu)
    saisies = envoi(apercu) | ({"vider-1.S1.1": "oui"} if coche else {})
    assert confirmer(client, adresse, saisies).status_code == 303
    lue = lire(base, acteur, formation_id, "1.S1.1")
    assert (lue.etat, lue.commentaire) == (etat, "Oui")


def test_une_reponse_reprise_de_l_an_passe_reste_a_confirmer(
    client: Client, adresse: str, base: BaseSQL, acteur: Acteur, formation_id: int, dire: Dire
) -> None:
    dire("1.S1.1", "tenu", "L'an passé")
    with base.ecriture() as session:
        session.execute(update(Reponse).values(a_confirmer=True))
    octets = tirer(client, adresse, {("1.S1.2", "etat"): "Tenu"})
    assert confirmer(client, adresse, envoi(deposer(client, adresse, octets))).status_code == 303
    assert lire(base, acteur, formation_id, "1.S1.1").a_confirmer


def test_un_classeur_d_un_autre_diplome_est_refuse_en_entier(
    client: Client, adresse: str, base: BaseSQL, formation_id: int
) -> None:
    octets = tirer(client, adresse, {("1.S1.1", "etat"): "Tenu"})
    with base.ecriture() as session:
        session.execute(update(Formation).where(col(Formation.id) == formation_id).values(code="RNCP11111-1111111A"))
    reponse = deposer(client, adresse, octets)
    assert reponse.status_code == 422
    assert "Référence, B3" in texte(reponse)
    assert "RNCP11111-1111111A" in texte(reponse)
    assert 'id="ranger"' not in reponse.text


@pytest.mark.parametrize("etat", ["preparation", "arretee"])
def test_une_campagne_qui_ne_s_ecrit_pas_le_dit(
    client: Client, adresse: str, base: BaseSQL, dire: Dire, etat: str
) -> None:
    dire("1.S1.1", "tenu")
    octets = tirer(client, adresse, {("1.S1.1", "etat"): "Non tenu"})
    apercu = deposer(client, adresse, octets)
    with base.ecriture() as session:
        session.execute(update(Campagne).values(etat=etat))
    assert deposer(client, adresse, octets).status_code == 409
    refus = confirmer(client, adresse, envoi(apercu))
    assert refus.status_code == 409
    assert "campagne" in texte(refus)
    assert 'type="file"' not in client.get(adresse).text


def test_les_positions_closes_ne_laissent_que_la_concertee(
    client: Client, adresse: str, base: BaseSQL, dire: Dire
) -> None:
    dire("1.S1.1", "tenu")
    with base.ecriture() as session:
        session.execute(update(Campagne).values(etat="en_concertation"))
    assert 'type="file"' in client.get(adresse).text
    assert 'type="file"' not in client.get(adresse, params={"partie": "etablissement"}).text


def test_chacun_ne_rapporte_que_sa_position(
    base: BaseSQL, acteur: Acteur, formation_id: int, adresse: str, connecter: Callable[[Acteur], Client]
) -> None:
    mandat = Mandat(Role.RESPONSABLE_FORMATION, Portee.FORMATION, formation_id, Partie.CFA)
    client = connecter(creer_collegue(base, acteur, Role.RESPONSABLE_FORMATION, "Du CFA", (mandat,)))
    octets = tirer(client, adresse, {("1.S1.1", "etat"): "Tenu"}, "cfa")
    assert confirmer(client, adresse, envoi(deposer(client, adresse, octets, "cfa"))).status_code == 303
    assert deposer(client, adresse, tirer(client, adresse, partie="concertee"), "concertee").status_code == 404
    assert lire(base, acteur, formation_id, "1.S1.1").version == 0
    with base.lecture() as session:
        lue = lire_grille(session, acteur, formation_id, partie=Partie.CFA).ligne("1.S1.1").reponse
    assert lue.etat == "tenu"


def test_une_faute_en_cours_d_ecriture_ne_laisse_rien(
    client: Client, adresse: str, base: BaseSQL, acteur: Acteur, formation_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Une transaction : la dernière ligne qui échoue emporte les premières, la grille ouverte comprise."""
    octets = tirer(client, adresse, {(e, "etat"): "Tenu" for e in ("1.S1.1", "1.S1.2", "1.S1.3")})
    apercu = deposer(client, adresse, octets)
    vraie, appels = enregistrer_reponse, []

    def fragile(*dits: Any) -> ReponseLue:
        appels.append(dits[2].element)
        if len(appels) == 3:
            raise RuntimeError("panne")
        return vraie(*dits)

    monkeypatch.setattr("grilles.classeur.services.enregistrer_reponse", fragile)
    assert confirmer(client, adresse, envoi(apercu)).status_code == 500
    with base.lecture() as session:
        assert chercher_grille(session, acteur, formation_id, annee_courante()) is None
    assert "réponse enregistrée" not in actes(base)


def test_un_apercu_d_un_autre_compte_altere_ou_perime_ne_s_enregistre_pas(
    client: Client, adresse: str, base: BaseSQL, acteur: Acteur, connecter: Callable[[Acteur], Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    saisies = envoi(deposer(client, adresse, tirer(client, adresse, {("1.S1.1", "etat"): "Tenu"})))
    autre = connecter(creer_collegue(base, acteur, Role.REFERENT_QUALITE, "Une autre"))
    milieu = len(saisies["pli"]) // 2
    altere = {**saisies, "pli": saisies["pli"][:milieu] + "AAAA" + saisies["pli"][milieu + 4 :]}
    essais = [(autre, saisies), (client, altere), (client, {**saisies, "pli": "é"}), (client, {**saisies, "pli": ""})]
    essais += [(client, {**saisies, "partie": "etablissement"})]
    for qui, envoye in essais:
        refus = confirmer(qui, adresse, {k: v for k, v in envoye.items() if k != "_csrf"})
        assert (refus.status_code, refus.headers["location"][-13:]) == (303, "apercu=perime")
    monkeypatch.setattr(pli, "VALIDITE", timedelta(seconds=-1))
    refus = confirmer(client, adresse, saisies)
    assert "déposez de nouveau" in texte(client.get(refus.headers["location"]))
    assert "réponse enregistrée" not in actes(base)


def test_une_grille_pleine_tient_dans_un_envoi(reglages: Reglages, acteur: Acteur) -> None:
    """Chaque texte à sa longueur permise, au hasard (rien ne s'y compresse) : l'aperçu passe encore."""
    proposees = tuple(
        Proposee(rang, element, Dite("tenu", token_urlsafe(1500), token_urlsafe(3750)), Tire())
        for rang, element in enumerate(attendus_de(grille()))
    )
    examen = Examen("x.xlsx", 93, 0, 0, proposees, (), ())
    cible = Cible(1, 2026, Partie.CONCERTEE)
    instant = maintenant()
    scelle = pli.plier(reglages, acteur, cible, examen, instant)
    assert len(scelle) < pli.TAILLE_MAXIMALE * 0.75
    assert pli.deplier(reglages, acteur, cible, scelle, instant) == examen
    assert pli.deplier(reglages, replace(acteur, compte_id=99), cible, scelle, instant) is None


@pytest.mark.parametrize(
    ("fichier", "dit"),
    [
        (("vide.xlsx", b"", XLSX), "est vide"),
        (("grille.csv", b"a;b", "text/csv"), "n’est pas un classeur .xlsx"),
        (("ancien.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "x/x"), "ancien format"),
    ],
)
def test_un_fichier_qui_ne_se_lit_pas_revient_avec_son_remede(
    client: Client, adresse: str, fichier: tuple[str, bytes, str], dit: str
) -> None:
    reponse = client.post(adresse, data={"partie": ""}, files={"fichier": fichier})
    assert reponse.status_code == 422
    assert dit in texte(reponse).replace("'", "’")
    assert client.post(adresse, data={"partie": ""}, files={"autre": fichier}).status_code == 422
