"""Le mot de passe oublié, et le lien reçu par courriel. Le secret du lien ne passe jamais dans une adresse lue ici."""

import logging

from litestar import get, post
from litestar.background_tasks import BackgroundTask
from litestar.di import NamedDependency
from litestar.response import Redirect, Template

from appli.cloison import hors_cloison
from appli.comptes.confirmation import dire_l_attente
from appli.comptes.envoi import courrier_possible
from appli.comptes.liens import LienLu, lire_le_lien
from appli.comptes.mon_compte import choisir_par_un_lien, demander_un_lien, reprocher_a
from appli.cookies import poser_le_cookie
from appli.entree import adresse_de
from appli.freins import EssaiFreine, exiger_un_essai, reconnaitre_la_demande_de_lien
from appli.presentation import Requete
from appli.refus import noter_le_refus
from appli.securite import condenser
from appli.sessions import CompteConnu, Visite, comptes_actifs
from appli.traces import consigner_la_panne
from charte.acteur import Geste
from charte.commun.base import Base, maintenant
from charte.commun.reglages import Reglages
from charte.commun.saisies import lire_ligne
from charte.commun.web import ErreurDeChamp, Saisies, acces, page, vers

JOURNAL = logging.getLogger("trajectoire.comptes")
PERIME = "Ce code n’est pas le bon, il a déjà servi, ou son délai est passé. Demandez un nouveau lien."
DIFFERENTS = "Les deux saisies ne sont pas les mêmes. Retapez le mot de passe deux fois."


@get("/mot-de-passe-oublie", opt=acces(Geste.PUBLIC), sync_to_thread=True, name="mot_de_passe_oublie")
def ouvrir_l_oubli(visite: NamedDependency[Visite], reglages: NamedDependency[Reglages]) -> Template:
    """Le formulaire qui demande un lien."""
    possible = courrier_possible(reglages)
    reponse = page("appli/comptes/oubli.html", possible=possible, envoye=False, erreurs=[], saisi="")
    _poser_la_visite(reponse, reglages, visite)
    return reponse


@post("/mot-de-passe-oublie", opt=acces(Geste.PUBLIC), sync_to_thread=True, status_code=200)
def recevoir_l_oubli(
    request: Requete, data: Saisies, base: NamedDependency[Base], reglages: NamedDependency[Reglages]
) -> Template:
    """Répond toujours la même chose, dans le même temps ; le lien éventuel se prépare une fois la réponse partie."""
    courriel, possible = lire_ligne(data.get("courriel"))[:254], courrier_possible(reglages)
    statut, message = _empechement(request, base, reglages, courriel)
    fautes = [ErreurDeChamp("courriel", message)] if message else []
    envoye, saisi = not fautes, courriel if fautes else ""
    reponse = page(
        "appli/comptes/oubli.html", statut=statut, possible=possible, envoye=envoye, erreurs=fautes, saisi=saisi
    )
    if envoye:
        reponse.background = BackgroundTask(_preparer_le_lien, base, reglages, courriel)
    return reponse


def _empechement(requete: Requete, base: Base, reglages: Reglages, courriel: str) -> tuple[int, str]:
    """(statut, ce qui empêche de demander un lien) ; rien de ce qui est dit ne dépend des comptes qui existent."""
    if "@" not in courriel:
        return 422, "Donnez le courriel de votre compte, par exemple prenom.nom@exemple.fr."
    try:
        with base.ecriture() as session:
            exiger_un_essai(
                session, reconnaitre_la_demande_de_lien(reglages.cle_web, courriel, adresse_de(requete)), maintenant()
            )
    except EssaiFreine as frein:
        noter_le_refus(requete, 429, "demande de lien freinée", courriel=courriel)
        return 429, dire_l_attente(frein)
    return 200, ""


@hors_cloison()
def _preparer_le_lien(base: Base, reglages: Reglages, courriel: str) -> None:
    try:
        if courrier_possible(reglages):
            with base.ecriture() as session:
                demander_un_lien(session, reglages, courriel)
    except Exception as erreur:
        consigner_la_panne(JOURNAL, "Un lien de réinitialisation n'a pas pu être préparé", erreur)


