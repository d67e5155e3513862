"""Les objectifs convenus : valeur de référence, paliers annuels, cible, échéance ; une révision en fait un nouveau."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from charte.commun.base import Instant, cle_primaire, reference


class Objectif(SQLModel, table=True):
    """Ce qui est visé pour un indicateur, d'un diplôme, d'un CFA ou de tout l'établissement (ni l'un ni l'autre).

    `reference_valeur`, `cible` : fractions pour une part, nombres sinon. `reference_periode` : « 2024-2025 ».
    `remplace_par_id` : l'objectif qui a pris sa suite ; celui-ci ne change plus. `definition` : celle en vigueur quand
    il a été convenu. `version` : verrou optimiste.
    """

    __tablename__ = "objectif"
    __table_args__ = (
        CheckConstraint("formation_id IS NULL OR cfa_id IS NULL", name="un_seul_perimetre"),
        CheckConstraint("retire_le IS NULL OR length(motif) > 0", name="retrait_motive"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    formation_id: int | None = Field(default=None, sa_column=reference("formation.id", facultative=True))
    cfa_id: int | None = Field(default=None, sa_column=reference("cfa.id", facultative=True))
    indicateur: str = Field(max_length=60, index=True)
    definition: str = Field(max_length=80)
    reference_valeur: float | None = None
    reference_periode: str = Field(default="", max_length=20)
    cible: float
    echeance: date
    convenu_par: str = Field(max_length=200)
    convenu_le: date
    instance: str = Field(default="", max_length=200)
    motif: str = Field(default="", max_length=2000)
    remplace_par_id: int | None = Field(default=None, sa_column=reference("objectif.id", facultative=True))
    retire_le: date | None = None
    version: int = 1
    modifie_par: str = Field(max_length=200)
    modifie_le: datetime = Field(sa_column=Column(Instant(), nullable=False))


class PalierDObjectif(SQLModel, table=True):
    """La valeur visée une année (`annee` : celle de la rentrée de la promotion, ou de l'enquête)."""

    __tablename__ = "palier_d_objectif"
    __table_args__ = (UniqueConstraint("objectif_id", "annee"),)

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    objectif_id: int = Field(sa_column=reference("objectif.id"))
    annee: int
    valeur: float
