"""`trajectoire charte` : le texte de la charte dans le terminal, ou en JSON."""

import json
import textwrap
from collections.abc import Iterator

import click

from charte.chargement import EDITION_COURANTE, EditionInconnue, charger_edition
from charte.commun.donnees import DonneesInvalides
from charte.edition import Edition, Element, Genre, parcourir
from charte.export import edition_en_json

_LARGEUR = 100
_TITRES = {Genre.SECTION, Genre.PARTIE, Genre.POSTE}
_SOUS_TITRES = {Genre.PERIMETRE, Genre.BLOC_SOCLE, Genre.BLOC_CIBLE}


@click.command()
@click.option("--json", "en_json", is_flag=True, help="Donne l'édition en JSON.")
@click.option("--edition", "identifiant", default=EDITION_COURANTE, show_default=True, help="Édition voulue.")
def charte(en_json: bool, identifiant: str) -> None:
    """Montre l'édition de la charte : postes, périmètres, socle, cible et engagements des parties."""
    try:
        edition = charger_edition(identifiant)
    except (EditionInconnue, DonneesInvalides) as erreur:
        raise click.ClickException(str(erreur)) from erreur
    if en_json:
        click.echo(json.dumps(edition_en_json(edition), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_lignes(edition)))


def _lignes(edition: Edition) -> Iterator[str]:
    yield from textwrap.wrap(edition.titre, _LARGEUR)
    yield f"{edition.date_affichee}, {edition.editeur.direction}"
    yield f"Source : {edition.source.adresse}"
    yield f"Empreinte : {edition.empreinte}"
    for element in parcourir(edition):
        yield from _lignes_element(element)


def _lignes_element(element: Element) -> Iterator[str]:
    if element.genre in _TITRES:
        titre = f"Poste {element.id} : {element.texte}" if element.genre is Genre.POSTE else element.texte
        yield from ("", titre, "-" * min(len(titre), _LARGEUR))
        return
    if element.genre in _SOUS_TITRES:
        yield ""
        yield from _plier(f"{element.id}  {str(element.genre).capitalize()} : {element.texte}", "")
        return
    marge = "      " if element.genre is Genre.SOUS_ACTION else "  "
    chiffres = "".join(f" [{parametre.libelle}]" for parametre in element.parametres)
    texte = " : ".join(morceau for morceau in (element.titre, element.texte) if morceau)
    yield from _plier(f"{element.id}  {texte}{chiffres}", marge)


def _plier(texte: str, marge: str) -> list[str]:
    return textwrap.wrap(texte, _LARGEUR, initial_indent=marge, subsequent_indent=marge + "    ")
