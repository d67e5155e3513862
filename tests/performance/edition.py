"""Cinquante rédacteurs sur les réponses des mêmes grilles : enregistré, perdu, en conflit, et en combien de temps.

    python -m tests.performance.edition [--json] [--redacteurs 50] [--enregistrements 20]

De vrais serveurs (`trajectoire serveur`, un puis deux processus), SQLite puis PostgreSQL, par HTTP. Chacun choisit une
réponse, en relève la version, tape (un instant), puis enregistre. Un refus (409) doit porter les deux textes ; il est
résolu aussitôt, en gardant le sien ou en fusionnant, jusqu'à l'accusé de réception.

« Perdu » : un enregistrement accusé que ni la base ni l'historique ne portent (`compter_les_pertes`).
"""

import argparse
import asyncio
import json
import logging
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from html import unescape
from itertools import product
from statistics import median, quantiles

import httpx
from sqlalchemy import select
from sqlmodel import col

from appli.cloison import hors_cloison
from charte.commun.base import lignes
from charte.commun.journal import EntreeJournal
from grilles.modeles import Grille, Reponse
from grilles.services import ouvrir_grille
from tests.performance.foule import ETATS, ETATS_D_ACTION, PATIENCE_S
from tests.performance.installation import BASES, Entree, Installation, faire_entrer, installer
from tests.performance.serveurs import servir
from tests.rapports.peuplement import creer_formation

PROCESSUS = (1, 2)
GRILLES = 2
FRAPPE_S = 0.4
"""Le temps de taper, au plus : assez pour qu'un autre enregistre la même réponse entre-temps."""
TENTATIVES = 50
_LIGNE = re.compile(r'action="[^"]*/grille/reponses/([^"#]+)')
_VERSION = re.compile(r'name="version" value="(\d+)"')
_VERSION_VUE = re.compile(r'name="version_vue" value="(\d+)"')

Place = tuple[int, str]
"""(formation, élément) : une réponse."""


@dataclass(frozen=True)
class Accuse:
    """Un enregistrement dont le serveur a accusé réception : où, sous quelle version, avec quel texte."""

    place: Place
    version: int
    texte: str


@dataclass
class Bilan:
    """Ce que les rédacteurs ont vécu. `durees` : secondes par enregistrement ; `fautes` : ce qui ne devait pas être."""

    accuses: list[Accuse] = field(default_factory=list)
    durees: list[float] = field(default_factory=list)
    conflits: int = 0
    fautes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Mesure:
    """Une ligne du résultat ; les temps en millisecondes."""

    base: str
    processus: int
    enregistrements: int
    perdus: int
    conflits: int
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True)
class Ecran:
    """Ce que tous ont sous les yeux : la version la plus récente qu'on ait montrée de chaque réponse."""

    versions: dict[Place, int]

    def voir(self, place: Place, version: int) -> None:
        """Retient une version, si elle est plus récente."""
        self.versions[place] = max(version, self.versions[place])


