"""D'où vient une action ou un risque : les champs déjà remplis à l'ouverture, les renvois montrés ensuite."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from charte.acteur import Acteur, Partie
from charte.chargement import EDITION_COURANTE, charger_edition
from charte.commun.base import lignes
from charte.commun.web import Introuvable
from grilles.echelle import charger_echelle
from grilles.jalons.modeles import Jalon
from grilles.mesure_citee import MesureCitee, dire_l_ecart, dire_la_visee
from grilles.mesures import LecteurDeMesures
from grilles.plan.modeles import ActionAmelioration
from grilles.plan.regles import ORIGINES, ORIGINES_DE_RISQUE
from grilles.plan.services.lecture import lire_action
from grilles.plan.services.risques import lire_risque
from grilles.plan.services.saisie import exiger_element_evalue, exiger_jalon
from grilles.plan.vues import Action, Lien
from grilles.presentation import ancre
from grilles.services.lecture import annee_courante, chercher_grille
from grilles.services.saisie import lire_reponse

NUMERO_MAXIMAL = 2**63 - 1
_SUITE = re.compile(r"action ([0-9]{1,18})")
Champs = dict[str, Any]


@dataclass(frozen=True)
class Provenance:
    """Ce qu'une adresse dit de l'origine : un diplôme, et au plus un objet dont tout part."""

    formation: int | None = None
    element: str = ""
    indicateur: str = ""
    jalon: int | None = None
    risque: int | None = None
    suite: int | None = None
    origine: str = ""

    def __post_init__(self) -> None:
        """Refuse un numéro qu'aucune base ne porte."""
        for numero in (self.formation, self.jalon, self.risque, self.suite):
            if numero is not None and not 0 < numero <= NUMERO_MAXIMAL:
                raise Introuvable(f"Aucun objet {numero}.")


def preparer_action(session: Session, acteur: Acteur, provenance: Provenance, mesures: LecteurDeMesures) -> Champs:
    """Les champs déjà remplis d'une action à ouvrir ; lève `Introuvable` si l'objet dit n'est pas atteint."""
    if provenance.suite is not None:
        return _depuis_une_action(lire_action(session, acteur, provenance.suite))
    if provenance.risque is not None:
        return _depuis_un_risque(session, acteur, provenance.risque)
    champs: Champs = {"formation_id": provenance.formation}
    if provenance.jalon is not None:
        return champs | _depuis_un_jalon(session, acteur, provenance)
    if provenance.element:
        return champs | _depuis_un_ecart(session, acteur, provenance)
    if provenance.indicateur:
        return champs | _depuis_un_indicateur(session, acteur, provenance, mesures)
    return champs | {"origine": provenance.origine if provenance.origine in ORIGINES else ""}


def _depuis_une_action(action: Action) -> Champs:
    reprises = ("formation_id", "origine", "element", "indicateur", "jalon_id", "risque_id", "porteur", "priorite")
    dit = f"L’action {action.id} s’est close : {action.effet_lu.lower()}.\n{action.reevaluation}"
    return {nom: getattr(action, nom) for nom in reprises} | {
        "intitule": abreger(f"Suite : {action.intitule}", 300),
        "description": abreger(dit, 2000),
        "renvoi": f"action {action.id}",
        "effet_attendu": action.effet_attendu,
    }


def _depuis_un_risque(session: Session, acteur: Acteur, risque_id: int) -> Champs:
    risque = lire_risque(session, acteur, risque_id)
    return {
        "formation_id": risque.formation_id,
        "origine": "risque",
        "risque_id": risque.id,
        "intitule": abreger(f"Prévenir : {risque.intitule}", 300),
        "description": risque.cause,
        "moyens": abreger(risque.prevention, 1000),
        "porteur": risque.porteur,
    }


