"""La revue annuelle des indicateurs (exigence 1.C1.2 de la charte) : ses étapes, ses notes, puis son contenu scellé."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Column, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from charte.commun.base import Instant, cle_primaire, reference, valeurs_permises

ETATS_DE_REVUE = ("ouverte", "arretee")
AVIS_DE_REVUE = ("a_voir", "garder", "revoir", "agir")


class Revue(SQLModel, table=True):
    """La revue d'une année, d'un CFA ou (sans `cfa_id`) de l'établissement ; rouverte, elle en fait une autre (`rang`).

    `donnees_completes`, `definitions_justes` : ce que l'équipe a répondu (None : pas encore). `contenu` : le JSON
    canonique scellé à l'arrêté, et `empreinte` son SHA-256.
    """

    __tablename__ = "revue"
    __table_args__ = (
        CheckConstraint(valeurs_permises("etat", ETATS_DE_REVUE), name="etat"),
        CheckConstraint("etat <> 'arretee' OR (contenu IS NOT NULL AND empreinte IS NOT NULL)", name="scellee"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    cfa_id: int | None = Field(default=None, sa_column=reference("cfa.id", facultative=True))
    annee: int
    rang: int = 1
    observee_le: date
    etat: str = Field(default="ouverte", max_length=20)
    donnees_completes: bool | None = None
    note_donnees: str = Field(default="", max_length=2000)
    definitions_justes: bool | None = None
    note_definitions: str = Field(default="", max_length=2000)
    conclusion: str = Field(default="", max_length=5000)
    motif: str = Field(default="", max_length=2000)
    contenu: str | None = Field(default=None, sa_column=Column(Text(), nullable=True))
    empreinte: str | None = Field(default=None, max_length=64)
    arretee_le: datetime | None = Field(default=None, sa_column=Column(Instant(), nullable=True))
    arretee_par: str = Field(default="", max_length=200)
    version: int = 1
    modifie_par: str = Field(max_length=200)
    modifie_le: datetime = Field(sa_column=Column(Instant(), nullable=False))


class NoteDeRevue(SQLModel, table=True):
    """Ce que la revue dit d'un indicateur : un commentaire, et ce qu'on en fait.

    `action_id` : l'action née d'elle, dans le plan d'actions (que ce paquet ne connaît pas : pas de clé étrangère).
    """

    __tablename__ = "note_de_revue"
    __table_args__ = (
        UniqueConstraint("revue_id", "indicateur"),
        CheckConstraint(valeurs_permises("avis", AVIS_DE_REVUE), name="avis"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    revue_id: int = Field(sa_column=reference("revue.id"))
    indicateur: str = Field(max_length=60)
    avis: str = Field(default="a_voir", max_length=20)
    commentaire: str = Field(default="", max_length=5000)
    action_id: int | None = None
    version: int = 1
    modifie_par: str = Field(max_length=200)
    modifie_le: datetime = Field(sa_column=Column(Instant(), nullable=False))
