"""Le dialogue à deux parties dans un vrai navigateur, de l'ouverture d'une campagne à la reprise de l'année d'après.

Une référente de l'établissement, la référente d'un CFA partenaire, un collègue, un délégué d'apprentis sur son
téléphone. Les essais se suivent, sur le même serveur : chacun part de ce que le précédent a laissé.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, expect

from appli.base import BaseSQL
from charte.acteur import Mandat, Partie, Portee, Role
from charte.commun.base import exiger_id, maintenant
from charte.commun.reglages import Reglages
from charte.commun.typographie import FUSEAU
from charte.modeles import Cfa, Formation
from grilles.services import annee_courante
from tests.conftest import creer_compte
from tests.grilles.conftest import creer_collegue
from tests.navigateur.controles import BUREAU, HAUTEUR, TELEPHONE, controler, suivre
from tests.navigateur.maison import Maison, Visiteur, entrer, servir

pytestmark = pytest.mark.navigateur

REFERENTE, COLLEGUE, DU_CFA = "référente", "collègue", "référente du CFA"
DIPLOME, AUTRE = "BUT Génie du dialogue", "Licence hors de la campagne"
ENREGISTRE = re.compile(r"Enregistré à \d\d:\d\d")
AN = annee_courante()
AU_REPOS = """() => !document.querySelector(".htmx-request")
  && document.getAnimations().every(a => a.playState !== "running")"""
REPRISES = 5
"""Un contrôle pendant lequel la page a envoyé quelque chose d'elle-même ne dit rien : il se refait, au repos."""


def _peupler(base: BaseSQL, _reglages: Reglages) -> tuple[dict[str, int], dict[str, Visiteur]]:
    """Un établissement, un CFA partenaire, deux diplômes, trois comptes ; aucune campagne."""
    referente = creer_compte(base, "Université des Quatre-Vents", Role.REFERENT_QUALITE, "claire@quatre-vents.invalid")
    qui = referente.etablissement_id
    with base.ecriture() as session:
        cfa = Cfa(etablissement_id=qui, nom="CFA des Deux Rives", uai="0352756F", interne=False)
        session.add(cfa)
        session.flush()
        cfa_id = exiger_id(cfa.id)
        formations = [
            Formation(
                etablissement_id=qui,
                cfa_id=cfa_id,
                code=f"dialogue-{rang}",
                libelle=nom,
                rncp=f"RNCP3500{rang}",
                uai_formateur=cfa.uai,
            )
            for rang, nom in enumerate((DIPLOME, AUTRE))
        ]
        session.add_all(formations)
        session.flush()
        objets = {"formation": exiger_id(formations[0].id), "autre": exiger_id(formations[1].id)}
    du_cfa = Mandat(Role.REFERENT_QUALITE, Portee.CFA, cfa_id, Partie.CFA)
    du_diplome = Mandat(Role.RESPONSABLE_FORMATION, Portee.FORMATION, objets["formation"])
    creer_collegue(base, referente, Role.REFERENT_QUALITE, "Odile du CFA", (du_cfa,))
    creer_collegue(base, referente, Role.RESPONSABLE_FORMATION, "Karim du BUT", (du_diplome,))
    courriels = {
        REFERENTE: "claire@quatre-vents.invalid",
        DU_CFA: "odile.du.cfa@quatre-vents.invalid",
        COLLEGUE: "karim.du.but@quatre-vents.invalid",
    }
    return objets, {nom: Visiteur(nom, courriel) for nom, courriel in courriels.items()}


@dataclass
class Table:
    """La table du dialogue : un navigateur par personne, et ce que le scénario retient d'un essai à l'autre."""

    maison: Maison
    contextes: dict[str, BrowserContext]
    retenu: dict[str, str] = field(default_factory=dict)

    def page(self, qui: str) -> Page:
        """Un onglet neuf de cette personne."""
        return self.contextes[qui].new_page()

    def poste(self, numero: int, suite: str = "") -> str:
        """L'adresse d'un poste de la grille du diplôme."""
        return f"/diplomes/{self.maison.objets['formation']}/grille/{numero}{suite}"

    @property
    def diplome(self) -> str:
        """L'adresse du diplôme."""
        return f"/diplomes/{self.maison.objets['formation']}"


