"""Des milliers de requêtes au hasard sur toutes les routes, sous tous les rôles : jamais un 500, rien de cassé.

La suite ordinaire en essaie quelques centaines, toujours les mêmes. Pour davantage, avec une graine neuve, affichée :

    TRAJECTOIRE_ESSAIS=5000 pytest tests/fuzz -k hasard -s -n0

Rejouer ce qui a échoué : la même commande, avec `TRAJECTOIRE_GRAINE=` la graine affichée.
"""

import asyncio
import itertools
import logging
import os
import re
import secrets
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from appli.application import Application
from appli.base import BaseSQL
from appli.statiques import prefixe_statique
from charte.acteur import Acteur, Role
from charte.commun.reglages import Reglages
from indicateurs.imports.modele_vide import modele_vide
from tests.appli.routes_connues import OBJETS, ROUTES_CONNUES, VALEURS
from tests.appli.test_cloisonnement import adresse
from tests.appli.univers import peupler_un_etablissement
from tests.conftest import Client, creer_compte
from tests.fuzz.saisies import Cible, Terrain, envois
from tests.fuzz.sonde import Envoi, Plaintes, Recue, envoyer, fautes
from tests.grilles.conftest import creer_collegue

ESSAIS, GRAINE = 300, 2026
REPEUPLER = 400
"""Essais au bout desquels on range de nouveaux objets : les précédents ont été fermés, retirés ou renommés."""
_FORMULAIRE = re.compile(r'<form[^>]*\baction="([^"?#]*)[^>]*>(.*?)</form>', re.DOTALL)
_CHAMP = re.compile(r'<(?:input|select|textarea|button)[^>]*\bname="([^"]+)"')


@dataclass
class Essayeur:
    """Joue des envois sous un acteur et garde ce qui ne va pas, groupé par cause."""

    application: Application
    ouvrir: Callable[[Acteur | None, Role], Client]
    plaintes: Plaintes
    acteur: Acteur | None = None
    sessions: dict[str, Client] = field(default_factory=dict)
    statuts: Counter[int] = field(default_factory=Counter)
    trouvees: dict[str, Envoi] = field(default_factory=dict)
    joues: int = 0

    def jouer(self, boucle: asyncio.Runner, envoi: Envoi) -> None:
        """Joue un envoi ; note ses fautes."""
        self.joues += 1
        signe = self._signer(envoi)
        try:
            recue = boucle.run(envoyer(self.application, signe))
            causes = fautes(signe, recue, self.plaintes.vider())
            self.statuts[recue.statut] += 1
        except Exception as erreur:  # tout ce qui s'échappe est une faute
            recue = Recue()
            causes = [f"échappé : {''.join(traceback.format_exception(erreur)[-6:])}"]
            self.plaintes.vider()
        for cause in causes:
            self.trouvees.setdefault(_sans_detail(cause), signe)
        if recue.entete(b"location").startswith(b"/connexion") and envoi.qui != "anonyme" and not _cookies_de(envoi):
            self.sessions.pop(envoi.qui, None)

    def _signer(self, envoi: Envoi) -> Envoi:
        """Le même envoi avec le cookie et le jeton de son auteur, sauf s'il porte déjà les siens."""
        client = self.sessions.get(envoi.qui) or self.sessions.setdefault(envoi.qui, self._session(envoi.qui))
        cookies = "; ".join(f"{c.name}={c.value}" for c in client.cookies.jar).encode()
        siens = ((b"cookie", cookies), (b"x-csrf-token", client.headers.get("X-CSRF-Token", "").encode()))
        portes = {nom for nom, _ in envoi.entetes}
        return replace(envoi, entetes=(*envoi.entetes, *(e for e in siens if e[0] not in portes)))

    def _session(self, qui: str) -> Client:
        return self.ouvrir(None, Role.LECTEUR) if qui == "anonyme" else self.ouvrir(self.acteur, Role(qui))


def _cookies_de(envoi: Envoi) -> bool:
    return any(nom == b"cookie" for nom, _ in envoi.entetes)


def _sans_detail(cause: str) -> str:
    """Une cause sans l'adresse demandée ni le haut de la pile : les mêmes pannes se comptent une fois."""
    cause = "\n".join(cause.splitlines()[:1] + cause.splitlines()[1:][-6:])
    return re.sub(r"(Erreur imprévue sur \w+) .*? : ", r"\1 … : ", cause, count=1, flags=re.DOTALL)


def cibles_de(client: Client, ids: dict[str, int]) -> list[Cible]:
    """Chaque route connue, avec les champs que les pages montrent pour elle."""
    champs: dict[str, set[str]] = {}
    for methode, chemin in ROUTES_CONNUES:
        if methode == "GET" and not chemin.startswith("/statique"):
            page = client.get(adresse(chemin, ids)).text
            for action, contenu in _FORMULAIRE.findall(page):
                champs.setdefault(action or adresse(chemin, ids), set()).update(_CHAMP.findall(contenu))
    return [
        Cible(
            m,
            c.replace("/statique", prefixe_statique()),
            tuple(sorted(champs.get(adresse(c, ids), ()))),
            cas.saisies,
            cas.fichiers or {},
        )
        for (m, c), cas in ROUTES_CONNUES.items()
    ]


