"""Les fichiers d'une preuve : en joindre, en réviser, en retirer, balayer ce qui n'est à personne."""

from dataclasses import dataclass

from sqlalchemy import select, update
from sqlmodel import Session, col

from charte.acteur import Acteur, Origine
from charte.commun.base import lignes, maintenant
from charte.commun.coffre import Coffre, empreinte_fichier
from charte.commun.frein import JOUR, Bornes, freiner
from charte.commun.journal import journaliser
from charte.commun.web import Introuvable
from charte.modeles import Etablissement
from grilles.modeles import Preuve
from grilles.preuves.modeles import FichierDePreuve
from grilles.preuves.services.ecriture import SANS_CONTENU, PreuveSansContenu, a_un_fichier
from grilles.preuves.services.lecture import aujourd_hui, lire_fichiers, lire_preuve
from grilles.preuves.services.portee import exiger_modifiable

FICHIERS_MAXIMAUX = 20
"""Fichiers d'une même preuve, retirés compris ; au-delà, c'en est une autre."""
REVISIONS_MAXIMALES = 100
AGE_D_UNE_PIECE_ORPHELINE = 3600.0
"""Secondes : en deçà, la transaction qui la rangera peut être en cours."""


@dataclass(frozen=True)
class FichierRecu:
    """Un fichier vérifié, déjà chiffré dans le coffre sous `piece`."""

    nom: str
    type_mime: str
    taille: int
    empreinte: str
    piece: str


class TropDeFichiers(ValueError):
    """Une preuve n'en reçoit pas davantage."""


def mettre_au_coffre(coffre: Coffre, nom: str, type_mime: str, octets: bytes) -> FichierRecu:
    """Chiffre un fichier vérifié, AVANT la transaction qui le rangera ; si elle échoue, le balayage l'emporte."""
    piece = coffre.nouveau_nom()
    coffre.ranger(piece, octets)
    return FichierRecu(nom, type_mime, len(octets), empreinte_fichier(octets), piece)


def exiger_de_la_place(session: Session, acteur: Acteur, taille: int, bornes: Bornes) -> None:
    """Lève `DepotFreine` si l'établissement a trop déposé de preuves par les pages."""
    if acteur.origine is not Origine.WEB:
        return
    # Deux dépôts simultanés comptent chacun l'autre : l'établissement est tenu jusqu'à la fin de la transaction.
    tenu = select(col(Etablissement.id)).where(col(Etablissement.id) == acteur.etablissement_id).with_for_update()
    lignes(session, tenu)
    instant = maintenant()
    passes = (
        select(col(FichierDePreuve.depose_le), col(FichierDePreuve.taille))
        .where(
            col(FichierDePreuve.etablissement_id) == acteur.etablissement_id,
            col(FichierDePreuve.depose_le) > instant - JOUR,
        )
        .order_by(col(FichierDePreuve.depose_le).desc())
    )
    freiner([(quand, int(octets)) for quand, octets in lignes(session, passes)], taille, instant, bornes)


def joindre(session: Session, acteur: Acteur, preuve_id: int, fichier: FichierRecu, rang: int | None = None) -> int:
    """Ajoute un fichier à la preuve, ou une révision de celui de ce rang ; rend le rang.

    Les mêmes octets que la dernière révision ne font pas une révision de plus. Lève `Introuvable`, `DroitManquant`,
    `TropDeFichiers`.
    """
    exiger_modifiable(session, acteur, preuve_id)
    # Deux révisions simultanées prendraient le même numéro : la preuve est tenue jusqu'à la fin de la transaction.
    lignes(session, select(col(Preuve.id)).where(col(Preuve.id) == preuve_id).with_for_update())
    tous = lire_fichiers(session, acteur, [preuve_id]).get(preuve_id, ())
    if rang is not None and rang not in {f.rang for f in tous}:
        raise Introuvable(f"La preuve {preuve_id} n'a pas de fichier {rang}.")
    place = max((f.rang for f in tous), default=0) + 1 if rang is None else rang
    precedentes = [f for f in tous if f.rang == place]
    if place > FICHIERS_MAXIMAUX or len(precedentes) >= REVISIONS_MAXIMALES:
        raise TropDeFichiers(f"Une preuve garde {FICHIERS_MAXIMAUX} fichiers au plus : déposez-en une autre.")
    derniere = max(precedentes, key=lambda f: f.revision, default=None)
    if derniere is None or derniere.empreinte != fichier.empreinte or derniere.retire_le is not None:
        _ranger(session, acteur, preuve_id, fichier, (place, derniere.revision + 1 if derniere else 1))
    return place


def _ranger(session: Session, acteur: Acteur, preuve_id: int, fichier: FichierRecu, place: tuple[int, int]) -> None:
    rang, revision = place
    session.add(
        FichierDePreuve(
            etablissement_id=acteur.etablissement_id,
            preuve_id=preuve_id,
            rang=rang,
            revision=revision,
            **vars(fichier),
            depose_par=acteur.nom,
            depose_le=maintenant(),
        )
    )
    session.flush()
    acte = "fichier joint" if revision == 1 else "fichier révisé"
    apres = {"rang": rang, "revision": revision, "taille": fichier.taille, "empreinte": fichier.empreinte}
    journaliser(session, acteur, acte, f"preuve:{preuve_id}", apres=apres)


def retirer_fichier(session: Session, acteur: Acteur, preuve_id: int, rang: int, *, remettre: bool = False) -> None:
    """Retire un fichier (il reste lisible pour le passé), ou le remet.

    Lève `Introuvable`, `DroitManquant`, et `PreuveSansContenu` si la preuve n'aurait plus rien à ouvrir.
    """
    exiger_modifiable(session, acteur, preuve_id)
    ici = (
        col(FichierDePreuve.preuve_id) == preuve_id,
        col(FichierDePreuve.rang) == rang,
        col(FichierDePreuve.etablissement_id) == acteur.etablissement_id,
    )
    if not lignes(session, select(col(FichierDePreuve.id)).where(*ici)):
        raise Introuvable(f"La preuve {preuve_id} n'a pas de fichier {rang}.")
    instant = None if remettre else maintenant()
    session.connection().execute(update(FichierDePreuve).where(*ici).values(retire_le=instant))
    preuve = lire_preuve(session, acteur, preuve_id, aujourd_hui())
    if not preuve.adresse and not a_un_fichier(session, acteur, preuve_id):
        raise PreuveSansContenu(SANS_CONTENU)
    acte = "fichier remis" if remettre else "fichier retiré"
    journaliser(session, acteur, acte, f"preuve:{preuve_id}", apres={"rang": rang})


def balayer(session: Session, coffre: Coffre) -> int:
    """Efface du coffre les pièces d'aucune preuve (une transaction a échoué) ; rend leur nombre.

    À faire hors cloison : une pièce d'un autre établissement n'est pas orpheline.
    """
    connues = {piece for (piece,) in lignes(session, select(col(FichierDePreuve.piece)))}
    limite = maintenant().timestamp() - AGE_D_UNE_PIECE_ORPHELINE
    orphelines = [nom for nom, ecrite in coffre.pieces().items() if nom not in connues and ecrite < limite]
    for nom in orphelines:
        coffre.oublier(nom)
    return len(orphelines)
