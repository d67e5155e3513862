"""`trajectoire serveur` : sert l'application."""

import click


@click.command()
@click.option("--hote", default="127.0.0.1", show_default=True, help="Adresse d'écoute.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="Port d'écoute.")
def serveur(hote: str, port: int) -> None:
    """Sert l'application (base et dossier : TRAJECTOIRE_BASE, TRAJECTOIRE_DOSSIER)."""
    import uvicorn

    from appli.application import creer_application
    from charte.commun.reglages import charger_reglages

    application = creer_application(charger_reglages())
    click.echo(f"Trajectoire : http://{hote}:{port} (Ctrl+C pour arrêter)")
    uvicorn.run(application, host=hote, port=port, log_level="warning", server_header=False)
