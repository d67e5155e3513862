"""Ranger une preuve neuve : la même ligne, d'où qu'on la cite (grille, jalon, action, bibliothèque)."""

from datetime import date

from sqlmodel import Session

from charte.acteur import Acteur
from charte.commun.base import exiger_id, maintenant
from grilles.modeles import Preuve


def ranger_une_preuve(
    session: Session,
    acteur: Acteur,
    *,
    titre: str,
    adresse: str,
    date_effet: date | None = None,
    date_fin: date | None = None,
    proprietaire: str = "",
    partagee: bool = False,
) -> int:
    """Range la preuve au nom de l'acteur et rend son identifiant ; ni citation, ni entrée au journal."""
    preuve = Preuve(
        etablissement_id=acteur.etablissement_id,
        titre=titre,
        adresse=adresse,
        date_effet=date_effet,
        date_fin=date_fin,
        proprietaire=proprietaire,
        partagee=partagee,
        compte_id=acteur.compte_id,
        depose_par=acteur.nom,
        depose_le=maintenant(),
    )
    session.add(preuve)
    session.flush()
    return exiger_id(preuve.id)
