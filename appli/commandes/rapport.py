"""`trajectoire rapport conseil` : le dossier du conseil d'une formation, en PDF, sans passer par les pages."""

from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path

import click
from sqlalchemy import select
from sqlmodel import Session, col

from charte.acteur import Acteur
from charte.commun.base import lignes
from charte.commun.typographie import pluriel
from charte.modeles import Formation
from rapports.dossier import DossierConseil


@click.group()
def rapport() -> None:
    """Édite un rapport (dossier du conseil)."""


@rapport.command()
@click.option("--formation", "code", required=True, metavar="CODE", help="Code donné par « trajectoire formations ».")
@click.option("--sortie", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Fichier PDF à écrire.")
@click.option("--au", type=click.DateTime(["%Y-%m-%d"]), help="Date des données (AAAA-MM-JJ).")
@click.option("--etablissement", "uai", metavar="UAI", help="Si la base porte plusieurs établissements.")
def conseil(code: str, sortie: Path, au: datetime | None, uai: str | None) -> None:
    """Écrit le dossier du conseil de perfectionnement d'une formation."""
    from rapports.pdf import PdfIndisponible, produire

    dossier = _assembler(code, au.date() if au else None, uai)
    try:
        produit = produire(dossier)
        sortie.write_bytes(produit.contenu)
    except PdfIndisponible as erreur:
        raise click.ClickException(str(erreur)) from erreur
    except OSError as erreur:
        raise click.UsageError(f"{sortie} ne peut pas s'écrire : {erreur.strerror}. Changez de lieu.") from erreur
    click.echo(f"{sortie} : {pluriel(produit.pages, 'page')}, {pluriel(len(produit.contenu) // 1024, 'kilo-octet')}.")


def _assembler(code: str, au: date | None, uai: str | None) -> DossierConseil:
    from appli.installation import acteur_de_commande, ouvrir
    from rapports.services import assembler_dossier

    _, base = ouvrir()
    with base.ecriture() as session:
        acteur = acteur_de_commande(session, uai)
    with base.lecture() as session:
        dossier = assembler_dossier(session, acteur, _formation(session, acteur, code), au)
    base.fermer()
    return dossier


def _formation(session: Session, acteur: Acteur, code: str) -> int:
    requete = select(col(Formation.code), col(Formation.id)).where(
        col(Formation.etablissement_id) == acteur.etablissement_id
    )
    connues: dict[str, int] = {str(c): i for c, i in lignes(session, requete)}
    if code in connues:
        return connues[code]
    raise click.UsageError(f"Aucune formation ne porte le code « {code} ». {_conseiller(code, list(connues))}")


def _conseiller(code: str, connus: list[str]) -> str:
    """Les codes les plus proches, ou comment les lister."""
    if not connus:
        return "Aucune formation n'est rangée : importez d'abord un fichier (« trajectoire importer FICHIER »)."
    proches = get_close_matches(code, connus, n=5, cutoff=0.3) or sorted(connus)[:5]
    return f"Codes proches : {', '.join(proches)}. « trajectoire formations » les liste tous."
