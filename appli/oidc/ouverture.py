"""Ouvrir : les fournisseurs d'une installation, puis la session d'une personne qu'un fournisseur a dite."""

import os
from dataclasses import replace

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from appli.cloison import hors_cloison
from appli.entree import Entree, faire_entrer
from appli.oidc.configuration import Fournisseur, charger_les_fournisseurs
from appli.oidc.distant import Fournisseurs
from appli.oidc.rattachement import Identite, trouver_le_compte
from appli.sessions import Visite
from charte.commun.base import Base
from charte.commun.donnees import DonneesInvalides
from charte.commun.reglages import Reglages

METHODE = "fournisseur"


def ouvrir_les_fournisseurs(reglages: Reglages) -> Fournisseurs | None:
    """Les fournisseurs déclarés, ou None s'il n'y en a pas.

    Lève `DonneesInvalides` si le fichier est mal écrit, ou si l'adresse publique de l'outil n'est pas réglée.
    """
    if reglages.fournisseurs is None:
        return None
    fichier, secrets = charger_les_fournisseurs(reglages.fournisseurs, os.environ)
    try:
        return Fournisseurs(fichier, secrets, reglages.adresse_publique)
    except ValueError as erreur:
        raise DonneesInvalides(f"TRAJECTOIRE_ADRESSE_PUBLIQUE, où l'on revient des fournisseurs : {erreur}") from None


@hors_cloison()
def ouvrir_pour(base: Base, visite: Visite, fournisseur: Fournisseur, identite: Identite, appareil: str) -> Entree:
    """Une session neuve pour cette personne, en UNE transaction avec son lien. Lève `ConnexionRefusee`."""
    try:
        with base.ecriture() as session:
            return _ouvrir(session, visite, fournisseur, identite, appareil)
    except IntegrityError:
        # La même personne arrivait au même instant d'un autre onglet : son lien est maintenant là.
        with base.ecriture() as session:
            return _ouvrir(session, visite, fournisseur, identite, appareil)


def _ouvrir(session: Session, visite: Visite, fournisseur: Fournisseur, identite: Identite, appareil: str) -> Entree:
    compte = trouver_le_compte(session, fournisseur, identite)
    # Le fournisseur a déjà demandé ce qu'il fallait ; le code d'ici ne s'y ajoute que si on l'a voulu.
    demande = replace(compte, second_facteur=compte.second_facteur and fournisseur.second_facteur)
    return faire_entrer(session, visite, demande, METHODE, appareil)
