"""Lire une date écrite comme un tableur ou une personne l'écrit ; ajouter des mois de calendrier."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from indicateurs.imports.fautes import Faute
from indicateurs.imports.valeurs import Lecteur, Lu

Dates = npt.NDArray[np.datetime64]

_HEURE = r"(?:[ T]+(?P<h>\d{1,2}):(?P<min>\d{2})(?::(?P<s>\d{2})(?:[.,]\d+)?)?\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?)?"
_ISO = re.compile(r"(?P<a>\d{4})(?P<sep>[-/])(?P<m>\d{1,2})(?P=sep)(?P<j>\d{1,2})" + _HEURE + "$", re.I | re.A)
_JMA = re.compile(r"(?P<j>\d{1,2})(?P<sep>[-/.])(?P<m>\d{1,2})(?P=sep)(?P<a>\d{4})" + _HEURE + "$", re.I | re.A)
_JMA_COURT = re.compile(r"(?P<j>\d{1,2})(?P<sep>[/.])(?P<m>\d{1,2})(?P=sep)(?P<a>\d{2})" + _HEURE + "$", re.I | re.A)
# Cinq chiffres (à partir du 18 mai 1927) : « 2024 » seul est une année, pas un jour de 1905.
_SERIE = re.compile(r"([1-9]\d{4})(?:[.,]\d+)?$", re.A)
# Jour zéro d'Excel : le 30 décembre 1899 (le 29 février 1900, qu'Excel invente, est avant toute date utile).
_JOUR_ZERO = date(1899, 12, 30)
DECALAGE_1904 = 1462
_PARIS = ZoneInfo("Europe/Paris")


def illisible(texte: str) -> Lu:
    """Faute commune à toute date qu'on ne sait pas lire."""
    impossible = bool(_ISO.match(texte) or _JMA.match(texte) or _JMA_COURT.match(texte))
    message = "Cette date n'existe pas au calendrier." if impossible else "Cette date est illisible."
    remede = "Écrivez-la JJ/MM/AAAA (par exemple 01/09/2024), ou laissez la cellule vide s'il n'y en a pas."
    return Lu(None, Faute("date_illisible", message, remede, illisible=True))


def lecteur_de_dates(pivot: int, annees: tuple[int, int], decalage: int = 0) -> Lecteur:
    """Lecteur de dates (valeur : `datetime.date`).

    `pivot` : dernière année à deux chiffres lue 20AA. `annees` : bornes des années lisibles, comprises.
    `decalage` : jours à ajouter à un numéro de série (1 462 dans un classeur au calendrier 1904).
    """

    def lire(texte: str) -> Lu:
        lue = _lire(texte, pivot, decalage)
        if lue is None:
            return illisible(texte)
        return Lu(lue) if annees[0] <= lue.year <= annees[1] else _hors_annees(lue, annees)

    return lire


def _hors_annees(lue: date, annees: tuple[int, int]) -> Lu:
    message = f"L'année {lue.year} est hors de ce qui se lit ici ({annees[0]} à {annees[1]})."
    remede = "Corrigez l'année, ou laissez la cellule vide s'il n'y a pas de date."
    return Lu(None, Faute("date_illisible", message, remede, illisible=True))


def _lire(texte: str, pivot: int, decalage: int) -> date | None:
    if trouve := _SERIE.match(texte):
        return _JOUR_ZERO + timedelta(days=int(trouve[1]) + decalage)
    trouve = _ISO.match(texte) or _JMA.match(texte)
    if trouve:
        return _composer(trouve, int(trouve["a"]))
    if trouve := _JMA_COURT.match(texte):
        court = int(trouve["a"])
        return _composer(trouve, 2000 + court if court <= pivot else 1900 + court)
    return None


def _composer(trouve: re.Match[str], annee: int) -> date | None:
    try:
        jour = date(annee, int(trouve["m"]), int(trouve["j"]))
        if trouve["h"] is None:
            return jour
        heures = f"{int(trouve['h']):02}:{trouve['min']}:{trouve['s'] or '00'}"
        instant = datetime.fromisoformat(f"{jour.isoformat()}T{heures}{(trouve['zone'] or '').upper()}")
    except ValueError:
        return None
    # Un logiciel qui écrit en temps universel note minuit de Paris la veille au soir.
    return instant.astimezone(_PARIS).date() if instant.tzinfo else jour


def ajouter_mois(dates: Dates, mois: int) -> Dates:
    """Dates (`datetime64[D]`, n) décalées de `mois` mois de calendrier ; le 31 devient le dernier jour du mois."""
    premier = dates.astype("datetime64[M]")
    but = premier + np.timedelta64(mois, "M")
    jour = dates - premier.astype("datetime64[D]")
    longueur = (but + np.timedelta64(1, "M")).astype("datetime64[D]") - but.astype("datetime64[D]")
    decale: Dates = but.astype("datetime64[D]") + np.minimum(jour, longueur - np.timedelta64(1, "D"))
    return decale
