"""Ce que la page de comparaison montre : les éditions publiées, celles qu'on a choisies, leurs différences."""

from dataclasses import dataclass

from charte import chargement
from charte.comparaison import Differences, comparer_editions

_LONGUEUR_CITEE = 20


@dataclass(frozen=True)
class ChoixRefuse:
    """Une édition demandée qui n'est pas publiée : le champ et le remède."""

    champ: str
    message: str


@dataclass(frozen=True)
class VueComparaison:
    """`editions` : (identifiant, date en clair), la plus ancienne d'abord.

    `differences` est None s'il n'y a rien à comparer : une seule édition publiée, ou un choix refusé.
    """

    editions: tuple[tuple[str, str], ...]
    avant: str
    apres: str
    courante: str
    differences: Differences | None = None
    erreurs: tuple[ChoixRefuse, ...] = ()


def voir_comparaison(avant: str = "", apres: str = "") -> VueComparaison:
    """La comparaison demandée ; sans choix, celle des deux dernières éditions publiées."""
    ids = chargement.editions_disponibles()
    editions = tuple((i, f"{chargement.charger_edition(i).date_affichee} ({i})") for i in ids)
    if len(ids) < 2:
        return VueComparaison(editions, "", "", chargement.EDITION_COURANTE)
    avant, apres = avant or ids[-2], apres or ids[-1]
    erreurs = tuple(
        ChoixRefuse(
            champ, f"L’édition « {choix[:_LONGUEUR_CITEE]} » n’est pas publiée ; choisissez {' ou '.join(ids)}."
        )
        for champ, choix in (("avant", avant), ("apres", apres))
        if choix not in ids
    )
    differences = None if erreurs else comparer_editions(*map(chargement.charger_edition, (avant, apres)))
    return VueComparaison(editions, avant, apres, chargement.EDITION_COURANTE, differences, erreurs)