@pytest.fixture(scope="module")
def table(navigateur: Browser, tmp_path_factory: pytest.TempPathFactory, base_modele: Path) -> Iterator[Table]:
    """L'application servie, ouvriers compris, et trois personnes connectées."""
    with (
        servir(tmp_path_factory.mktemp("dialogue"), base_modele, _peupler, ouvriers=True) as maison,
        entrer(navigateur, maison, REFERENTE) as claire,
        entrer(navigateur, maison, DU_CFA) as odile,
        entrer(navigateur, maison, COLLEGUE) as karim,
    ):
        yield Table(maison, {REFERENTE: claire, DU_CFA: odile, COLLEGUE: karim})


def _jour(dans: int) -> str:
    return f"{maintenant().astimezone(FUSEAU) + timedelta(days=dans):%Y-%m-%d}"


def _accessible(page: Page) -> None:
    """Ni faute d'axe, ni faute de structure, ni débordement à 320 pixels."""
    page.wait_for_load_state("load")
    # Un envoi en cours pâlit son bouton le temps de partir : ce n'est pas l'état que l'on juge.
    envois: list[Request] = []

    def noter(envoi: Request) -> None:
        envois.append(envoi)

    page.on("request", noter)
    for _ in range(REPRISES):
        page.wait_for_function(AU_REPOS)
        envois.clear()
        fautes = controler(page, complet=False)
        if not envois:
            break
    page.remove_listener("request", noter)
    assert fautes == [], page.url
    page.set_viewport_size({"width": BUREAU, "height": HAUTEUR})


def _ligne(page: Page, element: str) -> Locator:
    return page.locator(f"#e-{element.replace('.', '-')}")


def _repondre(page: Page, element: str, etat: str) -> None:
    """Choisit un état, et attend que le serveur l'ait dit enregistré."""
    _ligne(page, element).get_by_label(etat, exact=True).check()
    expect(_ligne(page, element).locator(".ligne__suivi")).to_have_text(ENREGISTRE)


def _citer(page: Page, element: str, titre: str) -> None:
    """Cite un lien à l'appui d'une ligne."""
    ligne = _ligne(page, element)
    ligne.get_by_text("Ajouter une preuve").click()
    ligne.get_by_label("Titre").fill(titre)
    ligne.get_by_label("Adresse du document").fill("https://intranet.exemple.invalid/piece.pdf")
    ligne.get_by_role("button", name="Ajouter").click()
    expect(ligne.get_by_role("list", name="Preuves")).to_contain_text(titre)


def test_la_referente_prepare_la_campagne_choisit_les_diplomes_et_l_ouvre(table: Table) -> None:
    page = table.page(REFERENTE)
    page.goto("/campagnes")
    _accessible(page)
    page.get_by_role("link", name="Préparer une campagne").first.click()
    page.get_by_label("Seulement ceux que l’on choisit").check()
    page.get_by_label("Échéance des positions").fill(_jour(30))
    page.get_by_label("Échéance de la concertation").fill(_jour(60))
    _accessible(page)
    suivre(page, page.get_by_role("button", name="Créer la campagne"))
    page.get_by_label(f"retenu : {DIPLOME}").check()
    _accessible(page)
    page.get_by_role("button", name="Enregistrer cette page").click()
    expect(page.get_by_label(f"retenu : {DIPLOME}")).to_be_checked()
    suivre(page, page.get_by_role("link", name="Conduite"))
    table.retenu["campagne"] = page.url.removesuffix("/conduite")
    _accessible(page)
    page.get_by_role("button", name="Ouvrir la campagne").click()
    expect(page.locator("[aria-current=step]")).to_have_text("ouverte")


