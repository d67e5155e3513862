"""Demander un avis, donner un nouveau lien, retirer une demande, lire les réponses."""

from collections.abc import Mapping
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template
from sqlmodel import Session

from appli.comptes.courrier import adresse_du_lien, demander_un_avis
from appli.comptes.envoi import courrier_possible, ecrire_a_une_adresse
from appli.presentation import Requete, reglages_de, visite_de
from appli.securite import empreinte_de, nouveau_jeton
from charte.acteur import Acteur, Geste, peut
from charte.commun.base import Base
from charte.commun.reglages import Reglages
from charte.commun.typographie import jour
from charte.commun.web import ErreurDeChamp, Saisies, acces, lire_formulaire, page, vers
from charte.services.portee import situer
from grilles.avis.formulaires import FormulaireDemande
from grilles.avis.lecture import viser
from grilles.avis.regles import DELAI_D_OFFICE, ELEMENTS_MAXIMAUX, PUBLICS
from grilles.avis.selection import charger_preselection
from grilles.avis.services import (
    CommandeDemande,
    Invitation,
    aujourd_hui,
    choix_par_poste,
    demander,
    lire_les_avis,
    renouveler,
    retirer,
)
from grilles.services import GrilleFigee, SaisieRefusee

AVIS = "/diplomes/{formation_id:int}/avis"
UNE = AVIS + "/{demande_id:int}"
FAITS = {
    "envoi": "La demande est partie par courriel.",
    "retrait": "La demande est retirée : son lien ne s’ouvre plus et ses réponses ne comptent plus. Un nouveau lien la "
    "rouvre.",
}


@get(AVIS, opt=acces(Geste.LIRE), sync_to_thread=True, name="avis")
def voir_les_avis(
    *,
    formation_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    annee: FromQuery[int | None] = None,
    fait: FromQuery[str] = "",
) -> Template:
    """Les avis demandés et ce qui a été répondu, par public."""
    return _page(base, acteur, formation_id, annee, fait=FAITS.get(fait, ""))


@get(AVIS + "/demande", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True, name="avis_demande")
def preparer_la_demande(
    *,
    formation_id: FromPath[int],
    request: Requete,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    public: FromQuery[str] = "apprentis",
    annee: FromQuery[int | None] = None,
) -> Template:
    """Le formulaire d'une demande, ses cases cochées d'office pour ce public."""
    choisi = public if public in PUBLICS else "apprentis"
    return _formulaire(request, base, acteur, formation_id, annee, choisi)


@post(AVIS + "/demande", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True, status_code=200)
def envoyer_la_demande(
    formation_id: FromPath[int],
    request: Requete,
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
) -> Template | Redirect:
    """Demande l'avis ; sans courrier ou sans adresse, montre une fois le lien à remettre."""
    with base.lecture() as session:
        situer(session, acteur, formation_id, Geste.REMPLIR_GRILLE)
    formulaire, erreurs = lire_formulaire(FormulaireDemande, data)
    if formulaire is None:
        return _reprendre(request, base, acteur, formation_id, data, erreurs)
    jeton, reglages = nouveau_jeton(), reglages_de(request)
    commande = CommandeDemande(formation_id, empreinte=empreinte_de(jeton), **formulaire.model_dump())
    try:
        with base.ecriture() as session:
            invitation = demander(session, reglages, acteur, commande)
            parti = _ecrire(session, reglages, acteur, visite_de(request).etablissement_nom, invitation, jeton)
    except (SaisieRefusee, GrilleFigee) as refus:
        champ = refus.champ if isinstance(refus, SaisieRefusee) else ""
        return _reprendre(request, base, acteur, formation_id, data, [ErreurDeChamp(champ, str(refus))])
    return _dire(reglages, formation_id, formulaire.annee, invitation, jeton, parti=parti)


@post(UNE + "/renouvellement", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True, status_code=200)
def donner_un_nouveau_lien(
    formation_id: FromPath[int],
    demande_id: FromPath[int],
    request: Requete,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
) -> Template | Redirect:
    """Donne un secret neuf ; l'ancien lien ne s'ouvre plus."""
    jeton, reglages = nouveau_jeton(), reglages_de(request)
    try:
        with base.ecriture() as session:
            invitation = renouveler(
                session, reglages, acteur, formation_id, demande_id=demande_id, empreinte=empreinte_de(jeton)
            )
            parti = _ecrire(session, reglages, acteur, visite_de(request).etablissement_nom, invitation, jeton)
    except SaisieRefusee as refus:
        return _page(base, acteur, formation_id, None, statut=409, erreurs=[ErreurDeChamp("", refus.message)])
    return _dire(reglages, formation_id, None, invitation, jeton, parti=parti)


