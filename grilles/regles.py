"""Le niveau d'un poste et ce qui manque pour le suivant : règles pures, lisibles dans `exemples_niveaux.yaml`.

Source : charte de l'apprentissage (DGESIP, octobre 2023), 3.1 et annexe. Le socle et la cible s'entendent par
poste. La charte ne dit pas comment constater qu'ils sont atteints ; la règle suivante est celle de l'outil :

- socle : CHAQUE engagement du poste est tenu, ou sans objet avec un motif ;
- cible : le socle, et CHAQUE exigence du poste tenue, ou sans objet avec un motif ;
- un élément sans réponse ne compte pas comme tenu ; un poste à deux blocs (le poste 2) demande les deux ;
- les actions ont un état d'avancement ; elles n'entrent pas dans le niveau ;
- une preuve n'est pas encore exigée pour compter ; « tenu sans preuve » est compté et montré en réserve ;
- un poste entièrement « sans objet » atteint le socle selon la règle, mais la réserve le dit en toutes lettres.

Ni moyenne, ni score unique.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from charte.commun.typographie import pluriel
from charte.edition import Genre
from charte.textes import BlocCible, BlocSocle, Poste, Puce
from grilles.echelle import charger_echelle

PREMIER_MOIS = 8


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
        return _ARTICLES.get(self.palier, self.libelle.lower())


EN_DECA = Niveau(Palier.EN_DECA)
SOCLE = Niveau(Palier.SOCLE)
CIBLE = Niveau(Palier.CIBLE)


@dataclass(frozen=True)
class Position:
    """Ce qui est répondu sur un élément. `etat` None : sans réponse. `preuves` : nombre de preuves citées."""

    etat: str | None = None
    motif: str = ""
    preuves: int = 0


@dataclass(frozen=True)
class Manque:
    """Un élément qui bloque le niveau suivant, et pourquoi."""

    element: str
    texte: str
    raison: str


@dataclass(frozen=True)
class Avancement:
    """Combien d'éléments ont une réponse, sur combien."""

    renseignes: int
    total: int

    @property
    def complet(self) -> bool:
        """Vrai si tout a une réponse."""
        return self.renseignes == self.total

    def __add__(self, autre: "Avancement") -> "Avancement":
        return Avancement(self.renseignes + autre.renseignes, self.total + autre.total)


@dataclass(frozen=True)
class BilanBloc:
    """Un bloc du socle ou de la cible : combien de ses puces sont satisfaites (tenues, ou sans objet motivé)."""

    id: str
    titre: str
    genre: Genre
    satisfaits: int
    total: int

    @property
    def atteint(self) -> bool:
        """Vrai si toutes ses puces sont satisfaites."""
        return self.satisfaits == self.total


@dataclass(frozen=True)
class BilanPoste:
    """Tout ce que les règles disent d'un poste.

    `comptes` : nombre de puces (engagements et exigences) par état, `""` pour sans réponse ; `comptes_actions` de même.
    `suivant` : le niveau visé ensuite, None à la cible. `reserves` : ce qu'il faut lire à côté du niveau.
    """

    poste: int
    niveau: Niveau
    suivant: Niveau | None
    manques: tuple[Manque, ...]
    phrase: str
    blocs: tuple[BilanBloc, ...]
    avancement: Avancement
    avancement_actions: Avancement
    comptes: Mapping[str, int]
    comptes_actions: Mapping[str, int]
    tenus_sans_preuve: tuple[str, ...]
    reserves: tuple[str, ...]


Reponses = Mapping[str, Position]
_SANS_REPONSE = Position()


def satisfait(position: Position) -> bool:
    """Vrai si la position compte pour le niveau : tenu, ou sans objet avec un motif."""
    if position.etat is None:
        return False
    etat = charger_echelle().etat(position.etat)
    return etat.satisfait and (not etat.motif_exige or bool(position.motif.strip()))


def niveau_du_poste(poste: Poste, reponses: Reponses) -> Niveau:
    """Le niveau atteint par un poste (« jalon n » n'est jamais rendu tant que les jalons locaux n'existent pas)."""
    if not _tous_satisfaits(poste.engagements, reponses):
        return EN_DECA
    return CIBLE if _tous_satisfaits(poste.exigences, reponses) else SOCLE


def ce_qui_manque(poste: Poste, reponses: Reponses) -> tuple[Manque, ...]:
    """Les puces qui bloquent le niveau suivant, dans l'ordre du texte ; vide si la cible est atteinte."""
    niveau = niveau_du_poste(poste, reponses)
    puces = {EN_DECA: poste.engagements, SOCLE: poste.exigences}.get(niveau, ())
    positions = ((puce, reponses.get(puce.id, _SANS_REPONSE)) for puce in puces)
    return tuple(Manque(p.id, p.texte, _raison(position)) for p, position in positions if not satisfait(position))


