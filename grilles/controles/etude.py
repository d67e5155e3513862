"""Ce que les contrôles regardent d'un diplôme, et ce qu'ils en disent : des valeurs, sans la base."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from charte.edition import Edition
from grilles.controles.catalogue import GRAVITES, Controle, Gravite, charger_controles
from grilles.jalons.vues import JalonLu
from grilles.mesure_citee import MesureCitee
from grilles.vues import Materiaux


@dataclass(frozen=True)
class ActionSuivie:
    """Une action du plan, telle que les contrôles la lisent : ce pour quoi elle est née, et si elle est close."""

    id: int
    intitule: str
    etat: str
    element: str | None = None
    jalon_id: int | None = None


@dataclass(frozen=True)
class Etude:
    """Un diplôme à contrôler au jour `jour`.

    `materiaux` None : sa grille n'est pas commencée, ou elle est arrêtée. `mesures` None : elles n'ont
    pas été lues, et rien n'en est dit. `unites` : l'unité de chaque indicateur que l'outil calcule.
    """

    edition: Edition
    jour: date
    materiaux: Materiaux | None = None
    jalons: Sequence[JalonLu] = ()
    actions: Sequence[ActionSuivie] = ()
    mesures: Mapping[str, MesureCitee] | None = None
    unites: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Lieu:
    """Ce que touche un constat : un élément d'un poste, un jalon, une action du plan."""

    poste: int | None = None
    element: str | None = None
    jalon: int | None = None
    action: int | None = None


@dataclass(frozen=True)
class Constat:
    """Ce qu'un contrôle a vu : sa phrase, et l'élément, le jalon ou l'action qu'il touche."""

    cle: str
    phrase: str
    gravite: Gravite
    poste: int | None = None
    element: str | None = None
    jalon: int | None = None
    action: int | None = None

    @property
    def controle(self) -> Controle:
        """Le contrôle qui l'a vu."""
        return charger_controles()[self.cle]

    @property
    def bloque(self) -> bool:
        """Vrai si un niveau ne monte pas tant que ce n'est pas réglé."""
        return self.gravite == "bloque"

    @property
    def gravite_lue(self) -> str:
        """« bloque le niveau », « à regarder »."""
        return GRAVITES[self.gravite]

    @property
    def ton(self) -> str:
        """Le ton de sa mention."""
        return "manque" if self.bloque else "partie"

    def lien(self, formation_id: int, annee: int | None = None) -> tuple[str, str]:
        """(adresse, geste) pour y remédier ; `annee` : celle de la grille, si ce n'est pas la courante."""
        if self.action is not None:
            return f"/actions/{self.action}", "Ouvrir l’action"
        if self.jalon is not None:
            return f"/diplomes/{formation_id}/jalons#jalon-{self.jalon}", "Ouvrir le jalon"
        suite = f"?annee={annee}" if annee else ""
        repere = f"#e-{self.element.replace('.', '-')}" if self.element else ""
        return f"/diplomes/{formation_id}/grille/{self.poste}{suite}{repere}", "Ouvrir dans la grille"


def constater(cle: str, phrase: str, ou: Lieu, *, leger: bool = False) -> Constat:
    """Le constat de ce contrôle ; `leger` : à regarder, quoi qu'en dise sa gravité."""
    gravite: Gravite = "a_regarder" if leger else charger_controles()[cle].gravite
    return Constat(cle, phrase, gravite, ou.poste, ou.element, ou.jalon, ou.action)
