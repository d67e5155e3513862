"""Regarder les premières rangées d'un fichier sans le lire en entier : chaque feuille, ou chaque séparateur."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

import fastexcel

from charte.commun.enveloppe import FichierIllisible, examiner_l_enveloppe
from charte.commun.lecture_xlsx import dire_abime, refuser_l_etendue
from indicateurs.imports.format import FormatLisible
from indicateurs.imports.lecture import est_un_classeur
from indicateurs.imports.lecture_classeur import premieres_rangees as rangees_de_feuille
from indicateurs.imports.lecture_csv import SEPARATEURS, reconnaitre_l_encodage
from indicateurs.imports.lecture_csv import premieres_rangees as rangees_de_csv
from indicateurs.imports.valeurs import nettoyer


@dataclass(frozen=True, slots=True)
class Sonde:
    """Les premières rangées (douze au plus), une façon de les lire : une feuille, ou un séparateur.

    `rangees` : (ligne du fichier à partir de 1, cellules nettoyées).
    """

    feuille: str | None
    separateur: str | None
    rangees: tuple[tuple[int, tuple[str, ...]], ...]

    def cellules(self, format_: FormatLisible) -> list[Sequence[str]]:
        """Cellules seules ; un format sans en-tête retrouve les dernières colonnes qu'un tableur n'enregistre pas."""
        if self.feuille is None or not format_.sans_entete:
            return [rangee for _, rangee in self.rangees]
        attendues = len(format_.par_champ)
        return [rangee + ("",) * (attendues - len(rangee)) for _, rangee in self.rangees]


def sonder(octets: bytes, nom: str) -> tuple[Sonde, ...]:
    """Toutes les façons de lire un fichier ; lève `FichierIllisible` s'il ne s'ouvre pas ou s'il est dangereux."""
    if est_un_classeur(octets, nom):
        return tuple(_sonder_le_classeur(octets, nom))
    encodage = reconnaitre_l_encodage(octets, nom)
    sondes = []
    for separateur in SEPARATEURS:
        rangees = rangees_de_csv(octets, encodage, separateur)
        propres = tuple((ligne, tuple(map(nettoyer, rangee))) for ligne, rangee in rangees)
        sondes.append(Sonde(None, separateur, propres))
    return tuple(sondes)


def _sonder_le_classeur(octets: bytes, nom: str) -> list[Sonde]:
    enveloppe = examiner_l_enveloppe(octets, nom)
    refuser_l_etendue(octets, enveloppe, nom)
    try:
        classeur = fastexcel.read_excel(octets)
        return [_sonder_la_feuille(classeur, feuille) for feuille in classeur.sheet_names]
    except (fastexcel.FastExcelError, KeyError, StopIteration, ElementTree.ParseError) as erreur:
        raise FichierIllisible(dire_abime(nom)) from erreur


def _sonder_la_feuille(classeur: fastexcel.ExcelReader, feuille: str) -> Sonde:
    _, rangees = rangees_de_feuille(classeur, feuille)
    propres = (tuple(nettoyer(cellule or "") for cellule in rangee) for rangee in rangees)
    return Sonde(feuille, None, tuple(enumerate(propres, start=1)))
