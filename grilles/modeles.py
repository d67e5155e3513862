"""L'auto-évaluation : campagne annuelle, grille d'une formation, réponses, preuves."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from charte.commun.base import Instant, cle_primaire, reference, valeurs_permises

ETATS_DE_CAMPAGNE = ("preparation", "ouverte", "en_concertation", "arretee")
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
    """Une campagne annuelle sur UNE édition de la charte ; `annee` = année de la rentrée."""

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


class Grille(SQLModel, table=True):
    """La grille d'une formation dans une campagne."""

    __tablename__ = "grille"
    __table_args__ = (UniqueConstraint("campagne_id", "formation_id"),)

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    campagne_id: int = Field(sa_column=reference("campagne.id"))
    formation_id: int = Field(sa_column=reference("formation.id"))


class Reponse(SQLModel, table=True):
    """La position d'une partie sur un élément de la charte (engagement, exigence, action ou sous-action).

    `partie` : la position concertée seule compte pour le niveau ; celles de chaque partie viendront à côté.
    `version` : verrou optimiste, une par réponse. `motif` : exigé si « sans objet ».
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
    version: int = 1
    modifie_par: str = Field(max_length=200)
    modifie_le: datetime = Field(sa_column=Column(Instant(), nullable=False))


class Preuve(SQLModel, table=True):
    """Une preuve : un lien, son titre, sa date d'effet ; rattachée à autant d'éléments qu'on veut."""

    __tablename__ = "preuve"

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    titre: str = Field(max_length=200)
    adresse: str = Field(max_length=1000)
    date_effet: date | None = None
    depose_par: str = Field(max_length=200)
    depose_le: datetime = Field(sa_column=Column(Instant(), nullable=False))


class PreuveCitee(SQLModel, table=True):
    """Une preuve citée à l'appui d'un élément d'une grille."""

    __tablename__ = "preuve_citee"
    __table_args__ = (UniqueConstraint("preuve_id", "grille_id", "element"),)

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    preuve_id: int = Field(sa_column=reference("preuve.id"))
    grille_id: int = Field(sa_column=reference("grille.id"))
    element: str = Field(max_length=20)