def test_la_referente_du_cfa_voit_quoi_faire_dit_ses_positions_et_cite_une_preuve(table: Table) -> None:
    page = table.page(DU_CFA)
    page.goto("/")
    _accessible(page)
    suivre(page, page.get_by_role("link", name=DIPLOME).first)
    page.goto(table.diplome + "/grille")
    page.get_by_role("button", name="Commencer la grille").click()
    page.wait_for_url("**/grille/1")
    page.goto(table.poste(4))
    expect(page.get_by_role("link", name="CFA", exact=True)).to_have_attribute("aria-current", "true")
    for element, etat in (("4.S1.1", "Tenu"), ("4.S1.2", "Non tenu"), ("4.S1.3", "Tenu"), ("4.S1.4", "En partie")):
        _repondre(page, element, etat)
    _citer(page, "4.S1.1", "Enquête d’insertion")
    _accessible(page)
    page.goto(table.poste(1))
    _repondre(page, "1.S1.1", "Non tenu")
    page.goto(table.poste(4, "?partie=etablissement"))
    expect(page.locator("form[data-brouillon]")).to_have_count(0)


def test_la_referente_dit_la_position_de_l_etablissement(table: Table) -> None:
    page = table.page(REFERENTE)
    page.goto(table.poste(4))
    suivre(page, page.get_by_role("navigation", name="Position montrée").get_by_role("link", name="Établissement"))
    for element in ("4.S1.1", "4.S1.2", "4.S1.3", "4.S1.4"):
        _repondre(page, element, "Tenu")
    expect(_ligne(page, "4.S1.2")).to_contain_text("CFA : non tenu")
    _accessible(page)
    page.goto(table.poste(1, "?partie=etablissement"))
    _repondre(page, "1.S1.1", "En partie")


