"""Des tables reçues aux tables que l'on compte : colonnes lues, parcours retrouvés, groupes, colonnes déduites.

Une table prête porte `groupe` (formation et année), `parcours` (le rang du parcours, s'il y en a un), les colonnes que
les définitions nomment, et une colonne d'entiers par ventilation. Tout est aligné, en entiers : compter ne lit plus
aucune clé en texte.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import narwhals as nw
import numpy as np
import polars as pl

from indicateurs import deductions
from indicateurs.catalogue import Genre, Ventilation, charger_tables, charger_ventilations
from indicateurs.compilation import Compilateur, colonne_decalee, decalages, en_jours
from indicateurs.definitions import Definition
from indicateurs.entree import Table, en_pandas, est_vide, lire_colonnes, noms_de
from indicateurs.expressions import Noeud
from indicateurs.lecture import TableInvalide, exiger_presence, exiger_unicite
from indicateurs.rattachement import (
    ATTRIBUTS,
    CLES_DE_FORMATION,
    Annuaire,
    Entiers,
    Formations,
    annee_scolaire,
    exiger_connus,
    promotion,
    situer,
)

__all__ = ["CLES_DE_GROUPE", "TablesPretes", "colonne_de_ventilation", "preparer"]

CLES_DE_GROUPE = CLES_DE_FORMATION
_PARCOURS_REQUIS = ("id_parcours", *CLES_DE_FORMATION, "date_entree", "date_fin", "date_exclusion", "obtention")
_CONTRATS_REQUIS = ("id_parcours", "rang", "date_debut", "date_fin", "date_rupture")
_REQUISES: dict[str, tuple[str, ...]] = {
    "resultats": ("id_parcours", "annee", "present", "admis"),
    "heures": ("id_parcours", "annee", "prevues", "realisees"),
    "rencontres": ("id_parcours", "nature", "prevue_du", "tenue_le"),
    "situations": ("id_parcours", "mois", "repondu", "situation"),
    "satisfaction": ("annee", "public", "question", "repondant", "note", "note_min", "note_max"),
    "enquetes": ("annee", "public", "sollicites"),
}
ANNUELLES = ("satisfaction", "enquetes")
_DES_RENCONTRES = {"premiere_rencontre", "derniere_rencontre", "rencontres_par_an", "rencontres_consignees"}
_DES_RESULTATS = {"present", "admis"}


@dataclass(frozen=True)
class TablesPretes:
    """Les tables à compter, par nom ; `groupes` : une ligne par numéro de groupe (clés, attributs, `promotion`).

    `inconnues` : les colonnes de « parcours » déduites d'une table absente ou vide : on ne sait rien d'elles.
    """

    tables: dict[str, pl.DataFrame]
    groupes: pl.DataFrame
    inconnues: frozenset[str] = frozenset()

    def sait(self, definition: Definition) -> bool:
        """Vrai si les données permettent de compter cette définition."""
        if definition.calcul.table not in self.tables:
            return False
        return definition.calcul.table != "parcours" or not (definition.colonnes & self.inconnues)


def colonne_de_ventilation(cle: str) -> str:
    """Le nom de la colonne d'entiers qui porte les modalités d'une ventilation."""
    return f"v__{cle}"


def preparer(
    tables: Mapping[str, Table], definitions: Iterable[Definition], au: date, ventiler: Sequence[str] = ()
) -> TablesPretes:
    """Prépare ce que les définitions lisent, à la date d'observation `au` (tables : voir `indicateurs.moteur`).

    Lève `TableInvalide` si une table ne permet pas le calcul : colonne absente, valeur illisible, identifiant en
    double ou inconnu, date obligatoire absente.
    """
    return _Preparation(tables, tuple(definitions), au, tuple(ventiler)).pretes()


class _Preparation:
    def __init__(
        self, tables: Mapping[str, Table], definitions: tuple[Definition, ...], au: date, ventiler: tuple[str, ...]
    ) -> None:
        self.recues, self.definitions, self.au, self.ventiler = tables, definitions, au, ventiler
        self.lues: dict[str, set[str]] = {}
        for definition in definitions:
            self.lues.setdefault(definition.calcul.table, set()).update(definition.colonnes)
        self.rangs: dict[str, Entiers] = {}
        self.contrats: pl.DataFrame | None = None

    def pretes(self) -> TablesPretes:
        parcours = self._parcours()
        self.annuaire = Annuaire(parcours["id_parcours"])
        formations, self.formation = Formations.des_parcours(parcours)
        annees = annee_scolaire(parcours["date_entree"].to_numpy().astype(np.int64))
        annuelles = {nom: table for nom in ANNUELLES if (table := self._annuelle(nom)) is not None}
        rangees = [(self.formation, annees)]
        for nom, table in annuelles.items():
            formations, places = formations.rattacher(table, nom)
            rangees.append((places, table["annee"].to_numpy().astype(np.int64)))
        numeros, groupes = _grouper(rangees, formations)
        self.groupe = numeros[0]
        tables = {nom: t.with_columns(_groupe(n)) for (nom, t), n in zip(annuelles.items(), numeros[1:], strict=True)}
        self._compter_les_repondants(tables, groupes)
        tables |= self._individuelles()
        tables["parcours"] = self._deduire_parcours(parcours)
        if "contrats" in self.lues:
            tables["contrats"] = self._contrats()
        inconnues = frozenset() if "rencontres" in self.individuelles else frozenset(_DES_RENCONTRES)
        return TablesPretes({nom: self._finir(nom, t, parcours) for nom, t in tables.items()}, groupes, inconnues)

    def _lire(self, nom: str, requises: Sequence[str], plus: Mapping[str, Genre | None] | None = None) -> pl.DataFrame:
        """Les colonnes requises et celles que l'on compte, au genre du catalogue."""
        decrites = charger_tables()[nom].colonnes
        genres: dict[str, Genre | None] = dict(plus or {})
        genres |= {c: decrites[c].genre for c in requises if c in decrites}
        genres |= {c: decrites[c].genre for c in self.lues.get(nom, ()) if not decrites[c].deduite}
        ids = "id_parcours" if "id_parcours" in genres else None
        lue = lire_colonnes(self.recues[nom], nom, requises=requises, genres=genres, ids=ids)
        # Une colonne facultative que la table n'a pas est une colonne de valeurs absentes.
        vides = [pl.lit(None, _TYPES[g]).alias(c) for c, g in genres.items() if g is not None and c not in lue.columns]
        return lue.with_columns(vides)

    def _parcours(self) -> pl.DataFrame:
        plus: dict[str, Genre | None] = {"id_parcours": None, "id_formation": None}
        plus |= {nom: "texte" for nom in ATTRIBUTS if nom in noms_de(self.recues["parcours"])}
        par_id = "id_formation" in noms_de(self.recues["parcours"])
        plus |= dict.fromkeys(CLES_DE_FORMATION, "texte")
        lus = self._lire_parcours(plus)
        if not par_id or lus["id_formation"].null_count():
            lus = lus.drop("id_formation", strict=False)
        ids = lus["id_parcours"]
        if not _sont_distincts(ids):
            exiger_unicite(en_pandas(ids), "parcours", "id_parcours")
        for colonne in ("date_entree", "date_fin"):
            if lus[colonne].null_count():
                exiger_presence(lus[colonne].is_not_null().to_numpy(), en_pandas(ids), f"parcours.{colonne}")
        return lus

    def _lire_parcours(self, plus: Mapping[str, Genre | None]) -> pl.DataFrame:
        for cle in self.ventiler:
            colonnes = _SOURCES.get(cle, ())
            self.lues.setdefault("parcours", set()).update(colonnes)
        lus = self._lire("parcours", _PARCOURS_REQUIS, plus)
        return lus.drop([c for c in ATTRIBUTS if c in lus.columns and lus[c].null_count() == lus.height])

    def _annuelle(self, nom: str) -> pl.DataFrame | None:
        besoin = nom in self.lues or (nom == "satisfaction" and "repondants" in self.lues.get("enquetes", ()))
        if not besoin or est_vide(self.recues.get(nom)):
            return None
        plus: dict[str, Genre | None] = {"id_formation": None, "repondant": None}
        plus |= {cle: "texte" for cle in (*CLES_DE_FORMATION, *ATTRIBUTS) if cle in noms_de(self.recues[nom])}
        lue = self._lire(nom, _REQUISES[nom], plus)
        if lue["annee"].null_count():
            raise TableInvalide(f"{nom}.annee : {lue['annee'].null_count()} valeur(s) obligatoire(s) absente(s).")
        return lue if lue.height else None

    def _compter_les_repondants(self, tables: dict[str, pl.DataFrame], groupes: pl.DataFrame) -> None:
        if "enquetes" in tables:
            comptes = deductions.repondants(
                tables["enquetes"], tables.get("satisfaction"), groupes["uai_responsable"].to_list()
            )
            tables["enquetes"] = tables["enquetes"].with_columns(comptes)
        if "satisfaction" not in self.lues:
            tables.pop("satisfaction", None)

    def _individuelles(self) -> dict[str, pl.DataFrame]:
        """Les tables facultatives d'un parcours, rattachées ; une table absente ou vide n'y est pas."""
        rendues = {}
        for nom in ("resultats", "heures", "rencontres", "situations"):
            if self._sert(nom) and not est_vide(self.recues.get(nom)):
                plus: dict[str, Genre | None] = {"id_parcours": None}
                if nom == "situations":
                    plus["mois"] = "nombre"
                lue = self._lire(nom, _REQUISES[nom], plus)
                if lue.height:
                    self.rangs[nom] = self.annuaire.situer(lue["id_parcours"])
                    exiger_connus(self.rangs[nom], lue["id_parcours"], nom)
                    rendues[nom] = self._deduire(nom, lue)
        self.individuelles = dict(rendues)
        return {nom: table for nom, table in rendues.items() if nom in self.lues}

    def _sert(self, nom: str) -> bool:
        du_parcours = self.lues.get("parcours", set())
        if nom == "resultats":
            return bool(du_parcours & _DES_RESULTATS)
        return nom in self.lues or (nom == "rencontres" and bool(du_parcours & _DES_RENCONTRES))

    def _deduire(self, nom: str, lue: pl.DataFrame) -> pl.DataFrame:
        rangs = self.rangs[nom]
        if nom == "heures":
            lue = lue.with_columns(deductions.fin_d_annee(lue["annee"]))
        if nom == "situations":
            lue = lue.rename({"mois": "echeance"})
            if "duree_deja_connue" in self.lues["situations"]:
                lue = lue.with_columns(deductions.premiere_duree(lue, rangs))
        return lue.with_columns(_groupe(self.groupe[rangs]), pl.Series("parcours", rangs.astype(np.int32)))

    def _deduire_parcours(self, parcours: pl.DataFrame) -> pl.DataFrame:
        lues = self.lues.get("parcours", set())
        if "rentree_suivante" in lues or any(d.lit_les_statuts for d in self.definitions):
            fins = deductions.rentree_suivante(parcours["date_entree"].to_numpy().astype(np.int64))
            parcours = parcours.with_columns(pl.Series("rentree_suivante", fins.astype(np.int32)))
        if any(definition.lit_les_statuts for definition in self.definitions):
            contrats, rangs = self._lire_contrats()
            parcours = parcours.with_columns(deductions.statuts(parcours, contrats, rangs, self.au))
        if lues & _DES_RESULTATS:
            table = self.individuelles.get("resultats")
            parcours = parcours.with_columns(
                deductions.resultats(table, self.rangs.get("resultats", np.empty(0, np.int64)), parcours)
            )
        if lues & _DES_RENCONTRES:
            table = self.individuelles.get("rencontres")
            rangs = self.rangs.get("rencontres", np.empty(0, np.int64))
            parcours = parcours.with_columns(
                deductions.rencontres(table, rangs, parcours, self.groupe, en_jours(self.au))
            )
        return parcours.with_columns(
            _groupe(self.groupe), pl.Series("parcours", np.arange(parcours.height, dtype=np.int32))
        )

    def _lire_contrats(self) -> tuple[pl.DataFrame, Entiers]:
        """Les contrats, et le rang du parcours de chacun."""
        if self.contrats is not None:
            return self.contrats, self.rangs["contrats"]
        plus: dict[str, Genre | None] = {"id_parcours": None, "rang": "nombre"}
        decrites = charger_tables()["contrats"].colonnes
        if est_vide(self.recues.get("contrats")):
            lus = pl.DataFrame(schema={"id_parcours": pl.Int64, "rang": pl.Int64})
            lus = lus.with_columns(pl.lit(None, _TYPES[c.genre]).alias(n) for n, c in decrites.items() if not c.deduite)
        else:
            presents = noms_de(self.recues["contrats"])
            plus |= {"id_personne": None} if "retour" in self.lues.get("contrats", ()) else {}
            if "motif_rupture" in presents or "motif" in self.ventiler:
                plus["motif_rupture"] = "texte"
            if "taille_employeur" in self.ventiler:
                plus["effectif_employeur"] = "nombre"
            lus = self._lire("contrats", _CONTRATS_REQUIS, plus)
        rangs = self.annuaire.situer(lus["id_parcours"])
        exiger_connus(rangs, lus["id_parcours"], "contrats")
        if lus["date_debut"].null_count():
            exiger_presence(
                lus["date_debut"].is_not_null().to_numpy(), en_pandas(lus["id_parcours"]), "contrats.date_debut"
            )
        self.contrats, self.rangs["contrats"] = lus, rangs
        return lus, rangs

    def _contrats(self) -> pl.DataFrame:
        contrats, rangs = self._lire_contrats()
        debuts, ordre = contrats["date_debut"].to_numpy().astype(np.int64), contrats["rang"].to_numpy()
        gardes = deductions.derniers_de_chaque_jour(rangs, debuts, ordre)
        if not gardes.all():
            contrats, rangs = contrats.filter(pl.Series(gardes)), rangs[gardes]
        if "retour" in self.lues["contrats"]:
            contrats = contrats.with_columns(deductions.retours(contrats, rangs))
        self.rangs["contrats"] = rangs
        return contrats.with_columns(_groupe(self.groupe[rangs]), pl.Series("parcours", rangs.astype(np.int32)))

    def _finir(self, nom: str, table: pl.DataFrame, parcours: pl.DataFrame) -> pl.DataFrame:
        """Ne garde que ce qui se compte ; ajoute les dates décalées et les modalités des ventilations."""
        ajouts: list[pl.Series] = []
        for decalage in self._decalages(nom):
            jours = nw.from_native(table.with_columns(ajouts)).select(j=Compilateur(self.au).jours(decalage.enfants[0]))
            decalees = deductions.plus_mois(jours.to_native()["j"], int(decalage.valeur))
            ajouts.append(decalees.alias(colonne_decalee(decalage)))
        for cle in self.ventiler:
            ventilation = charger_ventilations()[cle]
            if any(cle in d.ventilations for d in self.definitions if d.calcul.table == nom):
                ajouts.append(self._modalites(ventilation, table, parcours))
        garde = [*sorted(self.lues.get(nom, ())), "groupe", *(("parcours",) if "parcours" in table.columns else ())]
        return table.select(garde).with_columns(ajouts)

    def _decalages(self, nom: str) -> list[Noeud]:
        """Les décalages en mois que les expressions de la table comparent, chacun une fois."""
        trouves = {
            colonne_decalee(decalage): decalage
            for definition in self.definitions
            if definition.calcul.table == nom
            for expression in definition.expressions.values()
            for decalage in decalages(expression)
        }
        return list(trouves.values())

    def _modalites(self, ventilation: Ventilation, table: pl.DataFrame, parcours: pl.DataFrame) -> pl.Series:
        nom = colonne_de_ventilation(ventilation.cle)
        if ventilation.colonne in ("motif_rupture", "effectif_employeur"):
            return _classer(table[ventilation.colonne], ventilation).alias(nom)
        if ventilation.colonne == "age":
            naissances = parcours["annee_naissance"]
            entrees = parcours["date_entree"].cast(pl.Date).dt.year()
            codes = _classer(entrees - naissances, ventilation)
        else:
            codes = _classer(parcours[ventilation.colonne], ventilation)
        return codes.gather(table["parcours"]).alias(nom)


