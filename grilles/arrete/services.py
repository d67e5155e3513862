"""Arrêter une grille, la rouvrir : l'instantané se scelle dans la transaction de l'arrêté."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CursorResult, select, update
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, Partie, exiger, peut
from charte.chargement import charger_edition
from charte.commun.base import lignes, maintenant
from charte.commun.canonique import calculer_empreinte
from charte.commun.journal import journaliser
from charte.commun.web import Introuvable
from charte.services.portee import situer
from grilles.arrete.contenu import (
    AvisScelle,
    Contenu,
    FichierScelle,
    MesureScellee,
    ecrire_contenu,
    ecrire_releve,
)
from grilles.arrete.modeles import Instantane, Reouverture
from grilles.assemblage import assembler_pour
from grilles.avis.modeles import Avis, DemandeAvis
from grilles.echelle import charger_echelle
from grilles.modeles import Campagne, Grille
from grilles.preuves.modeles import FichierDePreuve
from grilles.services.lecture import FicheGrille, annee_courante, chercher_grille, exiger_formation, lire_materiaux
from grilles.vues import Materiaux, Scelle

MOTIF_EXIGE = "Dites pourquoi la grille se rouvre : le motif reste avec la nouvelle version, et dans les rapports."
CAMPAGNE_ARRETEE = (
    "La campagne est arrêtée : rouvrir une de ses grilles revient à qui la conduit pour tout l'établissement. "
    "Demandez-le-lui."
)


class ArreteRefuse(Exception):
    """La grille ne peut pas être arrêtée ou rouverte maintenant ; le message dit pourquoi et quoi faire."""


@dataclass(frozen=True)
class CommandeArrete:
    """La grille à arrêter, et l'instance devant laquelle elle l'est (« conseil du 12 mars 2026 »)."""

    formation_id: int
    annee: int | None = None
    instance: str = ""
    mesures: Sequence[MesureScellee] = ()


def arreter_grille(session: Session, acteur: Acteur, commande: CommandeArrete) -> Scelle:
    """Scelle l'instantané de la grille et la fige ; rend l'arrêté.

    Lève `Introuvable` (formation hors de portée, grille pas commencée), `ArreteRefuse` (déjà arrêtée, campagne pas
    ouverte).
    """
    fiche, grille, annee = _exiger(session, acteur, commande.formation_id, commande.annee)
    if grille.etat_grille == "arretee":
        raise ArreteRefuse("Cette grille est déjà arrêtée.")
    if grille.etat == "preparation":
        raise ArreteRefuse("La campagne est en préparation : ouvrez-la, répondez, puis arrêtez la grille.")
    # L'état change d'abord : sur PostgreSQL, il fait attendre les réponses en cours, que la lecture voit ensuite.
    _changer(session, acteur, grille, etat="arretee", version=grille.version)
    _, materiaux = lire_materiaux(session, acteur, commande.formation_id, grille, annee)
    edition = charger_edition(grille.edition)
    contenu = Contenu(
        formation_code=fiche[0],
        formation_libelle=fiche[1],
        annee=annee,
        campagne=grille.campagne,
        edition=edition.edition,
        empreinte_edition=edition.empreinte,
        echelle=charger_echelle().version,
        version=grille.version,
        instance=commande.instance,
        arrete_par=acteur.nom,
        arrete_le=maintenant(),
        materiaux=materiaux,
        fichiers=_fichiers(session, acteur, materiaux),
        mesures=tuple(commande.mesures),
        avis=_avis(session, acteur, grille.id),
    )
    postes = assembler_pour(Partie.CONCERTEE, edition, materiaux)
    return _sceller(session, acteur, grille, contenu, ecrire_releve([poste.bilan for poste in postes]))


def rouvrir_grille(session: Session, acteur: Acteur, formation_id: int, motif: str, annee: int | None = None) -> int:
    """Ouvre une nouvelle version d'une grille arrêtée, avec son motif ; rend son numéro. L'instantané d'avant reste.

    La campagne, si elle est arrêtée, revient en concertation. Lève `Introuvable`, `ArreteRefuse` (grille ouverte, motif
    absent).
    """
    _, grille, _ = _exiger(session, acteur, formation_id, annee)
    if grille.etat_grille != "arretee":
        raise ArreteRefuse("Cette grille n'est pas arrêtée : elle se remplit déjà.")
    if not motif.strip():
        raise ArreteRefuse(MOTIF_EXIGE)
    if grille.etat == "arretee" and not peut(acteur, Geste.PILOTER_CAMPAGNE):
        raise ArreteRefuse(CAMPAGNE_ARRETEE)
    suivante = grille.version + 1
    _changer(session, acteur, grille, etat="ouverte", version=suivante)
    if grille.etat == "arretee":
        _reprendre_la_concertation(session, acteur, grille)
    session.add(
        Reouverture(
            etablissement_id=acteur.etablissement_id,
            grille_id=grille.id,
            version=suivante,
            motif=motif.strip(),
            rouverte_par=acteur.nom,
            rouverte_le=maintenant(),
        )
    )
    session.flush()
    journaliser(session, acteur, "grille rouverte", f"grille:{grille.id}", apres={"version": suivante})
    return suivante


@dataclass(frozen=True)
class ReouvertureLue:
    """Une réouverture : la version ouverte, son motif, par qui, quand."""

    version: int
    motif: str
    rouverte_par: str
    rouverte_le: datetime


def lister_les_reouvertures(session: Session, acteur: Acteur, grille_id: int) -> list[ReouvertureLue]:
    """Les réouvertures d'une grille, la dernière d'abord."""
    colonnes = (Reouverture.version, Reouverture.motif, Reouverture.rouverte_par, Reouverture.rouverte_le)
    requete = select(*(col(c) for c in colonnes)).where(
        col(Reouverture.grille_id) == grille_id, col(Reouverture.etablissement_id) == acteur.etablissement_id
    )
    return [ReouvertureLue(*ligne) for ligne in lignes(session, requete.order_by(col(Reouverture.version).desc()))]


def _exiger(
    session: Session, acteur: Acteur, formation_id: int, annee: int | None
) -> tuple[tuple[str, str], FicheGrille, int]:
    exiger(acteur, Geste.ARRETER_GRILLE)
    situer(session, acteur, formation_id, Geste.ARRETER_GRILLE)
    fiche = exiger_formation(session, acteur, formation_id, Geste.ARRETER_GRILLE)
    annee = annee_courante() if annee is None else annee
    grille = chercher_grille(session, acteur, formation_id, annee)
    if grille is None:
        raise Introuvable("Cette grille n'est pas commencée.")
    return (fiche.code, fiche.libelle), grille, annee


def _sceller(session: Session, acteur: Acteur, grille: FicheGrille, contenu: Contenu, releve: str) -> Scelle:
    texte = ecrire_contenu(contenu)
    empreinte = calculer_empreinte(texte)
    session.add(
        Instantane(
            etablissement_id=acteur.etablissement_id,
            grille_id=grille.id,
            version=grille.version,
            contenu=texte,
            niveaux=releve,
            empreinte=empreinte,
            instance=contenu.instance,
            arrete_par=contenu.arrete_par,
            arrete_le=contenu.arrete_le,
        )
    )
    session.flush()
    apres = {"version": grille.version, "empreinte": empreinte}
    journaliser(session, acteur, "grille arrêtée", f"grille:{grille.id}", apres=apres)
    return Scelle(grille.version, empreinte, contenu.arrete_par, contenu.arrete_le, contenu.instance, contenu.campagne)


def _changer(session: Session, acteur: Acteur, grille: FicheGrille, *, etat: str, version: int) -> None:
    """Change l'état si personne ne l'a changé entre-temps ; lève `ArreteRefuse` sinon."""
    requete = (
        update(Grille)
        .where(
            col(Grille.id) == grille.id,
            col(Grille.etablissement_id) == acteur.etablissement_id,
            col(Grille.etat) == grille.etat_grille,
            col(Grille.version) == grille.version,
        )
        .values(etat=etat, version=version)
    )
    resultat = super(Session, session).execute(requete)
    if not isinstance(resultat, CursorResult) or resultat.rowcount != 1:
        raise ArreteRefuse("Quelqu'un vient de changer l'état de cette grille : rechargez la page.")


def _reprendre_la_concertation(session: Session, acteur: Acteur, grille: FicheGrille) -> None:
    requete = update(Campagne).where(
        col(Campagne.id) == grille.campagne_id, col(Campagne.etablissement_id) == acteur.etablissement_id
    )
    session.connection().execute(requete.values(etat="en_concertation", version=col(Campagne.version) + 1))
    avant, apres = {"etat": "arretee"}, {"etat": "en_concertation"}
    journaliser(session, acteur, "campagne rouverte", f"campagne:{grille.campagne_id}", avant=avant, apres=apres)


def _fichiers(session: Session, acteur: Acteur, materiaux: Materiaux) -> dict[int, tuple[FichierScelle, ...]]:
    """La dernière révision de chaque fichier en vigueur des preuves citées, avec son empreinte."""
    citees = {preuve.id for preuves in materiaux.preuves.values() for preuve in preuves}
    colonnes = (FichierDePreuve.preuve_id, FichierDePreuve.rang, FichierDePreuve.nom, FichierDePreuve.revision)
    requete = (
        select(*(col(c) for c in (*colonnes, FichierDePreuve.taille, FichierDePreuve.empreinte)))
        .where(
            col(FichierDePreuve.preuve_id).in_(sorted(citees)),
            col(FichierDePreuve.etablissement_id) == acteur.etablissement_id,
            col(FichierDePreuve.retire_le).is_(None),
        )
        .order_by(col(FichierDePreuve.rang), col(FichierDePreuve.revision))
    )
    derniers: dict[int, dict[int, FichierScelle]] = {}
    for preuve, rang, *reste in lignes(session, requete):
        derniers.setdefault(preuve, {})[rang] = FichierScelle(*reste)
    return {preuve: tuple(par_rang.values()) for preuve, par_rang in derniers.items()}


def _avis(session: Session, acteur: Acteur, grille_id: int) -> tuple[AvisScelle, ...]:
    requete = (
        select(col(DemandeAvis.public), col(Avis.element), col(Avis.etat), col(Avis.commentaire))
        .join(DemandeAvis, col(DemandeAvis.id) == col(Avis.demande_id))
        .where(
            col(DemandeAvis.grille_id) == grille_id,
            col(DemandeAvis.etablissement_id) == acteur.etablissement_id,
            col(DemandeAvis.retire_le).is_(None),
        )
        .order_by(col(DemandeAvis.public), col(Avis.element), col(Avis.etat), col(Avis.commentaire))
    )
    return tuple(AvisScelle(*ligne) for ligne in lignes(session, requete))
