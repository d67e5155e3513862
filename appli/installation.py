"""Ouvrir l'installation depuis la ligne de commande : réglages, base migrée, acteur."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import click
from sqlalchemy import select
from sqlmodel import Session, col

from appli.base import BaseSQL
from appli.cloison import appliquer, cloison, hors_cloison
from appli.migrations import migrer
from charte.acteur import Acteur, Origine, Role
from charte.commun.base import exiger_id, lignes
from charte.commun.reglages import Reglages, charger_reglages
from charte.modeles import Etablissement

NOM_PAR_DEFAUT = "Mon établissement"
AUTEUR = "ligne de commande"


def ouvrir() -> tuple[Reglages, BaseSQL]:
    """Les réglages de l'environnement et la base, amenée à la dernière version de son schéma.

    La commande voit tous les établissements, jusqu'à ce que `acteur_de_commande` en choisisse un.
    """
    reglages = charger_reglages()
    base = BaseSQL(reglages.url_base)
    migrer(base)
    _jusqu_a_la_fin(_fermee_ensuite(base))
    _jusqu_a_la_fin(hors_cloison())
    return reglages, base


def acteur_de_commande(session: Session, uai: str | None = None) -> Acteur:
    """Celui qui agit en ligne de commande, avec tous les droits sur UN établissement : elle ne voit plus que lui.

    Une base neuve reçoit « Mon établissement » ; s'il y en a plusieurs, `uai` dit lequel. Lève `click.UsageError`.
    """
    acteur = _choisir(session, uai)
    _jusqu_a_la_fin(cloison(acteur.etablissement_id))
    if session.get_bind().dialect.name == "postgresql":
        appliquer(session.connection())
    return acteur


@contextmanager
def _fermee_ensuite(base: BaseSQL) -> Iterator[None]:
    """Rend les connexions, même si une faute d'appel arrête la commande."""
    try:
        yield
    finally:
        base.fermer()


def _jusqu_a_la_fin(tenu: AbstractContextManager[None]) -> None:
    """Le tient jusqu'à la fin de la commande en cours ; hors d'une commande, c'est à l'appelant de dire sa cloison."""
    contexte = click.get_current_context(silent=True)
    if contexte is not None:
        contexte.with_resource(tenu)


def _choisir(session: Session, uai: str | None) -> Acteur:
    connus = [tuple(ligne) for ligne in lignes(session, select(col(Etablissement.id), col(Etablissement.uai)))]
    if not connus:
        return Acteur(_creer(session, uai), AUTEUR, Role.ADMINISTRATEUR, origine=Origine.COMMANDE)
    choisis = [identifiant for identifiant, code in connus if uai is None or code == uai]
    if len(choisis) != 1:
        codes = ", ".join(sorted(str(code) for _, code in connus if code)) or "aucun n'a de code UAI"
        probleme = f"Aucun établissement {uai}." if uai else "La base contient plusieurs établissements."
        raise click.UsageError(f"{probleme} Ajoutez --etablissement UAI, parmi : {codes}.")
    return Acteur(choisis[0], AUTEUR, Role.ADMINISTRATEUR, origine=Origine.COMMANDE)


def _creer(session: Session, uai: str | None) -> int:
    etablissement = Etablissement(nom=NOM_PAR_DEFAUT, uai=uai)
    session.add(etablissement)
    session.flush()
    return exiger_id(etablissement.id)
