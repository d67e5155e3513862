"""De quoi éprouver les preuves : un dépôt d'un trait, deux CFA dans un établissement."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from appli.base import BaseSQL
from charte.acteur import Acteur, Mandat, Origine, Partie, Portee, Role
from charte.commun.base import Base
from charte.commun.reglages import Reglages
from charte.modeles import Formation
from grilles.preuves.reception import Envoi, deposer_preuve
from grilles.preuves.services.ecriture import CommandeDeCitation, CommandeDePreuve
from tests.grilles.conftest import creer_collegue, creer_formation
from tests.grilles.preuves.fabrique import PDF

ELEMENT = "1.S1.2"
Deposer = Callable[..., int]


def deposeur(base: Base, reglages: Reglages) -> Deposer:
    """`deposer(acteur, titre, fichiers=…, citee=formation, element=…, **champs)` range une preuve, rend son numéro."""

    def deposer(
        acteur: Acteur,
        titre: str = "Livret de l'apprenti",
        *,
        fichiers: tuple[tuple[str, bytes], ...] = (("livret.pdf", PDF),),
        citee: int | None = None,
        element: str = ELEMENT,
        **champs: object,
    ) -> int:
        commande = replace(CommandeDePreuve(titre), **champs)  # type: ignore[arg-type]
        citation = None if citee is None else CommandeDeCitation(citee, element, 0, "page 4")
        envois = [Envoi(nom, octets) for nom, octets in fichiers]
        return deposer_preuve(base, acteur, reglages, commande, envois, citation=citation)

    return deposer


@pytest.fixture
def deposer(base: BaseSQL, reglages: Reglages) -> Deposer:
    """Le dépôt d'une preuve dans la base du test."""
    return deposeur(base, reglages)


@dataclass(frozen=True)
class DeuxCfa:
    """Deux formations de deux CFA d'un établissement, et le référent qualité de chaque CFA."""

    une: int
    autre: int
    d_une: Acteur
    d_autre: Acteur


def creer_deux_cfa(base: Base, acteur: Acteur) -> DeuxCfa:
    """Deux CFA chez l'établissement de l'acteur."""
    une, autre = creer_formation(base, acteur), creer_formation(base, acteur, "RNCP30001-0442953W")
    acteurs = []
    for rang, formation in enumerate((une, autre), start=1):
        with base.lecture() as session:
            cfa = session.get_one(Formation, formation).cfa_id
        mandat = Mandat(Role.REFERENT_QUALITE, Portee.CFA, cfa, Partie.CFA)
        referent = creer_collegue(base, acteur, Role.REFERENT_QUALITE, f"Référent du CFA {rang}", (mandat,))
        acteurs.append(replace(referent, origine=Origine.WEB))
    return DeuxCfa(une, autre, *acteurs)


@pytest.fixture
def deux_cfa(base: BaseSQL, acteur: Acteur) -> DeuxCfa:
    """Deux CFA d'un même établissement."""
    return creer_deux_cfa(base, acteur)
