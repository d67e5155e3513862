"""L'aperçu d'un classeur, scellé dans sa propre page : rien n'en reste au serveur entre l'aperçu et l'enregistrement.

Le pli est chiffré et ne s'ouvre que pour le même compte, devant la même grille, pendant `VALIDITE`. Il ne donne aucun
droit : tout est vérifié de nouveau au moment d'écrire. Choix : docs/decisions/0036.
"""

import base64
import binascii
import zlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import TypeAdapter, ValidationError

from charte.acteur import Acteur
from charte.commun.reglages import Reglages
from charte.commun.sceau import Sceau, SceauBrise
from grilles.classeur.diagnostic import Examen
from grilles.classeur.services import Cible

VALIDITE = timedelta(hours=12)
TAILLE_MAXIMALE = 4_000_000
"""Octets d'un envoi qui porte un pli ; une grille dont tous les textes sont pleins en fait un million et demi."""
ANOMALIES_GARDEES = 300


@dataclass(frozen=True)
class _Pli:
    le: datetime
    examen: Examen


_LECTEUR = TypeAdapter(_Pli)


def plier(reglages: Reglages, acteur: Acteur, cible: Cible, examen: Examen, instant: datetime) -> str:
    """L'examen, en un texte à mettre dans un champ caché."""
    allege = replace(examen, anomalies=examen.anomalies[:ANOMALIES_GARDEES])
    clair = zlib.compress(_LECTEUR.dump_json(_Pli(instant, allege)), 9)
    return base64.urlsafe_b64encode(_sceau(reglages).sceller(clair, _contexte(acteur, cible))).decode()


def deplier(reglages: Reglages, acteur: Acteur, cible: Cible, texte: str, instant: datetime) -> Examen | None:
    """L'examen d'un pli ; None s'il est d'un autre, altéré ou trop ancien."""
    try:
        scelle = base64.urlsafe_b64decode(texte.encode("ascii"))
        pli = _LECTEUR.validate_json(zlib.decompress(_sceau(reglages).ouvrir(scelle, _contexte(acteur, cible))))
    except (binascii.Error, UnicodeEncodeError, SceauBrise, zlib.error, ValidationError):
        return None
    return pli.examen if instant - pli.le <= VALIDITE else None


def _sceau(reglages: Reglages) -> Sceau:
    return Sceau.de(reglages, "aperçu de classeur")


def _contexte(acteur: Acteur, cible: Cible) -> str:
    ou = f"{cible.formation_id}:{cible.annee}:{cible.partie}"
    return f"etablissement:{acteur.etablissement_id}:compte:{acteur.compte_id}:grille:{ou}"
