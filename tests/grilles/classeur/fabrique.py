"""Une grille de la vraie charte, sans base ; un classeur tiré, rempli cellule à cellule."""

from collections.abc import Callable, Mapping
from datetime import date
from io import BytesIO
from typing import Any

from openpyxl import Workbook, load_workbook

from charte.acteur import Partie
from charte.chargement import EDITION_COURANTE, charger_edition
from charte.commun.telechargement import XLSX
from grilles.assemblage import assembler_pour
from grilles.classeur.contenu import COLONNES, FEUILLE
from grilles.classeur.diagnostic import Examen, examiner
from grilles.classeur.ecriture import ecrire_le_classeur, reference_de
from grilles.classeur.lecture import lire_le_classeur
from grilles.classeur.services import attendus_de
from grilles.services import annee_courante
from grilles.vues import GrilleLue, Materiaux, PreuveLue, ReponseLue

PLACES = {colonne.cle: place for place, colonne in enumerate(COLONNES, start=1)}


def grille(
    reponses: Mapping[str, ReponseLue] | None = None,
    code: str = "RNCP35345-0352756F",
    *,
    partie: Partie = Partie.CONCERTEE,
    annee: int | None = None,
    autres: Mapping[str, ReponseLue] | None = None,
    preuves: Mapping[str, tuple[PreuveLue, ...]] | None = None,
) -> GrilleLue:
    """Une grille lue ; `autres` : ce que dit le CFA."""
    edition = charger_edition(EDITION_COURANTE)
    dites = {partie.value: dict(reponses or {}), **({Partie.CFA.value: autres} if autres else {})}
    materiaux = Materiaux(date(2026, 11, 20), dites, preuves or {})
    return GrilleLue(
        formation_id=1, code=code, libelle="Licence d'essai", annee=annee or annee_courante(), edition=edition.edition,
        empreinte_edition=edition.empreinte, grille_id=1, campagne="Essai", etat_campagne="ouverte",
        postes=assembler_pour(partie, edition, materiaux), echelle_version="1", echelle_avertissement="La nôtre.",
        partie=partie, reponses_par_partie=dites,
    )  # fmt: skip


def remplir(octets: bytes, saisies: Mapping[tuple[str, str], Any], autre: Callable[[Workbook], None] = bool) -> bytes:
    """Le classeur, ses cellules `(élément, colonne)` changées ; `autre` : un geste de plus sur le classeur."""
    livre = load_workbook(BytesIO(octets))
    feuille = livre[FEUILLE]
    lignes = {feuille.cell(rang, 1).value: rang for rang in range(2, feuille.max_row + 1)}
    for (element, cle), valeur in saisies.items():
        cellule = feuille.cell(lignes[element], PLACES[cle])
        cellule.value = valeur
        if isinstance(valeur, str):
            cellule.data_type = "s"
    autre(livre)
    flux = BytesIO()
    livre.save(flux)
    return flux.getvalue()


def tirer(lue: GrilleLue, saisies: Mapping[tuple[str, str], Any] | None = None, **gestes: Any) -> bytes:
    """Le classeur d'une grille, rempli."""
    return remplir(ecrire_le_classeur(lue), saisies or {}, **gestes)


def revenir(octets: bytes, lue: GrilleLue) -> Examen:
    """L'examen d'un classeur qui revient à cette grille."""
    return examiner(lire_le_classeur(octets, "essai.xlsx"), "essai.xlsx", reference_de(lue), attendus_de(lue))


def classeur_de(code: str) -> tuple[str, bytes, str]:
    """Le fichier à déposer : le classeur vierge de la formation de ce code, cette année."""
    return "grille.xlsx", ecrire_le_classeur(grille(code=code)), XLSX
