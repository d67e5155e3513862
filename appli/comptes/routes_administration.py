"""Les comptes de l'établissement, pour son administrateur : inviter, donner, retirer, désactiver."""

from collections.abc import Callable, Mapping
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template
from sqlmodel import Session

from appli.cloison import hors_cloison
from appli.comptes.administration import (
    Nomination,
    desactiver,
    donner,
    fermer_ses_sessions,
    inviter,
    oter_le_second_facteur,
    reactiver,
    renvoyer_l_invitation,
    retirer,
)
from appli.comptes.confirmation import renouveler_le_cookie
from appli.comptes.envoi import courrier_possible
from appli.comptes.formulaires import FormulaireInvitation, FormulaireMandat
from appli.comptes.personnes import (
    courriels_abandonnes,
    lire_personne,
    lister_les_personnes,
    lister_les_portees,
    nommer_la_portee,
)
from appli.comptes.regles import ROLES, lire_le_mandat
from appli.presentation import Requete, reglages_de
from appli.sessions import Visite, changer_d_espace
from charte.acteur import Acteur, Geste
from charte.commun.base import Base
from charte.commun.reglages import Reglages
from charte.commun.web import ErreurDeChamp, Saisies, acces, lire_formulaire, page, vers
from charte.services import SaisieRefusee

UN = "/comptes/{compte_id:int}"
HORS_LISTE = "Choisissez dans la liste ce que le rôle couvre."
FAITS = {
    "invitation": "L’invitation est partie par courriel.",
    "annulation": "L’invitation est annulée.",
    "mandat": "Le rôle est donné. La personne est prévenue et devra se reconnecter.",
    "retrait": "Le rôle est retiré. La personne est prévenue.",
    "desactivation": "Le compte n’a plus aucun rôle ici.",
    "reactivation": "Les rôles retirés en dernier sont rendus.",
    "sessions": "Ses sessions sont fermées : la personne devra se reconnecter.",
    "second_facteur": "Le second facteur est ôté. La personne est prévenue.",
}
CHOIX_DE_ROLES = [("", "Choisir…"), *((role.value, mots.capitalize()) for role, mots in ROLES.items())]


@get("/comptes", opt=acces(Geste.ADMINISTRER), sync_to_thread=True, name="comptes")
def lister(
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
    fait: FromQuery[str] = "",
) -> Template:
    """Qui a un compte ici, avec quels rôles, et depuis quand on ne l'a pas vu."""
    with base.lecture() as session:
        personnes, abandonnes = lister_les_personnes(session, acteur), courriels_abandonnes(session, acteur)
    dit = FAITS.get(fait, "")
    regle = courrier_possible(reglages)
    return page("appli/comptes/comptes.html", personnes=personnes, abandonnes=abandonnes, fait=dit, regle=regle)


@get("/comptes/invitation", opt=acces(Geste.ADMINISTRER), sync_to_thread=True)
def preparer_l_invitation(base: NamedDependency[Base], acteur: NamedDependency[Acteur]) -> Template:
    """Le formulaire d'invitation."""
    return _page_d_invitation(base, acteur, {}, [])