def _depuis_un_jalon(session: Session, acteur: Acteur, provenance: Provenance) -> Champs:
    if provenance.jalon is None:
        raise Introuvable("Aucun jalon.")
    intitule, echeance, porteur, moyens = exiger_jalon(session, acteur, provenance.jalon, provenance.formation)
    return {
        "origine": "jalon",
        "jalon_id": provenance.jalon,
        "intitule": abreger(f"Atteindre le jalon : {intitule}", 300),
        "echeance": _jour(echeance),
        "porteur": porteur,
        "moyens": moyens,
    }


def _depuis_un_ecart(session: Session, acteur: Acteur, provenance: Provenance) -> Champs:
    texte = exiger_element_evalue(provenance.element)
    return {
        "origine": "ecart",
        "element": provenance.element,
        "intitule": abreger(texte, 300),
        "description": dire_la_position(session, acteur, provenance),
    }


def dire_la_position(session: Session, acteur: Acteur, provenance: Provenance) -> str:
    """« Position concertée 2026-2027 : en partie. » et son commentaire ; vide si personne n'a répondu."""
    if provenance.formation is None:
        return ""
    grille = chercher_grille(session, acteur, provenance.formation, annee_courante())
    if grille is None:
        return ""
    reponse = lire_reponse(session, acteur, grille.id, provenance.element, Partie.CONCERTEE)
    if reponse.etat is None:
        return ""
    etat = charger_echelle().etat(reponse.etat).libelle.lower()
    return abreger(f"Position concertée : {etat}.\n{reponse.commentaire}".strip(), 2000)


def _depuis_un_indicateur(
    session: Session, acteur: Acteur, provenance: Provenance, mesures: LecteurDeMesures
) -> Champs:
    libelle = mesures.libelles().get(provenance.indicateur)
    if libelle is None:
        raise Introuvable(f"Aucun indicateur « {provenance.indicateur} ».")
    constat, visee = dire_l_indicateur(session, acteur, provenance, mesures)
    return {
        "origine": "indicateur",
        "indicateur": provenance.indicateur,
        "intitule": abreger(f"Agir sur l’indicateur « {libelle} »", 300),
        "description": constat,
        "effet_attendu": visee,
    }


def dire_l_indicateur(
    session: Session, acteur: Acteur, provenance: Provenance, mesures: LecteurDeMesures
) -> tuple[str, str]:
    """(ce que l'indicateur vaut, ce qu'un jalon du diplôme vise) ; vides sans diplôme ou sans jalon."""
    if provenance.formation is None:
        return "", ""
    cle = provenance.indicateur
    mesure = mesures.valeurs(session, acteur, provenance.formation, [cle]).get(cle)
    if mesure is None:
        return "", ""
    requete = select(col(Jalon.sens), col(Jalon.valeur_visee)).where(
        col(Jalon.formation_id) == provenance.formation,
        col(Jalon.etablissement_id) == acteur.etablissement_id,
        col(Jalon.indicateur) == cle,
        col(Jalon.sens).is_not(None),
        col(Jalon.valeur_visee).is_not(None),
        col(Jalon.etat).in_(("convenu", "reporte")),
    )
    vises = lignes(session, requete.order_by(col(Jalon.rang)))
    if not vises:
        return _constater(mesure), ""
    sens, visee = vises[0]
    ecart = dire_l_ecart(mesure, visee)
    constat = _constater(mesure) + (f" C’est {ecart}." if ecart else "")
    return constat, f"{mesure.libelle} : {dire_la_visee(sens, visee, mesure.unite)}."


def _constater(mesure: MesureCitee) -> str:
    periode = f", {mesure.periode}" if mesure.periode else ""
    return f"{mesure.libelle} : {mesure.texte}{periode}."


