"""La seconde étape de la connexion : le code du téléphone, ou un code de secours."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect, Template

from appli.cloison import hors_cloison
from appli.comptes.confirmation import dire_l_attente
from appli.comptes.second_facteur import accepter_un_code
from appli.cookies import nom_du_cookie, poser_le_cookie
from appli.entree import Entree, adresse_de, appareil_de, conduire
from appli.freins import EssaiFreine, exiger_un_essai, oublier_l_essai, reconnaitre_l_essai_de_code
from appli.presentation import Requete
from appli.refus import noter_le_refus
from appli.securite import adresse_locale, empreinte_de
from appli.sessions import Visite, comptes_actifs, fermer_session, ouvrir_session, session_en_attente
from charte.acteur import Geste
from charte.commun.base import Base, maintenant
from charte.commun.reglages import Reglages
from charte.commun.web import ErreurDeChamp, Saisies, acces, page, vers

REFUS = "Ce code n’est pas le bon, ou il a déjà servi. Attendez le suivant (30 secondes), ou prenez un code de secours."


class AttenteFinie(Exception):
    """Plus aucune session n'attend de code : dix minutes ont passé, ou elle est déjà ouverte."""


@get("/connexion/code", opt=acces(Geste.PUBLIC), sync_to_thread=True, name="code")
def demander_le_code(
    request: Requete,
    base: NamedDependency[Base],
    visite: NamedDependency[Visite],
    reglages: NamedDependency[Reglages],
    suite: FromQuery[str | None] = None,
) -> Template | Redirect:
    """La page du code ; sans session en attente, retour à la connexion."""
    with base.lecture() as session:
        if session_en_attente(session, _jeton(request, reglages)) is None:
            return vers("/connexion")
    reponse = page("appli/comptes/code.html", suite=adresse_locale(suite), erreurs=[])
    poser_le_cookie(reponse, reglages, "-visite", visite.ancre)
    return reponse


@post("/connexion/code", opt=acces(Geste.PUBLIC), sync_to_thread=True)
def recevoir_le_code(
    request: Requete, data: Saisies, base: NamedDependency[Base], reglages: NamedDependency[Reglages]
) -> Template | Redirect:
    """Ouvre une session neuve si le code est bon ; celle qui attendait est révoquée."""
    suite, code = adresse_locale(str(data.get("suite") or "")), str(data.get("code") or "")
    try:
        jeton = _entrer(base, reglages, request, code)
    except EssaiFreine as frein:
        return _reprendre(request, suite, 429, "second facteur freiné", dire_l_attente(frein))
    except AttenteFinie:
        return vers("/connexion")
    if jeton is None:
        return _reprendre(request, suite, 422, "second facteur refusé", REFUS)
    reponse = conduire(Entree(jeton, code_attendu=False), reglages, suite)
    poser_le_cookie(reponse, reglages, "-attente", "", duree=0)
    return reponse


@hors_cloison()
def _entrer(base: Base, reglages: Reglages, requete: Requete, code: str) -> str | None:
    """Le jeton d'une session neuve, None si le code est refusé. Lève `EssaiFreine`, `AttenteFinie`."""
    attente = _jeton(requete, reglages)
    with base.lecture() as session:
        trouvee = session_en_attente(session, attente)
    if trouvee is None:
        raise AttenteFinie
    compte_id, courriel, methode = trouvee
    essai = reconnaitre_l_essai_de_code(reglages.cle_web, compte_id, adresse_de(requete))
    with base.ecriture() as session:
        exiger_un_essai(session, essai, maintenant())
    with base.ecriture() as session:
        comptes = comptes_actifs(session, courriel)
        if not comptes or not accepter_un_code(session, reglages, compte_id, code):
            return None
        oublier_l_essai(session, essai)
        fermer_session(session, empreinte_de(attente))
        return ouvrir_session(session, comptes[0], methode, appareil=appareil_de(requete))


def _reprendre(requete: Requete, suite: str, statut: int, quoi: str, message: str) -> Template:
    noter_le_refus(requete, statut, quoi)
    erreurs = [ErreurDeChamp("code", message)]
    return page("appli/comptes/code.html", statut=statut, suite=suite, erreurs=erreurs)


def _jeton(requete: Requete, reglages: Reglages) -> str:
    return requete.cookies.get(nom_du_cookie(reglages, "-attente"), "")


ROUTES = (demander_le_code, recevoir_le_code)
