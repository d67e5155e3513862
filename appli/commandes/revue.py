"""`trajectoire revue` : vérifie les revues arrêtées et les tableaux publiés. Rien ici n'écrit dans la base."""

from pathlib import Path

import click


@click.group()
def revue() -> None:
    """Vérifie les revues arrêtées et les tableaux publiés."""


@revue.command()
@click.argument("fichier", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--empreinte", metavar="SHA256", help="L'empreinte attendue, telle que la page la montre.")
def verifier(fichier: Path | None, empreinte: str | None) -> int:
    """Vérifie le JSON d'une revue emportée ; sans fichier, tout ce que la base a scellé. Rend 1 si une faute."""
    fautes = _verifier_un_fichier(fichier, empreinte) if fichier else _verifier_la_base()
    for faute in fautes:
        click.echo(f"  {faute}")
    return 1 if fautes else 0


def _verifier_un_fichier(fichier: Path, empreinte: str | None) -> list[str]:
    from charte.commun.canonique import calculer_empreinte
    from indicateurs.revue.verification import faute_du_scelle

    texte = fichier.read_bytes().decode("utf-8", errors="replace")
    calculee = calculer_empreinte(texte)
    click.echo(f"{fichier.name} : {calculee}")
    faute = faute_du_scelle(texte, empreinte or calculee)
    return [faute] if faute else []


def _verifier_la_base() -> list[str]:
    from appli.installation import ouvrir
    from charte.commun.typographie import pluriel
    from indicateurs.revue.verification import verifier_les_scelles

    _, base = ouvrir()
    with base.lecture() as session:
        etats = verifier_les_scelles(session)
    base.fermer()
    fautives = [f"{nom} : {faute}." for nom, faute in etats if faute]
    click.echo(f"{pluriel(len(etats), 'contenu scellé', 'contenus scellés')}, {len(fautives)} à regarder.")
    return fautives
