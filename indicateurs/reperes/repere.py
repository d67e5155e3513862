"""Un repère : une valeur publiée ailleurs, et tout ce qui dit si elle se compare à une des nôtres. Pur.

Les repères livrés sont dans `indicateurs/donnees/reperes/` (un fichier par publication), ce que mesurent nos
indicateurs et les jeux importés dans `indicateurs/donnees/profils_de_comparaison.yaml`.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from charte.commun.donnees import DonneeGelee, DonneesInvalides, charger_modele, nom_affiche
from indicateurs.definitions import Source

__all__ = [
    "DOSSIER",
    "Jeu",
    "Profil",
    "Profils",
    "Publication",
    "Repere",
    "charger_profils",
    "charger_publications",
    "reperes_livres",
]

DOSSIER = Path(__file__).parents[1] / "donnees" / "reperes"
PROFILS = Path(__file__).parents[1] / "donnees" / "profils_de_comparaison.yaml"

Texte = Annotated[str, StringConstraints(min_length=3, strip_whitespace=True)]
Cle = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Niveau = Annotated[int, Field(ge=3, le=8)]
Unite = Literal["part", "points", "effectif"]
Famille = Literal["rupture", "interruption", "obtention", "poursuite", "insertion", "valeur_ajoutee"]


class Profil(DonneeGelee):
    """Ce qu'une valeur mesure, trait par trait ; deux valeurs se comparent si leurs traits sont les mêmes.

    `fenetre` : en mois, None si elle n'a pas de sens. `issue` : les seuls diplômés, les seuls non-diplômés, ou tous.
    `cohortes` : combien de promotions sont cumulées. `note` : ce qu'il faut dire en plus d'une comparaison permise.
    """

    famille: Famille
    mesure: Cle
    unite_comptee: Literal["contrat", "apprenti", "sortant", "inscrit", "repondant"]
    cas: Cle
    denominateur: Cle
    fenetre: int | None = None
    population: Literal["apprentis", "tous_regimes"]
    issue: Literal["diplome", "non_diplome", "ensemble", "sans_objet"] = "sans_objet"
    cohortes: Annotated[int, Field(ge=1, le=5)] = 1
    note: str = ""


class RepereLivre(DonneeGelee):
    """Une valeur d'une publication. `valeur` : fraction pour une part. `a_verifier` : sans source relue."""

    cle: Cle
    libelle: Texte
    valeur: float
    unite: Unite = "part"
    millesime: Texte
    territoire: Texte
    champ: Texte
    niveaux: Annotated[tuple[Niveau, ...], Field(min_length=1)]
    profil: Cle
    a_verifier: bool = False
    note: str = ""

    @model_validator(mode="after")
    def _une_part_est_une_fraction(self) -> Self:
        if self.unite == "part" and not 0 <= self.valeur <= 1:
            raise ValueError(f"une part s'écrit en fraction, de 0 à 1 : {self.valeur:g}")
        return self


