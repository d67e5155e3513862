"""L'auto-évaluation : campagne annuelle, grille d'une formation, réponses, preuves.

Les autres tables des grilles sont chez leur sujet : `avis`, `jalons`, `preuves`, `plan`, `arrete`.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from charte.commun.base import Instant, cle_primaire, reference, valeurs_permises

ETATS_DE_CAMPAGNE = ("preparation", "ouverte", "en_concertation", "arretee")
ETATS_DE_GRILLE = ("ouverte", "arretee")
PARTIES = ("concertee", "etablissement", "cfa")
ETATS_DE_REPONSE = (
    "tenu",
    "en_partie",
    "non_tenu",
    "sans_objet",
    "non_engagee",
    "engagee",
    "en_place",
    "en_place_et_evaluee",
)


class Campagne(SQLModel, table=True):
    """Une campagne annuelle sur UNE édition de la charte ; `annee` = année de la rentrée.

    `toutes_formations` : chaque formation en est ; sinon, celles de `campagne_formation`. `relances` : nombre de jours
    avant (ou après, si négatif) l'échéance où un rappel part de lui-même, séparés par des virgules.
    """

    __tablename__ = "campagne"
    __table_args__ = (
        UniqueConstraint("etablissement_id", "annee"),
        CheckConstraint(valeurs_permises("etat", ETATS_DE_CAMPAGNE), name="etat"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    annee: int
    libelle: str = Field(max_length=120)
    edition: str = Field(max_length=20)
    empreinte_edition: str = Field(max_length=64)
    etat: str = Field(default="ouverte", max_length=20)
    toutes_formations: bool = True
    echeance_positions: date | None = None
    echeance_concertation: date | None = None
    relances: str = Field(default="14,3,-1", max_length=60)
    consigne: str = Field(default="", max_length=2000)
    version: int = 1


class RetourDeCampagne(SQLModel, table=True):
    """Un pas en arrière d'une campagne : d'où, vers où, pourquoi, par qui."""

    __tablename__ = "retour_de_campagne"
    __table_args__ = (CheckConstraint("length(motif) > 0", name="motive"),)

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    campagne_id: int = Field(sa_column=reference("campagne.id"))
    depuis: str = Field(max_length=20)
    vers: str = Field(max_length=20)
    motif: str = Field(max_length=2000)
    revenu_par: str = Field(max_length=200)
    revenu_le: datetime = Field(sa_column=Column(Instant(), nullable=False))


class CampagneFormation(SQLModel, table=True):
    """Une formation qui est d'une campagne choisie ; `echeance` : la sienne, si elle n'est pas celle de la campagne."""

    __tablename__ = "campagne_formation"
    __table_args__ = (UniqueConstraint("campagne_id", "formation_id"),)

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    campagne_id: int = Field(sa_column=reference("campagne.id"))
    formation_id: int = Field(sa_column=reference("formation.id"))
    echeance: date | None = None


class Repondant(SQLModel, table=True):
    """Qui répond, pour une partie, dans une campagne ; à défaut, les mandats les plus proches du diplôme."""

    __tablename__ = "repondant"
    __table_args__ = (
        UniqueConstraint("campagne_id", "formation_id", "partie", "compte_id"),
        CheckConstraint(valeurs_permises("partie", PARTIES), name="partie"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    campagne_id: int = Field(sa_column=reference("campagne.id"))
    formation_id: int = Field(sa_column=reference("formation.id"))
    partie: str = Field(max_length=20)
    compte_id: int = Field(sa_column=reference("compte.id"))


class Relance(SQLModel, table=True):
    """Un rappel parti : quoi, pour quelle échéance, à qui ; il ne part pas deux fois."""

    __tablename__ = "relance"
    __table_args__ = (UniqueConstraint("genre", "objet_id", "compte_id", "motif"),)

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    genre: str = Field(max_length=20)
    objet_id: int
    compte_id: int = Field(sa_column=reference("compte.id"))
    motif: str = Field(max_length=60)
    envoyee_le: datetime = Field(sa_column=Column(Instant(), nullable=False))


class Grille(SQLModel, table=True):
    """La grille d'une formation dans une campagne. `version` : 1, puis une de plus à chaque réouverture."""

    __tablename__ = "grille"
    __table_args__ = (
        UniqueConstraint("campagne_id", "formation_id"),
        CheckConstraint(valeurs_permises("etat", ETATS_DE_GRILLE), name="etat"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    campagne_id: int = Field(sa_column=reference("campagne.id"))
    formation_id: int = Field(sa_column=reference("formation.id"))
    etat: str = Field(default="ouverte", max_length=20)
    version: int = 1


class Reponse(SQLModel, table=True):
    """La position d'une partie sur un élément de la charte (engagement, exigence, action ou sous-action).

    `partie` : la position concertée seule compte pour le niveau ; celles de chaque partie sont à côté.
    `version` : verrou optimiste, une par réponse. `motif` : exigé si « sans objet ». `a_confirmer` : reprise de l'an
    passé, elle ne compte pas tant que personne ne l'a confirmée.
    """

    __tablename__ = "reponse"
    __table_args__ = (
        UniqueConstraint("grille_id", "element", "partie"),
        CheckConstraint(f"etat IS NULL OR {valeurs_permises('etat', ETATS_DE_REPONSE)}", name="etat"),
        CheckConstraint(valeurs_permises("partie", PARTIES), name="partie"),
        CheckConstraint("etat IS NULL OR etat <> 'sans_objet' OR length(motif) > 0", name="sans_objet_motive"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    grille_id: int = Field(sa_column=reference("grille.id"))
    element: str = Field(max_length=20)
    partie: str = Field(default="concertee", max_length=20)
    etat: str | None = Field(default=None, max_length=20)
    motif: str = Field(default="", max_length=2000)
    commentaire: str = Field(default="", max_length=5000)
    a_confirmer: bool = False
    version: int = 1
    modifie_par: str = Field(max_length=200)
    modifie_le: datetime = Field(sa_column=Column(Instant(), nullable=False))


class Presence(SQLModel, table=True):
    """Qui a une grille sous les yeux, à l'instant ; s'efface d'elle-même."""

    __tablename__ = "presence"
    __table_args__ = (UniqueConstraint("grille_id", "compte_id"),)

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    grille_id: int = Field(sa_column=reference("grille.id"))
    compte_id: int = Field(sa_column=reference("compte.id"))
    nom: str = Field(max_length=200)
    poste: int | None = None
    vu_le: datetime = Field(sa_column=Column(Instant(), nullable=False, index=True))


class Preuve(SQLModel, table=True):
    """Une preuve : un lien ou des fichiers, ses dates ; rattachée à autant d'éléments qu'on veut.

    `adresse` vide : des fichiers seulement (`fichier_de_preuve`). `date_fin` : au-delà, elle est périmée.
    `proprietaire` : la fonction qui la tient à jour. `partagee` : elle vaut pour tout l'établissement, chacun peut la
    citer.
    """

    __tablename__ = "preuve"
    __table_args__ = (
        CheckConstraint("date_fin IS NULL OR date_effet IS NULL OR date_fin >= date_effet", name="dates"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    titre: str = Field(max_length=200)
    adresse: str = Field(max_length=1000)
    date_effet: date | None = None
    date_fin: date | None = None
    proprietaire: str = Field(default="", max_length=120)
    partagee: bool = False
    version: int = 1
    compte_id: int | None = Field(default=None, sa_column=reference("compte.id", facultative=True))
    depose_par: str = Field(max_length=200)
    depose_le: datetime = Field(sa_column=Column(Instant(), nullable=False))


class PreuveCitee(SQLModel, table=True):
    """Une preuve citée à l'appui d'un élément d'une grille ; `emplacement` : où regarder (« page 4, annexe 2 »)."""

    __tablename__ = "preuve_citee"
    __table_args__ = (UniqueConstraint("preuve_id", "grille_id", "element"),)

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    preuve_id: int = Field(sa_column=reference("preuve.id"))
    grille_id: int = Field(sa_column=reference("grille.id"))
    element: str = Field(max_length=20)
    emplacement: str = Field(default="", max_length=200)
