"""Qui est concerné par quoi : les parties qui se prononcent sur une puce, les engagements du titre 2 qui y portent.

Lecture de l'outil : la charte donne les engagements des parties (titre 2) et l'annexe sans les rapprocher. Une donnée
datée par édition, `donnees/concernes/<édition>.yaml` ; chaque élément évalué (action, sous-action, engagement,
exigence) y est une fois.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from charte.acteur import Partie
from charte.chargement import DOSSIER, EDITION_COURANTE, charger_edition
from charte.commun.donnees import DonneeGelee, DonneesInvalides, charger_modele, nom_affiche
from charte.edition import Edition, Element, Genre, parcourir
from charte.textes import ClePartie, Identifiant, Source, Texte
from charte.textes import Partie as PartiePrenante

EVALUES = frozenset({Genre.ACTION, Genre.SOUS_ACTION, Genre.ENGAGEMENT, Genre.EXIGENCE})
"""Les genres d'éléments sur lesquels une position se donne."""

DOSSIER_CONCERNES = DOSSIER / "concernes"
LECTURE_DE_L_OUTIL = "lecture de l’outil"
_PARTIES: Mapping[str, ClePartie] = {Partie.ETABLISSEMENT: "etablissements", Partie.CFA: "cfa"}


class ElementConcerne(DonneeGelee):
    """Une puce : qui se prononce, et les engagements du titre 2 qui y portent."""

    element: Identifiant
    parties: Annotated[tuple[Literal[Partie.ETABLISSEMENT, Partie.CFA], ...], Field(min_length=1)]
    engagements: tuple[Identifiant, ...]
    motif: Texte | None = None


class EngagementSansPortee(DonneeGelee):
    """Un engagement du titre 2 que rien, dans l'annexe, ne reprend."""

    engagement: Identifiant
    motif: Texte


class FichierConcernes(DonneeGelee):
    """Le fichier d'une édition ; `nature` dit partout que le rapprochement n'est pas de la charte."""

    edition: str
    nature: Literal["lecture de l’outil"]
    etablie_le: date
    source: Source
    avertissement: Texte
    elements: tuple[ElementConcerne, ...]
    sans_portee: tuple[EngagementSansPortee, ...] = ()


@dataclass(frozen=True)
class EngagementPorte:
    """Un engagement du titre 2, dans ses mots officiels ; `partie` est le titre de sa partie (« Les CFA »)."""

    id: str
    cle: ClePartie
    partie: str
    texte: str


@dataclass(frozen=True)
class Concernes:
    """Le rapprochement d'une édition. `KeyError` si l'on demande un élément qui n'est pas évalué."""

    edition: str
    nature: str
    avertissement: str
    _lignes: Mapping[str, ElementConcerne]
    _engagements: Mapping[str, tuple[EngagementPorte, ...]]
    _portees: Mapping[str, tuple[str, ...]]
    _absences: Mapping[str, str]

    def parties(self, element: str) -> tuple[Partie, ...]:
        """Qui se prononce sur cet élément : `ETABLISSEMENT`, `CFA` ou les deux, dans cet ordre."""
        tenues = self._ligne(element).parties
        return tuple(partie for partie in (Partie.ETABLISSEMENT, Partie.CFA) if partie in tenues)

    def engagements(self, element: str) -> tuple[EngagementPorte, ...]:
        """Les engagements du titre 2 qui portent sur cet élément, dans l'ordre du texte ; vide s'il n'y en a pas."""
        return self._engagements[self._ligne(element).element]

    def motif(self, element: str) -> str:
        """Pourquoi une partie est écartée, ou interrogée sans engagement ; vide si rien n'est à dire."""
        return self._ligne(element).motif or ""

    def elements(self, engagement: str) -> tuple[str, ...]:
        """Les éléments de l'annexe sur lesquels porte cet engagement du titre 2 ; `KeyError` s'il n'en est pas un."""
        return self._portees[engagement]

    def absence(self, engagement: str) -> str:
        """Pourquoi cet engagement du titre 2 ne porte sur aucun élément ; vide s'il porte quelque part."""
        return self._absences.get(engagement, "")

    def de(self, partie: Partie) -> tuple[str, ...]:
        """Les éléments sur lesquels cette partie se prononce, dans l'ordre du texte."""
        return tuple(e for e, ligne in self._lignes.items() if partie in ligne.parties)

    def _ligne(self, element: str) -> ElementConcerne:
        try:
            return self._lignes[element]
        except KeyError:
            raise KeyError(f"la charte {self.edition} n'a pas d'élément évalué « {element} »") from None


@lru_cache(maxsize=8)
def charger_concernes(edition: str = EDITION_COURANTE) -> Concernes:
    """Le rapprochement de cette édition, lu une fois par processus.

    Lève `EditionInconnue` si l'édition n'existe pas, `DonneesInvalides` si son fichier manque ou est fautif.
    """
    return lire_concernes(DOSSIER_CONCERNES / f"{edition}.yaml", charger_edition(edition))


