"""Le registre des traitements et les durées de conservation : données datées, plus ce que l'établissement ajoute."""

from calendar import monthrange
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from charte.commun.donnees import DonneeGelee, DonneesInvalides, charger_modele
from charte.commun.reglages import Reglages
from charte.commun.typographie import pluriel

DOSSIER = Path(__file__).parent.parent / "donnees"
FICHIER_LOCAL = "donnees_personnelles.yaml"
A_COMPLETER = "à compléter par l’établissement"
Texte = Field(min_length=1, max_length=2000)


class Source(DonneeGelee):
    """Un texte sur lequel le registre s'appuie."""

    texte: str = Texte
    adresse: str | None = None


class TableDuRegistre(DonneeGelee):
    """Une table : ses colonnes qui disent quelque chose d'une personne (colonne → en clair), et les autres."""

    personnelles: dict[str, str] = Field(min_length=1)
    autres: tuple[str, ...] = ()


class Traitement(DonneeGelee):
    """Un traitement : pourquoi, sur qui, d'où, pour qui, combien de temps (`conservation` : une catégorie, ou rien)."""

    cle: str = Texte
    libelle: str = Texte
    finalite: str = Texte
    base_legale: str = Texte
    personnes: str = Texte
    origine: str = Texte
    lecteurs: tuple[str, ...] = Field(min_length=1)
    conservation: str | None
    precision: str = Texte
    tables: dict[str, TableDuRegistre] = Field(min_length=1)


class Registre(DonneeGelee):
    """Le registre entier ; chaque table y est une fois."""

    date: date
    sources: tuple[Source, ...] = Field(min_length=1)
    traitements: tuple[Traitement, ...] = Field(min_length=1)
    sans_donnee_personnelle: dict[str, tuple[str, ...]]

    @model_validator(mode="after")
    def _chaque_table_une_fois(self) -> "Registre":
        noms = Counter(nom for traitement in self.traitements for nom in traitement.tables)
        noms.update(self.sans_donnee_personnelle.keys())
        if doubles := sorted(nom for nom, combien in noms.items() if combien > 1):
            raise ValueError(f"table en double dans le registre : {', '.join(doubles)}")
        return self

    @property
    def tables(self) -> dict[str, frozenset[str]]:
        """Table → toutes ses colonnes, personnelles ou non."""
        connues = {nom: frozenset(colonnes) for nom, colonnes in self.sans_donnee_personnelle.items()}
        for traitement in self.traitements:
            for nom, table in traitement.tables.items():
                connues[nom] = frozenset((*table.personnelles, *table.autres))
        return connues


Unite = Literal["heures", "jours", "mois", "ans"]


class Duree(DonneeGelee):
    """Une durée en clair : « 6 ans »."""

    duree: int = Field(ge=1, le=1000)
    unite: Unite

    @property
    def en_clair(self) -> str:
        """« 90 jours », « 6 ans », « 1 mois »."""
        return pluriel(self.duree, self.unite if self.unite == "mois" else self.unite[:-1])

    def avant(self, instant: datetime) -> datetime:
        """L'instant d'il y a cette durée ; le 29 février devient le 28 une année qui n'en a pas."""
        if self.unite in ("heures", "jours"):
            return instant - timedelta(**{"hours" if self.unite == "heures" else "days": self.duree})
        mois = instant.year * 12 + instant.month - 1 - self.duree * (12 if self.unite == "ans" else 1)
        annee, rang = divmod(mois, 12)
        jour = min(instant.day, monthrange(annee, rang + 1)[1])
        return instant.replace(year=annee, month=rang + 1, day=jour)


class Categorie(Duree):
    """Une catégorie de données et sa durée. `geste` : `menage` (chaque jour, sans demander) ou `confirmation`."""

    libelle: str = Texte
    depart: str = Texte
    geste: Literal["menage", "confirmation"]
    reglage: str | None = None
    reglable: bool = True
    pourquoi: str = Texte
    motif: str | None = None
    """Pourquoi l'établissement a choisi une autre durée ; None : celle de l'outil."""


class Conservation(DonneeGelee):
    """Les durées de conservation, par catégorie."""

    date: date
    categories: dict[str, Categorie]


class DureeLocale(Duree):
    """Une durée choisie par l'établissement, et son motif."""

    motif: str = Texte


class Contact(DonneeGelee):
    """À qui écrire."""

    nom: str = Texte
    courriel: str | None = None
    adresse: str | None = None


class Responsable(DonneeGelee):
    """Le responsable d'un établissement (`uai` ; None : de tous) et son délégué à la protection des données."""

    uai: str | None = None
    responsable: Contact
    delegue: Contact | None = None
    destinataires: tuple[str, ...] = ()


class DonneesLocales(DonneeGelee):
    """Ce que dit `donnees_personnelles.yaml`, dans le dossier de l'installation."""

    responsables: tuple[Responsable, ...] = ()
    conservation: dict[str, DureeLocale] = Field(default_factory=dict)


@dataclass(frozen=True)
class Politique:
    """Le registre tel qu'il vaut ici : celui de l'outil, les durées en vigueur, les responsables déclarés."""

    registre: Registre
    categories: Mapping[str, Categorie]
    responsables: tuple[Responsable, ...]

    def responsable_de(self, uai: str | None) -> Responsable | None:
        """Le responsable de cet établissement, à défaut celui de tous, à défaut None."""
        siens = [r for r in self.responsables if r.uai is not None and r.uai == uai]
        return next(iter([*siens, *(r for r in self.responsables if r.uai is None)]), None)

    def duree_de(self, traitement: Traitement) -> str:
        """La durée en clair d'un traitement."""
        if traitement.conservation is None:
            return "sans limite fixée"
        categorie = self.categories[traitement.conservation]
        return f"{categorie.en_clair} après {categorie.depart}"


@cache
def charger_registre() -> Registre:
    """Le registre des traitements de l'outil ; lève `DonneesInvalides`."""
    return charger_modele(DOSSIER / "registre_traitements.yaml", Registre)


@cache
def charger_conservation() -> Conservation:
    """Les durées de conservation de l'outil ; lève `DonneesInvalides`."""
    return charger_modele(DOSSIER / "conservation.yaml", Conservation)


def charger_politique(reglages: Reglages) -> Politique:
    """Le registre et les durées de cette installation ; lève `DonneesInvalides` si son fichier est faux."""
    fichier = reglages.dossier / FICHIER_LOCAL
    locales = charger_modele(fichier, DonneesLocales) if fichier.exists() else DonneesLocales()
    categories = dict(charger_conservation().categories)
    categories["fichiers_deposes"] = categories["fichiers_deposes"].model_copy(
        update={"duree": reglages.conservation_depots_jours}
    )
    for cle, locale in locales.conservation.items():
        categories[cle] = _changer(fichier, categories.get(cle), cle, locale)
    return Politique(charger_registre(), categories, locales.responsables)


def _changer(fichier: Path, connue: Categorie | None, cle: str, locale: DureeLocale) -> Categorie:
    if connue is None:
        possibles = ", ".join(nom for nom, c in charger_conservation().categories.items() if c.reglable)
        raise DonneesInvalides(f"{fichier} : conservation.{cle} : catégorie inconnue, attendu : {possibles}")
    if connue.reglage or not connue.reglable:
        remede = f"réglez {connue.reglage}" if connue.reglage else "elle tient au fonctionnement de l'outil"
        raise DonneesInvalides(f"{fichier} : conservation.{cle} : durée qui ne se change pas ici ; {remede}")
    return connue.model_copy(update=locale.model_dump())
