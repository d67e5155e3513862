"""À quel parcours rattacher une ligne d'une source : les codes de formation d'abord, les dates ensuite (pur)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

CODES = ("rncp", "cfd", "uai_responsable", "uai_formateur")


@dataclass(frozen=True, slots=True)
class Refus:
    """Une ligne laissée de côté : laquelle, pourquoi, et ce qu'on peut y faire. Rien de nominatif."""

    ligne: int
    raison: str
    remede: str


@dataclass(frozen=True, slots=True)
class ParcoursConnu:
    """Un parcours rangé, par ce qui le désigne ; `codes` : dans l'ordre de `CODES`, vide si non communiqué."""

    id: int
    codes: tuple[str, str, str, str]
    date_entree: date
    date_fin: date


@dataclass(frozen=True, slots=True)
class Demande:
    """Ce que la ligne dit du parcours qu'elle vise ; tout est facultatif.

    `du`, `au` : la période dont parle la ligne, qu'un parcours doit croiser. `annee_de_fin` : celle d'un examen ou
    d'une sortie, qui départage deux parcours.
    """

    codes: tuple[str, str, str, str] = ("", "", "", "")
    date_entree: date | None = None
    du: date | None = None
    au: date | None = None
    annee_de_fin: int | None = None


INCONNUE = (
    "Aucun apprenti rangé n'a cette identité.",
    "Déposez d'abord le fichier des apprentis où il figure, ou vérifiez nom, prénom, date de naissance et INE.",
)
INE_PARTAGE = (
    "Plusieurs apprentis rangés portent cet INE.",
    "Donnez aussi le nom, le prénom et la date de naissance.",
)
AUTRE_FORMATION = (
    "Cet apprenti est connu, mais aucun de ses parcours n'est dans cette formation.",
    "Vérifiez les codes (RNCP, diplôme, UAI), ou déposez d'abord le fichier des apprentis de cette formation.",
)
HORS_PERIODE = (
    "Aucun des parcours de cet apprenti ne couvre cette période.",
    "Vérifiez l'année ou les dates de la ligne.",
)
PLUSIEURS = (
    "Plusieurs parcours de cet apprenti conviennent.",
    "Précisez la formation (RNCP, code diplôme, UAI) ou la date d'entrée.",
)


def codes_compatibles(rangs: Sequence[str], dits: Sequence[str]) -> bool:
    """Vrai si aucun code dit des deux côtés ne diffère ; un code absent ne contredit rien."""
    return all(not dit or not rang or dit == rang for rang, dit in zip(rangs, dits, strict=True))


def choisir_parcours(candidats: Sequence[ParcoursConnu], demande: Demande) -> ParcoursConnu | tuple[str, str]:
    """Le seul parcours que la ligne peut viser, ou (raison, remède) de ne pas choisir."""
    if not candidats:
        return INCONNUE
    restants = [c for c in candidats if codes_compatibles(c.codes, demande.codes)]
    if not restants:
        return AUTRE_FORMATION
    restants = [c for c in restants if _croise(c, demande)]
    if not restants:
        return HORS_PERIODE
    for convient in (_meme_entree, _meme_fin, _memes_codes):
        if len(restants) > 1:
            restants = [c for c in restants if convient(c, demande)] or restants
    return restants[0] if len(restants) == 1 else PLUSIEURS


def _croise(candidat: ParcoursConnu, demande: Demande) -> bool:
    if demande.du is None or demande.au is None:
        return True
    return candidat.date_entree <= demande.au and demande.du <= candidat.date_fin


def _meme_entree(candidat: ParcoursConnu, demande: Demande) -> bool:
    return demande.date_entree == candidat.date_entree


def _meme_fin(candidat: ParcoursConnu, demande: Demande) -> bool:
    return demande.annee_de_fin == candidat.date_fin.year


def _memes_codes(candidat: ParcoursConnu, demande: Demande) -> bool:
    return all(rang == dit for rang, dit in zip(candidat.codes, demande.codes, strict=True) if dit)
