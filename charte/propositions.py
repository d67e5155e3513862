"""La bibliothèque des jalons proposés : des idées tirées du texte des exigences, à discuter pour chaque diplôme.

Proposition de l'outil : la charte (3.1) laisse les jalons à la co-construction et n'en donne aucun. Une donnée datée
par édition, `donnees/propositions/<édition>.yaml`.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from charte.chargement import DOSSIER, EDITION_COURANTE, charger_edition
from charte.commun.donnees import DonneeGelee, DonneesInvalides, charger_modele, nom_affiche
from charte.edition import Edition, Genre, parcourir
from charte.textes import Identifiant, Source, Texte

DOSSIER_PROPOSITIONS = DOSSIER / "propositions"
PROPOSITION_DE_L_OUTIL = "proposition de l’outil"
_CIBLES = (Genre.ENGAGEMENT, Genre.EXIGENCE)

Cle = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class Proposition(DonneeGelee):
    """Un jalon proposé. `indicateur` : clé d'une définition d'indicateur, ou None ; `mois` : délai suggéré."""

    cle: Cle
    poste: int
    element: Identifiant
    intitule: Texte
    preuve_attendue: Texte
    indicateur: Cle | None
    mois: Annotated[int, Field(ge=1, le=36)]
    moyens: Texte

    @property
    def nature(self) -> str:
        """L'étiquette qui accompagne toujours une proposition."""
        return PROPOSITION_DE_L_OUTIL


class FichierPropositions(DonneeGelee):
    """Le fichier d'une édition ; `nature` dit partout que ces jalons ne sont pas de la charte."""

    edition: str
    nature: Literal["proposition de l’outil"]
    etablie_le: date
    source: Source
    avertissement: Texte
    propositions: tuple[Proposition, ...]


class Propositions(tuple[Proposition, ...]):
    """Les propositions d'une édition, dans l'ordre du fichier."""

    __slots__ = ()

    def du_poste(self, numero: int) -> "Propositions":
        """Celles de ce poste."""
        return Propositions(p for p in self if p.poste == numero)

    def de_l_element(self, element: str) -> "Propositions":
        """Celles qui visent cet engagement ou cette exigence ; vide s'il n'y en a pas."""
        return Propositions(p for p in self if p.element == element)

    def de_cle(self, cle: str) -> Proposition:
        """La proposition de cette clé ; lève `KeyError` si elle n'existe pas."""
        for proposition in self:
            if proposition.cle == cle:
                return proposition
        raise KeyError(f"aucune proposition de jalon ne porte la clé « {cle} »")


@lru_cache(maxsize=8)
def charger_propositions(edition: str = EDITION_COURANTE) -> Propositions:
    """Les jalons proposés pour cette édition, lus une fois par processus.

    Lève `EditionInconnue` si l'édition n'existe pas, `DonneesInvalides` si son fichier manque ou est fautif.
    """
    return lire_propositions(DOSSIER_PROPOSITIONS / f"{edition}.yaml", charger_edition(edition))


def lire_propositions(chemin: Path, edition: Edition) -> Propositions:
    """Lit et vérifie un fichier de propositions contre le texte de son édition."""
    lu = charger_modele(chemin, FichierPropositions)
    fautes = [f"{nom_affiche(chemin)} : {faute}" for faute in _fautes(lu, edition)]
    if fautes:
        raise DonneesInvalides("\n".join(fautes))
    return Propositions(lu.propositions)


def _fautes(lu: FichierPropositions, edition: Edition) -> Iterator[str]:
    """Clés uniques, éléments connus et de leur poste, chaque exigence servie au moins une fois."""
    if lu.edition != edition.edition:
        yield f"edition : attendu « {edition.edition} », lu « {lu.edition} »"
    comptes = Counter(p.cle for p in lu.propositions)
    yield from (f"propositions.{cle} : clé donnée {n} fois" for cle, n in comptes.items() if n > 1)
    postes = {e.id: e.poste for e in parcourir(edition) if e.genre in _CIBLES}
    for p in lu.propositions:
        if p.element not in postes:
            yield f"propositions.{p.cle}.element : « {p.element} » n'est ni un engagement ni une exigence"
        elif p.poste != postes[p.element]:
            yield f"propositions.{p.cle}.poste : attendu « {postes[p.element]} », lu « {p.poste} »"
    servis = {p.element for p in lu.propositions}
    for element in parcourir(edition):
        if element.genre is Genre.EXIGENCE and element.id not in servis:
            yield f"propositions : aucune pour l'exigence « {element.id} »"
