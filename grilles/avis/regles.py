"""Les avis demandés par un lien : où en est une demande, jusqu'à quand elle vaut, et quand l'avis est clos. Pur."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum

from charte.acteur import Partie
from grilles.campagnes.regles import EtatDeCampagne, peut_ecrire

DELAI_D_OFFICE = timedelta(days=14)
DELAI_MAXIMAL = timedelta(days=90)
ELEMENTS_MAXIMAUX = 40
"""Au-delà, personne ne va au bout sur un téléphone : borne de l'outil."""
PUBLICS: Mapping[str, str] = {"apprentis": "Apprentis", "employeurs": "Employeurs"}
LIBELLES: Mapping[str, tuple[str, str]] = {
    "tenu": ("Tenu", "tenu"),
    "en_partie": ("En partie", "partie"),
    "non_tenu": ("Non tenu", "manque"),
    "ne_sait_pas": ("Je ne sais pas", "neutre"),
}
"""Par état d'un avis : le mot, et son ton à l'écran."""
AIDES: Mapping[str, str] = {
    "tenu": "c’est fait",
    "en_partie": "c’est commencé, ou pas pour tout le monde",
    "non_tenu": "ce n’est pas fait",
    "ne_sait_pas": "",
}


class EtatDeDemande(StrEnum):
    """Où en est une demande d'avis ; un avis rendu reste modifiable jusqu'à l'échéance."""

    DEMANDE = "demande"
    RENDU = "rendu"
    ECHU = "echu"
    RETIRE = "retire"


ETATS: Mapping[EtatDeDemande, tuple[str, str]] = {
    EtatDeDemande.DEMANDE: ("Demandé", "partie"),
    EtatDeDemande.RENDU: ("Rendu", "tenu"),
    EtatDeDemande.ECHU: ("Échu", "neutre"),
    EtatDeDemande.RETIRE: ("Retiré", "neutre"),
}


def etat_de(rendu_le: datetime | None, retire_le: datetime | None, echeance: date, jour: date) -> EtatDeDemande:
    """Retirée d'abord, puis rendue, puis échue (le lendemain de l'échéance), sinon demandée."""
    if retire_le is not None:
        return EtatDeDemande.RETIRE
    if rendu_le is not None:
        return EtatDeDemande.RENDU
    return EtatDeDemande.DEMANDE if jour <= echeance else EtatDeDemande.ECHU


def refus_d_echeance(echeance: date, jour: date) -> str:
    """Ce qui ne va pas dans une échéance, remède compris ; vide si elle convient."""
    if echeance < jour:
        return "Cette date est passée ; donnez un jour à venir."
    if echeance > jour + DELAI_MAXIMAL:
        return f"Un lien vaut {DELAI_MAXIMAL.days} jours au plus ; donnez une date plus proche."
    return ""


def pourquoi_clos(etat_campagne: str | None, etat_grille: str | None) -> str:
    """Pourquoi un avis ne se donne plus, dit à qui l'on a demandé ; vide s'il se donne.

    Un avis se donne tant que les positions des parties s'écrivent : ensuite, le dialogue les a entendues.
    """
    if etat_campagne is None or peut_ecrire(etat_campagne, etat_grille, Partie.ETABLISSEMENT) is None:
        return ""
    if etat_campagne == EtatDeCampagne.PREPARATION:
        return "L’auto-évaluation n’est pas encore ouverte : revenez par le même lien dans quelques jours."
    if etat_campagne == EtatDeCampagne.EN_CONCERTATION and etat_grille != "arretee":
        return "Le dialogue entre l’établissement et le CFA a commencé : les avis sont clos."
    return "L’auto-évaluation de cette année est arrêtée : les avis sont clos."
