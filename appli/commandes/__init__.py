"""La ligne de commande `trajectoire` ; chaque commande est un module, chargé seulement s'il sert."""

import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Any

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
    "journal": "Vérifie la chaîne du journal ou l'exporte.",
    "grille": "Vérifie les grilles arrêtées.",
    "revue": "Vérifie les revues annuelles arrêtées et les tableaux publiés.",
    "cle": "Change une clé, dit ce qui reste sous l'ancienne, l'oublie.",
    "purge": "Montre ou fait la purge de ce qui est gardé trop longtemps.",
    "diagnostic": "Dit ce qui manque à cette machine.",
}


ERREUR_DE_PROGRAMME = 70
"""Code de sortie d'une erreur interne (EX_SOFTWARE de sysexits.h)."""


class GroupeTardif(click.Group):
    """Groupe dont les commandes ne s'importent qu'à l'appel : `trajectoire charte` ne charge ni pandas ni le web."""

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, *, standalone_mode: bool = True, **options: Any
    ) -> Any:
        """Lance la commande ; une faute d'appel, de disque ou de base se dit d'une ligne (code de retour 2).

        Une erreur de programme garde sa trace et rend 70 : 1 dirait « des lignes sont écartées » à un script.
        """
        if not standalone_mode:
            return super().main(args, standalone_mode=False, **options)
        try:
            code = super().main(args, standalone_mode=False, **options)
        except click.ClickException as erreur:
            click.echo(dire_la_faute(erreur), err=True)
            sys.exit(erreur.exit_code)
        except click.Abort:
            click.echo("Interrompu.", err=True)
            sys.exit(130)
        except Exception as erreur:
            panne = dire_la_panne(erreur)
            click.echo(panne or "".join(traceback.format_exception(erreur)), err=True)
            sys.exit(2 if panne else ERREUR_DE_PROGRAMME)
        sys.exit(code if isinstance(code, int) else 0)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Les noms des commandes, dans l'ordre de l'aide."""
        return list(COMMANDES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """La commande `cmd_name` : le module `appli.commandes.<nom>` en porte une du même nom."""
        if cmd_name not in COMMANDES:
            raise click.ClickException(f"La commande « {cmd_name} » n'existe pas ; « trajectoire --aide » les montre.")
        module = import_module(f"appli.commandes.{cmd_name}")
        commande = getattr(module, cmd_name)
        if not isinstance(commande, click.Command):
            raise TypeError(f"appli.commandes.{cmd_name} ne porte pas de commande « {cmd_name} ».")
        return commande

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """L'aide, sans charger les modules."""
        with formatter.section("Commandes"):
            formatter.write_dl(list(COMMANDES.items()))


def dire_la_faute(erreur: click.ClickException) -> str:
    """Une faute d'appel en une phrase française (click ne parle qu'anglais)."""
    match erreur:
        case click.NoSuchOption():
            return f"L'option « {erreur.option_name} » n'existe pas ; « --aide » montre les options."
        case click.MissingParameter():
            manque = erreur.param.human_readable_name if erreur.param else erreur.param_hint
            return f"Il manque « {manque} » ; « --aide » montre l'usage."
        case click.BadParameter() if erreur.param is not None:
            return f"« {erreur.param.human_readable_name} » : {_attendu(erreur.param) or erreur.message}"
        case _:
            return erreur.format_message()


def dire_la_panne(erreur: Exception) -> str | None:
    """Une panne du disque ou de la base en une ligne, sans requête ni valeur ; None si c'est une autre erreur."""
    if isinstance(erreur, OSError):
        lieu = f"« {erreur.filename} » : " if erreur.filename else ""
        return (
            f"{lieu}le système refuse ({erreur.strerror or type(erreur).__name__}) ; vérifiez le chemin et vos droits."
        )
    # La base n'est chargée que par les commandes qui s'en servent : son module n'est pas importé ici.
    base = sys.modules.get("sqlalchemy.exc")
    if base is None or not isinstance(erreur, base.DBAPIError):
        return None
    if isinstance(erreur, base.OperationalError):
        return f"La base ne répond pas ou est occupée ({erreur.orig}) ; rien n'a été rangé, réessayez dans un instant."
    if type(erreur) is base.DatabaseError:
        return f"La base ne se lit pas ({erreur.orig}) ; vérifiez TRAJECTOIRE_BASE et TRAJECTOIRE_DOSSIER."
    return None


def _attendu(parametre: click.Parameter) -> str:
    if isinstance(parametre.type, click.DateTime):
        return "écrivez une date AAAA-MM-JJ qui existe, par exemple 2025-09-01."
    if isinstance(parametre.type, click.Choice):
        return f"choisissez parmi {', '.join(map(str, parametre.type.choices))}."
    return ""


@click.group(cls=GroupeTardif, context_settings={"help_option_names": ["-h", "--help", "--aide"]})
@click.version_option(package_name="trajectoire", message="Trajectoire %(version)s")
def principale() -> None:
    """Trajectoire : conduire la charte qualité de l'apprentissage dans l'enseignement supérieur."""
