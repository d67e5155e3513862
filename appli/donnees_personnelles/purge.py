"""Ce que la prochaine purge effacera, dit avant de le faire ; et le ménage quotidien de ce qui est technique."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select
from sqlmodel import Session, SQLModel, col

from appli.cloison import hors_cloison
from appli.donnees_personnelles.comptes import comptes_inactifs
from appli.donnees_personnelles.registre import Categorie, Politique, charger_politique
from appli.modeles import AvantConnexion, Compte, CourrielSortant, LienUnique, SessionWeb
from charte.acteur import Acteur, Geste, exiger_partout
from charte.commun.base import Base, lignes
from charte.commun.reglages import Reglages
from charte.commun.typographie import FUSEAU, pluriel
from grilles.avis.services import adresses_echues, effacer_les_adresses_echues
from indicateurs.rgpd.conservation import (
    effacements_echus,
    fichiers_echus,
    parcours_echus,
    purger_les_effacements,
)

DEMAIN = timedelta(days=1)


@dataclass(frozen=True)
class Echeance:
    """Une catégorie et ce que sa prochaine purge effacera : `en_clair`, `combien`, et du plus ancien."""

    cle: str
    categorie: Categorie
    combien: int
    en_clair: str
    plus_ancienne: date | None


def prevoir(session: Session, acteur: Acteur, politique: Politique, instant: datetime) -> list[Echeance]:
    """Ce que chaque règle effacera dans l'établissement : au ménage de demain, ou si l'on confirme aujourd'hui.

    N'écrit rien. Les compteurs d'essais n'y sont pas comptés : ils ne disent pas de quel établissement ils sont.
    """
    exiger_partout(acteur, Geste.GERER_PERSONNES)
    regles = politique.categories
    demain = instant + DEMAIN
    parcours = parcours_echus(session, acteur, limite_des_parcours(politique, instant))
    parties = (
        pluriel(parcours.parcours, "parcours", "parcours"),
        pluriel(parcours.contrats, "contrat"),
        pluriel(parcours.personnes, "personne qui n’en a pas d’autre", "personnes qui n’en ont pas d’autre"),
    )
    fichiers, premier = fichiers_echus(session, acteur, demain.astimezone(FUSEAU).date())
    effacements, marque = effacements_echus(session, acteur, regles["effacements"].avant(demain))
    comptes = comptes_inactifs(session, acteur, regles["comptes_inactifs"].avant(instant))
    sessions, ouverte = _echues(session, acteur, SessionWeb, col(SessionWeb.expire_le) <= demain)
    limite = regles["liens_et_courriels"].avant(demain)
    liens, lien = _echues(session, acteur, LienUnique, col(LienUnique.expire_le) <= demain)
    envoyes, envoi = _echues(session, acteur, CourrielSortant, col(CourrielSortant.cree_le) <= limite)
    dits = pluriel(liens, "lien"), pluriel(envoyes, "courriel")
    ancien = min((jour for jour in (lien, envoi) if jour), default=None)
    adresses, premiere = adresses_echues(session, acteur, demain.astimezone(FUSEAU).date())
    prevues = {
        "fichiers_deposes": (fichiers, pluriel(fichiers, "fichier"), premier),
        "parcours": (parcours.parcours, ", ".join(parties), parcours.plus_ancienne),
        "effacements": (effacements, pluriel(effacements, "marque"), marque),
        "comptes_inactifs": (
            len(comptes),
            pluriel(len(comptes), "compte"),
            comptes[0].depuis.date() if comptes else None,
        ),
        "sessions": (sessions, pluriel(sessions, "session"), ouverte),
        "liens_et_courriels": (liens + envoyes, ", ".join(dits), ancien),
        "adresses_d_avis": (adresses, pluriel(adresses, "adresse"), premiere),
    }
    return [Echeance(cle, regles[cle], *prevue) for cle, prevue in prevues.items()]


def limite_des_parcours(politique: Politique, instant: datetime) -> date:
    """La date de fin à partir de laquelle (et avant) un parcours est gardé trop longtemps."""
    return politique.categories["parcours"].avant(instant.astimezone(FUSEAU)).date()


def _echues(
    session: Session, acteur: Acteur, table: type[SessionWeb | LienUnique | CourrielSortant], echue: ColumnElement[bool]
) -> tuple[int, date | None]:
    """Lignes échues des comptes de l'établissement, et la plus ancienne (d'après son numéro, le plus petit)."""
    instant = col(SessionWeb.ouverte_le) if table is SessionWeb else col(table.cree_le)  # type: ignore[union-attr]
    requete = (
        select(func.count(), func.min(instant))
        .select_from(table)
        .join(Compte, col(Compte.id) == col(table.compte_id))
        .where(col(Compte.etablissement_id) == acteur.etablissement_id, echue)
    )
    nombre, ancien = lignes(session, requete)[0]
    return int(nombre), ancien.date() if ancien else None


@hors_cloison()
def faire_le_menage(base: Base, reglages: Reglages, instant: datetime) -> dict[str, int]:
    """Efface ce qui est technique et échu, tous établissements, en une transaction ; rend combien, par table.

    Tâche d'installation, sans entrée au journal : rien n'y concerne un apprenti. Lève `DonneesInvalides` si le fichier
    de l'établissement est faux : mieux vaut ne rien effacer que selon une autre règle que la sienne.
    """
    regles = charger_politique(reglages).categories
    limite = regles["liens_et_courriels"].avant(instant)
    echues: dict[type[SQLModel], ColumnElement[bool]] = {
        SessionWeb: col(SessionWeb.expire_le) <= instant,
        LienUnique: col(LienUnique.expire_le) <= instant,
        CourrielSortant: col(CourrielSortant.cree_le) <= limite,
        AvantConnexion: col(AvantConnexion.expire_le) <= instant,
    }
    with base.ecriture() as session:
        connexion = session.connection()
        faits = {
            str(table.__tablename__): int(connexion.execute(delete(table).where(echue)).rowcount)
            for table, echue in echues.items()
        }
        faits["demande_avis"] = effacer_les_adresses_echues(session, instant.astimezone(FUSEAU).date())
        faits["effacement"] = purger_les_effacements(session, regles["effacements"].avant(instant))
    return faits
