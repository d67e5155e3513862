"""Des identifiants aux rangs : retrouver un parcours, numéroter les formations, ranger chaque ligne dans son groupe.

Tout se fait sur des entiers : un texte n'est lu qu'une fois, quand il faut distinguer deux formations.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from indicateurs.entree import en_pandas
from indicateurs.lecture import TableInvalide, citer

__all__ = [
    "CLES_DE_FORMATION",
    "Annuaire",
    "Formations",
    "annee_scolaire",
    "exiger_connus",
    "numeroter",
    "promotion",
    "situer",
]

CLES_DE_FORMATION = ("rncp", "cfd", "uai_responsable", "uai_formateur")
"""Une formation : diplôme (RNCP, code formation diplôme), CFA responsable, lieu de formation."""
ATTRIBUTS = ("composante", "region")
MOIS_DE_RENTREE = 8
_ETENDUE_DIRECTE = 1 << 24
_ORIGINE = 1970

Entiers = NDArray[np.int64]


def _en_entiers(valeurs: pl.Series) -> Entiers:
    return valeurs.to_numpy().astype(np.int64, copy=False)


def _borner(valeurs: pl.Series) -> tuple[int, int] | None:
    """Plus petite et plus grande valeur, si une table directe les couvre sans gâcher la mémoire."""
    if not valeurs.dtype.is_integer() or len(valeurs) == 0:
        return None
    petite, grande = valeurs.min(), valeurs.max()
    if not isinstance(petite, int) or not isinstance(grande, int):
        return None
    return (petite, grande) if grande - petite < max(_ETENDUE_DIRECTE, 4 * len(valeurs)) else None


class Annuaire:
    """Des valeurs distinctes, où l'on retrouve la place de chaque valeur cherchée ; dressé une fois, lu souvent."""

    def __init__(self, connus: pl.Series) -> None:
        self.connus = connus
        self._bornes = _borner(connus)
        if self._bornes is not None:
            petite, grande = self._bornes
            self._places = np.full(grande - petite + 1, -1, dtype=np.int32)
            presents = np.flatnonzero(connus.is_not_null().to_numpy())
            self._places[_en_entiers(connus.drop_nulls()) - petite] = presents

    def situer(self, cherches: pl.Series) -> Entiers:
        """La place de chaque valeur cherchée ; −1 si elle n'est pas connue ou manque."""
        if self._bornes is not None and cherches.dtype.is_integer():
            return self._situer_entiers(cherches, *self._bornes)
        if cherches.dtype != self.connus.dtype:
            return np.full(len(cherches), -1, dtype=np.int64)
        places = pl.DataFrame({"v": self.connus}).with_row_index("place")
        trouves = pl.DataFrame({"v": cherches}).join(places, on="v", how="left", maintain_order="left")
        return _en_entiers(trouves["place"].cast(pl.Int64).fill_null(-1))

    def _situer_entiers(self, cherches: pl.Series, petite: int, grande: int) -> Entiers:
        if cherches.null_count() or not _est_entre(cherches, petite, grande):
            dedans = cherches.is_between(petite, grande).fill_null(False)
            places = np.full(len(cherches), -1, dtype=np.int64)
            places[dedans.to_numpy()] = self._situer_entiers(cherches.filter(dedans), petite, grande)
            return places
        rangs = _en_entiers(cherches)
        return self._places[rangs - petite if petite else rangs].astype(np.int64)


def _est_entre(valeurs: pl.Series, petite: int, grande: int) -> bool:
    return len(valeurs) == 0 or bool(valeurs.min() >= petite and valeurs.max() <= grande)  # type: ignore[operator]


def situer(cherches: pl.Series, connus: pl.Series) -> Entiers:
    """La place de chaque valeur cherchée parmi les connues (distinctes) ; −1 si elle n'y est pas ou manque."""
    return Annuaire(connus).situer(cherches)


def numeroter(valeurs: pl.Series) -> tuple[Entiers, int]:
    """Un numéro par valeur distincte, de 0 à n − 1 dans un ordre quelconque, −1 si elle manque ; et n."""
    if len(valeurs) == 0 or valeurs.null_count() == len(valeurs):
        return np.full(len(valeurs), -1, dtype=np.int64), 0
    bornes = _borner(valeurs)
    if bornes is not None:
        petite, grande = bornes
        presentes = np.zeros(grande - petite + 1, dtype=bool)
        presentes[_en_entiers(valeurs.drop_nulls()) - petite] = True
        numeros = np.cumsum(presentes) - 1
        remplies = _en_entiers(valeurs.fill_null(petite) if valeurs.null_count() else valeurs)
        codes = numeros[remplies - petite]
        return np.where(valeurs.is_null().to_numpy(), -1, codes) if valeurs.null_count() else codes, int(
            numeros[-1]
        ) + 1
    if valeurs.dtype not in (pl.Categorical, pl.Enum):
        distinctes = valeurs.drop_nulls().unique()
        return situer(valeurs, distinctes), len(distinctes)
    return numeroter(valeurs.to_physical())