def phrase_du_manque(niveau: Niveau, manques: tuple[Manque, ...]) -> str:
    """« Il manque 2 engagements pour atteindre le socle : « … » (sans réponse) ; « … » (en partie). »"""
    suivant = niveau_suivant(niveau)
    if suivant is None:
        return "La cible est atteinte : chaque engagement et chaque exigence est tenu, ou sans objet avec un motif."
    compte = _compter_manques(niveau, len(manques))
    detail = " ; ".join(f"« {manque.texte} » ({manque.raison})" for manque in manques)
    return f"Il manque {compte} pour atteindre {suivant.vise} : {detail}."


def titre_du_manque(niveau: Niveau, nombre: int) -> str:
    """La même phrase, sans le détail : « Il manque 2 engagements pour atteindre le socle »."""
    suivant = niveau_suivant(niveau)
    if suivant is None:
        return "La cible est atteinte"
    return f"Il manque {_compter_manques(niveau, nombre)} pour atteindre {suivant.vise}"


def niveau_suivant(niveau: Niveau) -> Niveau | None:
    """Le niveau visé après celui-ci ; None après la cible."""
    return {Palier.EN_DECA: SOCLE, Palier.CIBLE: None}.get(niveau.palier, CIBLE)


def dresser_bilan(poste: Poste, reponses: Reponses) -> BilanPoste:
    """Le bilan complet d'un poste."""
    niveau = niveau_du_poste(poste, reponses)
    manques = ce_qui_manque(poste, reponses)
    puces = [puce.id for puce in (*poste.engagements, *poste.exigences)]
    actions = list(ids_des_actions(poste))
    sans_preuve = tuple(p for p in puces if (r := reponses.get(p)) and r.etat == "tenu" and not r.preuves)
    return BilanPoste(
        poste=poste.numero,
        niveau=niveau,
        suivant=niveau_suivant(niveau),
        manques=manques,
        phrase=phrase_du_manque(niveau, manques),
        blocs=tuple(_blocs(poste, reponses)),
        avancement=_avancement(puces, reponses),
        avancement_actions=_avancement(actions, reponses),
        comptes=_compter(puces, reponses),
        comptes_actions=_compter(actions, reponses),
        tenus_sans_preuve=sans_preuve,
        reserves=tuple(_reserves(poste, reponses, len(sans_preuve))),
    )


def ids_des_actions(poste: Poste) -> Iterator[str]:
    """Identifiants des actions d'un poste, chacune suivie de ses sous-actions."""
    for action in poste.actions:
        yield action.id
        yield from (sous_action.id for sous_action in action.sous_actions)


def annee_de_rentree(jour: date) -> int:
    """L'année de la rentrée d'une date : l'année scolaire tourne le 1er août."""
    return jour.year if jour.month >= PREMIER_MOIS else jour.year - 1


def libelle_annee(annee: int) -> str:
    """`2026` → « 2026-2027 »."""
    return f"{annee}-{annee + 1}"


def _tous_satisfaits(puces: tuple[Puce, ...], reponses: Reponses) -> bool:
    return all(satisfait(reponses.get(puce.id, _SANS_REPONSE)) for puce in puces)


def _raison(position: Position) -> str:
    if position.etat is None:
        return "sans réponse"
    if position.etat == "sans_objet":
        return "sans objet, motif à donner"
    return charger_echelle().etat(position.etat).libelle.lower()


def _compter_manques(niveau: Niveau, nombre: int) -> str:
    return pluriel(nombre, "engagement" if niveau == EN_DECA else "exigence")


def _blocs(poste: Poste, reponses: Reponses) -> Iterator[BilanBloc]:
    for socle in poste.socle:
        yield _bilan_du_bloc(socle, Genre.BLOC_SOCLE, socle.engagements, reponses)
    for cible in poste.cible:
        yield _bilan_du_bloc(cible, Genre.BLOC_CIBLE, cible.exigences, reponses)


def _bilan_du_bloc(bloc: BlocSocle | BlocCible, genre: Genre, puces: tuple[Puce, ...], reponses: Reponses) -> BilanBloc:
    satisfaits = sum(satisfait(reponses.get(puce.id, _SANS_REPONSE)) for puce in puces)
    return BilanBloc(bloc.id, bloc.titre, genre, satisfaits, len(puces))


def _avancement(ids: list[str], reponses: Reponses) -> Avancement:
    return Avancement(sum(reponses.get(i, _SANS_REPONSE).etat is not None for i in ids), len(ids))


def _compter(ids: list[str], reponses: Reponses) -> dict[str, int]:
    return dict(Counter(reponses.get(i, _SANS_REPONSE).etat or "" for i in ids))


def _reserves(poste: Poste, reponses: Reponses, sans_preuve: int) -> Iterator[str]:
    if sans_preuve:
        pour = pluriel(sans_preuve, "engagement ou exigence tenu", "engagements ou exigences tenus")
        yield f"Il manque une preuve pour {pour}."
    etats = [reponses.get(puce.id, _SANS_REPONSE).etat for puce in poste.engagements]
    if all(etat == "sans_objet" for etat in etats):
        yield "Tous les engagements du socle sont déclarés sans objet : aucun n'est tenu."
    elif nombre := etats.count("sans_objet"):
        yield f"{pluriel(nombre, 'engagement déclaré', 'engagements déclarés')} sans objet (motif au rapport)."
