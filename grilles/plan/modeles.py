"""Le plan d'actions d'amélioration, son journal d'avancement, et le registre des risques sur la qualité."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Column
from sqlmodel import Field, SQLModel

from charte.commun.base import Instant, cle_primaire, reference, valeurs_permises

ORIGINES = ("ecart", "indicateur", "decision", "reclamation", "audit", "risque", "jalon")
ETATS_D_ACTION = ("a_faire", "en_cours", "close", "abandonnee")
PRIORITES = ("haute", "moyenne", "basse")
GRAVITES_DE_CONSTAT = ("mineure", "majeure")
EFFETS = ("obtenu", "en_partie", "sans_effet")
ETATS_DE_RISQUE = ("ouvert", "clos")
DEGRES = 4
"""Degrés de vraisemblance et de gravité : nombre pair, sans milieu où se réfugier (choix de l'outil)."""


class Risque(SQLModel, table=True):
    """Un risque sur la qualité d'un diplôme, ou de l'établissement si `formation_id` est None."""

    __tablename__ = "risque"
    __table_args__ = (
        CheckConstraint(f"vraisemblance BETWEEN 1 AND {DEGRES}", name="vraisemblance"),
        CheckConstraint(f"gravite BETWEEN 1 AND {DEGRES}", name="gravite"),
        CheckConstraint(valeurs_permises("etat", ETATS_DE_RISQUE), name="etat"),
        CheckConstraint(valeurs_permises("origine", ("ecart", "indicateur", "reclamation", "autre")), name="origine"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    formation_id: int | None = Field(default=None, sa_column=reference("formation.id", facultative=True))
    intitule: str = Field(max_length=300)
    cause: str = Field(default="", max_length=1000)
    effet: str = Field(default="", max_length=1000)
    vraisemblance: int
    gravite: int
    prevention: str = Field(default="", max_length=2000)
    porteur: str = Field(default="", max_length=120)
    origine: str = Field(default="autre", max_length=20)
    renvoi: str = Field(default="", max_length=120)
    etat: str = Field(default="ouvert", max_length=20)
    motif_cloture: str = Field(default="", max_length=1000)
    version: int = 1
    modifie_par: str = Field(max_length=200)
    modifie_le: datetime = Field(sa_column=Column(Instant(), nullable=False))


class ActionAmelioration(SQLModel, table=True):
    """Une action d'amélioration. `formation_id` None : pour tout l'établissement.

    `origine` et `renvoi` : d'où elle vient (élément de la charte, clé d'indicateur, référence d'une décision…).
    `gravite` et `constate_le` : d'une non-conformité d'audit, dont l'échéance suit un délai réglementaire.
    Close seulement avec une preuve et une réévaluation (`effet_constate`, `reevaluation`).
    """

    __tablename__ = "action_amelioration"
    __table_args__ = (
        CheckConstraint(valeurs_permises("origine", ORIGINES), name="origine"),
        CheckConstraint(valeurs_permises("etat", ETATS_D_ACTION), name="etat"),
        CheckConstraint(valeurs_permises("priorite", PRIORITES), name="priorite"),
        CheckConstraint(f"gravite IS NULL OR {valeurs_permises('gravite', GRAVITES_DE_CONSTAT)}", name="gravite"),
        CheckConstraint(
            f"effet_constate IS NULL OR {valeurs_permises('effet_constate', EFFETS)}", name="effet_constate"
        ),
        CheckConstraint(
            "etat <> 'close' OR (close_le IS NOT NULL AND effet_constate IS NOT NULL AND length(reevaluation) > 0)",
            name="close_et_reevaluee",
        ),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    formation_id: int | None = Field(default=None, sa_column=reference("formation.id", facultative=True))
    intitule: str = Field(max_length=300)
    description: str = Field(default="", max_length=2000)
    origine: str = Field(max_length=20)
    renvoi: str = Field(default="", max_length=120)
    element: str | None = Field(default=None, max_length=20)
    indicateur: str | None = Field(default=None, max_length=60)
    jalon_id: int | None = Field(default=None, sa_column=reference("jalon.id", facultative=True))
    risque_id: int | None = Field(default=None, sa_column=reference("risque.id", facultative=True))
    gravite: str | None = Field(default=None, max_length=20)
    constate_le: date | None = None
    porteur: str = Field(default="", max_length=120)
    porteur_id: int | None = Field(default=None, sa_column=reference("compte.id", facultative=True))
    echeance: date | None = None
    priorite: str = Field(default="moyenne", max_length=10)
    moyens: str = Field(default="", max_length=1000)
    effet_attendu: str = Field(default="", max_length=1000)
    etat: str = Field(default="a_faire", max_length=20)
    effet_constate: str | None = Field(default=None, max_length=20)
    reevaluation: str = Field(default="", max_length=2000)
    close_le: date | None = None
    version: int = 1
    cree_par: str = Field(max_length=200)
    cree_le: datetime = Field(sa_column=Column(Instant(), nullable=False))
    modifie_le: datetime = Field(sa_column=Column(Instant(), nullable=False))


class SuiviDAction(SQLModel, table=True):
    """Une note d'avancement d'une action ; on en ajoute, on n'en change aucune."""

    __tablename__ = "suivi_d_action"

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    action_id: int = Field(sa_column=reference("action_amelioration.id"))
    etat: str = Field(max_length=20)
    texte: str = Field(max_length=2000)
    auteur: str = Field(max_length=200)
    note_le: datetime = Field(sa_column=Column(Instant(), nullable=False))
