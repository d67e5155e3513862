"""Ce que montrent les pages du conseil : le dossier à venir, ce qui lui manque, les dossiers émis."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste
from charte.commun.base import lignes
from charte.commun.travaux import EtatDuTravail, etat_du_travail
from charte.modeles import Formation
from charte.services.portee import formations_atteintes
from rapports.dossier import DossierConseil
from rapports.graphiques import Graphique, graphique_effectifs, graphique_evolution, graphique_positions
from rapports.regles import Manque, relever_manques
from rapports.services import RapportEmis, rapports_emis


@dataclass(frozen=True)
class DossierListe:
    """Un dossier émis et où en est son PDF (`travail` None : rien en cours)."""

    rapport: RapportEmis
    travail: EtatDuTravail | None

    @property
    def pret(self) -> bool:
        """Vrai si le PDF se télécharge."""
        return self.rapport.fichier is not None

    @property
    def en_attente(self) -> bool:
        """Vrai si le PDF viendra."""
        return not self.pret and self.travail is not None and not self.travail.termine


@dataclass(frozen=True)
class VueConseil:
    """La page du conseil d'une formation."""

    formation_id: int
    dossier: DossierConseil
    manques: tuple[Manque, ...]
    graphiques: tuple[Graphique, ...]
    emis: tuple[DossierListe, ...]

    @property
    def en_attente(self) -> bool:
        """Vrai si un PDF est en cours de fabrication."""
        return any(d.en_attente for d in self.emis)


@dataclass(frozen=True)
class LigneConseil:
    """Une formation dans la liste des conseils : son dernier dossier, s'il y en a un."""

    formation_id: int
    libelle: str
    code: str
    dernier: RapportEmis | None


def vue_conseil(session: Session, acteur: Acteur, formation_id: int, dossier: DossierConseil) -> VueConseil:
    """La page du conseil, depuis le dossier assemblé à l'instant."""
    emis = rapports_emis(session, acteur, formation_id)
    return VueConseil(
        formation_id,
        dossier,
        relever_manques(dossier),
        (graphique_positions(dossier.postes),) if dossier.grille else (),
        tuple(DossierListe(r, _travail(session, acteur, r)) for r in emis),
    )


def _travail(session: Session, acteur: Acteur, rapport: RapportEmis) -> EtatDuTravail | None:
    if rapport.fichier is not None or rapport.travail_id is None:
        return None
    return etat_du_travail(session, acteur, rapport.travail_id)


def lister_conseils(session: Session, acteur: Acteur) -> list[LigneConseil]:
    """Toutes les formations de l'établissement, par libellé, avec leur dernier dossier émis."""
    derniers: dict[int, RapportEmis] = {}
    for rapport in rapports_emis(session, acteur):
        derniers.setdefault(rapport.formation_id, rapport)
    requete = (
        select(col(Formation.id), col(Formation.libelle), col(Formation.code))
        .where(formations_atteintes(acteur, Geste.LIRE_DOSSIER))
        .order_by(col(Formation.libelle), col(Formation.code))
    )
    return [LigneConseil(i, libelle, code, derniers.get(i)) for i, libelle, code in lignes(session, requete)]


def graphique_nomme(dossier: DossierConseil, nom: str) -> Graphique | None:
    """Le graphique d'un dossier par son nom (« positions », « effectifs » ou la clé d'un indicateur), ou None."""
    if nom == "positions":
        return graphique_positions(dossier.postes)
    if nom == "effectifs" and dossier.effectifs:
        return graphique_effectifs(dossier.effectifs, dossier.seuil)
    voulu = next((i for i in dossier.indicateurs if i.cle == nom), None)
    return graphique_evolution(voulu, dossier.seuil) if voulu else None
