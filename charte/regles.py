"""Règles pures sur les parties prenantes et les formations : codes, situation de l'établissement, lien avec un CFA.

Source : charte DGESIP d'octobre 2023, 2 (« Les engagements de chacune des parties »). Un CFA externe demande une
convention ; un CFA interne, une convention ou, à défaut, un document entre le CFA et les équipes pédagogiques.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

CODE_MAXIMAL = 80
"""Caractères d'un code de formation."""


def code_formation(rncp: str, cfd: str, uai_responsable: str, uai_formateur: str) -> str:
    """Code lisible d'une formation : ses codes, puis ses lieux. `code_libre` le rend unique.

    Le lieu de formation n'est répété que s'il diffère du responsable. Exemple :
    `RNCP35345-25032608-0352756F`.
    """
    lieux = [uai_responsable] if uai_formateur == uai_responsable else [uai_responsable, uai_formateur]
    return "-".join(morceau for morceau in (rncp, cfd, *lieux) if morceau)


def code_libre(souhaite: str, pris: Collection[str]) -> str:
    """Le code souhaité, borné à `CODE_MAXIMAL` caractères ; s'il est pris, suivi de « -2 », « -3 »…"""
    code, rang = souhaite[:CODE_MAXIMAL], 2
    while code in pris:
        suffixe = f"-{rang}"
        code, rang = souhaite[: CODE_MAXIMAL - len(suffixe)] + suffixe, rang + 1
    return code


class Situation(StrEnum):
    """Comment l'établissement organise l'apprentissage, dans les termes de la charte (2)."""

    SANS_CFA = "sans_cfa"
    INTERNE = "interne"
    PARTENAIRES = "partenaires"
    MIXTE = "mixte"


def situation(internes: Iterable[bool]) -> Situation:
    """La situation d'après ses CFA ; `internes` dit, pour chacun, s'il est interne."""
    vus = set(internes)
    if not vus:
        return Situation.SANS_CFA
    if len(vus) == 2:
        return Situation.MIXTE
    return Situation.INTERNE if True in vus else Situation.PARTENAIRES


@dataclass(frozen=True)
class Lien:
    """Un texte qui lie l'établissement et un CFA. `nature` : « convention » ou « document_interne » ; fin comprise."""

    id: int
    cfa_id: int
    nature: str
    reference_document: str
    date_debut: date
    date_fin: date | None


def natures_admises(interne: bool) -> tuple[str, ...]:
    """Ce qui peut lier ce CFA à l'établissement, le plus courant d'abord."""
    return ("document_interne", "convention") if interne else ("convention",)


def lien_en_vigueur(interne: bool, liens: Sequence[Lien], jour: date) -> Lien | None:
    """Le texte admis qui court ce jour-là ; le plus récent s'ils sont plusieurs."""
    courants = (lien for lien in _admis(interne, liens) if lien.date_debut <= jour and not _passe(lien, jour))
    return max(courants, key=lambda lien: lien.date_debut, default=None)


def lien_passe(interne: bool, liens: Sequence[Lien], jour: date) -> Lien | None:
    """Le dernier texte admis qui a pris fin avant ce jour."""
    passes = (lien for lien in _admis(interne, liens) if _passe(lien, jour))
    return max(passes, key=lambda lien: lien.date_fin or lien.date_debut, default=None)


def lien_a_venir(interne: bool, liens: Sequence[Lien], jour: date) -> Lien | None:
    """Le premier texte admis qui commence après ce jour."""
    futurs = (lien for lien in _admis(interne, liens) if lien.date_debut > jour)
    return min(futurs, key=lambda lien: lien.date_debut, default=None)


def _admis(interne: bool, liens: Sequence[Lien]) -> list[Lien]:
    return [lien for lien in liens if lien.nature in natures_admises(interne)]


def _passe(lien: Lien, jour: date) -> bool:
    return lien.date_fin is not None and lien.date_fin < jour
