"""Référence naïve : la règle des parcours déroulée jour après jour, un apprenti à la fois, phrase par phrase."""

from dataclasses import dataclass
from datetime import date, timedelta

UN_JOUR = timedelta(days=1)


@dataclass(frozen=True)
class Contrat:
    debut: date
    fin: date | None = None
    rupture: date | None = None


def parcours_jour_a_jour(
    entree: date, fin: date, contrats: list[Contrat], exclusion: date | None
) -> list[tuple[date, str]]:
    """Rend les changements (jour, statut) d'un apprenti."""
    contrats = list({contrat.debut: contrat for contrat in contrats}.values())
    jours = _jours(min([entree, *(c.debut for c in contrats)]), fin)
    if not jours:
        return []
    statuts = _sans_fin(jours, fin, contrats, exclusion)
    dernier = statuts[fin]
    terminal = _terminal(contrats, fin)
    naturelle = exclusion is None and terminal is not None and terminal.rupture is None
    if naturelle and terminal is not None:
        borne = _fin_effective(terminal, fin)
        if (fin - borne).days <= 60:
            for jour in jours:
                if jour > borne and statuts[jour] in ("INSCRIT", "RUPTURANT"):
                    statuts[jour] = "FIN_DE_FORMATION"
    if dernier in ("APPRENTI", "INSCRIT") or naturelle:
        statuts[fin] = "FIN_DE_FORMATION"
    return [(j, statuts[j]) for j in jours if j == jours[0] or statuts[j] != statuts[j - UN_JOUR]]


def _jours(debut: date, fin: date) -> list[date]:
    return [debut + UN_JOUR * rang for rang in range((fin - debut).days + 1)]


def _fin_effective(contrat: Contrat, fin: date) -> date:
    if contrat.rupture is not None:
        return contrat.rupture - UN_JOUR
    return contrat.fin if contrat.fin is not None else fin


def _terminal(contrats: list[Contrat], fin: date) -> Contrat | None:
    if not contrats:
        return None
    return max(contrats, key=lambda c: (_fin_effective(c, fin), c.rupture is not None))


def _sans_fin(jours: list[date], fin: date, contrats: list[Contrat], exclusion: date | None) -> dict[date, str]:
    """Étapes 2 à 4 : un jour, un statut."""
    statuts: dict[date, str] = {}
    sans_contrat, deja = 0, False
    for jour in jours:
        couvert = any(c.debut <= jour <= _fin_effective(c, fin) for c in contrats)
        if exclusion is not None and jour >= exclusion:
            statuts[jour] = "ABANDON"
        elif couvert:
            statuts[jour], sans_contrat, deja = "APPRENTI", 0, True
        else:
            sans_contrat += 1
            if deja:
                statuts[jour] = "RUPTURANT" if sans_contrat <= 180 else "ABANDON"
            else:
                statuts[jour] = "INSCRIT" if sans_contrat <= 90 else "ABANDON"
    return statuts