class Publication(DonneeGelee):
    """Un fichier de repères : d'où ils viennent, ce qu'ils mesurent, ce qu'il faut savoir avant de les lire."""

    cle: Cle
    titre: Texte
    source: Source
    mise_en_garde: Texte
    profils: dict[Cle, Profil]
    reperes: Annotated[tuple[RepereLivre, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _profils_et_cles(self) -> Self:
        cles = [repere.cle for repere in self.reperes]
        if doubles := sorted({cle for cle in cles if cles.count(cle) > 1}):
            raise ValueError(f"repère donné deux fois : {', '.join(doubles)}")
        if absents := sorted({repere.profil for repere in self.reperes} - set(self.profils)):
            raise ValueError(f"profil inconnu : {', '.join(absents)}")
        return self


class ColonnePubliee(DonneeGelee):
    """Une colonne d'un jeu ouvert : son libellé, son unité, ce qu'elle mesure (None : elle ne se compare à rien)."""

    libelle: Texte
    unite: Unite = "part"
    profil: Profil | None = None


class Jeu(DonneeGelee):
    """Un jeu de données ouvertes que l'on importe, et ce que mesurent ses colonnes."""

    titre: Texte
    source: Source
    mise_en_garde: Texte
    niveaux: Annotated[tuple[Niveau, ...], Field(min_length=1)]
    colonnes: dict[Cle, ColonnePubliee]


class Profils(DonneeGelee):
    """Ce que mesurent nos indicateurs, puis les jeux importés, par leur clé ; `comme` y reprend un modèle."""

    indicateurs: dict[Cle, Profil]
    jeux: dict[Cle, Jeu]

    @model_validator(mode="before")
    @classmethod
    def _reprendre_les_modeles(cls, brut: Any) -> Any:
        if not isinstance(brut, dict):
            return brut
        modeles = brut.get("modeles") or {}
        return {cle: _reprendre(valeur, modeles) for cle, valeur in brut.items() if cle != "modeles"}

    def jeu(self, cle: str) -> tuple[str, Jeu] | None:
        """Le jeu dont cette clé est un format (« inserjeunes_cfa » est du jeu « inserjeunes ») ; sinon None."""
        return next(((nom, jeu) for nom, jeu in self.jeux.items() if cle.startswith(nom)), None)


def _reprendre(valeur: Any, modeles: dict[str, Any]) -> Any:
    """Chaque groupe qui dit `comme: nom` reçoit les traits de ce modèle, puis les siens."""
    if not isinstance(valeur, dict):
        return valeur
    dits = {cle: _reprendre(sous, modeles) for cle, sous in valeur.items() if cle != "comme"}
    if "comme" not in valeur:
        return dits
    if valeur["comme"] not in modeles:
        raise ValueError(f"modèle inconnu : {valeur['comme']}")
    return {**modeles[valeur["comme"]], **dits}


@dataclass(frozen=True)
class Repere:
    """Une valeur publiée, livrée ou importée. `marqueur` : nd, na, *, ** ; sans valeur, il dit pourquoi.

    `valeur` : fraction pour une part, nombre sinon. `niveaux` : ceux qu'elle couvre. `profil` None : rien à comparer.
    `origine` : « livre » (dans l'outil) ou « importe » (fichier déposé).
    """

    cle: str
    libelle: str
    valeur: float | None
    unite: Unite
    millesime: str
    territoire: str
    champ: str
    niveaux: frozenset[int]
    profil: Profil | None
    mise_en_garde: str
    source: Source
    a_verifier: bool = False
    note: str = ""
    numerateur: int | None = None
    denominateur: int | None = None
    marqueur: str = ""
    origine: Literal["livre", "importe"] = "livre"


def charger_publications(dossier: Path = DOSSIER) -> tuple[Publication, ...]:
    """Toutes les publications, par nom de fichier. Lève `DonneesInvalides` (fichier et champ nommés)."""
    publications = []
    for chemin in sorted(dossier.glob("*.yaml")):
        publication = charger_modele(chemin, Publication)
        if chemin.stem != publication.cle:
            raise DonneesInvalides(
                f"{nom_affiche(chemin)} : cle : « {publication.cle} » ne répond pas au nom du fichier"
            )
        publications.append(publication)
    if not publications:
        raise DonneesInvalides(f"{nom_affiche(dossier)} : aucune publication")
    return tuple(publications)


@cache
def charger_profils(chemin: Path = PROFILS) -> Profils:
    """Ce que mesurent nos indicateurs et les jeux importés."""
    return charger_modele(chemin, Profils)


@cache
def reperes_livres() -> tuple[Repere, ...]:
    """Les repères livrés avec l'outil, dans l'ordre des fichiers."""
    return tuple(_livre(publication, livre) for publication in charger_publications() for livre in publication.reperes)


def _livre(publication: Publication, livre: RepereLivre) -> Repere:
    return Repere(
        cle=f"{publication.cle}.{livre.cle}",
        libelle=livre.libelle,
        valeur=livre.valeur,
        unite=livre.unite,
        millesime=livre.millesime,
        territoire=livre.territoire,
        champ=livre.champ,
        niveaux=frozenset(livre.niveaux),
        profil=publication.profils[livre.profil],
        mise_en_garde=publication.mise_en_garde,
        source=publication.source,
        a_verifier=livre.a_verifier,
        note=livre.note,
    )
