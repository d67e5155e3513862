"""Ce que l'on demande d'office à chaque public : une lecture de l'outil, datée, par édition de la charte."""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from charte.chargement import charger_edition
from charte.commun.donnees import DonneeGelee, DonneesInvalides, charger_modele, nom_affiche
from charte.concernes import elements_evalues
from charte.textes import Identifiant, Source, Texte
from grilles.avis.regles import ELEMENTS_MAXIMAUX

DOSSIER = Path(__file__).parent / "donnees"


class Propose(DonneeGelee):
    """Un élément proposé, et pourquoi ce public peut en dire quelque chose."""

    element: Identifiant
    raison: Texte


Proposes = Annotated[tuple[Propose, ...], Field(min_length=1, max_length=ELEMENTS_MAXIMAUX)]


class Publics(DonneeGelee):
    """Les deux publics."""

    apprentis: Proposes
    employeurs: Proposes


class Preselection(DonneeGelee):
    """Le fichier d'une édition ; `nature` dit partout que ce choix n'est pas de la charte."""

    edition: str
    nature: Literal["lecture de l’outil"]
    etablie_le: date
    source: Source
    publics: Publics

    def de(self, public: str) -> Mapping[str, str]:
        """Pour un public : élément → raison, dans l'ordre du fichier."""
        proposes: Proposes = getattr(self.publics, public)
        return {propose.element: propose.raison for propose in proposes}


@lru_cache(maxsize=8)
def charger_preselection(edition: str) -> Mapping[str, Mapping[str, str]]:
    """Par public, élément → raison ; rien de proposé pour une édition qui n'a pas encore son fichier.

    Lève `DonneesInvalides` si le fichier est fautif.
    """
    chemin = DOSSIER / f"{edition}.yaml"
    if not chemin.exists():
        return {"apprentis": {}, "employeurs": {}}
    lue = lire_preselection(chemin)
    return {"apprentis": lue.de("apprentis"), "employeurs": lue.de("employeurs")}


def lire_preselection(chemin: Path) -> Preselection:
    """Lit un fichier et le vérifie contre le texte de son édition."""
    lue = charger_modele(chemin, Preselection)
    fautes = [f"{nom_affiche(chemin)} : {faute}" for faute in _fautes(lue)]
    if fautes:
        raise DonneesInvalides("\n".join(fautes))
    return lue


def _fautes(lue: Preselection) -> Iterator[str]:
    connus = {element.id for element in elements_evalues(charger_edition(lue.edition))}
    for public in ("apprentis", "employeurs"):
        proposes = [propose.element for propose in getattr(lue.publics, public)]
        yield from (f"publics.{public}.{e} : la charte n'a pas cet élément évalué" for e in proposes if e not in connus)
        yield from (
            f"publics.{public}.{e} : donné deux fois" for e in sorted({e for e in proposes if proposes.count(e) > 1})
        )
