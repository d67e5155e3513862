"""Les définitions des indicateurs : des données datées et sourcées, une par fichier.

Une définition déjà employée ne change plus : on en écrit une nouvelle version, avec sa date d'entrée en
vigueur. Un résultat porte l'`identifiant` de la définition qui l'a produit (« rupture_brute_9_mois@2026-11 »), et
l'`empreinte` couvre l'expression calculée. Un fichier peut décrire plusieurs indicateurs qui ne diffèrent que par un
paramètre (`variantes`) : « insertion_{mois}_mois » pour 6, 12, 18, 24 et 30.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from charte.commun.donnees import DonneeGelee, DonneesInvalides, lire_yaml, nom_affiche, valider_modele
from indicateurs.catalogue import Genre, charger_familles, charger_tables, charger_ventilations
from indicateurs.catalogue import SourceCitee as Source
from indicateurs.expressions import Expression, ExpressionInvalide, analyser

__all__ = [
    "DOSSIER",
    "Calcul",
    "Definition",
    "Diffusion",
    "FenetreClose",
    "Seuils",
    "Source",
    "Unite",
    "charger_definitions",
    "charger_toutes",
]

DOSSIER = Path(__file__).parent / "donnees" / "definitions"

Texte = Annotated[str, StringConstraints(min_length=3, strip_whitespace=True)]
Cle = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Diffusion = Literal["publique", "interne"]
Unite = Literal["effectif", "part", "rapport", "moyenne", "probabilite"]

_GENRES: dict[str, Genre] = {
    "cohorte": "logique",
    "cas": "logique",
    "evenement": "logique",
    "valeur": "nombre",
    "numerateur": "nombre",
    "denominateur": "nombre",
    "duree": "nombre",
}
_CHAMPS: dict[str, tuple[frozenset[str], ...]] = {
    "effectif": (frozenset({"cas"}),),
    "part": (frozenset({"cas"}), frozenset({"numerateur", "denominateur"})),
    "rapport": (frozenset({"numerateur", "denominateur"}),),
    "moyenne": (frozenset({"valeur"}),),
    "probabilite": (frozenset({"duree", "evenement"}),),
}


class Seuils(DonneeGelee):
    """Effectif sous lequel un résultat n'est pas montré, selon le public."""

    publique: Annotated[int, Field(ge=2)]
    interne: Annotated[int, Field(ge=2)]
    source: Source
    note: Texte

    def pour(self, diffusion: Diffusion) -> int:
        """Le seuil d'une diffusion."""
        return self.publique if diffusion == "publique" else self.interne


class FenetreClose(DonneeGelee):
    """Quand tout un groupe a été observé : `mois` mois après le dernier de ces jours (« rentree » : le 1er août)."""

    depuis: Literal["rentree", "debut_de_contrat", "fin_de_contrat", "fin_de_parcours"]
    mois: Annotated[int, Field(ge=0)]


class Calcul(DonneeGelee):
    """Ce qui est compté, en expressions de `indicateurs.expressions` sur une table de `donnees/tables.yaml`.

    `cohorte` : les lignes comptées. Puis, selon l'unité : `cas` (effectif, part) ; `valeur` (moyenne) ; `numerateur`
    et `denominateur`, sommés sur les lignes où les deux sont connus (rapport, part) ; `duree` et `evenement`
    (probabilité). `effectif_sur` : ce que compte le seuil, les lignes ou les parcours distincts.
    """

    table: str
    cohorte: Texte
    cas: Texte | None = None
    valeur: Texte | None = None
    numerateur: Texte | None = None
    denominateur: Texte | None = None
    duree: Texte | None = None
    evenement: Texte | None = None
    effectif_sur: Literal["lignes", "parcours"] = "lignes"

    def textes(self) -> dict[str, str]:
        """Les expressions écrites, par champ."""
        return {champ: texte for champ in _GENRES if (texte := getattr(self, champ)) is not None}


