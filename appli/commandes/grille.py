"""`trajectoire grille` : vérifie les grilles arrêtées. Rien ici n'écrit dans la base."""

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from grilles.arrete.verification import EtatDArrete


@click.group()
def grille() -> None:
    """Vérifie les grilles arrêtées."""


@grille.command()
@click.option("--json", "en_json", is_flag=True, help="En JSON : {etablissements: [{etablissement, arretes: […]}]}.")
@click.option("--etablissement", "uai", metavar="UAI", help="Un seul établissement ; tous sinon.")
def verifier(en_json: bool, uai: str | None) -> int:
    """Recalcule l'empreinte SHA-256 de chaque grille arrêtée ; code de retour 1 si l'une n'est pas entière."""
    from appli.commandes.journal import etablissements
    from appli.installation import ouvrir
    from grilles.arrete.verification import verifier_les_arretes

    _, base = ouvrir()
    with base.lecture() as session:
        connus = etablissements(session, uai)
        etats = [(nom, verifier_les_arretes(session, identifiant)) for identifiant, nom in connus]
    base.fermer()
    if en_json:
        click.echo(json.dumps({"etablissements": [_en_json(*un) for un in etats]}, ensure_ascii=False, indent=1))
    else:
        _dire(etats)
    return 1 if any(arrete.faute for _, arretes in etats for arrete in arretes) else 0


def _dire(etats: "list[tuple[str, list[EtatDArrete]]]") -> None:
    from charte.commun.typographie import pluriel
    from grilles.regles import libelle_annee

    for nom, arretes in etats:
        tete = f"{nom} : " if len(etats) > 1 else ""
        fautifs = [arrete for arrete in arretes if arrete.faute]
        compte = pluriel(len(arretes), "grille arrêtée", "grilles arrêtées")
        click.echo(f"{tete}{compte}, {'toutes entières' if not fautifs else f'{len(fautifs)} à regarder'}.")
        for a in fautifs:
            click.echo(f"  {a.formation}, {libelle_annee(a.annee)}, version {a.version} : {a.faute}.")
    if not etats:
        click.echo("0 grille arrêtée : la base ne porte encore aucun établissement.")


def _en_json(nom: str, arretes: "list[EtatDArrete]") -> dict[str, Any]:
    from dataclasses import asdict

    return {"etablissement": nom, "arretes": [{**asdict(a), "entier": not a.faute} for a in arretes]}
