"""Ce que publie un CFA : ses rubriques en JSON canonique, secret appliqué au seuil public. Fonctions pures."""

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache

from pydantic import TypeAdapter

from charte.commun.canonique import ecrire_canonique
from charte.commun.csv_francais import Cellule as CelluleCsv
from charte.commun.csv_francais import ecrire_csv
from charte.commun.typographie import INSECABLE, nombre, part
from indicateurs.finition import afficher_masque

FORMAT = 1
CFA = ""
"""La clé de la ligne du CFA entier ; celles des diplômes sont leurs codes."""
ENTETES = (
    "uai_cfa", "etablissement", "annee_publication", "version", "rubrique", "reference_loi", "niveau", "diplome",
    "code_diplome", "promotion", "taux_fraction_0_1", "intervalle_bas_fraction_0_1", "intervalle_haut_fraction_0_1",
    "numerateur_nombre", "effectif_nombre", "non_diffuse", "definition",
)  # fmt: skip
ENTETES_DES_DEFINITIONS = (
    "rubrique", "reference_loi", "definition", "libelle", "numerateur", "denominateur", "exclusions", "fenetre",
    "non_modelise", "seuil_nombre", "sources", "empreinte_sha256",
)  # fmt: skip


@dataclass(frozen=True)
class Cellule:
    """Un taux publié ; masquée, elle ne porte aucun nombre. `gardee` : reprise d'une publication d'avant."""

    promotion: str
    numerateur: float | None = None
    denominateur: float | None = None
    taux: float | None = None
    ic_bas: float | None = None
    ic_haut: float | None = None
    masque: bool = False
    gardee: bool = False

    def __post_init__(self) -> None:
        """Refuse un nombre sous un masque : il ne doit entrer dans aucune publication."""
        nombres = (self.numerateur, self.denominateur, self.taux, self.ic_bas, self.ic_haut)
        if self.masque and any(n is not None for n in nombres):
            raise ValueError("Une cellule masquée ne porte aucun nombre.")


@dataclass(frozen=True)
class Ligne:
    """Le CFA entier (`cle` vide) ou un de ses diplômes, et ses cellules, une par promotion montrée."""

    cle: str
    libelle: str
    cellules: tuple[Cellule, ...]

    def cellule(self, promotion: str) -> Cellule | None:
        """La cellule d'une promotion, ou None si le diplôme n'y a aucune cohorte."""
        return next((cellule for cellule in self.cellules if cellule.promotion == promotion), None)


@dataclass(frozen=True)
class DefinitionPubliee:
    """Comment le taux se compte, en mots."""

    identifiant: str
    empreinte: str
    libelle: str
    numerateur: str
    denominateur: str
    exclusions: tuple[str, ...]
    fenetre: str
    non_modelise: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class ValeurImportee:
    """Une valeur qui ne se calcule pas ici, avec son millésime et son producteur."""

    libelle: str
    valeur: str
    millesime: str
    source: str


@dataclass(frozen=True)
class Rubrique:
    """Une des mentions de la loi. Sans ligne ni valeur, elle est « non disponible ».

    `gardees` : (promotion, jour de la publication reprise) de chaque promotion dont les chiffres n'ont pas été refaits.
    """

    cle: str
    loi: str
    titre: str
    note: str = ""
    definition: DefinitionPubliee | None = None
    lignes: tuple[Ligne, ...] = ()
    importees: tuple[ValeurImportee, ...] = ()
    gardees: tuple[tuple[str, date], ...] = ()

    @property
    def promotions(self) -> tuple[str, ...]:
        """Les promotions montrées, de la plus ancienne à la plus récente."""
        return tuple(sorted({cellule.promotion for ligne in self.lignes for cellule in ligne.cellules}))

    def colonne(self, promotion: str) -> dict[str, Cellule]:
        """Ligne → cellule, pour une promotion."""
        paires = ((ligne.cle, ligne.cellule(promotion)) for ligne in self.lignes)
        return {cle: cellule for cle, cellule in paires if cellule is not None}

    @property
    def disponible(self) -> bool:
        """Vrai s'il y a quelque chose à montrer, fût-ce un masque."""
        return bool(self.lignes or self.importees)


@dataclass(frozen=True)
class Contenu:
    """Le tableau d'un CFA pour une année, tel qu'un établissement le publie. `correction` : pourquoi cette version."""

    etablissement: str
    cfa: str
    uai: str
    annee: int
    rang: int
    observee_le: date
    seuil: int
    loi: str
    reference: str
    rubriques: tuple[Rubrique, ...]
    correction: str = ""
    publiee_le: datetime | None = None
    format: int = field(default=FORMAT)

    def rubrique(self, cle: str) -> Rubrique | None:
        """La rubrique de cette clé, ou None."""
        return next((rubrique for rubrique in self.rubriques if rubrique.cle == cle), None)


def ecrire_contenu(contenu: Contenu) -> str:
    """Le contenu en JSON canonique."""
    return ecrire_canonique(_adaptateur().dump_python(contenu, mode="json"))


def lire_contenu(texte: str) -> Contenu:
    """Le contenu d'un JSON publié ; lève `pydantic.ValidationError` s'il n'a pas la forme attendue."""
    return _adaptateur().validate_json(texte)


@cache
def _adaptateur() -> TypeAdapter[Contenu]:
    return TypeAdapter(Contenu)


def dire(cellule: Cellule | None, seuil: int) -> str:
    """« 87,5 % (n = 40) », « n.d. (effectif < 20) », ou « – » sans cohorte."""
    if cellule is None:
        return "–"
    if cellule.masque:
        return afficher_masque(seuil)
    if cellule.taux is None or cellule.denominateur is None:
        return "–"
    return f"{part(cellule.taux)} (n{INSECABLE}={INSECABLE}{nombre(cellule.denominateur)})"


def ecrire_la_table(contenus: tuple[Contenu, ...]) -> str:
    """Les taux en CSV (UTF-8, « ; », virgule décimale) : une ligne par rubrique, diplôme et promotion."""
    return ecrire_csv(ENTETES, [rang for contenu in contenus for rang in _rangs(contenu)])


def _rangs(contenu: Contenu) -> list[list[CelluleCsv]]:
    tete: list[CelluleCsv] = [contenu.uai, contenu.etablissement, contenu.annee, contenu.rang]
    return [
        [
            *tete, rubrique.titre, rubrique.loi, "diplôme" if ligne.cle else "CFA", ligne.libelle, ligne.cle,
            c.promotion, c.taux, c.ic_bas, c.ic_haut, c.numerateur, c.denominateur,
            afficher_masque(contenu.seuil) if c.masque else None,
            rubrique.definition.identifiant if rubrique.definition else None,
        ]
        for rubrique in contenu.rubriques
        for ligne in rubrique.lignes
        for c in ligne.cellules
    ]  # fmt: skip


def ecrire_les_definitions(contenus: tuple[Contenu, ...]) -> str:
    """Les définitions en CSV, une fois chacune."""
    rangs: dict[tuple[str, str], list[CelluleCsv]] = {}
    for contenu in contenus:
        for rubrique in contenu.rubriques:
            if (d := rubrique.definition) is not None:
                rangs[rubrique.cle, d.empreinte] = [
                    rubrique.titre, rubrique.loi, d.identifiant, d.libelle, d.numerateur, d.denominateur,
                    " ".join(d.exclusions), d.fenetre, " ".join(d.non_modelise), contenu.seuil, " ; ".join(d.sources),
                    d.empreinte,
                ]  # fmt: skip
    return ecrire_csv(ENTETES_DES_DEFINITIONS, rangs.values())
