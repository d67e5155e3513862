"""D'une ligne importée d'un jeu ouvert à des repères : bon niveau, bonne population, bon horizon. Pur."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from indicateurs.reperes.publications import CUMUL, Publie, completer
from indicateurs.reperes.repere import ColonnePubliee, Jeu, Profil, Repere, charger_profils

__all__ = ["LignePubliee", "en_reperes", "les_plus_recentes", "porte_sur"]

NIVEAUX_DES_DIPLOMES = {"licence": 6, "but": 6, "bachelor": 6, "master": 7, "ingenieur": 7, "management": 7}
"""Début du type de diplôme d'InserSup → niveau ; « licence professionnelle » comprise."""
_NIVEAU_DIT = re.compile(r"niveau (\d)")


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
    dits = [ligne.diplome, ligne.champ, ligne.population]
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
        precise["issue"] = "diplome" if sans_accent(ligne.population).startswith("diplom") else "ensemble"
    if "apprenti" in sans_accent(ligne.champ):
        precise["population"] = "apprentis"
    if publie.marqueur == CUMUL:
        precise["cohortes"] = 2
    return profil.model_copy(update=precise)


def _niveaux(ligne: LignePubliee, jeu: Jeu) -> frozenset[int]:
    if dit := _NIVEAU_DIT.search(sans_accent(f"{ligne.champ} {ligne.diplome} {ligne.population}")):
        return frozenset({int(dit[1])})
    diplome = sans_accent(ligne.diplome)
    trouves = {niveau for debut, niveau in NIVEAUX_DES_DIPLOMES.items() if debut in diplome}
    return frozenset(trouves) & frozenset(jeu.niveaux) or frozenset(jeu.niveaux)


def les_plus_recentes(lignes: Iterable[LignePubliee]) -> tuple[LignePubliee, ...]:
    """Pour un même jeu, périmètre, diplôme, population et champ, la ligne du dernier millésime."""
    gardees: dict[tuple[str, ...], LignePubliee] = {}
    for ligne in sorted(lignes, key=lambda ligne: ligne.millesime):
        gardees[ligne.jeu, ligne.perimetre, ligne.diplome, ligne.population, ligne.champ] = ligne
    return tuple(gardees.values())


def porte_sur(ligne: LignePubliee, diplome: str) -> bool:
    """Vrai si la ligne est un cumul (« Tout Master LMD », sans diplôme) ou nomme ce diplôme."""
    dit = sans_accent(ligne.diplome)
    mention = dit.rpartition(" – ")[2].strip()
    return not dit or "tout" in dit.split() or "toute" in dit.split() or (bool(mention) and mention in diplome)


def sans_accent(texte: str) -> str:
    """En minuscules, sans accent, pour rapprocher deux intitulés."""
    decompose = unicodedata.normalize("NFKD", texte.lower())
    return "".join(signe for signe in decompose if not unicodedata.combining(signe))
