"""Une page ou une écriture demandée sur les jalons d'un diplôme, et ce qu'on en rend."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from litestar.response import Redirect, Template
from pydantic import BaseModel
from sqlmodel import Session

from charte.acteur import Acteur, Geste, peut
from charte.chargement import EDITION_COURANTE, charger_edition
from charte.commun.base import Base
from charte.commun.web import ErreurDeChamp, Introuvable, page, vers
from charte.propositions import Proposition, charger_propositions
from charte.services.portee import situer
from charte.textes import Poste
from grilles.jalons.contenu import Cadre, dans_l_unite_de_la_mesure, verifier
from grilles.jalons.formulaires import FormulaireDecision, FormulaireJalon
from grilles.jalons.presentation import SENS, Contexte, champs_du_contenu
from grilles.jalons.regles import Acte, Decision, Faute
from grilles.jalons.services.actes import Circonstances
from grilles.jalons.services.lecture import aujourd_hui, lire_un_jalon
from grilles.jalons.services.preuves import preuves_citables
from grilles.jalons.services.saisie import SaisieDeJalonRefusee, tient_la_concertee
from grilles.jalons.vues import Contenu, JalonLu, PreuveDuJalon
from grilles.mesures import LecteurDeMesures
from grilles.services.lecture import exiger_formation

F = TypeVar("F", bound=BaseModel)


@dataclass(frozen=True)
class DemandeDeJalons:
    """Qui demande, pour quel diplôme."""

    base: Base
    acteur: Acteur
    mesures: LecteurDeMesures
    formation_id: int

    def contexte(self, session: Session, jalons: Sequence[JalonLu] = ()) -> Contexte:
        """Le diplôme, ce que l'acteur peut y écrire, et les valeurs des indicateurs que ces jalons citent."""
        situation = situer(session, self.acteur, self.formation_id)
        cles = {jalon.contenu.indicateur for jalon in jalons if jalon.contenu.indicateur}
        return Contexte(
            formation=exiger_formation(session, self.acteur, self.formation_id),
            edition=charger_edition(EDITION_COURANTE),
            jour=aujourd_hui(),
            remplit=peut(self.acteur, Geste.REMPLIR_GRILLE, situation),
            tient=tient_la_concertee(self.acteur, situation),
            libelles=self.mesures.libelles(),
            unites=self.mesures.unites(),
            citees=self.mesures.valeurs(session, self.acteur, self.formation_id, cles),
        )

    def lire(self, jalon_id: int, *, geste: Geste = Geste.LIRE) -> tuple[Contexte, JalonLu, tuple[PreuveDuJalon, ...]]:
        """Un jalon, le contexte et les preuves qu'il peut citer ; lève `Introuvable`."""
        with self.base.lecture() as session:
            jalon = lire_un_jalon(session, self.acteur, self.formation_id, jalon_id, geste=geste)
            citables = preuves_citables(session, self.acteur, self.formation_id)
            return self.contexte(session, [jalon]), jalon, citables

    def contexte_pour_ecrire(self) -> Contexte:
        """Le contexte, si l'acteur propose pour ce diplôme ; lève `Introuvable`."""
        with self.base.lecture() as session:
            situer(session, self.acteur, self.formation_id, Geste.REMPLIR_GRILLE)
            return self.contexte(session)

    def ecrire(self, ranger: Callable[[Session], object]) -> list[ErreurDeChamp]:
        """Range en une transaction ; rend ce que les règles refusent."""
        try:
            with self.base.ecriture() as session:
                ranger(session)
        except SaisieDeJalonRefusee as refus:
            return en_erreurs(refus.fautes)
        return []


def en_erreurs(fautes: Sequence[Faute]) -> list[ErreurDeChamp]:
    """Les fautes des règles, telles que les pages les montrent."""
    return [ErreurDeChamp(faute.champ, faute.message) for faute in fautes]


def champs_de(modele: type[BaseModel], valeurs: Mapping[str, Any]) -> dict[str, str]:
    """Chaque champ du formulaire et ce qui a été tapé ; vide s'il manque."""
    return {nom: "" if valeurs.get(nom) is None else str(valeurs[nom]) for nom in modele.model_fields}


