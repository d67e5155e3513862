"""Redemander le mot de passe avant un geste sensible, sous les mêmes freins qu'à la connexion."""

from litestar.response import Redirect, Template

from appli.comptes.mon_compte import condense_de
from appli.comptes.second_facteur import exiger_un_compte
from appli.cookies import poser_le_cookie
from appli.entree import adresse_de
from appli.freins import EssaiFreine, exiger_un_essai, oublier_l_essai, reconnaitre_l_essai
from appli.presentation import Requete, reglages_de, visite_de
from appli.refus import noter_le_refus
from appli.securite import verifier
from charte.acteur import Acteur
from charte.commun.base import Base, maintenant
from charte.commun.typographie import FUSEAU, pluriel
from charte.commun.web import ErreurDeChamp

REFUS = "Ce n’est pas votre mot de passe actuel. Vérifiez-le, puis recommencez."


def reprocher_le_mot_de_passe(
    requete: Requete, base: Base, acteur: Acteur, champ: str, saisi: object
) -> list[ErreurDeChamp]:
    """La faute à montrer si ce n'est pas le mot de passe de l'acteur, ou si trop d'essais ont échoué ; sinon rien."""
    visite, cle = visite_de(requete), reglages_de(requete).cle_web
    essai = reconnaitre_l_essai(cle, visite.courriel, adresse_de(requete))
    try:
        with base.ecriture() as session:
            exiger_un_essai(session, essai, maintenant())
    except EssaiFreine as frein:
        noter_le_refus(requete, 429, "mot de passe redemandé, freiné")
        return [ErreurDeChamp(champ, dire_l_attente(frein))]
    with base.lecture() as session:
        condense = condense_de(session, exiger_un_compte(acteur))
    if not verifier(str(saisi or ""), condense):
        noter_le_refus(requete, 422, "mot de passe redemandé, faux")
        return [ErreurDeChamp(champ, REFUS)]
    with base.ecriture() as session:
        oublier_l_essai(session, essai)
    return []


def dire_l_attente(frein: EssaiFreine) -> str:
    """Combien attendre, et jusqu'à quand."""
    duree, quand = pluriel(frein.minutes, "minute"), frein.reessayer_le.astimezone(FUSEAU)
    return f"Trop d’essais ont échoué. Réessayez dans {duree}, après {quand:%H:%M} (heure de Paris)."


def renouveler_le_cookie(reponse: Redirect | Template, requete: Requete, jeton: str | None) -> None:
    """Pose le jeton neuf de la session, s'il y en a un."""
    if jeton is not None:
        poser_le_cookie(reponse, reglages_de(requete), "", jeton)
