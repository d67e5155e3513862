"""Des applications déjà composées, prêtées d'un essai à l'autre : composer les routes prend 0,2 s de processeur.

Une application prêtée n'emporte rien de l'essai précédent : son état entier (réglages, base, fournisseurs) est neuf, et
elle n'est rendue qu'une fois fermée. Ses routes sont celles du moment : un essai qui en ajoute en reçoit une autre.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from litestar.handlers import HTTPRouteHandler

from appli.application import Application, _gestionnaires, composer_l_etat, creer_application
from appli.base import BaseSQL
from appli.cloison import hors_cloison
from appli.cookies import nom_du_cookie
from appli.securite import empreinte_de, jeton_de_formulaire
from appli.sessions import comptes_actifs, ouvrir_session
from charte.commun.reglages import Reglages
from tests.portail import Client

_libres: dict[tuple[HTTPRouteHandler, ...], list[Application]] = defaultdict(list)


@contextmanager
def preter(reglages: Reglages, base: BaseSQL) -> Iterator[Application]:
    """Une application que personne d'autre n'emploie, sur cette base, le temps du bloc."""
    libres = _libres[tuple(_gestionnaires())]
    application = libres.pop() if libres else creer_application(reglages, base, ouvriers=False)
    application.state = composer_l_etat(reglages, base, ouvriers=False)
    yield application
    libres.append(application)


def ouvrir_un_client(pile: ExitStack, reglages: Reglages, base: BaseSQL) -> Client:
    """Un navigateur sans session, fermé avec la pile ; il ne suit pas les redirections."""
    application = pile.enter_context(preter(reglages, base))
    client = pile.enter_context(Client(application, raise_server_exceptions=False))
    client.follow_redirects = False
    return client


def ouvrir_la_session(base: BaseSQL, courriel: str) -> str:
    """Ouvre la session de ce compte sans passer par la page de connexion (ses essais à elle y passent) ; rend le jeton.

    Vérifier le mot de passe et rendre deux pages prendrait dix fois le temps de la plupart des essais.
    """
    with hors_cloison(), base.ecriture() as session:
        (compte,) = comptes_actifs(session, courriel)
        return ouvrir_session(session, compte)


def faire_entrer(client: Client, base: BaseSQL, courriel: str) -> None:
    """Range dans les cookies et les en-têtes de ce client une session ouverte pour ce compte."""
    reglages: Reglages = client.app.state.reglages
    jeton = ouvrir_la_session(base, courriel)
    client.cookies.set(nom_du_cookie(reglages), jeton, domain="testserver.local")
    client.headers["X-CSRF-Token"] = jeton_de_formulaire(reglages.cle_web, empreinte_de(jeton))