class Definition(DonneeGelee):
    """Définition datée d'un indicateur ; `denominateur` est None pour un effectif, `bornes` celles d'une échelle.

    `fenetre_close` : None pour ce qui s'observe à un jour, sans attendre.
    """

    cle: Cle
    version: Annotated[int, Field(ge=1)]
    en_vigueur_depuis: date
    libelle: Texte
    famille: Cle
    rang: Annotated[int, Field(ge=0)]
    unite: Unite
    sens: Literal["hausse", "baisse", "aucun"]
    unite_comptee: Cle
    base_cohorte: Texte
    fenetre: Texte
    fenetre_close: FenetreClose | None = None
    numerateur: Texte
    denominateur: Texte | None
    exclusions: tuple[Texte, ...]
    seuils: Seuils
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    non_modelise: tuple[Texte, ...]
    bornes: tuple[float, float] | None = None
    ventilations: tuple[Cle, ...] = ()
    calcul: Calcul
    parametres: dict[Cle, int | float | str | tuple[str, ...]]

    @model_validator(mode="after")
    def _se_tient(self) -> Self:
        if (self.unite == "effectif") != (self.denominateur is None):
            raise ValueError("un effectif n'a pas de dénominateur, une part, un rapport ou une moyenne en a un")
        if self.famille not in charger_familles():
            raise ValueError(f"famille : « {self.famille} » inconnue ; attendu : {', '.join(charger_familles())}")
        inconnues = [cle for cle in self.ventilations if cle not in charger_ventilations()]
        if inconnues:
            raise ValueError(
                f"ventilations : « {inconnues[0]} » inconnue ; attendu : {', '.join(charger_ventilations())}"
            )
        ecrits = frozenset(self.calcul.textes()) - {"cohorte"}
        if ecrits not in _CHAMPS[self.unite]:
            attendus = " ; ou ".join(", ".join(sorted(champs)) for champs in _CHAMPS[self.unite])
            raise ValueError(f"calcul : pour l'unité « {self.unite} », attendu avec la cohorte : {attendus}")
        if self.expressions.keys() != self.calcul.textes().keys():
            raise ValueError("calcul : expressions illisibles")
        return self

    @cached_property
    def expressions(self) -> dict[str, Expression]:
        """Les expressions du calcul, lues et vérifiées, par champ ; `ValueError` dit le champ et le caractère."""
        tables = charger_tables()
        if self.calcul.table not in tables:
            raise ValueError(f"calcul.table : « {self.calcul.table} » inconnue ; attendu : {', '.join(tables)}")
        colonnes = {nom: colonne.genre for nom, colonne in tables[self.calcul.table].colonnes.items()}
        lues = {}
        for champ, texte in self.calcul.textes().items():
            try:
                lues[champ] = analyser(texte, colonnes, self.parametres, _GENRES[champ])
            except ExpressionInvalide as erreur:
                raise ValueError(f"calcul.{champ} : {erreur} (table {self.calcul.table})") from erreur
        return lues

    @property
    def colonnes(self) -> frozenset[str]:
        """Les colonnes que le calcul lit."""
        return frozenset().union(*(expression.colonnes for expression in self.expressions.values()))

    @property
    def lit_les_statuts(self) -> bool:
        """Vrai si le calcul a besoin des parcours, que l'on ne calcule pas sans cela."""
        decrites = charger_tables()[self.calcul.table].colonnes
        return any(decrites[colonne].statut for colonne in self.colonnes)

    @property
    def par_enquete(self) -> bool:
        """Vrai si l'année d'une mesure est celle d'une enquête, et non la promotion d'entrée."""
        return self.calcul.table in ("satisfaction", "enquetes")

    @property
    def cle_sans_echeance(self) -> str:
        """La clé, sans « _6_mois » : la même pour les variantes d'un indicateur à plusieurs échéances."""
        return self.cle.removesuffix(f"_{self.parametres.get('mois')}_mois")

    @property
    def identifiant(self) -> str:
        """Ce que porte un résultat : clé et mois d'entrée en vigueur, ou le jour s'il n'est pas le premier du mois."""
        quand = self.en_vigueur_depuis
        return f"{self.cle}@{quand:%Y-%m}" if quand.day == 1 else f"{self.cle}@{quand:%Y-%m-%d}"

    @property
    def empreinte(self) -> str:
        """SHA-256 du contenu (64 chiffres hexadécimaux), expressions comprises, quelle que soit la mise en forme."""
        # `fenetre_close` dit ce qui se compare, non ce qui est compté : le résultat d'une version n'en change pas.
        brut = self.model_dump(mode="json", exclude={"fenetre_close"})
        contenu = json.dumps(brut, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(contenu.encode()).hexdigest()


def charger_toutes(dossier: Path = DOSSIER) -> tuple[Definition, ...]:
    """Toutes les versions de toutes les définitions, par famille et rang, puis date.

    Lève `DonneesInvalides` (fichier et champ nommés) : fichier mal formé, clé ou expression inconnue, nom de fichier
    qui ne répond pas à la clé, deux versions pour le même jour, dossier sans définition.
    """
    definitions: dict[str, Definition] = {}
    for chemin in sorted(dossier.glob("*.yaml")):
        for definition in _lire(chemin):
            if definition.identifiant in definitions:
                raise DonneesInvalides(
                    f"{nom_affiche(chemin)} : en_vigueur_depuis : {definition.identifiant} existe déjà"
                )
            definitions[definition.identifiant] = definition
    if not definitions:
        raise DonneesInvalides(f"{nom_affiche(dossier)} : aucune définition")
    return tuple(sorted(definitions.values(), key=_ordre))


def charger_definitions(au: date | None = None, dossier: Path = DOSSIER) -> dict[str, Definition]:
    """La version de chaque définition en vigueur à une date (la dernière, sans date), par clé."""
    versions = charger_toutes(dossier) if dossier != DOSSIER else _officielles()
    return {d.cle: d for d in versions if au is None or d.en_vigueur_depuis <= au}


@cache
def _officielles() -> tuple[Definition, ...]:
    return charger_toutes(DOSSIER)


def _ordre(definition: Definition) -> tuple[int, int, str, date]:
    famille = list(charger_familles()).index(definition.famille)
    return famille, definition.rang, definition.cle, definition.en_vigueur_depuis


def _lire(chemin: Path) -> Iterator[Definition]:
    """Les définitions d'un fichier : une, ou une par valeur du paramètre qui varie."""
    nom, brut = nom_affiche(chemin), lire_yaml(chemin)
    variantes = brut.pop("variantes", None) if isinstance(brut, dict) else None
    modele = str(brut.get("cle", "")) if isinstance(brut, dict) else ""
    fichier = chemin.name.split(".")[0]
    if variantes is None:
        definition = valider_modele(brut, Definition, nom)
        if fichier != definition.cle:
            raise DonneesInvalides(f"{nom} : cle : « {definition.cle} » ne répond pas au nom du fichier")
        yield definition
        return
    parametre, valeurs = _lire_variantes(variantes, modele, nom)
    if fichier != modele.replace(f"{{{parametre}}}", "x"):
        raise DonneesInvalides(
            f"{nom} : cle : « {modele} » ne répond pas au nom du fichier ({{{parametre}}} s'écrit x)"
        )
    for rang, valeur in enumerate(valeurs):
        yield valider_modele(_varier(brut, parametre, valeur, rang), Definition, nom)


def _lire_variantes(variantes: Any, modele: str, nom: str) -> tuple[str, list[int]]:
    attendu = "un paramètre et ses valeurs, par exemple {mois: [6, 12]}"
    if not isinstance(variantes, dict) or len(variantes) != 1:
        raise DonneesInvalides(f"{nom} : variantes : {attendu}")
    parametre, valeurs = next(iter(variantes.items()))
    if not isinstance(valeurs, list) or not valeurs or not all(type(valeur) is int for valeur in valeurs):
        raise DonneesInvalides(f"{nom} : variantes : {attendu}")
    if f"{{{parametre}}}" not in modele:
        raise DonneesInvalides(
            f"{nom} : cle : « {modele} » ne porte pas {{{parametre}}}, que les variantes font varier"
        )
    return str(parametre), valeurs


def _varier(brut: dict[str, Any], parametre: str, valeur: int, rang: int) -> dict[str, Any]:
    varie: dict[str, Any] = _remplacer(brut, f"{{{parametre}}}", str(valeur))
    premier = varie.get("rang")
    return {
        **varie,
        "rang": premier + rang if type(premier) is int else premier,
        "parametres": {**(varie.get("parametres") or {}), parametre: valeur},
    }


def _remplacer(contenu: Any, marque: str, valeur: str) -> Any:
    if isinstance(contenu, dict):
        return {cle: _remplacer(sous, marque, valeur) for cle, sous in contenu.items()}
    if isinstance(contenu, list):
        return [_remplacer(sous, marque, valeur) for sous in contenu]
    return contenu.replace(marque, valeur) if isinstance(contenu, str) else contenu
