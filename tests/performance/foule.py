"""Des personnes simulées : chacune garde sa connexion, lit, répond dans les grilles, cite des preuves, dépose."""

import asyncio
import random
import re
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field

import httpx

from tests.appli.univers import FICHIER_CSV
from tests.conftest import MOT_DE_PASSE, jeton_de

PATIENCE_S = 60.0
"""Au-delà, c'est un blocage."""
GESTES = (
    ("accueil", 20), ("grille", 20), ("poste", 15), ("indicateurs", 10), ("dossier", 10), ("réponse", 18),
    ("preuve", 5), ("dépôt", 2),
)  # fmt: skip
"""Ce qu'on fait, et combien de fois sur cent."""
ETATS = ("tenu", "en_partie", "non_tenu")
ETATS_D_ACTION = ("non_engagee", "engagee", "en_place")
_ARTICLE = re.compile(r'action="([^"]*/grille)/reponses/([^"#]+)')
_VERSION = re.compile(r'name="version" value="(\d+)"')


@dataclass(frozen=True)
class Lieu:
    """Ce que la foule peut ouvrir."""

    formations: tuple[int, ...]
    courriels: tuple[str, ...]


@dataclass
class Bilan:
    """Ce qui s'est passé. `textes` : par réponse, sa plus haute version confirmée et le commentaire qu'elle porte."""

    durees: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    statuts: Counter[int] = field(default_factory=Counter)
    acquises: Counter[str] = field(default_factory=Counter)
    textes: dict[tuple[int, str], tuple[int, str]] = field(default_factory=dict)
    pannes: list[str] = field(default_factory=list)
    actifs: set[str] = field(default_factory=set)
    duree_s: float = 0.0

    @property
    def derniers_textes(self) -> set[str]:
        """Le texte de la plus haute version confirmée de chaque réponse : personne n'a écrit après."""
        return {texte for _, texte in self.textes.values()}

    @property
    def debit(self) -> float:
        """Requêtes par seconde."""
        return sum(map(len, self.durees.values())) / self.duree_s

    def table(self) -> str:
        """Une ligne par sorte de geste : nombre, 50e, 95e et 99e centiles, en millisecondes."""
        rangs = [f"{'geste':<12}{'nombre':>8}{'p50':>8}{'p95':>8}{'p99':>8}  ms"]
        for geste, durees in sorted(self.durees.items()):
            triees = sorted(durees)
            centiles = (triees[min(len(triees) - 1, len(triees) * part // 100)] * 1000 for part in (50, 95, 99))
            rangs.append(f"{geste:<12}{len(triees):>8}" + "".join(f"{c:>8.0f}" for c in centiles))
        dits = ", ".join(f"{statut} : {nombre}" for statut, nombre in sorted(self.statuts.items()))
        return "\n".join([*rangs, f"statuts {dits} ; écritures confirmées {dict(self.acquises)}"])


class Foule:
    """Une personne par courriel ; chacune va d'un serveur à l'autre, requête après requête."""

    def __init__(self, lieu: Lieu, adresses: list[str], lecture_s: float) -> None:
        self.lieu, self.adresses, self.lecture_s = lieu, adresses, lecture_s
        self.bilan = Bilan()
        self._cookies: dict[str, dict[str, str]] = {}
        self._jetons: dict[str, str] = {}

    async def entrer(self) -> None:
        """Chacun se connecte par la page de connexion ; la première visite de chaque page ne compte pas."""
        await asyncio.gather(*(self._se_connecter(courriel) for courriel in self.lieu.courriels))
        # Un serveur charge ses bibliothèques à la première page qui s'en sert : une fois par démarrage, pas par visite.
        cookies, formation = self._cookies[self.lieu.courriels[0]], self.lieu.formations[0]
        for adresse in self.adresses:
            async with httpx.AsyncClient(base_url=adresse, timeout=PATIENCE_S, cookies=cookies) as client:
                for page in ("/", "/indicateurs", *(f"/diplomes/{formation}/{fin}" for fin in ("grille/1", "conseil"))):
                    assert (await client.get(page)).status_code == 200, page

    async def vivre(self, duree_s: float) -> Bilan:
        """Chacun agit pendant `duree_s` secondes, puis finit son geste."""
        courriels = self.lieu.courriels
        personnes = [Personne(self, courriel, random.Random(rang)) for rang, courriel in enumerate(courriels)]  # noqa: S311
        for personne in personnes:
            personne.ouvrir(self._cookies[personne.courriel], self._jetons[personne.courriel])
        debut = time.perf_counter()
        await asyncio.gather(*(self._agir(personne, debut + duree_s) for personne in personnes))
        self.bilan.duree_s = time.perf_counter() - debut
        return self.bilan

    async def _se_connecter(self, courriel: str) -> None:
        async with httpx.AsyncClient(base_url=self.adresses[0], timeout=PATIENCE_S) as client:
            page = await client.get("/connexion")
            saisies = {"_csrf": jeton_de(page.text), "courriel": courriel, "mot_de_passe": MOT_DE_PASSE}
            reponse = await client.post("/connexion", data=saisies)
            assert reponse.status_code == 303, reponse.status_code
            self._jetons[courriel] = jeton_de((await client.get("/accessibilite")).text)
            self._cookies[courriel] = dict(client.cookies)

    async def _agir(self, personne: "Personne", fin: float) -> None:
        try:
            await asyncio.sleep(personne.hasard.uniform(0, self.lecture_s))
            while time.perf_counter() < fin:
                await personne.faire_un_geste()
                await asyncio.sleep(personne.hasard.expovariate(1 / self.lecture_s) if self.lecture_s else 0)
        except (httpx.HTTPError, TimeoutError) as erreur:
            self.bilan.pannes.append(f"{personne.courriel} : {erreur!r}")
        finally:
            await personne.fermer()


class Personne:
    """Une personne connectée, et ce qu'elle a sous les yeux : des lignes de grille avec leur version."""

    def __init__(self, foule: Foule, courriel: str, hasard: random.Random) -> None:
        self.foule, self.courriel, self.hasard = foule, courriel, hasard
        self.bilan = foule.bilan
        self.lignes: list[tuple[int, str, int]] = []
        self.clients: list[httpx.AsyncClient] = []
        self.numero = 0

    def ouvrir(self, cookies: dict[str, str], jeton: str) -> None:
        """Une connexion gardée ouverte par serveur."""
        entetes = {"X-CSRF-Token": jeton}
        self.clients = [
            # `verify=False` : tout est en http, et lire les autorités de certification prend 50 ms par personne.
            httpx.AsyncClient(base_url=adresse, timeout=PATIENCE_S, cookies=cookies, headers=entetes, verify=False)  # noqa: S501
            for adresse in self.foule.adresses
        ]

    async def fermer(self) -> None:
        """Rend les connexions."""
        for client in self.clients:
            await client.aclose()

    async def faire_un_geste(self) -> None:
        """Un geste au hasard."""
        noms, poids = zip(*GESTES, strict=True)
        geste = self.hasard.choices(noms, poids)[0]
        self.numero += 1
        if geste in ("réponse", "preuve") and not self.lignes:
            geste = "poste"
        formation = self.hasard.choice(self.foule.lieu.formations)
        pages = {
            "accueil": "/",
            "grille": f"/diplomes/{formation}/grille",
            "indicateurs": "/indicateurs",
            "dossier": f"/diplomes/{formation}/conseil",
        }
        match geste:
            case "poste":
                await self._lire_un_poste(formation)
            case "réponse":
                await self._repondre()
            case "preuve":
                await self._citer()
            case "dépôt":
                await self._deposer()
            case lue:
                await self._demander(lue, "GET", pages[lue])

    async def _demander(self, geste: str, methode: str, adresse: str, **envoi: object) -> httpx.Response:
        client = self.clients[self.numero % len(self.clients)]
        debut = time.perf_counter()
        reponse = await client.request(methode, adresse, **envoi)  # type: ignore[arg-type]
        self.bilan.durees[geste].append(time.perf_counter() - debut)
        self.bilan.statuts[reponse.status_code] += 1
        self.bilan.actifs.add(self.courriel)
        if reponse.status_code not in (200, 303, 409):
            self.bilan.pannes.append(f"{methode} {adresse} : {reponse.status_code}")
        return reponse

    async def _lire_un_poste(self, formation: int) -> None:
        reponse = await self._demander("poste", "GET", f"/diplomes/{formation}/grille/{self.hasard.randint(1, 4)}")
        # Chaque ligne de la page est un formulaire : son adresse, puis sa version.
        morceaux = _ARTICLE.split(reponse.text)[1:]
        self.lignes = [
            (formation, element, int(trouve[1]))
            for element, suite in zip(morceaux[1::3], morceaux[2::3], strict=True)
            if (trouve := _VERSION.search(suite))
        ]

    async def _repondre(self) -> None:
        """Range une réponse ; devant un conflit, relit la ligne et laisse celle de l'autre."""
        rang = self.hasard.randrange(len(self.lignes))
        formation, element, version = self.lignes[rang]
        texte = f"{self.courriel} {self.numero}"
        # « 1.S1.1 » est un engagement, « 1.1.2 » une action : chacun a son échelle.
        etats = ETATS if any(c.isalpha() for c in element) else ETATS_D_ACTION
        saisies = {"etat": self.hasard.choice(etats), "commentaire": texte, "version": str(version)}
        adresse = f"/diplomes/{formation}/grille/reponses/{element}"
        reponse = await self._demander("réponse", "POST", adresse, data=saisies, headers={"HX-Request": "true"})
        if reponse.status_code == 200:
            self.bilan.acquises["reponse"] += 1
            rangee = int(_VERSION.findall(reponse.text)[0])
            self.lignes[rang] = (formation, element, rangee)
            self._noter_le_texte(formation, element, rangee, texte)
        else:
            self.lignes = []

    def _noter_le_texte(self, formation: int, element: str, version: int, texte: str) -> None:
        derniere = self.bilan.textes.get((formation, element), (0, ""))
        self.bilan.textes[formation, element] = max(derniere, (version, texte))

    async def _citer(self) -> None:
        formation, element, _ = self.hasard.choice(self.lignes)
        saisies = {
            "titre": f"Preuve {self.courriel} {self.numero}",
            "adresse": "https://intranet.exemple.invalid/a.pdf",
        }
        adresse = f"/diplomes/{formation}/grille/preuves/{element}"
        reponse = await self._demander("preuve", "POST", adresse, data=saisies, headers={"HX-Request": "true"})
        self.bilan.acquises["preuve"] += reponse.status_code == 200

    async def _deposer(self) -> None:
        fichier = {"fichier": (f"{self.courriel}-{self.numero}.csv", FICHIER_CSV)}
        reponse = await self._demander("dépôt", "POST", "/depots", files=fichier)
        self.bilan.acquises["depot"] += reponse.status_code == 303
