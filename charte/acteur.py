"""Qui agit : le compte, son établissement, son rôle, et ce qu'il peut faire."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Rôles tenus dans un établissement (le cloisonnement fin par composante et formation viendra s'y ajouter)."""

    ADMINISTRATEUR = "administrateur"
    REFERENT_QUALITE = "referent_qualite"
    RESPONSABLE_FORMATION = "responsable_formation"
    LECTEUR = "lecteur"


class Geste(StrEnum):
    """Ce qu'une page ou un service demande le droit de faire ; chaque route en porte un."""

    PUBLIC = "public"
    LIRE = "lire"
    LIRE_EFFECTIFS_BRUTS = "lire_effectifs_bruts"
    DEPOSER = "deposer"
    REMPLIR_GRILLE = "remplir_grille"
    EDITER_RAPPORT = "editer_rapport"
    ADMINISTRER = "administrer"


class Origine(StrEnum):
    """D'où vient un geste ; ni adresse ni appareil, qui seraient des données personnelles."""

    WEB = "web"
    COMMANDE = "commande"
    TRAVAIL = "travail"
    NON_RELEVEE = "non_relevee"


@dataclass(frozen=True)
class Acteur:
    """Celui qui agit. `compte_id` est None pour la ligne de commande."""

    etablissement_id: int
    nom: str
    role: Role
    compte_id: int | None = None
    origine: Origine = Origine.NON_RELEVEE


class DroitManquant(Exception):
    """L'acteur n'a pas le droit de ce geste ; la page répond comme si rien n'existait."""


_LECTURE = frozenset({Geste.PUBLIC, Geste.LIRE})
_DROITS: dict[Role, frozenset[Geste]] = {
    Role.LECTEUR: _LECTURE,
    Role.RESPONSABLE_FORMATION: _LECTURE | {Geste.REMPLIR_GRILLE, Geste.EDITER_RAPPORT},
    Role.REFERENT_QUALITE: frozenset(Geste) - {Geste.ADMINISTRER},
    Role.ADMINISTRATEUR: frozenset(Geste),
}


def peut(role: Role, geste: Geste) -> bool:
    """Vrai si ce rôle permet ce geste."""
    return geste in _DROITS[role]


def exiger(acteur: Acteur, geste: Geste) -> None:
    """Lève `DroitManquant` si l'acteur ne peut pas faire ce geste."""
    if not peut(acteur.role, geste):
        raise DroitManquant(f"{acteur.role} ne peut pas « {geste} »")
