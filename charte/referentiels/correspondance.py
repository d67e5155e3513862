"""Ce qu'un élément de la charte rencontre dans un référentiel : une proposition de l'outil, à confirmer (pur).

La table relevée porte sur Qualiopi 2019. Celle de 2026 s'en déduit par le passage : un énoncé modifié fait perdre un
degré de confiance et se dit ; une ligne nouvelle ne reçoit que des propositions propres.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Annotated

from pydantic import Field

from charte.commun.donnees import DonneeGelee
from charte.referentiels.passage import Nature, Passage, TableDePassage
from charte.referentiels.referentiel import CleEdition, CleReferentiel, Reference
from charte.textes import Identifiant, Texte

PROPOSITION = "proposition de l’outil"
TEXTE_MEME = "le texte même de la charte"
PAR_PERIMETRE = "Rapproché au niveau du périmètre, non de la puce"


class Confiance(StrEnum):
    """Combien une correspondance proposée paraît sûre."""

    HAUTE = "haute"
    MOYENNE = "moyenne"
    FAIBLE = "faible"

    @property
    def abaissee(self) -> "Confiance":
        """Un degré de moins ; la plus faible le reste."""
        return Confiance.MOYENNE if self is Confiance.HAUTE else Confiance.FAIBLE

    @property
    def rang(self) -> int:
        """0 pour la plus haute."""
        return list(Confiance).index(self)


class ElementRapproche(DonneeGelee):
    """Une entrée de la table relevée : un élément de la charte et ce qu'il rencontre."""

    element: Identifiant
    confiance: Confiance
    confiance_evaluation: Confiance
    qualiopi: tuple[Reference, ...] = ()
    missions_cfa: tuple[Reference, ...] = ()
    hceres: tuple[Reference, ...] = ()
    cti: tuple[Reference, ...] = ()
    code_travail: tuple[Texte, ...] = ()
    justification: Texte | None = None


class FichierDeCorrespondances(DonneeGelee):
    """La table relevée pour une édition de la charte, sur une édition (`editions`) de chaque référentiel."""

    charte: Annotated[str, Field(pattern=r"^\d{4}-\d{2}$")]
    editions: dict[CleReferentiel, CleEdition]
    elements: Annotated[tuple[ElementRapproche, ...], Field(min_length=1)]


class Proposition(DonneeGelee):
    """Une correspondance propre à une édition, pensée sur ses énoncés."""

    element: Identifiant
    reference: Reference
    confiance: Confiance
    justification: Texte


class FichierDePropositions(DonneeGelee):
    """Les correspondances propres à une édition d'un référentiel."""

    charte: Annotated[str, Field(pattern=r"^\d{4}-\d{2}$")]
    referentiel: CleReferentiel
    edition: CleEdition
    propositions: Annotated[tuple[Proposition, ...], Field(min_length=1)]


@dataclass(frozen=True)
class Correspondance:
    """Un élément de la charte et une ligne d'un référentiel ; `provenance` : son origine, `statut` : sa valeur."""

    element: str
    referentiel: CleReferentiel
    edition: str
    reference: str
    confiance: Confiance
    justification: str = ""
    provenance: str = ""
    statut: str = PROPOSITION

    @property
    def cle(self) -> "CleCorrespondance":
        """Ce qui la désigne, et qu'une décision confirme ou écarte."""
        return (self.element, self.referentiel, self.edition, self.reference)


CleCorrespondance = tuple[str, CleReferentiel, str, str]
"""Élément, référentiel, édition, référence."""


@dataclass(frozen=True)
class Correspondances:
    """Toutes les correspondances d'une édition de la charte, cherchées dans les deux sens."""

    charte: str
    toutes: tuple[Correspondance, ...]
    articles: Mapping[str, tuple[str, ...]]
    """Articles du code du travail que croise chaque élément."""

    @cached_property
    def par_element(self) -> dict[tuple[str, str, str], tuple[Correspondance, ...]]:
        """Par référentiel, édition et élément."""
        return _grouper((c.referentiel, c.edition, c.element, c) for c in self.toutes)

    @cached_property
    def par_ligne(self) -> dict[tuple[str, str, str], tuple[Correspondance, ...]]:
        """Par référentiel, édition et référence."""
        return _grouper((c.referentiel, c.edition, c.reference, c) for c in self.toutes)


def _grouper(
    entrees: Iterable[tuple[str, str, str, Correspondance]],
) -> dict[tuple[str, str, str], tuple[Correspondance, ...]]:
    groupes: dict[tuple[str, str, str], list[Correspondance]] = {}
    for referentiel, edition, cle, correspondance in entrees:
        groupes.setdefault((referentiel, edition, cle), []).append(correspondance)
    return {cle: tuple(groupe) for cle, groupe in groupes.items()}


