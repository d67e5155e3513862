"""Les échéances du plan en agenda (RFC 5545) : un jour entier par action ouverte, sans donnée personnelle. Pur.

Le numéro d'un événement (UID) ne change jamais : importé deux fois, il se met à jour. Il se tire de l'action et de
l'instant où elle est née, non de l'adresse du site, qui peut changer ou n'être pas dite (RFC 7986, 5.3 : un UUID).
L'instant (DTSTAMP) est celui du dernier changement, pour qu'un agenda relu sans changement soit le même à l'octet près.
"""

from collections.abc import Iterable
from datetime import UTC, timedelta
from uuid import NAMESPACE_URL, uuid5

from icalendar import Calendar, Event

from charte.commun.typographie import jour as ecrire_le_jour
from grilles.plan.vues import Action

TYPE = "text/calendar; charset=utf-8"


def en_agenda(actions: Iterable[Action], adresse_du_site: str, nom: str) -> bytes:
    """Octets d'un fichier .ics ; les actions closes, abandonnées ou sans échéance n'y sont pas.

    `adresse_du_site` vide : les événements n'ont pas de lien. Ni porteur, ni suivi, ni réévaluation : un agenda se
    partage, et se lit hors de l'outil.
    """
    agenda = Calendar()
    agenda.add("prodid", "-//Trajectoire//Plan d'actions//FR")
    agenda.add("version", "2.0")
    agenda.add("calscale", "GREGORIAN")
    agenda.add("method", "PUBLISH")
    agenda.add("x-wr-calname", nom)
    for action in actions:
        if action.ouverte and action.echeance is not None:
            agenda.add_component(_evenement(action, adresse_du_site))
    return bytes(agenda.to_ical())


def _evenement(action: Action, adresse_du_site: str) -> Event:
    ou = f"/actions/{action.id}"
    evenement = Event()
    evenement.add("uid", str(uuid5(NAMESPACE_URL, f"{ou}?{action.cree_le.astimezone(UTC).isoformat()}")))
    evenement.add("dtstamp", action.modifie_le)
    evenement.add("last-modified", action.modifie_le)
    evenement.add("sequence", action.version - 1)
    if action.echeance is not None:
        evenement.add("dtstart", action.echeance)
        evenement.add("dtend", action.echeance + timedelta(days=1))
    evenement.add("summary", f"Échéance : {action.intitule}")
    evenement.add("description", _decrire(action))
    if adresse_du_site:
        evenement.add("url", adresse_du_site + ou)
    evenement.add("categories", ["Plan d’actions"])
    evenement.add("transp", "TRANSPARENT")
    return evenement


def _decrire(action: Action) -> str:
    retard = f"\nÉchéance dépassée depuis le {ecrire_le_jour(action.echeance)}." if action.retard else ""
    return f"{action.ou}\nPriorité {action.priorite_lue.lower()}, {action.etat_lu.lower()}.{retard}"
