"""Écrire dans une grille : l'ouvrir, y ranger une réponse sans jamais écraser celle d'un autre."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import CursorResult, Select, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, col

from charte.acteur import Acteur, DroitManquant, Geste, Partie, exiger, parties_tenues
from charte.chargement import EDITION_COURANTE, charger_edition
from charte.commun.base import exiger_id, lignes, maintenant
from charte.commun.journal import journaliser
from charte.commun.web import Introuvable
from charte.edition import Genre
from charte.services.portee import situer
from grilles.campagnes.regles import peut_ecrire
from grilles.echelle import EVALUES, charger_echelle
from grilles.modeles import Campagne, CampagneFormation, Grille, Reponse
from grilles.regles import libelle_annee
from grilles.services.lecture import (
    FicheGrille,
    annee_courante,
    chercher_grille,
    edition_de,
    exiger_formation,
)
from grilles.vues import ReponseLue

MOTIF_EXIGE = (
    "Dites en une phrase pourquoi cela ne concerne pas ce diplôme : « sans objet » demande un motif, "
    "qui figure dans les rapports. Le reste de votre saisie est gardé."
)
HORS_CAMPAGNE = (
    "Ce diplôme n'est pas de la campagne de cette année : demandez à qui la pilote de l'y ajouter, puis revenez ici."
)


@dataclass(frozen=True)
class CommandeReponse:
    """Une réponse à ranger, au nom de `partie`. `version` : celle qu'on avait sous les yeux (0 : aucune réponse)."""

    formation_id: int
    element: str
    etat: str | None
    motif: str = ""
    commentaire: str = ""
    version: int = 0
    annee: int | None = None
    partie: Partie = Partie.CONCERTEE


class SaisieRefusee(ValueError):
    """Une réponse que les règles refusent ; `champ` dit où, le message dit le remède."""

    def __init__(self, champ: str, message: str) -> None:
        super().__init__(message)
        self.champ = champ
        self.message = message


class GrilleFigee(Exception):
    """Rien ne s'écrit ici maintenant : grille ou campagne arrêtée, en préparation, ou positions closes."""


class Conflit(Exception):
    """Quelqu'un a changé la réponse entre-temps. Ne porte que des valeurs : la mienne, et celle de la base."""

    def __init__(self, commande: CommandeReponse, autre: ReponseLue) -> None:
        super().__init__(f"La réponse {commande.element} a changé entre-temps.")
        self.commande = commande
        self.autre = autre


def ouvrir_grille(session: Session, acteur: Acteur, formation_id: int, annee: int | None = None) -> FicheGrille:
    """La grille de la formation cette année ; la crée, et la campagne avec, si elles n'existent pas encore."""
    exiger(acteur, Geste.REMPLIR_GRILLE)
    annee = annee_courante() if annee is None else annee
    exiger_formation(session, acteur, formation_id, Geste.REMPLIR_GRILLE)
    existante = chercher_grille(session, acteur, formation_id, annee, verrou=True)
    if existante is not None:
        return existante
    campagne_id = _campagne_ouverte(session, acteur, annee, formation_id)
    nouvelle = Grille(etablissement_id=acteur.etablissement_id, campagne_id=campagne_id, formation_id=formation_id)
    if inserer(session, nouvelle):
        journaliser(session, acteur, "grille ouverte", f"grille:{nouvelle.id}", apres={"formation": formation_id})
    ouverte = chercher_grille(session, acteur, formation_id, annee, verrou=True)
    if ouverte is None:
        raise Introuvable(f"Aucune grille pour la formation {formation_id}.")
    return ouverte


