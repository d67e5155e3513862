"""Comparer ou refuser, et dire pourquoi : deux valeurs ne se comparent que si elles mesurent la même chose. Pur.

Règle de l'outil : chaque trait différent est une raison de refuser, dite en français. Un champ plus large n'en est pas
une, mais se dit. Exemples lisibles, qui sont aussi des tests : `indicateurs/donnees/exemples_comparaisons.yaml`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from indicateurs.definitions import Definition
from indicateurs.reperes.repere import Profil, Repere, charger_profils

__all__ = ["Comparable", "Refus", "comparables", "comparer", "profil_de", "trier"]

SANS_PROFIL = "l'outil ne sait pas encore ce qui s'y compare : lisez-le à part."
NIVEAU_INCONNU = "le niveau de ce périmètre n'est pas renseigné : complétez la fiche du diplôme."
MOTS: dict[str, str] = {
    "rupture_brute": "la rupture brute des contrats",
    "rupture_nette": "la rupture nette (sans retour en apprentissage)",
    "rupture_toute_duree": "la rupture sur toute la durée du contrat",
    "rupture_45_jours": "la rupture dans les 45 premiers jours",
    "contrats_interrompus": "les contrats interrompus avant leur terme",
    "interruption_en_cours": "l'interruption en cours de formation",
    "abandon": "l'abandon du parcours",
    "maintien_qar": "le maintien à la britannique (terminés sur partis)",
    "obtention": "l'obtention du diplôme par les présents",
    "aboutissement_qar": "l'aboutissement à la britannique (reçus sur partis)",
    "poursuite_d_etudes": "la poursuite d'études",
    "taux_d_emploi": "le taux d'emploi",
    "taux_d_emploi_attendu": "un taux d'emploi attendu, calculé par un modèle national",
    "valeur_ajoutee": "une valeur ajoutée, calculée par un modèle national",
    "part_d_emploi_stable": "la part d'emplois stables",
    "contrat": "des contrats",
    "apprenti": "des apprentis",
    "sortant": "des sortants",
    "inscrit": "des inscrits de dernière année",
    "repondant": "des répondants à une enquête",
    "rompus_dans_la_fenetre": "les contrats rompus dans la fenêtre",
    "rompus_sans_retour": "les contrats rompus sans retour en apprentissage",
    "rompus_avant_leur_fin": "les contrats rompus avant leur fin",
    "plus_en_formation_a_la_rentree": "qui n'est plus en formation à la rentrée suivante",
    "parcours_fini_en_abandon": "les parcours finis en abandon",
    "formation_terminee": "les formations menées à leur terme",
    "recus": "les reçus",
    "en_formation_a_la_rentree": "qui est encore en formation à la rentrée suivante",
    "en_etudes_selon_l_enquete": "qui se dit en études à l'enquête",
    "emploi_salarie_france": "le seul emploi salarié en France",
    "emploi_en_france": "l'emploi salarié en France et le non-salarié, sans l'étranger",
    "emploi_non_salarie": "le seul emploi non salarié",
    "emploi_a_l_etranger": "le seul emploi à l'étranger",
    "tout_emploi": "tout emploi",
    "emploi_stable": "les emplois stables",
    "contrats_debutes": "les contrats débutés",
    "contrats_echus": "les contrats arrivés à leur fin prévue",
    "inscrits_hors_derniere_annee": "les inscrits hors dernière année",
    "formations_finies": "les formations arrivées à leur fin",
    "presents_a_l_examen": "les présents à l'examen",
    "partis_apres_42_jours": "les partis, hors départs d'avant 42 jours",
    "repondants": "les seuls répondants",
    "repondants_en_emploi": "les seuls répondants en emploi",
    "repondants_en_emploi_ou_en_recherche": "les seuls répondants en emploi ou en recherche",
    "tous_les_sortants": "tous les sortants, répondants ou non",
    "inscrits_de_derniere_annee": "tous les inscrits de dernière année",
    "diplomes_de_l_annee": "les diplômés de l'année",
    "sortants_et_poursuivants": "les sortants et les poursuivants ensemble",
    "non_precise": "une base que sa source ne précise pas",
    "apprentis": "les apprentis",
    "tous_regimes": "tous les étudiants, apprentis ou non",
    "diplome": "les seuls diplômés",
    "non_diplome": "les seuls non-diplômés",
    "ensemble": "diplômés et non-diplômés ensemble",
    "sans_objet": "tous, sans distinction de diplôme",
}
"""Le mot de chaque trait ; un test vérifie qu'aucun ne manque."""
DEBUTS = {
    "mesure": "il mesure",
    "unite_comptee": "il compte",
    "cas": "il retient",
    "denominateur": "son dénominateur :",
    "population": "il porte sur",
    "issue": "il porte sur",
}
"""Comment se dit chaque trait, du plus lourd au plus léger."""


