"""Le niveau d'un poste et ce qui manque pour le suivant : règles pures, lisibles dans `exemples_niveaux.yaml`.

Source : charte de l'apprentissage (DGESIP, octobre 2023), 3.1 et annexe. Le socle et la cible s'entendent par
poste. La charte ne dit pas comment constater qu'ils sont atteints ; la règle suivante est celle de l'outil :

- un engagement ou une exigence est SATISFAIT s'il est tenu avec au moins une preuve qui vaut ce jour-là, ou sans objet
  avec un motif ; une réponse reprise de l'an passé ne compte pas tant qu'elle n'est pas confirmée ;
- socle : CHAQUE engagement du poste est satisfait ;
- jalon n : le socle, et les jalons locaux 1 à n atteints (un jalon abandonné ou seulement proposé ne compte pas) ;
- cible : le socle, tous les jalons, les compléments locaux de la cible, et CHAQUE exigence satisfaite ;
- un élément sans réponse n'est pas satisfait ; un poste à deux blocs (le poste 2) demande les deux ;
- les actions ont un état d'avancement ; elles n'entrent pas dans le niveau ;
- un poste entièrement « sans objet » atteint le socle selon la règle, mais la réserve le dit en toutes lettres.

Seule la position concertée fait le niveau. Ni moyenne, ni score unique.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from charte.commun.typographie import pluriel
from charte.edition import Genre
from charte.textes import BlocCible, BlocSocle, Poste, Puce
from grilles.echelle import charger_echelle
from grilles.jalons.paliers import AUCUN, PalierLocal, PaliersLocaux
from grilles.niveaux import CIBLE, EN_DECA, SOCLE, Niveau, Palier, jalon

PREMIER_MOIS = 8


@dataclass(frozen=True)
class Position:
    """Ce qui est répondu sur un élément. `etat` None : sans réponse.

    `preuves` : nombre de preuves citées qui valent au jour de la lecture ; `perimees` : de celles qui ne valent plus,
    ou pas encore. `a_confirmer` : reprise de l'an passé, pas encore confirmée.
    """

    etat: str | None = None
    motif: str = ""
    preuves: int = 0
    perimees: int = 0
    a_confirmer: bool = False


@dataclass(frozen=True)
class Manque:
    """Un élément de la charte, ou un jalon local (`jalon` : son identifiant), qui bloque le niveau suivant."""

    element: str
    texte: str
    raison: str
    jalon: int | None = None


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
    `suivant` : le niveau visé ensuite, None à la cible. `titre` et `phrase` : ce qui manque pour l'atteindre, sans et
    avec le détail. `reserves` : ce qu'il faut lire à côté du niveau. `jalons` : ceux du poste, dans l'ordre.
    """

    poste: int
    niveau: Niveau
    suivant: Niveau | None
    manques: tuple[Manque, ...]
    titre: str
    phrase: str
    blocs: tuple[BilanBloc, ...]
    avancement: Avancement
    avancement_actions: Avancement
    comptes: Mapping[str, int]
    comptes_actions: Mapping[str, int]
    tenus_sans_preuve: tuple[str, ...]
    reserves: tuple[str, ...]
    a_confirmer: tuple[str, ...] = ()
    locaux: PaliersLocaux = AUCUN


Reponses = Mapping[str, Position]
_SANS_REPONSE = Position()


def satisfait(position: Position) -> bool:
    """Vrai si la position compte pour le niveau : tenu et prouvé, ou sans objet avec un motif, et confirmé."""
    if position.etat is None or position.a_confirmer:
        return False
    etat = charger_echelle().etat(position.etat)
    if etat.motif_exige:
        return etat.satisfait and bool(position.motif.strip())
    return etat.satisfait and position.preuves > 0


def niveau_du_poste(poste: Poste, reponses: Reponses, locaux: PaliersLocaux = AUCUN) -> Niveau:
    """Le niveau atteint par un poste, d'après la position concertée et ses paliers locaux."""
    if not _tous_satisfaits(poste.engagements, reponses):
        return EN_DECA
    rang = _jalons_franchis(locaux)
    complets = rang == len(locaux.jalons) and all(cible.atteint for cible in locaux.cibles)
    return CIBLE if complets and _tous_satisfaits(poste.exigences, reponses) else jalon(rang)


def niveau_suivant(niveau: Niveau, locaux: PaliersLocaux = AUCUN) -> Niveau | None:
    """Le niveau visé après celui-ci ; None après la cible."""
    if niveau.palier in (Palier.EN_DECA, Palier.CIBLE):
        return SOCLE if niveau == EN_DECA else None
    return jalon(niveau.jalon + 1) if niveau.jalon < len(locaux.jalons) else CIBLE


