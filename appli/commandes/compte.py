"""`trajectoire compte` : crée un compte, ou lui donne un autre rôle ou un autre mot de passe."""

import secrets
from typing import TYPE_CHECKING

import click

from charte.acteur import Mandat, Role

if TYPE_CHECKING:
    from sqlmodel import Session

    from charte.acteur import Acteur


@click.command()
@click.option("--courriel", required=True, help="Identifiant du compte.")
@click.option("--nom", required=True, help="Nom montré dans l'outil et le journal.")
@click.option("--role", required=True, type=click.Choice([r.value for r in Role]), help="Ce que le compte peut faire.")
@click.option("--etablissement", "uai", help="UAI de l'établissement, s'il y en a plusieurs.")
@click.option("--engendrer", is_flag=True, help="Engendre un mot de passe et l'affiche une seule fois.")
def compte(courriel: str, nom: str, role: str, uai: str | None, engendrer: bool) -> None:
    """Crée ou modifie un compte."""
    from appli.installation import acteur_de_commande, ouvrir
    from appli.securite import condenser

    courriel = courriel.strip().lower()
    if "@" not in courriel:
        raise click.UsageError(f"« {courriel} » n'est pas un courriel.")
    mot_de_passe = secrets.token_urlsafe(15) if engendrer else _demander(nom, courriel)
    _, base = ouvrir()
    with base.ecriture() as session:
        acteur = acteur_de_commande(session, uai)
        condense = condenser(mot_de_passe)
        nouveau = _ranger(session, acteur, courriel, nom=nom, role=role, condense=condense)
    base.fermer()
    click.echo(f"Compte {'créé' if nouveau else 'modifié'} : {courriel} ({role}).")
    if engendrer:
        click.echo(f"Mot de passe (il ne sera plus montré) : {mot_de_passe}")


def _demander(*contexte: str) -> str:
    from appli.comptes.mots_de_passe import reprocher

    saisi = str(click.prompt("Mot de passe", hide_input=True, confirmation_prompt="Encore une fois"))
    if faute := reprocher(saisi, (*contexte, "Trajectoire")):
        raise click.UsageError(faute)
    return saisi


def _ranger(session: "Session", acteur: "Acteur", courriel: str, *, nom: str, role: str, condense: str) -> bool:
    """Range le compte et le journalise ; rend vrai s'il est nouveau. Un changement ferme ses sessions."""
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
    fiche.nom, fiche.condense, fiche.actif, fiche.mot_de_passe_le = nom, condense, True, maintenant()
    session.add(fiche)
    session.flush()
    compte_id = exiger_id(fiche.id)
    fermer_les_sessions(session, compte_id)
    retirer_les_mandats(session, compte_id, acteur.etablissement_id)
    donner_un_mandat(session, compte_id, acteur.etablissement_id, Mandat(Role(role)))
    acte = "compte créé" if existant is None else "compte modifié"
    journaliser(session, acteur, acte, f"compte:{compte_id}", apres={"role": role})
    return existant is None
