"""Le mode audit : chaque ligne dit ce qu'on a, la preuve s'ouvre en deux clics, l'archive se lit hors ligne."""

import hashlib
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest
from bs4 import BeautifulSoup, Tag

from appli.base import BaseSQL
from appli.travaux import executer_en_attente
from charte.acteur import Acteur, DroitManquant, Role
from charte.commun.base import Base
from charte.commun.reglages import Reglages
from charte.commun.web import Introuvable
from charte.referentiels import EtatDeLigne
from grilles.preuves.archive import composer_classeur, placer
from grilles.preuves.audit import Audit, LigneVue
from grilles.preuves.coffre import coffre_des_exports, oublier_les_exports
from grilles.preuves.services.audit import choisir_edition, choisir_portee, dresser_audit
from grilles.preuves.services.lecture import aujourd_hui
from grilles.preuves.services.references import LigneVisee, decider, rattacher
from tests.conftest import creer_compte
from tests.grilles.conftest import creer_collegue, creer_formation
from tests.grilles.preuves.conftest import ELEMENT, Deposer, DeuxCfa, creer_deux_cfa, deposeur
from tests.grilles.preuves.fabrique import PDF, PNG
from tests.reserve import Client

# 1.S1.2 rencontre l'indicateur 20 de l'édition de 2026 (charte/referentiels/donnees).
VINGT = LigneVisee("qualiopi", "2026", "20")


def auditer(
    base: Base, acteur: Acteur, referentiel: str = "qualiopi", edition: str = "2026", portee: str = ""
) -> Audit:
    jour = aujourd_hui()
    with base.lecture() as session:
        choisi, lue = choisir_edition(referentiel, edition, jour)
        return dresser_audit(session, acteur, choisi, lue, portee=choisir_portee(session, acteur, portee), jour=jour)


def ligne(audit: Audit, reference: str) -> LigneVue:
    (trouvee,) = (vue for vue in audit.lignes if vue.reference == reference)
    return trouvee


def lire(reponse: Any) -> BeautifulSoup:
    return BeautifulSoup(reponse.text, "html.parser")


@pytest.mark.parametrize("nom", ["base", pytest.param("base_postgresql", marks=pytest.mark.postgresql)])
def test_une_ligne_passe_de_rien_a_couverte(request: pytest.FixtureRequest, reglages: Reglages, nom: str) -> None:
    base: BaseSQL = request.getfixturevalue(nom)
    acteur = creer_compte(base, "Université d'essai", Role.REFERENT_QUALITE, "r@essai.invalid")
    formation, deposer = creer_formation(base, acteur), deposeur(base, reglages)
    assert ligne(auditer(base, acteur), "20").etat is EtatDeLigne.RIEN
    hier = aujourd_hui() - timedelta(days=1)
    deposer(acteur, "Périmée", citee=formation, date_fin=hier)
    assert ligne(auditer(base, acteur), "20").etat is EtatDeLigne.PERIMEE
    preuve = deposer(acteur, "Valable", citee=formation)
    vue = ligne(auditer(base, acteur), "20")
    assert vue.etat is EtatDeLigne.A_CONFIRMER
    assert [p.preuve.titre for p in vue.preuves] == ["Valable", "Périmée"]
    assert vue.preuves[0].chemins[0].ou == ("Licence professionnelle Métiers de l'essai, page 4",)
    with base.ecriture() as session:
        decider(session, acteur, ELEMENT, VINGT, decision="confirmee")
    vue = ligne(auditer(base, acteur), "20")
    assert (vue.etat, vue.phrase) == (EtatDeLigne.COUVERTE, "1\u00a0preuve valable.")
    with base.ecriture() as session:
        decider(session, acteur, ELEMENT, VINGT, decision="ecartee")
    assert ligne(auditer(base, acteur), "20").etat is EtatDeLigne.RIEN
    with base.ecriture() as session:
        decider(session, acteur, ELEMENT, VINGT, decision=None)
        rattacher(session, acteur, preuve, LigneVisee("qualiopi", "2026", "33"), "annexe 1")
    directe = ligne(auditer(base, acteur), "33")
    assert directe.etat is EtatDeLigne.COUVERTE
    assert (directe.preuves[0].chemins[0].dit, directe.preuves[0].chemins[0].ou) == (
        "jointe directement à cette ligne", ("annexe 1",),
    )  # fmt: skip