@dataclass(frozen=True)
class Comparable:
    """Un repère que l'on peut montrer à côté de la valeur ; `reserves` : ce qu'il faut lire avec."""

    repere: Repere
    reserves: tuple[str, ...]


@dataclass(frozen=True)
class Refus:
    """Un repère que l'outil refuse de mettre à côté de la valeur, et pourquoi (une phrase par raison)."""

    repere: Repere
    raisons: tuple[str, ...]

    @property
    def raison(self) -> str:
        """Les raisons, en un paragraphe."""
        return " ".join(raison[:1].upper() + raison[1:] for raison in self.raisons)


def profil_de(cle: str) -> Profil | None:
    """Ce que mesure un indicateur de l'outil ; None s'il n'a aucun repère possible (une satisfaction, un effectif)."""
    return charger_profils().indicateurs.get(cle)


def comparables(definition: Definition, repere: Repere, niveaux: Iterable[int] | None = None) -> Comparable | Refus:
    """Un indicateur de l'outil à côté d'un repère ; `niveaux` : ceux du périmètre (None : inconnus)."""
    return comparer(profil_de(definition.cle), repere, niveaux)


def comparer(profil: Profil | None, repere: Repere, niveaux: Iterable[int] | None = None) -> Comparable | Refus:
    """La même chose pour n'importe quel profil : deux lignes importées, par exemple."""
    if profil is None or repere.profil is None:
        return Refus(repere, (SANS_PROFIL,))
    connus = frozenset(niveaux) if niveaux is not None else frozenset()
    raisons = (*_traits(profil, repere.profil), *_niveaux(connus, repere))
    if raisons:
        return Refus(repere, raisons)
    return Comparable(repere, tuple(_reserves(profil, connus, repere)))


def trier(
    definition: Definition, reperes: Iterable[Repere], niveaux: Iterable[int] | None = None
) -> tuple[tuple[Comparable, ...], tuple[Refus, ...]]:
    """Les repères de la même famille : ceux qui se comparent, puis les refusés avec leurs raisons."""
    profil = profil_de(definition.cle)
    if profil is None:
        return (), ()
    connus = None if niveaux is None else frozenset(niveaux)
    parents = (repere for repere in reperes if repere.profil is not None and repere.profil.famille == profil.famille)
    jugements = [comparer(profil, repere, connus) for repere in parents]
    return (
        tuple(jugement for jugement in jugements if isinstance(jugement, Comparable)),
        tuple(jugement for jugement in jugements if isinstance(jugement, Refus)),
    )


def _traits(nous: Profil, lui: Profil) -> Iterator[str]:
    for trait, debut in DEBUTS.items():
        leur, notre = getattr(lui, trait), getattr(nous, trait)
        # Deux mesures différentes ne retiennent pas les mêmes cas : le redire n'apprendrait rien.
        if leur != notre and not (trait == "cas" and lui.mesure != nous.mesure):
            yield f"{debut} {MOTS[leur]} ; ici, {MOTS[notre]}."
    if lui.mesure == nous.mesure and lui.fenetre and nous.fenetre and lui.fenetre != nous.fenetre:
        yield f"il regarde à {lui.fenetre} mois ; ici, à {nous.fenetre} mois."
    if lui.cohortes != nous.cohortes:
        yield f"il cumule {_promotions(lui.cohortes)} ; ici, {_promotions(nous.cohortes)}."


def _promotions(nombre: int) -> str:
    return "une promotion à la fois" if nombre == 1 else f"{nombre} promotions"


def _niveaux(connus: frozenset[int], repere: Repere) -> Iterator[str]:
    tous = repere.niveaux >= frozenset(range(3, 9))
    if not connus and not tous:
        yield NIVEAU_INCONNU
    elif ailleurs := connus - repere.niveaux:
        yield f"il porte sur {_dire_niveaux(repere.niveaux)} ; ici, {_dire_niveaux(ailleurs)}."


def _dire_niveaux(niveaux: frozenset[int]) -> str:
    rangs = sorted(niveaux)
    if len(rangs) == 1:
        return f"le niveau {rangs[0]}"
    if len(rangs) > 2 and rangs == list(range(rangs[0], rangs[-1] + 1)):
        return f"les niveaux {rangs[0]} à {rangs[-1]}"
    return f"les niveaux {', '.join(str(rang) for rang in rangs[:-1])} et {rangs[-1]}"


def _reserves(nous: Profil, connus: frozenset[int], repere: Repere) -> Iterator[str]:
    if not connus or repere.niveaux > connus:
        yield f"Son champ est plus large : {repere.champ[:1].lower()}{repere.champ[1:]}."
    if repere.a_verifier:
        yield f"Chiffre à vérifier. {repere.note}".strip()
    elif repere.note:
        yield repere.note
    if nous.note:
        yield nous.note
