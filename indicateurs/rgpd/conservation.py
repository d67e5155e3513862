"""Les parcours gardés trop longtemps : les compter avant, les effacer ensuite, en une transaction."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, delete, func, select
from sqlmodel import Session, col

from charte.acteur import Acteur, exiger_partout
from charte.commun.base import lignes
from charte.commun.journal import journaliser
from indicateurs.modeles import Apprenti, Contrat, Depot, Effacement, Parcours
from indicateurs.rgpd.personne import GESTE
from indicateurs.sources.services.oubli import oublier_les_apprentis, oublier_les_parcours


class PurgeChangee(Exception):
    """Ce qui serait effacé n'est plus ce qui a été montré : il faut le relire avant de confirmer."""


@dataclass(frozen=True)
class ParcoursEchus:
    """Les parcours finis à `limite` ou avant : leur nombre, celui de leurs contrats, des personnes qui n'en ont pas
    d'autre (elles disparaissent avec eux), et la fin la plus ancienne."""

    limite: date
    parcours: int
    contrats: int
    personnes: int
    plus_ancienne: date | None


def parcours_echus(session: Session, acteur: Acteur, limite: date) -> ParcoursEchus:
    """Ce que la purge des parcours effacerait dans l'établissement de l'acteur ; n'écrit rien."""
    exiger_partout(acteur, GESTE)
    echus = _echus(acteur, limite)
    nombre, plus_ancienne = lignes(session, select(func.count(), func.min(col(Parcours.date_fin))).where(*echus))[0]
    siens = col(Contrat.parcours_id).in_(select(col(Parcours.id)).where(*echus))
    contrats = lignes(session, select(func.count()).select_from(Contrat).where(siens))[0][0]
    personnes = lignes(session, select(func.count()).select_from(Apprenti).where(*_seules(acteur, limite)))[0][0]
    return ParcoursEchus(limite, int(nombre), int(contrats), int(personnes), plus_ancienne)


def _echus(acteur: Acteur, limite: date) -> tuple[ColumnElement[bool], ...]:
    return (col(Parcours.etablissement_id) == acteur.etablissement_id, col(Parcours.date_fin) <= limite)


def _seules(acteur: Acteur, limite: date) -> tuple[ColumnElement[bool], ...]:
    """Les personnes dont tous les parcours (au moins un) sont échus."""
    siens = select(col(Parcours.id)).where(col(Parcours.apprenti_id) == col(Apprenti.id))
    return (
        col(Apprenti.etablissement_id) == acteur.etablissement_id,
        siens.exists(),
        ~siens.where(col(Parcours.date_fin) > limite).exists(),
    )


def purger_les_parcours(session: Session, acteur: Acteur, attendus: ParcoursEchus) -> ParcoursEchus:
    """Efface les parcours échus et leurs faits, si ce sont ceux montrés. Lève `PurgeChangee`, `DroitManquant`."""
    if parcours_echus(session, acteur, attendus.limite) != attendus:
        raise PurgeChangee
    seules = [i for (i,) in lignes(session, select(col(Apprenti.id)).where(*_seules(acteur, attendus.limite)))]
    siens = lignes(session, select(col(Parcours.id)).where(*_echus(acteur, attendus.limite)))
    oublier_les_parcours(session, [int(i) for (i,) in siens])
    oublier_les_apprentis(session, [int(i) for i in seules])
    comptes = {"parcours": attendus.parcours, "contrats": attendus.contrats, "personnes": attendus.personnes}
    apres = {**comptes, "finis_au_plus_tard_le": attendus.limite.isoformat()}
    journaliser(session, acteur, "parcours échus purgés", "parcours", apres=apres)
    return attendus


def fichiers_echus(session: Session, acteur: Acteur, jour: date) -> tuple[int, date | None]:
    """Fichiers déposés que le ménage de ce jour effacera : leur nombre, et le dépôt le plus ancien."""
    echus = (
        col(Depot.etablissement_id) == acteur.etablissement_id,
        col(Depot.purger_le) <= jour,
        col(Depot.fichier).is_not(None),
    )
    nombre, ancien = lignes(session, select(func.count(), func.min(col(Depot.depose_le))).where(*echus))[0]
    return int(nombre), ancien.date() if ancien else None


def effacements_echus(session: Session, acteur: Acteur, limite: datetime) -> tuple[int, date | None]:
    """Marques d'effacement posées à cet instant ou avant : leur nombre, et la plus ancienne."""
    echus = (col(Effacement.etablissement_id) == acteur.etablissement_id, col(Effacement.efface_le) <= limite)
    nombre, ancien = lignes(session, select(func.count(), func.min(col(Effacement.efface_le))).where(*echus))[0]
    return int(nombre), ancien.date() if ancien else None


def purger_les_effacements(session: Session, limite: datetime) -> int:
    """Ôte les marques d'effacement échues, tous établissements (tâche d'installation) ; rend leur nombre."""
    echues = delete(Effacement).where(col(Effacement.efface_le) <= limite)
    return int(session.connection().execute(echues).rowcount)