def exiger_connus(places: Entiers, cherches: pl.Series, table: str) -> None:
    """Lève `TableInvalide` si une ligne ne répond à aucun parcours."""
    inconnus = np.flatnonzero(places < 0)
    if len(inconnus):
        quoi = {"contrats": "contrat(s)"}.get(table, "ligne(s)")
        raise TableInvalide(
            f"{table}.id_parcours : {len(inconnus)} {quoi} sans parcours correspondant "
            f"(exemple : {citer(en_pandas(cherches), int(inconnus[0]))}) ; ajoutez le parcours ou retirez "
            f"{'le contrat' if table == 'contrats' else 'la ligne'}."
        )


def annee_scolaire(jours: Entiers) -> Entiers:
    """L'année où commence l'année scolaire de chaque jour ; elle change au 1er août."""
    if not len(jours):
        return jours
    petite = int(jours.min())
    tous = np.arange(petite, int(jours.max()) + 1).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    annees = (tous - (MOIS_DE_RENTREE - 1)) // 12 + _ORIGINE
    trouvees: Entiers = annees[jours - petite]
    return trouvees


def promotion(annee: int) -> str:
    """« 2024-2025 »."""
    return f"{annee}-{annee + 1}"


@dataclass(frozen=True)
class Formations:
    """Les formations distinctes : leurs clés et attributs, et, si on les connaît, leurs identifiants."""

    cles: pl.DataFrame
    ids: pl.Series | None

    @classmethod
    def des_parcours(cls, parcours: pl.DataFrame) -> tuple["Formations", Entiers]:
        """Les formations d'une table de parcours, et le rang de celle de chaque parcours.

        `id_formation`, s'il est complet, dispense de lire les textes de chaque ligne.
        """
        colonnes = [nom for nom in (*CLES_DE_FORMATION, *ATTRIBUTS) if nom in parcours.columns]
        par_id = "id_formation" in parcours.columns and parcours["id_formation"].null_count() == 0
        codes = numeroter(parcours["id_formation"])[0] if par_id else _combiner(parcours.select(colonnes))
        nombre = int(codes.max()) + 1 if len(codes) else 0
        premieres = np.zeros(nombre, dtype=np.int64)
        premieres[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
        cles = _completer(parcours.select(colonnes)[premieres])
        formations = cls(cles, parcours["id_formation"].gather(premieres) if par_id else None)
        formations._verifier()
        return formations, codes

    def _verifier(self) -> None:
        for attribut in ATTRIBUTS:
            plusieurs = (
                self.cles.group_by(CLES_DE_FORMATION).agg(pl.col(attribut).n_unique()).filter(pl.col(attribut) > 1)
            )
            if plusieurs.height:
                formation = " · ".join(valeur for valeur in plusieurs.row(0)[:-1] if valeur)
                raise TableInvalide(
                    f"parcours.{attribut} : la formation {formation} a {plusieurs.row(0)[-1]} valeurs ; "
                    "une formation n'en a qu'une."
                )

    def rattacher(self, table: pl.DataFrame, nom: str) -> tuple["Formations", Entiers]:
        """Le rang de la formation de chaque ligne ; une formation sans parcours s'ajoute."""
        if "id_formation" in table.columns and self.ids is not None:
            places = situer(table["id_formation"], self.ids)
            if (places >= 0).all():
                return self, places
        manquantes = [cle for cle in CLES_DE_FORMATION if cle not in table.columns]
        if manquantes:
            raise TableInvalide(f"{nom} : colonne(s) absente(s) : {', '.join(manquantes)} (ou un id_formation connu).")
        lues = _completer(table.select([c for c in (*CLES_DE_FORMATION, *ATTRIBUTS) if c in table.columns]))
        nouvelles = lues.join(self.cles, on=CLES_DE_FORMATION, how="anti", nulls_equal=True)
        cles = pl.concat([self.cles, nouvelles.unique(CLES_DE_FORMATION, maintain_order=True)])
        ids = None if self.ids is None else self.ids.extend_constant(None, cles.height - self.cles.height)
        rangs = cles.select(CLES_DE_FORMATION).with_row_index("rang").unique(CLES_DE_FORMATION, keep="first")
        jointes = lues.join(rangs, on=CLES_DE_FORMATION, how="left", nulls_equal=True, maintain_order="left")
        return Formations(cles, ids), _en_entiers(jointes["rang"].cast(pl.Int64))


def _completer(lues: pl.DataFrame) -> pl.DataFrame:
    """Clés et attributs en texte, dans l'ordre ; un attribut que la table n'a pas est absent."""
    return lues.select(
        [
            (pl.col(nom).cast(pl.String) if nom in lues.columns else pl.lit(None, pl.String).alias(nom))
            for nom in (*CLES_DE_FORMATION, *ATTRIBUTS)
        ]
    )


def _combiner(colonnes: pl.DataFrame) -> Entiers:
    """Un numéro par combinaison de valeurs, absences comprises."""
    codes = np.zeros(colonnes.height, dtype=np.int64)
    for colonne in colonnes:
        numeros, nombre = numeroter(colonne)
        codes, _ = numeroter(pl.Series(codes * (nombre + 1) + numeros + 1))
    return codes
