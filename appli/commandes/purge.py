"""`trajectoire purge` : montre ce que la purge effacera, ou la fait."""

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from appli.base import BaseSQL
    from appli.donnees_personnelles.purge import Echeance
    from charte.acteur import Acteur
    from charte.commun.reglages import Reglages
    from indicateurs.rgpd.conservation import ParcoursEchus


@click.command()
@click.option("--montrer", "geste", flag_value="montrer", default="montrer", help="Dit ce qui serait effacé (défaut).")
@click.option("--faire", "geste", flag_value="faire", help="Efface les parcours échus et fait le ménage technique.")
@click.option("--oui", is_flag=True, help="Avec --faire : sans demander de confirmation.")
@click.option("--json", "en_json", is_flag=True, help="Avec --montrer : en JSON.")
@click.option("--etablissement", "uai", metavar="UAI", help="Établissement, s'il y en a plusieurs.")
def purge(geste: str, *, oui: bool, en_json: bool, uai: str | None) -> None:
    """Montre, ou fait, la purge de ce qui est gardé trop longtemps.

    Les comptes qui ne servent plus se choisissent un à un dans la page « Conservation et purge ».
    """
    from appli.donnees_personnelles.purge import limite_des_parcours, prevoir
    from appli.donnees_personnelles.registre import charger_politique
    from appli.installation import acteur_de_commande, ouvrir
    from charte.commun.base import maintenant
    from charte.commun.donnees import DonneesInvalides
    from indicateurs.rgpd.conservation import parcours_echus

    reglages, base = ouvrir()
    try:
        politique, instant = charger_politique(reglages), maintenant()
        with base.ecriture() as session:
            acteur = acteur_de_commande(session, uai)
        with base.lecture() as session:
            echeances = prevoir(session, acteur, politique, instant)
            parcours = parcours_echus(session, acteur, limite_des_parcours(politique, instant))
        _dire(echeances, en_json=en_json)
        if geste == "faire" and (oui or click.confirm("Effacer cela maintenant ?")):
            _faire(base, reglages, acteur, parcours)
    except DonneesInvalides as erreur:
        raise click.UsageError(str(erreur)) from erreur
    finally:
        base.fermer()


def _dire(echeances: "list[Echeance]", *, en_json: bool) -> None:
    from charte.commun.typographie import jour

    if en_json:
        prevues = [
            {
                "categorie": e.cle,
                "combien": e.combien,
                "plus_ancienne": e.plus_ancienne.isoformat() if e.plus_ancienne else None,
                "regle": f"{e.categorie.en_clair} après {e.categorie.depart}",
                "geste": e.categorie.geste,
            }
            for e in echeances
        ]
        click.echo(json.dumps({"prevues": prevues}, ensure_ascii=False, indent=1))
        return
    for e in echeances:
        quoi = f"{e.en_clair}, depuis le {jour(e.plus_ancienne)}" if e.combien else "rien à effacer"
        click.echo(f"{e.categorie.libelle} ({e.categorie.en_clair} après {e.categorie.depart}) : {quoi}")


def _faire(base: "BaseSQL", reglages: "Reglages", acteur: "Acteur", parcours: "ParcoursEchus") -> None:
    from datetime import datetime

    from appli.donnees_personnelles.purge import faire_le_menage
    from appli.travaux import purger_les_depots
    from charte.commun.base import maintenant
    from charte.commun.typographie import FUSEAU, pluriel
    from indicateurs.rgpd.conservation import purger_les_parcours

    if parcours.parcours:
        with base.ecriture() as session:
            purger_les_parcours(session, acteur, parcours)
    fichiers = purger_les_depots(base, reglages, datetime.now(FUSEAU).date())
    techniques = sum(faire_le_menage(base, reglages, maintenant()).values())
    dits = pluriel(parcours.parcours, "parcours", "parcours"), pluriel(fichiers, "fichier")
    click.echo(f"Effacés : {', '.join(dits)}, {pluriel(techniques, 'ligne technique', 'lignes techniques')}.")
