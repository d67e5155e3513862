"""`trajectoire serveur` : sert l'application."""

from ipaddress import ip_network
from typing import Any

import click


class Mandataires(click.ParamType[list[str]]):
    """Des adresses ou des réseaux, séparés par des virgules ; rend leur liste."""

    name = "adresses"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[str]:
        """Refuse tout ce qui n'est pas une adresse : « * » laisserait chacun choisir la sienne."""
        adresses = value if isinstance(value, list) else [lue for a in str(value).split(",") if (lue := a.strip())]
        for adresse in adresses:
            try:
                ip_network(adresse)
            except ValueError:
                self.fail(f"« {adresse} » n'est ni une adresse ni un réseau (par exemple 192.0.2.10 ou 192.0.2.0/24).")
        return adresses


@click.command()
@click.option("--hote", default="127.0.0.1", show_default=True, help="Adresse d'écoute.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="Port d'écoute.")
@click.option("--sans-ouvriers", is_flag=True, help="Ne pas exécuter les travaux de fond (un autre processus le fait).")
@click.option(
    "--mandataires",
    envvar="TRAJECTOIRE_MANDATAIRES",
    default="",
    type=Mandataires(),
    help="Adresses des serveurs mandataires dont « X-Forwarded-For » est cru, séparées par des virgules.",
)
def serveur(hote: str, port: int, sans_ouvriers: bool, mandataires: list[str]) -> None:
    """Sert l'application (base et dossier : TRAJECTOIRE_BASE, TRAJECTOIRE_DOSSIER).

    Un seul processus exécute les travaux de fond ; les autres reçoivent « --sans-ouvriers ».
    """
    import uvicorn

    from appli.application import creer_application
    from appli.traces import ouvrir_les_traces
    from charte.commun.reglages import charger_reglages

    application = creer_application(charger_reglages(), ouvriers=not sans_ouvriers)
    ouvrir_les_traces()
    click.echo(f"Trajectoire : http://{hote}:{port} (Ctrl+C pour arrêter)")
    uvicorn.run(application, host=hote, port=port, **options_de_prise(mandataires))


def options_de_prise(mandataires: list[str]) -> dict[str, Any]:
    """Les options d'uvicorn : ni version dite, ni en-tête cru d'un inconnu ; les traces restent les nôtres."""
    return {
        "log_config": None,
        "log_level": "warning",
        "server_header": False,
        "proxy_headers": bool(mandataires),
        "forwarded_allow_ips": mandataires,
    }
