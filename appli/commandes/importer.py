"""`trajectoire importer` : diagnostique une extraction d'apprentis, puis la range (sauf `--essai`)."""

import json
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from charte.commun.typographie import pluriel
from indicateurs.imports import Cause, Diagnostic, FichierIllisible
from indicateurs.imports.diagnostic import FORMAT_DES_APPRENTIS, lire_octets
from indicateurs.sources.toute_source import FORMATS_CONNUS, diagnostiquer_toute_source

ILLISIBLE, AVEC_ECARTS, TOUT_RETENU = 2, 1, 0
_LIGNES_PAR_POINT = 5_000


@click.command()
@click.argument("fichier")
@click.option("--json", "en_json", is_flag=True, help="Donne le diagnostic en JSON.")
@click.option("--essai", is_flag=True, help="Diagnostique sans rien ranger (aucune base n'est ouverte).")
@click.option("--retirer", is_flag=True, help="Retire aussi ce que le fichier ne dit plus.")
@click.option(
    "--format",
    "source",
    type=click.Choice(FORMATS_CONNUS),
    default=FORMAT_DES_APPRENTIS,
    show_default=True,
    help="Format du fichier ; « auto » le reconnaît à son contenu.",
)
@click.option("--etablissement", "uai", metavar="UAI", help="Établissement qui range, s'il y en a plusieurs.")
def importer(fichier: str, *, en_json: bool, essai: bool, retirer: bool, source: str, uai: str | None) -> None:
    """Diagnostique FICHIER (xlsx ou csv) et le range.

    Ce qu'une autre source a déjà rangé reste : un désaccord ne se tranche que par les pages.

    Code de sortie : 0 si toutes les lignes sont retenues, 1 si certaines sont écartées, 2 si le fichier ne peut pas
    être lu (une ligne sur la sortie d'erreur, rien sur la sortie standard).
    """
    nom = Path(fichier).name
    try:
        octets = lire_octets(fichier, nom)
        if essai:
            # Clé d'un seul usage : elle rapproche les lignes d'une même personne, et rien n'en est gardé.
            cle = secrets.token_bytes(32)
            diagnostic = diagnostiquer_toute_source(octets, nom, source, cle, progression=_progression())
            bilan: dict[str, Any] = {}
        else:
            diagnostic, bilan = _ranger(octets, nom, source, retirer=retirer, uai=uai)
    except FichierIllisible as erreur:
        click.echo(str(erreur), err=True)
        sys.exit(ILLISIBLE)
    _dire(diagnostic, bilan, en_json=en_json)
    sys.exit(AVEC_ECARTS if diagnostic.ecartees else TOUT_RETENU)


def _progression() -> Any:
    """Avancement sur la sortie d'erreur, dans un terminal et pour un grand fichier seulement."""
    if not sys.stderr.isatty():
        return None

    def montrer(fait: int, total: int) -> None:
        if total >= _LIGNES_PAR_POINT:
            click.echo(f"\r{fait} lignes sur {total}", err=True, nl=fait == total)

    return montrer


def _ranger(
    octets: bytes, nom: str, source: str, *, retirer: bool, uai: str | None
) -> tuple[Diagnostic, dict[str, Any]]:
    from appli.installation import acteur_de_commande, ouvrir
    from indicateurs.imports.coffre import Coffre
    from indicateurs.imports.services import FichierDepose, ranger_fichier

    reglages, base = ouvrir()
    try:
        diagnostic = diagnostiquer_toute_source(
            octets,
            nom,
            source,
            reglages.cle_identite,
            progression=_progression(),
            ancienne=reglages.cle_identite_ancienne,
        )
        with base.ecriture() as session:
            acteur = acteur_de_commande(session, uai)
            fichier = (FichierDepose(nom, octets), diagnostic)
            bilan = ranger_fichier(
                session,
                acteur,
                fichier,
                Coffre.de(reglages),
                retirer=retirer,
                conservation_jours=reglages.conservation_depots_jours,
            )
    finally:
        base.fermer()
    return diagnostic, bilan.en_json()


def _dire(diagnostic: Diagnostic, bilan: dict[str, Any], *, en_json: bool) -> None:
    if en_json:
        click.echo(json.dumps({**diagnostic.en_json(), **bilan}, ensure_ascii=False, indent=2))
        return
    for ligne in _lignes(diagnostic, bilan):
        click.echo(ligne)


def _lignes(diagnostic: Diagnostic, bilan: dict[str, Any]) -> Iterator[str]:
    yield (
        f"{pluriel(diagnostic.lues, 'ligne lue', 'lignes lues')} = "
        f"{pluriel(diagnostic.retenues, 'retenue')} + {pluriel(diagnostic.ecartees, 'écartée')}"
    )
    if diagnostic.feuilles_ignorees:
        yield f"Feuilles non lues, aux en-têtes connus aussi : {', '.join(diagnostic.feuilles_ignorees)}"
    if diagnostic.colonnes_inconnues:
        yield f"Colonnes inconnues, laissées de côté : {', '.join(diagnostic.colonnes_inconnues)}"
    for cause in diagnostic.par_cause():
        yield from _lignes_de_cause(cause)
    if bilan:
        yield ""
        hors = ("depot", "effacees", "refusees")
        rangs = {nature: nombre for nature, nombre in bilan.items() if nature not in hors}
        yield "Rangé : " + ", ".join(f"{nombre} {nature}" for nature, nombre in rangs.items())
    if refusees := bilan.get("refusees"):
        laissees = pluriel(refusees, "ligne laissée de côté", "lignes laissées de côté")
        yield f"{laissees} : rien de ce qui est rangé ne leur correspond."
    if effacees := bilan.get("effacees"):
        dites = pluriel(effacees, "personne effacée à sa demande", "personnes effacées à leur demande")
        yield f"{dites} : lignes écartées. Le référent peut lever un effacement (page « Une personne »)."


def _lignes_de_cause(cause: Cause) -> Iterator[str]:
    yield ""
    yield f"{cause.gravite.upper()} : {cause.titre}"
    for anomalie in cause.exemples:
        valeur = f" « {anomalie.valeur} »" if anomalie.valeur else ""
        yield f"  ligne {anomalie.ligne}{valeur} : {anomalie.message} {anomalie.remede}"
    if (reste := len(cause.anomalies) - len(cause.exemples)) > 0:
        yield f"  … et {reste} de plus (toutes avec --json)"