def poste_de(contexte: Contexte, numero: int) -> Poste:
    """Le poste de la charte ; lève `Introuvable`."""
    try:
        return contexte.edition.poste(numero)
    except KeyError as erreur:
        raise Introuvable(f"Aucun poste {numero}.") from erreur


def numero_de(brut: Any) -> int:
    """Un numéro de poste tapé dans une adresse ou un champ caché ; 0 s'il ne se lit pas."""
    texte = str(brut or "")
    return int(texte) if texte.isdecimal() and len(texte) < 3 else 0


def proposition_de(cle: str) -> Proposition:
    """La proposition de l'outil de cette clé ; lève `Introuvable`."""
    try:
        return charger_propositions(EDITION_COURANTE).de_cle(cle)
    except KeyError as erreur:
        raise Introuvable(f"Aucune proposition « {cle[:60]} ».") from erreur


def champs_de_la_proposition(proposition: Proposition, jour: date) -> dict[str, str]:
    """Une proposition de l'outil, prête à adapter ; l'échéance suggérée se compte en mois depuis aujourd'hui."""
    mois = jour.month - 1 + proposition.mois
    # Le premier du mois : un délai suggéré n'a pas de jour, et ce jour-là existe toujours.
    echeance = date(jour.year + mois // 12, mois % 12 + 1, 1)
    contenu = Contenu(
        intitule=proposition.intitule,
        preuve_attendue=proposition.preuve_attendue,
        element=proposition.element,
        indicateur=proposition.indicateur,
        echeance=echeance,
        moyens=proposition.moyens,
    )
    return champs_du_contenu(contenu, {})


def contenu_de(formulaire: FormulaireJalon, poste: Poste, contexte: Contexte) -> tuple[Contenu, list[ErreurDeChamp]]:
    """Ce qu'on range, et ce qu'il faut reprendre avant."""
    contenu = Contenu(
        intitule=formulaire.intitule,
        preuve_attendue=formulaire.preuve_attendue,
        element=formulaire.element or None,
        indicateur=formulaire.indicateur or None,
        sens=formulaire.sens or None,
        valeur_visee=formulaire.valeur_visee,
        echeance=formulaire.echeance,
        porteur=formulaire.porteur,
        moyens=formulaire.moyens,
    )
    erreurs = en_erreurs(verifier(contenu, Cadre(poste, contexte.unites)))
    return dans_l_unite_de_la_mesure(contenu, contexte.unites), erreurs


def decision_de(acte: Acte, formulaire: FormulaireDecision) -> Decision:
    """La décision d'un formulaire, avant que la base dise ses appuis."""
    return Decision(
        acte=acte,
        le=formulaire.le,
        instance=formulaire.instance,
        par=formulaire.par,
        motif=formulaire.motif,
        echeance=formulaire.echeance,
        valeur_vue=formulaire.valeur_vue,
    )


def circonstances_de(
    formulaire: FormulaireDecision, contexte: Contexte, jalon: JalonLu, pertinent: bool | None = None
) -> Circonstances:
    """Ce qui entoure une décision : la version vue, la preuve choisie, la valeur lue."""
    valeur = contexte.valeur(jalon)
    return Circonstances(
        version=formulaire.version,
        preuve_id=formulaire.preuve,
        mesure=valeur.mesure if valeur else None,
        pertinent=pertinent,
    )


def page_de_saisie(
    contexte: Contexte, poste: Poste, champs: Mapping[str, str], *, jalon: JalonLu | None = None,
    erreurs: Sequence[ErreurDeChamp] = (), autre: JalonLu | None = None, proposition: Proposition | None = None,
) -> Template:  # fmt: skip
    """Le formulaire d'un jalon : neuf, à changer, refusé (422) ou en conflit (409, les deux textes)."""
    statut = 409 if autre else 422 if erreurs else 200
    return page(
        "grilles/jalons/saisie.html",
        statut=statut,
        ctx=contexte,
        poste=poste,
        champs=champs,
        jalon=jalon,
        erreurs=list(erreurs),
        autre=autre,
        autres=champs_du_contenu(autre.contenu, contexte.unites) if autre else {},
        proposition=proposition,
        sens=SENS,
    )


def revenir(contexte: Contexte, jalon_id: int, fait: str) -> Redirect:
    """La page du jalon, qui dit ce qui vient d'être fait."""
    return vers(f"{contexte.adresse}/{jalon_id}?fait={fait}")
