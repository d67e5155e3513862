"""Le journal : qui, quand, d'où, quoi, avant et après ; écrit dans la transaction du changement, jamais modifié.

Les entrées attendent la fin de la transaction : le verrou de la chaîne est alors le dernier pris et ne se tient qu'un
instant, il ne peut donc pas s'entrecroiser avec ceux du changement (décision « Le journal est une chaîne »).
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, UniqueConstraint, event, insert, select, text
from sqlalchemy.orm import Session as SessionDeBase
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Field, Session, SQLModel, col

from charte.acteur import Acteur, Origine
from charte.commun.base import Instant, cle_primaire, maintenant, reference, valeurs_permises
from charte.commun.chaine import ORIGINE_DE_CHAINE, Maillon, calculer_empreinte, normaliser

_EN_ATTENTE = "journal_en_attente"
_CLASSE_DE_VERROU = 7_305_119
"""Premier des deux entiers du verrou consultatif de PostgreSQL ; le second est l'établissement."""


class EntreeJournal(SQLModel, table=True):
    """Une ligne du journal. `avant` et `apres` ne portent aucune donnée nominative."""

    __tablename__ = "journal"
    __table_args__ = (
        UniqueConstraint("etablissement_id", "rang"),
        CheckConstraint(valeurs_permises("origine", tuple(Origine)), name="origine"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    compte_id: int | None = Field(default=None, sa_column=reference("compte.id", facultative=True))
    auteur: str = Field(max_length=200)
    quand: datetime = Field(sa_column=Column(Instant(), nullable=False, index=True))
    acte: str = Field(max_length=60)
    objet: str = Field(max_length=120)
    avant: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    apres: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    origine: str = Field(max_length=20)
    rang: int
    empreinte_precedente: str = Field(max_length=64)
    empreinte: str = Field(max_length=64)


@dataclass(frozen=True)
class _Attente:
    """Une entrée qui attend la fin de sa transaction, et le point de reprise où elle est née (s'il y en a un)."""

    maillon: Maillon
    point: SessionTransaction | None


def journaliser(
    session: Session,
    acteur: Acteur,
    acte: str,
    objet: str,
    *,
    avant: dict[str, Any] | None = None,
    apres: dict[str, Any] | None = None,
) -> None:
    """Ajoute une entrée au journal de la transaction en cours ; elle s'écrit à son enregistrement.

    `acte` : verbe au passé court (« grille remplie ») ; `objet` : table et identifiant (« reponse:12 »).
    """
    if not session.in_transaction():
        session.begin()  # sans transaction ouverte, une annulation ne préviendrait pas
    maillon = Maillon(
        etablissement_id=acteur.etablissement_id,
        rang=0,
        compte_id=acteur.compte_id,
        auteur=acteur.nom,
        quand=maintenant(),
        origine=acteur.origine.value,
        acte=acte,
        objet=objet,
        avant=normaliser(avant),
        apres=normaliser(apres),
        empreinte_precedente="",
    )
    session.info.setdefault(_EN_ATTENTE, []).append(_Attente(maillon, session.get_nested_transaction()))


@event.listens_for(SessionDeBase, "before_commit")
def _sceller(session: SessionDeBase) -> None:
    """Écrit les entrées en attente, chaînées, juste avant l'enregistrement de la transaction entière."""
    if session.in_nested_transaction() or not session.info.get(_EN_ATTENTE):
        return
    session.flush()
    attentes: list[_Attente] = session.info.pop(_EN_ATTENTE)
    par_etablissement = sorted((a.maillon for a in attentes), key=lambda m: m.etablissement_id)
    _tenir_les_references(session, par_etablissement)
    for etablissement_id, maillons in groupby(par_etablissement, key=lambda m: m.etablissement_id):
        session.connection().execute(insert(EntreeJournal), _enchainer(session, etablissement_id, maillons))


def _tenir_les_references(session: SessionDeBase, maillons: list[Maillon]) -> None:
    """Sur PostgreSQL, prend AVANT le verrou de la chaîne ceux que les clés étrangères demanderont.

    Qui tient le verrou de la chaîne n'attend alors plus personne : aucune étreinte possible.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    tenir = {
        "etablissement": {m.etablissement_id for m in maillons},
        "compte": {m.compte_id for m in maillons if m.compte_id is not None},
    }
    for table, identifiants in tenir.items():
        ordre = text(f"SELECT id FROM {table} WHERE id = ANY(:ids) ORDER BY id FOR KEY SHARE")  # noqa: S608
        session.connection().execute(ordre, {"ids": sorted(identifiants)})
    for etablissement_id in sorted(tenir["etablissement"]):
        verrou = text("SELECT pg_advisory_xact_lock(:classe, :etablissement)")
        cle = {"classe": _CLASSE_DE_VERROU, "etablissement": etablissement_id % 2**31}
        session.connection().execute(verrou, cle)


def _enchainer(session: SessionDeBase, etablissement_id: int, maillons: Iterable[Maillon]) -> list[dict[str, Any]]:
    """Les lignes à écrire, à la suite de la dernière entrée de l'établissement (verrou déjà tenu)."""
    colonnes = (col(EntreeJournal.rang), col(EntreeJournal.empreinte))
    requete = (
        select(*colonnes)
        .where(col(EntreeJournal.etablissement_id) == etablissement_id)
        .order_by(col(EntreeJournal.rang).desc())
        .limit(1)
    )
    derniere = session.connection().execute(requete).first()
    rang, precedente = (int(derniere[0]), str(derniere[1])) if derniere else (0, ORIGINE_DE_CHAINE)
    ecrites = []
    for maillon in maillons:
        rang += 1
        place = replace(maillon, rang=rang, empreinte_precedente=precedente)
        precedente = calculer_empreinte(place)
        ecrites.append(asdict(replace(place, empreinte=precedente)))
    return ecrites


@event.listens_for(SessionDeBase, "after_soft_rollback")
def _oublier(session: SessionDeBase, annulee: SessionTransaction) -> None:
    """Une transaction (ou un point de reprise) annulée emporte les entrées qui y sont nées."""
    attentes: list[_Attente] = session.info.get(_EN_ATTENTE, [])
    if attentes:
        restent = [] if annulee.parent is None else [a for a in attentes if not _nee_dans(a.point, annulee)]
        session.info[_EN_ATTENTE] = restent


def _nee_dans(point: SessionTransaction | None, annulee: SessionTransaction) -> bool:
    while point is not None:
        if point is annulee:
            return True
        point = point.parent
    return False
