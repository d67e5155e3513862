"""Les repères à côté d'un indicateur, en mots : millésime, champ, source, mise en garde ; un refus dit sa raison."""

from collections.abc import Sequence
from dataclasses import dataclass

from indicateurs.definitions import Source
from indicateurs.reperes.comparabilite import Comparable, Refus
from indicateurs.reperes.repere import Repere
from indicateurs.reperes.vues import dire_la_valeur
from indicateurs.vues.traces import RepereTrace

__all__ = ["RepereMontre", "montrer_les_reperes", "repere_a_tracer"]


@dataclass(frozen=True)
class RepereMontre:
    """Un repère prêt à lire. `a_savoir` : les réserves d'une comparaison, ou la raison d'un refus."""

    libelle: str
    valeur: str
    millesime: str
    territoire: str
    champ: str
    source: Source
    mise_en_garde: str
    a_savoir: str
    comparable: bool


def montrer_les_reperes(comparables: Sequence[Comparable], refus: Sequence[Refus]) -> tuple[RepereMontre, ...]:
    """Ceux qui se comparent d'abord, puis les refusés."""
    return (
        *(_montrer(c.repere, " ".join(c.reserves), comparable=True) for c in comparables),
        *(_montrer(r.repere, r.raison, comparable=False) for r in refus),
    )


def _montrer(repere: Repere, a_savoir: str, *, comparable: bool) -> RepereMontre:
    return RepereMontre(
        libelle=repere.libelle,
        valeur=dire_la_valeur(repere),
        millesime=repere.millesime,
        territoire=repere.territoire,
        champ=repere.champ,
        source=repere.source,
        mise_en_garde=repere.mise_en_garde,
        a_savoir=a_savoir,
        comparable=comparable,
    )


def repere_a_tracer(comparables: Sequence[Comparable]) -> RepereTrace | None:
    """Celui que la figure nomme : des repères comparables, celui qui couvre le moins de niveaux."""
    parts = [c.repere for c in comparables if c.repere.valeur is not None and c.repere.unite == "part"]
    if not parts:
        return None
    choisi = min(parts, key=lambda repere: len(repere.niveaux))
    return RepereTrace(f"{choisi.territoire}, {choisi.millesime}", choisi.valeur or 0.0)
