"""Une écriture demandée sur un élément d'une grille, et ce qu'on en rend : fragment avec htmx, page entière sans."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from litestar import Request
from litestar.datastructures import State
from litestar.response import Redirect, Template
from sqlmodel import Session

from charte.acteur import Acteur, Geste, Partie, parties_tenues
from charte.commun.base import Base
from charte.commun.web import ErreurDeChamp, Introuvable, page, vers
from charte.services.portee import situer
from grilles.formulaires import FormulairePreuve, FormulaireReponse
from grilles.presentation import (
    VueGrille,
    ancre,
    avec_poste,
    heure,
    ligne_suivante,
    partie_d_office,
    poste_de,
    preuve_brute,
    saisie_brute,
    voir,
)
from grilles.preuves.services.ecriture import CommandeDeCitation
from grilles.preuves.services.ecriture import citer as citer_connue
from grilles.services import (
    CommandePreuve,
    CommandeReponse,
    Conflit,
    GrilleFigee,
    SaisieRefusee,
    ajouter_preuve,
    annee_courante,
    enregistrer_reponse,
    resume_pour_rapport,
    retirer_preuve,
)
from grilles.services.presence import presents
from grilles.vues import PreuveLue, ReponseLue

Requete = Request[Any, Any, State]


def lire_vue(base: Base, acteur: Acteur, formation_id: int, annee: int | None, partie: str = "") -> VueGrille:
    """La vue d'une grille, lue d'un coup ; lève `Introuvable` pour une année ou une partie qui n'existent pas.

    Sans `partie` : la position concertée, ou celle du CFA pour qui n'écrit qu'elle.
    """
    if annee is not None and not 1000 <= annee <= 9999:
        raise Introuvable(f"Aucune grille {annee}.")
    with base.lecture() as session:
        tenues = parties_tenues(acteur, situer(session, acteur, formation_id))
        lue = _partie_lue(partie) if partie else partie_d_office(tenues)
        grille = resume_pour_rapport(session, acteur, formation_id, annee, geste=Geste.LIRE, partie=lue)
        autres = tuple(presents(session, acteur, grille.grille_id))
    return replace(voir(grille, acteur, annee_courante(), tenues), presents=autres)


def _partie_lue(partie: str) -> Partie:
    try:
        return Partie(partie)
    except ValueError as erreur:
        raise Introuvable(f"Aucune position « {partie} ».") from erreur


def annee_saisie(brut: Mapping[str, Any]) -> int | None:
    """L'année d'un formulaire, None si elle n'y est pas ou ne se lit pas."""
    texte = str(brut.get("annee") or "")
    return int(texte) if texte.isdecimal() and len(texte) == 4 else None


