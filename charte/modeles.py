"""Les parties prenantes et leurs formations : établissement, CFA, convention, composante, formation."""

from datetime import date

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from charte.commun.base import cle_primaire, reference, valeurs_permises

NATURES_DE_CONVENTION = ("convention", "document_interne")


class Etablissement(SQLModel, table=True):
    """Établissement d'enseignement supérieur, certificateur ; toute donnée lui est rattachée (cloisonnement)."""

    __tablename__ = "etablissement"
    __table_args__ = (UniqueConstraint("uai"),)

    id: int | None = Field(default=None, sa_column=cle_primaire())
    nom: str = Field(max_length=200)
    uai: str | None = Field(default=None, max_length=20)
    siret: str | None = Field(default=None, max_length=20)
    ville: str | None = Field(default=None, max_length=120)


class Cfa(SQLModel, table=True):
    """CFA tel qu'un établissement le connaît, interne ou partenaire. `a_completer` : né d'un import, à nommer."""

    __tablename__ = "cfa"
    __table_args__ = (UniqueConstraint("etablissement_id", "uai"),)

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    nom: str = Field(max_length=200)
    uai: str = Field(max_length=20)
    siret: str | None = Field(default=None, max_length=20)
    interne: bool = False
    a_completer: bool = False


class Convention(SQLModel, table=True):
    """Ce qui lie l'établissement au CFA : une convention, ou un document interne si le CFA est interne (charte, 2)."""

    __tablename__ = "convention"
    __table_args__ = (
        UniqueConstraint("etablissement_id", "cfa_id", "date_debut"),
        CheckConstraint(valeurs_permises("nature", NATURES_DE_CONVENTION), name="nature"),
        CheckConstraint("date_fin IS NULL OR date_fin >= date_debut", name="dates"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    cfa_id: int = Field(sa_column=reference("cfa.id"))
    nature: str = Field(max_length=20)
    reference_document: str | None = Field(default=None, max_length=200)
    date_debut: date
    date_fin: date | None = None


class Composante(SQLModel, table=True):
    """Composante de l'établissement (UFR, IUT, école interne)."""

    __tablename__ = "composante"
    __table_args__ = (UniqueConstraint("etablissement_id", "nom"),)

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    nom: str = Field(max_length=200)


class Formation(SQLModel, table=True):
    """Un diplôme préparé dans un CFA, en un lieu : RNCP × code formation diplôme × UAI responsable × UAI formateur.

    Une chaîne vide dans `rncp` ou `cfd` dit « non communiqué » (l'unicité exige une valeur).
    """

    __tablename__ = "formation"
    __table_args__ = (
        UniqueConstraint("etablissement_id", "code"),
        UniqueConstraint("etablissement_id", "rncp", "cfd", "cfa_id", "uai_formateur", name="uq_formation_identite"),
        CheckConstraint("rncp <> '' OR cfd <> ''", name="un_code_au_moins"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    cfa_id: int = Field(sa_column=reference("cfa.id"))
    composante_id: int | None = Field(default=None, sa_column=reference("composante.id", facultative=True))
    code: str = Field(max_length=80)
    libelle: str = Field(max_length=200)
    rncp: str = Field(default="", max_length=20)
    cfd: str = Field(default="", max_length=20)
    niveau: int | None = None
    uai_formateur: str = Field(max_length=20)
    siret_formateur: str | None = Field(default=None, max_length=20)
    a_completer: bool = False