def test_l_edition_d_office_est_celle_du_jour_et_les_autres_se_choisissent() -> None:
    assert choisir_edition("", "", date(2026, 10, 31))[1].edition == "2019"
    assert choisir_edition("", "", date(2026, 11, 1))[1].edition == "2026"
    for cle in ("qualiopi", "missions_cfa", "hceres", "cti", "charte"):
        assert choisir_edition(cle, "", aujourd_hui())[0].cle == cle
    for absente in (("iso", ""), ("qualiopi", "1999"), ("qualiopi", "2026'")):
        with pytest.raises(Introuvable):
            choisir_edition(*absente, aujourd_hui())


def test_la_charte_est_son_propre_referentiel(
    base: BaseSQL, acteur: Acteur, deposer: Deposer, formation_id: int
) -> None:
    deposer(acteur, citee=formation_id)
    audit = auditer(base, acteur, "charte", "")
    assert [vue.reference for vue in audit.lignes if vue.etat is EtatDeLigne.COUVERTE] == [ELEMENT]
    assert ligne(audit, ELEMENT).propositions == ()


def test_decider_est_reserve_a_qui_pilote_et_ne_nomme_que_ce_qui_existe(
    base: BaseSQL, acteur: Acteur, deux_cfa: DeuxCfa
) -> None:
    with base.ecriture() as session:
        with pytest.raises(DroitManquant):
            decider(session, deux_cfa.d_une, ELEMENT, VINGT, decision="confirmee")
        for element, visee in (("9.S9.9", VINGT), (ELEMENT, LigneVisee("qualiopi", "2026", "99"))):
            with pytest.raises(Introuvable):
                decider(session, acteur, element, visee, decision="confirmee")
        with pytest.raises(ValueError, match="décision"):
            decider(session, acteur, ELEMENT, VINGT, decision="peut-être")


def test_deux_cfa_ont_chacun_leur_audit(base: BaseSQL, acteur: Acteur, reglages: Reglages) -> None:
    deux, deposer = creer_deux_cfa(base, acteur), deposeur(base, reglages)
    deposer(deux.d_une, "Chez un", citee=deux.une)
    deposer(deux.d_autre, "Chez deux", citee=deux.autre)
    commune = deposer(acteur, "Commune", partagee=True)
    interne = deposer(acteur, "Du siège")
    with base.ecriture() as session:
        for preuve in (commune, interne):
            rattacher(session, acteur, preuve, LigneVisee("qualiopi", "2026", "33"))

    def titres(qui: Acteur, portee: str = "") -> set[str]:
        return {p.preuve.titre for vue in auditer(base, qui, portee=portee).lignes for p in vue.preuves}

    assert titres(acteur) == {"Chez un", "Chez deux", "Commune", "Du siège"}
    assert titres(deux.d_une) == {"Chez un", "Commune"}
    assert titres(deux.d_autre) == {"Chez deux", "Commune"}
    assert titres(acteur, f"formation-{deux.une}") == {"Chez un", "Commune"}
    with base.lecture() as session:
        for portee in (f"formation-{deux.autre}", "cfa-987654", "composante-1", "zzz", "cfa-1 OR 1=1"):
            with pytest.raises(Introuvable):
                choisir_portee(session, deux.d_une, portee)


def test_la_derniere_grille_de_chaque_diplome_compte(
    base: BaseSQL, acteur: Acteur, deposer: Deposer, formation_id: int
) -> None:
    from sqlalchemy import update

    from grilles.modeles import Campagne

    deposer(acteur, "De l'an passé", citee=formation_id)
    with base.ecriture() as session:
        session.connection().execute(update(Campagne).values(annee=Campagne.annee - 1))
    assert ligne(auditer(base, acteur), "20").preuves[0].preuve.titre == "De l'an passé"
    deposer(acteur, "De l'année", citee=formation_id, element="1.S1.1")
    assert [p.preuve.titre for p in ligne(auditer(base, acteur), "20").preuves] == ["De l'année"]


def clics_jusqu_au_fichier(client: Client, depart: str, maximum: int = 4) -> int:
    """Le plus petit nombre de liens à suivre, depuis une page, pour recevoir un fichier de preuve."""
    vus, front = {depart}, [depart]
    for clics in range(maximum + 1):
        suite = []
        for adresse in front:
            reponse = client.get(adresse)
            if reponse.headers.get("content-disposition", "").startswith("attachment"):
                return clics
            liens = [str(a["href"]).partition("#")[0] for a in lire(reponse).select("main a[href^='/']")]
            suite += [lien for lien in dict.fromkeys(liens) if lien not in vus]
            vus.update(liens)
        front = suite
    raise AssertionError("aucun fichier atteint")


def test_la_preuve_s_ouvre_en_deux_clics(client: Client, acteur: Acteur, deposer: Deposer, formation_id: int) -> None:
    deposer(acteur, citee=formation_id)
    assert clics_jusqu_au_fichier(client, "/audit") == 1
    assert clics_jusqu_au_fichier(client, "/preuves") == 1
    assert clics_jusqu_au_fichier(client, "/diplomes") == 2


