"""Publier, corriger, retirer ; ce que chacun lit sans compte, et ce que rien ne change plus."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from bs4 import BeautifulSoup
from litestar.testing import TestClient
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col

from appli.base import BaseSQL
from charte.acteur import Acteur, Mandat, Partie, Portee, Role
from charte.commun.base import lignes
from charte.commun.canonique import calculer_empreinte
from charte.commun.reglages import Reglages
from charte.commun.web import Introuvable
from charte.modeles import Cfa, Formation
from indicateurs.modeles import Parcours
from indicateurs.publication.contenu import CFA, lire_contenu
from indicateurs.publication.modeles import Publication
from indicateurs.publication.services import (
    PublicationRefusee,
    annee_a_publier,
    lire_l_ouvert,
    lister_les_publications,
    preparer,
    publier,
    retirer,
)
from tests.conftest import Client, creer_compte
from tests.grilles.conftest import creer_collegue
from tests.indicateurs.fabriques import Jeu, ranger
from tests.indicateurs.saisies_hostiles import HOSTILES
from tests.reserve import preter

UAI, AN = "0352756F", annee_a_publier()
GRAND = Jeu("BUT Informatique", effectif=40, rompus=6, diplomes=35, rentree=date(2023, 9, 4))
MOYEN = Jeu("Licence moyenne", effectif=30, rompus=3, diplomes=25, rncp="RNCP11111")
PETITS = (
    Jeu("Licence rare", effectif=7, rompus=2, diplomes=6, rncp="RNCP22222"),
    Jeu("Master rare", effectif=9, rompus=1, diplomes=8, rncp="RNCP33333"),
)
DEUX_BASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


def garnir(base: BaseSQL, nom: str = "Université des Tableaux") -> tuple[Acteur, int]:
    """Un CFA de quatre diplômes, dont deux sous le seuil ; rend le référent et le CFA."""
    acteur = creer_compte(base, nom, Role.REFERENT_QUALITE, f"{len(nom)}@tableaux.invalid")
    lieux = (UAI, "0352757G", "0352758H", "0352759J")
    jeux = (replace(jeu, uai=lieu) for jeu, lieu in zip((GRAND, MOYEN, *PETITS), lieux, strict=True))
    ranger(base, acteur, *jeux)
    with base.ecriture() as session:
        requete = select(col(Cfa.id)).where(col(Cfa.etablissement_id) == acteur.etablissement_id, col(Cfa.uai) == UAI)
        cfa: int = lignes(session, requete)[0][0]
        ici = col(Formation.etablissement_id) == acteur.etablissement_id
        session.execute(update(Formation).where(ici).values(cfa_id=cfa))
    return acteur, cfa


def mettre_en_ligne(base: BaseSQL, acteur: Acteur, cfa: int, correction: str = "", annee: int = AN) -> int:
    with base.lecture() as session:
        apercu = preparer(session, acteur, cfa, annee)
    with base.ecriture() as session:
        return publier(session, acteur, apercu, marque=apercu.marque, correction=correction)


def executer(base: BaseSQL, requete: Any) -> None:
    with base.ecriture() as session:
        super(Session, session).execute(requete)


def page(client: Client, adresse: str, statut: int = 200) -> BeautifulSoup:
    reponse = client.get(adresse)
    assert reponse.status_code == statut, reponse.text[:300]
    return BeautifulSoup(reponse.text, "html.parser")


@pytest.mark.parametrize("sorte", DEUX_BASES)
def test_publie_le_tableau_ne_change_plus_dans_aucune_base(request: pytest.FixtureRequest, sorte: str) -> None:
    base: BaseSQL = request.getfixturevalue("base" if sorte == "sqlite" else "base_postgresql")
    acteur, cfa = garnir(base)
    numero = mettre_en_ligne(base, acteur, cfa)
    ordres: tuple[Any, ...] = (update(Publication).values(contenu="{}"), delete(Publication))
    ordres += (text("TRUNCATE publication"),) if sorte == "postgresql" else ()
    for ordre in ordres:
        with pytest.raises(DBAPIError, match="se retire"):
            executer(base, ordre)
    with base.lecture() as session:
        p = session.get_one(Publication, numero)
        assert calculer_empreinte(p.contenu) == p.empreinte
        contenu = lire_contenu(p.contenu)
    obtention = contenu.rubrique("obtention")
    assert obtention is not None
    assert [(ligne.libelle, ligne.cellules[0].masque) for ligne in obtention.lignes if ligne.cle] == [
        ("BUT Informatique", False), ("Licence moyenne", True), ("Licence rare", True), ("Master rare", True),
    ]  # fmt: skip
    (poursuite,) = [r for r in contenu.rubriques if r.cle == "valeur_ajoutee"]
    assert not poursuite.disponible


def test_la_page_publique_ne_montre_que_ce_que_le_contenu_porte(base: BaseSQL, client_anonyme: Client) -> None:
    acteur, cfa = garnir(base)
    mettre_en_ligne(base, acteur, cfa)
    with base.lecture() as session:
        ((ouverte,),) = lire_l_ouvert(session, UAI, None)
    permis = {
        str(int(c.denominateur))
        for r in ouverte.contenu.rubriques for ligne in r.lignes for c in ligne.cellules if c.denominateur
    }  # fmt: skip
    lue = page(client_anonyme, f"/ouvert/{UAI}")
    montres = {n for cellule in lue.select("td") for n in re.findall(r"n\W*=\W*(\d+)", cellule.text)}
    assert montres
    assert montres <= permis
    assert "n.d. (effectif < 20)" in lue.text
    textes = lue.text + client_anonyme.get(f"/ouvert/{UAI}/{AN}/taux.csv").text
    assert acteur.nom not in textes
    assert ouverte.empreinte in textes


def test_l_adresse_du_code_a_copier_est_celle_des_reglages_jamais_celle_de_la_requete(
    base: BaseSQL, reglages: Reglages
) -> None:
    acteur, cfa = garnir(base)
    mettre_en_ligne(base, acteur, cfa)
    # L'hôte est juste, mais une page gardée en cache mènerait ailleurs qui la lit sous un autre nom.
    for site in ("", "https://qualite.ici.invalid"):
        with preter(replace(reglages, adresse_publique=site), base) as app, TestClient(app) as client:
            for adresse in (f"/ouvert/{UAI}", f"/ouvert/{UAI}/{AN}"):
                lue = page(client, adresse)
                canonique = lue.select_one('link[rel="canonical"]')
                assert canonique is not None
                assert canonique["href"] == f"{site}/ouvert/{UAI}/{AN}"
                codes = [code.text for code in lue.select("pre code")]
                assert bool(codes) is bool(site)
                assert all(f"{site}/ouvert/{UAI}/{AN}" in code for code in codes)
                assert "testserver" not in lue.decode()
                assert ("TRAJECTOIRE_ADRESSE_PUBLIQUE" in lue.text) is not bool(site)


@pytest.mark.postgresql
def test_retirer_attend_la_version_qui_parait_et_la_retire_aussi(base_postgresql: BaseSQL) -> None:
    base = base_postgresql
    acteur, cfa = garnir(base)
    premiere = mettre_en_ligne(base, acteur, cfa)
    with base.lecture() as session:
        vu = preparer(session, acteur, cfa, AN)

    def oter() -> None:
        with base.ecriture() as session:
            retirer(session, acteur, premiere, "Un chiffre à revoir.")

    with ThreadPoolExecutor(1) as fil:
        with base.ecriture() as session:
            publier(session, acteur, vu, marque=vu.marque, correction="Une autre.")
            attente = fil.submit(oter)
            with pytest.raises(TimeoutError):
                attente.result(timeout=0.4)
        attente.result(timeout=20)
    with base.lecture() as session:
        assert lire_l_ouvert(session, UAI, AN) == []


def test_les_en_tetes_un_cache_un_cadre_pour_l_extrait_seul_et_nulle_session(
    base: BaseSQL, connecter: Callable[[Acteur], Client], client_anonyme: Client
) -> None:
    acteur, cfa = garnir(base)
    mettre_en_ligne(base, acteur, cfa)
    connecte = connecter(acteur)
    for suite in ("", f"/{AN}", f"/{AN}/versions/1", f"/{AN}/extrait", f"/{AN}/taux.csv", f"/{AN}/definitions.csv"):
        anonyme, sien = client_anonyme.get(f"/ouvert/{UAI}{suite}"), connecte.get(f"/ouvert/{UAI}{suite}")
        assert (anonyme.status_code, sien.content) == (200, anonyme.content), suite
        assert anonyme.headers["cache-control"] == "public, max-age=600"
        assert "set-cookie" not in anonyme.headers
        assert "_csrf" not in anonyme.text
        assert "<script" not in anonyme.text
        assert "noindex" not in anonyme.text
        cadre = "frame-ancestors *" in anonyme.headers["content-security-policy"]
        assert cadre is (suite.endswith("/extrait"))
        assert ("x-frame-options" in anonyme.headers) is not cadre
    assert client_anonyme.get(f"/ouvert/{UAI}/{AN}/taux.csv").content[:3] != b"\xef\xbb\xbf"


def test_inconnu_ou_retire_repond_comme_toute_page_absente(base: BaseSQL, client_anonyme: Client) -> None:
    acteur, cfa = garnir(base)
    numero = mettre_en_ligne(base, acteur, cfa)
    attendue = client_anonyme.get("/rien-du-tout")
    with base.ecriture() as session, pytest.raises(PublicationRefusee):
        retirer(session, acteur, numero, " ")
    with base.ecriture() as session:
        retirer(session, acteur, numero, "Un chiffre à revoir.")
    with base.ecriture() as session, pytest.raises(PublicationRefusee, match="déjà"):
        retirer(session, acteur, numero, "Encore.")
    for adresse in (
        f"/ouvert/{UAI}", f"/ouvert/{UAI}/{AN}", f"/ouvert/{UAI}/{AN}/extrait", f"/ouvert/{UAI}/{AN}/versions/1",
        "/ouvert/0000000X", "/ouvert/%00", f"/ouvert/{UAI}/99999999999999999999", "/ouvert/%25/2026",
        f"/ouvert/{UAI}/1",
    ):  # fmt: skip
        reponse = client_anonyme.get(adresse)
        assert (reponse.status_code, reponse.headers["cache-control"]) == (404, "no-store"), adresse
        assert reponse.text.count("Il n’y a rien à cette adresse") == attendue.text.count(
            "Il n’y a rien à cette adresse"
        )
        assert reponse.headers["x-frame-options"] == "DENY"
    assert mettre_en_ligne(base, acteur, cfa, "Publié de nouveau.") != numero
    assert client_anonyme.get(f"/ouvert/{UAI}").status_code == 200


def test_une_correction_trop_petite_garde_les_chiffres_publies(base: BaseSQL, client_anonyme: Client) -> None:
    acteur, cfa = garnir(base)
    mettre_en_ligne(base, acteur, cfa)
    with base.ecriture() as session:
        un = lignes(session, select(col(Parcours.id)).where(col(Parcours.obtention)).limit(1))[0][0]
        session.execute(update(Parcours).where(col(Parcours.id) == un).values(obtention=False))
    with base.lecture() as session:
        apercu = preparer(session, acteur, cfa, AN)
    with base.ecriture() as session, pytest.raises(PublicationRefusee) as refus:
        publier(session, acteur, apercu, marque=apercu.marque)
    assert refus.value.champ == "correction"
    mettre_en_ligne(base, acteur, cfa, "Un résultat rectifié.")
    with base.lecture() as session:
        ((neuve, ancienne),) = lire_l_ouvert(session, UAI, AN)
    avant, apres = ancienne.contenu.rubrique("obtention"), neuve.contenu.rubrique("obtention")
    assert avant is not None
    assert apres is not None
    assert [replace(c, gardee=False) for ligne in apres.lignes for c in ligne.cellules] == [
        c for ligne in avant.lignes for c in ligne.cellules
    ]
    assert [promotion for promotion, _ in apres.gardees] == ["2023-2024"]
    assert (neuve.contenu.rang, ancienne.remplacee_le) == (2, neuve.contenu.publiee_le)
    lue = page(client_anonyme, f"/ouvert/{UAI}/{AN}")
    assert "Un résultat rectifié." in lue.text
    assert "repris tels quels" in lue.text
    assert "Version remplacée" in page(client_anonyme, f"/ouvert/{UAI}/{AN}/versions/1").text
    assert "Version remplacée" not in lue.text


def test_deux_etablissements_publient_le_meme_cfa_chacun_sous_son_nom(base: BaseSQL, client_anonyme: Client) -> None:
    for nom in ("Université Une", "Université Autre"):
        mettre_en_ligne(base, *garnir(base, nom))
    lue = page(client_anonyme, f"/ouvert/{UAI}/{AN}")
    assert [h.text for h in lue.select("article > h2")] == ["Université Autre", "Université Une"]
    assert len({e["id"] for e in lue.select("[id]")}) == len(lue.select("[id]"))


def test_chacun_ne_publie_que_son_cfa(base: BaseSQL, autre_acteur: Acteur) -> None:
    acteur, cfa = garnir(base)
    numero = mettre_en_ligne(base, acteur, cfa)
    lecteur = creer_collegue(
        base, acteur, Role.LECTEUR, "lecteur", (Mandat(Role.LECTEUR, Portee.CFA, cfa, Partie.CFA),)
    )
    du_cfa = creer_collegue(
        base, acteur, Role.REFERENT_QUALITE, "du CFA", (Mandat(Role.REFERENT_QUALITE, Portee.CFA, cfa, Partie.CFA),)
    )
    with base.lecture() as session:
        assert [len(lister_les_publications(session, qui)) for qui in (acteur, lecteur, du_cfa, autre_acteur)] == [
            1, 1, 1, 0,
        ]  # fmt: skip
        assert preparer(session, du_cfa, cfa, AN).contenu.rubrique("obtention") is not None
        for qui in (lecteur, autre_acteur):
            with pytest.raises(Introuvable):
                preparer(session, qui, cfa, AN)
        with pytest.raises(Introuvable):
            preparer(session, acteur, cfa, AN - 2)
    for qui in (lecteur, autre_acteur):
        with base.ecriture() as session, pytest.raises(Introuvable):
            retirer(session, qui, numero, "Non.")


def test_du_bouton_a_la_page_publique_et_au_retrait(base: BaseSQL, connecter: Callable[[Acteur], Client]) -> None:
    acteur, cfa = garnir(base)
    client = connecter(acteur)
    adresse = f"/publications/cfa/{cfa}/{AN}"
    assert page(client, "/publications").select_one(f'a[href="{adresse}"]')
    marque = page(client, adresse).select_one('input[name="marque"]')["value"]  # type: ignore[index]
    assert client.post(adresse, data={}).headers["location"] == adresse
    assert client.post(adresse, data={"marque": "a" * 64}).status_code == 409
    fiche = client.post(adresse, data={"marque": marque}).headers["location"]
    assert "En ligne" in page(client, fiche).text
    suite = page(client, adresse)
    assert suite.select_one("#correction")
    marque = suite.select_one('input[name="marque"]')["value"]  # type: ignore[index]
    assert client.post(adresse, data={"marque": marque}).status_code == 422
    assert client.post(f"{fiche}/retrait", data={"motif": ""}).status_code == 422
    assert client.post(f"{fiche}/retrait", data={"motif": "À revoir."}).headers["location"] == "/publications"
    assert "À revoir." in page(client, fiche).text
    with base.lecture() as session:
        assert lire_l_ouvert(session, UAI, None) == []


def test_sans_donnee_rien_ne_se_publie(base: BaseSQL) -> None:
    acteur = creer_compte(base, "Université Vide", Role.REFERENT_QUALITE, "vide@tableaux.invalid")
    with base.ecriture() as session:
        session.add(Cfa(etablissement_id=acteur.etablissement_id, nom="CFA vide", uai=UAI))
    with pytest.raises(PublicationRefusee, match="rien à publier"):
        mettre_en_ligne(base, acteur, 1)
    assert CFA == ""


def test_un_tableau_paru_entre_temps_fait_relire_celui_d_une_autre_annee(base: BaseSQL) -> None:
    """La différence avec lui n'était pas comptée : deux personnes publient deux années au même instant."""
    acteur, cfa = garnir(base)
    with base.lecture() as session:
        vu = preparer(session, acteur, cfa, AN)
    mettre_en_ligne(base, acteur, cfa, annee=AN - 1)
    with base.ecriture() as session, pytest.raises(PublicationRefusee, match="relisez le tableau"):
        publier(session, acteur, vu, marque=vu.marque)
    assert mettre_en_ligne(base, acteur, cfa)


@pytest.mark.parametrize("sorte", sorted(HOSTILES))
def test_une_saisie_hostile_revient_en_422_ou_se_garde_comme_un_texte(
    base: BaseSQL, connecter: Callable[[Acteur], Client], client_anonyme: Client, sorte: str
) -> None:
    acteur, cfa = garnir(base)
    numero, texte = mettre_en_ligne(base, acteur, cfa), HOSTILES[sorte]
    client, adresse = connecter(acteur), f"/publications/cfa/{cfa}/{AN}"
    marque = str(page(client, adresse).select_one('input[name="marque"]')["value"])  # type: ignore[index]
    for saisies in ({"marque": texte, "correction": "Oui."}, {"marque": marque, "correction": texte}):
        reponse = client.post(adresse, data=saisies)
        assert reponse.status_code in (303, 409, 422), reponse.status_code
        assert "<script>alert" not in reponse.text
    assert "<script>alert" not in client_anonyme.get(f"/ouvert/{UAI}").text
    assert client.post(f"/publications/{numero}/retrait", data={"motif": texte}).status_code in (303, 409, 422)
    assert "<script>alert" not in page(client, f"/publications/{numero}").decode()
