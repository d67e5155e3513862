"""Vérifier ce qui est scellé : revues arrêtées, tableaux publiés ; l'empreinte se recalcule, le contenu se relit."""

import json
from collections.abc import Callable

from sqlalchemy import select
from sqlmodel import Session, col

from charte.commun.base import lignes
from charte.commun.canonique import calculer_empreinte, ecrire_canonique
from indicateurs.publication.contenu import lire_contenu as lire_le_publie
from indicateurs.publication.modeles import Publication
from indicateurs.revue.contenu import lire_contenu
from indicateurs.revue.modeles import Revue

CHANGE = "l'empreinte n'est pas celle du contenu : il a été changé"
ILLISIBLE = "le contenu ne se relit pas"
PAS_CANONIQUE = "le contenu n'est pas en JSON canonique"


def faute_du_scelle(texte: str, empreinte: str, lire: Callable[[str], object] = lire_contenu) -> str:
    """Ce qui ne va pas dans un contenu scellé ; vide s'il est entier. Un nombre sous un masque le rend illisible."""
    if calculer_empreinte(texte) != empreinte:
        return CHANGE
    try:
        lire(texte)
        canonique = ecrire_canonique(json.loads(texte))
    except ValueError:
        return ILLISIBLE
    return "" if canonique == texte else PAS_CANONIQUE


def verifier_les_scelles(session: Session) -> list[tuple[str, str]]:
    """(ce que c'est, sa faute ou vide) de chaque revue arrêtée et de chaque tableau publié de la base."""
    revues = select(col(Revue.id), col(Revue.contenu), col(Revue.empreinte)).where(col(Revue.etat) == "arretee")
    publications = select(col(Publication.id), col(Publication.contenu), col(Publication.empreinte))
    etats = [
        (f"revue {numero}", faute_du_scelle(str(texte), str(empreinte)))
        for numero, texte, empreinte in lignes(session, revues.order_by(col(Revue.id)))
    ]
    return etats + [
        (f"tableau {numero}", faute_du_scelle(str(texte), str(empreinte), lire_le_publie))
        for numero, texte, empreinte in lignes(session, publications.order_by(col(Publication.id)))
    ]