class Redacteur:
    """Une personne qui enregistre, requête après requête, d'un serveur à l'autre."""

    def __init__(self, qui: Entree, adresses: Sequence[str], ecran: Ecran, bilan: Bilan, graine: int) -> None:
        self.qui, self.ecran, self.bilan = qui, ecran, bilan
        self.hasard = random.Random(graine)  # noqa: S311
        # `verify=False` : tout est en http, et lire les autorités de certification prend 50 ms par personne.
        self.clients = [
            httpx.AsyncClient(base_url=a, timeout=PATIENCE_S, cookies=qui.cookies, headers=qui.entetes, verify=False)  # noqa: S501
            for a in adresses
        ]

    async def travailler(self, enregistrements: int) -> None:
        """Ce nombre d'enregistrements, chacun mené jusqu'à son accusé de réception."""
        try:
            for rang in range(enregistrements):
                await self._enregistrer(f"{self.qui.nom} no {rang}")
        except httpx.HTTPError as erreur:
            self.bilan.fautes.append(f"{self.qui.nom} : {erreur!r}")
        finally:
            for client in self.clients:
                await client.aclose()

    async def _enregistrer(self, texte: str) -> None:
        place = self.hasard.choice(list(self.ecran.versions))
        # « 1.S1.1 » est un engagement, « 1.1.2 » une action : chacun a son échelle.
        etats = ETATS if any(c.isalpha() for c in place[1]) else ETATS_D_ACTION
        saisies = {
            "etat": self.hasard.choice(etats),
            "commentaire": texte,
            "version": str(self.ecran.versions[place]),
        }
        await asyncio.sleep(self.hasard.uniform(0, FRAPPE_S))
        for _ in range(TENTATIVES):
            reponse, duree = await self._envoyer(place, saisies)
            if reponse.status_code == 200:
                self._retenir(place, saisies, reponse.text, duree)
                return
            if reponse.status_code != 409:
                break
            saisies = self._resoudre(place, saisies, reponse.text)
        self.bilan.fautes.append(f"{place} : {reponse.status_code}, jamais enregistré")

    async def _envoyer(self, place: Place, saisies: dict[str, str]) -> tuple[httpx.Response, float]:
        adresse = f"/diplomes/{place[0]}/grille/reponses/{place[1]}"
        debut = time.perf_counter()
        client, entetes = self.hasard.choice(self.clients), {"HX-Request": "true"}
        try:
            reponse = await client.post(adresse, data=saisies, headers=entetes)
        except (httpx.ReadError, httpx.RemoteProtocolError):
            # Le serveur a fermé une connexion gardée au moment où on s'en servait : sans réponse, on renvoie la même
            # saisie, comme le ferait la personne ; rangée deux fois, elle serait un conflit ou une perte.
            reponse = await client.post(adresse, data=saisies, headers=entetes)
        return reponse, time.perf_counter() - debut

    def _retenir(self, place: Place, saisies: dict[str, str], page: str, duree: float) -> None:
        version = int(_VERSION.findall(page)[0])
        texte = saisies["commentaire_fusion" if saisies.get("resolution") == "fusion" else "commentaire"]
        self.ecran.voir(place, version)
        self.bilan.accuses.append(Accuse(place, version, texte))
        self.bilan.durees.append(duree)

    def _resoudre(self, place: Place, saisies: dict[str, str], page: str) -> dict[str, str]:
        """Ce que l'auteur renvoie devant les deux textes ; note une faute si l'un des deux manque."""
        self.bilan.conflits += 1
        mien, sien = deux_textes(page)
        propose = saisies["commentaire_fusion" if saisies.get("resolution") == "fusion" else "commentaire"]
        if mien != propose or not sien:
            self.bilan.fautes.append(
                f"{place} : un refus montre {mien!r} et {sien!r} au lieu de {propose!r} et l'autre"
            )
        vue = _VERSION_VUE.findall(page)[0]
        self.ecran.voir(place, int(vue))
        choix = self.hasard.choice(("mien", "fusion"))
        # Un texte fusionné grossirait sans fin : on n'en garde que les deux dernières mains.
        fusion = f"{sien.splitlines()[-1] if sien else ''}\n{saisies['commentaire']}"
        return {**saisies, "resolution": choix, "version_vue": vue, "commentaire_fusion": fusion}


def deux_textes(page: str) -> tuple[str, str]:
    """(le mien, le sien) tels que les montre un refus ; vide si l'un manque."""
    morceaux = re.findall(r'<section aria-label="(Votre|L’autre) réponse">(.*?)</section>', page, re.DOTALL)
    textes = {qui: re.findall(r"<p>(.*?)</p>", dedans, re.DOTALL)[-1] for qui, dedans in morceaux}
    lus = {
        qui: "" if "Sans commentaire" in brut else unescape(brut.replace("<br>", "\n")) for qui, brut in textes.items()
    }
    return lus.get("Votre", ""), lus.get("L’autre", "")


def compter_les_pertes(ou: Installation, accuses: Iterable[Accuse]) -> int:
    """Combien d'enregistrements accusés ne sont ni dans la base ni dans l'historique.

    Chaque accusé porte une version que nul autre n'a reçue (sinon l'un a écrasé l'autre), que le journal a retenue ; et
    le texte de la dernière version est celui de la base.
    """
    en_base, historique = _lire_ce_qui_est_range(ou)
    donnees = Counter((*accuse.place, accuse.version) for accuse in accuses)
    return sum(
        donnees[(*accuse.place, accuse.version)] != 1
        or historique[(*accuse.place, accuse.version)] != 1
        or en_base.get(accuse.place, (0, ""))[0] < accuse.version
        or (en_base[accuse.place][0] == accuse.version and en_base[accuse.place][1] != accuse.texte)
        for accuse in accuses
    )


def _lire_ce_qui_est_range(ou: Installation) -> tuple[dict[Place, tuple[int, str]], Counter[tuple[int, str, int]]]:
    """(place → version et texte de la base) et (place, version → combien de fois le journal la porte)."""
    reponses = (col(c) for c in (Reponse.grille_id, Reponse.element, Reponse.version, Reponse.commentaire))
    actes = select(col(EntreeJournal.objet), col(EntreeJournal.apres))
    with hors_cloison(), ou.base.lecture() as session:
        grilles = dict(tuple(lue) for lue in lignes(session, select(col(Grille.id), col(Grille.formation_id))))
        rangees = lignes(session, select(*reponses))
        journal = lignes(session, actes.where(col(EntreeJournal.acte) == "réponse enregistrée"))
    objets = {f"grille:{grille}": formation for grille, formation in grilles.items()}
    en_base = {(grilles[grille], element): (version, texte) for grille, element, version, texte in rangees}
    return en_base, Counter((objets[objet], apres["element"], apres["version"]) for objet, apres in journal)


