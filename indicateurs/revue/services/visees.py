"""Ce que la revue met en regard d'un indicateur : l'objectif convenu pour son périmètre."""

from collections.abc import Mapping

from sqlalchemy import and_, select
from sqlmodel import Session, col

from charte.acteur import Acteur
from charte.commun.base import lignes
from indicateurs.definitions import Definition
from indicateurs.mesures import Perimetre
from indicateurs.objectifs.modeles import Objectif, PalierDObjectif
from indicateurs.reperes.services import reperes_pour
from indicateurs.reperes.vues import dire_la_valeur
from indicateurs.revue.contenu import ObjectifScelle, RepereScelle


def lire_les_objectifs(
    session: Session, acteur: Acteur, cfa_id: int | None, annee: int
) -> Mapping[str, ObjectifScelle]:
    """L'objectif en vigueur de chaque indicateur pour ce CFA (None : l'établissement), avec son palier de l'année."""
    palier = and_(col(PalierDObjectif.objectif_id) == col(Objectif.id), col(PalierDObjectif.annee) == annee)
    colonnes = (Objectif.indicateur, Objectif.cible, Objectif.echeance, PalierDObjectif.valeur, Objectif.convenu_le)
    requete = (
        select(*(col(c) for c in (*colonnes, Objectif.definition)))
        .outerjoin(PalierDObjectif, palier)
        .where(
            col(Objectif.etablissement_id) == acteur.etablissement_id,
            col(Objectif.formation_id).is_(None),
            col(Objectif.cfa_id).is_not_distinct_from(cfa_id),
            col(Objectif.remplace_par_id).is_(None),
            col(Objectif.retire_le).is_(None),
        )
        .order_by(col(Objectif.id))
    )
    return {cle: ObjectifScelle(*reste) for cle, *reste in lignes(session, requete)}


def lire_les_reperes(
    session: Session, acteur: Acteur, definition: Definition, perimetre: Perimetre
) -> tuple[RepereScelle, ...]:
    """Les repères qui se comparent à cet indicateur, et à quelles réserves ; les autres ne se montrent pas ici."""
    comparables, _ = reperes_pour(session, acteur, definition, perimetre)
    return tuple(
        RepereScelle(
            libelle=c.repere.libelle, valeur=dire_la_valeur(c.repere), millesime=c.repere.millesime,
            champ=c.repere.champ, source=c.repere.source.titre,
            mise_en_garde=" ".join((c.repere.mise_en_garde, *c.reserves)),
        )
        for c in comparables
    )  # fmt: skip
