"""Le niveau d'un poste comme valeur : ses paliers, leur ordre, leurs mots. Règles : `grilles.regles`."""

from dataclasses import dataclass
from enum import IntEnum


class Palier(IntEnum):
    """Les paliers d'un poste, du plus bas au plus haut."""

    EN_DECA = 0
    SOCLE = 1
    JALON = 2
    CIBLE = 3


_LIBELLES = {Palier.EN_DECA: "En deçà du socle", Palier.SOCLE: "Socle", Palier.JALON: "Jalon", Palier.CIBLE: "Cible"}
_CLES = {Palier.EN_DECA: "en_deca", Palier.SOCLE: "socle", Palier.JALON: "jalon", Palier.CIBLE: "cible"}
_ARTICLES = {Palier.SOCLE: "le socle", Palier.CIBLE: "la cible"}


@dataclass(frozen=True, order=True)
class Niveau:
    """Le niveau d'un poste, comparable : en deçà < socle < jalon 1 < … < cible. `jalon` vaut 0 hors d'un jalon."""

    palier: Palier
    jalon: int = 0

    @property
    def libelle(self) -> str:
        """« En deçà du socle », « Socle », « Jalon 2 », « Cible »."""
        return _LIBELLES[self.palier] + (f" {self.jalon}" if self.palier is Palier.JALON else "")

    @property
    def cle(self) -> str:
        """Clé stable pour les fichiers et les styles : `en_deca`, `socle`, `jalon`, `cible`."""
        return _CLES[self.palier]

    @property
    def vise(self) -> str:
        """« le socle », « le jalon 2 », « la cible » : le niveau comme but d'une phrase."""
        return _ARTICLES.get(self.palier, f"le {self.libelle.lower()}")


EN_DECA = Niveau(Palier.EN_DECA)
SOCLE = Niveau(Palier.SOCLE)
CIBLE = Niveau(Palier.CIBLE)


def jalon(numero: int) -> Niveau:
    """« Jalon n » ; le socle si `numero` est 0."""
    return Niveau(Palier.JALON, numero) if numero else SOCLE


def lire_niveau(cle: str, numero: int = 0) -> Niveau:
    """Le niveau d'une clé (`en_deca`, `socle`, `jalon`, `cible`) ; lève `KeyError` si elle n'existe pas."""
    return Niveau({mot: palier for palier, mot in _CLES.items()}[cle], numero)
