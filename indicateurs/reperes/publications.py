"""Les valeurs d'une ligne d'un jeu ouvert (InserSup, InserJeunes), et ce qui s'en déduit. Pur.

Marqueurs : `nd` non diffusé, `na` sans objet, `*` deux années cumulées, `**` cumul impossible. Un total vide se déduit
de ses trois parts si toutes sont connues, jamais autrement. Une poursuite d'études se déduit des deux effectifs.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

__all__ = ["CUMUL", "MARQUEURS", "Publie", "completer", "dire_le_marqueur"]

CUMUL = "*"
MARQUEURS = {
    "nd": "non diffusé",
    "na": "sans objet",
    CUMUL: "deux années cumulées",
    "**": "effectif trop faible, cumul impossible",
}
"""Ce que disent les marqueurs des jeux ouverts."""
TOTAL, EN_FRANCE, POURSUITE = "tx_emploi", "tx_emploi_en_france", "taux_poursuite"
PARTS_EN_FRANCE = ("tx_salarie", "tx_non_salarie")
PARTS = (*PARTS_EN_FRANCE, "tx_etranger")
_FORCE = ("", CUMUL, "**", "na", "nd")
"""Du marqueur le plus faible au plus fort : une valeur déduite porte le plus fort de ses parts."""

Groupe = Mapping[tuple[str, int], "Publie"]


@dataclass(frozen=True)
class Publie:
    """Une valeur publiée : sa colonne (sans horizon), ses mois (0 sans objet), son marqueur. Une part : une fraction.

    `deduite` : l'outil l'a calculée des autres valeurs de la ligne.
    """

    indicateur: str
    mois: int
    valeur: float | None
    numerateur: int | None = None
    denominateur: int | None = None
    marqueur: str = ""
    deduite: bool = False

    @property
    def connue(self) -> bool:
        """Vrai si un nombre est publié."""
        return self.valeur is not None


def dire_le_marqueur(marqueur: str) -> str:
    """« nd : non diffusé » ; vide sans marqueur."""
    return f"{marqueur} : {MARQUEURS.get(marqueur, 'marqueur de la source')}" if marqueur else ""


def completer(publies: Iterable[Publie]) -> tuple[Publie, ...]:
    """Les valeurs d'UNE ligne publiée et celles qui s'en déduisent ; une valeur publiée n'est jamais remplacée."""
    groupe = {(publie.indicateur, publie.mois): publie for publie in publies}
    complete = dict(groupe)
    for mois in sorted({mois for _, mois in groupe}):
        for deduite in _deduites(groupe, mois):
            cle = (deduite.indicateur, mois)
            if cle not in complete or not complete[cle].connue:
                complete[cle] = deduite
    return tuple(complete.values())


def _deduites(groupe: Groupe, mois: int) -> Iterator[Publie]:
    yield from _somme(groupe, TOTAL, PARTS, mois)
    yield from _somme(groupe, EN_FRANCE, PARTS_EN_FRANCE, mois)
    sortants, poursuivants = groupe.get(("nb_sortants", mois)), groupe.get(("nb_poursuivants", mois))
    if sortants and poursuivants and sortants.valeur is not None and poursuivants.valeur is not None:
        suivent, tous = int(poursuivants.valeur), int(poursuivants.valeur + sortants.valeur)
        if tous:
            marqueur = _le_plus_fort((sortants, poursuivants))
            yield Publie(POURSUITE, mois, suivent / tous, suivent, tous, marqueur, deduite=True)


def _somme(groupe: Groupe, nom: str, colonnes: tuple[str, ...], mois: int) -> Iterator[Publie]:
    parts = [groupe[colonne, mois] for colonne in colonnes if (colonne, mois) in groupe]
    valeurs = [Decimal(repr(part.valeur)) for part in parts if part.valeur is not None]
    if len(valeurs) == len(colonnes):
        yield Publie(
            nom, mois, float(sum(valeurs)), denominateur=parts[0].denominateur, marqueur=_le_plus_fort(parts),
            deduite=True,
        )  # fmt: skip


def _le_plus_fort(parts: Iterable[Publie]) -> str:
    return max((part.marqueur for part in parts), key=lambda m: _FORCE.index(m) if m in _FORCE else len(_FORCE))
