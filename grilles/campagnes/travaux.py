"""Les travaux de fond des campagnes, grille par grille : reprendre l'an passé, arrêter."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from charte.acteur import Acteur, Geste
from charte.commun.base import Base
from charte.commun.reglages import Reglages
from charte.commun.travaux import Avancement
from charte.commun.typographie import pluriel
from grilles.arrete.pages import mesures_a_sceller
from grilles.arrete.services import ArreteRefuse, CommandeArrete, arreter_grille
from grilles.campagnes.regles import GRILLE_ARRETEE, EtatDeCampagne
from grilles.campagnes.services.conduite import passer
from grilles.campagnes.services.lecture import lire_campagne, lire_formations
from grilles.campagnes.services.reprise import (
    CONCERTEE,
    TOUTES,
    grilles_a_reprendre,
    reprendre_une_grille,
    verifier_la_reprise,
)
from grilles.campagnes.vues import FicheCampagne
from grilles.mesures import LecteurDeMesures

Executant = Callable[[Base, Reglages, Acteur, dict[str, Any], Avancement], str]
REPRISE, ARRETE = "reprise_de_campagne", "arrete_de_campagne"
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


def _arreter_si_ouverte(session: Session, acteur: Acteur, commande: CommandeArrete) -> None:
    """Arrête la grille ; demandé deux fois, le second travail trouve le premier passé et n'a rien à faire."""
    with suppress(ArreteRefuse):
        arreter_grille(session, acteur, commande)


def arreter(
    base: Base,
    _reglages: Reglages,
    acteur: Acteur,
    parametres: dict[str, Any],
    avancement: Avancement,
    *,
    mesures: LecteurDeMesures,
) -> str:
    """Arrête chaque grille commencée de `parametres["campagne"]`, puis la campagne ; rend un message.

    Une grille, une transaction ; recommencer ne refait que ce qui manque. Lève `Introuvable`, `SaisieRefusee`.
    """
    campagne_id, instance = int(parametres["campagne"]), str(parametres["instance"])
    with base.lecture() as session:
        campagne = lire_campagne(session, acteur, campagne_id)
        ouvertes = _ouvertes(session, acteur, campagne)
    for rang, formation_id in enumerate(ouvertes):
        avancement(rang, len(ouvertes))
        with base.lecture() as session:
            citees = mesures_a_sceller(session, acteur, formation_id, mesures)
        with base.ecriture() as session:
            _arreter_si_ouverte(session, acteur, CommandeArrete(formation_id, campagne.annee, instance, citees))
    with base.ecriture() as session:
        # Une grille commencée entre-temps est figée avec les autres.
        tardives = _ouvertes(session, acteur, campagne)
        for formation_id in tardives:
            citees = mesures_a_sceller(session, acteur, formation_id, mesures)
            arreter_grille(session, acteur, CommandeArrete(formation_id, campagne.annee, instance, citees))
        passer(session, acteur, campagne_id, "arreter", depuis=EtatDeCampagne.EN_CONCERTATION)
    avancement(len(ouvertes), len(ouvertes))
    return f"La campagne est arrêtée : {pluriel(len(ouvertes) + len(tardives), 'grille figée', 'grilles figées')}."


def _ouvertes(session: Session, acteur: Acteur, campagne: FicheCampagne) -> list[int]:
    """Les formations dont la grille est commencée et pas encore arrêtée."""
    formations = lire_formations(session, acteur, campagne, geste=Geste.PILOTER_CAMPAGNE)
    return [f.id for f in formations if f.grille_id is not None and f.etat_grille != GRILLE_ARRETEE]


def travaux(mesures: LecteurDeMesures) -> dict[str, Executant]:
    """Les travaux des campagnes, par genre ; `mesures` : qui lit les indicateurs que les jalons citent."""
    return {REPRISE: reprendre, ARRETE: partial(arreter, mesures=mesures)}
