"""Lire le journal d'un établissement : chercher, vérifier la chaîne, exporter. Rien ici n'écrit."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlmodel import Session, col

from charte.acteur import Acteur, Origine
from charte.commun.base import lignes
from charte.commun.chaine import EtatDeLaChaine, Illisible, Maillon, verifier_la_chaine
from charte.commun.csv_francais import ecrire_csv
from charte.commun.journal import EntreeJournal
from charte.commun.typographie import FUSEAU

TRANCHE = 1_000
_CHAMPS = (
    EntreeJournal.etablissement_id,
    EntreeJournal.rang,
    EntreeJournal.compte_id,
    EntreeJournal.auteur,
    EntreeJournal.quand,
    EntreeJournal.origine,
    EntreeJournal.acte,
    EntreeJournal.objet,
    EntreeJournal.avant,
    EntreeJournal.apres,
    EntreeJournal.empreinte_precedente,
    EntreeJournal.empreinte,
)
ORIGINES_EN_CLAIR = {
    Origine.WEB: "page",
    Origine.COMMANDE: "ligne de commande",
    Origine.TRAVAIL: "travail de fond",
    Origine.NON_RELEVEE: "non relevée",
}
ENTETES = (
    "Rang", "Quand (UTC)", "Qui", "D'où", "Quoi", "Sur", "Avant", "Après", "Empreinte précédente", "Empreinte",
)  # fmt: skip


@dataclass(frozen=True)
class Recherche:
    """Ce qu'on cherche dans le journal ; un champ vide ne restreint rien. Les jours sont ceux de Paris, inclus.

    `portee` : la condition de ce que l'acteur peut en lire, quand ce n'est pas tout l'établissement.
    """

    texte: str = ""
    acte: str = ""
    du: date | None = None
    au: date | None = None
    portee: ColumnElement[bool] | None = None


def filtrer(acteur: Acteur, recherche: Recherche) -> list[ColumnElement[bool]]:
    """Les conditions d'une recherche, toujours bornées à l'établissement de l'acteur."""
    filtres = [col(EntreeJournal.etablissement_id) == acteur.etablissement_id]
    if recherche.portee is not None:
        filtres.append(recherche.portee)
    if recherche.texte:
        colonnes = (EntreeJournal.acte, EntreeJournal.objet, EntreeJournal.auteur)
        filtres.append(or_(*(col(c).icontains(recherche.texte, autoescape=True) for c in colonnes)))
    if recherche.acte:
        filtres.append(col(EntreeJournal.acte) == recherche.acte)
    if recherche.du:
        filtres.append(col(EntreeJournal.quand) >= _minuit(recherche.du))
    if recherche.au:
        filtres.append(col(EntreeJournal.quand) < _minuit(recherche.au + timedelta(days=1)))
    return filtres


def _minuit(jour: date) -> datetime:
    return datetime.combine(jour, time(), FUSEAU)


def compter(session: Session, acteur: Acteur, recherche: Recherche) -> int:
    """Le nombre d'entrées trouvées."""
    requete = select(func.count()).select_from(EntreeJournal).where(*filtrer(acteur, recherche))
    return int(lignes(session, requete)[0][0])


def lire_page(session: Session, acteur: Acteur, recherche: Recherche, numero: int, taille: int) -> list[Maillon]:
    """La page `numero` (à partir de 1) des entrées trouvées, de la plus récente à la plus ancienne."""
    requete = _entrees().where(*filtrer(acteur, recherche)).order_by(col(EntreeJournal.rang).desc())
    return [Maillon(*ligne) for ligne in lignes(session, requete.limit(taille).offset((numero - 1) * taille))]


def actes_connus(session: Session, acteur: Acteur, portee: ColumnElement[bool] | None = None) -> list[str]:
    """Les actes qui figurent au journal que l'acteur lit, dans l'ordre alphabétique."""
    requete = select(col(EntreeJournal.acte)).where(*filtrer(acteur, Recherche(portee=portee))).distinct()
    return sorted(str(acte) for (acte,) in lignes(session, requete))


def derniere_empreinte(session: Session, acteur: Acteur) -> str:
    """L'empreinte de la dernière entrée de l'établissement, ou vide."""
    requete = select(col(EntreeJournal.empreinte)).where(*filtrer(acteur, Recherche()))
    trouvees = lignes(session, requete.order_by(col(EntreeJournal.rang).desc()).limit(1))
    return str(trouvees[0][0]) if trouvees else ""


def verifier_le_journal(session: Session, etablissement_id: int, attendue: str | None = None) -> EtatDeLaChaine:
    """Recalcule toute la chaîne d'un établissement ; `attendue` : une empreinte notée ailleurs, à y retrouver."""
    return verifier_la_chaine(_parcourir(session, etablissement_id), attendue)


def exporter(session: Session, acteur: Acteur, recherche: Recherche) -> str:
    """Les entrées trouvées, par rang, en CSV (marque UTF-8 en tête, pour les tableurs)."""
    requete = _entrees().where(*filtrer(acteur, recherche)).order_by(col(EntreeJournal.rang))
    return "\ufeff" + ecrire_csv(ENTETES, (_en_cellules(Maillon(*ligne)) for ligne in lignes(session, requete)))


def _en_cellules(maillon: Maillon) -> tuple[str, ...]:
    return (
        str(maillon.rang),
        maillon.quand.isoformat(timespec="microseconds"),
        maillon.auteur,
        ORIGINES_EN_CLAIR[Origine(maillon.origine)],
        maillon.acte,
        maillon.objet,
        _en_json(maillon.avant),
        _en_json(maillon.apres),
        maillon.empreinte_precedente,
        maillon.empreinte,
    )


def _en_json(valeur: dict[str, Any] | None) -> str:
    return "" if valeur is None else json.dumps(valeur, ensure_ascii=False, sort_keys=True)


def _entrees() -> Select[*tuple[Any, ...]]:
    return select(*(col(c) for c in _CHAMPS))


def _parcourir(session: Session, etablissement_id: int) -> Iterator[Maillon | Illisible]:
    """Toutes les entrées par rang, par tranches ; une entrée abîmée est nommée sans arrêter la lecture des autres."""
    ids = select(col(EntreeJournal.id), col(EntreeJournal.rang)).where(
        col(EntreeJournal.etablissement_id) == etablissement_id
    )
    reperes = [(int(i), r) for i, r in lignes(session, ids.order_by(col(EntreeJournal.rang), col(EntreeJournal.id)))]
    for debut in range(0, len(reperes), TRANCHE):
        yield from _lire_tranche(session, reperes[debut : debut + TRANCHE])


def _lire_tranche(session: Session, reperes: list[tuple[int, Any]]) -> Iterator[Maillon | Illisible]:
    requete = _entrees().where(col(EntreeJournal.id).in_([i for i, _ in reperes])).order_by(col(EntreeJournal.rang))
    try:
        yield from [Maillon(*ligne) for ligne in lignes(session, requete.order_by(col(EntreeJournal.id)))]
    except (ValueError, TypeError):
        if len(reperes) == 1:
            yield Illisible(reperes[0][1])
            return
        milieu = len(reperes) // 2
        yield from _lire_tranche(session, reperes[:milieu])
        yield from _lire_tranche(session, reperes[milieu:])
