"""Les preuves d'un jalon : celles que le diplôme cite déjà, ou un lien nouveau."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste
from charte.commun.base import lignes
from charte.commun.journal import journaliser
from charte.commun.web import Introuvable
from charte.services.portee import situer
from grilles.jalons.modeles import Jalon
from grilles.jalons.regles import Faute
from grilles.jalons.services.lecture import lire_un_jalon
from grilles.jalons.services.saisie import SaisieDeJalonRefusee, executer, exiger_la_concertee
from grilles.jalons.vues import JalonLu, PreuveDuJalon
from grilles.modeles import Grille, Preuve, PreuveCitee
from grilles.preuves.modeles import PreuveDeJalon
from grilles.preuves.services.neuve import ranger_une_preuve
from grilles.preuves.services.portee import retenir

DERNIERE_PREUVE = "C'est la seule preuve de ce jalon atteint : citez-en une autre d'abord, ou rouvrez le jalon."
_COLONNES = (Preuve.id, Preuve.titre, Preuve.adresse, Preuve.date_effet, Preuve.date_fin)


@dataclass(frozen=True)
class PreuveNouvelle:
    """Un lien à ranger, jamais suivi par l'outil. `date_fin` : le dernier jour où elle vaut."""

    titre: str
    adresse: str
    date_effet: date | None = None
    date_fin: date | None = None


def preuves_citables(session: Session, acteur: Acteur, formation_id: int) -> tuple[PreuveDuJalon, ...]:
    """Les preuves qu'un jalon de ce diplôme peut citer : les siennes et les partagées, par titre."""
    situer(session, acteur, formation_id)
    requete = _citables(acteur, formation_id).order_by(col(Preuve.titre), col(Preuve.id))
    return tuple(PreuveDuJalon(*ligne) for ligne in lignes(session, requete))


def _citables(acteur: Acteur, formation_id: int) -> Select[*tuple[Any, ...]]:
    ici = acteur.etablissement_id
    des_grilles = (
        select(col(PreuveCitee.preuve_id))
        .join(Grille, col(Grille.id) == col(PreuveCitee.grille_id))
        .where(col(Grille.formation_id) == formation_id, col(Grille.etablissement_id) == ici)
    )
    des_jalons = (
        select(col(PreuveDeJalon.preuve_id))
        .join(Jalon, col(Jalon.id) == col(PreuveDeJalon.jalon_id))
        .where(col(Jalon.formation_id) == formation_id, col(Jalon.etablissement_id) == ici)
    )
    siennes = or_(col(Preuve.partagee), col(Preuve.id).in_(des_grilles), col(Preuve.id).in_(des_jalons))
    return select(*(col(c) for c in _COLONNES)).where(col(Preuve.etablissement_id) == ici, siennes)


def citer_pour_un_jalon(
    session: Session, acteur: Acteur, jalon: JalonLu, preuve_id: int, emplacement: str = ""
) -> None:
    """Rattache une preuve citable ; déjà rattachée, seul son emplacement change. Lève `Introuvable`."""
    situer(session, acteur, jalon.formation_id, Geste.REMPLIR_GRILLE)
    trouvees = lignes(session, _citables(acteur, jalon.formation_id).where(col(Preuve.id) == preuve_id))
    if not trouvees:
        raise Introuvable(f"Aucune preuve {preuve_id}.")
    retenir(session, acteur, preuve_id)
    deja = preuve_id in {preuve.id for preuve in jalon.preuves}
    if deja and not emplacement:
        return
    if deja or not _rattacher(session, acteur, jalon, preuve_id, emplacement):
        executer(session, update(PreuveDeJalon).where(*_lien(acteur, jalon, preuve_id)).values(emplacement=emplacement))
    journaliser(session, acteur, "preuve de jalon ajoutée", f"jalon:{jalon.id}", apres={"preuve": preuve_id})


def citer_un_lien(
    session: Session, acteur: Acteur, jalon: JalonLu, preuve: PreuveNouvelle, emplacement: str = ""
) -> int:
    """Range un lien et le rattache au jalon ; rend l'identifiant de la preuve."""
    situer(session, acteur, jalon.formation_id, Geste.REMPLIR_GRILLE)
    preuve_id = ranger_une_preuve(session, acteur, **asdict(preuve))
    _rattacher(session, acteur, jalon, preuve_id, emplacement)
    journaliser(session, acteur, "preuve de jalon ajoutée", f"jalon:{jalon.id}", apres={"preuve": preuve_id})
    return preuve_id


def retirer_d_un_jalon(session: Session, acteur: Acteur, formation_id: int, jalon_id: int, preuve_id: int) -> None:
    """Détache une preuve, qui reste à la bibliothèque ; au nom de la position concertée.

    Lève `Introuvable`, ou `SaisieDeJalonRefusee` si c'est la dernière d'un jalon atteint.
    """
    jalon = lire_un_jalon(session, acteur, formation_id, jalon_id, geste=Geste.REMPLIR_GRILLE)
    exiger_la_concertee(session, acteur, formation_id)
    if preuve_id not in {preuve.id for preuve in jalon.preuves}:
        raise Introuvable(f"Aucune preuve {preuve_id}.")
    if jalon.atteint and len(jalon.preuves) == 1:
        raise SaisieDeJalonRefusee([Faute("", DERNIERE_PREUVE)])
    executer(session, delete(PreuveDeJalon).where(*_lien(acteur, jalon, preuve_id)))
    journaliser(session, acteur, "preuve de jalon retirée", f"jalon:{jalon_id}", avant={"preuve": preuve_id})


def _rattacher(session: Session, acteur: Acteur, jalon: JalonLu, preuve_id: int, emplacement: str) -> bool:
    """Vrai si le lien est rangé ; faux si un autre vient de le faire (le reste de la transaction demeure)."""
    lien = PreuveDeJalon(
        etablissement_id=acteur.etablissement_id, preuve_id=preuve_id, jalon_id=jalon.id, emplacement=emplacement
    )
    try:
        with session.begin_nested():
            session.add(lien)
            session.flush()
    except IntegrityError:
        return False
    return True


def _lien(acteur: Acteur, jalon: JalonLu, preuve_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        col(PreuveDeJalon.etablissement_id) == acteur.etablissement_id,
        col(PreuveDeJalon.jalon_id) == jalon.id,
        col(PreuveDeJalon.preuve_id) == preuve_id,
    )
