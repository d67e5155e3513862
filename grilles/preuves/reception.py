"""Recevoir les fichiers d'une preuve : vérifiés, chiffrés AVANT la transaction, rangés dedans."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from charte.acteur import Acteur
from charte.commun.base import Base
from charte.commun.frein import Bornes
from charte.commun.reglages import Reglages
from grilles.preuves.coffre import coffre_des_preuves
from grilles.preuves.services.ecriture import (
    SANS_CONTENU,
    CommandeDeCitation,
    CommandeDePreuve,
    PreuveSansContenu,
    citer,
    creer_preuve,
    effacer,
)
from grilles.preuves.services.fichiers import FichierRecu, exiger_de_la_place, joindre, mettre_au_coffre
from grilles.preuves.types import reconnaitre

FICHIERS_PAR_ENVOI = 10
PREUVES_PAR_DEPOT = 10
"""Une campagne se prépare à plusieurs : dix fichiers de preuve là où l'on déposerait un fichier de données."""


@dataclass(frozen=True)
class Envoi:
    """Un fichier envoyé : son nom, sans danger, et ses octets."""

    nom: str
    octets: bytes


def bornes_des_preuves(reglages: Reglages) -> Bornes:
    """Ce qu'un établissement peut déposer de preuves : fichiers par heure, octets par jour."""
    bornes = Bornes.de(reglages)
    return replace(bornes, par_heure=bornes.par_heure * PREUVES_PAR_DEPOT)


def deposer_preuve(
    base: Base,
    acteur: Acteur,
    reglages: Reglages,
    commande: CommandeDePreuve,
    envois: Sequence[Envoi],
    *,
    citation: CommandeDeCitation | None = None,
) -> int:
    """Range une preuve, ses fichiers, et la cite d'un même geste ; rend son identifiant.

    Lève `PreuveSansContenu`, `FichierRefuse`, `DepotFreine`, `TropDeFichiers`, `GrilleFigee`.
    """
    if not commande.adresse and not envois:
        raise PreuveSansContenu(SANS_CONTENU)
    recus = _recevoir(base, acteur, reglages, envois)
    with base.ecriture() as session:
        preuve_id = creer_preuve(session, acteur, commande)
        for recu in recus:
            joindre(session, acteur, preuve_id, recu)
        if citation is not None:
            citer(session, acteur, replace(citation, preuve_id=preuve_id))
    return preuve_id


def joindre_des_fichiers(
    base: Base, acteur: Acteur, reglages: Reglages, preuve_id: int, envois: Sequence[Envoi], *, rang: int | None = None
) -> None:
    """Ajoute des fichiers à une preuve, ou une révision de celui de ce rang. Lève comme `deposer_preuve`."""
    recus = _recevoir(base, acteur, reglages, envois)
    with base.ecriture() as session:
        for recu in recus:
            joindre(session, acteur, preuve_id, recu, rang)


def effacer_preuve(base: Base, acteur: Acteur, reglages: Reglages, preuve_id: int) -> None:
    """Efface une preuve qui ne sert pas, puis ses pièces : une transaction défaite n'en perd aucune."""
    coffre = coffre_des_preuves(reglages)
    with base.ecriture() as session:
        pieces = effacer(session, acteur, preuve_id)
    for piece in pieces:
        coffre.oublier(piece)


def _recevoir(base: Base, acteur: Acteur, reglages: Reglages, envois: Sequence[Envoi]) -> list[FichierRecu]:
    """Vérifie tous les fichiers avant d'en chiffrer un seul."""
    maximum = reglages.preuve_mo * 2**20
    verifies = [(envoi, reconnaitre(envoi.nom, envoi.octets, maximum)) for envoi in envois]
    if verifies:
        with base.ecriture() as session:
            exiger_de_la_place(session, acteur, sum(len(e.octets) for e in envois), bornes_des_preuves(reglages))
    coffre = coffre_des_preuves(reglages)
    return [mettre_au_coffre(coffre, envoi.nom, mime, envoi.octets) for envoi, mime in verifies]
