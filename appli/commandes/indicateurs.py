"""`trajectoire indicateurs` : les indicateurs d'un fichier, sans base, en tableau ou en JSON."""

import json
import secrets
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any, NoReturn, cast

import click

from charte.commun.typographie import jour, nombre, part, pluriel
from indicateurs.definitions import Definition, Diffusion, charger_definitions
from indicateurs.export import mesures_en_json
from indicateurs.finition import afficher_masque
from indicateurs.imports import Diagnostic, FichierIllisible, diagnostiquer, tables_depuis
from indicateurs.lecture import TableInvalide
from indicateurs.moteur import NIVEAUX, Niveau, calculer

_NOMS = {"rncp": "", "cfd": "code diplôme ", "uai_responsable": "CFA ", "uai_formateur": "lieu "}


@click.command()
@click.argument("fichier")
@click.option(
    "--au", required=True, type=click.DateTime(["%Y-%m-%d"]), metavar="AAAA-MM-JJ", help="Date d'observation."
)
@click.option("--par", type=click.Choice(NIVEAUX), default="formation", show_default=True, help="Regroupement.")
@click.option(
    "--diffusion",
    type=click.Choice(["interne", "publique"]),
    default="interne",
    show_default=True,
    help="Public visé : fixe le seuil sous lequel un résultat est masqué.",
)
@click.option("--brut", is_flag=True, help="Montre tout, sans secret (pour qui peut voir).")
@click.option("--json", "en_json", is_flag=True, help="Donne les mesures en JSON.")
def indicateurs(fichier: str, *, au: datetime, par: str, diffusion: str, brut: bool, en_json: bool) -> None:
    """Calcule les indicateurs de FICHIER (xlsx ou csv) à une date, sans rien ranger.

    Une ligne par indicateur, groupe et promotion. Code de sortie 2 si le fichier ne peut pas être lu.
    """
    choisie = None if brut else cast(Diffusion, diffusion)
    try:
        # Clé d'un seul usage : elle rapproche les lignes d'une même personne, et rien n'en est gardé.
        diagnostic = diagnostiquer(fichier, Path(fichier).name, secrets.token_bytes(32))
        tables = tables_depuis(diagnostic)
        mesures = calculer(tables, au=au.date(), par=[cast(Niveau, par)], diffusion=choisie)
    except (FichierIllisible, TableInvalide) as erreur:
        _refuser(str(erreur))
    lignes = mesures_en_json(mesures)
    click.echo(_compte(diagnostic), err=True)
    if en_json:
        click.echo(json.dumps(lignes, ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_tableau(lignes, au, choisie)))


def _refuser(message: str) -> NoReturn:
    click.echo(message, err=True)
    raise SystemExit(2)


def _compte(diagnostic: Diagnostic) -> str:
    lues = pluriel(diagnostic.lues, "ligne lue", "lignes lues")
    retenues = pluriel(diagnostic.retenues, "retenue", "retenues")
    ecartees = pluriel(diagnostic.ecartees, "écartée", "écartées")
    suite = " (voir « trajectoire importer --essai »)" if diagnostic.ecartees else ""
    return f"{lues} = {retenues} + {ecartees}{suite}"


def _tableau(lignes: list[dict[str, Any]], au: datetime, diffusion: Diffusion | None) -> Iterator[str]:
    definitions = charger_definitions()
    yield f"Indicateurs au {jour(au)}"
    # Les mesures viennent indicateur par indicateur ; on lit un groupe à la fois.
    lignes = sorted(lignes, key=lambda ligne: [valeur or "" for valeur in ligne["groupe"].values()])
    for titre, mesures in groupby(lignes, key=lambda ligne: _titre(ligne["groupe"])):
        yield from ("", titre, "-" * len(titre))
        for mesure in mesures:
            definition = definitions[mesure["indicateur"]]
            yield f"  {definition.libelle:<52} {_valeur(mesure, definition, diffusion)}"
    yield ""
    yield "Taux suivis de leur intervalle de Wilson à 95 %. Définitions : " + ", ".join(
        definition.identifiant for definition in definitions.values()
    )


def _titre(groupe: dict[str, str | None]) -> str:
    cles = [f"{_NOMS[cle]}{groupe[cle]}" for cle in _NOMS if groupe.get(cle)]
    return " · ".join([*(cles or ["Ensemble"]), f"promotion {groupe['promotion']}"])


def _valeur(mesure: dict[str, Any], definition: Definition, diffusion: Diffusion | None) -> str:
    if mesure["masque"] and diffusion is not None:
        return afficher_masque(definition.seuils.pour(diffusion))
    if definition.denominateur is None:
        return nombre(mesure["numerateur"])
    if mesure["taux"] is None:
        return "–"
    bornes = f"[{part(mesure['ic_bas'])} ; {part(mesure['ic_haut'])}]"
    return f"{part(mesure['taux'])} {bornes}, {nombre(mesure['numerateur'])} sur {nombre(mesure['denominateur'])}"
