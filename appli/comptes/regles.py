"""Dire un mandat et l'état d'une personne avec des mots ; lire la portée choisie. Fonctions pures."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from charte.acteur import Mandat, Partie, Portee, Role

ROLES = {
    Role.ADMINISTRATEUR: "administrateur",
    Role.REFERENT_QUALITE: "référent qualité",
    Role.RESPONSABLE_FORMATION: "responsable de formation",
    Role.LECTEUR: "lecteur",
    Role.MEMBRE_INSTANCE: "membre d’instance",
}
ETATS = {"invite": "invité, pas encore venu", "actif": "actif", "retire": "retiré"}
PARTOUT = "etablissement"


@dataclass(frozen=True)
class MandatLu:
    """Un mandat et le nom de ce qu'il couvre ; `retire_le` : None tant qu'il est tenu."""

    id: int
    mandat: Mandat
    objet: str
    donne_le: datetime
    retire_le: datetime | None = None

    @property
    def en_clair(self) -> str:
        """« référent qualité, pour le CFA des Horizons »."""
        return decrire(self.mandat, self.objet)


@dataclass(frozen=True)
class Personne:
    """Un compte vu de l'établissement : rien de ce qu'il est ailleurs."""

    id: int
    nom: str
    courriel: str
    venue_le: datetime | None
    mandats: tuple[MandatLu, ...]
    second_facteur: bool

    @property
    def tenus(self) -> tuple[MandatLu, ...]:
        """Les mandats tenus aujourd'hui."""
        return tuple(m for m in self.mandats if m.retire_le is None)

    @property
    def etat(self) -> str:
        """« invite », « actif » ou « retire »."""
        if not self.tenus:
            return "retire"
        return "actif" if self.venue_le else "invite"

    @property
    def etat_en_clair(self) -> str:
        """L'état tel qu'on le lit."""
        return ETATS[self.etat]

    @property
    def appellation(self) -> str:
        """Le nom, une fois la personne venue ; avant, le courriel que l'administrateur a tapé.

        Montrer plus tôt le nom d'un compte né ailleurs dirait qu'il y existait déjà.
        """
        return self.nom if self.venue_le else self.courriel


def decrire(mandat: Mandat, objet: str = "") -> str:
    """Un mandat en mots ; `objet` : le nom de ce qu'il couvre."""
    ou = {
        Portee.ETABLISSEMENT: "pour tout l’établissement",
        Portee.CFA: f"pour le CFA « {objet} »",
        Portee.COMPOSANTE: f"pour la composante « {objet} »",
        Portee.FORMATION: f"pour la formation « {objet} »",
    }[mandat.portee]
    au_nom = ", au nom du CFA" if mandat.portee is Portee.FORMATION and mandat.partie is Partie.CFA else ""
    return f"{ROLES[mandat.role]}, {ou}{au_nom}"


def venue_ici(derniere_connexion: datetime | None, donnes: Iterable[datetime]) -> datetime | None:
    """La dernière connexion, si elle suit le premier mandat donné ici ; celles d'avant ne regardent que l'ailleurs."""
    premier = min(donnes, default=None)
    if derniere_connexion is None or premier is None or derniere_connexion < premier:
        return None
    return derniere_connexion


def code_de_portee(portee: Portee, objet_id: int | None, partie: Partie) -> str:
    """La portée telle qu'un formulaire l'envoie : « etablissement », « cfa-3 », « formation-5-cfa »."""
    if portee is Portee.ETABLISSEMENT:
        return PARTOUT
    return f"{portee}-{objet_id}" + (f"-{partie}" if portee is Portee.FORMATION else "")


def lire_le_mandat(role: Role, code: str) -> Mandat:
    """Le mandat de ce rôle sur cette portée. Lève `ValueError` si les deux ne vont pas ensemble."""
    portee, objet_id, partie = _lire_la_portee(code)
    if role is Role.ADMINISTRATEUR and portee is not Portee.ETABLISSEMENT:
        raise ValueError("Un administrateur l’est de tout l’établissement ; choisissez un autre rôle, ou cette portée.")
    return Mandat(role, portee, objet_id, partie)


def _lire_la_portee(code: str) -> tuple[Portee, int | None, Partie]:
    if code == PARTOUT:
        return Portee.ETABLISSEMENT, None, Partie.ETABLISSEMENT
    portee, _, reste = code.partition("-")
    numero, _, partie = reste.partition("-")
    au_nom = Partie.CFA if portee == Portee.CFA else Partie(partie or Partie.ETABLISSEMENT)
    return Portee(portee), int(numero), au_nom
