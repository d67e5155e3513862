"""Le travail de fond des campagnes : reprendre les réponses de l'an passé, grille par grille, avec sa progression."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import IntegrityError

from charte.acteur import Acteur
from charte.commun.base import Base
from charte.commun.reglages import Reglages
from charte.commun.travaux import Avancement
from charte.commun.typographie import pluriel
from grilles.campagnes.services.lecture import lire_campagne
from grilles.campagnes.services.reprise import (
    CONCERTEE,
    TOUTES,
    grilles_a_reprendre,
    reprendre_une_grille,
    verifier_la_reprise,
)
from grilles.campagnes.vues import FicheCampagne

Executant = Callable[[Base, Reglages, Acteur, dict[str, Any], Avancement], str]
REPRISE = "reprise_de_campagne"
ESSAIS = 3


def reprendre(
    base: Base, _reglages: Reglages, acteur: Acteur, parametres: dict[str, Any], avancement: Avancement
) -> str:
    """Reprend les réponses de `parametres["depuis"]` dans `parametres["vers"]`, et dit combien.

    Recommencer après une interruption ne refait que ce qui manque. Lève `Introuvable`, `SaisieRefusee`.
    """
    with base.lecture() as session:
        depuis, vers = (lire_campagne(session, acteur, int(parametres[nom])) for nom in ("depuis", "vers"))
        verifier_la_reprise(acteur, depuis, vers)
        formations = grilles_a_reprendre(session, acteur, depuis, vers)
    parties = CONCERTEE if parametres["parties"] == "concertee" else TOUTES
    reprises = 0
    for rang, formation_id in enumerate(formations):
        avancement(rang, len(formations))
        reprises += _reprendre(base, acteur, (depuis, vers), formation_id, parties)
    avancement(len(formations), len(formations))
    dites = pluriel(reprises, "réponse reprise", "réponses reprises")
    return f"{dites} de {depuis.annee_scolaire}, à confirmer, dans {pluriel(len(formations), 'grille')}."


def _reprendre(
    base: Base,
    acteur: Acteur,
    campagnes: tuple[FicheCampagne, FicheCampagne],
    formation_id: int,
    parties: tuple[str, ...],
) -> int:
    """Une grille, une transaction ; si quelqu'un y écrit au même instant, sa réponse reste et l'on recommence."""
    for essai in range(ESSAIS):
        try:
            with base.ecriture() as session:
                return reprendre_une_grille(session, acteur, campagnes, formation_id, parties)
        except IntegrityError:
            if essai == ESSAIS - 1:
                raise
    return 0


TRAVAUX: dict[str, Executant] = {REPRISE: reprendre}