def enregistrer_reponse(session: Session, acteur: Acteur, commande: CommandeReponse) -> ReponseLue:
    """Range une réponse et rend ce qui est en base.

    Lève `SaisieRefusee` (état hors échelle, motif manquant), `GrilleFigee`, `Introuvable` (élément ou formation
    inconnus), `DroitManquant` (la position d'une autre organisation), `Conflit` si la version de la commande n'est plus
    celle de la base et que le contenu diffère.
    """
    _exiger_la_partie(session, acteur, commande)
    grille = ouvrir_grille(session, acteur, commande.formation_id, commande.annee)
    exiger_ouverte(grille, commande.partie)
    _verifier(grille, commande)
    en_base = lire_reponse(session, acteur, grille.id, commande.element, commande.partie)
    if _meme_contenu(en_base, commande):
        return en_base
    if en_base.version != commande.version:
        raise Conflit(commande, en_base)
    ecrite = _inserer_reponse if commande.version == 0 else _changer_reponse
    if not ecrite(session, acteur, grille.id, commande):
        return _rejouer(session, acteur, grille.id, commande)
    avant = {"etat": en_base.etat, "version": en_base.version} if en_base.version else None
    apres = {"element": commande.element, "etat": commande.etat, "version": commande.version + 1}
    if commande.partie is not Partie.CONCERTEE:
        apres["partie"] = commande.partie.value
    journaliser(session, acteur, "réponse enregistrée", f"grille:{grille.id}", avant=avant, apres=apres)
    return lire_reponse(session, acteur, grille.id, commande.element, commande.partie)


def _exiger_la_partie(session: Session, acteur: Acteur, commande: CommandeReponse) -> None:
    exiger(acteur, Geste.REMPLIR_GRILLE)
    situation = situer(session, acteur, commande.formation_id, Geste.REMPLIR_GRILLE)
    if commande.partie not in parties_tenues(acteur, situation):
        raise DroitManquant(f"{acteur.role} n'écrit pas la position « {commande.partie} » de cette formation")


def lire_reponse(
    session: Session, acteur: Acteur, grille_id: int, element: str, partie: Partie = Partie.CONCERTEE
) -> ReponseLue:
    """La réponse d'une partie à un élément ; une réponse vide, en version 0, si personne n'a répondu."""
    requete = select(
        *(col(c) for c in (Reponse.etat, Reponse.motif, Reponse.commentaire)),
        *(col(c) for c in (Reponse.version, Reponse.modifie_par, Reponse.modifie_le, Reponse.a_confirmer)),
    ).where(
        col(Reponse.grille_id) == grille_id,
        col(Reponse.element) == element,
        col(Reponse.partie) == partie.value,
        col(Reponse.etablissement_id) == acteur.etablissement_id,
    )
    trouvees = lignes(session, requete)
    return ReponseLue(*trouvees[0]) if trouvees else ReponseLue()


def exiger_ouverte(grille: FicheGrille, partie: Partie = Partie.CONCERTEE) -> None:
    """Lève `GrilleFigee`, avec la raison, si la position de cette partie ne s'écrit pas maintenant."""
    raison = peut_ecrire(grille.etat, grille.etat_grille, partie)
    if raison is not None:
        raise GrilleFigee(raison)


def exiger_element(grille: FicheGrille, element: str) -> Genre:
    """Le genre d'un élément évalué de l'édition ; lève `Introuvable` si la grille n'en a pas."""
    try:
        genre = edition_de(grille).element(element).genre
    except KeyError as erreur:
        raise Introuvable(f"La charte n'a pas d'élément « {element} ».") from erreur
    if genre not in EVALUES:
        raise Introuvable(f"L'élément « {element} » ne s'évalue pas.")
    return genre


def _verifier(grille: FicheGrille, commande: CommandeReponse) -> None:
    etats = {etat.cle: etat for etat in charger_echelle().etats(exiger_element(grille, commande.element))}
    if commande.etat is None:
        return
    if commande.etat not in etats:
        permis = ", ".join(etat.libelle.lower() for etat in etats.values())
        raise SaisieRefusee("etat", f"L'état « {commande.etat} » n'existe pas ici ; choisissez parmi : {permis}.")
    if etats[commande.etat].motif_exige and not commande.motif.strip():
        raise SaisieRefusee("motif", MOTIF_EXIGE)


def _meme_contenu(en_base: ReponseLue, commande: CommandeReponse) -> bool:
    """Vrai s'il n'y a rien à écrire ; une réponse reprise, redite telle quelle, reste à confirmer par une écriture."""
    if en_base.a_confirmer:
        return False
    dite = (commande.etat, commande.motif, commande.commentaire)
    return (en_base.etat, en_base.motif, en_base.commentaire) == dite