def test_la_page_filtre_et_decide(client: Client, acteur: Acteur, deposer: Deposer, formation_id: int) -> None:
    deposer(acteur, citee=formation_id)
    deposer(acteur, "Périmée", citee=formation_id, element="2.S1.1", date_fin=aujourd_hui() - timedelta(days=1))

    def lignes_de(**question: str) -> set[str]:
        return {str(a["id"]) for a in lire(client.get("/audit", params=question)).select("article.audit-ligne")}

    toutes = lignes_de()
    assert len(toutes) == 33
    a_confirmer = lignes_de(filtre="a_confirmer")
    assert "l-20" in a_confirmer
    assert not a_confirmer & lignes_de(filtre="sans_preuve")
    assert lignes_de(filtre="perimees")
    assert lignes_de(filtre="zzz") == toutes
    assert len(lignes_de(referentiel="qualiopi/2019")) == 32
    saisie = {"referentiel": "qualiopi", "edition": "2026", "reference": "20", "elements": ELEMENT}
    reponse = client.post("/audit/correspondances", data={**saisie, "decision": "confirmee"})
    assert reponse.status_code == 303
    assert reponse.headers["location"].endswith("#l-20")
    assert "l-20" not in lignes_de(filtre="a_confirmer")
    for champs, statut in (({"decision": "zzz"}, 422), ({"decision": "ecartee", "elements": ""}, 422),
                           ({"decision": "ecartee", "elements": "9.S9.9"}, 404),
                           ({"decision": "ecartee", "reference": "99"}, 404)):  # fmt: skip
        assert client.post("/audit/correspondances", data={**saisie, **champs}).status_code == statut
    assert client.get("/audit?referentiel=iso").status_code == 404


def emporter(client: Client, base: BaseSQL, reglages: Reglages, **saisie: str) -> zipfile.ZipFile:
    """L'archive d'un audit, demandée, composée, téléchargée par les pages."""
    demande = client.post("/audit/archive", data=saisie)
    assert demande.status_code == 303
    assert executer_en_attente(base, reglages) == 1
    attente = client.get(demande.headers["location"])
    (suite,) = (str(a["href"]) for a in lire(attente).select("main a.bouton"))
    (lien,) = (str(a["href"]) for a in lire(client.get(suite)).select(".message--tenu a"))
    recue = client.get(lien)
    assert (recue.status_code, recue.headers["content-type"]) == (200, "application/zip")
    assert 'filename="audit-qualiopi-2026.zip"' in recue.headers["content-disposition"]
    assert "sandbox" in recue.headers["content-security-policy"]
    return zipfile.ZipFile(BytesIO(recue.content))


def test_l_archive_s_ouvre_hors_ligne(
    client: Client, base: BaseSQL, acteur: Acteur, reglages: Reglages, deposer: Deposer, formation_id: int
) -> None:
    piege = "../../Livret <b> de l'apprenti : 100 % / suite"
    deposer(acteur, piege, citee=formation_id, fichiers=(("a b#1 é.pdf", PDF), ("A B#1 É.PDF", PDF), ("p.png", PNG)))
    deposer(acteur, "=cmd|calc", citee=formation_id, adresse="https://intranet.exemple.invalid/x?a=1&b=2", fichiers=())
    archive = emporter(client, base, reglages)
    assert archive.testzip() is None
    noms = archive.namelist()
    assert {"index.html", "index.xlsx", "empreintes-sha256.txt"} < set(noms)
    assert len({nom.casefold() for nom in noms}) == len(noms) == 7
    for nom in noms:
        chemin = PurePosixPath(nom)
        assert not chemin.is_absolute()
        assert ".." not in chemin.parts
        assert not set(nom) & set('\\:*?"<>|')
        assert len(nom) < 200
        assert acteur.nom not in nom
    index = BeautifulSoup(archive.read("index.html"), "html.parser")
    assert not index.select("script, style, img, iframe, form, [style], [onclick]")
    assert [lien["href"] for lien in index.select("link")] == ["index.css"]
    assert b"url(" not in archive.read("index.css")
    relatifs = [str(a["href"]) for a in index.select("a[href]") if not str(a["href"]).startswith(("http", "#"))]
    assert {unquote(lien) for lien in relatifs} == set(noms) - {"index.html", "index.css"}
    assert "https://intranet.exemple.invalid/x?a=1&b=2" in [a["href"] for a in index.select("a[href^=http]")]
    assert acteur.nom not in index.text
    assert isinstance(index.html, Tag)
    assert index.html["lang"] == "fr"
    assert len(index.select("article")) == 33
    inscrites = archive.read("empreintes-sha256.txt").decode().splitlines()
    empreintes = {nom: empreinte for empreinte, _, nom in (inscrite.partition("  ") for inscrite in inscrites)}
    assert empreintes == {
        nom: hashlib.sha256(archive.read(nom)).hexdigest() for nom in noms if nom != "empreintes-sha256.txt"
    }
    feuille = openpyxl.load_workbook(BytesIO(archive.read("index.xlsx"))).worksheets[0]
    cellules = [cellule for rangee in feuille.iter_rows() for cellule in rangee]
    assert not [c for c in cellules if c.data_type == "f"]
    assert "=cmd|calc" in {c.value for c in cellules}
    assert {c.value for c in feuille["I"] if c.value} - {"Fichier"} == {nom for nom in noms if "/" in nom}


