"""Une édition de la charte et son index par identifiant.

Le texte officiel ne numérote que ses titres et ses périmètres ; les identifiants sont ceux de l'outil :
périmètre `1.1`, action `1.1.6`, sous-action `1.1.6.2`, engagement du socle `1.S1.5`, exigence de la cible
`2.C2.1` (le chiffre après S ou C est le rang du bloc dans le poste), engagement d'une partie `E.3`, `CFA.2.4`,
paragraphe `V.1.2`.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Annotated

from pydantic import StringConstraints

from charte.commun.donnees import DonneeGelee
from charte.textes import (
    Annexe,
    Chapitre,
    ClePartie,
    Editeur,
    EngagementPartie,
    LectureOutil,
    Note,
    Paragraphe,
    Parametre,
    Partie,
    Parties,
    Poste,
    Preambule,
    Puce,
    Source,
    Texte,
)


class Genre(StrEnum):
    """Nature d'un élément adressable de la charte."""

    PARAGRAPHE = "paragraphe"
    SECTION = "section"
    PARTIE = "partie"
    POINT = "point"
    ENGAGEMENT_PARTIE = "engagement d'une partie"
    POSTE = "poste"
    PERIMETRE = "périmètre"
    ACTION = "action"
    SOUS_ACTION = "sous-action"
    BLOC_SOCLE = "socle"
    ENGAGEMENT = "engagement"
    BLOC_CIBLE = "cible"
    EXIGENCE = "exigence"


@dataclass(frozen=True)
class Element:
    """Un élément retrouvé par son identifiant ; `poste` et `parent` sont None hors de l'annexe ou à la racine.

    `titre` ne sert qu'aux points d'une partie, qui peuvent porter un titre et un texte.
    """

    id: str
    genre: Genre
    texte: str
    poste: int | None = None
    parent: str | None = None
    parametres: tuple[Parametre, ...] = ()
    lecture_outil: LectureOutil | None = None
    titre: str = ""


class Edition(DonneeGelee):
    """Une édition complète de la charte, telle que publiée."""

    edition: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}$")]
    titre: Texte
    date: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}$")]
    date_affichee: Texte
    editeur: Editeur
    source: Source
    avertissement: Texte
    preambule: Preambule
    valeurs: Chapitre
    parties: Parties
    amelioration: Chapitre
    notes: tuple[Note, ...]
    annexe: Annexe

    @property
    def postes(self) -> tuple[Poste, ...]:
        """Les postes d'actions d'accompagnement, dans l'ordre."""
        return self.annexe.postes

    def poste(self, numero: int) -> Poste:
        """Le poste de ce numéro ; lève `KeyError` s'il n'existe pas."""
        for poste in self.postes:
            if poste.numero == numero:
                return poste
        raise KeyError(f"la charte {self.edition} n'a pas de poste {numero}")

    def partie(self, cle: ClePartie) -> Partie:
        """La partie prenante de cette clé ; lève `KeyError` si l'édition ne la connaît pas."""
        for partie in self.parties.liste:
            if partie.cle == cle:
                return partie
        raise KeyError(f"la charte {self.edition} n'a pas de partie « {cle} »")

    def paragraphes(self) -> Iterator[Paragraphe]:
        """Tous les paragraphes du texte (hors annexe), introductions des parties comprises."""
        yield from self.preambule.paragraphes
        for chapitre in (self.valeurs, self.amelioration):
            for section in chapitre.sections:
                yield from section.paragraphes
        yield from self.parties.introduction
        for partie in self.parties.liste:
            yield from partie.introduction

    def ids(self) -> tuple[str, ...]:
        """Tous les identifiants adressables, dans l'ordre du texte."""
        return tuple(self._index)

    def element(self, identifiant: str) -> Element:
        """L'élément de cet identifiant ; lève `KeyError` s'il n'existe pas dans l'édition."""
        try:
            return self._index[identifiant]
        except KeyError:
            raise KeyError(f"la charte {self.edition} n'a pas d'élément « {identifiant} »") from None

    @cached_property
    def empreinte(self) -> str:
        """SHA-256 (hexadécimal) du contenu en JSON canonique, sans la lecture de l'outil.

        Ni la mise en forme du YAML ni un champ facultatif ajouté plus tard au modèle ne la changent ; un mot,
        un identifiant ou un paramètre changé, si.
        """
        contenu = self.model_dump(mode="json", exclude_defaults=True)
        _oter(contenu, "lecture_outil")
        canonique = json.dumps(contenu, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonique.encode()).hexdigest()

    @cached_property
    def _index(self) -> dict[str, Element]:
        return {element.id: element for element in parcourir(self)}


