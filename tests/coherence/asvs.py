"""Le tableau de sécurité : ses données (docs/securite/asvs.yaml) et sa mise en forme dans docs/securite.md.

`python -m tests.coherence.asvs` récrit, dans le document, ce qui est entre les repères « asvs ».
"""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from charte.commun.donnees import DonneeGelee, charger_modele
from tests.coherence.fichiers import RACINE

DONNEES = RACINE / "docs" / "securite" / "asvs.yaml"
DOCUMENT = RACINE / "docs" / "securite.md"
REPERE = re.compile(r"(<!-- asvs:(\w+) -->\n).*?(<!-- /asvs -->)", re.DOTALL)
Ligne = Annotated[str, StringConstraints(min_length=3, pattern=r"^[^|\n]+$")]


class Etat(StrEnum):
    """Ce que l'on peut dire d'une exigence."""

    TENU = "tenu"
    EN_PARTIE = "tenu en partie"
    SANS_OBJET = "sans objet"
    EXPLOITANT = "à la charge de l'exploitant"
    NON_TENU = "non tenu"


class Exigence(DonneeGelee):
    """Une exigence de l'ASVS, dans nos mots, et où nous en sommes."""

    numero: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    niveau: int = Field(ge=1, le=2)
    exige: Ligne
    etat: Etat
    preuve: tuple[Ligne, ...] = ()
    raison: Ligne | None = None

    @model_validator(mode="after")
    def _prouvee_ou_motivee(self) -> "Exigence":
        if self.etat in (Etat.TENU, Etat.EN_PARTIE) and not self.preuve:
            raise ValueError(f"{self.numero} est dite « {self.etat.value} » sans preuve")
        if self.etat is not Etat.TENU and not self.raison:
            raise ValueError(f"{self.numero} est dite « {self.etat.value} » sans raison")
        return self


class Chapitre(DonneeGelee):
    """Un chapitre de l'ASVS."""

    numero: int = Field(ge=1, le=17)
    titre: Ligne
    exigences: tuple[Exigence, ...]


class Norme(DonneeGelee):
    """Le texte de référence et sa licence."""

    titre: Ligne
    version: Ligne
    date: Ligne
    auteur: Ligne
    source: Ligne
    licence: Ligne


class Tableau(DonneeGelee):
    """L'ASVS, niveaux 1 et 2, ligne à ligne."""

    norme: Norme
    releve_le: Ligne
    chapitres: tuple[Chapitre, ...]

    @property
    def exigences(self) -> list[Exigence]:
        """Toutes les exigences, dans l'ordre."""
        return [exigence for chapitre in self.chapitres for exigence in chapitre.exigences]


@cache
def charger_le_tableau() -> Tableau:
    """Les données, lues strictement. Lève `DonneesInvalides`."""
    return charger_modele(DONNEES, Tableau)


def fonctions_de(fichier: Path) -> Iterator[ast.FunctionDef]:
    """Les fonctions d'un module de test, avec leurs décorateurs."""
    for noeud in ast.walk(ast.parse(fichier.read_text("utf-8"))):
        if isinstance(noeud, ast.FunctionDef):
            yield noeud


def titres_de(document: Path) -> set[str]:
    """Les ancres des titres d'un document, telles qu'une forge les compose."""
    titres = re.findall(r"^#+ +(.+)$", document.read_text("utf-8"), flags=re.MULTILINE)
    return {ancre(titre) for titre in titres}


def ancre(titre: str) -> str:
    """« L'état : 3 lignes » donne « létat--3-lignes »."""
    return re.sub(r"[^\w\- ]", "", titre.strip().lower()).replace(" ", "-")


def rediger(document: str, tableau: Tableau) -> str:
    """Le document, ses parties entre repères récrites."""
    parties = {"synthese": _synthese, "manques": _manques, "exploitant": _exploitant, "tableau": _tableau}
    return REPERE.sub(lambda m: f"{m[1]}\n{parties[m[2]](tableau)}\n\n{m[3]}", document)


