"""Qui agit : le compte, ses mandats dans un établissement, et ce que chaque mandat permet, où.

Un mandat est un rôle tenu sur l'établissement entier, sur un CFA, sur une composante ou sur une formation. La règle
tient en deux fonctions pures : `etendue` (ce qu'un acteur atteint pour un geste) et `parties_tenues` (au nom de qui il
écrit une position). Choix de l'outil, la charte ne dit rien des comptes : docs/decisions/0026.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Les rôles, du plus large au plus étroit."""

    ADMINISTRATEUR = "administrateur"
    REFERENT_QUALITE = "referent_qualite"
    RESPONSABLE_FORMATION = "responsable_formation"
    LECTEUR = "lecteur"
    MEMBRE_INSTANCE = "membre_instance"


class Portee(StrEnum):
    """Ce sur quoi un rôle est tenu."""

    ETABLISSEMENT = "etablissement"
    CFA = "cfa"
    COMPOSANTE = "composante"
    FORMATION = "formation"


class Partie(StrEnum):
    """Au nom de qui s'écrit une position ; la concertée s'écrit dans le dialogue, l'établissement tient la plume."""

    CONCERTEE = "concertee"
    ETABLISSEMENT = "etablissement"
    CFA = "cfa"


class Geste(StrEnum):
    """Ce qu'une page ou un service demande le droit de faire ; chaque route en porte un."""

    PUBLIC = "public"
    AVOIR_UN_COMPTE = "avoir_un_compte"
    LIRE_DOSSIER = "lire_dossier"
    LIRE = "lire"
    LIRE_EFFECTIFS_BRUTS = "lire_effectifs_bruts"
    LIRE_JOURNAL = "lire_journal"
    DEPOSER = "deposer"
    GERER_PARTIES = "gerer_parties"
    GERER_PERSONNES = "gerer_personnes"
    REMPLIR_GRILLE = "remplir_grille"
    PILOTER_CAMPAGNE = "piloter_campagne"
    ARRETER_GRILLE = "arreter_grille"
    EDITER_RAPPORT = "editer_rapport"
    MENER_REVUE = "mener_revue"
    PUBLIER = "publier"
    ADMINISTRER = "administrer"


class Origine(StrEnum):
    """D'où vient un geste ; ni adresse ni appareil, qui seraient des données personnelles."""

    WEB = "web"
    COMMANDE = "commande"
    TRAVAIL = "travail"
    NON_RELEVEE = "non_relevee"


@dataclass(frozen=True)
class Mandat:
    """Un rôle tenu quelque part dans un établissement ; `objet_id` est None pour l'établissement entier.

    `partie` : au nom de qui ce mandat écrit dans les grilles. Un mandat sur un CFA écrit toujours pour lui ; sur une
    formation, il dit pour laquelle des deux organisations.
    """

    role: Role
    portee: Portee = Portee.ETABLISSEMENT
    objet_id: int | None = None
    partie: Partie = Partie.ETABLISSEMENT

    def __post_init__(self) -> None:
        """Refuse un mandat qui ne désigne rien de précis."""
        if (self.portee is Portee.ETABLISSEMENT) is not (self.objet_id is None):
            raise ValueError(f"Un mandat de portée « {self.portee} » ne peut pas porter l'objet {self.objet_id}.")
        if (self.partie is Partie.CFA) is not (self.portee is Portee.CFA) and self.portee is not Portee.FORMATION:
            raise ValueError(f"Un mandat de portée « {self.portee} » n'écrit pas pour « {self.partie} ».")


@dataclass(frozen=True)
class Acteur:
    """Celui qui agit, dans UN établissement. `role` : le plus large de ses mandats. `compte_id` : None en commande.

    Sans `mandats`, le rôle est tenu sur l'établissement entier.
    """

    etablissement_id: int
    nom: str
    role: Role
    compte_id: int | None = None
    origine: Origine = Origine.NON_RELEVEE
    mandats: tuple[Mandat, ...] = ()

    @property
    def tenus(self) -> tuple[Mandat, ...]:
        """Ses mandats ; un rôle sans mandat dit est tenu sur l'établissement entier."""
        return self.mandats or (Mandat(self.role),)


@dataclass(frozen=True)
class Situation:
    """Où se trouve une formation : son numéro, son CFA, sa composante."""

    formation_id: int
    cfa_id: int
    composante_id: int | None = None


@dataclass(frozen=True)
class Etendue:
    """Ce qu'un acteur atteint pour un geste : tout l'établissement, ou ces CFA, composantes et formations."""

    tout: bool = False
    cfas: frozenset[int] = frozenset()
    composantes: frozenset[int] = frozenset()
    formations: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        """Vrai si le geste est permis quelque part."""
        return self.tout or bool(self.cfas or self.composantes or self.formations)

    def couvre(self, situation: Situation) -> bool:
        """Vrai si cette formation y est."""
        return (
            self.tout
            or situation.formation_id in self.formations
            or situation.cfa_id in self.cfas
            or situation.composante_id in self.composantes
        )


