"""Le travail de fond du courrier : un essai d'envoi ; le guetteur demande les suivants quand ils sont dus."""

from collections.abc import Mapping
from typing import Any

from appli.comptes.envoi import (
    GENRE_DE_TRAVAIL,
    EnvoiRate,
    abandonner_les_epuises,
    courriels_a_retenter,
    expedier,
    noter_le_depart,
    prendre_la_lettre,
)
from charte.acteur import Acteur, Origine, Role
from charte.commun.base import Base, maintenant
from charte.commun.reglages import Reglages
from charte.commun.travaux import Avancement, demander_travail

AUTEUR = "envoi du courrier"


def envoyer_un_courriel(
    base: Base, reglages: Reglages, _acteur: Acteur, parametres: dict[str, Any], _avancement: Avancement
) -> str:
    """Tente d'envoyer un courriel, et dit ce qu'il en est."""
    numero = int(parametres["courriel_id"])
    with base.ecriture() as session:
        lettre = prendre_la_lettre(session, reglages, numero)
    if lettre is None or reglages.courrier is None:
        return "Rien à envoyer."
    try:
        expedier(reglages.courrier, lettre)
    except EnvoiRate as rate:
        with base.ecriture() as session:
            abandonner_les_epuises(session)
        return f"Pas parti : {rate}."
    with base.ecriture() as session:
        noter_le_depart(session, numero)
    return "Parti."


def relancer_le_courrier(base: Base, deja: set[tuple[int, int]]) -> None:
    """Demande l'essai suivant des courriels qui y ont droit ; `deja` : (courriel, essais) déjà relancés ici."""
    with base.lecture() as session:
        dus = [du for du in courriels_a_retenter(session, maintenant()) if du[:2] not in deja]
    for numero, essais, etablissement_id in dus:
        acteur = Acteur(etablissement_id, AUTEUR, Role.ADMINISTRATEUR, origine=Origine.TRAVAIL)
        with base.ecriture() as session:
            demander_travail(session, acteur, GENRE_DE_TRAVAIL, {"courriel_id": numero})
        deja.add((numero, essais))


TRAVAUX: Mapping[str, Any] = {GENRE_DE_TRAVAIL: envoyer_un_courriel}
