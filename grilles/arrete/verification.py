"""Vérifier les instantanés d'un établissement : chaque empreinte se recalcule, chaque grille arrêtée a le sien."""

from dataclasses import dataclass

from pydantic import ValidationError
from sqlalchemy import and_, select
from sqlmodel import Session, col

from charte.commun.base import lignes
from charte.commun.canonique import calculer_empreinte
from charte.modeles import Formation
from grilles.arrete.contenu import Contenu, lire_contenu
from grilles.arrete.modeles import Instantane
from grilles.modeles import Campagne, Grille

CHANGE = "son empreinte n'est plus celle de son contenu : il a été changé hors de l'outil"
ILLISIBLE = "son contenu ne se relit pas"
AUTRE = "son contenu est celui d'une autre grille"
ABSENT = "la grille est arrêtée, et son instantané n'est plus là"


@dataclass(frozen=True)
class EtatDArrete:
    """Un arrêté vérifié. `faute` : ce qui ne va pas, vide s'il est entier ; `empreinte` : celle qui est notée."""

    formation: str
    annee: int
    version: int
    empreinte: str
    faute: str = ""


def verifier_les_arretes(session: Session, etablissement_id: int) -> list[EtatDArrete]:
    """Chaque instantané de l'établissement, son empreinte recalculée, et chaque grille arrêtée sans instantané."""
    i = Instantane
    requete = (
        select(
            *(col(c) for c in (Formation.code, Campagne.annee, i.version, i.empreinte, i.contenu)),
        )
        .join(Grille, col(Grille.id) == col(i.grille_id))
        .join(Campagne, col(Campagne.id) == col(Grille.campagne_id))
        .join(Formation, col(Formation.id) == col(Grille.formation_id))
        .where(col(i.etablissement_id) == etablissement_id)
        .order_by(col(Formation.code), col(Campagne.annee), col(i.version))
    )
    etats = [
        EtatDArrete(code, annee, version, empreinte, _faute(texte, empreinte, (annee, version)))
        for code, annee, version, empreinte, texte in lignes(session, requete)
    ]
    return [*etats, *_sans_instantane(session, etablissement_id)]


def _faute(texte: str, empreinte: str, attendu: tuple[int, int]) -> str:
    if calculer_empreinte(texte) != empreinte:
        return CHANGE
    contenu = _lire(texte)
    if contenu is None:
        return ILLISIBLE
    return "" if (contenu.annee, contenu.version) == attendu else AUTRE


def _lire(texte: str) -> Contenu | None:
    try:
        return lire_contenu(texte)
    except ValidationError:
        return None


def _sans_instantane(session: Session, etablissement_id: int) -> list[EtatDArrete]:
    scelle = and_(col(Instantane.grille_id) == col(Grille.id), col(Instantane.version) == col(Grille.version))
    requete = (
        select(*(col(c) for c in (Formation.code, Campagne.annee, Grille.version)))
        .join(Campagne, col(Campagne.id) == col(Grille.campagne_id))
        .join(Formation, col(Formation.id) == col(Grille.formation_id))
        .outerjoin(Instantane, scelle)
        .where(
            col(Grille.etablissement_id) == etablissement_id,
            col(Grille.etat) == "arretee",
            col(Instantane.id).is_(None),
        )
        .order_by(col(Formation.code))
    )
    return [EtatDArrete(code, annee, version, "", ABSENT) for code, annee, version in lignes(session, requete)]
