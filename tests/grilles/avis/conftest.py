"""Des demandes d'avis rangées telles quelles : à une échéance et dans un état choisis."""

import hashlib
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from charte.acteur import Acteur
from charte.commun.base import Base, exiger_id, lignes, maintenant
from grilles.avis.modeles import DemandeAvis
from grilles.services import ouvrir_grille

ELEMENTS = ("1.S1.1", "1.1.6.1", "3.S1.1")


def empreinte(secret: str) -> str:
    """Ce que la base garde d'un secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def demander_un_avis(
    base: Base, acteur: Acteur, formation: int, echeance: date, courriel: bytes | None = None, **autres: Any
) -> int:
    """Une demande d'apprenti, au secret « secret-N » ; rend son identifiant."""
    with base.ecriture() as session:
        grille_id = ouvrir_grille(session, acteur, formation).id
        rang = int(lignes(session, select(func.count()).select_from(DemandeAvis))[0][0])
        commune = {"public": "apprentis", "repere": "délégué d’essai", "elements": list(ELEMENTS), **autres}
        demande = DemandeAvis(
            etablissement_id=acteur.etablissement_id, grille_id=grille_id, echeance=echeance, courriel=courriel,
            jeton=empreinte(f"secret-{rang}"), demande_par=acteur.nom, demande_le=maintenant(), **commune,
        )  # fmt: skip
        session.add(demande)
        session.flush()
        return exiger_id(demande.id)


def demande_en_base(base: Base, demande_id: int) -> DemandeAvis:
    """Une demande, détachée de sa session."""
    with base.lecture() as session:
        demande = session.get_one(DemandeAvis, demande_id)
        assert col(DemandeAvis.id) is not None
        session.expunge(demande)
        return demande
