"""D'une édition à la suivante : le sort de chaque ligne (pur).

Le passage est une donnée : « même numéro » ne prouve pas « même exigence ». La comparaison mot à mot, elle, se calcule
(`charte.comparaison.segmenter`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from charte.commun.donnees import DonneeGelee
from charte.referentiels.referentiel import CleEdition, CleReferentiel, EditionDeReferentiel, Ligne, Reference
from charte.textes import Texte


class Nature(StrEnum):
    """Ce qu'une ligne devient d'une édition à l'autre."""

    IDENTIQUE = "identique"
    REPUTE_IDENTIQUE = "repute_identique"
    REFORMULE = "reformule"
    DEPLACE = "deplace"
    NOUVEAU = "nouveau"
    RETIRE = "retire"

    @property
    def dit(self) -> str:
        """Le même en français."""
        return _NATURES[self]


_NATURES = {
    Nature.IDENTIQUE: "inchangé",
    Nature.REPUTE_IDENTIQUE: "réputé inchangé, à confirmer sur le texte",
    Nature.REFORMULE: "énoncé modifié",
    Nature.DEPLACE: "déplacé",
    Nature.NOUVEAU: "nouveau",
    Nature.RETIRE: "retiré",
}


class Passage(DonneeGelee):
    """Le sort d'une ligne, `de` l'édition d'avant `vers` celle d'après ; `note` et `hors_charte` sont de l'outil."""

    nature: Nature
    de: Reference | None = None
    vers: Reference | None = None
    note: Texte | None = None
    hors_charte: Texte | None = None


class TableDePassage(DonneeGelee):
    """Le fichier d'un passage : chaque ligne des deux éditions y est une fois."""

    referentiel: CleReferentiel
    avant: CleEdition
    apres: CleEdition
    source: Texte
    passages: Annotated[tuple[Passage, ...], Field(min_length=1)]

    def vers(self, reference: str) -> Passage:
        """Le passage qui mène à cette ligne de l'édition d'après ; lève `KeyError` si elle n'existe pas."""
        return {p.vers: p for p in self.passages}[reference]


@dataclass(frozen=True)
class Difference:
    """Une ligne qui change d'une édition à l'autre ; `avant` manque si elle est neuve, `apres` si elle est retirée."""

    nature: Nature
    avant: Ligne | None
    apres: Ligne | None
    note: str = ""
    hors_charte: str = ""


def differences(
    avant: EditionDeReferentiel, apres: EditionDeReferentiel, table: TableDePassage | None = None
) -> tuple[Difference, ...]:
    """Les lignes ajoutées, retirées, déplacées ou reformulées, dans l'ordre de la table de passage.

    Sans table, deux lignes de même référence sont tenues pour la même ; l'ordre est celui de l'édition d'après, les
    lignes retirées à la fin.
    """
    passages = table.passages if table else _passages_par_reference(avant, apres)
    trouvees = (_difference(passage, avant, apres) for passage in passages)
    return tuple(d for d in trouvees if d.nature not in (Nature.IDENTIQUE, Nature.REPUTE_IDENTIQUE))


def _difference(passage: Passage, avant: EditionDeReferentiel, apres: EditionDeReferentiel) -> Difference:
    ancienne = avant.ligne(passage.de) if passage.de else None
    nouvelle = apres.ligne(passage.vers) if passage.vers else None
    return Difference(passage.nature, ancienne, nouvelle, passage.note or "", passage.hors_charte or "")


def _passages_par_reference(avant: EditionDeReferentiel, apres: EditionDeReferentiel) -> list[Passage]:
    venues = [_passage_vers(ligne, avant.par_reference.get(ligne.reference)) for ligne in apres.lignes]
    parties = [ligne.reference for ligne in avant.lignes if ligne.reference not in apres.par_reference]
    return [*venues, *(Passage(nature=Nature.RETIRE, de=reference) for reference in parties)]


def _passage_vers(ligne: Ligne, ancienne: Ligne | None) -> Passage:
    if ancienne is None:
        return Passage(nature=Nature.NOUVEAU, vers=ligne.reference)
    nature = Nature.IDENTIQUE if ancienne.texte == ligne.texte else Nature.REFORMULE
    return Passage(nature=nature, de=ligne.reference, vers=ligne.reference)


def fautes_du_passage(table: TableDePassage, avant: EditionDeReferentiel, apres: EditionDeReferentiel) -> Iterable[str]:
    """Ce qui cloche dans une table : une ligne oubliée ou répétée, une nature que les deux textes démentent."""
    yield from _fautes_de_couverture("de", [p.de for p in table.passages if p.de], avant)
    yield from _fautes_de_couverture("vers", [p.vers for p in table.passages if p.vers], apres)
    for rang, passage in enumerate(table.passages, 1):
        for faute in _fautes_de_nature(passage, avant, apres):
            yield f"passages.{rang} : {faute}"


def _fautes_de_couverture(cle: str, citees: list[str], edition: EditionDeReferentiel) -> Iterable[str]:
    for reference in sorted(set(citees) - set(edition.par_reference)):
        yield f"passages : « {cle} » cite « {reference} », que l'édition {edition.edition} n'a pas"
    for reference in edition.par_reference:
        if (n := citees.count(reference)) != 1:
            yield f"passages : la ligne « {reference} » de {edition.edition} est citée {n} fois en « {cle} », attendu 1"


def _fautes_de_nature(passage: Passage, avant: EditionDeReferentiel, apres: EditionDeReferentiel) -> Iterable[str]:
    ancienne = avant.par_reference.get(passage.de or "")
    nouvelle = apres.par_reference.get(passage.vers or "")
    attendues = {Nature.NOUVEAU: (False, True), Nature.RETIRE: (True, False)}.get(passage.nature, (True, True))
    if (passage.de is not None, passage.vers is not None) != attendues:
        yield f"« {passage.nature} » ne va pas avec de={passage.de or 'rien'} et vers={passage.vers or 'rien'}"
        return
    if ancienne is None or nouvelle is None:
        return
    pareils = ancienne.texte == nouvelle.texte
    if pareils == (passage.nature is Nature.REFORMULE):
        yield f"« {passage.nature} », mais les deux énoncés {'sont les mêmes' if pareils else 'diffèrent'}"
    if (passage.de != passage.vers) != (passage.nature is Nature.DEPLACE) and passage.nature is not Nature.REFORMULE:
        yield f"« {passage.nature} » ne va pas avec de={passage.de} et vers={passage.vers}"
