"""Des dossiers de conseil faits à la main : le rendu se teste sans base ni calcul."""

from datetime import UTC, date, datetime
from math import sqrt
from typing import Any

from charte.chargement import charger_edition
from rapports.dossier import (
    ActionConseil,
    BlocConseil,
    DefinitionConseil,
    DossierConseil,
    EffectifConseil,
    ElementConseil,
    FormationConseil,
    IndicateurConseil,
    PerimetreConseil,
    PosteConseil,
    PreuveConseil,
    SourceConseil,
    Valeur,
)

SEUIL = 5
PREUVE = PreuveConseil(
    "Compte rendu du comité de pilotage", "https://preuves.exemple.fr/copil-2026.pdf", date(2026, 6, 12)
)
NIVEAUX = {1: "socle", 2: "en_deca", 3: "en_deca", 4: "cible"}


def wilson(numerateur: int, denominateur: int) -> tuple[float, float]:
    """Intervalle de Wilson à 95 %, écrit à part du moteur."""
    z, p, n = 1.959963984540054, numerateur / denominateur, denominateur
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    demi = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, centre - demi), min(1.0, centre + demi)


def valeur(promotion: int | None, numerateur: int, denominateur: int) -> Valeur:
    """Une valeur connue."""
    bas, haut = wilson(numerateur, denominateur)
    return Valeur(promotion, numerateur, denominateur, numerateur / denominateur, bas, haut)


def definition(**autres: Any) -> DefinitionConseil:
    """Une définition complète."""
    champs: dict[str, Any] = {
        "version": "2026-09",
        "numerateur": "contrats rompus dans les neuf mois qui suivent leur début",
        "denominateur": "contrats commencés neuf mois au moins avant la date des données",
        "exclusions": ("contrats annulés avant leur début",),
        "source": "Dares, « Les ruptures de contrats d'apprentissage », 2024",
        "limites": ("Les fins anticipées par obtention du diplôme ne se reconnaissent pas dans le fichier.",),
        "en_vigueur": date(2026, 9, 1),
    }
    return DefinitionConseil(**{**champs, **autres})


def indicateurs() -> tuple[IndicateurConseil, ...]:
    """Une baisse nette, une suite sans évolution nette, une promotion masquée, un indicateur sans valeur."""
    return (
        IndicateurConseil(
            "rupture_brute_9_mois", "Rupture brute à 9 mois", "contrats", "baisse", definition(),
            (valeur(2022, 41, 118), valeur(2023, 24, 121), valeur(2024, 11, 124)), valeur(None, 76, 363),
        ),
        IndicateurConseil(
            "rupture_nette_9_mois", "Rupture nette à 9 mois", "contrats", "baisse", definition(),
            (valeur(2022, 9, 58), valeur(2023, 8, 61), Valeur(2024)), valeur(None, 17, 119),
        ),
        IndicateurConseil(
            "rupture_duree_totale", "Rupture sur toute la durée", "contrats", "baisse", definition(limites=()),
            (valeur(2022, 12, 58), Valeur(2023, masque=True), Valeur(2024)), Valeur(None, masque=True),
        ),
        IndicateurConseil(
            "abandon", "Abandon", "apprentis", "baisse", definition(exclusions=()),
            (valeur(2022, 4, 57), valeur(2023, 5, 60), valeur(2024, 3, 61)), valeur(None, 12, 178),
        ),
        IndicateurConseil(
            "obtention", "Obtention du diplôme", "apprentis", "hausse", definition(),
            (valeur(2022, 49, 53), valeur(2023, 52, 55), Valeur(2024)), valeur(None, 101, 108),
        ),
        IndicateurConseil("echec", "Échec", "apprentis", "baisse", definition(), (Valeur(2022), Valeur(2023))),
    )  # fmt: skip


def postes(*, vide: bool = False) -> tuple[PosteConseil, ...]:
    """Les quatre postes de l'édition courante ; `vide` : aucune position."""
    return tuple(_poste(p, vide) for p in charger_edition().postes)


