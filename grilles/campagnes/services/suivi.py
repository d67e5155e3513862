"""Le tableau d'avancement d'une campagne : trois comptes par ensembles, quel que soit le nombre de formations."""

from collections import Counter
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, Partie
from charte.chargement import charger_edition
from charte.commun.base import lignes
from charte.concernes import charger_concernes, elements_evalues
from grilles.arrete.lecture import preuves_a_citer
from grilles.campagnes.regles import GRILLE_ARRETEE
from grilles.campagnes.services.lecture import lire_formations
from grilles.campagnes.suivi import LigneDeSuivi, SuiviDePoste, echeance_courante
from grilles.campagnes.vues import FicheCampagne
from grilles.modeles import Grille, Preuve, PreuveCitee, Reponse
from grilles.regles import Avancement

_PARTIES = (Partie.ETABLISSEMENT, Partie.CFA, Partie.CONCERTEE)
_POSTE = func.substr(col(Reponse.element), 1, 1)
"""Un élément commence par le numéro de son poste : « 2.S1.3 »."""


def lire_le_suivi(
    session: Session, acteur: Acteur, campagne: FicheCampagne, jour: date, *, geste: Geste = Geste.LIRE
) -> tuple[LigneDeSuivi, ...]:
    """Chaque formation de la campagne que l'acteur atteint, poste par poste.

    `jour` : où les preuves sont jugées ; celles d'une grille arrêtée l'ont été le jour de son arrêté.
    """
    faits, a_confirmer = _compter_les_reponses(session, acteur, campagne)
    sans_preuve = _preuves_a_citer(session, acteur, campagne, jour)
    desaccords = _compter(session, _desaccords(acteur, campagne))
    totaux = totaux_par_poste(campagne.edition)

    def suivre(grille_id: int | None, poste: int) -> SuiviDePoste:
        cle = (grille_id, poste)
        etablissement, cfa, concertee = (
            Avancement(faits[(*cle, partie.value)], du) for partie, du in zip(_PARTIES, totaux[poste], strict=True)
        )
        reste = (sans_preuve[cle], desaccords[cle], a_confirmer[cle])
        return SuiviDePoste(poste, etablissement, cfa, concertee, *reste)

    return tuple(
        LigneDeSuivi(
            formation,
            campagne.etat,
            echeance_courante(campagne, formation.echeance),
            tuple(suivre(formation.grille_id, poste) for poste in totaux),
        )
        for formation in lire_formations(session, acteur, campagne, geste=geste)
    )


@lru_cache(maxsize=8)
def totaux_par_poste(edition: str) -> dict[int, tuple[int, int, int]]:
    """Poste → combien d'éléments concernent l'établissement, le CFA, et la position concertée (tous)."""
    concernes = charger_concernes(edition)
    dus: dict[int, list[int]] = {}
    for element in elements_evalues(charger_edition(edition)):
        totaux = dus.setdefault(int(element.id[0]), [0, 0, 0])
        parties = concernes.parties(element.id)
        totaux[0] += Partie.ETABLISSEMENT in parties
        totaux[1] += Partie.CFA in parties
        totaux[2] += 1
    return {poste: (totaux[0], totaux[1], totaux[2]) for poste, totaux in dus.items()}


def _compter_les_reponses(
    session: Session, acteur: Acteur, campagne: FicheCampagne
) -> tuple[Counter[tuple[Any, ...]], Counter[tuple[Any, ...]]]:
    """(grille, poste, partie) → réponses données ; (grille, poste) → réponses reprises, à confirmer."""
    donnee = and_(col(Reponse.etat).is_not(None), col(Reponse.a_confirmer).is_(False), _concernee(campagne.edition))
    requete = (
        select(
            col(Reponse.grille_id),
            _POSTE,
            col(Reponse.partie),
            func.count(case((donnee, 1))),
            func.count(case((col(Reponse.a_confirmer), 1))),
        )
        .join(Grille, col(Grille.id) == col(Reponse.grille_id))
        .where(*_de_la_campagne(acteur, campagne))
        .group_by(col(Reponse.grille_id), _POSTE, col(Reponse.partie))
    )
    faits: Counter[tuple[Any, ...]] = Counter()
    a_confirmer: Counter[tuple[Any, ...]] = Counter()
    for grille_id, poste, partie, donnees, reprises in lignes(session, requete):
        faits[grille_id, int(poste), partie] = donnees
        a_confirmer[grille_id, int(poste)] += reprises
    return faits, a_confirmer


