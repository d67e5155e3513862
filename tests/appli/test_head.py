"""HEAD : les en-têtes de GET, sans le corps, et rien de plus que GET à qui n'a pas le droit."""

from collections.abc import Callable

import pytest

from charte.acteur import Acteur, Geste, Role
from tests.appli.rives import Ids, acteur, autre_acteur, depart, deux_rives, reglages
from tests.appli.routes_connues import INCONNU, OBJETS, ROUTES_CONNUES
from tests.appli.test_cloisonnement import adresse, ouvrir
from tests.conftest import Client

__all__ = ["acteur", "autre_acteur", "depart", "deux_rives", "ouvrir", "reglages"]
CHANGEANTS = {"date", "set-cookie"}
LECTURES = [(chemin, cas) for (methode, chemin), cas in ROUTES_CONNUES.items() if methode == "GET"]


def entetes(client: Client, methode: str, demandee: str) -> tuple[int, dict[str, str], bytes]:
    """Statut, en-têtes comparables et corps d'une réponse."""
    reponse = client.request(methode, demandee)
    stables = {nom: valeur for nom, valeur in reponse.headers.items() if nom not in CHANGEANTS}
    return reponse.status_code, stables, reponse.content


def ecarts(client: Client, demandee: str) -> list[str]:
    """Ce que HEAD dit autrement que GET."""
    statut, recus, corps = entetes(client, "HEAD", demandee)
    attendu, attendus, _ = entetes(client, "GET", demandee)
    fautes = [f"HEAD {demandee} : {statut} au lieu de {attendu}"] if statut != attendu else []
    fautes += [f"HEAD {demandee} : un corps"] if corps else []
    # La date de production d'un document (classeur, PDF) peut en changer la taille d'un octet.
    differents = {nom for nom in recus.keys() | attendus.keys() if recus.get(nom) != attendus.get(nom)}
    return fautes + [f"HEAD {demandee} : {nom}" for nom in sorted(differents - {"content-length", "etag"})]


# Rien de ce qui répond à HEAD ne dépend du rôle : celui qui peut tout, et celui qui peut le moins.
@pytest.mark.parametrize("role", [Role.ADMINISTRATEUR, Role.MEMBRE_INSTANCE])
def test_head_repond_comme_get_et_sans_corps(
    ouvrir: Callable[[Role], Client], deux_rives: tuple[Ids, Ids], role: Role
) -> None:
    client, (ici, ailleurs) = ouvrir(role), deux_rives
    inconnus = dict.fromkeys(set(OBJETS.values()), INCONNU)
    fautes = []
    for chemin, _ in LECTURES:
        if not chemin.startswith("/statique"):
            for ids in (ici, ailleurs, inconnus):
                fautes += ecarts(client, adresse(chemin, ids))
    assert not fautes, "\n".join(fautes)


def test_head_sans_session_mene_a_la_connexion(client_anonyme: Client, deux_rives: tuple[Ids, Ids]) -> None:
    for chemin, cas in LECTURES:
        if cas.geste is not Geste.PUBLIC:
            reponse = client_anonyme.head(adresse(chemin, deux_rives[1]))
            assert (reponse.status_code, reponse.content) == (303, b""), chemin
            assert reponse.headers["location"].startswith("/connexion")


def test_head_d_une_adresse_qui_ne_fait_qu_ecrire_est_refuse(client: Client, acteur: Acteur) -> None:
    reponse = client.head("/deconnexion")
    assert (reponse.status_code, reponse.content) == (405, b"")
    assert client.get("/").status_code == 200