def ce_qui_manque(poste: Poste, reponses: Reponses, locaux: PaliersLocaux = AUCUN) -> tuple[Manque, ...]:
    """Ce qui bloque le niveau suivant, dans l'ordre du texte ; vide si la cible est atteinte."""
    niveau = niveau_du_poste(poste, reponses, locaux)
    suivant = niveau_suivant(niveau, locaux)
    if suivant is None:
        return ()
    if suivant.palier is Palier.JALON:
        return (_manque_local(locaux.jalons[niveau.jalon]),)
    if suivant == SOCLE:
        return _puces_qui_manquent(poste.engagements, reponses)
    cibles = (_manque_local(cible) for cible in locaux.cibles if not cible.atteint)
    return (*_puces_qui_manquent(poste.exigences, reponses), *cibles)


def titre_du_manque(suivant: Niveau | None, manques: tuple[Manque, ...]) -> str:
    """Ce qui manque, sans le détail : « Il vous manque 2 engagements pour atteindre le socle »."""
    if suivant is None:
        return "La cible est atteinte"
    if suivant.palier is Palier.JALON:
        return f"Il vous reste à atteindre {suivant.vise}"
    locales = sum(manque.jalon is not None for manque in manques)
    puces = pluriel(len(manques) - locales, "engagement" if suivant == SOCLE else "exigence")
    dites = [puces] if len(manques) > locales else []
    dites += [pluriel(locales, "cible locale", "cibles locales")] if locales else []
    return f"Il vous manque {' et '.join(dites)} pour atteindre {suivant.vise}"


def phrase_du_manque(suivant: Niveau | None, manques: tuple[Manque, ...]) -> str:
    """« Il vous manque 2 engagements pour atteindre le socle : « … » (sans réponse) ; « … » (en partie). »"""
    if suivant is None:
        return "La cible est atteinte : engagements, jalons et exigences sont tenus, ou sans objet avec un motif."
    detail = " ; ".join(f"« {manque.texte} » ({manque.raison})" for manque in manques)
    return f"{titre_du_manque(suivant, manques)} : {detail}."


def dresser_bilan(poste: Poste, reponses: Reponses, locaux: PaliersLocaux = AUCUN) -> BilanPoste:
    """Le bilan complet d'un poste."""
    niveau = niveau_du_poste(poste, reponses, locaux)
    suivant, manques = niveau_suivant(niveau, locaux), ce_qui_manque(poste, reponses, locaux)
    puces = [puce.id for puce in (*poste.engagements, *poste.exigences)]
    actions = list(ids_des_actions(poste))
    sans_preuve = tuple(p for p in puces if (r := reponses.get(p)) and r.etat == "tenu" and not r.preuves)
    return BilanPoste(
        poste=poste.numero,
        niveau=niveau,
        suivant=suivant,
        manques=manques,
        titre=titre_du_manque(suivant, manques),
        phrase=phrase_du_manque(suivant, manques),
        blocs=tuple(_blocs(poste, reponses)),
        avancement=_avancement(puces, reponses),
        avancement_actions=_avancement(actions, reponses),
        comptes=_compter(puces, reponses),
        comptes_actions=_compter(actions, reponses),
        tenus_sans_preuve=sans_preuve,
        reserves=tuple(_reserves(poste, reponses, len(sans_preuve))),
        a_confirmer=tuple(i for i in (*puces, *actions) if reponses.get(i, _SANS_REPONSE).a_confirmer),
        locaux=locaux,
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


def _puces_qui_manquent(puces: tuple[Puce, ...], reponses: Reponses) -> tuple[Manque, ...]:
    positions = ((puce, reponses.get(puce.id, _SANS_REPONSE)) for puce in puces)
    return tuple(Manque(p.id, p.texte, _raison(position)) for p, position in positions if not satisfait(position))


def _jalons_franchis(locaux: PaliersLocaux) -> int:
    """Combien de jalons sont atteints sans trou depuis le premier."""
    return next((rang for rang, palier in enumerate(locaux.jalons) if not palier.atteint), len(locaux.jalons))


def _manque_local(palier: PalierLocal) -> Manque:
    quand = f", prévu le {palier.echeance:%d/%m/%Y}" if palier.echeance else ""
    dit = "reporté" if palier.etat == "reporte" else "pas encore atteint"
    return Manque(palier.element or "", palier.intitule, dit + quand, palier.id)


def _raison(position: Position) -> str:
    if position.etat is None:
        return "sans réponse"
    if position.a_confirmer:
        return "repris de l'an passé, à confirmer"
    if position.etat == "sans_objet":
        return "sans objet, motif à donner"
    if position.etat == "tenu":
        return "tenu, mais sa preuve ne vaut plus" if position.perimees else "tenu, mais sans preuve"
    return charger_echelle().etat(position.etat).libelle.lower()


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
    ids = [*(p.id for p in (*poste.engagements, *poste.exigences)), *ids_des_actions(poste)]
    if reprises := sum(reponses.get(i, _SANS_REPONSE).a_confirmer for i in ids):
        yield f"{pluriel(reprises, 'réponse reprise', 'réponses reprises')} de l'an passé, à confirmer."
