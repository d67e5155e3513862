"""`trajectoire journal` : vérifie la chaîne du journal, ou l'exporte. Rien ici n'écrit dans la base."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from sqlmodel import Session

    from charte.commun.chaine import EtatDeLaChaine


@click.group()
def journal() -> None:
    """Vérifie ou exporte le journal."""


@journal.command()
@click.option("--json", "en_json", is_flag=True, help="En JSON : {chaines: [{etablissement, entrees, …}]}.")
@click.option("--etablissement", "uai", metavar="UAI", help="Un seul établissement ; tous sinon.")
@click.option("--attendue", metavar="EMPREINTE", help="Une empreinte notée auparavant, à retrouver dans la chaîne.")
def verifier(en_json: bool, uai: str | None, attendue: str | None) -> int:
    """Recalcule la chaîne ; code de retour 1 à la première entrée changée, ôtée ou ajoutée."""
    from appli.installation import ouvrir
    from charte.commun.registre import verifier_le_journal

    _, base = ouvrir()
    with base.lecture() as session:
        connus = etablissements(session, uai)
        etats = [(nom, verifier_le_journal(session, identifiant, attendue)) for identifiant, nom in connus]
    base.fermer()
    retrouvee = not etats or any(etat.contient for _, etat in etats)
    if en_json:
        click.echo(json.dumps(_en_json(etats, attendue, retrouvee), ensure_ascii=False, indent=1))
    else:
        _dire(etats, attendue, retrouvee)
    return 0 if retrouvee and all(etat.rupture is None for _, etat in etats) else 1


@journal.command()
@click.option("--sortie", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Fichier CSV à écrire.")
@click.option("--etablissement", "uai", metavar="UAI", help="Si la base porte plusieurs établissements.")
def exporter(sortie: Path, uai: str | None) -> None:
    """Écrit tout le journal d'un établissement en CSV."""
    from appli.installation import acteur_de_commande, ouvrir
    from charte.commun.registre import Recherche, compter
    from charte.commun.registre import exporter as en_csv
    from charte.commun.typographie import pluriel

    _, base = ouvrir()
    with base.ecriture() as session:
        acteur = acteur_de_commande(session, uai)
    with base.lecture() as session:
        contenu, nombre = en_csv(session, acteur, Recherche()), compter(session, acteur, Recherche())
    base.fermer()
    try:
        sortie.write_bytes(contenu.encode())
    except OSError as erreur:
        raise click.UsageError(f"{sortie} ne peut pas s'écrire : {erreur.strerror}. Changez de lieu.") from erreur
    click.echo(f"{sortie} : {pluriel(nombre, 'entrée')}.")


def etablissements(session: "Session", uai: str | None) -> list[tuple[int, str]]:
    """Les établissements à vérifier (identifiant, nom). Lève `click.UsageError` si `uai` est inconnu."""
    from sqlalchemy import select
    from sqlmodel import col

    from charte.commun.base import lignes
    from charte.modeles import Etablissement

    requete = select(col(Etablissement.id), col(Etablissement.nom)).order_by(col(Etablissement.id))
    if uai is not None:
        requete = requete.where(col(Etablissement.uai) == uai)
    connus = [(int(identifiant), str(nom)) for identifiant, nom in lignes(session, requete)]
    if uai is not None and not connus:
        raise click.UsageError(f"Aucun établissement {uai}. Sans --etablissement, tous sont vérifiés.")
    return connus


def _dire(etats: "list[tuple[str, EtatDeLaChaine]]", attendue: str | None, retrouvee: bool) -> None:
    from charte.commun.typographie import moment, pluriel

    for nom, etat in etats:
        tete = f"{nom} : " if len(etats) > 1 else ""
        if etat.rupture is None:
            click.echo(f"{tete}{pluriel(etat.nombre, 'entrée')}, chaîne intacte jusqu'à {etat.empreinte}")
            continue
        quand = f", du {moment(etat.rupture.quand)}" if etat.rupture.quand else ""
        click.echo(f"{tete}chaîne rompue à l'entrée {etat.rupture.rang}{quand} : {etat.rupture.raison}.")
    if not etats:
        click.echo("0 entrée : la base ne porte encore aucun établissement.")
    if not retrouvee:
        click.echo(f"L'empreinte {attendue} n'est dans aucune chaîne : des entrées ont été ôtées ou refaites.")


def _en_json(etats: "list[tuple[str, EtatDeLaChaine]]", attendue: str | None, retrouvee: bool) -> dict[str, Any]:
    chaines = [
        {
            "etablissement": nom,
            "entrees": etat.nombre,
            "empreinte": etat.empreinte,
            "rupture": None
            if etat.rupture is None
            else {
                "rang": etat.rupture.rang,
                "quand": etat.rupture.quand.isoformat() if etat.rupture.quand else None,
                "raison": etat.rupture.raison,
            },
        }
        for nom, etat in etats
    ]
    return {"chaines": chaines, **({} if attendue is None else {"attendue_retrouvee": retrouvee})}
