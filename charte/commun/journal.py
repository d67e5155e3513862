"""Le journal : qui, quand, quoi, avant et après ; écrit dans la transaction du changement, jamais modifié."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, Session, SQLModel

from charte.acteur import Acteur
from charte.commun.base import Instant, cle_primaire, maintenant, reference


class EntreeJournal(SQLModel, table=True):
    """Une ligne du journal. `avant` et `apres` ne portent aucune donnée nominative."""

    __tablename__ = "journal"

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    compte_id: int | None = Field(default=None, sa_column=reference("compte.id", facultative=True))
    auteur: str = Field(max_length=200)
    quand: datetime = Field(sa_column=Column(Instant(), nullable=False, index=True))
    acte: str = Field(max_length=60)
    objet: str = Field(max_length=120)
    avant: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    apres: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))


def journaliser(
    session: Session,
    acteur: Acteur,
    acte: str,
    objet: str,
    *,
    avant: dict[str, Any] | None = None,
    apres: dict[str, Any] | None = None,
) -> None:
    """Ajoute une entrée au journal dans la transaction en cours.

    `acte` : verbe au passé court (« grille remplie ») ; `objet` : table et identifiant (« reponse:12 »).
    """
    session.add(
        EntreeJournal(
            etablissement_id=acteur.etablissement_id,
            compte_id=acteur.compte_id,
            auteur=acteur.nom,
            quand=maintenant(),
            acte=acte,
            objet=objet,
            avant=avant,
            apres=apres,
        )
    )
