"""Ce que les pages du dépôt montrent, prêt à écrire : causes groupées, pages d'anomalies, noms français des champs."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from litestar.response import Redirect

from charte.commun.web import vers
from indicateurs.imports.coffre import Coffre, PieceIllisible
from indicateurs.imports.diagnostic import Diagnostic
from indicateurs.imports.fautes import BLOQUANT
from indicateurs.imports.services import DepotVu, diagnostic_du_depot
from indicateurs.sources.correspondance import format_de

ANOMALIES_PAR_PAGE = 100
NOMS_DES_CHAMPS = {
    "annee_scolaire": "année scolaire",
    "annee_formation": "année de formation",
    "date_inscription": "date d’inscription",
    "date_entree": "date d’entrée",
    "date_fin": "date de fin",
    "date_exclusion": "date d’exclusion",
    "cause_exclusion": "cause d’exclusion",
    "obtention": "diplôme obtenu",
    "date_obtention": "date d’obtention",
    "duree_mois": "durée (mois)",
    "date_rupture": "date de rupture",
    "cause_rupture": "cause de rupture",
    "siret_employeur": "SIRET de l’employeur",
    "motif_rupture": "motif de la rupture",
    "effectif_employeur": "effectif de l’employeur",
    "sexe": "sexe",
    "rqth": "reconnaissance de travailleur handicapé",
    "annee_naissance": "année de naissance",
    "present": "présent à l’examen",
    "admis": "admis",
    "prevues": "heures prévues",
    "realisees": "heures réalisées",
    "prevue_du": "prévue à partir du",
    "prevue_au": "prévue jusqu’au",
    "tenue_le": "tenue le",
    "repondu": "a répondu",
    "situation": "situation",
    "type_contrat": "type de contrat",
    "adequation": "adéquation au diplôme",
    "recherche_mois": "durée de recherche (mois)",
    "note": "note",
    "note_min": "note la plus basse possible",
    "note_max": "note la plus haute possible",
}
_CHOIX = "choix-"


def vue_du_diagnostic(diagnostic: Diagnostic | None, numero: int) -> dict[str, Any]:
    """Variables de la page de diagnostic ; sans diagnostic (illisible, purgé), les listes sont vides."""
    if diagnostic is None:
        return {"diagnostic": None, "bloquantes": (), "avertissements": (), "anomalies": (), "numero": 1, "pages": 1}
    causes = diagnostic.par_cause()
    pages = max(1, -(-len(diagnostic.anomalies) // ANOMALIES_PAR_PAGE))
    numero = min(max(1, numero), pages)
    debut = (numero - 1) * ANOMALIES_PAR_PAGE
    return {
        "diagnostic": diagnostic,
        "bloquantes": [cause for cause in causes if cause.gravite == BLOQUANT],
        "avertissements": [cause for cause in causes if cause.gravite != BLOQUANT],
        "anomalies": diagnostic.anomalies[debut : debut + ANOMALIES_PAR_PAGE],
        "numero": numero,
        "pages": pages,
    }


def diagnostic_lisible(depot: DepotVu, coffre: Coffre) -> Diagnostic | None:
    """Diagnostic gardé d'un dépôt, ou None s'il n'y en a pas, s'il est purgé, ou si sa pièce est altérée."""
    if depot.purge or depot.etat not in ("diagnostique", "confirme"):
        return None
    try:
        return diagnostic_du_depot(depot, coffre)
    except PieceIllisible:
        return None


def nom_annote(nom_fichier: str) -> str:
    """Nom du classeur rendu : « apprentis.csv » → « apprentis-annote.xlsx »."""
    return f"{PurePath(nom_fichier).stem or 'fichier'}-annote.xlsx"


def champs_a_prendre(saisies: Mapping[str, str]) -> frozenset[str]:
    """Les champs (« parcours.date_entree ») dont on prend la valeur du fichier plutôt que celle d'une autre source."""
    return frozenset(
        nom.removeprefix(_CHOIX) for nom, valeur in saisies.items() if nom.startswith(_CHOIX) and valeur == "prendre"
    )


def titre_du_format(depot: DepotVu) -> str:
    """Le nom du format sous lequel un dépôt est lu ; vide tant qu'on ne le sait pas."""
    return "" if depot.a_preciser else format_de(depot.format).titre


def suivre(depot_id: int, travail_id: int | None) -> Redirect:
    """La page du dépôt, ou celle du travail qui y mène."""
    but = f"/depots/{depot_id}"
    return vers(f"/travaux/{travail_id}?suite={but}" if travail_id else but)
