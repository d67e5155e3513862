"""Ouvrir l'installation depuis la ligne de commande : réglages, base migrée, acteur."""

import click
from sqlalchemy import select
from sqlmodel import Session, col

from appli.base import BaseSQL
from appli.migrations import migrer
from charte.acteur import Acteur, Origine, Role
from charte.commun.base import exiger_id, lignes
from charte.commun.reglages import Reglages, charger_reglages
from charte.modeles import Etablissement

NOM_PAR_DEFAUT = "Mon établissement"
AUTEUR = "ligne de commande"


def ouvrir() -> tuple[Reglages, BaseSQL]:
    """Les réglages de l'environnement et la base, amenée à la dernière version de son schéma."""
    reglages = charger_reglages()
    base = BaseSQL(reglages.url_base)
    migrer(base)
    return reglages, base


def acteur_de_commande(session: Session, uai: str | None = None) -> Acteur:
    """Celui qui agit en ligne de commande, avec tous les droits sur UN établissement.

    Une base neuve reçoit « Mon établissement » ; s'il y en a plusieurs, `uai` dit lequel. Lève `click.UsageError`.
    """
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
