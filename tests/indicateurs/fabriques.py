"""Fabriques des tests d'indicateurs : ranger des formations, des parcours et des contrats en quelques mots."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlmodel import Session

from charte.acteur import Acteur
from charte.commun.base import Base, exiger_id, maintenant
from charte.modeles import Cfa, Formation
from indicateurs.modeles import Apprenti, Contrat, Depot, Parcours, Promotion

RENTREE = date(2023, 9, 4)
SORTIE = date(2024, 8, 30)


@dataclass
class Jeu:
    """Ce qu'un test range : une formation et ses apprentis, `rompus` d'entre eux après `jours` jours."""

    libelle: str
    effectif: int
    rompus: int = 0
    diplomes: int = 0
    rncp: str = "RNCP35345"
    cfd: str = ""
    uai: str = "0352756F"
    rentree: date = RENTREE
    sortie: date = SORTIE
    jours: int = 60
    formation_id: int = field(default=0, init=False)


def ranger(base: Base, acteur: Acteur, *jeux: Jeu) -> list[int]:
    """Range les jeux pour l'établissement de l'acteur ; rend les identifiants des formations."""
    with base.ecriture() as session:
        depot = _depot(session, acteur)
        return [_ranger_un(session, acteur, depot, jeu) for jeu in jeux]


def _depot(session: Session, acteur: Acteur) -> int:
    depot = Depot(
        etablissement_id=acteur.etablissement_id,
        auteur=acteur.nom,
        nom_fichier="extraction.xlsx",
        empreinte="ab" * 32,
        taille=1,
        depose_le=maintenant(),
        purger_le=maintenant().date() + timedelta(days=90),
        etat="confirme",
        lues=10,
        retenues=9,
        ecartees=1,
        confirme_le=maintenant(),
    )
    session.add(depot)
    session.flush()
    return exiger_id(depot.id)


def _ranger_un(session: Session, acteur: Acteur, depot: int, jeu: Jeu) -> int:
    formation = _formation(session, acteur, jeu)
    promotion = Promotion(formation_id=formation, annee=jeu.rentree.year)
    session.add(promotion)
    session.flush()
    for rang in range(jeu.effectif):
        apprenti = Apprenti(
            etablissement_id=acteur.etablissement_id,
            empreinte_identite=f"{acteur.etablissement_id:08x}{formation:08x}{rang:048x}",
            sexe="FH"[rang % 2],
        )
        session.add(apprenti)
        session.flush()
        parcours = Parcours(
            etablissement_id=acteur.etablissement_id,
            apprenti_id=exiger_id(apprenti.id),
            formation_id=formation,
            promotion_id=exiger_id(promotion.id),
            annee_scolaire="2023-2024",
            date_entree=jeu.rentree,
            date_fin=jeu.sortie,
            obtention=rang < jeu.diplomes if jeu.diplomes else None,
            depot_id=depot,
            ligne=rang + 2,
        )
        session.add(parcours)
        session.flush()
        rupture = jeu.rentree + timedelta(days=jeu.jours) if rang < jeu.rompus else None
        session.add(
            Contrat(
                etablissement_id=acteur.etablissement_id,
                parcours_id=exiger_id(parcours.id),
                rang=1,
                date_debut=jeu.rentree,
                date_fin=jeu.sortie,
                date_rupture=rupture,
                depot_id=depot,
                ligne=rang + 2,
            )
        )
    session.flush()
    return formation


def _formation(session: Session, acteur: Acteur, jeu: Jeu) -> int:
    cfa = Cfa(etablissement_id=acteur.etablissement_id, nom=f"CFA de {jeu.libelle}", uai=jeu.uai)
    session.add(cfa)
    session.flush()
    formation = Formation(
        etablissement_id=acteur.etablissement_id,
        cfa_id=exiger_id(cfa.id),
        code=f"{jeu.rncp}-{jeu.cfd}-{jeu.uai}",
        libelle=jeu.libelle,
        rncp=jeu.rncp,
        cfd=jeu.cfd,
        uai_formateur=jeu.uai,
    )
    session.add(formation)
    session.flush()
    return exiger_id(formation.id)
