"""`trajectoire diagnostic` : ce qui est là, ce qui manque, et le remède, en français."""

import sys

import click

from appli.diagnostic import Constat, constater

_SIGNES = {"bon": "✓", "note": "·", "manque": "✗"}


@click.command()
def diagnostic() -> None:
    """Dit ce qui manque à cette machine. Code de sortie : 0 si rien ne manque, 1 sinon."""
    constats = constater()
    for constat in constats:
        click.echo(_en_ligne(constat))
    manques = [constat.sujet for constat in constats if constat.etat == "manque"]
    click.echo()
    click.echo(f"À régler : {', '.join(manques)}." if manques else "Rien ne manque.")
    sys.exit(1 if manques else 0)


def _en_ligne(constat: Constat) -> str:
    ligne = f"{_SIGNES[constat.etat]} {constat.sujet} : {constat.detail}"
    return f"{ligne}\n    → {constat.remede}" if constat.remede else ligne
