"""Une formation rangée dans la base, avec ses apprentis : de quoi assembler un vrai dossier."""

from datetime import date
from typing import Any

from sqlmodel import Session

from charte.acteur import Acteur
from charte.commun.base import exiger_id, maintenant
from charte.modeles import Cfa, Formation
from grilles.services import CommandeReponse, enregistrer_reponse
from indicateurs.modeles import Apprenti, Contrat, Depot, Parcours, Promotion


def creer_formation(session: Session, acteur: Acteur, code: str = "but-gmp", uai: str = "0352756F") -> int:
    """Une formation d'un CFA interne ; rend son identifiant."""
    cfa = Cfa(etablissement_id=acteur.etablissement_id, nom=f"CFA {code}", uai=uai, interne=True)
    session.add(cfa)
    session.flush()
    formation = Formation(
        etablissement_id=acteur.etablissement_id, cfa_id=exiger_id(cfa.id), code=code, libelle=f"Formation {code}",
        rncp="RNCP35345", cfd="25032608", niveau=6, uai_formateur=uai,
    )  # fmt: skip
    session.add(formation)
    session.flush()
    return exiger_id(formation.id)


def ranger(session: Session, ligne: Any) -> int:
    """Range une ligne et rend son identifiant."""
    session.add(ligne)
    session.flush()
    return exiger_id(ligne.id)


def ranger_apprentis(
    session: Session, acteur: Acteur, formation_id: int, *, annee: int, nombre: int, rompus: int
) -> None:
    """Une promotion de `nombre` apprentis, dont `rompus` ont rompu au bout de deux mois ; tous ont un résultat."""
    qui = acteur.etablissement_id
    depot = ranger(session, Depot(
        etablissement_id=qui, auteur="x", nom_fichier="export Dupont-Martin.XLSX", empreinte=f"{annee:064d}", taille=1,
        depose_le=maintenant(), purger_le=date(2030, 1, 1), etat="confirme", lues=nombre, retenues=nombre,
        confirme_le=maintenant(),
    ))  # fmt: skip
    promotion = ranger(session, Promotion(formation_id=formation_id, annee=annee))
    debut, fin = date(annee, 9, 1), date(annee + 1, 8, 31)
    for rang in range(nombre):
        jeune = ranger(session, Apprenti(etablissement_id=qui, empreinte_identite=f"{formation_id}-{annee}-{rang}"))
        parcours = ranger(session, Parcours(
            etablissement_id=qui, apprenti_id=jeune, formation_id=formation_id, promotion_id=promotion,
            annee_scolaire=f"{annee}-{annee + 1}", date_entree=debut, date_fin=fin, obtention=rang % 10 != 0,
            depot_id=depot, ligne=rang + 2,
        ))  # fmt: skip
        ranger(session, Contrat(
            etablissement_id=qui, parcours_id=parcours, rang=1, date_debut=debut, date_fin=fin,
            date_rupture=date(annee, 11, 1) if rang < rompus else None, depot_id=depot, ligne=rang + 2,
        ))  # fmt: skip


def repondre(session: Session, acteur: Acteur, formation_id: int, element: str, etat: str) -> None:
    """Une réponse à la grille de l'année en cours."""
    enregistrer_reponse(session, acteur, CommandeReponse(formation_id, element, etat, "", "Vu en réunion.", 0))