def valeurs_de(ids: dict[str, int]) -> dict[str, list[str]]:
    """Paramètre d'adresse → les valeurs qui mènent à un objet d'ici."""
    return {nom: [str(ids[sorte])] for nom, sorte in OBJETS.items()} | {nom: [v] for nom, v in VALEURS.items()}


def terrain_de(cibles: list[Cible], ids: dict[str, int]) -> Terrain:
    """Le terrain des essais autour de ces objets."""
    champs = sorted({nom for cible in cibles for nom in (*cible.saisies, *cible.champs)} | {
        "au", "perimetre", "brut", "annee", "filtre", "q", "suite", "numero", "compte", "resolution", "version_vue"
    })  # fmt: skip
    return Terrain(cibles, valeurs_de(ids), champs, ["anonyme", *(role.value for role in Role)])


@pytest.fixture
def plaintes() -> Iterator[Plaintes]:
    """Écoute tout ce qui se consigne d'au moins « erreur »."""
    ecoute = Plaintes()
    logging.getLogger().addHandler(ecoute)
    yield ecoute
    logging.getLogger().removeHandler(ecoute)


@pytest.fixture
def essayeur(
    application: Application,
    base: BaseSQL,
    plaintes: Plaintes,
    navigateur: Callable[[], Client],
    connecter: Callable[[Acteur], Client],
) -> Essayeur:
    """De quoi jouer des envois sous chaque rôle d'un établissement."""
    noms = itertools.count()

    def ouvrir(acteur: Acteur | None, role: Role) -> Client:
        if acteur is None:
            return navigateur()
        return connecter(creer_collegue(base, acteur, role, f"essayeur {next(noms)}"))

    return Essayeur(application, ouvrir, plaintes)


def graine_et_essais() -> tuple[int, int]:
    """La graine et le nombre d'essais : ceux de l'environnement, sinon fixes (quelques centaines)."""
    essais = int(os.environ.get("TRAJECTOIRE_ESSAIS", ESSAIS))
    neuve = secrets.randbelow(2**32) if essais > ESSAIS else GRAINE
    return int(os.environ.get("TRAJECTOIRE_GRAINE", neuve)), essais


@dataclass
class Fabrique:
    """Fait un établissement au complet, chaque fois neuf, et le terrain des essais autour de lui."""

    base: BaseSQL
    reglages: Reglages
    essayeur: Essayeur
    terrain: Terrain = field(default_factory=lambda: Terrain([], {}, [], []))
    faits: int = 0

    def renouveler(self) -> None:
        """Un établissement neuf : dans le précédent, les essais ont fermé, retiré ou renommé les objets."""
        self.faits += 1
        nom = f"Université d'essai {self.faits}"
        acteur = creer_compte(self.base, nom, Role.REFERENT_QUALITE, f"referent{self.faits}@essai.invalid")
        ids = peupler_un_etablissement(self.base, acteur, self.reglages, f"marque-{self.faits}")
        self.essayeur.acteur = acteur
        self.essayeur.sessions.clear()
        if self.faits == 1:
            self.terrain = terrain_de(cibles_de(self.essayeur.ouvrir(acteur, Role.ADMINISTRATEUR), ids), ids)
        self.terrain.valeurs.update(valeurs_de(ids))


@pytest.mark.timeout(3600)
@pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning")
def test_au_hasard_jamais_une_erreur_de_l_outil(essayeur: Essayeur, base: BaseSQL, reglages: Reglages) -> None:
    graine, essais = graine_et_essais()
    fabrique = Fabrique(base, reglages, essayeur)
    fabrique.renouveler()
    print(f"\n{base.moteur.dialect.name} : {essais} essais, TRAJECTOIRE_GRAINE={graine}")
    debut = time.perf_counter()
    with asyncio.Runner() as boucle:

        @settings(
            max_examples=essais, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @hypothesis.seed(graine)
        @given(envoi=envois(fabrique.terrain, modele_vide()))
        def essayer(envoi: Envoi) -> None:
            if essayeur.joues and essayeur.joues % REPEUPLER == 0:
                fabrique.renouveler()
            essayeur.jouer(boucle, envoi)

        essayer()
    duree = time.perf_counter() - debut
    print(f"{essayeur.joues} requêtes en {duree:.0f} s, statuts {dict(sorted(essayeur.statuts.items()))}")
    dites = [f"{cause}\n  par {envoi}" for cause, envoi in essayeur.trouvees.items()]
    assert not dites, f"TRAJECTOIRE_GRAINE={graine} : {len(dites)} causes\n\n" + "\n\n".join(dites)
    assert essayeur.joues == essais
    assert {200, 303, 404, 422} <= set(essayeur.statuts), "les essais n'atteignent plus les pages"