def relevees(elements: Iterable[ElementRapproche], editions: Mapping[CleReferentiel, str]) -> Iterator[Correspondance]:
    """Les correspondances de la table relevée ; `editions` : l'édition sur laquelle elle porte, par référentiel."""
    for e in elements:
        dite = e.justification or ""
        for cle, references, confiance, justification in (
            (CleReferentiel.QUALIOPI, e.qualiopi, e.confiance, dite),
            (CleReferentiel.MISSIONS_CFA, e.missions_cfa, e.confiance, dite),
            (CleReferentiel.HCERES, e.hceres, e.confiance_evaluation, PAR_PERIMETRE),
            (CleReferentiel.CTI, e.cti, e.confiance_evaluation, PAR_PERIMETRE),
        ):
            for reference in references:
                yield Correspondance(e.element, cle, editions[cle], reference, confiance, justification)


def reporter(anciennes: Iterable[Correspondance], table: TableDePassage) -> Iterator[Correspondance]:
    """Les correspondances de l'édition d'avant, portées à celle d'après ; une ligne retirée n'en laisse aucune."""
    passages = {p.de: p for p in table.passages if p.de and p.vers}
    for ancienne in anciennes:
        passage = passages.get(ancienne.reference)
        if (ancienne.referentiel, ancienne.edition) == (table.referentiel, table.avant) and passage:
            yield _reportee(ancienne, passage, table)


def _reportee(ancienne: Correspondance, passage: Passage, table: TableDePassage) -> Correspondance:
    modifie = passage.nature is Nature.REFORMULE
    return Correspondance(
        ancienne.element,
        ancienne.referentiel,
        table.apres,
        passage.vers or ancienne.reference,
        ancienne.confiance.abaissee if modifie else ancienne.confiance,
        ancienne.justification,
        f"repris {_DE_LA_LIGNE[table.referentiel]} {ancienne.reference} de {table.avant}, {_SUITES[passage.nature]}",
    )


_DE_LA_LIGNE = {
    CleReferentiel.QUALIOPI: "de l’indicateur",
    CleReferentiel.MISSIONS_CFA: "de la mission",
    CleReferentiel.HCERES: "du repère",
    CleReferentiel.CTI: "du repère",
}
_SUITES = {
    Nature.IDENTIQUE: "énoncé inchangé",
    Nature.REPUTE_IDENTIQUE: "énoncé réputé inchangé : à confirmer sur le texte",
    Nature.REFORMULE: "énoncé modifié : à confirmer",
    Nature.DEPLACE: "déplacé : à confirmer",
}


def completer(reportees: Iterable[Correspondance], fichier: FichierDePropositions) -> Iterator[Correspondance]:
    """Les correspondances reportées, remplacées par les propositions propres de même cible, puis les autres propres."""
    propres = {(p.element, p.reference): p for p in fichier.propositions}
    vues: set[tuple[str, str]] = set()
    for reportee in reportees:
        cle = (reportee.element, reportee.reference)
        vues.add(cle)
        yield _propre(propres[cle], fichier, reprise=True) if cle in propres else reportee
    yield from (_propre(p, fichier, reprise=False) for cle, p in propres.items() if cle not in vues)


def _propre(p: Proposition, fichier: FichierDePropositions, *, reprise: bool) -> Correspondance:
    deja = ", déjà rapprochée dans l’édition précédente" if reprise else ""
    provenance = f"lecture propre à l’édition {fichier.edition}{deja}"
    return Correspondance(
        p.element, fichier.referentiel, fichier.edition, p.reference, p.confiance, p.justification, provenance
    )


def fautes_des_correspondances(
    toutes: Iterable[Correspondance],
    lignes: Mapping[tuple[CleReferentiel, str], Iterable[str]],
    elements: Iterable[str],
) -> Iterator[str]:
    """Les correspondances données deux fois, vers une ligne inconnue, ou depuis un élément que la charte n'a pas."""
    connus, vues = set(elements), set[CleCorrespondance]()
    references = {cle: set(refs) for cle, refs in lignes.items()}
    for c in toutes:
        if c.cle in vues:
            yield f"{c.element} : {c.referentiel} « {c.reference} » ({c.edition}) est donné deux fois"
        vues.add(c.cle)
        if c.reference not in references[(c.referentiel, c.edition)]:
            yield f"{c.element} : {c.referentiel} {c.edition} n'a pas de ligne « {c.reference} »"
        if c.element not in connus:
            yield f"{c.element} : la charte n'a pas d'élément de ce nom parmi ses actions, engagements et exigences"
