"""Référence naïve des indicateurs : des boucles, un apprenti et un contrat à la fois, au mot des définitions."""

import calendar
from dataclasses import dataclass
from datetime import date

from tests.indicateurs.reference_parcours import Contrat, parcours_jour_a_jour


@dataclass(frozen=True)
class Jeune:
    """Un parcours et ses contrats, pour les tests."""

    personne: int
    groupe: tuple[str, str, str, str]
    entree: date
    fin: date
    exclusion: date | None
    obtention: bool | None
    contrats: tuple[Contrat, ...]


Compte = tuple[int, int]


def plus_mois(jour: date, mois: int) -> date:
    rang = jour.year * 12 + jour.month - 1 + mois
    annee, mois_de_l_annee = rang // 12, rang % 12 + 1
    return date(annee, mois_de_l_annee, min(jour.day, calendar.monthrange(annee, mois_de_l_annee)[1]))


def promotion(entree: date) -> str:
    debut = entree.year if entree.month >= 8 else entree.year - 1
    return f"{debut}-{debut + 1}"


def compter(jeunes: list[Jeune], au: date) -> dict[tuple[tuple[str, ...], str], dict[str, Compte]]:
    """Par groupe et promotion, puis par indicateur : (numérateur, cohorte)."""
    tout: dict[tuple[tuple[str, ...], str], dict[str, Compte]] = {}
    for rang, jeune in enumerate(jeunes):
        comptes = tout.setdefault((jeune.groupe, promotion(jeune.entree)), {})
        for cle, dans, cas in [*_apprenti(jeune, au), *_contrats(jeunes, rang, au)]:
            numerateur, cohorte = comptes.get(cle, (0, 0))
            comptes[cle] = (numerateur + int(dans and cas), cohorte + int(dans))
    return tout


def _retenus(jeune: Jeune) -> list[Contrat]:
    return list({contrat.debut: contrat for contrat in jeune.contrats}.values())


def _apprenti(jeune: Jeune, au: date) -> list[tuple[str, bool, bool]]:
    frise = parcours_jour_a_jour(jeune.entree, jeune.fin, list(jeune.contrats), jeune.exclusion)
    passes = [statut for depuis, statut in frise if depuis <= au]
    statut, commence = (passes[-1] if passes else ""), bool(passes)
    noms = {
        "effectif_inscrits": "INSCRIT",
        "effectif_apprentis": "APPRENTI",
        "effectif_rupturants": "RUPTURANT",
        "effectif_abandons": "ABANDON",
        "effectif_fin_de_formation": "FIN_DE_FORMATION",
    }
    resultats = [(cle, commence, statut == nom) for cle, nom in noms.items()]
    dernier = frise[-1][1] if frise else ""
    resultats.append(("abandon", jeune.fin <= au, dernier == "ABANDON"))
    connu = jeune.obtention is not None
    resultats.append(("obtention", connu, jeune.obtention is True))
    resultats.append(("echec", connu, jeune.obtention is False))
    return resultats


def _contrats(jeunes: list[Jeune], rang: int, au: date) -> list[tuple[str, bool, bool]]:
    resultats = []
    for contrat in _retenus(jeunes[rang]):
        rupture = contrat.rupture
        tot = rupture is not None and contrat.debut <= rupture < plus_mois(contrat.debut, 9)
        revient = rupture is not None and any(
            rupture <= autre.debut < plus_mois(rupture, 6)
            for autre_rang, autre_jeune in enumerate(jeunes)
            if autre_jeune.personne == jeunes[rang].personne
            for autre in _retenus(autre_jeune)
            if (autre_rang, autre.debut) != (rang, contrat.debut)
        )
        resultats.append(("rupture_brute_9_mois", plus_mois(contrat.debut, 9) <= au, tot))
        resultats.append(("rupture_nette_9_mois", plus_mois(contrat.debut, 15) <= au, tot and not revient))
        echu = contrat.fin is not None and contrat.fin <= au
        avant = rupture is not None and contrat.fin is not None and rupture < contrat.fin
        resultats.append(("rupture_duree_totale", echu, avant))
    return resultats
