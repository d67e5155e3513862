"""Citer une preuve à l'appui d'un élément, ou l'en retirer. Un lien n'est jamais suivi par l'outil."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Executable, delete, exists, not_, select
from sqlmodel import Session, col

from charte.acteur import Acteur, DroitManquant, Geste, Partie, exiger, parties_tenues
from charte.commun.base import lignes
from charte.commun.journal import journaliser
from charte.commun.web import Introuvable
from charte.modeles import Formation
from charte.services.portee import situer
from grilles.modeles import Preuve, PreuveCitee
from grilles.preuves.modeles import FichierDePreuve
from grilles.preuves.services.neuve import ranger_une_preuve
from grilles.preuves.services.usage import sert_ou_a_servi
from grilles.services.lecture import FicheGrille, annee_courante, chercher_grille
from grilles.services.saisie import exiger_element, exiger_ouverte, ouvrir_grille
from grilles.vues import PreuveLue


@dataclass(frozen=True)
class CommandePreuve:
    """Une preuve à citer : un titre, une adresse http(s), une date d'effet facultative."""

    formation_id: int
    element: str
    titre: str
    adresse: str
    date_effet: date | None = None
    annee: int | None = None
    date_fin: date | None = None
    emplacement: str = ""


def ajouter_preuve(session: Session, acteur: Acteur, commande: CommandePreuve) -> int:
    """Range la preuve et la cite ; rend son identifiant.

    Déjà citée ici, elle ne l'est pas deux fois ; déjà déposée par la même personne, elle sert encore, sans doublon.
    """
    _tenir_le_diplome(session, acteur, commande.formation_id)
    grille = ouvrir_grille(session, acteur, commande.formation_id, commande.annee)
    exiger_ouverte(grille)
    exiger_element(grille, commande.element)
    deja = _deja_citee(session, acteur, grille, commande)
    if deja is not None:
        return deja
    preuve_id = _deja_deposee(session, acteur, commande) or _deposer(session, acteur, commande)
    session.add(
        PreuveCitee(
            etablissement_id=acteur.etablissement_id,
            preuve_id=preuve_id,
            grille_id=grille.id,
            element=commande.element,
            emplacement=commande.emplacement,
        )
    )
    apres = {"element": commande.element, "preuve": preuve_id}
    journaliser(session, acteur, "preuve ajoutée", f"grille:{grille.id}", apres=apres)
    session.flush()
    return preuve_id


def retirer_preuve(
    session: Session, acteur: Acteur, formation_id: int, element: str, *, preuve_id: int, annee: int | None = None
) -> PreuveLue:
    """Retire la citation et rend la preuve retirée ; un simple lien que plus rien ne cite disparaît.

    Une preuve qui a des fichiers, des dates ou un autre emploi reste dans la bibliothèque. Lève `Introuvable`.
    """
    exiger(acteur, Geste.REMPLIR_GRILLE)
    if Partie.CONCERTEE not in parties_tenues(acteur, situer(session, acteur, formation_id, Geste.REMPLIR_GRILLE)):
        raise DroitManquant("Une preuve citée se retire au nom de la position concertée.")
    annee = annee_courante() if annee is None else annee
    grille = chercher_grille(session, acteur, formation_id, annee, verrou=True)
    if grille is None:
        raise Introuvable("Cette grille n'est pas commencée.")
    exiger_ouverte(grille)
    citation, retiree = _citation(session, acteur, grille, element, preuve_id)
    _executer(session, delete(PreuveCitee).where(col(PreuveCitee.id) == citation))
    _oublier_si_orpheline(session, acteur, preuve_id)
    avant = {"element": element, "preuve": preuve_id}
    journaliser(session, acteur, "preuve retirée", f"grille:{grille.id}", avant=avant)
    return retiree