def lire_concernes(chemin: Path, edition: Edition) -> Concernes:
    """Lit et vérifie un fichier de rapprochement contre le texte de son édition."""
    lu = charger_modele(chemin, FichierConcernes)
    connus = {porte.id: porte for porte in engagements_des_parties(edition)}
    fautes = [f"{nom_affiche(chemin)} : {faute}" for faute in verifier(lu, edition, connus)]
    if fautes:
        raise DonneesInvalides("\n".join(fautes))
    rang = {element.id: i for i, element in enumerate(elements_evalues(edition))}
    lignes = {ligne.element: ligne for ligne in sorted(lu.elements, key=lambda ligne: rang[ligne.element])}
    portes = {e: tuple(p for p in connus.values() if p.id in ligne.engagements) for e, ligne in lignes.items()}
    portees = {cle: tuple(e for e, ligne in lignes.items() if cle in ligne.engagements) for cle in connus}
    absences = {sans.engagement: sans.motif for sans in lu.sans_portee}
    return Concernes(edition.edition, lu.nature, lu.avertissement, lignes, portes, portees, absences)


def elements_evalues(edition: Edition) -> tuple[Element, ...]:
    """Les actions, sous-actions, engagements du socle et exigences de la cible, dans l'ordre du texte."""
    return tuple(element for element in parcourir(edition) if element.genre in EVALUES)


def engagements_des_parties(edition: Edition) -> Iterator[EngagementPorte]:
    """Ce à quoi les parties s'engagent au titre 2, dans l'ordre du texte.

    Un point qui porte à la fois un titre et un texte (CFA.1, CFA.2, CFA.4) est lui-même un engagement ; un point
    sans titre (APP.1) ou sans texte (CFA.3) ne fait qu'annoncer les siens.
    """
    for partie in edition.parties.liste:
        yield from (_porte(partie, e.id, e.texte) for e in partie.engagements)
        for point in partie.points:
            if point.titre and point.texte:
                yield _porte(partie, point.id, point.texte)
            yield from (_porte(partie, e.id, e.texte) for e in point.engagements)


def _porte(partie: PartiePrenante, identifiant: str, texte: str) -> EngagementPorte:
    return EngagementPorte(identifiant, partie.cle, partie.titre, texte)


def verifier(lu: FichierConcernes, edition: Edition, connus: Mapping[str, EngagementPorte]) -> list[str]:
    """Toutes les fautes d'un fichier, chacune avec sa clé ; liste vide s'il est sain."""
    fautes = [] if lu.edition == edition.edition else [f"edition : attendu « {edition.edition} », lu « {lu.edition} »"]
    fautes += _fautes_des_elements(lu, edition)
    for ligne in lu.elements:
        fautes += (f"elements.{ligne.element}.{faute}" for faute in _fautes_de_la_ligne(ligne, connus))
    return [*fautes, *_fautes_de_portee(lu, connus)]


def _fautes_des_elements(lu: FichierConcernes, edition: Edition) -> Iterator[str]:
    """Chaque élément évalué est donné une fois, et lui seul."""
    attendus = {element.id for element in elements_evalues(edition)}
    comptes = Counter(ligne.element for ligne in lu.elements)
    yield from (f"elements.{e} : donné {n} fois ; gardez-en une seule" for e, n in comptes.items() if n > 1)
    for inconnu in sorted(set(comptes) - attendus):
        yield f"elements.{inconnu} : l'édition {edition.edition} n'a pas cet élément évalué"
    for absent in sorted(attendus - set(comptes)):
        yield f"elements.{absent} : élément manquant"


def _fautes_de_la_ligne(ligne: ElementConcerne, connus: Mapping[str, EngagementPorte]) -> Iterator[str]:
    """Engagements connus et donnés une fois ; parties en accord avec eux, ou motivées."""
    for nom, valeurs in (("parties", ligne.parties), ("engagements", ligne.engagements)):
        yield from (f"{nom} : « {v} » donné {n} fois" for v, n in Counter(valeurs).items() if n > 1)
    for inconnu in ligne.engagements:
        if inconnu not in connus:
            yield f"engagements : « {inconnu} » n'est pas un engagement du titre 2"
    cles = {connus[e].cle for e in ligne.engagements if e in connus}
    for partie, cle in _PARTIES.items():
        if cle in cles and partie not in ligne.parties:
            yield f"parties : « {partie} » manque, alors qu'un de ses engagements est donné"
        elif cle not in cles and ligne.motif is None:
            etat = "interrogée sans engagement" if partie in ligne.parties else "écartée"
            yield f"motif : manque ; dites pourquoi la partie « {partie} » est {etat}"


def _fautes_de_portee(lu: FichierConcernes, connus: Mapping[str, EngagementPorte]) -> Iterator[str]:
    """Chaque engagement du titre 2 porte quelque part, ou il est dit pourquoi non ; jamais les deux."""
    cites = {engagement for ligne in lu.elements for engagement in ligne.engagements}
    comptes = Counter(sans.engagement for sans in lu.sans_portee)
    for engagement, n in comptes.items():
        if n > 1:
            yield f"sans_portee.{engagement} : donné {n} fois"
        if engagement not in connus:
            yield f"sans_portee.{engagement} : ce n'est pas un engagement du titre 2"
        if engagement in cites:
            yield f"sans_portee.{engagement} : un élément le cite ; retirez-le d'ici"
    for oublie in sorted(set(connus) - cites - set(comptes)):
        yield f"sans_portee.{oublie} : cité nulle part ; rapprochez-le d'un élément, ou dites ici pourquoi non"
