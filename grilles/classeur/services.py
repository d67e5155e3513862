"""Ranger ce qu'un classeur propose : les réponses et les preuves, en une transaction, ou rien."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session

from charte.acteur import Acteur, Geste, Partie
from charte.commun.journal import journaliser
from charte.commun.web import Introuvable
from grilles.classeur.comparaison import Actuelle, Comparee, Sort, comparer
from grilles.classeur.contenu import Proposee
from grilles.classeur.diagnostic import Attendu
from grilles.classeur.ecriture import dite_par
from grilles.services.lecture import chercher_grille, lire_grille
from grilles.services.preuves import CommandePreuve, ajouter_preuve
from grilles.services.saisie import CommandeReponse, enregistrer_reponse
from grilles.vues import GrilleLue

GARDER_LA_GRILLE, PRENDRE_LE_FICHIER = "grille", "fichier"


@dataclass(frozen=True)
class Decisions:
    """Ce que décide qui dépose. `choix` : par élément en conflit, devant la version `vues` ; `vider` : à effacer."""

    choix: Mapping[str, str] = field(default_factory=dict)
    vues: Mapping[str, int] = field(default_factory=dict)
    vider: frozenset[str] = frozenset()

    def tranche(self, comparee: Comparee) -> bool:
        """Vrai si la ligne n'est pas en conflit, ou si le choix a été fait devant ce que la grille dit à présent."""
        if comparee.sort is not Sort.EN_CONFLIT:
            return True
        choix, vue = self.choix.get(comparee.element), self.vues.get(comparee.element)
        return choix == GARDER_LA_GRILLE or (choix == PRENDRE_LE_FICHIER and vue == comparee.actuelle.version)

    def ecrit(self, comparee: Comparee) -> bool:
        """Vrai si la réponse du fichier doit prendre la place de celle de la grille."""
        if comparee.sort is Sort.EN_CONFLIT:
            return self.choix.get(comparee.element) == PRENDRE_LE_FICHIER
        return comparee.sort is Sort.A_ENREGISTRER or (comparee.sort is Sort.VIDEE and comparee.element in self.vider)


@dataclass(frozen=True)
class Cible:
    """La grille où un classeur revient : la position d'une partie, une année."""

    formation_id: int
    annee: int
    partie: Partie


@dataclass(frozen=True)
class Rangement:
    """Ce qui a été écrit."""

    reponses: int
    preuves: int


class ConflitsRestants(Exception):
    """La grille a changé depuis l'aperçu : il reste à choisir. Rien n'a été écrit."""


def attendus_de(grille: GrilleLue) -> dict[str, Attendu]:
    """Les éléments que la grille évalue, dans l'ordre de ses pages."""
    return {ligne.id: Attendu(ligne.genre, ligne.texte) for poste in grille.postes for ligne in poste.lignes}


def actuelles_de(grille: GrilleLue) -> dict[str, Actuelle]:
    """Ce que la grille dit à présent, pour la partie lue."""
    return {
        ligne.id: Actuelle(
            dite_par(ligne.reponse), ligne.reponse.version, frozenset((p.titre, p.adresse) for p in ligne.preuves)
        )
        for poste in grille.postes
        for ligne in poste.lignes
    }


def ranger_le_classeur(
    session: Session, acteur: Acteur, cible: Cible, proposees: Sequence[Proposee], decisions: Decisions
) -> Rangement:
    """Écrit tout ce qui est à enregistrer ; envoyé deux fois, il n'écrit qu'une.

    Lève `ConflitsRestants`, et ce que lèvent `enregistrer_reponse` (`DroitManquant`, `GrilleFigee`, `Conflit`…) et
    `ajouter_preuve` : rien n'est alors écrit.
    """
    lue = lire_grille(session, acteur, cible.formation_id, cible.annee, geste=Geste.REMPLIR_GRILLE, partie=cible.partie)
    # Dans l'ordre des éléments, quel que soit celui du fichier : deux classeurs simultanés ne s'attendent pas en croix.
    comparees = sorted(comparer(proposees, actuelles_de(lue)), key=lambda comparee: comparee.element)
    if not all(decisions.tranche(comparee) for comparee in comparees):
        raise ConflitsRestants
    ecrites = [comparee for comparee in comparees if decisions.ecrit(comparee)]
    preuves = [comparee for comparee in comparees if comparee.preuve is not None]
    for comparee in ecrites:
        enregistrer_reponse(session, acteur, _reponse(cible, comparee))
    for comparee in preuves:
        ajouter_preuve(session, acteur, _preuve(cible, comparee))
    rangement = Rangement(len(ecrites), len(preuves))
    if ecrites or preuves:
        _noter(session, acteur, cible, rangement)
    return rangement


def _reponse(cible: Cible, comparee: Comparee) -> CommandeReponse:
    dite = comparee.proposee.dite
    return CommandeReponse(
        formation_id=cible.formation_id,
        element=comparee.element,
        etat=dite.etat,
        motif=dite.motif,
        commentaire=dite.commentaire,
        version=comparee.actuelle.version,
        annee=cible.annee,
        partie=cible.partie,
    )


def _preuve(cible: Cible, comparee: Comparee) -> CommandePreuve:
    preuve = comparee.preuve
    if preuve is None:
        raise ValueError(f"La ligne {comparee.element} n'ajoute pas de preuve.")
    return CommandePreuve(
        formation_id=cible.formation_id,
        element=comparee.element,
        titre=preuve.titre,
        adresse=preuve.adresse,
        date_effet=preuve.date_effet,
        annee=cible.annee,
        date_fin=preuve.date_fin,
        emplacement=preuve.emplacement,
    )


def _noter(session: Session, acteur: Acteur, cible: Cible, rangement: Rangement) -> None:
    grille = chercher_grille(session, acteur, cible.formation_id, cible.annee)
    if grille is None:
        raise Introuvable("Cette grille n'est pas commencée.")
    apres = {"partie": cible.partie.value, "reponses": rangement.reponses, "preuves": rangement.preuves}
    journaliser(session, acteur, "classeur repris", f"grille:{grille.id}", apres=apres)
