"""Un diplôme suivi trois ans, et des objectifs convenus par les services eux-mêmes, pour les tests."""

from datetime import date
from typing import Any

from charte.acteur import Acteur
from charte.commun.base import Base
from charte.modeles import Formation
from indicateurs.definitions import charger_definitions
from indicateurs.objectifs.regles import Vise
from indicateurs.objectifs.services.lecture import Lieu
from indicateurs.objectifs.services.saisie import Visee, convenir
from indicateurs.objectifs.vues import Contenu
from tests.rapports.peuplement import creer_formation, ranger_apprentis

CLE = "rupture_brute_9_mois"
VISEE = Visee(CLE, charger_definitions()[CLE].identifiant)
CONTENU = Contenu(
    Vise(0.08, date(2028, 8, 31), ((2024, 0.12), (2025, 0.1)), 0.2, "2022-2023"),
    convenu_par="l'établissement et le CFA",
    convenu_le=date(2026, 3, 12),
    instance="conseil de perfectionnement",
)
SAISIES = {
    "perimetre": "total",
    "indicateur": CLE,
    "reference_periode": "2022-2023",
    "cible": "8",
    "echeance": "2028-08-31",
    "annee_1": "2024",
    "palier_1": "12",
    "convenu_par": "l'établissement et le CFA",
    "convenu_le": "2026-03-12",
}


def peupler(base: Base, acteur: Acteur, code: str = "but-gmp", uai: str = "0352756F") -> tuple[int, int]:
    """Trois promotions de 40 (8, 7 puis 6 ruptures) et une de 3, masquée ; rend la formation et son CFA."""
    with base.ecriture() as session:
        formation = creer_formation(session, acteur, code, uai)
        for annee, nombre, rompus in ((2021, 3, 1), (2022, 40, 8), (2023, 40, 7), (2024, 40, 6)):
            ranger_apprentis(session, acteur, formation, annee=annee, nombre=nombre, rompus=rompus)
        return formation, session.get_one(Formation, formation).cfa_id


def convenir_d_un(
    base: Base, acteur: Acteur, lieu: Lieu | None = None, contenu: Contenu = CONTENU, **visee: Any
) -> int:
    """Un objectif convenu ; tout l'établissement, sans `lieu`."""
    with base.ecriture() as session:
        return convenir(session, acteur, lieu or Lieu(), Visee(**visee) if visee else VISEE, contenu)