@post(UNE + "/retrait", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True)
def retirer_une_demande(
    formation_id: FromPath[int],
    demande_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
) -> Template | Redirect:
    """Retire une demande et ses réponses."""
    try:
        with base.ecriture() as session:
            retirer(session, acteur, formation_id, demande_id)
    except SaisieRefusee as refus:
        return _page(base, acteur, formation_id, None, statut=409, erreurs=[ErreurDeChamp("", refus.message)])
    return vers(f"/diplomes/{formation_id}/avis?fait=retrait")


def _ecrire(
    session: Session, reglages: Reglages, acteur: Acteur, etablissement: str, invitation: Invitation, jeton: str
) -> bool:
    """Met la demande au courrier, dans la transaction qui la range ; faux s'il faut la remettre à la main."""
    if not invitation.courriel or not courrier_possible(reglages):
        return False
    courriel = demander_un_avis(etablissement, invitation.formation, jour(invitation.echeance), jeton)
    ecrire_a_une_adresse(session, reglages, acteur, invitation.courriel, courriel)
    return True


def _dire(
    reglages: Reglages, formation_id: int, annee: int | None, invitation: Invitation, jeton: str, *, parti: bool
) -> Template | Redirect:
    if parti:
        return vers(f"/diplomes/{formation_id}/avis?{f'annee={annee}&' if annee else ''}fait=envoi")
    lien = adresse_du_lien(jeton, reglages.adresse_publique, "/avis") if reglages.adresse_publique else ""
    return page(
        "grilles/avis/a_remettre.html", jeton=jeton, lien=lien, invitation=invitation, formation_id=formation_id,
        sans_courrier=bool(invitation.courriel),
    )  # fmt: skip


def _page(
    base: Base,
    acteur: Acteur,
    formation_id: int,
    annee: int | None,
    *,
    fait: str = "",
    statut: int = 200,
    erreurs: list[ErreurDeChamp] | None = None,
) -> Template:
    with base.lecture() as session:
        lue = lire_les_avis(session, acteur, formation_id, annee)
        ecrit = _ecrit(session, acteur, formation_id)
    return page("grilles/avis/avis.html", statut=statut, lue=lue, ecrit=ecrit, fait=fait, erreurs=erreurs or [])


def _ecrit(session: Session, acteur: Acteur, formation_id: int) -> bool:
    return peut(acteur, Geste.REMPLIR_GRILLE, situer(session, acteur, formation_id))


def _reprendre(
    requete: Requete,
    base: Base,
    acteur: Acteur,
    formation_id: int,
    data: Mapping[str, Any],
    erreurs: list[ErreurDeChamp],
) -> Template:
    """Le formulaire refusé, tel qu'il a été rempli."""
    public = str(data.get("public") or "")
    brute = str(data.get("annee") or "")
    annee = int(brute) if brute.isdecimal() and len(brute) == 4 else None
    choisi = public if public in PUBLICS else "apprentis"
    return _formulaire(requete, base, acteur, formation_id, annee, choisi, data, erreurs)


def _formulaire(
    requete: Requete,
    base: Base,
    acteur: Acteur,
    formation_id: int,
    annee: int | None,
    public: str,
    data: Mapping[str, Any] | None = None,
    erreurs: list[ErreurDeChamp] | None = None,
) -> Template:
    with base.lecture() as session:
        visee = viser(session, acteur, formation_id, annee, Geste.REMPLIR_GRILLE)
    cochees = _cochees(data) if data is not None else set(charger_preselection(visee.edition)[public])
    d_office = {"repere": "", "courriel": "", "echeance": (aujourd_hui() + DELAI_D_OFFICE).isoformat()}
    saisies = d_office if data is None else {nom: str(data.get(nom) or "") for nom in d_office}
    return page(
        "grilles/avis/demande.html", statut=422 if erreurs else 200, grille=visee, public=public, publics=PUBLICS,
        postes=choix_par_poste(visee, public), cochees=cochees, saisies=saisies, erreurs=erreurs or [],
        maximum=ELEMENTS_MAXIMAUX, courrier=courrier_possible(reglages_de(requete)),
    )  # fmt: skip


def _cochees(data: Mapping[str, Any]) -> set[str]:
    choisies = data.get("elements") or ()
    return {choisies} if isinstance(choisies, str) else {str(element) for element in choisies}


ROUTES = (
    voir_les_avis,
    preparer_la_demande,
    envoyer_la_demande,
    donner_un_nouveau_lien,
    retirer_une_demande,
)
