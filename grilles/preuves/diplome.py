"""Les preuves d'un diplôme : par élément de la grille de l'année, ce qui manque, ce qui est périmé."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, parties_tenues
from charte.commun.base import lignes
from charte.services.portee import situer
from grilles.modeles import Preuve, PreuveCitee
from grilles.preuves.services.lecture import lire_fichiers, lire_preuves
from grilles.preuves.vues import FichierVu, PreuveVue, en_vigueur
from grilles.services.lecture import lire_grille

FILTRES = (("", "Toutes"), ("manquantes", "Manquantes"), ("perimees", "Périmées"))


@dataclass(frozen=True)
class PreuveDUnElement:
    """Une preuve citée, ses fichiers en vigueur, où regarder."""

    preuve: PreuveVue
    fichiers: tuple[FichierVu, ...]
    emplacement: str


@dataclass(frozen=True)
class ElementVu:
    """Un élément de la charte et ses preuves. `manque` : dit tenu, et rien de valable à montrer."""

    id: str
    texte: str
    etat: str
    manque: bool
    preuves: tuple[PreuveDUnElement, ...]

    @property
    def perimee(self) -> bool:
        """Vrai si l'une de ses preuves est périmée."""
        return any(p.preuve.perimee for p in self.preuves)


@dataclass(frozen=True)
class PosteVu:
    """Un poste et ses éléments montrés."""

    numero: int
    titre: str
    elements: tuple[ElementVu, ...]


@dataclass(frozen=True)
class PreuvesDuDiplome:
    """Ce que montre l'onglet. `choix` : les éléments, pour une liste ; `modifiable` : l'acteur peut y citer."""

    formation_id: int
    libelle: str
    annee_scolaire: str
    commencee: bool
    modifiable: bool
    postes: tuple[PosteVu, ...]
    comptes: dict[str, int]
    choix: tuple[tuple[str, str], ...]
    preuves: tuple[PreuveVue, ...]


def lire_preuves_du_diplome(
    session: Session, acteur: Acteur, formation_id: int, jour: date, filtre: str = ""
) -> PreuvesDuDiplome:
    """L'onglet « Preuves » d'un diplôme, pour la grille de l'année ; lève `Introuvable`."""
    grille = lire_grille(session, acteur, formation_id)
    citees = _citees(session, acteur, grille.grille_id, jour)
    postes = []
    for poste in grille.postes:
        elements = []
        for ligne in poste.lignes:
            preuves = citees.get(ligne.id, ())
            manque = ligne.etat is not None and ligne.etat.cle == "tenu" and not any(p.preuve.compte for p in preuves)
            elements.append(ElementVu(ligne.id, ligne.texte, ligne.etat.libelle if ligne.etat else "", manque, preuves))
        postes.append(PosteVu(poste.numero, poste.titre, tuple(elements)))
    tous = [element for poste in postes for element in poste.elements]
    tenues = parties_tenues(acteur, situer(session, acteur, formation_id, Geste.LIRE))
    return PreuvesDuDiplome(
        formation_id=formation_id,
        libelle=grille.libelle,
        annee_scolaire=grille.annee_scolaire,
        commencee=grille.commencee,
        modifiable=bool(tenues) and not grille.figee,
        postes=tuple(PosteVu(p.numero, p.titre, tuple(e for e in p.elements if _montre(e, filtre))) for p in postes),
        comptes={cle: sum(_montre(e, cle) for e in tous) for cle, _ in FILTRES},
        choix=tuple((e.id, f"{e.id} {e.texte}") for e in tous),
        preuves=tuple(sorted(lire_preuves(session, acteur, jour).values(), key=lambda p: (p.titre.casefold(), p.id))),
    )


def _montre(element: ElementVu, filtre: str) -> bool:
    if filtre == "manquantes":
        return element.manque
    return element.perimee if filtre == "perimees" else bool(element.preuves) or element.manque


def _citees(
    session: Session, acteur: Acteur, grille_id: int | None, jour: date
) -> dict[str, tuple[PreuveDUnElement, ...]]:
    if grille_id is None:
        return {}
    requete = (
        select(*(col(c) for c in (PreuveCitee.element, PreuveCitee.preuve_id, PreuveCitee.emplacement)))
        .where(col(PreuveCitee.grille_id) == grille_id, col(PreuveCitee.etablissement_id) == acteur.etablissement_id)
        .order_by(col(PreuveCitee.id))
    )
    trouvees = lignes(session, requete)
    numeros = sorted({numero for _, numero, _ in trouvees})
    preuves = lire_preuves(session, acteur, jour, col(Preuve.id).in_(numeros))
    fichiers = {n: en_vigueur(tous) for n, tous in lire_fichiers(session, acteur, numeros).items()}
    par_element: dict[str, tuple[PreuveDUnElement, ...]] = {}
    for element, numero, emplacement in trouvees:
        vue = PreuveDUnElement(preuves[numero], fichiers.get(numero, ()), emplacement)
        par_element[element] = (*par_element.get(element, ()), vue)
    return par_element