def _synthese(tableau: Tableau) -> str:
    lignes = [
        f"Relevé du {tableau.releve_le} : {_compter(tableau.exigences)}.",
        "",
        "| Chapitre | " + " | ".join(etat.value.capitalize() for etat in Etat) + " | Lignes |",
        "|---|" + "---:|" * (len(Etat) + 1),
    ]
    for chapitre in tableau.chapitres:
        comptes = Counter(e.etat for e in chapitre.exigences)
        cases = [str(comptes[etat] or "") for etat in Etat]
        lien = f"[{chapitre.numero}. {chapitre.titre}](#{ancre(_titre(chapitre))})"
        lignes.append(f"| {lien} | {' | '.join(cases)} | {len(chapitre.exigences)} |")
    totaux = Counter(e.etat for e in tableau.exigences)
    cases = [f"**{totaux[etat]}**" for etat in Etat]
    return "\n".join([*lignes, f"| **Ensemble** | {' | '.join(cases)} | **{len(tableau.exigences)}** |"])


def _compter(exigences: list[Exigence]) -> str:
    totaux = Counter(e.etat for e in exigences)
    applicables = len(exigences) - totaux[Etat.SANS_OBJET]
    niveaux = Counter(e.niveau for e in exigences)
    return (
        f"{len(exigences)} exigences ({niveaux[1]} de niveau 1, {niveaux[2]} de niveau 2), dont {applicables} ont un "
        f"objet ici. Tenues : {totaux[Etat.TENU]} ; en partie : {totaux[Etat.EN_PARTIE]} ; à la charge de "
        f"l'exploitant : {totaux[Etat.EXPLOITANT]} ; non tenues : {totaux[Etat.NON_TENU]}"
    )


def _liste(tableau: Tableau, *etats: Etat) -> str:
    retenues = [e for e in tableau.exigences if e.etat in etats]
    entrees = [f"- **{e.numero}** (niveau {e.niveau}, {e.etat.value}) : {e.exige}. {e.raison}" for e in retenues]
    return "\n".join(entrees) or "Aucune."


def _manques(tableau: Tableau) -> str:
    return _liste(tableau, Etat.NON_TENU, Etat.EN_PARTIE)


def _exploitant(tableau: Tableau) -> str:
    retenues = [e for e in tableau.exigences if e.etat is Etat.EXPLOITANT]
    return "\n".join(f"- {e.exige} : {e.raison} (ASVS {e.numero})" for e in retenues)


def _titre(chapitre: Chapitre) -> str:
    return f"V{chapitre.numero}. {chapitre.titre}"


def _tableau(tableau: Tableau) -> str:
    morceaux = []
    for chapitre in tableau.chapitres:
        morceaux += [f"### {_titre(chapitre)}", "", "| N° | Niv. | Ce qui est exigé | État | Preuve ou raison |"]
        morceaux += ["|---|---|---|---|---|", *map(_rangee, chapitre.exigences), ""]
    return "\n".join(morceaux).rstrip()


def _rangee(exigence: Exigence) -> str:
    preuves = " ; ".join(map(_lien, exigence.preuve))
    dit = ". ".join(texte.rstrip(".") for texte in (exigence.raison or "", preuves) if texte)
    etat = exigence.etat.value if exigence.etat is Etat.TENU else f"**{exigence.etat.value}**"
    return f"| {exigence.numero} | {exigence.niveau} | {exigence.exige} | {etat} | {dit} |"


def _lien(preuve: str) -> str:
    chemin, _, test = preuve.partition("::")
    fichier, _, endroit = chemin.partition("#")
    relatif = fichier.removeprefix("docs/") if fichier.startswith("docs/") else f"../{fichier}"
    mot = f"`{test.removeprefix('test_')}`" if test else Path(fichier).name
    return f"[{mot}]({relatif}{f'#{endroit}' if endroit else ''})"


def principale() -> None:
    """Récrit le document."""
    DOCUMENT.write_text(rediger(DOCUMENT.read_text("utf-8"), charger_le_tableau()), "utf-8")
    sys.stdout.write(f"{DOCUMENT.relative_to(RACINE)} est à jour.\n")


if __name__ == "__main__":
    principale()
