"""Les pages du pied : accessibilité, données personnelles, journal."""

from dataclasses import dataclass
from datetime import datetime

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Template
from sqlalchemy import func, select
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste
from charte.commun.base import Base, lignes
from charte.commun.journal import EntreeJournal
from charte.commun.reglages import Reglages
from charte.commun.web import acces, page

ENTREES_PAR_PAGE = 50


@dataclass(frozen=True)
class LigneDuJournal:
    """Une entrée du journal, telle qu'on la lit."""

    quand: datetime
    auteur: str
    acte: str
    objet: str


@get("/accessibilite", opt=acces(Geste.PUBLIC), sync_to_thread=True, name="accessibilite")
def montrer_l_accessibilite() -> Template:
    """Ce qui est fait et vérifié pour l'accessibilité, et ce qui ne l'est pas."""
    return page("appli/accessibilite.html")


@get("/donnees-personnelles", opt=acces(Geste.PUBLIC), sync_to_thread=True, name="donnees_personnelles")
def montrer_les_donnees_personnelles(reglages: NamedDependency[Reglages]) -> Template:
    """Ce que l'outil garde sur les personnes, et combien de temps."""
    return page("appli/donnees_personnelles.html", conservation=reglages.conservation_depots_jours)


@get("/journal", opt=acces(Geste.LIRE_EFFECTIFS_BRUTS), sync_to_thread=True, name="journal")
def montrer_le_journal(
    base: NamedDependency[Base], acteur: NamedDependency[Acteur], numero: FromQuery[int] = 1
) -> Template:
    """Qui a fait quoi dans l'établissement, du plus récent au plus ancien."""
    with base.lecture() as session:
        total = _compter(session, acteur)
        pages = max(1, -(-total // ENTREES_PAR_PAGE))
        numero = min(max(1, numero), pages)
        entrees = _lire(session, acteur, numero)
    return page("appli/journal.html", entrees=entrees, numero=numero, pages=pages, total=total)


def _compter(session: Session, acteur: Acteur) -> int:
    filtre = col(EntreeJournal.etablissement_id) == acteur.etablissement_id
    return int(lignes(session, select(func.count()).select_from(EntreeJournal).where(filtre))[0][0])


def _lire(session: Session, acteur: Acteur, numero: int) -> list[LigneDuJournal]:
    colonnes = (EntreeJournal.quand, EntreeJournal.auteur, EntreeJournal.acte, EntreeJournal.objet)
    requete = (
        select(*(col(c) for c in colonnes))
        .where(col(EntreeJournal.etablissement_id) == acteur.etablissement_id)
        .order_by(col(EntreeJournal.id).desc())
        .limit(ENTREES_PAR_PAGE)
        .offset((numero - 1) * ENTREES_PAR_PAGE)
    )
    return [LigneDuJournal(*ligne) for ligne in lignes(session, requete)]


ROUTES = (montrer_l_accessibilite, montrer_les_donnees_personnelles, montrer_le_journal)
