"""`trajectoire demo` : prépare l'université fictive, dit par où commencer, et la sert."""

import socket
import time

import click

from appli.base import BaseSQL
from appli.demonstration.installer import BaseDejaHabitee, Preparation, preparer
from appli.demonstration.universite import MOT_DE_PASSE
from appli.migrations import migrer
from charte.commun.reglages import Reglages, charger_reglages

PORT = 8000
DIX_MINUTES = (
    "Parcourez la charte (entrée « Charte ») : cherchez « livret », suivez l'ancre d'une puce.",
    "Déposez {depot} : lisez le diagnostic, puis l'aperçu, et confirmez.",
    "Ouvrez un diplôme : ses indicateurs, et sous chacun « pourquoi ce chiffre ? ».",
    "Remplissez une ligne de sa grille : tout s'enregistre seul.",
    "Demandez le dossier du conseil : un PDF accessible, ses chiffres joints.",
)


@click.command()
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(0, 65535), help="Port d'écoute.")
@click.option("--hote", default="127.0.0.1", show_default=True, help="Adresse d'écoute.")
@click.option("--preparer", "seulement", is_flag=True, help="Construit la base et les fichiers, sans servir.")
def demo(port: int, hote: str, seulement: bool) -> None:
    """Prépare et sert une université fictive : deux CFA, une douzaine de formations, trois promotions.

    TRAJECTOIRE_DOSSIER dit où vivent la base embarquée et les fichiers, TRAJECTOIRE_BASE l'URL de la base.
    """
    reglages = charger_reglages(demonstration=True)
    if not seulement:
        _exiger_port_libre(hote, port)
    base = BaseSQL(reglages.url_base)
    try:
        click.echo("Préparation de l’université fictive …")
        _preparer(reglages, base)
        if not seulement:
            _servir(reglages, base, hote=hote, port=port)
    finally:
        base.fermer()


def _preparer(reglages: Reglages, base: BaseSQL) -> None:
    debut = time.monotonic()
    migrer(base)
    try:
        preparation = preparer(reglages, base)
    except BaseDejaHabitee as erreur:
        raise click.ClickException(str(erreur)) from erreur
    if preparation.deja_prete:
        click.echo(f"La démonstration est déjà prête dans {reglages.dossier}.")
    else:
        click.echo(f"Démonstration préparée en {time.monotonic() - debut:.0f} s dans {reglages.dossier}.")
    _presenter(preparation)


def _presenter(preparation: Preparation) -> None:
    click.echo(f"\nComptes (mot de passe de tous : {MOT_DE_PASSE}) :")
    for compte in preparation.comptes:
        click.echo(f"  {compte.courriel:<32} {compte.role_en_clair}")
    click.echo("\nEn dix minutes :")
    for rang, geste in enumerate(DIX_MINUTES, start=1):
        click.echo(f"  {rang}. {geste.format(depot=preparation.a_deposer)}")
    click.echo()


def _exiger_port_libre(hote: str, port: int) -> None:
    # Le dire avant de préparer : sinon l'erreur n'arrive qu'après plusieurs secondes de travail.
    famille = socket.AF_INET6 if ":" in hote else socket.AF_INET
    with socket.socket(famille, socket.SOCK_STREAM) as prise:
        prise.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            prise.bind((hote, port))
        except OSError as erreur:
            raise click.ClickException(
                f"On ne peut pas écouter sur {hote}:{port} ({erreur.strerror}). Ajoutez --port suivi d'un autre numéro."
            ) from erreur


def _servir(reglages: Reglages, base: BaseSQL, *, hote: str, port: int) -> None:
    import uvicorn

    from appli.application import creer_application

    click.echo(f"Ouvrez http://{hote}:{port} (Ctrl+C pour arrêter).")
    uvicorn.run(
        creer_application(reglages, base),
        host=hote,
        port=port,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
    )
