"""Lire les campagnes et leurs formations, dans ce que l'acteur atteint."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, select
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste
from charte.commun.base import lignes
from charte.commun.web import Introuvable
from charte.modeles import Cfa, Composante, Formation
from charte.services.portee import formations_atteintes
from grilles.campagnes.regles import GRILLE_ARRETEE, Faits
from grilles.campagnes.vues import FicheCampagne, FormationDeCampagne, RetourLu
from grilles.modeles import Campagne, CampagneFormation, Grille, Reponse, RetourDeCampagne

_FICHE = (
    Campagne.id, Campagne.annee, Campagne.libelle, Campagne.edition, Campagne.etat, Campagne.toutes_formations,
    Campagne.echeance_positions, Campagne.echeance_concertation, Campagne.relances, Campagne.consigne,
    Campagne.version,
)  # fmt: skip


def lister_campagnes(session: Session, acteur: Acteur) -> tuple[FicheCampagne, ...]:
    """Les campagnes de l'établissement, la plus récente d'abord."""
    requete = _fiches(acteur).order_by(col(Campagne.annee).desc())
    return tuple(FicheCampagne(*ligne) for ligne in lignes(session, requete))


def lire_campagne(session: Session, acteur: Acteur, campagne_id: int) -> FicheCampagne:
    """Une campagne de l'établissement ; lève `Introuvable`."""
    trouvees = lignes(session, _fiches(acteur).where(col(Campagne.id) == campagne_id))
    if not trouvees:
        raise Introuvable(f"Aucune campagne {campagne_id}.")
    return FicheCampagne(*trouvees[0])


def campagne_de(session: Session, acteur: Acteur, annee: int) -> FicheCampagne | None:
    """La campagne de cette année de rentrée, ou None."""
    trouvees = lignes(session, _fiches(acteur).where(col(Campagne.annee) == annee))
    return FicheCampagne(*trouvees[0]) if trouvees else None


def _fiches(acteur: Acteur) -> Select[*tuple[Any, ...]]:
    return select(*(col(c) for c in _FICHE)).where(col(Campagne.etablissement_id) == acteur.etablissement_id)


def lire_formations(
    session: Session, acteur: Acteur, campagne: FicheCampagne, *, toutes: bool = False, geste: Geste = Geste.LIRE
) -> list[FormationDeCampagne]:
    """Les formations de la campagne que l'acteur atteint pour ce geste, par libellé ; `toutes` : les autres aussi."""
    requete = (
        select(
            *(col(c) for c in (Formation.id, Formation.code, Formation.libelle, Formation.cfa_id, Cfa.nom)),
            col(Formation.composante_id),
            func.coalesce(col(Composante.nom), ""),
            col(CampagneFormation.id).is_not(None),
            *(col(c) for c in (CampagneFormation.echeance, Grille.id, Grille.etat)),
        )
        .select_from(Formation)
        .join(Cfa, col(Cfa.id) == col(Formation.cfa_id))
        .outerjoin(Composante, col(Composante.id) == col(Formation.composante_id))
        .outerjoin(CampagneFormation, _de_la_campagne(CampagneFormation, campagne.id))
        .outerjoin(Grille, _de_la_campagne(Grille, campagne.id))
        .where(formations_atteintes(acteur, geste))
        .order_by(col(Formation.libelle), col(Formation.code))
    )
    if not (toutes or campagne.toutes_formations):
        requete = requete.where(col(CampagneFormation.id).is_not(None))
    return [_formation(ligne, campagne) for ligne in lignes(session, requete)]


def _formation(ligne: Row[*tuple[Any, ...]], campagne: FicheCampagne) -> FormationDeCampagne:
    qui, (inscrite, *suite) = ligne[:7], ligne[7:]
    return FormationDeCampagne(*(*qui, inscrite, inscrite or campagne.toutes_formations, *suite))


def _de_la_campagne(table: type[CampagneFormation | Grille], campagne_id: int) -> ColumnElement[bool]:
    return and_(col(table.formation_id) == col(Formation.id), col(table.campagne_id) == campagne_id)


def lire_faits(session: Session, acteur: Acteur, campagne: FicheCampagne) -> Faits:
    """Ce dont un passage d'état a besoin ; une réponse reprise et pas encore confirmée n'engage personne."""
    formations = len(lire_formations(session, acteur, campagne, geste=Geste.PILOTER_CAMPAGNE))
    ecrites = (
        select(func.count())
        .select_from(Reponse)
        .join(Grille, col(Grille.id) == col(Reponse.grille_id))
        .where(
            col(Grille.campagne_id) == campagne.id,
            col(Reponse.etablissement_id) == acteur.etablissement_id,
            col(Reponse.etat).is_not(None),
            col(Reponse.a_confirmer).is_(False),
        )
    )
    arretees = select(func.count()).where(
        col(Grille.campagne_id) == campagne.id,
        col(Grille.etablissement_id) == acteur.etablissement_id,
        col(Grille.etat) == GRILLE_ARRETEE,
    )
    return Faits(formations, int(lignes(session, ecrites)[0][0]), int(lignes(session, arretees)[0][0]))


def lister_les_retours(session: Session, acteur: Acteur, campagne: FicheCampagne) -> tuple[RetourLu, ...]:
    """Les pas en arrière d'une campagne, le dernier d'abord."""
    r = RetourDeCampagne
    requete = (
        select(*(col(c) for c in (r.depuis, r.vers, r.motif, r.revenu_par, r.revenu_le)))
        .where(col(r.campagne_id) == campagne.id, col(r.etablissement_id) == acteur.etablissement_id)
        .order_by(col(r.id).desc())
    )
    return tuple(RetourLu(*ligne) for ligne in lignes(session, requete))


def choix(formations: Sequence[FormationDeCampagne]) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """(CFA, composantes) de ces formations, pour un filtre : (numéro, nom), par nom."""
    cfas = {formation.cfa_id: formation.cfa for formation in formations}
    composantes = {f.composante_id: f.composante for f in formations if f.composante_id is not None}
    tries = (sorted(noms.items(), key=lambda option: option[1].casefold()) for noms in (cfas, composantes))
    return next(tries), next(tries)
