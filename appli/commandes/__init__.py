"""La ligne de commande `trajectoire` ; chaque commande est un module, chargé seulement s'il sert."""

from importlib import import_module

import click

COMMANDES = {
    "charte": "Montre l'édition de la charte, en texte ou en JSON.",
    "importer": "Lit, diagnostique et range une extraction d'apprentis (xlsx, csv).",
    "indicateurs": "Calcule les indicateurs d'un fichier, sans base.",
    "formations": "Liste les formations rangées.",
    "rapport": "Édite un rapport (dossier du conseil).",
    "demo": "Prépare et sert l'université fictive de démonstration.",
    "serveur": "Sert l'application.",
    "compte": "Crée ou modifie un compte.",
    "diagnostic": "Dit ce qui manque à cette machine.",
}


class GroupeTardif(click.Group):
    """Groupe dont les commandes ne s'importent qu'à l'appel : `trajectoire charte` ne charge ni pandas ni le web."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Les noms des commandes, dans l'ordre de l'aide."""
        return list(COMMANDES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """La commande `cmd_name` : le module `appli.commandes.<nom>` en porte une du même nom."""
        if cmd_name not in COMMANDES:
            return None
        module = import_module(f"appli.commandes.{cmd_name}")
        commande = getattr(module, cmd_name)
        if not isinstance(commande, click.Command):
            raise TypeError(f"appli.commandes.{cmd_name} ne porte pas de commande « {cmd_name} ».")
        return commande

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """L'aide, sans charger les modules."""
        with formatter.section("Commandes"):
            formatter.write_dl(list(COMMANDES.items()))


@click.group(cls=GroupeTardif, context_settings={"help_option_names": ["-h", "--help", "--aide"]})
@click.version_option(package_name="trajectoire", message="Trajectoire %(version)s")
def principale() -> None:
    """Trajectoire : conduire la charte qualité de l'apprentissage dans l'enseignement supérieur."""
