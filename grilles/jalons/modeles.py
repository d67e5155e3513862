"""Les jalons et les cibles locales, co-construits pour un diplôme et un poste ; la charte n'en donne aucun (3.1)."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from charte.commun.base import Instant, cle_primaire, reference, valeurs_permises

NATURES = ("jalon", "cible")
ETATS_DE_JALON = ("propose", "convenu", "atteint", "reporte", "abandonne")
SENS = ("au_moins", "au_plus")
ETATS_DE_REVISION = ("en_cours", "faite")


class Jalon(SQLModel, table=True):
    """Un palier local (ou un complément local de la cible), d'un poste d'un diplôme ; il vit d'une campagne à l'autre.

    `rang` : l'ordre dans son poste ; le numéro montré (« jalon 2 ») se compte parmi les convenus. `element` :
    l'exigence ou l'engagement dont il vient. `indicateur`, `sens`, `valeur_visee` : ce qu'un chiffre doit montrer, s'il
    y en a un. `origine` : « local », ou la clé de la proposition de l'outil dont il est tiré. `version` : verrou
    optimiste.
    """

    __tablename__ = "jalon"
    __table_args__ = (
        CheckConstraint(valeurs_permises("nature", NATURES), name="nature"),
        CheckConstraint(valeurs_permises("etat", ETATS_DE_JALON), name="etat"),
        CheckConstraint(f"sens IS NULL OR {valeurs_permises('sens', SENS)}", name="sens"),
        CheckConstraint("etat = 'propose' OR etat = 'abandonne' OR convenu_le IS NOT NULL", name="convenu"),
        CheckConstraint("etat <> 'atteint' OR atteint_le IS NOT NULL", name="atteint"),
        CheckConstraint("etat NOT IN ('reporte', 'abandonne') OR length(motif) > 0", name="motive"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    formation_id: int = Field(sa_column=reference("formation.id"))
    poste: int
    nature: str = Field(default="jalon", max_length=10)
    rang: int
    element: str | None = Field(default=None, max_length=20)
    intitule: str = Field(max_length=500)
    preuve_attendue: str = Field(default="", max_length=500)
    indicateur: str | None = Field(default=None, max_length=60)
    sens: str | None = Field(default=None, max_length=10)
    valeur_visee: float | None = None
    echeance: date | None = None
    porteur: str = Field(default="", max_length=120)
    moyens: str = Field(default="", max_length=1000)
    origine: str = Field(default="local", max_length=60)
    etat: str = Field(default="propose", max_length=20)
    motif: str = Field(default="", max_length=2000)
    convenu_le: date | None = None
    convenu_par: str = Field(default="", max_length=200)
    instance: str = Field(default="", max_length=200)
    atteint_le: date | None = None
    version: int = 1
    modifie_par: str = Field(max_length=200)
    modifie_le: datetime = Field(sa_column=Column(Instant(), nullable=False))


class EvenementDeJalon(SQLModel, table=True):
    """Ce qui est arrivé à un jalon : proposé, convenu, changé, atteint, reporté, abandonné ; on n'en efface aucun.

    `revision_id` : la révision annuelle où c'est décidé ; `indicateur_pertinent` : ce qu'on y a dit de son indicateur.
    """

    __tablename__ = "evenement_de_jalon"

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    jalon_id: int = Field(sa_column=reference("jalon.id"))
    revision_id: int | None = Field(default=None, sa_column=reference("revision_des_jalons.id", facultative=True))
    etat: str = Field(max_length=20)
    le: date
    instance: str = Field(default="", max_length=200)
    motif: str = Field(default="", max_length=2000)
    echeance: date | None = None
    intitule: str = Field(max_length=500)
    indicateur_pertinent: bool | None = None
    auteur: str = Field(max_length=200)
    note_le: datetime = Field(sa_column=Column(Instant(), nullable=False))


class RevisionDesJalons(SQLModel, table=True):
    """La révision annuelle des indicateurs et des jalons d'un diplôme (charte, exigence 1.C1.2)."""

    __tablename__ = "revision_des_jalons"
    __table_args__ = (
        UniqueConstraint("formation_id", "annee"),
        CheckConstraint(valeurs_permises("etat", ETATS_DE_REVISION), name="etat"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    formation_id: int = Field(sa_column=reference("formation.id"))
    annee: int
    etat: str = Field(default="en_cours", max_length=20)
    instance: str = Field(default="", max_length=200)
    conclusion: str = Field(default="", max_length=5000)
    version: int = 1
    modifie_par: str = Field(max_length=200)
    modifie_le: datetime = Field(sa_column=Column(Instant(), nullable=False))
    faite_le: date | None = None