def _oter(contenu: object, cle: str) -> None:
    """Retire une clé à toute profondeur."""
    if isinstance(contenu, dict):
        contenu.pop(cle, None)
    enfants = contenu.values() if isinstance(contenu, dict) else contenu
    for enfant in enfants if isinstance(contenu, dict | list) else ():  # type: ignore[attr-defined]
        _oter(enfant, cle)


def parcourir(edition: Edition) -> Iterator[Element]:
    """Tous les éléments adressables d'une édition, dans l'ordre du texte."""
    yield Element(edition.preambule.id, Genre.SECTION, edition.preambule.titre)
    yield from _paragraphes(edition.preambule.paragraphes, edition.preambule.id)
    yield from _chapitre(edition.valeurs)
    yield Element(edition.parties.id, Genre.SECTION, edition.parties.titre)
    yield from _paragraphes(edition.parties.introduction, edition.parties.id)
    for partie in edition.parties.liste:
        yield from _partie(partie, edition.parties.id)
    yield from _chapitre(edition.amelioration)
    for poste in edition.postes:
        yield from _poste(poste)


def _paragraphes(paragraphes: tuple[Paragraphe, ...], parent: str) -> Iterator[Element]:
    for paragraphe in paragraphes:
        yield Element(paragraphe.id, Genre.PARAGRAPHE, paragraphe.texte, parent=parent)


def _chapitre(chapitre: Chapitre) -> Iterator[Element]:
    yield Element(chapitre.id, Genre.SECTION, chapitre.titre)
    for section in chapitre.sections:
        yield Element(section.id, Genre.SECTION, section.titre, parent=chapitre.id)
        yield from _paragraphes(section.paragraphes, section.id)


def _partie(partie: Partie, parent: str) -> Iterator[Element]:
    yield Element(partie.id, Genre.PARTIE, partie.titre, parent=parent)
    yield from _paragraphes(partie.introduction, partie.id)
    yield from _engagements_partie(partie.engagements, partie.id)
    for point in partie.points:
        yield Element(point.id, Genre.POINT, point.texte or "", parent=partie.id, titre=point.titre or "")
        yield from _engagements_partie(point.engagements, point.id)


def _engagements_partie(engagements: tuple[EngagementPartie, ...], parent: str) -> Iterator[Element]:
    for engagement in engagements:
        yield Element(
            engagement.id,
            Genre.ENGAGEMENT_PARTIE,
            engagement.texte,
            parent=parent,
            parametres=engagement.parametres,
        )


def _poste(poste: Poste) -> Iterator[Element]:
    numero = poste.numero
    yield Element(str(numero), Genre.POSTE, poste.titre, numero)
    for perimetre in poste.perimetres:
        yield Element(perimetre.id, Genre.PERIMETRE, perimetre.titre, numero, str(numero))
        for action in perimetre.actions:
            yield Element(action.id, Genre.ACTION, action.texte, numero, perimetre.id)
            for sous_action in action.sous_actions:
                yield Element(sous_action.id, Genre.SOUS_ACTION, sous_action.texte, numero, action.id)
    for socle in poste.socle:
        yield Element(socle.id, Genre.BLOC_SOCLE, socle.titre, numero, str(numero))
        yield from _puces(socle.engagements, Genre.ENGAGEMENT, numero, socle.id)
    for cible in poste.cible:
        yield Element(cible.id, Genre.BLOC_CIBLE, cible.titre, numero, str(numero))
        yield from _puces(cible.exigences, Genre.EXIGENCE, numero, cible.id)


def _puces(puces: tuple[Puce, ...], genre: Genre, poste: int, bloc: str) -> Iterator[Element]:
    for puce in puces:
        yield Element(puce.id, genre, puce.texte, poste, bloc, puce.parametres, puce.lecture_outil)
