"""Un tableau lu colonne par colonne : valeurs, présences, et les anomalies au fil du contrôle.

Par colonnes entières : un texte distinct n'est lu qu'une fois, les dates deviennent des tableaux numpy.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from indicateurs.imports.dates import Dates
from indicateurs.imports.fautes import BLOQUANT, Anomalie, Faute, Gravite
from indicateurs.imports.format import FormatLisible
from indicateurs.imports.lecture import Tableau
from indicateurs.imports.valeurs import Lecteur, Lu, erreur_de_tableur

Masque = npt.NDArray[np.bool_]
FormatDuReleve = TypeVar("FormatDuReleve", bound=FormatLisible)
_JOUR_NUL = np.datetime64("NaT", "D")
_JOUR_ABSENT = int(np.iinfo(np.int64).min)
_ORDINAL_1970 = date(1970, 1, 1).toordinal()


@dataclass
class Releve(Generic[FormatDuReleve]):
    """Un tableau lu : valeurs et présence par champ, anomalies au fil du contrôle.

    `valeurs[champ]` : une liste (ou un tableau `datetime64[D]`) de n éléments ; `presents[champ]` : n booléens,
    vrais si la cellule porte un texte, lisible ou non. `bloquees` : n booléens, lignes à écarter. `noms` : champ →
    nom sous lequel une anomalie cite la colonne (par défaut, celui du champ). `titres` : le même, ligne par ligne, pour
    un champ qui vient de plusieurs colonnes du fichier.
    """

    tableau: Tableau
    format: FormatDuReleve
    valeurs: dict[str, list[object | None]] = field(default_factory=dict)
    dates: dict[str, Dates] = field(default_factory=dict)
    presents: dict[str, Masque] = field(default_factory=dict)
    anomalies: list[Anomalie] = field(default_factory=list)
    bloquees: Masque = field(default_factory=lambda: np.zeros(0, dtype=bool))
    noms: Mapping[str, str] = field(default_factory=dict)
    titres: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Nombre de lignes lues."""
        return len(self.tableau.lignes)

    def texte(self, champ: str, rang: int) -> str:
        """Texte d'une cellule tel qu'on le montre : une date de tableur perd son heure nulle."""
        textes = self.tableau.cellules.get(champ)
        return textes[rang].removesuffix(" 00:00:00") if textes else ""

    def date(self, champ: str) -> Dates:
        """Dates d'une colonne, `NaT` là où il n'y en a pas ; toutes `NaT` si la colonne est absente."""
        return self.dates[champ] if champ in self.dates else np.full(self.n, _JOUR_NUL)

    def present(self, champ: str) -> Masque:
        """Lignes où la colonne porte un texte."""
        return self.presents[champ] if champ in self.presents else np.zeros(self.n, dtype=bool)

    def valeur(self, champ: str) -> list[object | None]:
        """Valeurs d'une colonne, None si elle est absente."""
        return self.valeurs[champ] if champ in self.valeurs else [None] * self.n

    def noter(self, rang: int, champ: str, gravite: Gravite, faute: Faute) -> None:
        """Ajoute une anomalie à la ligne de rang donné."""
        self.anomalies.append(
            Anomalie(
                ligne=self.tableau.lignes[rang],
                colonne=self.titres[champ][rang] if champ in self.titres else self.noms.get(champ, champ),
                valeur=self.texte(champ, rang),
                gravite=gravite,
                message=faute.message,
                remede=faute.remede,
                cause=faute.cause,
            )
        )
        if gravite == BLOQUANT:
            self.bloquees[rang] = True

    def noter_tous(self, masque: Masque, champ: str, gravite: Gravite, faute: Faute) -> None:
        """Ajoute la même anomalie à toutes les lignes du masque."""
        for rang in np.flatnonzero(masque):
            self.noter(int(rang), champ, gravite, faute)


class _Memoire(dict[str, Lu]):
    """Lectures déjà faites d'une colonne : un texte distinct n'est analysé qu'une fois."""

    def __init__(self, lecteur: Lecteur, en_jours: bool) -> None:
        super().__init__({"": _en_jour(Lu(None)) if en_jours else Lu(None)})
        self._lecteur, self._en_jours = lecteur, en_jours
        self.fautive = False

    def __missing__(self, texte: str) -> Lu:
        lu = erreur_de_tableur(texte) or self._lecteur(texte)
        lu = self[texte] = _en_jour(lu) if self._en_jours else lu
        self.fautive = self.fautive or lu.faute is not None
        return lu


def lire_colonne(
    releve: Releve[FormatDuReleve],
    champ: str,
    lecteur: Lecteur,
    gravite: Callable[[Lu], Gravite],
    *,
    en_jours: bool,
) -> None:
    """Lit une colonne présente (dans `releve.dates` si `en_jours`, sinon dans `releve.valeurs`) et note ses fautes."""
    memoire = _Memoire(lecteur, en_jours=en_jours)
    textes = releve.tableau.cellules[champ]
    lus = list(map(memoire.__getitem__, textes))
    releve.presents[champ] = np.fromiter(map(bool, textes), dtype=bool, count=len(textes))
    if en_jours:
        releve.dates[champ] = np.array([lu[0] for lu in lus], dtype="int64").view("datetime64[D]")
    else:
        releve.valeurs[champ] = [lu[0] for lu in lus]
    if memoire.fautive:
        for rang, lu in enumerate(lus):
            if lu[1] is not None:
                releve.noter(rang, champ, gravite(lu), lu[1])


def _en_jour(lu: Lu) -> Lu:
    """Date lue, comptée en jours depuis 1970 : une colonne entière devient un tableau sans passer par des objets."""
    return Lu(lu.valeur.toordinal() - _ORDINAL_1970 if isinstance(lu.valeur, date) else _JOUR_ABSENT, lu.faute)