_TYPES: dict[Genre, type[pl.DataType]] = {"date": pl.Int32, "nombre": pl.Int64, "texte": pl.String, "logique": pl.Int8}
_SOURCES = {"sexe": ("sexe",), "age": ("annee_naissance",), "niveau": ("niveau",), "handicap": ("rqth",)}


def _groupe(numeros: Entiers) -> pl.Series:
    return pl.Series("groupe", numeros.astype(np.int32))


def _sont_distincts(ids: pl.Series) -> bool:
    if ids.null_count():
        return False
    if ids.dtype.is_integer() and len(ids):
        places = situer(ids, ids)
        return bool((places == np.arange(len(ids))).all())
    return ids.n_unique() == len(ids)


def _grouper(rangees: list[tuple[Entiers, Entiers]], formations: Formations) -> tuple[list[Entiers], pl.DataFrame]:
    """Numérote les couples (formation, année) de toutes les tables ; rend les numéros, et ce que sont les groupes."""
    bornes = [(int(annees.min()), int(annees.max())) for _, annees in rangees if len(annees)]
    premiere, derniere = (min(b[0] for b in bornes), max(b[1] for b in bornes)) if bornes else (0, 0)
    etendue = derniere - premiere + 1
    codes = [places * etendue + (annees - premiere) for places, annees in rangees]
    presents = np.zeros(formations.cles.height * etendue + 1, dtype=bool)
    for code in codes:
        presents[code] = True
    numeros = np.cumsum(presents) - 1
    distincts = np.flatnonzero(presents)
    promotions = [promotion(int(annee)) for annee in range(premiere, derniere + 1)]
    groupes = formations.cles[distincts // etendue].with_columns(
        pl.Series("promotion", promotions, dtype=pl.String).gather(distincts % etendue)
    )
    return [numeros[code] for code in codes], groupes


def _classer(valeurs: pl.Series, ventilation: Ventilation) -> pl.Series:
    """Le rang de la modalité de chaque valeur ; « non renseigné » est le dernier."""
    codes = np.full(len(valeurs), len(ventilation.modalites), dtype=np.int32)
    if valeurs.dtype in (pl.Categorical, pl.Enum):
        valeurs = valeurs.cast(pl.String)
    for rang, modalite in enumerate(ventilation.modalites):
        if modalite.valeurs:
            dedans = valeurs.is_in(list(modalite.valeurs)) if valeurs.dtype == pl.String else pl.Series([False])
        else:
            dedans = valeurs.is_between(modalite.de, modalite.a)
        codes[dedans.fill_null(False).to_numpy()] = rang
    return pl.Series(codes)
