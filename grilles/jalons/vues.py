"""Ce qu'on lit des jalons d'un diplôme : des valeurs gelées, pour les pages, les rapports et l'arrêté."""

from dataclasses import dataclass, field
from datetime import date, datetime

from grilles.jalons.regles import CONVENUS, LIBELLES, PERMIS, Acte, Etat, Presse, Suivi, presse
from grilles.preuves.regles import COMPTE, validite

NATURES = {"jalon": "Jalon", "cible": "Cible locale"}


@dataclass(frozen=True)
class PreuveDuJalon:
    """Une preuve qui montre qu'un jalon est atteint ; `emplacement` : où regarder (« page 4 »)."""

    id: int
    titre: str
    adresse: str
    date_effet: date | None
    date_fin: date | None
    emplacement: str = ""

    def vaut_le(self, jour: date) -> bool:
        """Vrai si elle vaut ce jour-là."""
        return validite(self.date_effet, self.date_fin, jour) in COMPTE


@dataclass(frozen=True)
class EvenementLu:
    """Ce qui est arrivé à un jalon. `etat` : l'état où il est passé, ou « change », « maintenu », « rouvert »."""

    etat: str
    le: date
    instance: str
    motif: str
    echeance: date | None
    intitule: str
    auteur: str
    note_le: datetime
    revision_id: int | None = None
    indicateur_pertinent: bool | None = None


@dataclass(frozen=True)
class Contenu:
    """Ce qu'on écrit d'un jalon. `valeur_visee` : dans l'unité de la mesure (une fraction pour une part)."""

    intitule: str
    preuve_attendue: str = ""
    element: str | None = None
    indicateur: str | None = None
    sens: str | None = None
    valeur_visee: float | None = None
    echeance: date | None = None
    porteur: str = ""
    moyens: str = ""


@dataclass(frozen=True)
class JalonLu:
    """Un jalon (ou une cible locale) tel que rangé. `numero` : sa place parmi les jalons convenus du poste, ou None."""

    id: int
    formation_id: int
    poste: int
    nature: str
    rang: int
    contenu: Contenu
    origine: str
    suivi: Suivi
    version: int
    modifie_par: str
    modifie_le: datetime
    numero: int | None = None
    preuves: tuple[PreuveDuJalon, ...] = ()
    evenements: tuple[EvenementLu, ...] = field(default=())

    @property
    def etat(self) -> Etat:
        """Où il en est."""
        return self.suivi.etat

    @property
    def intitule(self) -> str:
        """Son intitulé."""
        return self.contenu.intitule

    @property
    def nom(self) -> str:
        """« Jalon 2 », « Jalon proposé », « Cible locale »."""
        if self.nature == "cible":
            return NATURES["cible"]
        return f"Jalon {self.numero}" if self.numero else f"Jalon {LIBELLES[self.etat]}"

    @property
    def atteint(self) -> bool:
        """Vrai s'il est atteint."""
        return self.etat is Etat.ATTEINT

    @property
    def convenu(self) -> bool:
        """Vrai s'il engage : convenu, atteint ou reporté."""
        return self.etat in CONVENUS

    @property
    def se_change(self) -> bool:
        """Vrai si ce qu'on en a écrit peut encore changer : ni atteint, ni abandonné (on le rouvre d'abord)."""
        return self.etat in (Etat.PROPOSE, Etat.CONVENU, Etat.REPORTE)

    @property
    def actes(self) -> tuple[Acte, ...]:
        """Ce qui peut se décider de lui hors de la révision annuelle."""
        return tuple(acte for acte in PERMIS[self.etat] if acte is not Acte.MAINTENIR)

    @property
    def de_l_outil(self) -> bool:
        """Vrai s'il est tiré d'une proposition de l'outil."""
        return self.origine != "local"

    @property
    def indicateur_depasse(self) -> bool:
        """Vrai si la dernière révision a jugé que son indicateur ne convient plus, et qu'il n'a pas changé depuis."""
        for evenement in reversed(self.evenements):
            if evenement.etat == "change":
                return False
            if evenement.indicateur_pertinent is not None:
                return not evenement.indicateur_pertinent
        return False

    def presse(self, aujourd_hui: date) -> Presse:
        """« en_retard », « proche », ou vide."""
        return presse(self.etat, self.suivi.echeance, aujourd_hui)

    def preuves_qui_valent(self, jour: date) -> int:
        """Nombre de ses preuves qui valent ce jour-là."""
        return sum(preuve.vaut_le(jour) for preuve in self.preuves)


@dataclass(frozen=True)
class RevisionLue:
    """La révision annuelle d'un diplôme. `faite_le` None : en cours. `revus` : les jalons déjà passés en revue."""

    id: int
    annee: int
    etat: str
    instance: str
    conclusion: str
    version: int
    modifie_par: str
    modifie_le: datetime
    faite_le: date | None
    revus: frozenset[int] = frozenset()

    @property
    def faite(self) -> bool:
        """Vrai si elle est close."""
        return self.etat == "faite"
