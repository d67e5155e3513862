"""Les formats des sources : leurs colonnes, ce que l'on en lit, à quoi une ligne se rattache, ce qu'ils nourrissent."""

import datetime
from collections.abc import Sequence
from functools import cache, cached_property
from typing import Literal

from pydantic import Field, model_validator

from charte.commun.donnees import DonneeGelee, DonneesInvalides, charger_modele
from indicateurs.imports.dates import lecteur_de_dates
from indicateurs.imports.format import FORMATS, Pivots, normaliser_entete
from indicateurs.imports.valeurs import Lecteur, Lu
from indicateurs.sources.valeurs import (
    DATES,
    LECTEURS_DES_SOURCES,
    TypeSource,
    lecteur_compact,
    lire_code,
    lire_code_booleen,
    normaliser_code,
)

Nature = Literal["contrat", "resultat", "heures", "rencontre", "situation", "satisfaction", "repere"]
Rattachement = Literal["identite", "formation", "aucun"]
BLOCS = FORMATS.parent / "blocs_de_colonnes.yaml"
_SANS_BLOCAGE = (
    "texte",
    "siret",
    "uai",
    "rncp",
    "cfd",
    "ine",
    "sexe",
    "duree",
    "annee_formation",
    "annee_formation_sifa",
)


class ColonneSource(DonneeGelee):
    """Une colonne d'une source. `cible` : son nom une fois rangée ; `mois` : elle vaut pour chaque échéance."""

    champ: str
    titre: str | None = None
    autres_titres: tuple[str, ...] = ()
    cible: str | None = None
    type: TypeSource
    lecture: Literal["gardee", "controlee", "non_lue"]
    motif: str | None = None
    requise: Literal["oui"] | None = None
    illisible: Literal["ecarte", "avertit"] | None = None
    codes: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    choix: tuple[str, ...] = ()
    vides: tuple[str, ...] = ()
    attendu: str | None = None
    exemple: str = ""
    mois: tuple[int, ...] = ()

    @model_validator(mode="after")
    def _coherente(self) -> "ColonneSource":
        if (self.lecture == "non_lue") != (self.motif is not None):
            raise ValueError(f"{self.champ} : une colonne qu'on ne lit pas, et elle seule, dit pourquoi (motif)")
        if bool(self.codes) != (self.type in ("code", "code_booleen", "question")):
            raise ValueError(f"{self.champ} : seul un code a des `codes`")
        paires = {(normaliser_code(t), cle) for cle, autres in self.codes.items() for t in (cle, *autres)}
        if len(paires) != len({ecriture for ecriture, _ in paires}):
            raise ValueError(f"{self.champ} : une même écriture désigne deux codes")
        return self

    @property
    def lue(self) -> bool:
        """Vraie si la colonne est chargée en mémoire."""
        return self.lecture != "non_lue"

    @property
    def nom(self) -> str:
        """Titre de la colonne dans le fichier."""
        return self.titre or self.champ

    @property
    def rangee_sous(self) -> str:
        """Nom de la colonne une fois rangée."""
        return self.cible or self.champ

    @property
    def illisible_bloque(self) -> bool:
        """Vraie si une valeur illisible écarte la ligne."""
        if self.illisible is not None:
            return self.illisible == "ecarte"
        return self.lecture == "gardee" and self.type not in _SANS_BLOCAGE

    @property
    def en_jours(self) -> bool:
        """Vraie si la colonne se lit en tableau de dates."""
        return self.type in DATES

    @property
    def ecritures(self) -> dict[str, str]:
        """Code de chaque écriture permise, normalisée."""
        return {normaliser_code(t): cle for cle, autres in self.codes.items() for t in (cle, *autres)}

    @property
    def vides_normalises(self) -> frozenset[str]:
        """Textes, normalisés, qui disent l'absence."""
        return frozenset(map(normaliser_code, self.vides))

    def lecteur(self) -> Lecteur:
        """Lecteur de ses textes (hors dates, qui demandent les pivots du format)."""
        if self.type == "code":
            return lire_code(self.ecritures)
        if self.type == "question":
            return lire_code(self.ecritures, libre=True)
        if self.type == "code_booleen":
            return lire_code_booleen(self.ecritures)
        return LECTEURS_DES_SOURCES[self.type]

    def deployee(self) -> tuple["ColonneSource", ...]:
        """La colonne, ou une par échéance (« champ_6 », « champ_12 »…)."""
        if not self.mois:
            return (self,)
        return tuple(
            self.model_copy(update={"champ": f"{self.champ}_{m}", "cible": f"{self.rangee_sous}_{m}", "mois": ()})
            for m in self.mois
        )