def mesurer(sorte: str, processus: int, redacteurs: int, enregistrements: int) -> tuple[Mesure, list[str]]:
    """Une mesure, et ce qui n'aurait pas dû être (vide si tout va bien)."""
    with installer(sorte) as ou, ExitStack() as pile:
        formations = _preparer(ou)
        entrees = [faire_entrer(ou, f"personne {rang}") for rang in range(redacteurs)]
        serveurs = [pile.enter_context(servir(ou.reglages, sans_ouvriers=rang > 0)) for rang in range(processus)]
        bilan = asyncio.run(_ensemble([s.adresse for s in serveurs], entrees, formations, enregistrements))
        fautes = bilan.fautes + [f"panne consignée : {s.sortie}" for s in serveurs if "Traceback" in s.traces()]
        perdus = compter_les_pertes(ou, bilan.accuses)
    centiles = quantiles(bilan.durees, n=20) if len(bilan.durees) > 1 else [0.0]
    p50 = median(bilan.durees) if bilan.durees else 0.0
    nombre, p95 = len(bilan.accuses), centiles[-1]
    return Mesure(sorte, processus, nombre, perdus, bilan.conflits, round(p50 * 1000, 1), round(p95 * 1000, 1)), fautes


def _preparer(ou: Installation) -> list[int]:
    """Les formations dont on remplira la grille, ouverte."""
    with hors_cloison(), ou.base.ecriture() as session:
        formations = [creer_formation(session, ou.acteur, f"diplome-{n}", f"035275{n}F") for n in range(GRILLES)]
        for formation in formations:
            ouvrir_grille(session, ou.acteur, formation)
    return formations


async def _ensemble(
    adresses: Sequence[str], entrees: Sequence[Entree], formations: Sequence[int], enregistrements: int
) -> Bilan:
    bilan, ecran = Bilan(), await _lire_les_grilles(adresses, entrees[0], formations)
    redacteurs = [Redacteur(qui, adresses, ecran, bilan, graine) for graine, qui in enumerate(entrees)]
    await asyncio.gather(*(redacteur.travailler(enregistrements) for redacteur in redacteurs))
    return bilan


async def _lire_les_grilles(adresses: Sequence[str], qui: Entree, formations: Sequence[int]) -> Ecran:
    """Chaque réponse et sa version, lues dans les pages de chaque serveur, qui charge alors ses bibliothèques."""
    versions: dict[Place, int] = {}
    for adresse in adresses:
        async with httpx.AsyncClient(base_url=adresse, timeout=PATIENCE_S, cookies=qui.cookies) as client:
            for formation, poste in product(formations, range(1, 5)):
                page = (await client.get(f"/diplomes/{formation}/grille/{poste}")).text
                morceaux = _LIGNE.split(page)[1:]
                for element, suite in zip(morceaux[::2], morceaux[1::2], strict=True):
                    versions[formation, element] = int(_VERSION.findall(suite)[0])
    return Ecran(versions)


def tout_mesurer(redacteurs: int, enregistrements: int) -> tuple[list[Mesure], list[str]]:
    """Chaque base, un puis deux processus."""
    mesures, fautes = [], []
    for sorte, processus in product(BASES, PROCESSUS):
        mesure, siennes = mesurer(sorte, processus, redacteurs, enregistrements)
        mesures.append(mesure)
        fautes += [f"{sorte}, {processus} processus, {faute}" for faute in siennes]
    return mesures, fautes


def _table(mesures: Sequence[Mesure]) -> str:
    rangs = [f"{'base':<12}{'processus':>10}{'enregistrés':>13}{'perdus':>8}{'conflits':>10}{'p50 ms':>9}{'p95 ms':>9}"]
    rangs += [
        f"{m.base:<12}{m.processus:>10}{m.enregistrements:>13}{m.perdus:>8}{m.conflits:>10}{m.p50_ms:>9.0f}{m.p95_ms:>9.0f}"
        for m in mesures
    ]
    return "\n".join(rangs)


def principale(arguments: Sequence[str] | None = None) -> int:
    """La commande ; rend 1 si quelque chose est perdu ou n'aurait pas dû être."""
    analyse = argparse.ArgumentParser(prog="python -m tests.performance.edition", description="Rédacteurs simultanés.")
    analyse.add_argument("--json", action="store_true", help="une liste JSON, sur une ligne")
    analyse.add_argument("--redacteurs", type=int, default=50)
    analyse.add_argument("--enregistrements", type=int, default=20, help="par rédacteur")
    options = analyse.parse_args(arguments)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    mesures, fautes = tout_mesurer(options.redacteurs, options.enregistrements)
    print(json.dumps([vars(m) for m in mesures]) if options.json else _table(mesures))
    for faute in fautes[:20]:
        print(faute, file=sys.stderr)
    return 1 if fautes or sum(m.perdus for m in mesures) else 0


if __name__ == "__main__":
    sys.exit(principale())
