"""Ce que la page des repères montre : chaque valeur en mots, avec son champ, sa source et sa mise en garde."""

from dataclasses import dataclass

from charte.commun.typographie import nombre, part
from indicateurs.definitions import Source
from indicateurs.reperes.importes import POPULATIONS, LignePubliee, en_reperes
from indicateurs.reperes.publications import dire_le_marqueur
from indicateurs.reperes.repere import Publication, Repere, charger_profils, charger_publications, reperes_livres

__all__ = ["NOMS_DES_JEUX", "GroupeDeReperes", "LigneMontree", "dire_la_valeur", "groupes_importes", "groupes_livres"]

NOMS_DES_JEUX = {
    "insersup": "InserSup",
    "inserjeunes_cfa": "InserJeunes par CFA",
    "inserjeunes_cfa_niveau": "InserJeunes par CFA et par niveau",
}


@dataclass(frozen=True)
class LigneMontree:
    """Un repère, en mots."""

    libelle: str
    valeur: str
    compte: str
    millesime: str
    territoire: str
    champ: str
    reserves: tuple[str, ...]


@dataclass(frozen=True)
class GroupeDeReperes:
    """Une publication, ou une ligne importée : son titre, sa source, sa mise en garde, ses valeurs."""

    titre: str
    source: Source
    mise_en_garde: str
    lignes: tuple[LigneMontree, ...]


def dire_la_valeur(repere: Repere) -> str:
    """« 21,0 % », « +3 points », « 130 », « n.d. (non diffusé) » ; jamais un zéro pour une valeur absente."""
    if repere.valeur is None:
        return f"n.d. ({dire_le_marqueur(repere.marqueur).partition(' : ')[2]})" if repere.marqueur else "–"
    if repere.unite == "part":
        return part(repere.valeur)
    if repere.unite == "points":
        signe = "+" if repere.valeur > 0 else "−" if repere.valeur < 0 else ""
        return f"{signe}{nombre(abs(repere.valeur), 1)} point{'s' if abs(repere.valeur) >= 2 else ''}"
    return nombre(repere.valeur)


def groupes_livres() -> tuple[GroupeDeReperes, ...]:
    """Les publications livrées avec l'outil, une à une."""
    livres = reperes_livres()
    return tuple(_publication(publication, livres) for publication in charger_publications())


def _publication(publication: Publication, livres: tuple[Repere, ...]) -> GroupeDeReperes:
    siens = [repere for repere in livres if repere.cle.startswith(f"{publication.cle}.")]
    return GroupeDeReperes(
        publication.titre, publication.source, publication.mise_en_garde, tuple(_montrer(repere) for repere in siens)
    )


def groupes_importes(lignes: tuple[LignePubliee, ...]) -> tuple[GroupeDeReperes, ...]:
    """Les lignes importées, une à une ; celle d'un jeu inconnu n'est pas montrée."""
    return tuple(groupe for ligne in lignes if (groupe := _importee(ligne)) is not None)


def _importee(ligne: LignePubliee) -> GroupeDeReperes | None:
    trouve = charger_profils().jeu(ligne.jeu)
    if trouve is None:
        return None
    nom = NOMS_DES_JEUX.get(ligne.jeu, ligne.jeu)
    population = POPULATIONS.get(ligne.population, ligne.population)
    dits = [ligne.libelle or ligne.perimetre, ligne.diplome, population, ligne.champ]
    titre = f"{nom}, {ligne.millesime} : {', '.join(dit for dit in dits if dit)}"
    reperes = tuple(_montrer(repere) for repere in en_reperes(ligne))
    return GroupeDeReperes(titre, trouve[1].source, trouve[1].mise_en_garde, reperes)


def _montrer(repere: Repere) -> LigneMontree:
    reserves = ["À vérifier." if repere.a_verifier else "", repere.note, dire_le_marqueur(repere.marqueur)]
    return LigneMontree(
        libelle=repere.libelle,
        valeur=dire_la_valeur(repere),
        compte=_compte(repere),
        millesime=repere.millesime,
        territoire=repere.territoire,
        champ=repere.champ,
        reserves=tuple(dit for dit in reserves if dit),
    )


def _compte(repere: Repere) -> str:
    if not repere.denominateur:
        return "–"
    if repere.numerateur is None:
        return f"sur {nombre(repere.denominateur)}"
    return f"{nombre(repere.numerateur)} sur {nombre(repere.denominateur)}"
