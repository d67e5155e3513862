"""Les fichiers d'une preuve, leurs révisions, et ce à quoi elle sert hors d'une grille."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from charte.commun.base import Instant, cle_primaire, reference, valeurs_permises

DECISIONS = ("confirmee", "ecartee")


class FichierDePreuve(SQLModel, table=True):
    """Une révision d'un fichier d'une preuve ; les octets, chiffrés, sont au coffre sous `piece`.

    `rang` : lequel des fichiers de la preuve ; `revision` : 1, puis une de plus à chaque remplacement. Une révision ne
    change ni ne s'efface : on en ajoute une, ou l'on retire le fichier (`retire_le`), qui reste lisible pour le passé.
    """

    __tablename__ = "fichier_de_preuve"
    __table_args__ = (UniqueConstraint("preuve_id", "rang", "revision"),)

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    preuve_id: int = Field(sa_column=reference("preuve.id"))
    rang: int
    revision: int
    nom: str = Field(max_length=200)
    type_mime: str = Field(max_length=100)
    taille: int
    empreinte: str = Field(max_length=64)
    piece: str = Field(max_length=80)
    depose_par: str = Field(max_length=200)
    depose_le: datetime = Field(sa_column=Column(Instant(), nullable=False))
    retire_le: datetime | None = Field(default=None, sa_column=Column(Instant(), nullable=True))


class PreuveDeReference(SQLModel, table=True):
    """Une preuve rattachée directement à une ligne d'un référentiel (Qualiopi, Hcéres, CTI, missions du CFA)."""

    __tablename__ = "preuve_de_reference"
    __table_args__ = (UniqueConstraint("preuve_id", "referentiel", "edition", "reference"),)

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    preuve_id: int = Field(sa_column=reference("preuve.id"))
    referentiel: str = Field(max_length=20)
    edition: str = Field(max_length=20)
    reference: str = Field(max_length=60)
    emplacement: str = Field(default="", max_length=200)
    rattache_par: str = Field(max_length=200)
    rattache_le: datetime = Field(sa_column=Column(Instant(), nullable=False))


class CorrespondanceDecidee(SQLModel, table=True):
    """Ce que l'établissement décide d'une correspondance proposée par l'outil : confirmée ou écartée."""

    __tablename__ = "correspondance_decidee"
    __table_args__ = (
        UniqueConstraint(
            "etablissement_id", "element", "referentiel", "edition", "reference", name="uq_correspondance_decidee"
        ),
        CheckConstraint(valeurs_permises("decision", DECISIONS), name="decision"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    element: str = Field(max_length=20)
    referentiel: str = Field(max_length=20)
    edition: str = Field(max_length=20)
    reference: str = Field(max_length=60)
    decision: str = Field(max_length=20)
    motif: str = Field(default="", max_length=500)
    decide_par: str = Field(max_length=200)
    decide_le: datetime = Field(sa_column=Column(Instant(), nullable=False))


class PreuveDeJalon(SQLModel, table=True):
    """Une preuve qui montre qu'un jalon est atteint."""

    __tablename__ = "preuve_de_jalon"
    __table_args__ = (UniqueConstraint("preuve_id", "jalon_id"),)

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    preuve_id: int = Field(sa_column=reference("preuve.id"))
    jalon_id: int = Field(sa_column=reference("jalon.id"))
    emplacement: str = Field(default="", max_length=200)


class PreuveDAction(SQLModel, table=True):
    """Une preuve qui montre ce qu'une action d'amélioration a donné."""

    __tablename__ = "preuve_d_action"
    __table_args__ = (UniqueConstraint("preuve_id", "action_id"),)

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    preuve_id: int = Field(sa_column=reference("preuve.id"))
    action_id: int = Field(sa_column=reference("action_amelioration.id"))
    emplacement: str = Field(default="", max_length=200)
