"""`trajectoire serveur` : sert l'application."""

import click


@click.command()
@click.option("--hote", default="127.0.0.1", show_default=True, help="Adresse d'écoute.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="Port d'écoute.")
@click.option("--sans-ouvriers", is_flag=True, help="Ne pas exécuter les travaux de fond (un autre processus le fait).")
def serveur(hote: str, port: int, sans_ouvriers: bool) -> None:
    """Sert l'application (base et dossier : TRAJECTOIRE_BASE, TRAJECTOIRE_DOSSIER).

    Un seul processus exécute les travaux de fond ; les autres reçoivent « --sans-ouvriers ».
    """
    import uvicorn

    from appli.application import creer_application
    from charte.commun.reglages import charger_reglages

    application = creer_application(charger_reglages(), ouvriers=not sans_ouvriers)
    click.echo(f"Trajectoire : http://{hote}:{port} (Ctrl+C pour arrêter)")
    uvicorn.run(application, host=hote, port=port, log_level="warning", server_header=False, proxy_headers=False)
