"""Remplit les grilles de la démonstration par les services véritables."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from pydantic import RootModel
from sqlmodel import Session

from charte.acteur import Acteur
from charte.chargement import charger_edition
from charte.commun.donnees import DonneeGelee, charger_modele
from charte.edition import Element, Genre, parcourir
from grilles.echelle import EVALUES
from grilles.services import CommandePreuve, CommandeReponse, ajouter_preuve, enregistrer_reponse

DESCRIPTION = Path(__file__).parent / "donnees" / "grilles.yaml"


class PreuveDecrite(DonneeGelee):
    """Une preuve ; `date` : mois-jour."""

    titre: str
    adresse: str
    date: str


class EtatsDuPoste(DonneeGelee):
    """L'état de toutes les lignes d'un poste, par groupe (None : sans réponse), et la preuve de ce qui y est tenu."""

    socle: str | None = None
    cible: str | None = None
    actions: str | None = None
    preuve: PreuveDecrite | None = None

    def de(self, genre: Genre) -> str | None:
        """L'état des lignes de ce genre."""
        return {Genre.ENGAGEMENT: self.socle, Genre.EXIGENCE: self.cible}.get(genre, self.actions)


class LigneDecrite(DonneeGelee):
    """Une exception à l'état du groupe, un commentaire, des preuves ; `sans_preuve` : pas même celle du poste."""

    etat: str | None = None
    motif: str = ""
    commentaire: str = ""
    preuves: tuple[PreuveDecrite, ...] = ()
    sans_preuve: bool = False


class GrilleDecrite(DonneeGelee):
    """La grille d'une formation, `recul` années avant l'année en cours."""

    formation: str
    recul: int
    postes: dict[int, EtatsDuPoste]
    lignes: dict[str, LigneDecrite]


class _Grilles(RootModel[tuple[GrilleDecrite, ...]]):
    """Le fichier entier."""


def charger_grilles() -> tuple[GrilleDecrite, ...]:
    """Les grilles décrites ; lève `DonneesInvalides` si le fichier est fautif."""
    return charger_modele(DESCRIPTION, _Grilles).root


def remplir_grilles(session: Session, acteur: Acteur, formations: Mapping[str, int], annee: int, jour: date) -> int:
    """Remplit toutes les grilles décrites et rend le nombre de réponses. `formations` : code vers identifiant."""
    total = 0
    for grille in charger_grilles():
        formation_id, campagne = formations[grille.formation], annee - grille.recul
        for commande in _reponses(grille, formation_id, campagne):
            enregistrer_reponse(session, acteur, commande)
            total += 1
        for preuve in _preuves(grille, formation_id, campagne, jour):
            ajouter_preuve(session, acteur, preuve)
    return total


def _reponses(grille: GrilleDecrite, formation_id: int, annee: int) -> Iterator[CommandeReponse]:
    for element, ligne, _groupe, etat in _lignes(grille):
        if etat:
            yield CommandeReponse(formation_id, element.id, etat, ligne.motif, ligne.commentaire, annee=annee)


def _preuves(grille: GrilleDecrite, formation_id: int, annee: int, jour: date) -> Iterator[CommandePreuve]:
    dernier = jour.replace(year=jour.year - grille.recul, day=1)
    for element, ligne, groupe, etat in _lignes(grille):
        commune = (groupe.preuve,) if groupe.preuve and etat == "tenu" and not ligne.sans_preuve else ()
        for preuve in ligne.preuves or commune:
            effet = dernier_passage(preuve.date, dernier)
            yield CommandePreuve(formation_id, element.id, preuve.titre, preuve.adresse, effet, annee)


def _lignes(grille: GrilleDecrite) -> Iterator[tuple[Element, LigneDecrite, EtatsDuPoste, str | None]]:
    """(élément, ce qui en est dit, son poste, son état) de chaque élément évalué."""
    for element in parcourir(charger_edition()):
        if element.genre in EVALUES:
            ligne = grille.lignes.get(element.id, LigneDecrite())
            groupe = grille.postes.get(int(element.id[0]), EtatsDuPoste())
            yield element, ligne, groupe, ligne.etat or groupe.de(element.genre)


def dernier_passage(mois_jour: str, jour: date) -> date:
    """Le dernier « 03-12 » (12 mars) au plus tard ce jour."""
    mois, quantieme = map(int, mois_jour.split("-"))
    cette_annee = date(jour.year, mois, quantieme)
    return cette_annee if cette_annee <= jour else cette_annee.replace(year=jour.year - 1)