def preparer_risque(session: Session, acteur: Acteur, provenance: Provenance, mesures: LecteurDeMesures) -> Champs:
    """Les champs déjà remplis d'un risque à inscrire ; lève `Introuvable` si l'objet dit n'existe pas."""
    champs: Champs = {"formation_id": provenance.formation, "origine": "autre"}
    if provenance.element:
        texte = exiger_element_evalue(provenance.element)
        cause = abreger(f"{texte}\n{dire_la_position(session, acteur, provenance)}".strip(), 1000)
        return champs | {"origine": "ecart", "renvoi": provenance.element, "cause": cause}
    if provenance.indicateur:
        lus = _depuis_un_indicateur(session, acteur, provenance, mesures)
        return champs | {"origine": "indicateur", "renvoi": provenance.indicateur, "cause": lus["description"]}
    if provenance.origine in ORIGINES_DE_RISQUE:
        return champs | {"origine": provenance.origine}
    return champs


def liens_d_origine(session: Session, acteur: Acteur, action: Action, mesures: LecteurDeMesures) -> tuple[Lien, ...]:
    """Les renvois d'une action : l'élément dans la grille, l'indicateur, le jalon, le risque, l'action qu'elle suit."""
    liens = []
    if action.element:
        liens.append(_lien_vers_l_element(action.element, action.formation_id))
    if action.indicateur:
        perimetre = f"?perimetre=diplome-{action.formation_id}" if action.formation_id else ""
        libelle = mesures.libelles().get(action.indicateur, action.indicateur)
        liens.append(Lien(f"Indicateur : {libelle}", f"/indicateurs/{action.indicateur}{perimetre}"))
    if action.jalon_id and action.formation_id:
        intitule = exiger_jalon(session, acteur, action.jalon_id, action.formation_id)[0]
        liens.append(Lien(f"Jalon : {intitule}", f"/diplomes/{action.formation_id}/jalons"))
    if action.risque_id:
        risque = lire_risque_ou_rien(session, acteur, action.risque_id)
        liens += [risque] if risque else []
    if action.renvoi:
        suite = _SUITE.fullmatch(action.renvoi)
        liens.append(Lien(f"Suite de l’action {suite[1]}", f"/actions/{suite[1]}") if suite else Lien(action.renvoi))
    return tuple(liens)


def lire_risque_ou_rien(session: Session, acteur: Acteur, risque_id: int) -> Lien | None:
    """Le renvoi vers un risque, si l'acteur le lit : un risque de l'établissement peut lui échapper."""
    try:
        risque = lire_risque(session, acteur, risque_id)
    except Introuvable:
        return None
    return Lien(f"Risque : {risque.intitule}", f"/risques/{risque.id}")


def _lien_vers_l_element(element: str, formation_id: int | None) -> Lien:
    try:
        trouve = charger_edition(EDITION_COURANTE).element(element)
    except KeyError:
        return Lien(f"Charte, {element}")
    mot = f"Charte, {element} : {abreger(' '.join(trouve.texte.split()), 160)}"
    if formation_id is None or trouve.poste is None:
        return Lien(mot, "/charte")
    return Lien(mot, f"/diplomes/{formation_id}/grille/{trouve.poste}#{ancre(element)}")


def suites_de(session: Session, acteur: Acteur, action: Action) -> tuple[Lien, ...]:
    """Les actions ouvertes pour faire suite à celle-ci, dans le même diplôme."""
    requete = select(col(ActionAmelioration.id), col(ActionAmelioration.intitule)).where(
        col(ActionAmelioration.etablissement_id) == acteur.etablissement_id,
        col(ActionAmelioration.formation_id).is_not_distinct_from(action.formation_id),
        col(ActionAmelioration.renvoi) == f"action {action.id}",
    )
    trouvees = lignes(session, requete.order_by(col(ActionAmelioration.id)))
    return tuple(Lien(intitule, f"/actions/{numero}") for numero, intitule in trouvees)


def abreger(texte: str, maximum: int) -> str:
    """Le texte, coupé au mot s'il dépasse, terminé alors par « … »."""
    if len(texte) <= maximum:
        return texte
    coupe = texte[: maximum - 1]
    return (coupe.rsplit(" ", 1)[0] if " " in coupe else coupe).rstrip() + "…"


def _jour(jour: date | None) -> str:
    return jour.isoformat() if jour else ""
