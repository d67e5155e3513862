"""La page qu'ouvre, sans compte, la personne à qui l'on demande son avis. Le secret n'est jamais dans une adresse."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Redirect, Template

from appli.avis.laissez_passer import DUREE, SUFFIXE, lire, signer
from appli.cloison import cloison, hors_cloison
from appli.comptes.confirmation import dire_l_attente
from appli.cookies import nom_du_cookie, poser_le_cookie
from appli.entree import adresse_de
from appli.freins import EssaiFreine, exiger_un_essai, oublier_l_essai, reconnaitre_l_essai_d_avis
from appli.presentation import Requete, reglages_de, visite_de
from appli.refus import noter_le_refus
from appli.securite import empreinte_de
from charte.acteur import Geste
from charte.commun.base import Base, maintenant
from charte.commun.web import ErreurDeChamp, Saisies, acces, page, vers
from grilles.avis.formulaires import AvisSaisi, champ_de, lire_les_avis
from grilles.avis.regles import AIDES, LIBELLES
from grilles.avis.reponses import (
    AvisChange,
    AvisClos,
    LienDAvis,
    LienPerdu,
    lire_la_page,
    reconnaitre_le_lien,
    rendre,
)
from grilles.avis.services import aujourd_hui
from grilles.avis.vues import PageDuLien

PERDU = "Ce code n’est pas le bon, ou son lien ne vaut plus. Demandez-en un nouveau à qui vous l’a donné."
AILLEURS = "Vous avez répondu depuis une autre fenêtre. Voici ce que vous venez de saisir : enregistrez pour le garder."


@get("/avis", opt=acces(Geste.PUBLIC), sync_to_thread=True, name="avis_lien")
def ouvrir_le_lien(request: Requete) -> Template:
    """Où mène le lien : le code y est déjà si le navigateur lit ce qui suit « # », sinon il s'y colle."""
    return _avec_la_visite(request, page("grilles/avis/ouvrir.html", erreurs=[]))


@post("/avis", opt=acces(Geste.PUBLIC), sync_to_thread=True)
def montrer_le_code(request: Requete, data: Saisies, base: NamedDependency[Base]) -> Template | Redirect:
    """Échange un code encore bon contre un laissez-passer de deux heures ; tout autre code a la même réponse."""
    visite = visite_de(request)
    essai = reconnaitre_l_essai_d_avis(reglages_de(request).cle_web, visite.ancre, adresse_de(request))
    try:
        with base.ecriture() as session:
            exiger_un_essai(session, essai, maintenant())
    except EssaiFreine as frein:
        return _refuser(request, 429, dire_l_attente(frein))
    lien = _reconnaitre(base, empreinte_de("".join(str(data.get("jeton") or "").split())[:200]))
    if lien is None:
        return _refuser(request, 422, PERDU)
    with base.ecriture() as session:
        oublier_l_essai(session, essai)
    return _laisser_passer(request, lien)


@get("/avis/reponses", opt=acces(Geste.PUBLIC), sync_to_thread=True, name="avis_reponses")
def voir_les_questions(request: Requete, base: NamedDependency[Base]) -> Template | Redirect:
    """Les questions, avec ce qui a déjà été répondu."""
    lien = _lien_de(request, base)
    if lien is None:
        return vers("/avis")
    lue = _lire(base, lien)
    return vers("/avis") if lue is None else _questions(request, lue)


@post("/avis/reponses", opt=acces(Geste.PUBLIC), sync_to_thread=True)
def donner_son_avis(request: Requete, data: Saisies, base: NamedDependency[Base]) -> Template | Redirect:
    """Range les réponses ; 422 et 409 gardent ce qui est tapé."""
    lien = _lien_de(request, base)
    lue = _lire(base, lien) if lien else None
    if lien is None or lue is None:
        return _refuser(request, 422, PERDU)
    avis, fautes = lire_les_avis(data, [question.element for question in lue.questions])
    if fautes and not lue.clos:
        return _questions(request, lue, 422, data, fautes)
    return _rendre(request, base, lien, data, avis) or vers("/avis/merci")


@get("/avis/merci", opt=acces(Geste.PUBLIC), sync_to_thread=True, name="avis_merci")
def remercier(request: Requete, base: NamedDependency[Base]) -> Template | Redirect:
    """Merci, et ce que deviennent les réponses."""
    lien = _lien_de(request, base)
    lue = _lire(base, lien) if lien else None
    if lue is None or not lue.rendu:
        return vers("/avis")
    return _avec_la_visite(request, page("grilles/avis/merci.html", lue=lue))