@get("/lien", opt=acces(Geste.PUBLIC), sync_to_thread=True, name="lien")
def ouvrir_le_lien(visite: NamedDependency[Visite], reglages: NamedDependency[Reglages]) -> Template:
    """La page où mène le courriel : le code y est déjà si le navigateur lit ce qui suit « # », sinon il s'y colle."""
    reponse = page("appli/comptes/lien.html", erreurs=[])
    _poser_la_visite(reponse, reglages, visite)
    return reponse


@post("/lien", opt=acces(Geste.PUBLIC), sync_to_thread=True, status_code=200)
def recevoir_le_lien(request: Requete, data: Saisies, base: NamedDependency[Base]) -> Template:
    """Un code encore bon mène au choix du mot de passe ; rien n'est encore employé."""
    jeton = _jeton(data)
    lien, compte = _lire(base, jeton)
    if lien is None or compte is None:
        return _dire_perime(request)
    return page("appli/comptes/choisir.html", lien=lien, jeton=jeton, erreurs=[])


@post("/lien/mot-de-passe", opt=acces(Geste.PUBLIC), sync_to_thread=True)
def choisir_le_mot_de_passe(
    request: Requete, data: Saisies, base: NamedDependency[Base], reglages: NamedDependency[Reglages]
) -> Template | Redirect:
    """Range le mot de passe choisi et emploie le lien ; il reste à se connecter."""
    jeton = _jeton(data)
    lien, compte = _lire(base, jeton)
    if lien is None or compte is None:
        return _dire_perime(request)
    choisi = str(data.get("nouveau") or "")
    fautes = fautes_du_choix(choisi, data.get("encore"), lien.nom, lien.courriel, tuple(e.nom for e in compte.espaces))
    if fautes:
        return page("appli/comptes/choisir.html", statut=422, lien=lien, jeton=jeton, erreurs=fautes)
    return (
        vers("/connexion?fait=mot_de_passe")
        if _employer(base, reglages, compte, jeton, choisi)
        else _dire_perime(request)
    )


def fautes_du_choix(
    choisi: str, encore: object, nom: str, courriel: str, etablissements: tuple[str, ...]
) -> list[ErreurDeChamp]:
    """Ce qui ne va pas dans un mot de passe neuf tapé deux fois."""
    if faute := reprocher_a(choisi, nom, courriel, etablissements):
        return [ErreurDeChamp("nouveau", faute)]
    return [] if str(encore or "") == choisi else [ErreurDeChamp("encore", DIFFERENTS)]


@hors_cloison()
def _lire(base: Base, jeton: str) -> tuple[LienLu | None, CompteConnu | None]:
    with base.lecture() as session:
        lien = lire_le_lien(session, jeton)
        comptes = comptes_actifs(session, lien.courriel) if lien else []
    return lien, comptes[0] if comptes else None


@hors_cloison()
def _employer(base: Base, reglages: Reglages, compte: CompteConnu, jeton: str, choisi: str) -> bool:
    condense = condenser(choisi)
    with base.ecriture() as session:
        return choisir_par_un_lien(session, reglages, compte, jeton, condense)


def _dire_perime(requete: Requete) -> Template:
    noter_le_refus(requete, 422, "lien refusé")
    return page("appli/comptes/lien.html", statut=422, erreurs=[ErreurDeChamp("jeton", PERIME)])


def _jeton(data: Saisies) -> str:
    return "".join(str(data.get("jeton") or "").split())[:200]


def _poser_la_visite(reponse: Template, reglages: Reglages, visite: Visite) -> None:
    # Connecté, l'ancre est l'empreinte de la session : elle n'a rien à faire dans un autre cookie.
    if visite.acteur is None:
        poser_le_cookie(reponse, reglages, "-visite", visite.ancre)


ROUTES = (ouvrir_l_oubli, recevoir_l_oubli, ouvrir_le_lien, recevoir_le_lien, choisir_le_mot_de_passe)
