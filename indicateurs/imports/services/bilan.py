"""Ce qu'un dépôt change, compté et montré avant de confirmer : bilan, valeurs, désaccords, lignes sans parcours."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from indicateurs.imports.reconnaissance import Effacees
from indicateurs.sources.attaches import Refus


@dataclass(frozen=True)
class Bilan:
    """Comptes en parcours : `lues = ajouts + changements + inchangés` des parcours du fichier ; `retraits` en plus.

    `effacees` : personnes du fichier effacées à leur demande ; leurs lignes sont écartées. `refusees` : lignes que rien
    ne permet de rattacher.
    """

    ajouts: int
    changements: int
    retraits: int
    inchanges: int
    effacees: int = 0
    refusees: int = 0

    def en_json(self) -> dict[str, Any]:
        """Les quatre comptes, et ceux des personnes effacées et des lignes sans parcours s'il y en a."""
        return {
            "ajouts": self.ajouts,
            "changements": self.changements,
            "retraits": self.retraits,
            "inchanges": self.inchanges,
            **({"effacees": self.effacees} if self.effacees else {}),
            **({"refusees": self.refusees} if self.refusees else {}),
        }


@dataclass(frozen=True)
class Valeur:
    """Une valeur qui change, ou que le fichier ne donne plus (`apres` vide) ; `ligne` : celle du fichier."""

    ligne: int
    champ: str
    avant: str
    apres: str


@dataclass(frozen=True)
class Retrait:
    """Un parcours ou un contrat rangé dont le fichier ne parle plus."""

    nature: str
    formation: str
    debut: Any
    fin: Any


@dataclass(frozen=True)
class Origine:
    """D'où vient une valeur : le titre de la source, et le jour de son dépôt."""

    source: str
    depose_le: date


@dataclass(frozen=True)
class Desaccord:
    """Une valeur rangée par une autre source, que le fichier dit autrement. `origine` : None si on ne la sait plus."""

    ligne: int
    champ: str
    avant: str
    apres: str
    origine: Origine | None


@dataclass(frozen=True)
class GroupeDeDesaccords:
    """Les désaccords d'un champ, à trancher ensemble. `cle` : « parcours.date_entree » ; `exemples` : les premiers."""

    cle: str
    champ: str
    combien: int
    exemples: tuple[Desaccord, ...]


@dataclass(frozen=True)
class Compte:
    """Ce que le fichier ajoute, change et laisse, dans l'unité où il se compte (« résultat », « résultats »)."""

    ajoutes: int
    changes: int
    inchanges: int
    unite: tuple[str, str]


@dataclass(frozen=True)
class Apercu:
    """Ce que l'utilisateur voit avant de confirmer : comptes, et les premiers exemples de chaque sorte.

    `compte` : pour une source qui n'est pas comptée en parcours. `refus` : les lignes que rien ne permet de rattacher.
    `absentes` : les notes rangées des mêmes enquêtes, que le fichier n'a plus.
    """

    bilan: Bilan
    contrats_ajoutes: int
    contrats_changes: int
    contrats_absents: int
    valeurs_tues: int
    changements: tuple[Valeur, ...]
    tues: tuple[Valeur, ...]
    retraits: tuple[Retrait, ...]
    effacees: Effacees = field(default_factory=Effacees)
    desaccords: tuple[GroupeDeDesaccords, ...] = ()
    refus: tuple[Refus, ...] = ()
    compte: Compte | None = None
    absentes: int = 0

    @property
    def rien(self) -> bool:
        """Vrai si confirmer ne changerait rien."""
        return not (self.bilan.ajouts or self.bilan.changements)

    @property
    def a_decider(self) -> bool:
        """Vrai si le fichier ne dit plus certaines choses rangées."""
        return bool(self.bilan.retraits or self.contrats_absents or self.valeurs_tues)

    @property
    def a_choisir(self) -> bool:
        """Vrai s'il y a quelque chose à trancher : désaccords, ou ce que le fichier ne dit plus."""
        return bool(self.desaccords or self.absentes or self.a_decider)