def test_le_delegue_donne_son_avis_par_son_lien_sur_un_telephone_sans_javascript(
    table: Table, navigateur: Browser
) -> None:
    bureau = table.page(REFERENTE)
    bureau.goto(table.diplome + "/avis")
    _accessible(bureau)
    bureau.get_by_role("link", name="Demander à un apprenti").click()
    bureau.get_by_label("Repère").fill("délégué de troisième année")
    bureau.get_by_label("4.S1.2").check()
    _accessible(bureau)
    suivre(bureau, bureau.get_by_role("button", name="Demander cet avis"))
    code = bureau.locator(".code-a-remettre").last.inner_text()
    _accessible(bureau)
    telephone = navigateur.new_context(
        base_url=table.maison.adresse,
        locale="fr-FR",
        java_script_enabled=False,
        viewport={"width": TELEPHONE, "height": HAUTEUR},
    )
    page = telephone.new_page()
    page.goto("/avis")
    page.get_by_label("Votre code").fill(code)
    page.get_by_role("button", name="Voir les questions").click()
    question = page.get_by_role("group", name=re.compile("Enquête de satisfaction"))
    question.get_by_label("Non tenu").check()
    question.get_by_text("Ajouter un commentaire").click()
    question.get_by_label("Votre commentaire").fill("Nous n’avons jamais reçu d’enquête.")
    page.get_by_role("button", name="Envoyer mon avis").click()
    expect(page.get_by_role("heading", name="Merci de votre avis")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= TELEPHONE
    telephone.close()


def test_les_ecarts_le_plus_grand_d_abord_puis_les_accords_repris(table: Table) -> None:
    page = table.page(REFERENTE)
    page.goto(table.diplome + "/ecarts")
    premier = page.get_by_role("article").first
    expect(premier).to_contain_text("4.S1.2")
    expect(premier).to_contain_text("2 crans d’écart")
    expect(premier).to_contain_text("Nous n’avons jamais reçu d’enquête.")
    _accessible(page)
    page.get_by_role("button", name="Reprendre 2 accords").click()
    expect(page.get_by_role("status")).to_contain_text("2 accords repris")
    _accessible(page)
    page.goto(table.poste(4))
    expect(_ligne(page, "4.S1.3").get_by_label("Tenu", exact=True)).to_be_checked()


def test_en_concertation_le_cfa_ne_peut_plus_ecrire_et_lit_pourquoi(table: Table) -> None:
    page = table.page(REFERENTE)
    cfa = table.page(DU_CFA)
    cfa.goto(table.poste(4))
    page.goto(table.retenu["campagne"] + "/conduite")
    page.get_by_role("button", name="Passer en concertation").click()
    expect(page.locator("[aria-current=step]")).to_have_text("en concertation")
    _accessible(page)
    _ligne(cfa, "4.S1.2").get_by_label("Tenu", exact=True).check()
    expect(_ligne(cfa, "4.S1.2").get_by_role("alert")).to_contain_text("Les positions des parties sont closes")
    cfa.reload()
    expect(cfa.locator("main")).to_contain_text("Les positions des parties sont closes")
    expect(_ligne(cfa, "4.S1.2").locator(".ligne__lue").first).to_contain_text("Non tenu")
    _accessible(cfa)


def test_la_concertee_s_ecrit_sur_les_desaccords_au_clavier_seul(table: Table) -> None:
    page = table.page(REFERENTE)
    page.goto(table.poste(4, "?filtre=desaccords"))
    expect(page.locator("[data-ligne]")).to_have_count(2)
    for element, argument in (
        ("4.S1.2", "L’enquête existe ; elle part désormais aussi aux apprentis."),
        ("4.S1.4", "Un forum commun en mars, ouvert aux deux promotions."),
    ):
        page.keyboard.press("j")
        expect(_ligne(page, element)).to_be_focused()
        page.keyboard.press("1")
        page.keyboard.press("Escape")
        _ligne(page, element).focus()
        page.keyboard.press("c")
        page.keyboard.type(argument)
        page.keyboard.press("Escape")
        expect(_ligne(page, element).locator(".ligne__suivi")).to_have_text(ENREGISTRE)
    _accessible(page)
    page.wait_for_timeout(1300)
    page.reload()
    expect(_ligne(page, "4.S1.2").get_by_label("Commentaire sur 4.S1.2")).to_have_value(re.compile("désormais"))


def test_deux_personnes_sur_la_meme_reponse_voient_les_deux_textes(table: Table) -> None:
    claire, karim = table.page(REFERENTE), table.page(COLLEGUE)
    for qui in (claire, karim):
        qui.goto(table.poste(4))
    statuts: list[int] = []
    claire.on("response", lambda r: statuts.append(r.status) if "/reponses/4.C1.1" in r.url else None)
    for qui, texte in ((karim, "Offres publiées chaque mois."), (claire, "Offres publiées sur le site.")):
        _ligne(qui, "4.C1.1").get_by_text("Commentaire", exact=True).click()
        _ligne(qui, "4.C1.1").get_by_label("Commentaire sur 4.C1.1").fill(texte)
        qui.keyboard.press("Tab")
        expect(_ligne(qui, "4.C1.1").locator(".suivi__fait, .conflit")).to_have_count(1)
    conflit = _ligne(claire, "4.C1.1").locator(".conflit")
    expect(conflit).to_contain_text("Karim du BUT a répondu avant vous")
    expect(conflit).to_contain_text("Offres publiées chaque mois.")
    expect(conflit).to_contain_text("Offres publiées sur le site.")
    assert 409 in statuts
    _accessible(claire)
    claire.get_by_role("button", name="Fusionner").click()
    expect(conflit).to_have_count(0)
    karim.reload()
    fondu = _ligne(karim, "4.C1.1").get_by_label("Commentaire sur 4.C1.1")
    expect(fondu).to_have_value("Offres publiées chaque mois.\nOffres publiées sur le site.")


def test_un_brouillon_survit_a_une_session_fermee(table: Table) -> None:
    contexte, page = table.contextes[COLLEGUE], table.page(COLLEGUE)
    temoins = contexte.cookies()
    page.clock.install()
    with page.expect_response("**/grille/presence"):
        page.goto(table.poste(4))
    contexte.clear_cookies()
    # La page qui se signale seule ne doit pas faire entrer celle de connexion dans la grille.
    with page.expect_response("**/grille/presence"):
        page.clock.fast_forward(31_000)
    _ligne(page, "4.C1.2").get_by_text("Commentaire", exact=True).click()
    _ligne(page, "4.C1.2").get_by_label("Commentaire sur 4.C1.2").fill("Écrit après la fin de la session.")
    page.keyboard.press("Tab")
    expect(_ligne(page, "4.C1.2").locator(".suivi__garde")).to_contain_text("votre session est fermée")
    _accessible(page)
    preuve = _ligne(page, "4.C1.2").locator("form[data-preuve]")
    _ligne(page, "4.C1.2").get_by_text("Ajouter une preuve").click()
    preuve.get_by_label("Titre").fill("Note de cadrage")
    preuve.get_by_role("button", name="Ajouter").click()
    page.wait_for_url(re.compile("/connexion"))
    contexte.add_cookies([{"name": t["name"], "value": t["value"], "url": table.maison.adresse} for t in temoins])
    page.goto(table.poste(4))
    expect(_ligne(page, "4.C1.2").locator(".ligne__suivi")).to_have_text(ENREGISTRE)
    expect(preuve.get_by_label("Titre")).to_have_value("Note de cadrage")
    preuve.get_by_label("Adresse du document").fill("https://intranet.exemple.invalid/cadrage")
    preuve.get_by_role("button", name="Ajouter").click()
    expect(_ligne(page, "4.C1.2").get_by_role("list", name="Preuves")).to_contain_text("Note de cadrage")
    page.reload()
    expect(preuve.get_by_label("Titre")).to_have_value("")
    expect(_ligne(page, "4.C1.2").get_by_label("Commentaire sur 4.C1.2")).to_have_value(re.compile("Écrit après"))


def test_un_jalon_de_la_bibliotheque_convenu_puis_atteint_sur_preuve_fait_monter_le_niveau(table: Table) -> None:
    page = table.page(REFERENTE)
    page.goto(table.poste(4, "?filtre=sans_preuve"))
    _citer(page, "4.S1.2", "Résultats de l’enquête de satisfaction")
    for element in ("4.S1.3", "4.S1.4"):
        _ligne(page, element).get_by_text("Ajouter une preuve").click()
        _ligne(page, element).get_by_role("button", name="Citer celle-ci").click()
        expect(_ligne(page, element).get_by_role("list", name="Preuves")).to_contain_text("Résultats de l’enquête")
    expect(page.locator("#bilan .niveau__mot")).to_have_text("Socle")
    page.goto(table.diplome + "/jalons/propositions?poste=4")
    _accessible(page)
    suivre(page, page.get_by_role("link", name="Reprendre et adapter").first)
    page.get_by_label("Échéance").fill(_jour(90))
    _accessible(page)
    suivre(page, page.get_by_role("button", name="Proposer"))
    _accessible(page)
    page.get_by_role("link", name="Convenir").click()
    page.get_by_label("Quel jour").fill(_jour(0))
    page.get_by_label("Qui a donné son accord").fill("l’établissement, le CFA, les délégués des apprentis")
    page.get_by_label("Dans quelle instance").fill("conseil de perfectionnement")
    _accessible(page)
    suivre(page, page.get_by_role("button", name="Noter l’accord"))
    suivre(page, page.get_by_role("link", name="Citer une preuve"))
    page.get_by_label("Une preuve que le diplôme cite déjà").select_option("Enquête d’insertion")
    _accessible(page)
    page.get_by_role("button", name="Citer la preuve").click()
    page.get_by_role("link", name="Dire atteint").click()
    page.get_by_label("Quel jour").fill(_jour(0))
    page.get_by_label("Dans quelle instance").fill("conseil de perfectionnement")
    _accessible(page)
    suivre(page, page.get_by_role("button", name="Noter qu’il est atteint"))
    _accessible(page)
    page.goto(table.poste(4))
    expect(page.locator("#bilan .niveau__mot")).to_have_text("Jalon 1")
    _accessible(page)


def test_une_action_nee_d_un_ecart_se_suit_puis_se_clot_sur_preuve_et_reevaluation(table: Table) -> None:
    page = table.page(REFERENTE)
    page.goto(table.poste(1, "?filtre=desaccords"))
    _repondre(page, "1.S1.1", "En partie")
    page.reload()
    _ligne(page, "1.S1.1").get_by_role("link", name="Ouvrir une action").click()
    page.get_by_label("Ce qui sera fait").fill("Inviter le CFA et les délégués au comité de pilotage")
    page.get_by_label("Qui la porte").fill("responsable de la formation")
    page.get_by_label("Échéance").fill(_jour(45))
    page.get_by_label("Effet attendu").fill("Le CFA siège au comité de pilotage.")
    _accessible(page)
    page.get_by_role("button", name="Ouvrir l’action").click()
    expect(page.locator("main")).to_contain_text("1.S1.1")
    page.get_by_role("button", name="Commencer l’action").click()
    page.get_by_label("Où en est-elle ?").fill("Invitations parties ; le CFA a répondu oui.")
    page.get_by_role("button", name="Ajouter au suivi").click()
    expect(page.get_by_role("listitem").filter(has_text="Invitations parties")).to_be_visible()
    page.get_by_text("Citer une preuve", exact=True).click()
    page.get_by_label("Titre du lien").fill("Compte rendu du comité")
    page.get_by_label("Adresse du lien").fill("https://intranet.exemple.invalid/comite.pdf")
    suivre(page, page.get_by_role("button", name="Citer cette preuve"))
    _accessible(page)
    page.get_by_role("link", name="Clore l’action").click()
    page.get_by_label("L’effet attendu est-il là ?").select_option("Effet obtenu")
    page.get_by_label("Réévaluation").fill("Le CFA et les délégués ont siégé ; les décisions sont partagées.")
    _accessible(page)
    page.get_by_role("button", name="Clore l’action").click()
    expect(page.get_by_role("heading", name="Effet obtenu")).to_be_visible()
    _accessible(page)


def test_les_controles_disent_qu_une_action_close_laisse_un_ecart_et_menent_a_sa_ligne(table: Table) -> None:
    page = table.page(REFERENTE)
    page.goto(table.diplome + "/controles")
    constat = page.get_by_role("listitem").filter(has_text="1.S1.1").first
    expect(constat).to_contain_text("L’action est close, et ce pour quoi elle était née n’est pas réglé.")
    _accessible(page)
    constat.get_by_role("link").click()
    page.get_by_role("definition").get_by_role("link", name=re.compile("1.S1.1")).click()
    expect(_ligne(page, "1.S1.1")).to_be_in_viewport()
    _repondre(page, "1.S1.1", "Tenu")
    page.goto(table.diplome + "/controles")
    expect(page.get_by_text("ce pour quoi elle était née n’est pas réglé")).to_have_count(0)


def test_la_grille_arretee_montre_son_empreinte_et_ne_se_change_plus(table: Table) -> None:
    page, ouverte = table.page(REFERENTE), table.page(COLLEGUE)
    ouverte.goto(table.poste(4))
    page.goto(table.diplome + "/grille/arreter")
    page.get_by_label("Instance").fill("conseil de perfectionnement")
    _accessible(page)
    page.get_by_role("button", name="Arrêter la grille").click()
    expect(page.get_by_role("status")).to_contain_text("La grille est arrêtée")
    empreinte = re.search(r"[0-9a-f]{64}", page.locator(".empreinte").inner_text())
    assert empreinte
    table.retenu["empreinte"] = empreinte[0]
    _accessible(page)
    page.goto(table.poste(4))
    expect(page.locator(".empreinte")).to_have_text(empreinte[0])
    expect(page.locator("main form:not([method=get])")).to_have_count(0)
    expect(page.locator("#bilan .niveau__mot")).to_have_text("Jalon 1")
    _accessible(page)
    # Une page restée ouverte, puis des envois forgés : rien ne passe, le texte revient à son auteur.
    _ligne(ouverte, "4.C1.3").get_by_label("Tenu", exact=True).check()
    expect(_ligne(ouverte, "4.C1.3").get_by_role("alert")).to_contain_text("arrêtée")
    jeton = ouverte.locator("input[name=_csrf]").first.input_value()
    for suite, saisie in (
        ("/reponses/4.C1.3", {"etat": "tenu", "version": "0"}),
        ("/preuves/4.S1.1", {"titre": "Forgée", "adresse": "https://intranet.exemple.invalid/x.pdf"}),
    ):
        envoi: dict[str, str | float | bool] = {**saisie, "partie": "concertee", "_csrf": jeton}
        reponse = table.contextes[COLLEGUE].request.post(f"{table.diplome}/grille{suite}", form=envoi)
        assert reponse.status == 409, suite


def test_rouvrir_avec_un_motif_fait_une_version_2_et_garde_la_premiere(table: Table) -> None:
    page = table.page(REFERENTE)
    page.goto(table.diplome + "/arretes")
    page.get_by_text("Rouvrir cette grille").click()
    page.get_by_label("Motif").fill("Une preuve retrouvée après le conseil.")
    _accessible(page)
    page.get_by_role("button", name="Rouvrir").click()
    expect(page.get_by_role("status")).to_contain_text("rouverte")
    expect(page.locator("main")).to_contain_text("version 2")
    expect(page.locator(".empreinte")).to_contain_text(table.retenu["empreinte"])
    page.goto(table.poste(4))
    _repondre(page, "4.C1.3", "Tenu")
    page.goto(table.retenu["campagne"] + "/conduite")
    page.get_by_label("Devant quelle instance").fill("conseil de perfectionnement")
    page.get_by_role("button", name="Arrêter la campagne").click()
    page.get_by_role("link", name="Continuer").click(timeout=30_000)
    expect(page.locator("[aria-current=step]")).to_have_text("arrêtée")
    page.goto(table.diplome + "/arretes")
    expect(page.get_by_role("heading", name=re.compile("version 2"))).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("version 1"))).to_be_visible()
    _accessible(page)