def _poste(poste: Any, vide: bool) -> PosteConseil:
    niveau = None if vide else NIVEAUX[poste.numero]
    manque = ("Visites : seconde rencontre à tenir",) if niveau == "en_deca" else ()
    return PosteConseil(
        poste.numero, poste.titre, niveau, manque,  # type: ignore[arg-type]
        tuple(_bloc(b.id, b.titre, b.engagements, niveau, "socle") for b in poste.socle),
        tuple(_bloc(b.id, b.titre, b.exigences, niveau, "cible") for b in poste.cible),
        tuple(_perimetre(p, vide) for p in poste.perimetres),
    )  # fmt: skip


def _bloc(identifiant: str, titre: str, puces: Any, niveau: str | None, palier: str) -> BlocConseil:
    return BlocConseil(identifiant, titre, tuple(_element(n, p, niveau, palier) for n, p in enumerate(puces)))


def _element(rang: int, puce: Any, niveau: str | None, palier: str) -> ElementConseil:
    if niveau is None:
        return ElementConseil(puce.id, puce.texte)
    atteint = niveau == "cible" or (niveau == "socle" and palier == "socle")
    etat = "tenu" if atteint or rang % 3 == 0 else ("en_partie", "non_tenu", None)[rang % 3 - 1]
    if atteint and rang == 2:
        return ElementConseil(puce.id, puce.texte, "sans_objet", motif="Aucun apprenti n'est concerné cette année.")
    preuves = (PREUVE,) if etat == "tenu" and rang % 2 == 0 else ()
    commentaire = "Fait à la rentrée, à reconduire. Le référent du CFA transmet le calendrier." if rang % 2 else ""
    return ElementConseil(puce.id, puce.texte, etat, commentaire=commentaire, preuves=preuves)  # type: ignore[arg-type]


def _perimetre(perimetre: Any, vide: bool) -> PerimetreConseil:
    etats = (None,) if vide else ("en_place", "engagee", "non_engagee", "en_place_et_evaluee", None)
    actions: list[ActionConseil] = []
    for action in perimetre.actions:
        for rang, (source, fille) in enumerate([(action, False), *((s, True) for s in action.sous_actions)]):
            etat = etats[(len(actions) + rang) % len(etats)]
            actions.append(ActionConseil(source.id, source.texte, etat, fille))  # type: ignore[arg-type]
    return PerimetreConseil(perimetre.id, perimetre.titre, tuple(actions))


def dossier(**autres: Any) -> DossierConseil:
    """Un dossier complet et plausible, entièrement fictif."""
    edition = charger_edition()
    champs: dict[str, Any] = {
        "etablissement": "Université de Valserine",
        "cfa": "CFA des Trois-Rivières",
        "cfa_interne": False,
        "formation": FormationConseil(
            "RNCP35345-25032608-0352756F", "BUT Génie mécanique et productique", "RNCP35345", "25032608", 6,
            "0352756F", "IUT de Valserine",
        ),
        "annee": 2026,
        "au": date(2026, 11, 2),
        "edite_le": datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
        "edition": edition.date_affichee,
        "empreinte_edition": edition.empreinte,
        "seuil": SEUIL,
        "postes": postes(),
        "grille": True,
        "campagne": "Campagne 2026-2027",
        "etat_campagne": "ouverte",
        "indicateurs": indicateurs(),
        "effectifs": (
            EffectifConseil("apprentis", "En apprentissage", 172),
            EffectifConseil("inscrits", "Inscrits, sans contrat encore", 14),
            EffectifConseil("rupturants", "En rupture, accompagnés par le CFA", None, masque=True),
            EffectifConseil("abandons", "Abandons", 12),
            EffectifConseil("fin_de_formation", "En fin de formation", 164),
        ),
        "sources": (
            SourceConseil("Dépôt n° 3 (tableur .xlsx)", "9f2c" * 16, date(2026, 11, 2), 363, 4),
            SourceConseil("Dépôt n° 1 (fichier .csv)", "07ab" * 16, date(2025, 10, 14), 239, 0),
        ),
    }  # fmt: skip
    return DossierConseil(**{**champs, **autres})


def dossier_vide() -> DossierConseil:
    """Une formation sans grille ni fichier."""
    return dossier(
        postes=postes(vide=True), grille=False, campagne="", etat_campagne="", indicateurs=(), effectifs=(), sources=()
    )