class DroitManquant(Exception):
    """L'acteur n'a pas le droit de ce geste ; la page répond comme si rien n'existait."""


_DOSSIER = frozenset({Geste.PUBLIC, Geste.AVOIR_UN_COMPTE, Geste.LIRE_DOSSIER})
_LECTURE = _DOSSIER | {Geste.LIRE}
_DROITS: dict[Role, frozenset[Geste]] = {
    Role.MEMBRE_INSTANCE: _DOSSIER,
    Role.LECTEUR: _LECTURE,
    Role.RESPONSABLE_FORMATION: _LECTURE | {Geste.REMPLIR_GRILLE, Geste.EDITER_RAPPORT},
    Role.REFERENT_QUALITE: frozenset(Geste) - {Geste.ADMINISTRER},
    Role.ADMINISTRATEUR: frozenset(Geste),
}
_PORTEES: dict[Geste, frozenset[Portee]] = {
    Geste.ADMINISTRER: frozenset({Portee.ETABLISSEMENT}),
    Geste.GERER_PARTIES: frozenset({Portee.ETABLISSEMENT}),
    Geste.GERER_PERSONNES: frozenset({Portee.ETABLISSEMENT}),
    Geste.PILOTER_CAMPAGNE: frozenset({Portee.ETABLISSEMENT}),
    Geste.ARRETER_GRILLE: frozenset({Portee.ETABLISSEMENT, Portee.COMPOSANTE}),
    Geste.LIRE_JOURNAL: frozenset({Portee.ETABLISSEMENT, Portee.CFA}),
    Geste.DEPOSER: frozenset({Portee.ETABLISSEMENT, Portee.CFA}),
    Geste.MENER_REVUE: frozenset({Portee.ETABLISSEMENT, Portee.CFA}),
    Geste.PUBLIER: frozenset({Portee.ETABLISSEMENT, Portee.CFA}),
}
"""Les gestes qui engagent plus qu'une formation : où il faut tenir son rôle pour les faire."""


def permet(mandat: Mandat, geste: Geste) -> bool:
    """Vrai si ce mandat permet ce geste, là où il est tenu."""
    return geste in _DROITS[mandat.role] and mandat.portee in _PORTEES.get(geste, frozenset(Portee))


def etendue(acteur: Acteur, geste: Geste) -> Etendue:
    """Tout ce que l'acteur atteint pour ce geste, ses mandats réunis ; vide (et fausse) s'il ne peut nulle part."""
    return _reunir(acteur.tenus, geste)


def _reunir(mandats: Iterable[Mandat], geste: Geste) -> Etendue:
    tenus = [mandat for mandat in mandats if permet(mandat, geste)]
    return Etendue(
        tout=any(mandat.portee is Portee.ETABLISSEMENT for mandat in tenus),
        cfas=_objets(tenus, Portee.CFA),
        composantes=_objets(tenus, Portee.COMPOSANTE),
        formations=_objets(tenus, Portee.FORMATION),
    )


def _objets(mandats: Iterable[Mandat], portee: Portee) -> frozenset[int]:
    return frozenset(m.objet_id for m in mandats if m.portee is portee and m.objet_id is not None)


def peut(acteur: Acteur, geste: Geste, situation: Situation | None = None) -> bool:
    """Vrai si l'acteur peut faire ce geste pour cette formation ; sans `situation`, s'il le peut quelque part."""
    atteint = etendue(acteur, geste)
    return bool(atteint) if situation is None else atteint.couvre(situation)


def exiger(acteur: Acteur, geste: Geste, situation: Situation | None = None) -> None:
    """Lève `DroitManquant` si l'acteur ne peut pas faire ce geste (là, ou nulle part si rien n'est dit)."""
    if not peut(acteur, geste, situation):
        raise DroitManquant(f"{acteur.role} ne peut pas « {geste} »")


def exiger_partout(acteur: Acteur, geste: Geste) -> None:
    """Lève `DroitManquant` si l'acteur ne peut pas faire ce geste pour l'établissement entier."""
    if not etendue(acteur, geste).tout:
        raise DroitManquant(f"{acteur.role} ne peut pas « {geste} » pour tout l'établissement")


def parties_tenues(acteur: Acteur, situation: Situation) -> frozenset[Partie]:
    """Les positions que l'acteur peut écrire pour cette formation : chaque organisation n'écrit que la sienne.

    La position concertée suit celle de l'établissement, certificateur, qui tient la plume du dialogue.
    """
    pour = {m.partie for m in acteur.tenus if _reunir([m], Geste.REMPLIR_GRILLE).couvre(situation)}
    return frozenset(pour | ({Partie.CONCERTEE} if Partie.ETABLISSEMENT in pour else set()))


def le_plus_large(mandats: Iterable[Mandat]) -> Role:
    """Le rôle le plus large de ces mandats (au moins un)."""
    tenus = {mandat.role for mandat in mandats}
    return next(role for role in Role if role in tenus)
