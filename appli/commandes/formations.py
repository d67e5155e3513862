"""`trajectoire formations` : les formations rangées, avec le code que les autres commandes attendent."""

import json

import click


@click.command()
@click.option("--json", "en_json", is_flag=True, help="En JSON : [{code, libelle}].")
@click.option("--etablissement", "uai", help="UAI de l'établissement, s'il y en a plusieurs.")
def formations(en_json: bool, uai: str | None) -> None:
    """Liste les formations rangées."""
    from sqlalchemy import select
    from sqlmodel import col

    from appli.installation import acteur_de_commande, ouvrir
    from charte.commun.base import lignes
    from charte.modeles import Formation

    _, base = ouvrir()
    with base.ecriture() as session:
        acteur = acteur_de_commande(session, uai)
    requete = select(col(Formation.code), col(Formation.libelle)).order_by(col(Formation.code))
    with base.lecture() as session:
        trouvees = lignes(session, requete.where(col(Formation.etablissement_id) == acteur.etablissement_id))
    base.fermer()
    if en_json:
        click.echo(json.dumps([{"code": c, "libelle": n} for c, n in trouvees], ensure_ascii=False, indent=1))
        return
    for code, libelle in trouvees:
        click.echo(f"{code}  {libelle}")
    if not trouvees:
        click.echo("Aucune formation : elles naissent du premier import (trajectoire importer FICHIER).")
