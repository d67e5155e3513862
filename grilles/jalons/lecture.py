"""Lire les paliers locaux de plusieurs diplômes d'un coup, pour la règle des niveaux."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, select
from sqlmodel import Session, col

from charte.acteur import Acteur
from charte.commun.base import lignes
from grilles.jalons.modeles import Jalon
from grilles.jalons.paliers import PalierLocal, PaliersLocaux

QUI_COMPTENT = ("convenu", "atteint", "reporte")
"""Un palier proposé n'engage encore personne ; un palier abandonné n'engage plus."""


def paliers_locaux(
    session: Session, acteur: Acteur, formation_ids: Sequence[int], au: date | None = None
) -> dict[int, dict[int, PaliersLocaux]]:
    """Formation → poste → les jalons et cibles locales convenus, dans l'ordre ; UNE requête pour toutes.

    Une formation ou un poste sans palier n'y figure pas (`paliers.AUCUN`). `au` : seuls comptent ceux qui étaient
    convenus ce jour-là, et n'est atteint que ce qui l'était ; None : tels qu'ils sont.
    """
    colonnes = (Jalon.formation_id, Jalon.poste, Jalon.nature, Jalon.id, Jalon.intitule, Jalon.etat, Jalon.atteint_le)
    requete = (
        select(*(col(c) for c in colonnes), col(Jalon.echeance), col(Jalon.element))
        .where(
            col(Jalon.etablissement_id) == acteur.etablissement_id,
            col(Jalon.formation_id).in_(sorted(set(formation_ids))),
            col(Jalon.etat).in_(QUI_COMPTENT),
            *((col(Jalon.convenu_le) <= au,) if au else ()),
        )
        .order_by(col(Jalon.formation_id), col(Jalon.poste), col(Jalon.rang), col(Jalon.id))
    )
    ranges: dict[int, dict[int, list[Row[*tuple[Any, ...]]]]] = {}
    for ligne in lignes(session, requete):
        ranges.setdefault(ligne.formation_id, {}).setdefault(ligne.poste, []).append(ligne)
    return {f: {p: _assembler(lues, au) for p, lues in postes.items()} for f, postes in ranges.items()}


def _assembler(lues: list[Row[*tuple[Any, ...]]], au: date | None) -> PaliersLocaux:
    return PaliersLocaux(
        tuple(_palier(ligne, au) for ligne in lues if ligne.nature == "jalon"),
        tuple(_palier(ligne, au) for ligne in lues if ligne.nature == "cible"),
    )


def _palier(ligne: Row[*tuple[Any, ...]], au: date | None) -> PalierLocal:
    etat = "convenu" if au and ligne.atteint_le and ligne.atteint_le > au else ligne.etat
    return PalierLocal(ligne.id, ligne.intitule, etat == "atteint", etat, ligne.echeance, ligne.element)