def _rejouer(session: Session, acteur: Acteur, grille_id: int, commande: CommandeReponse) -> ReponseLue:
    """Un autre a écrit pendant notre écriture : s'il a écrit la même chose tout va bien, sinon on le dit."""
    en_base = lire_reponse(session, acteur, grille_id, commande.element, commande.partie)
    if _meme_contenu(en_base, commande):
        return en_base
    raise Conflit(commande, en_base)


def _inserer_reponse(session: Session, acteur: Acteur, grille_id: int, commande: CommandeReponse) -> bool:
    return inserer(
        session,
        Reponse(
            etablissement_id=acteur.etablissement_id,
            grille_id=grille_id,
            element=commande.element,
            partie=commande.partie.value,
            etat=commande.etat,
            motif=commande.motif,
            commentaire=commande.commentaire,
            version=1,
            modifie_par=acteur.nom,
            modifie_le=maintenant(),
        ),
    )


def _changer_reponse(session: Session, acteur: Acteur, grille_id: int, commande: CommandeReponse) -> bool:
    """Vrai si la ligne était bien à la version attendue."""
    requete = (
        update(Reponse)
        .where(
            col(Reponse.grille_id) == grille_id,
            col(Reponse.element) == commande.element,
            col(Reponse.partie) == commande.partie.value,
            col(Reponse.etablissement_id) == acteur.etablissement_id,
            col(Reponse.version) == commande.version,
        )
        .values(
            etat=commande.etat,
            motif=commande.motif,
            commentaire=commande.commentaire,
            a_confirmer=False,
            version=commande.version + 1,
            modifie_par=acteur.nom,
            modifie_le=maintenant(),
        )
        .execution_options(synchronize_session=False)
    )
    resultat = super(Session, session).execute(requete)
    return isinstance(resultat, CursorResult) and resultat.rowcount == 1


def inserer(session: Session, ligne: SQLModel) -> bool:
    """Vrai si la ligne est rangée ; faux si une autre tient déjà sa place (le reste de la transaction demeure)."""
    try:
        with session.begin_nested():
            session.add(ligne)
            session.flush()
    except IntegrityError:
        return False
    return True


def _campagne_ouverte(session: Session, acteur: Acteur, annee: int, formation_id: int) -> int:
    """L'identifiant de la campagne de l'année ; créée si besoin, ouverte à toutes, sur l'édition courante.

    Lève `GrilleFigee` si elle n'est pas ouverte, ou si la formation n'en est pas.
    """
    trouvees = lignes(session, _campagne_de(acteur, annee))
    if not trouvees:
        return _creer_la_campagne(session, acteur, annee)
    campagne_id, etat, toutes = trouvees[0]
    if (raison := peut_ecrire(etat, None, Partie.CONCERTEE)) is not None:
        raise GrilleFigee(raison)
    choisies = select(col(CampagneFormation.id)).where(
        col(CampagneFormation.campagne_id) == campagne_id, col(CampagneFormation.formation_id) == formation_id
    )
    if not toutes and not lignes(session, choisies):
        raise GrilleFigee(HORS_CAMPAGNE)
    return int(campagne_id)


def _campagne_de(acteur: Acteur, annee: int) -> Select[*tuple[Any, ...]]:
    return select(col(Campagne.id), col(Campagne.etat), col(Campagne.toutes_formations)).where(
        col(Campagne.etablissement_id) == acteur.etablissement_id, col(Campagne.annee) == annee
    )


def _creer_la_campagne(session: Session, acteur: Acteur, annee: int) -> int:
    edition = charger_edition(EDITION_COURANTE)
    campagne = Campagne(
        etablissement_id=acteur.etablissement_id,
        annee=annee,
        libelle=f"Auto-évaluation {libelle_annee(annee)}",
        edition=edition.edition,
        empreinte_edition=edition.empreinte,
    )
    if not inserer(session, campagne):
        return int(lignes(session, _campagne_de(acteur, annee))[0][0])
    journaliser(session, acteur, "campagne ouverte", f"campagne:{campagne.id}", apres={"annee": annee})
    return exiger_id(campagne.id)