@dataclass(frozen=True)
class Demande:
    """Qui demande quoi, sur quel élément de quelle grille."""

    request: Requete
    base: Base
    acteur: Acteur
    formation_id: int
    element: str

    def ranger(self, formulaire: FormulaireReponse) -> Template | Redirect:
        """Range la réponse selon ce que l'auteur décide, et rend ce qu'il doit voir."""
        saisie = {**formulaire.model_dump(), "commentaire": _commentaire(formulaire)}
        try:
            if formulaire.resolution != "sien":
                self._enregistrer(formulaire)
        except SaisieRefusee as refus:
            return self.rendre_reponse(self.en_saisie(saisie, [ErreurDeChamp(refus.champ, refus.message)]), 422)
        except GrilleFigee as refus:
            return self.rendre_reponse(self.en_saisie(saisie, [ErreurDeChamp("", str(refus))]), 409)
        except Conflit as conflit:
            return self.rendre_reponse(self.en_saisie(saisie, autre=conflit.autre), 409)
        return self.rendre_reponse(self.vue(saisie), resolue=bool(formulaire.resolution))

    def citer(self, formulaire: FormulairePreuve) -> Template | Redirect:
        """Range la preuve, ou cite de nouveau celle que la grille cite déjà."""
        try:
            with self.base.ecriture() as session:
                self._citer(session, formulaire)
        except GrilleFigee as refus:
            saisie = preuve_brute(formulaire.model_dump(), [ErreurDeChamp("", str(refus))])
            return self.rendre_preuves(replace(self.vue(formulaire.model_dump()), preuve=saisie), 409)
        return self.rendre_preuves(self.vue(formulaire.model_dump()))

    def retirer(self, preuve_id: int, brut: Mapping[str, Any]) -> Template | Redirect:
        """Retire la preuve ; la réponse offre de la remettre."""
        annee = annee_saisie(brut)
        formation_id, element = self.formation_id, self.element
        try:
            with self.base.ecriture() as session:
                retiree = retirer_preuve(session, self.acteur, formation_id, element, preuve_id=preuve_id, annee=annee)
        except GrilleFigee as refus:
            saisie = preuve_brute({}, [ErreurDeChamp("", str(refus))])
            return self.rendre_preuves(replace(self.vue(brut), preuve=saisie), 409)
        return self.rendre_preuves(self.vue(brut), retiree=retiree)

    def vue(self, brut: Mapping[str, Any]) -> VueGrille:
        """La vue du poste de l'élément ; lève `Introuvable` si la grille ne l'évalue pas."""
        toute = lire_vue(self.base, self.acteur, self.formation_id, annee_saisie(brut), str(brut.get("partie") or ""))
        vue = avec_poste(toute, poste_de(self.element), str(brut.get("filtre") or ""))
        try:
            vue.grille.ligne(self.element)
        except KeyError as erreur:
            raise Introuvable(str(erreur)) from erreur
        return replace(vue, element=self.element)

    def en_saisie(
        self, brut: Mapping[str, Any], erreurs: Sequence[ErreurDeChamp] = (), autre: ReponseLue | None = None
    ) -> VueGrille:
        """La même vue, l'élément montrant ce qui vient d'être tapé."""
        return replace(self.vue(brut), saisie=saisie_brute(brut, erreurs, autre))

    def rendre_reponse(self, vue: VueGrille, statut: int = 200, *, resolue: bool = False) -> Template | Redirect:
        """Avec htmx : le suivi de la ligne, ou la ligne entière après un conflit. Sans : la page, ou la suivante."""
        if self._par_htmx:
            gabarit = "grilles/fragment_ligne.html" if resolue else "grilles/fragment_reponse.html"
            entetes = {"HX-Retarget": f"#{ancre(vue.element)}", "HX-Reswap": "outerHTML"} if resolue else {}
            return self._fragment(gabarit, vue, statut, entetes)
        if statut != 200 or vue.poste is None:
            return page("grilles/poste.html", statut=statut, vue=vue, ancre=ancre, heure=heure)
        suivante = ligne_suivante(vue.poste, vue.element)
        adresse = vue.adresse_du_poste(vue.poste.numero, vue.filtre)
        return vers(f"{adresse}#{ancre(suivante) if suivante else 'fin'}")

    def rendre_preuves(
        self, vue: VueGrille, statut: int = 200, *, retiree: PreuveLue | None = None
    ) -> Template | Redirect:
        """Les preuves de la ligne, ou la page entière sans htmx."""
        if self._par_htmx:
            return self._fragment("grilles/fragment_preuves.html", vue, statut, {}, retiree=retiree)
        if statut != 200:
            return page("grilles/poste.html", statut=statut, vue=vue, ancre=ancre, heure=heure)
        return vers(f"{vue.adresse_du_poste(poste_de(vue.element), vue.filtre)}#{ancre(vue.element)}")

    def _citer(self, session: Session, formulaire: FormulairePreuve) -> None:
        if formulaire.preuve is not None:
            commande = CommandeDeCitation(self.formation_id, self.element, formulaire.preuve, None, formulaire.annee)
            citer_connue(session, self.acteur, commande)
            return
        valeurs = formulaire.model_dump(include={"titre", "adresse", "date_effet", "annee"})
        ajouter_preuve(session, self.acteur, CommandePreuve(self.formation_id, self.element, **valeurs))

    def _enregistrer(self, formulaire: FormulaireReponse) -> None:
        commande = CommandeReponse(
            formation_id=self.formation_id,
            element=self.element,
            etat=formulaire.etat,
            motif=formulaire.motif,
            commentaire=_commentaire(formulaire),
            version=formulaire.version_vue if formulaire.resolution else formulaire.version,
            annee=formulaire.annee,
            partie=formulaire.partie,
        )
        with self.base.ecriture() as session:
            enregistrer_reponse(session, self.acteur, commande)

    def _fragment(
        self, gabarit: str, vue: VueGrille, statut: int, entetes: Mapping[str, str], **contexte: Any
    ) -> Template:
        """Un morceau de page, signalé comme tel : une page d'erreur ou de connexion ne prend jamais sa place."""
        ligne = vue.grille.ligne(vue.element)
        reponse = page(gabarit, statut=statut, vue=vue, ligne=ligne, ancre=ancre, heure=heure, **contexte)
        reponse.headers.update({"Trajectoire-Fragment": vue.element, **entetes})
        return reponse

    @property
    def _par_htmx(self) -> bool:
        return self.request.headers.get("hx-request") == "true"


def _commentaire(formulaire: FormulaireReponse) -> str:
    """Le commentaire à ranger : le texte fusionné si l'auteur a fusionné."""
    return formulaire.commentaire_fusion if formulaire.resolution == "fusion" else formulaire.commentaire
