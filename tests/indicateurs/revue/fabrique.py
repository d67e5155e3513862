"""Une revue annuelle sur un CFA de deux diplômes, l'un au-dessus du seuil, l'autre au-dessous."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlmodel import col

from appli.annuaire import AnnuaireDesComptes
from appli.base import BaseSQL
from appli.plan_des_revues import PlanDesRevues
from charte.acteur import Acteur, Role
from charte.commun.base import lignes
from charte.modeles import Cfa
from indicateurs.revue.contenu import Contenu
from indicateurs.revue.formulaires import FormulaireArret, FormulaireNote, FormulaireOuverture
from indicateurs.revue.services.assemblage import Dossier, dresser
from indicateurs.revue.services.ecriture import arreter, noter, ouvrir_une_revue
from rapports.mesures_citees import MesuresDesIndicateurs
from tests.conftest import creer_compte
from tests.indicateurs.fabriques import Jeu, ranger

UAI, AUTRE_UAI = "0352756F", "0352758H"
AU = date(2026, 10, 15)
CLE = "rupture_brute_9_mois"
PLAN = PlanDesRevues(AnnuaireDesComptes(), MesuresDesIndicateurs())


@dataclass(frozen=True)
class Lieu:
    """Une base, un référent de l'établissement, le CFA du grand diplôme et celui du petit, leurs diplômes."""

    base: BaseSQL
    acteur: Acteur
    cfa: int
    autre_cfa: int
    diplome: int
    petit: int


def peupler(base: BaseSQL) -> Lieu:
    """Un grand diplôme (20 apprentis, 3 ruptures) dans un CFA, un petit (3) dans un autre."""
    acteur = creer_compte(base, "Université des Revues", Role.REFERENT_QUALITE, "referent@revues.invalid")
    diplome, petit = ranger(
        base, acteur,
        Jeu("BUT Informatique", effectif=20, rompus=3, diplomes=16),
        Jeu("Licence rare", effectif=3, rompus=1, rncp="RNCP22222", uai=AUTRE_UAI),
    )  # fmt: skip
    with base.lecture() as session:
        cfas = {uai: numero for numero, uai in lignes(session, select(col(Cfa.id), col(Cfa.uai)))}
    return Lieu(base, acteur, cfas[UAI], cfas[AUTRE_UAI], diplome, petit)


def ouvrir(lieu: Lieu, cfa_id: int | None = None, annee: int = 2026, acteur: Acteur | None = None) -> int:
    """Ouvre une revue ; rend son numéro."""
    saisie = FormulaireOuverture(annee=annee, cfa_id=cfa_id, observee_le=AU.isoformat())
    with lieu.base.ecriture() as session:
        return ouvrir_une_revue(session, acteur or lieu.acteur, saisie)


def lire(lieu: Lieu, revue_id: int) -> Dossier:
    """Le dossier d'une revue."""
    with lieu.base.lecture() as session:
        return dresser(session, lieu.acteur, revue_id, PLAN)


def dire(
    lieu: Lieu, revue_id: int, cle: str = CLE, avis: str = "garder", texte: str = "Stable.", version: int = 0
) -> None:
    """Note un indicateur."""
    with lieu.base.ecriture() as session:
        noter(session, lieu.acteur, revue_id, cle, FormulaireNote(avis=avis, commentaire=texte, version=version))


def figer(lieu: Lieu, revue_id: int, conclusion: str = "Rien ne presse.") -> str:
    """Arrête une revue ; rend son empreinte."""
    dossier = lire(lieu, revue_id)
    saisie = FormulaireArret(conclusion=conclusion, version=dossier.revue.version)
    with lieu.base.ecriture() as session:
        return arreter(session, lieu.acteur, revue_id, saisie, dossier.contenu)


def textes(contenu: Contenu) -> str:
    """Tout ce que le contenu porte, en un texte."""
    return repr(contenu)