def test_l_annee_d_apres_les_reponses_se_reprennent_a_confirmer_et_l_on_en_confirme_une(table: Table) -> None:
    page = table.page(REFERENTE)
    page.goto("/campagnes/nouvelle")
    page.get_by_label("Année de la rentrée").fill(str(AN + 1))
    page.get_by_label("Nom de la campagne").fill("La suite du dialogue")
    page.get_by_role("button", name="Créer la campagne").click()
    suivre(page, page.get_by_role("button", name="Reprendre ces réponses, à confirmer"))
    suivre(page, page.get_by_role("link", name="Continuer"))
    _accessible(page)
    page.get_by_role("link", name="Conduire la campagne").click()
    page.get_by_role("button", name="Ouvrir la campagne").click()
    expect(page.locator("[aria-current=step]")).to_have_text("ouverte")
    page.goto(table.poste(4, f"?annee={AN + 1}&filtre=a_confirmer"))
    expect(page.locator("#bilan .niveau__mot")).to_have_text("En deçà du socle")
    ligne = _ligne(page, "4.S1.1")
    expect(ligne).to_contain_text("Repris de l’an passé, à confirmer")
    expect(ligne.get_by_role("list", name="Preuves")).to_contain_text("Enquête d’insertion")
    _accessible(page)
    ligne.get_by_role("button", name="Confirmer et passer au suivant").click()
    expect(ligne.locator(".ligne__suivi")).to_have_text(ENREGISTRE)
    page.reload()
    expect(_ligne(page, "4.S1.1")).to_have_count(0)
    expect(_ligne(page, "4.S1.2")).to_contain_text("à confirmer")
