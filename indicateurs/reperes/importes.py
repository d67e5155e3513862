"""D'une ligne importée d'un jeu ouvert à des repères : bon niveau, bonne population, bon horizon. Pur."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from indicateurs.reperes.publications import CUMUL, Publie, completer
from indicateurs.reperes.repere import ColonnePubliee, Jeu, Profil, Repere, charger_profils

__all__ = ["LignePubliee", "en_reperes", "les_plus_recentes", "porte_sur"]

NIVEAUX_DES_DIPLOMES = {"licence": 6, "but": 6, "bachelor": 6, "master": 7, "ingenieur": 7, "management": 7}
"""Début d'un mot du type de diplôme d'InserSup → niveau ; « licence professionnelle » comprise."""
NIVEAUX_DES_APPRENTIS = {"cap": 3, "bp": 4, "bac": 4, "bts": 5}
"""Début d'un mot du niveau de formation d'InserJeunes → niveau."""
POPULATIONS = {
    "diplome": "diplômés",
    "non_diplome": "non-diplômés",
    "ensemble": "diplômés et non-diplômés ensemble",
}
"""Le code de la population d'une ligne (`obtention_diplome`), en mots : toujours dite."""
_NIVEAU_DIT = re.compile(r"niveau\s*:?\s*(?:niveau\s*)?(\d)")
_NIVEAU_NOMME = re.compile(r"niveau\s*:\s*([a-z]+)")
_PROMOTION = re.compile(r"promotion (\d{4})")


@dataclass(frozen=True)
class LignePubliee:
    """Une ligne d'un jeu : qui, quoi, quand, pour quelle population, et ses valeurs (une par colonne et horizon)."""

    jeu: str
    millesime: str
    perimetre: str
    libelle: str
    diplome: str
    population: str
    champ: str
    publies: tuple[Publie, ...]

    @property
    def cle(self) -> tuple[str, ...]:
        """Ce qui distingue cette ligne de toutes les autres."""
        return (self.jeu, self.millesime, self.perimetre, self.libelle, self.diplome, self.population, self.champ)


def en_reperes(ligne: LignePubliee) -> tuple[Repere, ...]:
    """Les repères d'une ligne, déductions comprises ; une ligne d'un jeu que l'outil ne connaît pas n'en donne pas."""
    trouve = charger_profils().jeu(ligne.jeu)
    return tuple(_reperes(ligne, *trouve)) if trouve else ()


def _reperes(ligne: LignePubliee, nom: str, jeu: Jeu) -> Iterator[Repere]:
    dits = [ligne.diplome, POPULATIONS.get(ligne.population, ligne.population), ligne.champ]
    for publie in completer(ligne.publies):
        colonne = jeu.colonnes.get(publie.indicateur) or ColonnePubliee(libelle=f"Colonne {publie.indicateur}")
        horizon = f" à {publie.mois} mois" if publie.mois else ""
        yield Repere(
            cle=".".join((nom, ligne.millesime, ligne.perimetre, *dits, publie.indicateur, str(publie.mois))),
            libelle=f"{colonne.libelle}{horizon}",
            valeur=publie.valeur,
            unite=colonne.unite,
            millesime=ligne.millesime,
            territoire=ligne.libelle or ligne.perimetre,
            champ=" ; ".join(dit for dit in dits if dit) or "tous",
            niveaux=_niveaux(ligne, jeu),
            profil=_profil(ligne, colonne.profil, publie),
            mise_en_garde=jeu.mise_en_garde,
            source=jeu.source,
            note="Valeur déduite par l'outil des autres colonnes de la ligne." if publie.deduite else "",
            numerateur=publie.numerateur,
            denominateur=publie.denominateur,
            marqueur=publie.marqueur,
            origine="importe",
        )


def _profil(ligne: LignePubliee, profil: Profil | None, publie: Publie) -> Profil | None:
    """Le profil de la colonne, précisé par la ligne : horizon, diplômés ou ensemble, régime, années cumulées."""
    if profil is None:
        return None
    precise: dict[str, object] = {"fenetre": publie.mois or None}
    if profil.issue == "sans_objet" and ligne.population:
        precise["issue"] = ligne.population if ligne.population in POPULATIONS else "ensemble"
    if "apprenti" in sans_accent(ligne.champ):
        precise["population"] = "apprentis"
    if publie.marqueur == CUMUL:
        precise["cohortes"] = 2
    return profil.model_copy(update=precise)


def _niveaux(ligne: LignePubliee, jeu: Jeu) -> frozenset[int]:
    """Le niveau que la ligne dit, celui de son diplôme, sinon tous ceux du jeu."""
    champ = sans_accent(ligne.champ)
    if dit := _NIVEAU_DIT.search(champ):
        return frozenset({int(dit[1])})
    nomme = _NIVEAU_NOMME.search(champ)
    mots = {*re.split(r"[^a-z]+", sans_accent(ligne.diplome)), *(nomme.groups() if nomme else ())}
    connus = NIVEAUX_DES_DIPLOMES | (NIVEAUX_DES_APPRENTIS if nomme else {})
    trouves = {niveau for debut, niveau in connus.items() for mot in mots if mot.startswith(debut)}
    return frozenset(trouves) & frozenset(jeu.niveaux) or frozenset(jeu.niveaux)


def les_plus_recentes(lignes: Iterable[LignePubliee]) -> tuple[LignePubliee, ...]:
    """Pour un même jeu, périmètre, diplôme, population et champ, la ligne du dernier millésime."""
    gardees: dict[tuple[str, ...], LignePubliee] = {}
    for ligne in sorted(lignes, key=lambda ligne: (_promotion(ligne), ligne.millesime)):
        gardees[ligne.jeu, ligne.perimetre, ligne.diplome, ligne.population, ligne.champ] = ligne
    return tuple(gardees.values())


def _promotion(ligne: LignePubliee) -> str:
    """« 2022 » de « 2025_S2, promotion 2022 » ; vide si le millésime ne la dit pas."""
    dite = _PROMOTION.search(ligne.millesime)
    return dite[1] if dite else ""


def porte_sur(ligne: LignePubliee, diplome: str) -> bool:
    """Vrai si la ligne est un cumul (« Tout Master LMD », sans diplôme) ou nomme ce diplôme."""
    dit = sans_accent(ligne.diplome)
    mention = dit.rpartition(" – ")[2].strip()
    return not dit or "tout" in dit.split() or "toute" in dit.split() or (bool(mention) and mention in diplome)


def sans_accent(texte: str) -> str:
    """En minuscules, sans accent, pour rapprocher deux intitulés."""
    decompose = unicodedata.normalize("NFKD", texte.lower())
    return "".join(signe for signe in decompose if not unicodedata.combining(signe))
