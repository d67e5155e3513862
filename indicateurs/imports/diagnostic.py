"""Le diagnostic complet d'un fichier : comptes, anomalies, causes groupées, lignes retenues sous pseudonyme."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from charte.commun.enveloppe import FichierIllisible
from charte.commun.typographie import pluriel
from indicateurs.imports.consolidation import (
    consolider,
    empreintes_anciennes,
    personnes_ecartees,
    retenir,
    signaler_identites,
)
from indicateurs.imports.fautes import BLOQUANT, LIBELLES, Anomalie, Gravite
from indicateurs.imports.format import Format, charger_format
from indicateurs.imports.identite import repere_de_cle
from indicateurs.imports.lecture import Tableau, lire_fichier
from indicateurs.imports.regles import controler, ordonner

Progression = Callable[[int, int], None]
Lecture = tuple[Tableau, Mapping[str, str]]
EXEMPLES_MONTRES = 3
UNITES = {False: ("ligne lue", "lignes lues"), True: ("réponse lue", "réponses lues")}
"""Ce que comptent `lues`, `retenues` et `ecartees`, selon `par_question`."""
FORMAT_DES_APPRENTIS = "tableau_de_bord_v3"


@dataclass(frozen=True, slots=True)
class Cause:
    """Anomalies de même cause dans une même colonne : « 14 dates illisibles dans date_rupture »."""

    cause: str
    colonne: str
    gravite: Gravite
    anomalies: tuple[Anomalie, ...]

    @property
    def titre(self) -> str:
        """Compte accordé et colonne."""
        return f"{pluriel(len(self.anomalies), *LIBELLES[self.cause])} dans {self.colonne}"

    @property
    def exemples(self) -> tuple[Anomalie, ...]:
        """Les trois premières."""
        return self.anomalies[:EXEMPLES_MONTRES]


@dataclass(frozen=True)
class Diagnostic:
    """Ce qu'un fichier contient et ce qui lui manque. `lues` = `retenues` + `ecartees`, en lignes (en réponses, si
    `par_question` : une ligne en porte alors plusieurs).

    `lignes` : lignes retenues, sans nom (voir `consolidation.retenir`). Les anomalies peuvent citer des valeurs
    nominatives : à montrer à qui a déposé le fichier, à ne pas journaliser. `personnes_ecartees` : empreintes des
    personnes reconnues dans les lignes écartées (on ne dira pas que le fichier n'en parle plus).
    `repere_cle` : la clé sous laquelle les empreintes sont faites. `anciennes` : pendant un changement de clé,
    empreinte (personne ou INE) → la même sous la clé d'avant. `source` : clé du format. `places` : colonne citée par
    une anomalie → son rang dans le fichier, à partir de 1. `notes` : ce qu'il faut dire de la lecture elle-même.
    """

    nom: str
    lues: int
    retenues: int
    ecartees: int
    anomalies: tuple[Anomalie, ...]
    colonnes_inconnues: tuple[str, ...]
    colonnes_absentes: tuple[str, ...]
    feuille: str | None
    feuilles_ignorees: tuple[str, ...]
    encodage: str | None
    ligne_entete: int
    lignes: pd.DataFrame
    personnes_ecartees: frozenset[str] = frozenset()
    repere_cle: str = ""
    anciennes: Mapping[str, str] = field(default_factory=dict)
    source: str = FORMAT_DES_APPRENTIS
    separateur: str | None = None
    par_question: bool = False
    places: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def bloquants(self) -> int:
        """Nombre d'anomalies bloquantes."""
        return sum(anomalie.gravite == BLOQUANT for anomalie in self.anomalies)

    @property
    def avertissements(self) -> int:
        """Nombre d'avertissements."""
        return len(self.anomalies) - self.bloquants

    def par_cause(self) -> tuple[Cause, ...]:
        """Anomalies groupées, les bloquantes d'abord, puis les plus nombreuses."""
        groupes: dict[tuple[str, str, Gravite], list[Anomalie]] = defaultdict(list)
        for anomalie in self.anomalies:
            groupes[anomalie.cause, anomalie.colonne, anomalie.gravite].append(anomalie)
        causes = [Cause(*cle, tuple(anomalies)) for cle, anomalies in groupes.items()]
        return tuple(sorted(causes, key=lambda cause: (cause.gravite != BLOQUANT, -len(cause.anomalies))))

    def en_json(self) -> dict[str, Any]:
        """Forme publique : comptes, anomalies (six clés), colonnes inconnues ou absentes, feuille lue."""
        return {
            "lues": self.lues,
            "retenues": self.retenues,
            "ecartees": self.ecartees,
            "anomalies": [anomalie.en_dict() for anomalie in self.anomalies],
            "colonnes_inconnues": list(self.colonnes_inconnues),
            "colonnes_absentes": list(self.colonnes_absentes),
            "feuille": self.feuille,
            "feuilles_ignorees": list(self.feuilles_ignorees),
        }


def diagnostiquer(
    source: Path | str | bytes,
    nom: str,
    cle: bytes,
    progression: Progression | None = None,
    ancienne: bytes | None = None,
    *,
    lecture: Lecture | None = None,
) -> Diagnostic:
    """Diagnostique un fichier d'apprentis, donné par son chemin ou ses octets.

    `nom` : nom montré dans les messages. `cle` : clé des empreintes d'identité ; `ancienne` : celle d'avant, pendant
    un changement de clé. `progression(fait, total)` : en lignes. `lecture` : le tableau déjà lu sous d'autres titres
    (correspondance), et le nom que les anomalies citent pour chaque champ. Lève `FichierIllisible` (message d'une
    ligne) si rien ne peut être lu.
    """
    octets = source if isinstance(source, bytes) else lire_octets(source, nom)
    format_ = charger_format()
    tableau, noms = lecture or (lire_fichier(octets, nom, format_), {})
    total = len(tableau.lignes)

    def avancer(part: float) -> None:
        if progression:
            progression(int(part * total), total)

    releve = controler(tableau, format_, lambda part: avancer(part * 0.8), noms)
    lignes = retenir(releve, cle)
    signaler_identites(releve, lignes)
    avancer(1.0)
    return Diagnostic(
        nom=nom,
        lues=total,
        retenues=len(lignes),
        ecartees=total - len(lignes),
        anomalies=tuple(ordonner(releve.anomalies, format_, noms)),
        colonnes_inconnues=tableau.inconnues,
        colonnes_absentes=_absentes(tableau, format_),
        feuille=tableau.feuille,
        feuilles_ignorees=tableau.feuilles_ignorees,
        encodage=tableau.encodage,
        ligne_entete=tableau.ligne_entete,
        lignes=lignes,
        personnes_ecartees=personnes_ecartees(releve, cle),
        repere_cle=repere_de_cle(cle),
        separateur=tableau.separateur,
        places={noms.get(champ, champ): place for champ, place in tableau.places.items()},
        anciennes={} if ancienne is None else empreintes_anciennes(releve, cle, ancienne),
    )


def lire_octets(chemin: Path | str, nom: str) -> bytes:
    """Octets d'un fichier ; lève `FichierIllisible` s'il ne s'ouvre pas."""
    try:
        return Path(chemin).read_bytes()
    except OSError as erreur:
        raise FichierIllisible(f"« {nom} » ne peut pas être ouvert : vérifiez son chemin et vos droits.") from erreur


def _absentes(tableau: Tableau, format_: Format) -> tuple[str, ...]:
    return tuple(colonne.champ for colonne in format_.lues if colonne.champ not in tableau.cellules)


def tables_depuis(diagnostic: Diagnostic) -> dict[str, pd.DataFrame]:
    """Tables `parcours` et `contrats` réunies à partir des lignes retenues (colonnes : `consolidation.consolider`)."""
    return consolider(diagnostic.lignes)