@post("/avis/fin", opt=acces(Geste.PUBLIC), sync_to_thread=True)
def finir(request: Requete) -> Redirect:
    """Ôte le laissez-passer de ce téléphone ; le lien, lui, vaut jusqu'à l'échéance."""
    reponse = vers("/avis")
    poser_le_cookie(reponse, reglages_de(request), SUFFIXE, "", duree=0)
    return reponse


def _laisser_passer(requete: Requete, lien: LienDAvis) -> Redirect:
    reglages, reponse = reglages_de(requete), vers("/avis/reponses")
    laissez_passer = signer(reglages.cle_web, lien.empreinte, maintenant())
    poser_le_cookie(reponse, reglages, SUFFIXE, laissez_passer, duree=DUREE.total_seconds())
    return reponse


def _rendre(
    requete: Requete, base: Base, lien: LienDAvis, data: Mapping[str, Any], avis: Sequence[AvisSaisi]
) -> Template | None:
    """Range les réponses ; rend la page qui dit ce qui l'empêche, ou None."""
    try:
        with cloison(lien.etablissement_id), base.ecriture() as session:
            rendre(session, lien, avis, maintenant(), aujourd_hui())
    except LienPerdu:
        return _refuser(requete, 422, PERDU)
    except AvisClos:
        lue = _lire(base, lien)
        return _refuser(requete, 422, PERDU) if lue is None else _questions(requete, lue, 409)
    except AvisChange as change:
        return _redire(requete, base, lien, data, change.elements)
    return None


@hors_cloison()
def _reconnaitre(base: Base, empreinte: str) -> LienDAvis | None:
    with base.lecture() as session:
        return reconnaitre_le_lien(session, empreinte, aujourd_hui())


def _lien_de(requete: Requete, base: Base) -> LienDAvis | None:
    """Le lien du laissez-passer, s'il vaut encore."""
    reglages = reglages_de(requete)
    empreinte = lire(reglages.cle_web, requete.cookies.get(nom_du_cookie(reglages, SUFFIXE)), maintenant())
    return None if empreinte is None else _reconnaitre(base, empreinte)


def _lire(base: Base, lien: LienDAvis) -> PageDuLien | None:
    with cloison(lien.etablissement_id), base.lecture() as session:
        try:
            return lire_la_page(session, lien, aujourd_hui())
        except LienPerdu:
            return None


def _redire(
    requete: Requete, base: Base, lien: LienDAvis, data: Mapping[str, Any], elements: Sequence[str]
) -> Template:
    """La page, à jour de ce qui est en base, avec ce qui vient d'être tapé : enregistrer de nouveau le garde."""
    lue = _lire(base, lien)
    if lue is None:
        return _refuser(requete, 422, PERDU)
    versions = {champ_de("version", question.element): str(question.version) for question in lue.questions}
    fautes = [ErreurDeChamp(champ_de("etat", element), AILLEURS) for element in elements]
    return _questions(requete, lue, 409, {**data, **versions}, fautes)


def _questions(
    requete: Requete,
    lue: PageDuLien,
    statut: int = 200,
    saisies: Mapping[str, Any] | None = None,
    erreurs: Sequence[ErreurDeChamp] = (),
) -> Template:
    reponse = page(
        "grilles/avis/repondre.html", statut=statut, lue=lue, saisies=_textes(saisies), erreurs=list(erreurs),
        champ_de=champ_de, reponses=LIBELLES, aides=AIDES,
    )  # fmt: skip
    return _avec_la_visite(requete, reponse)


def _textes(saisies: Mapping[str, Any] | None) -> dict[str, str] | None:
    return None if saisies is None else {nom: str(valeur or "") for nom, valeur in saisies.items()}


def _refuser(requete: Requete, statut: int, message: str) -> Template:
    noter_le_refus(requete, statut, "code d'avis refusé")
    reponse = page("grilles/avis/ouvrir.html", statut=statut, erreurs=[ErreurDeChamp("jeton", message)])
    return _avec_la_visite(requete, reponse)


def _avec_la_visite(requete: Requete, reponse: Template) -> Template:
    # Connecté, l'ancre est l'empreinte de la session : elle n'a rien à faire dans un autre cookie.
    visite = visite_de(requete)
    if visite.acteur is None:
        poser_le_cookie(reponse, reglages_de(requete), "-visite", visite.ancre)
    return reponse


ROUTES = (ouvrir_le_lien, montrer_le_code, voir_les_questions, donner_son_avis, remercier, finir)
