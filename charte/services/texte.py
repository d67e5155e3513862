"""Ce que la page de la charte montre : le texte découpé pour l'affichage, le sommaire, les réponses trouvées."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from charte.concernes import Concernes, charger_concernes
from charte.edition import Edition, Element, Genre, parcourir
from charte.recherche import Morceau, Requete, composer, extrait, lire_requete, repond
from charte.textes import Appel, Parties


@dataclass(frozen=True)
class Reponse:
    """Un passage qui répond à la recherche, et l'ancre qui y mène."""

    id: str
    genre: str
    ancre: str
    morceaux: tuple[Morceau, ...]


@dataclass(frozen=True)
class Entree:
    """Une ligne du sommaire ; `niveau` 1 (titre) ou 2 (sous-titre)."""

    ancre: str
    numero: str
    titre: str
    niveau: int


@dataclass(frozen=True)
class VueCharte:
    """La page : l'édition, ses textes découpés par clé, le sommaire, la recherche, ses réponses, qui est concerné.

    Clés de `textes` : l'identifiant d'un élément ; `CFA.1:titre` pour le titre d'un point ; `note-1`.
    """

    edition: Edition
    textes: Mapping[str, tuple[Morceau, ...]]
    sommaire: tuple[Entree, ...]
    requete: Requete
    reponses: tuple[Reponse, ...]
    concernes: Concernes


@dataclass(frozen=True)
class _Passage:
    cle: str
    id: str
    genre: str
    ancre: str
    texte: str
    appels: tuple[Appel, ...] = ()


def ancre(identifiant: str) -> str:
    """L'ancre d'un élément dans la page : `1.1.6` → `a-1.1.6`."""
    return f"a-{identifiant}"


def voir_charte(edition: Edition, saisie: str = "") -> VueCharte:
    """La vue d'une édition, avec les passages qui répondent à `saisie` surlignés et comptés."""
    requete = lire_requete(saisie)
    textes: dict[str, tuple[Morceau, ...]] = {}
    reponses: dict[str, Reponse] = {}
    for passage in _passages(edition):
        trouve = repond(requete, passage.id, passage.texte)
        mots: Sequence[str] = requete.mots if trouve else ()
        textes[passage.cle] = composer(passage.texte, mots, passage.appels)
        if trouve and passage.id not in reponses:
            morceaux = extrait(composer(passage.texte, mots))
            reponses[passage.id] = Reponse(passage.id, passage.genre, passage.ancre, morceaux)
    concernes = charger_concernes(edition.edition)
    return VueCharte(edition, textes, tuple(_sommaire(edition)), requete, tuple(reponses.values()), concernes)


def _passages(edition: Edition) -> Iterator[_Passage]:
    """Tous les textes affichés, dans l'ordre de la page."""
    appels = {paragraphe.id: paragraphe.appels for paragraphe in edition.paragraphes()}
    for element in parcourir(edition):
        if element.genre is not Genre.POINT:
            yield _passage(element, element.id, element.texte, appels.get(element.id, ()))
            continue
        if element.titre:
            yield _passage(element, f"{element.id}:titre", element.titre)
        if element.texte:
            yield _passage(element, element.id, element.texte)
    for note in edition.notes:
        cle = f"note-{note.numero}"
        yield _Passage(cle, cle, "note", cle, note.texte)


def _passage(element: Element, cle: str, texte: str, appels: tuple[Appel, ...] = ()) -> _Passage:
    return _Passage(cle, element.id, str(element.genre), ancre(element.id), texte, appels)


def _sommaire(edition: Edition) -> Iterator[Entree]:
    yield Entree(ancre(edition.preambule.id), "", edition.preambule.titre, 1)
    for chapitre in (edition.valeurs, edition.parties, edition.amelioration):
        yield Entree(ancre(chapitre.id), chapitre.numero, chapitre.titre, 1)
        sous_titres = chapitre.liste if isinstance(chapitre, Parties) else chapitre.sections
        for sous_titre in sous_titres:
            yield Entree(ancre(sous_titre.id), sous_titre.numero, sous_titre.titre, 2)
    yield Entree("annexe", "", f"Annexe : {edition.annexe.titre[0].lower()}{edition.annexe.titre[1:]}", 1)
    for poste in edition.postes:
        yield Entree(ancre(str(poste.numero)), f"Poste {poste.numero}", poste.titre, 2)
    yield Entree("notes", "", "Notes", 1)
