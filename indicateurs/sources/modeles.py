"""Ce que les sources complémentaires rangent : résultats, heures, rencontres, situations, satisfaction, provenance.

Chaque ligne vient d'une seule ligne d'un seul dépôt (`depot_id`, `ligne`) : c'est la provenance de ses valeurs.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from charte.commun.base import Instant, cle_primaire, reference, valeurs_permises

NATURES_DE_RENCONTRE = ("employeur", "visite", "validation_mission")
SITUATIONS = ("emploi", "recherche", "etudes", "autre")
TYPES_DE_CONTRAT = ("cdi", "fonctionnaire", "cdd", "alternance", "independant", "autre")
PUBLICS = ("apprentis", "maitres", "tuteurs", "employeurs")
OBJETS = ("apprenti", "parcours", "contrat")
HORIZONS = (6, 12, 18, 24, 30)


class CorrespondanceDeColonnes(SQLModel, table=True):
    """Les colonnes d'un fichier quelconque rapprochées de celles d'un format, gardées pour la prochaine fois.

    `colonnes` : champ du format → titre de colonne du fichier. `empreinte` : SHA-256 des titres, dans leur ordre.
    `cfa_id` : le CFA au nom duquel elle est gardée ; sans lui, elle est à l'établissement.
    """

    __tablename__ = "correspondance_de_colonnes"
    __table_args__ = (
        # Deux index : une clé unique ne voit pas deux fois le même nom quand `cfa_id` est vide.
        Index(
            "ix_correspondance_de_l_etablissement", "etablissement_id", "nom", unique=True,
            sqlite_where=text("cfa_id IS NULL"), postgresql_where=text("cfa_id IS NULL"),
        ),
        Index("ix_correspondance_d_un_cfa", "cfa_id", "nom", unique=True),
    )  # fmt: skip

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    cfa_id: int | None = Field(default=None, sa_column=reference("cfa.id", facultative=True, index=False))
    nom: str = Field(max_length=120)
    format: str = Field(max_length=40)
    colonnes: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    empreinte: str = Field(max_length=64, index=True)
    version: int = 1
    modifie_par: str = Field(max_length=200)
    modifie_le: datetime = Field(sa_column=Column(Instant(), nullable=False))


class ValeurDeSource(SQLModel, table=True):
    """Ce qu'une source dit d'un champ d'une ligne que le dépôt de la ligne n'a pas rempli, ou dit autrement.

    `retenue` : c'est la valeur de la ligne ; sinon elle est gardée à côté, pour qui veut trancher. `valeur` : forme
    canonique en texte (date ISO, « oui » / « non ») ; vide : la source n'en donne pas.
    """

    __tablename__ = "valeur_de_source"
    __table_args__ = (
        UniqueConstraint("objet", "objet_id", "champ", "format"),
        CheckConstraint(valeurs_permises("objet", OBJETS), name="objet"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    objet: str = Field(max_length=12)
    objet_id: int
    champ: str = Field(max_length=40)
    format: str = Field(max_length=40)
    valeur: str = Field(max_length=300)
    retenue: bool
    depot_id: int = Field(sa_column=reference("depot.id"))
    ligne: int


class Resultat(SQLModel, table=True):
    """La présence et l'admission d'un parcours à une session d'examen (`annee`) ; None : non dit."""

    __tablename__ = "resultat"
    __table_args__ = (UniqueConstraint("parcours_id", "annee"),)

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    parcours_id: int = Field(sa_column=reference("parcours.id"))
    annee: int
    present: bool | None = None
    admis: bool | None = None
    depot_id: int = Field(sa_column=reference("depot.id"))
    ligne: int


class Heures(SQLModel, table=True):
    """Les heures de formation d'un parcours pendant une année scolaire (`annee` : celle de la rentrée)."""

    __tablename__ = "heures"
    __table_args__ = (
        UniqueConstraint("parcours_id", "annee"),
        CheckConstraint("prevues >= 0 AND realisees >= 0", name="positives"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    parcours_id: int = Field(sa_column=reference("parcours.id"))
    annee: int
    prevues: float | None = None
    realisees: float | None = None
    depot_id: int = Field(sa_column=reference("depot.id"))
    ligne: int


class Rencontre(SQLModel, table=True):
    """Une rencontre, une visite, ou la validation d'une mission (demandée `prevue_du`, validée `tenue_le`)."""

    __tablename__ = "rencontre"
    __table_args__ = (
        UniqueConstraint("parcours_id", "nature", "rang"),
        CheckConstraint(valeurs_permises("nature", NATURES_DE_RENCONTRE), name="nature"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    parcours_id: int = Field(sa_column=reference("parcours.id"))
    nature: str = Field(max_length=20)
    rang: int
    prevue_du: date | None = None
    prevue_au: date | None = None
    tenue_le: date | None = None
    depot_id: int = Field(sa_column=reference("depot.id"))
    ligne: int


class Situation(SQLModel, table=True):
    """Ce qu'une enquête d'insertion dit d'un parcours, `mois` mois après sa fin ; `recherche_mois` : en mois."""

    __tablename__ = "situation"
    __table_args__ = (
        UniqueConstraint("parcours_id", "mois"),
        CheckConstraint("mois BETWEEN 1 AND 120", name="mois"),
        CheckConstraint(f"situation IS NULL OR {valeurs_permises('situation', SITUATIONS)}", name="situation"),
        CheckConstraint(
            f"type_contrat IS NULL OR {valeurs_permises('type_contrat', TYPES_DE_CONTRAT)}", name="contrat"
        ),
        CheckConstraint("recherche_mois IS NULL OR recherche_mois >= 0", name="recherche"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    parcours_id: int = Field(sa_column=reference("parcours.id"))
    mois: int
    repondu: bool
    situation: str | None = Field(default=None, max_length=20)
    type_contrat: str | None = Field(default=None, max_length=20)
    adequation: bool | None = None
    recherche_mois: float | None = None
    depot_id: int = Field(sa_column=reference("depot.id"))
    ligne: int


class Enquete(SQLModel, table=True):
    """Une enquête de satisfaction d'une formation, une année, auprès d'un public : combien de personnes sollicitées."""

    __tablename__ = "enquete"
    __table_args__ = (
        UniqueConstraint("formation_id", "annee", "public"),
        CheckConstraint(valeurs_permises("public", PUBLICS), name="public"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    formation_id: int = Field(sa_column=reference("formation.id"))
    annee: int
    public: str = Field(max_length=20)
    sollicites: int | None = None
    depot_id: int = Field(sa_column=reference("depot.id"))
    ligne: int


class NoteDeSatisfaction(SQLModel, table=True):
    """La note donnée par un répondant (un simple numéro dans l'enquête, jamais une personne) à une question."""

    __tablename__ = "note_de_satisfaction"
    __table_args__ = (
        UniqueConstraint("enquete_id", "question", "repondant"),
        CheckConstraint("note_max > note_min AND note BETWEEN note_min AND note_max", name="echelle"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    enquete_id: int = Field(sa_column=reference("enquete.id"))
    question: str = Field(max_length=60)
    repondant: int
    note: float
    note_min: float
    note_max: float
    depot_id: int = Field(sa_column=reference("depot.id"))
    ligne: int