class NonNourri(DonneeGelee):
    """Indicateurs qu'un format ne peut pas nourrir, et pourquoi : montré à qui le dépose."""

    indicateurs: tuple[str, ...] = Field(min_length=1)
    motif: str


class Identite(DonneeGelee):
    """Champs qui reconnaissent une personne."""

    nom: str = "nom_apprenant"
    prenom: str = "prenom_apprenant"
    naissance: str = "date_de_naissance_apprenant"
    ine: str = "ine_apprenant"


class EnColonnes(DonneeGelee):
    """Comment se lit la même source quand elle a une colonne par question (et non une ligne par réponse).

    `question`, `valeur`, `repondant` : les champs que les colonnes remplacent. `exigees` : ceux qui valent alors pour
    toutes les lignes. `mots` : ce qui, dans un titre, désigne une question nommée ; `intitules` : une question, sans
    dire laquelle. `sans_reponse` : ce qui s'écrit pour dire qu'on n'a pas d'avis.
    """

    question: str
    valeur: str
    repondant: str
    exigees: tuple[str, ...]
    mots: dict[str, tuple[str, ...]]
    intitules: tuple[str, ...]
    sans_reponse: tuple[str, ...]


class FormatSource(DonneeGelee):
    """Un format de source : colonnes, rattachement, contrôles, et ce qu'il nourrit. Satisfait `FormatLisible`."""

    cle: str
    titre: str
    version: str
    date: datetime.date
    source: str
    reference: str
    consulte_le: datetime.date
    a_verifier: tuple[str, ...] = ()
    lignes: Nature
    une_ligne: str
    rattachement: Rattachement
    sans_entete: bool = False
    identite: Identite = Identite()
    blocs: tuple[Literal["identite", "formation"], ...] = ()
    signature: tuple[str, ...] = Field(min_length=1)
    reperes: tuple[str, ...] = ()
    cle_de_ligne: tuple[str, ...] = ()
    un_des: tuple[tuple[str, ...], ...] = ()
    regles: tuple[str, ...] = ()
    schemas: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    en_colonnes: EnColonnes | None = None
    nourrit: tuple[str, ...]
    ne_nourrit_pas: tuple[NonNourri, ...]
    pivots: Pivots = Pivots(naissance=15, formation=69)
    annees_lisibles: tuple[int, int] = (1920, 2199)
    colonnes: tuple[ColonneSource, ...]

    @model_validator(mode="after")
    def _coherent(self) -> "FormatSource":
        champs = [colonne.champ for colonne in self.colonnes]
        if len(champs) != len(set(champs)):
            raise ValueError("une colonne est décrite deux fois")
        cites = {*self.signature, *self.reperes, *(champ for groupe in self.un_des for champ in groupe)}
        cites |= {champ for groupe in self.schemas.values() for champ in groupe}
        cites |= set(self.identite.model_dump().values()) if self.rattachement == "identite" else set()
        if (forme := self.en_colonnes) is not None:
            cites |= {forme.question, forme.valeur, forme.repondant, *forme.exigees}
        if inconnus := sorted(cites - set(champs)):
            raise ValueError(f"colonnes citées qui n'existent pas : {', '.join(inconnus)}")
        if inconnues := sorted(set(self.cle_de_ligne) - {colonne.rangee_sous for colonne in self.colonnes}):
            raise ValueError(f"clé de ligne : colonnes qui ne sont pas rangées : {', '.join(inconnues)}")
        return self

    @cached_property
    def par_champ(self) -> dict[str, ColonneSource]:
        """Colonnes par nom de champ, dans l'ordre du format."""
        return {colonne.champ: colonne for colonne in self.colonnes}

    @cached_property
    def lues(self) -> tuple[ColonneSource, ...]:
        """Colonnes que l'on charge, dans l'ordre du format."""
        return tuple(colonne for colonne in self.colonnes if colonne.lue)

    @cached_property
    def champs_d_identite(self) -> frozenset[str]:
        """Champs qui font les empreintes et ne se rangent pas ; vide si la ligne ne porte pas de personne."""
        return frozenset(self.identite.model_dump().values()) if self.rattachement == "identite" else frozenset()

    @cached_property
    def rangees(self) -> tuple[ColonneSource, ...]:
        """Colonnes que l'on range, hors identité."""
        return tuple(c for c in self.colonnes if c.lecture == "gardee" and c.champ not in self.champs_d_identite)

    @cached_property
    def _champ_par_titre(self) -> dict[str, str]:
        titres = {normaliser_entete(t): c.champ for c in self.colonnes for t in (c.nom, *c.autres_titres)}
        return {**titres, **{colonne.champ: colonne.champ for colonne in self.colonnes}}

    @property
    def titres_cites(self) -> str:
        """Les titres qui font reconnaître le format."""
        return ", ".join(self.par_champ[champ].nom for champ in self.signature)

    def champ_de(self, titre: str) -> str:
        """Champ que désigne un titre normalisé ; le titre lui-même s'il n'en désigne aucun."""
        return self._champ_par_titre.get(titre, titre)

    def porte_ses_valeurs(self, rangee: Sequence[str]) -> bool:
        """Vrai si une des colonnes repères, à son rang, porte une valeur de son type."""
        places = {colonne.champ: place for place, colonne in enumerate(self.colonnes)}
        return any(self._juste(champ, rangee[places[champ]]) for champ in self.reperes)

    def _juste(self, champ: str, texte: str) -> bool:
        return bool(texte) and lecteur_de(self, self.par_champ[champ])(texte).faute is None