def _tenir_le_diplome(session: Session, acteur: Acteur, formation_id: int) -> None:
    """Deux envois du même lien passent l'un après l'autre : le second le trouve déjà cité."""
    ici = (col(Formation.id) == formation_id, col(Formation.etablissement_id) == acteur.etablissement_id)
    lignes(session, select(col(Formation.id)).where(*ici).with_for_update(key_share=True))


def _deposer(session: Session, acteur: Acteur, commande: CommandePreuve) -> int:
    return ranger_une_preuve(
        session,
        acteur,
        titre=commande.titre,
        adresse=commande.adresse,
        date_effet=commande.date_effet,
        date_fin=commande.date_fin,
    )


def _deja_deposee(session: Session, acteur: Acteur, commande: CommandePreuve) -> int | None:
    requete = select(col(Preuve.id)).where(
        col(Preuve.etablissement_id) == acteur.etablissement_id,
        col(Preuve.compte_id).is_not_distinct_from(acteur.compte_id),
        col(Preuve.depose_par) == acteur.nom,
        *(col(Preuve.titre) == commande.titre, col(Preuve.adresse) == commande.adresse),
        col(Preuve.date_effet).is_not_distinct_from(commande.date_effet),
        col(Preuve.date_fin).is_not_distinct_from(commande.date_fin),
    )
    trouvees = lignes(session, requete.limit(1))
    return int(trouvees[0][0]) if trouvees else None


def _citation(
    session: Session, acteur: Acteur, grille: FicheGrille, element: str, preuve_id: int
) -> tuple[int, PreuveLue]:
    """L'identifiant d'une citation et la preuve citée ; lève `Introuvable`."""
    requete = (
        select(
            col(PreuveCitee.id),
            *(col(c) for c in (Preuve.id, Preuve.titre, Preuve.adresse)),
            *(col(c) for c in (Preuve.date_effet, Preuve.depose_par, Preuve.depose_le)),
            *(col(c) for c in (Preuve.date_fin, PreuveCitee.emplacement)),
        )
        .join(Preuve, col(Preuve.id) == col(PreuveCitee.preuve_id))
        .where(
            col(PreuveCitee.preuve_id) == preuve_id,
            col(PreuveCitee.grille_id) == grille.id,
            col(PreuveCitee.element) == element,
            col(PreuveCitee.etablissement_id) == acteur.etablissement_id,
        )
    )
    trouvees = lignes(session, requete)
    if not trouvees:
        raise Introuvable(f"Aucune preuve {preuve_id} ici.")
    citation, *preuve = trouvees[0]
    return int(citation), PreuveLue(*preuve)


def _deja_citee(session: Session, acteur: Acteur, grille: FicheGrille, commande: CommandePreuve) -> int | None:
    requete = (
        select(col(Preuve.id))
        .join(PreuveCitee, col(PreuveCitee.preuve_id) == col(Preuve.id))
        .where(
            col(PreuveCitee.grille_id) == grille.id,
            col(PreuveCitee.element) == commande.element,
            col(Preuve.etablissement_id) == acteur.etablissement_id,
            col(Preuve.adresse) == commande.adresse,
            col(Preuve.titre) == commande.titre,
        )
    )
    trouvees = lignes(session, requete)
    return int(trouvees[0][0]) if trouvees else None


def _oublier_si_orpheline(session: Session, acteur: Acteur, preuve_id: int) -> None:
    """Efface un lien tapé dans la grille que plus rien ne cite ; rien de déposé à la bibliothèque n'y passe."""
    simple = (
        col(Preuve.id) == preuve_id,
        col(Preuve.etablissement_id) == acteur.etablissement_id,
        col(Preuve.version) == 1,
        col(Preuve.date_fin).is_(None),
        col(Preuve.proprietaire) == "",
        not_(col(Preuve.partagee)),
        not_(exists().where(col(FichierDePreuve.preuve_id) == preuve_id)),
    )
    if not sert_ou_a_servi(session, acteur, preuve_id):
        _executer(session, delete(Preuve).where(*simple))


def _executer(session: Session, requete: Executable) -> None:
    super(Session, session).execute(requete)
