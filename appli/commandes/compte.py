"""`trajectoire compte` : crée un compte, ou lui donne un autre rôle ou un autre mot de passe."""

from typing import TYPE_CHECKING

import click

from charte.acteur import Mandat, Role

if TYPE_CHECKING:
    from sqlmodel import Session

    from charte.acteur import Acteur
    from charte.commun.reglages import Reglages


@click.command()
@click.option("--courriel", required=True, help="Identifiant du compte.")
@click.option("--nom", required=True, help="Nom montré dans l'outil et le journal.")
@click.option("--role", required=True, type=click.Choice([r.value for r in Role]), help="Ce que le compte peut faire.")
@click.option("--etablissement", "uai", help="UAI de l'établissement, s'il y en a plusieurs.")
@click.option(
    "--lien", "par_lien", is_flag=True, help="Affiche une fois le lien qui permet d'y choisir son mot de passe."
)
def compte(courriel: str, nom: str, role: str, uai: str | None, par_lien: bool) -> None:
    """Crée ou modifie un compte ; le mot de passe se tape ici, ou se choisit par un lien valable 7 jours, une fois."""
    from appli.installation import acteur_de_commande, ouvrir

    courriel = courriel.strip().lower()
    if "@" not in courriel:
        raise click.UsageError(f"« {courriel} » n'est pas un courriel.")
    condense = None if par_lien else _demander(nom, courriel)
    reglages, base = ouvrir()
    with base.ecriture() as session:
        acteur = acteur_de_commande(session, uai)
        compte_id, nouveau = _ranger(session, acteur, courriel, nom=nom, role=role, condense=condense)
        lien = _lien(session, reglages, compte_id) if par_lien else ""
    base.fermer()
    click.echo(f"Compte {'créé' if nouveau else 'modifié'} : {courriel} ({role}).")
    if lien:
        click.echo(f"À remettre à cette personne (valable 7 jours, une fois ; il ne sera plus montré) :\n{lien}")


def _lien(session: "Session", reglages: "Reglages", compte_id: int) -> str:
    from appli.comptes.courrier import adresse_du_lien
    from appli.comptes.liens import creer_un_lien

    return adresse_du_lien(creer_un_lien(session, compte_id, "invitation"), reglages.adresse_publique)


def _demander(*contexte: str) -> str:
    from appli.comptes.mots_de_passe import reprocher
    from appli.securite import condenser

    saisi = str(click.prompt("Mot de passe", hide_input=True, confirmation_prompt="Encore une fois"))
    if faute := reprocher(saisi, (*contexte, "Trajectoire")):
        raise click.UsageError(faute)
    return condenser(saisi)


def _ranger(
    session: "Session", acteur: "Acteur", courriel: str, *, nom: str, role: str, condense: str | None
) -> tuple[int, bool]:
    """Range le compte et le journalise ; rend (compte, nouveau). Un changement ferme ses sessions.

    Sans condensé, nul mot de passe n'ouvre plus le compte tant que le lien n'a pas servi.
    """
    from sqlmodel import col, select

    from appli.mandats import donner_un_mandat, retirer_les_mandats
    from appli.modeles import Compte
    from appli.sessions import fermer_les_sessions
    from charte.commun.base import exiger_id, maintenant
    from charte.commun.journal import journaliser

    existant = session.exec(select(Compte).where(col(Compte.courriel) == courriel)).first()
    if existant is not None and existant.etablissement_id != acteur.etablissement_id:
        raise click.UsageError(f"« {courriel} » est déjà un compte d'un autre établissement.")
    fiche = existant or Compte(
        etablissement_id=acteur.etablissement_id,
        courriel=courriel,
        nom=nom,
        condense=condense,
        cree_le=maintenant(),
    )
    fiche.nom, fiche.condense, fiche.actif = nom, condense, True
    fiche.mot_de_passe_le = maintenant() if condense else None
    session.add(fiche)
    session.flush()
    compte_id = exiger_id(fiche.id)
    fermer_les_sessions(session, compte_id)
    retirer_les_mandats(session, compte_id, acteur.etablissement_id)
    donner_un_mandat(session, compte_id, acteur.etablissement_id, Mandat(Role(role)))
    acte = "compte créé" if existant is None else "compte modifié"
    journaliser(session, acteur, acte, f"compte:{compte_id}", apres={"role": role})
    return compte_id, existant is None
