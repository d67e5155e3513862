"""Rien de nominatif ne s'emporte sans le droit ni sans trace : chaque route qui donne un fichier est dans la table."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from appli.base import BaseSQL
from charte.acteur import Acteur, Geste, Role, peut
from charte.commun.base import lignes
from charte.commun.journal import EntreeJournal
from tests.appli.rives import Ids, acteur, autre_acteur, depart, deux_rives, reglages
from tests.appli.routes_connues import ROUTES_CONNUES
from tests.appli.test_cloisonnement import adresse, ouvrir
from tests.conftest import Client
from tests.indicateurs.imports.fabrique import ligne

__all__ = ["acteur", "autre_acteur", "depart", "deux_rives", "ouvrir", "reglages"]
Route = tuple[str, str]
NOMINATIFS: dict[Route, tuple[Geste, str]] = {
    ("POST", "/depots/{depot_id:int}/annote.xlsx"): (Geste.DEPOSER, "fichier annoté emporté"),
    ("POST", "/journal.csv"): (Geste.LIRE_JOURNAL, "journal emporté"),
    ("POST", "/donnees-personnelles/personne/extraction"): (
        Geste.GERER_PERSONNES, "données d'une personne extraites",
    ),
}  # fmt: skip
"""Route → le geste qu'elle demande, ce que le journal en dit."""
SANS_NOM: set[Route] = {
    ("GET", "/depots/modele.xlsx"),
    ("GET", "/donnees-personnelles/notice.md"),
    ("GET", "/diplomes/{formation_id:int}/conseil/graphiques/{fichier:str}"),
    ("GET", "/conseils/dossiers/{rapport_id:int}"),
    ("GET", "/actions.csv"),
    ("GET", "/actions.ics"),
    ("GET", "/actions.xlsx"),
    ("GET", "/risques.xlsx"),
    ("GET", "/audit/archives/{archive_id:int}"),
    ("GET", "/campagnes/{campagne_id:int}/suivi.csv"),
    ("GET", "/comparaisons.csv"),
    ("GET", "/diplomes/{formation_id:int}/comparaison.csv"),
    ("GET", "/diplomes/{formation_id:int}/grille/classeur.xlsx"),
    ("GET", "/diplomes/{formation_id:int}/arretes/{rentree:int}/{version:int}/contenu.json"),
    ("GET", "/preuves/{preuve_id:int}/fichiers/{rang:int}/{revision:int}"),
    ("GET", "/depots/modeles/{modele:str}"),
    ("GET", "/indicateurs/mesures.csv"),
    ("GET", "/indicateurs/mesures.parquet"),
    ("GET", "/indicateurs/mesures.xlsx"),
    ("GET", "/indicateurs/{cle:str}/figures/{figure:str}"),
    ("GET", "/ouvert/{uai:str}/{annee:int}/definitions.csv"),
    ("GET", "/ouvert/{uai:str}/{annee:int}/taux.csv"),
    ("GET", "/revues/arretees/{arretee_id:int}/contenu.json"),
    ("GET", "/revues/{revue_id:int}/revue.csv"),
}
"""Ce qui s'emporte sans rien dire d'un apprenti ; un GET n'écrit pas."""


def emportees(client: Client, ici: Ids) -> dict[Route, Any]:
    """La réponse de chaque route qui donne un fichier ; les envois qui changent quelque chose ne sont pas faits."""
    essais = [route for route in ROUTES_CONNUES if route[0] == "GET" or route in NOMINATIFS]
    reponses = {
        (methode, chemin): client.request(
            methode, adresse(chemin, ici), data=ROUTES_CONNUES[methode, chemin].saisies or None
        )
        for methode, chemin in essais
        if not chemin.startswith("/statique")
    }
    return {r: rep for r, rep in reponses.items() if "attachment" in rep.headers.get("content-disposition", "")}


def actes(base: BaseSQL, qui: Acteur) -> list[str]:
    with base.lecture() as session:
        requete = select(col(EntreeJournal.acte)).where(col(EntreeJournal.etablissement_id) == qui.etablissement_id)
        return [acte for (acte,) in lignes(session, requete)]


def test_chaque_export_est_dans_la_table(ouvrir: Callable[[Role], Client], deux_rives: tuple[Ids, Ids]) -> None:
    trouvees = emportees(ouvrir(Role.ADMINISTRATEUR), deux_rives[0])
    assert trouvees.keys() == NOMINATIFS.keys() | SANS_NOM, "dites de ce nouvel export s'il est nominatif"
    identite = ligne(0)
    secrets = [str(identite[champ]) for champ in ("nom_apprenant", "ine_apprenant", "date_de_naissance_apprenant")]
    for route in SANS_NOM:
        assert not [secret for secret in secrets if secret.encode() in trouvees[route].content], route


@pytest.mark.parametrize("route", NOMINATIFS, ids=lambda route: route[1])
@pytest.mark.parametrize("role", list(Role))
def test_un_export_nominatif_demande_le_droit_et_laisse_une_trace(
    ouvrir: Callable[[Role], Client],
    base: BaseSQL,
    acteur: Acteur,
    deux_rives: tuple[Ids, Ids],
    route: Route,
    role: Role,
) -> None:
    geste, acte = NOMINATIFS[route]
    assert ROUTES_CONNUES[route].geste is geste
    client = ouvrir(role)
    permis = peut(Acteur(acteur.etablissement_id, "essai", role), geste)
    avant = actes(base, acteur).count(acte)
    reponse = client.post(adresse(route[1], deux_rives[0]), data=ROUTES_CONNUES[route].saisies or None)
    assert (reponse.status_code == 200) is permis
    assert actes(base, acteur).count(acte) == avant + permis
    assert client.get(adresse(route[1], deux_rives[0])).status_code in (404, 405)
