"""Les mesures en fichiers : une ligne par indicateur, périmètre et promotion, toujours après le secret.

Chaque ligne dit sa définition, le jour d'observation, le seuil et l'empreinte des sources : SHA-256 des empreintes des
fichiers, triées, une par ligne. Une cellule masquée est vide de tout nombre.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date
from typing import Any

from charte.commun.classeur import Feuille, Valeur, en_classeur_de_feuilles
from charte.commun.csv_francais import ecrire_cellule, ecrire_csv
from indicateurs.definitions import Definition
from indicateurs.mesures import Mesure, Perimetre, TableauDeMesures
from indicateurs.vues.valeurs import valeur

__all__ = ["LigneEmportee", "en_csv", "en_csv_brut", "en_parquet", "en_xlsx", "lignes_a_emporter"]

MARQUE = "\ufeff"
TOUTES = "toutes"
"""La promotion d'une ligne qui les réunit."""


@dataclass(frozen=True)
class LigneEmportee:
    """Une mesure, telle qu'un fichier la donne ; `valeur` et bornes en fraction pour une part, sinon dans l'unité."""

    indicateur: str
    libelle: str
    definition: str
    unite: str
    perimetre: str
    libelle_du_perimetre: str
    promotion: str
    ventilation: str
    modalite: str
    numerateur: float | None
    denominateur: float | None
    effectif: int | None
    valeur: float | None
    ic_bas: float | None
    ic_haut: float | None
    lecture: str
    masque: bool
    seuil: int
    observe_le: date
    empreinte_des_sources: str


TITRES = (
    "Clé", "Indicateur", "Définition", "Unité", "Adresse du périmètre", "Périmètre", "Promotion", "Ventilation",
    "Modalité", "Numérateur", "Dénominateur", "Effectif", "Valeur", "Intervalle, borne basse",
    "Intervalle, borne haute", "Lecture", "Masqué", "Seuil", "Observé le", "Empreinte des sources",
)  # fmt: skip
CHAMPS = tuple(champ.name for champ in fields(LigneEmportee))


def lignes_a_emporter(
    tableau: TableauDeMesures, perimetres: Sequence[Perimetre], cles: Sequence[str]
) -> list[LigneEmportee]:
    """Les mesures de ces périmètres, promotions puis ensemble, puis les ventilations.

    Lève `ValueError` si le tableau n'est pas passé par le secret : un fichier sort de la maison.
    """
    if tableau.diffusion is None:
        raise ValueError("Un fichier ne s'écrit que depuis un tableau passé par le secret.")
    empreinte = empreinte_des_sources(tableau)
    return [
        _ligne(tableau, (tableau.definitions[cle], perimetre, empreinte), mesure, croise)
        for perimetre in perimetres
        for cle in cles
        for mesure, *croise in _mesures(tableau, cle, perimetre)
    ]


def _mesures(tableau: TableauDeMesures, cle: str, perimetre: Perimetre) -> Iterator[tuple[Any, ...]]:
    for mesure in tableau.serie(cle, perimetre):
        yield mesure, "", ""
    ensemble = tableau.ensemble(cle, perimetre)
    if ensemble is not None:
        yield ensemble, "", ""
    for axe in tableau.definitions[cle].ventilations:
        for modalite, mesure in tableau.ventilation(cle, axe, perimetre):
            yield mesure, axe, modalite


def empreinte_des_sources(tableau: TableauDeMesures) -> str:
    """SHA-256 (hexadécimal) des empreintes des fichiers confirmés, triées, une par ligne ; vide sans fichier."""
    empreintes = sorted(source.empreinte for source in tableau.sources)
    return hashlib.sha256("\n".join(empreintes).encode()).hexdigest() if empreintes else ""


def _ligne(
    tableau: TableauDeMesures,
    de: tuple[Definition, Perimetre, str],
    mesure: Mesure,
    croise: Sequence[str],
) -> LigneEmportee:
    definition, perimetre, empreinte = de
    seuil = tableau.seuil(definition.cle)
    return LigneEmportee(
        indicateur=definition.cle,
        libelle=definition.libelle,
        definition=definition.identifiant,
        unite=definition.unite,
        perimetre=perimetre.adresse,
        libelle_du_perimetre=perimetre.libelle,
        promotion=mesure.promotion or TOUTES,
        ventilation=croise[0],
        modalite=croise[1],
        numerateur=mesure.numerateur,
        denominateur=mesure.denominateur,
        effectif=mesure.effectif,
        valeur=mesure.taux,
        ic_bas=mesure.ic_bas,
        ic_haut=mesure.ic_haut,
        lecture=valeur(mesure, definition, seuil),
        masque=mesure.masque,
        seuil=seuil,
        observe_le=tableau.au,
        empreinte_des_sources=empreinte,
    )