class _Blocs(DonneeGelee):
    identite: tuple[ColonneSource, ...]
    formation: tuple[ColonneSource, ...]


class _FormatEcrit(FormatSource):
    """Un format tel qu'il est écrit : les colonnes de ses blocs, puis les siennes, chacune déployée par échéance."""

    @model_validator(mode="before")
    @classmethod
    def _deployer(cls, brut: object) -> object:
        if not isinstance(brut, dict) or not isinstance(brut.get("colonnes"), list):
            return brut
        blocs = charger_modele(BLOCS, _Blocs)
        communes = [colonne for bloc in brut.get("blocs", ()) for colonne in getattr(blocs, bloc)]
        siennes = [ColonneSource.model_validate(colonne) for colonne in brut["colonnes"]]
        return {**brut, "colonnes": [autre for colonne in communes + siennes for autre in colonne.deployee()]}


def lecteur_de(format_: FormatSource, colonne: ColonneSource, decalage: int = 0) -> Lecteur:
    """Lecteur d'une colonne ; `decalage` : jours à ajouter à un numéro de série de tableur."""
    lecteur = _lecteur_de_date(format_, colonne, decalage) if colonne.en_jours else colonne.lecteur()
    vides = colonne.vides_normalises
    if not vides:
        return lecteur
    return lambda texte: Lu(None) if normaliser_code(texte) in vides else lecteur(texte)


def _lecteur_de_date(format_: FormatSource, colonne: ColonneSource, decalage: int) -> Lecteur:
    naissance = colonne.type in ("date_naissance", "naissance_compacte")
    pivot = format_.pivots.naissance if naissance else format_.pivots.formation
    compacte = colonne.type in ("date_compacte", "naissance_compacte")
    return (lecteur_compact if compacte else lecteur_de_dates)(pivot, format_.annees_lisibles, decalage)


SOURCES: tuple[str, ...] = (
    "sifa_2024", "resultats", "heures", "rencontres", "enquete_insertion", "satisfaction",
    "insersup", "inserjeunes_cfa", "inserjeunes_cfa_niveau",
)  # fmt: skip


@cache
def charger_source(cle: str) -> FormatSource:
    """Charge un format de source ; lève `DonneesInvalides` s'il est inconnu ou mal décrit."""
    if cle not in SOURCES:
        raise DonneesInvalides(f"format de source inconnu : {cle}")
    return charger_modele(FORMATS / f"{cle}.yaml", _FormatEcrit)
