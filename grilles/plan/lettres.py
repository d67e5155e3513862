"""Ce que disent les rappels d'une action : des textes simples. Fonctions pures."""

from datetime import date
from typing import NamedTuple

from charte.commun.typographie import jour as ecrire_le_jour
from charte.commun.typographie import pluriel


class Lettre(NamedTuple):
    """Un courriel : son sujet, ses paragraphes."""

    sujet: str
    paragraphes: tuple[str, ...]


def rappeler(intitule: str, ou: str, echeance: date, jour: date, adresse: str) -> Lettre:
    """Le rappel d'une action au compte qui la porte : avant l'échéance, le jour dit, ou en retard.

    `ou` : le diplôme, ou « Tout l'établissement » ; `adresse` : la page de l'action. Sans reproche : on dit où en est
    l'échéance, et les deux gestes possibles.
    """
    return Lettre(
        f"{_annoncer(echeance, jour)} : {_abreger(intitule)}",
        (
            f"L’action « {intitule} » ({ou}) vous est confiée. {_dire(echeance, jour)}",
            "Notez où elle en est, citez la preuve de ce qui est fait, ou changez l’échéance si elle n’est plus "
            f"tenable :\n{adresse}",
        ),
    )


def _annoncer(echeance: date, jour: date) -> str:
    if echeance == jour:
        return "Échéance aujourd’hui"
    return "Échéance proche" if jour < echeance else "Échéance passée"


def _dire(echeance: date, jour: date) -> str:
    ecart = abs((echeance - jour).days)
    if ecart == 0:
        return "Son échéance est aujourd’hui."
    if jour < echeance:
        return f"Son échéance est le {ecrire_le_jour(echeance)}, dans {pluriel(ecart, 'jour')}."
    return f"Son échéance était le {ecrire_le_jour(echeance)}, il y a {pluriel(ecart, 'jour')}."


def _abreger(intitule: str, maximum: int = 80) -> str:
    return intitule if len(intitule) <= maximum else intitule[: maximum - 1].rstrip() + "…"
