"""Les définitions des indicateurs : des données datées et sourcées, une par fichier.

Une définition déjà employée ne change plus : on en écrit une nouvelle version, avec sa date d'entrée en
vigueur. Un résultat porte l'`identifiant` de la définition qui l'a produit (« rupture_brute_9_mois@2026-11 »).
"""

import hashlib
import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from charte.commun.donnees import DonneeGelee, DonneesInvalides, charger_modele, nom_affiche

__all__ = [
    "CLES",
    "DOSSIER",
    "Definition",
    "Diffusion",
    "Seuils",
    "Source",
    "charger_definitions",
    "charger_toutes",
]

DOSSIER = Path(__file__).parent / "donnees" / "definitions"

CLES = (
    "effectif_inscrits",
    "effectif_apprentis",
    "effectif_rupturants",
    "effectif_abandons",
    "effectif_fin_de_formation",
    "rupture_brute_9_mois",
    "rupture_nette_9_mois",
    "rupture_duree_totale",
    "abandon",
    "obtention",
    "echec",
)
"""Les indicateurs, dans l'ordre où les pages et la ligne de commande les rendent."""

Texte = Annotated[str, StringConstraints(min_length=3, strip_whitespace=True)]
Cle = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Diffusion = Literal["publique", "interne"]


class Source(DonneeGelee):
    """D'où vient une règle : titre, référence publique, jour de consultation."""

    titre: Texte
    reference: Texte
    consulte_le: date


class Seuils(DonneeGelee):
    """Effectif sous lequel un résultat n'est pas montré, selon le public."""

    publique: Annotated[int, Field(ge=2)]
    interne: Annotated[int, Field(ge=2)]
    source: Source
    note: Texte

    def pour(self, diffusion: Diffusion) -> int:
        """Le seuil d'une diffusion."""
        return self.publique if diffusion == "publique" else self.interne


class Definition(DonneeGelee):
    """Définition datée d'un indicateur ; `denominateur` est None pour un effectif."""

    cle: Cle
    version: Annotated[int, Field(ge=1)]
    en_vigueur_depuis: date
    libelle: Texte
    unite: Literal["effectif", "part"]
    sens: Literal["hausse", "baisse", "aucun"]
    unite_comptee: Literal["contrat", "apprenti", "sortant", "repondant"]
    base_cohorte: Texte
    fenetre: Texte
    numerateur: Texte
    denominateur: Texte | None
    exclusions: tuple[Texte, ...]
    seuils: Seuils
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    non_modelise: tuple[Texte, ...]
    formule: Cle
    parametres: dict[Cle, int | str]

    @model_validator(mode="after")
    def _part_et_denominateur(self) -> Self:
        if (self.unite == "part") != (self.denominateur is not None):
            raise ValueError("une part a un dénominateur, un effectif n'en a pas")
        return self

    @property
    def identifiant(self) -> str:
        """Ce que porte un résultat : clé et mois d'entrée en vigueur."""
        return f"{self.cle}@{self.en_vigueur_depuis:%Y-%m}"

    @property
    def empreinte(self) -> str:
        """SHA-256 du contenu (64 chiffres hexadécimaux), indépendant de la mise en forme du fichier."""
        contenu = json.dumps(self.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(contenu.encode()).hexdigest()


def charger_toutes(dossier: Path = DOSSIER) -> tuple[Definition, ...]:
    """Toutes les versions de toutes les définitions, par clé (ordre de `CLES`) puis date.

    Lève `DonneesInvalides` (fichier et champ nommés) : fichier mal formé, clé inconnue, nom de fichier qui
    ne commence pas par la clé, deux versions pour le même mois, dossier sans définition.
    """
    definitions: dict[str, Definition] = {}
    for chemin in sorted(dossier.glob("*.yaml")):
        definition = charger_modele(chemin, Definition)
        if chemin.name.split(".")[0] != definition.cle:
            raise DonneesInvalides(
                f"{nom_affiche(chemin)} : cle : « {definition.cle} » ne répond pas au nom du fichier"
            )
        if definition.identifiant in definitions:
            raise DonneesInvalides(f"{nom_affiche(chemin)} : en_vigueur_depuis : {definition.identifiant} existe déjà")
        definitions[definition.identifiant] = definition
    if not definitions:
        raise DonneesInvalides(f"{nom_affiche(dossier)} : aucune définition")
    return tuple(sorted(definitions.values(), key=lambda d: (_ordre(d.cle), d.en_vigueur_depuis)))


def charger_definitions(au: date | None = None, dossier: Path = DOSSIER) -> dict[str, Definition]:
    """La version de chaque définition en vigueur à une date (la dernière, sans date), par clé."""
    versions = charger_toutes(dossier) if dossier != DOSSIER else _officielles()
    return {d.cle: d for d in versions if au is None or d.en_vigueur_depuis <= au}


@cache
def _officielles() -> tuple[Definition, ...]:
    return charger_toutes(DOSSIER)


def _ordre(cle: str) -> tuple[int, str]:
    return (CLES.index(cle) if cle in CLES else len(CLES), cle)