def _concernee(edition: str) -> ColumnElement[bool]:
    """La condition « cet élément concerne la partie qui y répond »."""
    concernes = charger_concernes(edition)
    des_parties = (
        and_(col(Reponse.partie) == partie.value, col(Reponse.element).in_(concernes.de(partie)))
        for partie in (Partie.ETABLISSEMENT, Partie.CFA)
    )
    return or_(col(Reponse.partie) == Partie.CONCERTEE.value, *des_parties)


def _de_la_campagne(acteur: Acteur, campagne: FicheCampagne) -> tuple[ColumnElement[bool], ...]:
    return col(Grille.campagne_id) == campagne.id, col(Reponse.etablissement_id) == acteur.etablissement_id


def _preuves_a_citer(session: Session, acteur: Acteur, campagne: FicheCampagne, jour: date) -> Counter[tuple[Any, ...]]:
    """(grille, poste) → preuves qui manquent : ce jour-là, ou au jour de l'arrêté pour une grille arrêtée."""
    comptes = _compter(session, _sans_preuve(acteur, campagne, jour))
    for grille_id, par_poste in preuves_a_citer(session, acteur, campagne.id).items():
        comptes.update({(grille_id, poste): nombre for poste, nombre in par_poste.items()})
    return comptes


def _sans_preuve(acteur: Acteur, campagne: FicheCampagne, jour: date) -> Select[*tuple[Any, ...]]:
    """Ce que la concertée dit tenu, sans preuve qui vaut ce jour-là (même règle que `preuves.regles.validite`).

    Ni ce qui, repris de l'an passé, n'est pas confirmé : personne n'a encore redit que c'était tenu.
    """
    vaut = (
        select(col(PreuveCitee.id))
        .join(Preuve, col(Preuve.id) == col(PreuveCitee.preuve_id))
        .where(
            col(PreuveCitee.grille_id) == col(Reponse.grille_id),
            col(PreuveCitee.element) == col(Reponse.element),
            or_(col(Preuve.date_effet).is_(None), col(Preuve.date_effet) <= jour),
            or_(col(Preuve.date_fin).is_(None), col(Preuve.date_fin) >= jour),
        )
        .exists()
    )
    return _par_poste(acteur, campagne).where(
        col(Reponse.partie) == Partie.CONCERTEE.value,
        col(Reponse.etat) == "tenu",
        col(Reponse.a_confirmer).is_(False),
        col(Grille.etat) != GRILLE_ARRETEE,
        ~vaut,
    )


def _desaccords(acteur: Acteur, campagne: FicheCampagne) -> Select[*tuple[Any, ...]]:
    """Les éléments où l'établissement et le CFA ont dit autre chose, sans que la concertée ait tranché.

    Une réponse reprise et pas encore confirmée ne se compare pas.
    """
    cfa, concertee = aliased(Reponse), aliased(Reponse)
    dite = and_(_au_meme_endroit(concertee, Partie.CONCERTEE), col(concertee.etat).is_not(None))
    return (
        _par_poste(acteur, campagne)
        .join(cfa, _au_meme_endroit(cfa, Partie.CFA))
        .outerjoin(concertee, and_(dite, col(concertee.a_confirmer).is_(False)))
        .where(
            col(Reponse.partie) == Partie.ETABLISSEMENT.value,
            col(Reponse.etat) != col(cfa.etat),
            col(Reponse.a_confirmer).is_(False),
            col(cfa.a_confirmer).is_(False),
            col(concertee.id).is_(None),
        )
    )


def _au_meme_endroit(autre: type[Reponse], partie: Partie) -> ColumnElement[bool]:
    """La condition « réponse de cette partie au même élément de la même grille »."""
    return and_(
        col(autre.grille_id) == col(Reponse.grille_id),
        col(autre.element) == col(Reponse.element),
        col(autre.partie) == partie.value,
    )


def _par_poste(acteur: Acteur, campagne: FicheCampagne) -> Select[*tuple[Any, ...]]:
    return (
        select(col(Reponse.grille_id), _POSTE, func.count())
        .join(Grille, col(Grille.id) == col(Reponse.grille_id))
        .where(*_de_la_campagne(acteur, campagne))
        .group_by(col(Reponse.grille_id), _POSTE)
    )


def _compter(session: Session, requete: Select[*tuple[Any, ...]]) -> Counter[tuple[Any, ...]]:
    comptes: Counter[tuple[Any, ...]] = Counter()
    for grille_id, poste, nombre in lignes(session, requete):
        comptes[grille_id, int(poste)] = nombre
    return comptes