def en_csv(lignes: Iterable[LigneEmportee]) -> str:
    """CSV français : point-virgule, virgule décimale, marque d'ordre, jours JJ/MM/AAAA, aucun texte en formule."""
    return MARQUE + ecrire_csv(TITRES, [[_francais(v) for v in astuple(ligne)] for ligne in lignes])


def _francais(lue: Any) -> Any:
    if isinstance(lue, bool):
        return "oui" if lue else "non"
    return f"{lue:%d/%m/%Y}" if isinstance(lue, date) else lue


def en_csv_brut(lignes: Iterable[LigneEmportee]) -> str:
    """CSV pour une machine (RFC 4180) : virgule, point décimal, jours ISO 8601, clés en tête, vide si absent.

    Un texte qui ferait formule garde son apostrophe : ce fichier s'ouvre aussi dans un tableur.
    """
    sortie = io.StringIO()
    ecrivain = csv.writer(sortie, lineterminator="\r\n")
    ecrivain.writerow(CHAMPS)
    ecrivain.writerows([_machine(v) for v in astuple(ligne)] for ligne in lignes)
    return sortie.getvalue()


def _machine(lue: Any) -> Any:
    if isinstance(lue, bool):
        return "true" if lue else "false"
    return ecrire_cellule(lue) if isinstance(lue, str) else lue.isoformat() if isinstance(lue, date) else lue


def en_xlsx(lignes: Sequence[LigneEmportee], tableau: TableauDeMesures) -> bytes:
    """Classeur : les mesures (cellules typées), leurs définitions, les fichiers d'où elles viennent."""
    cles = dict.fromkeys(ligne.indicateur for ligne in lignes)
    rangees: list[list[Valeur]] = [[_cellule(v) for v in astuple(ligne)] for ligne in lignes]
    return en_classeur_de_feuilles(
        (
            Feuille("Mesures", TITRES, rangees, larges=("Indicateur", "Périmètre", "Lecture")),
            _feuille_des_definitions([tableau.definitions[cle] for cle in cles]),
            _feuille_des_sources(tableau),
        )
    )


def _cellule(lue: Any) -> Valeur:
    return ("oui" if lue else "non") if isinstance(lue, bool) else lue


def _feuille_des_definitions(definitions: Sequence[Definition]) -> Feuille:
    titres = (
        "Définition", "Indicateur", "Ce qu'on compte", "Parmi", "Cohorte", "Fenêtre", "Sont laissés de côté",
        "Ce que le calcul ne sait pas", "Calcul", "Sources", "En vigueur depuis", "Empreinte",
    )  # fmt: skip
    rangees: list[list[Valeur]] = [
        [
            d.identifiant, d.libelle, d.numerateur, d.denominateur or "", d.base_cohorte, d.fenetre,
            "\n".join(d.exclusions), "\n".join(d.non_modelise),
            "\n".join(f"{champ} : {texte}" for champ, texte in d.calcul.textes().items()),
            "\n".join(f"{s.titre} ({s.reference})" for s in d.sources), d.en_vigueur_depuis, d.empreinte,
        ]
        for d in definitions
    ]  # fmt: skip
    return Feuille("Définitions", titres, rangees, larges=titres[1:10])


def _feuille_des_sources(tableau: TableauDeMesures) -> Feuille:
    titres = ("Fichier", "Empreinte (SHA-256)", "Confirmé le", "Lignes retenues", "Lignes écartées")
    rangees: list[list[Valeur]] = [
        [s.nom_fichier, s.empreinte, s.confirme_le.date(), s.retenues, s.ecartees] for s in tableau.sources
    ]
    return Feuille("Sources", titres, rangees, larges=titres[:2])


def en_parquet(lignes: Sequence[LigneEmportee], tableau: TableauDeMesures) -> bytes:
    """Parquet typé (dates, nombres, booléens) ; définitions et empreintes des sources dans les métadonnées."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    genres = {"observe_le": pa.date32(), "masque": pa.bool_(), "seuil": pa.int32(), "effectif": pa.int64()}
    reels = {"numerateur", "denominateur", "valeur", "ic_bas", "ic_haut"}
    champs = [pa.field(c, genres.get(c, pa.float64() if c in reels else pa.string())) for c in CHAMPS]
    cles = dict.fromkeys(ligne.indicateur for ligne in lignes)
    notes = {
        "definitions": json.dumps({cle: tableau.definitions[cle].identifiant for cle in cles}),
        "empreintes_des_definitions": json.dumps({cle: tableau.definitions[cle].empreinte for cle in cles}),
        "empreintes_des_sources": json.dumps(sorted(source.empreinte for source in tableau.sources)),
        "observe_le": tableau.au.isoformat(),
    }
    colonnes = {c: [getattr(ligne, c) for ligne in lignes] for c in CHAMPS}
    table = pa.table(colonnes, schema=pa.schema(champs, metadata=notes))
    flux = io.BytesIO()
    pq.write_table(table, flux, compression="zstd")
    return flux.getvalue()