def test_les_dates_du_classeur_sont_des_dates(
    base: BaseSQL, acteur: Acteur, deposer: Deposer, formation_id: int
) -> None:
    deposer(acteur, citee=formation_id, date_effet=date(2026, 1, 2), date_fin=date(2031, 8, 31))
    audit = auditer(base, acteur)
    feuille = openpyxl.load_workbook(BytesIO(composer_classeur(audit, placer(audit)))).worksheets[0]
    dates = {cellule.value.date() for cellule in feuille["G"] if isinstance(cellule.value, datetime)}
    assert dates == {date(2031, 8, 31)}


def test_l_archive_n_est_qu_a_qui_l_a_demandee_et_ne_se_garde_qu_un_jour(
    connecter: Callable[[Acteur], Client], base: BaseSQL, acteur: Acteur, reglages: Reglages, deux_cfa: DeuxCfa,
    deposer: Deposer,
) -> None:  # fmt: skip
    deposer(deux_cfa.d_une, "Chez un", citee=deux_cfa.une)
    deposer(deux_cfa.d_autre, "Chez deux", citee=deux_cfa.autre)
    un, autre = connecter(deux_cfa.d_une), connecter(deux_cfa.d_autre)
    demande = un.post("/audit/archive", data={"referentiel": "qualiopi", "edition": "2026"})
    assert un.get("/audit/archives/1").status_code == 404, "elle n'est pas prête"
    executer_en_attente(base, reglages)
    assert demande.status_code == 303
    archive = zipfile.ZipFile(BytesIO(un.get("/audit/archives/1").content))
    assert [nom for nom in archive.namelist() if "/" in nom] == ["preuves/0001 Chez un/livret.pdf"]
    assert autre.get("/audit/archives/1").status_code == 404
    assert connecter(acteur).get("/audit/archives/1").status_code == 200
    (piece,) = coffre_des_exports(reglages).dossier.iterdir()
    assert b"%PDF" not in piece.read_bytes(), "elle est chiffrée sur le disque"
    assert un.post("/audit/archive", data={"portee": f"formation-{deux_cfa.autre}"}).status_code == 404
    lecteur = connecter(creer_collegue(base, acteur, Role.LECTEUR, "Lectrice"))
    assert lecteur.post("/audit/archive", data={}).status_code == 404
    assert oublier_les_exports(reglages) == 1
    assert un.get("/audit/archives/1").status_code == 404


def test_une_grande_archive_se_compose_en_memoire_bornee(
    base: BaseSQL, acteur: Acteur, reglages: Reglages, formation_id: int
) -> None:
    import secrets
    import tracemalloc

    from charte.commun.travaux import Travail
    from grilles.preuves.travaux import Demande, composer_l_archive, demander_archive

    mo, deposer = 2**20, deposeur(base, reglages)
    for rang in range(12):
        bruit = secrets.token_bytes(4 * mo).replace(b"\xff", b"\x00")
        contenu = b"\xff\xd8\xff\xda\x00\x02" + bruit + b"\xff\xd9"
        deposer(acteur, f"Photo {rang}", citee=formation_id, fichiers=((f"{rang}.jpg", contenu),))
    with base.ecriture() as session:
        travail = demander_archive(session, acteur, reglages, Demande("qualiopi", "2026", ""))
        parametres = session.get_one(Travail, travail).parametres
    suivi: list[tuple[int, int]] = []
    tracemalloc.start()
    composer_l_archive(base, reglages, acteur, parametres, lambda fait, total: suivi.append((fait, total)))
    pic = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    taille = sum(map(len, coffre_des_exports(reglages).morceaux(parametres["piece"])))
    assert taille > 48 * mo
    assert pic < 30 * mo
    assert suivi[-1] == (14, 14)
    assert (5, 14) in suivi