@post("/comptes/invitation", opt=acces(Geste.ADMINISTRER), sync_to_thread=True, status_code=200)
def envoyer_l_invitation(
    request: Requete, data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Invite ; sans courrier réglé, montre une fois le lien à remettre."""
    formulaire, erreurs = lire_formulaire(FormulaireInvitation, data)
    if formulaire is None:
        return _page_d_invitation(base, acteur, data, erreurs)
    try:
        jeton = _inviter(base, reglages_de(request), acteur, formulaire)
    except SaisieRefusee as refus:
        return _page_d_invitation(base, acteur, data, [ErreurDeChamp(refus.champ, refus.message)])
    return _dire_l_invitation(jeton, reglages_de(request), formulaire.courriel)


@hors_cloison()
def _inviter(base: Base, reglages: Reglages, acteur: Acteur, formulaire: FormulaireInvitation) -> str | None:
    with base.ecriture() as session:
        nomination = _nommer(session, acteur, formulaire)
        return inviter(session, reglages, acteur, (formulaire.courriel, formulaire.nom), nomination)


def _dire_l_invitation(jeton: str | None, reglages: Reglages, courriel: str) -> Template | Redirect:
    if jeton is None:
        return vers("/comptes?fait=invitation")
    return page("appli/comptes/a_remettre.html", jeton=jeton, adresse=reglages.adresse_publique, courriel=courriel)


@get(UN, opt=acces(Geste.ADMINISTRER), sync_to_thread=True, name="compte")
def voir_un_compte(
    compte_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    fait: FromQuery[str] = "",
) -> Template:
    """Une personne, ses rôles ici, et ce que l'on peut y changer."""
    return _page_d_un_compte(base, acteur, compte_id, fait=FAITS.get(fait, ""))


@post(UN + "/mandats", opt=acces(Geste.ADMINISTRER), sync_to_thread=True)
def donner_un_role(
    compte_id: FromPath[int],
    request: Requete,
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
) -> Template | Redirect:
    """Donne un rôle de plus ; 422 garde la saisie."""
    with base.lecture() as session:
        lire_personne(session, acteur, compte_id)
    formulaire, erreurs = lire_formulaire(FormulaireMandat, data)
    if formulaire is None:
        return _page_d_un_compte(base, acteur, compte_id, data, erreurs)

    def geste(session: Session) -> None:
        donner(session, reglages_de(request), acteur, compte_id, _nommer(session, acteur, formulaire))

    return _agir(request, base, acteur, compte_id, "mandat", geste, data)


@post(UN + "/mandats/{mandat_id:int}/retrait", opt=acces(Geste.ADMINISTRER), sync_to_thread=True)
def retirer_un_role(
    compte_id: FromPath[int],
    mandat_id: FromPath[int],
    request: Requete,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
) -> Template | Redirect:
    """Retire un rôle."""
    reglages = reglages_de(request)
    return _agir(
        request, base, acteur, compte_id, "retrait", lambda s: retirer(s, reglages, acteur, compte_id, mandat_id)
    )


@post(UN + "/desactivation", opt=acces(Geste.ADMINISTRER), sync_to_thread=True)
def desactiver_un_compte(
    compte_id: FromPath[int], request: Requete, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Retire tous les rôles tenus ici, ou annule l'invitation."""
    reglages = reglages_de(request)
    return _agir(
        request, base, acteur, compte_id, "desactivation", lambda s: desactiver(s, reglages, acteur, compte_id)
    )


@post(UN + "/reactivation", opt=acces(Geste.ADMINISTRER), sync_to_thread=True)
def reactiver_un_compte(
    compte_id: FromPath[int], request: Requete, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Rend les rôles retirés en dernier."""
    reglages = reglages_de(request)
    return _agir(request, base, acteur, compte_id, "reactivation", lambda s: reactiver(s, reglages, acteur, compte_id))


@post(UN + "/sessions", opt=acces(Geste.ADMINISTRER), sync_to_thread=True)
def fermer_les_sessions_d_un_compte(
    compte_id: FromPath[int],
    request: Requete,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    visite: NamedDependency[Visite],
) -> Template | Redirect:
    """Ferme les sessions d'une personne, sans toucher à ses rôles (poste volé, doute)."""
    return _agir(
        request, base, acteur, compte_id, "sessions",
        lambda s: fermer_ses_sessions(s, acteur, compte_id, sauf=visite.session_id),
    )  # fmt: skip


@post(UN + "/second-facteur/retrait", opt=acces(Geste.ADMINISTRER), sync_to_thread=True)
def oter_un_second_facteur(
    compte_id: FromPath[int], request: Requete, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Ôte le second facteur d'une personne qui a perdu son téléphone."""
    reglages = reglages_de(request)
    return _agir(
        request, base, acteur, compte_id, "second_facteur",
        lambda s: oter_le_second_facteur(s, reglages, acteur, compte_id),
    )  # fmt: skip


@post(UN + "/invitation", opt=acces(Geste.ADMINISTRER), sync_to_thread=True, status_code=200)
@hors_cloison()
def renvoyer(
    compte_id: FromPath[int], request: Requete, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Renvoie l'invitation d'une personne pas encore venue ; d'une autre, ne fait rien."""
    reglages = reglages_de(request)
    with base.ecriture() as session:
        personne = lire_personne(session, acteur, compte_id)
        if personne.etat != "invite":
            return vers(f"/comptes/{compte_id}")
        try:
            jeton = renvoyer_l_invitation(session, reglages, acteur, compte_id)
        except SaisieRefusee as refus:
            return _page_d_un_compte(base, acteur, compte_id, erreurs=[ErreurDeChamp("", refus.message)])
    return _dire_l_invitation(jeton, reglages, personne.courriel)


def _nommer(session: Session, acteur: Acteur, formulaire: FormulaireMandat) -> Nomination:
    """Le mandat demandé, s'il porte sur un objet de l'établissement. Lève `SaisieRefusee`."""
    objet = nommer_la_portee(lister_les_portees(session, acteur), formulaire.portee)
    if objet is None:
        raise SaisieRefusee("portee", HORS_LISTE)
    try:
        return Nomination(lire_le_mandat(formulaire.role, formulaire.portee), objet)
    except ValueError as erreur:
        raise SaisieRefusee("role", str(erreur)) from erreur


@hors_cloison()
def _agir(
    requete: Requete,
    base: Base,
    acteur: Acteur,
    compte_id: int,
    fait: str,
    geste: Callable[[Session], None],
    saisies: Mapping[str, Any] | None = None,
) -> Template | Redirect:
    """Fait un geste en une transaction ; de soi-même, la session change aussi de jeton. Un refus garde la page."""
    visite: Visite = requete.scope["state"]["visite"]
    jeton = None
    try:
        with base.ecriture() as session:
            geste(session)
            if compte_id == acteur.compte_id:
                jeton = changer_d_espace(session, visite, acteur.etablissement_id)
    except SaisieRefusee as refus:
        return _page_d_un_compte(base, acteur, compte_id, saisies, [ErreurDeChamp(refus.champ, refus.message)])
    reponse = vers(_suite(base, acteur, compte_id, fait))
    renouveler_le_cookie(reponse, requete, jeton)
    return reponse


def _suite(base: Base, acteur: Acteur, compte_id: int, fait: str) -> str:
    """La page de la personne, la liste si elle n'y est plus (invitation annulée), ou « mon compte »."""
    if compte_id == acteur.compte_id:
        return "/mon-compte"
    with base.lecture() as session:
        restent = {p.id for p in lister_les_personnes(session, acteur)}
    return f"/comptes/{compte_id}?fait={fait}" if compte_id in restent else "/comptes?fait=annulation"


def _page_d_invitation(
    base: Base, acteur: Acteur, saisies: Mapping[str, Any], erreurs: list[ErreurDeChamp]
) -> Template:
    with base.lecture() as session:
        portees = lister_les_portees(session, acteur)
    champs = {nom: str(saisies.get(nom) or "") for nom in ("courriel", "nom", "role", "portee")}
    return page(
        "appli/comptes/invitation.html",
        statut=422 if erreurs else 200, champs=champs, erreurs=erreurs, portees=portees, roles=CHOIX_DE_ROLES,
    )  # fmt: skip


def _page_d_un_compte(
    base: Base,
    acteur: Acteur,
    compte_id: int,
    saisies: Mapping[str, Any] | None = None,
    erreurs: list[ErreurDeChamp] | None = None,
    fait: str = "",
) -> Template:
    with base.lecture() as session:
        personne, portees = lire_personne(session, acteur, compte_id), lister_les_portees(session, acteur)
    champs = {nom: str((saisies or {}).get(nom) or "") for nom in ("role", "portee")}
    return page(
        "appli/comptes/compte.html",
        statut=422 if erreurs else 200, personne=personne, soi=personne.id == acteur.compte_id, champs=champs,
        erreurs=erreurs or [], portees=portees, roles=CHOIX_DE_ROLES, fait=fait,
    )  # fmt: skip


ROUTES = (
    lister,
    preparer_l_invitation,
    envoyer_l_invitation,
    voir_un_compte,
    donner_un_role,
    retirer_un_role,
    renvoyer,
    desactiver_un_compte,
    reactiver_un_compte,
    fermer_les_sessions_d_un_compte,
    oter_un_second_facteur,
)
