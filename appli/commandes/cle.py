"""`trajectoire cle` : change une clé de l'installation, dit où en est le changement, oublie l'ancienne."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from charte.commun.cles import AVEC_ANCIENNE, NOMS

if TYPE_CHECKING:
    from appli.base import BaseSQL
    from charte.commun.reglages import Reglages

ACTIONS = ("etat", "changer", "oublier")


@click.command()
@click.argument("nom", type=click.Choice(NOMS))
@click.argument("action", type=click.Choice(ACTIONS))
@click.option(
    "--abandonner", is_flag=True, help="Avec « oublier » : oublie l'ancienne clé malgré ce qui reste dessous."
)
def cle(nom: str, action: str, *, abandonner: bool) -> int:
    """Change la clé NOM (identite, fichiers, web) : ACTION parmi etat, changer, oublier. Arrêtez le serveur avant.

    Code de retour : 0 si c'est fait, 1 s'il reste quelque chose sous l'ancienne clé.
    """
    from appli.installation import ouvrir
    from charte.commun.cles import ChangementRefuse

    reglages, base = ouvrir()
    try:
        return _GESTES[action](nom, reglages, base, abandonner)
    except ChangementRefuse as erreur:
        raise click.UsageError(str(erreur)) from erreur
    finally:
        base.fermer()


def _changer(nom: str, reglages: "Reglages", base: "BaseSQL", _abandonner: bool) -> int:
    import os

    from charte.commun.cles import changer_de_cle
    from charte.commun.reglages import charger_reglages
    from indicateurs.rgpd.cles import noter_la_cle_d_avant

    if nom == "identite":
        with base.ecriture() as session:
            noter_la_cle_d_avant(session, reglages.cles_identite[-1])
    if changer_de_cle(reglages.dossier, os.environ, nom):
        _journaliser(base, f"clé « {nom} » changée")
        click.echo(f"La clé « {nom} » est changée. Sauvegardez cles.json à part, puis redémarrez le serveur.")
    else:
        click.echo(f"Un changement de la clé « {nom} » est déjà en cours : il se reprend.")
    if nom == "web":
        click.echo("Les pages ouvertes seront à recharger ; les freins à la connexion repartent de zéro.")
        return 0
    return _etat(nom, charger_reglages(), base, False)


def _etat(nom: str, reglages: "Reglages", base: "BaseSQL", _abandonner: bool) -> int:
    if nom not in AVEC_ANCIENNE:
        click.echo("Cette clé change d'un coup : il n'en reste pas d'ancienne.")
        return 0
    ancienne = reglages.cle_identite_ancienne if nom == "identite" else reglages.cle_fichiers_ancienne
    if ancienne is None:
        click.echo(f"Aucun changement de la clé « {nom} » n'est en cours.")
        return 0
    reste = _reste(nom, reglages, base)
    click.echo(reste or f"Plus rien n'est sous l'ancienne clé : « trajectoire cle {nom} oublier » l'ôtera.")
    return 1 if reste else 0


def _reste(nom: str, reglages: "Reglages", base: "BaseSQL") -> str:
    """Ce qui reste sous l'ancienne clé, en une phrase ; vide s'il n'y a rien. Rechiffre les fichiers au passage."""
    return _reste_d_identite(reglages, base) if nom == "identite" else _reste_des_fichiers(reglages, base)


def _reste_d_identite(reglages: "Reglages", base: "BaseSQL") -> str:
    from charte.commun.typographie import pluriel
    from indicateurs.rgpd.cles import restes_de_l_ancienne

    with base.lecture() as session:
        restes = restes_de_l_ancienne(session, reglages.cle_identite)
    if not restes:
        return ""
    personnes, effacements = pluriel(restes.personnes, "personne"), pluriel(restes.effacements, "effacement")
    return (
        f"{personnes} et {effacements} sont encore sous l'ancienne clé. Ils passeront sous la neuve quand un fichier "
        "où ils figurent sera déposé et confirmé, ou disparaîtront au terme de leur conservation."
    )


def _reste_des_fichiers(reglages: "Reglages", base: "BaseSQL") -> str:
    from appli.comptes.second_facteur import resceller_les_secrets
    from charte.commun.coffre import rechiffrer_les_pieces
    from charte.commun.typographie import pluriel
    from grilles.preuves.coffre import coffre_des_preuves, oublier_les_exports
    from indicateurs.imports.coffre import Coffre

    # Une archive d'audit se redemande : elle ne vaut pas d'être rechiffrée.
    oublier_les_exports(reglages)
    bilan = rechiffrer_les_pieces(Coffre.de(reglages)) + rechiffrer_les_pieces(coffre_des_preuves(reglages))
    click.echo(f"{pluriel(bilan.rechiffrees, 'pièce rechiffrée', 'pièces rechiffrées')}, {bilan.deja} l'étaient déjà.")
    with base.ecriture() as session:
        scelles, perdus = resceller_les_secrets(session, reglages)
    click.echo(f"{pluriel(scelles, 'secret rescellé', 'secrets rescellés')} (second facteur des comptes).")
    restes = []
    if bilan.illisibles:
        illisibles = pluriel(len(bilan.illisibles), "pièce ne se lit", "pièces ne se lisent")
        restes.append(f"{illisibles} sous aucune des deux clés : {', '.join(bilan.illisibles)}.")
    if perdus:
        illisibles = pluriel(perdus, "second facteur ne s'ouvre", "seconds facteurs ne s'ouvrent")
        restes.append(f"{illisibles} sous aucune des deux clés : il faudra le remettre en service.")
    return " ".join(restes)


def _oublier(nom: str, reglages: "Reglages", base: "BaseSQL", abandonner: bool) -> int:
    import os

    from charte.commun.cles import oublier_l_ancienne

    reste = _reste(nom, reglages, base) if nom in AVEC_ANCIENNE else ""
    if reste and not abandonner:
        click.echo(f"{reste} L'ancienne clé est gardée ; « --abandonner » l'ôte malgré tout.", err=True)
        return 1
    if nom not in AVEC_ANCIENNE or not oublier_l_ancienne(reglages.dossier, os.environ, nom):
        click.echo(f"La clé « {nom} » n'a pas d'ancienne à oublier.")
        return 0
    _journaliser(base, f"ancienne clé « {nom} » oubliée")
    click.echo(f"L'ancienne clé « {nom} » est oubliée. Redémarrez le serveur, et détruisez-en les copies.")
    if nom == "fichiers":
        click.echo("Les codes de secours remis avant le changement ne serviront plus : chacun peut en redemander.")
    if reste:
        click.echo(f"Abandonné : {reste[0].lower()}{reste[1:]}")
    return 0


def _journaliser(base: "BaseSQL", acte: str) -> None:
    """Au journal de chaque établissement : les clés sont celles de l'installation entière."""
    from sqlalchemy import select
    from sqlmodel import col

    from appli.installation import AUTEUR
    from charte.acteur import Acteur, Origine, Role
    from charte.commun.base import lignes
    from charte.commun.journal import journaliser
    from charte.modeles import Etablissement

    with base.ecriture() as session:
        for (identifiant,) in lignes(session, select(col(Etablissement.id))):
            acteur = Acteur(int(identifiant), AUTEUR, Role.ADMINISTRATEUR, origine=Origine.COMMANDE)
            journaliser(session, acteur, acte, "installation")


_GESTES: "dict[str, Callable[[str, Reglages, BaseSQL, bool], int]]" = {
    "etat": _etat,
    "changer": _changer,
    "oublier": _oublier,
}
