"""Ce que montrent les pages d'un arrêté : ce qui va être figé, la liste des versions, une version relue."""

from collections.abc import Mapping
from dataclasses import dataclass

from charte.acteur import Partie
from grilles.arrete.contenu import Contenu, MesureScellee
from grilles.arrete.services import ReouvertureLue
from grilles.controles.services import Controles
from grilles.echelle import Etat, charger_echelle
from grilles.regles import libelle_annee
from grilles.vues import GrilleLue, Ligne, PosteLu, ReponseLue, Scelle

PARTIES: Mapping[str, str] = {Partie.ETABLISSEMENT.value: "Établissement", Partie.CFA.value: "CFA"}


@dataclass(frozen=True)
class Preparation:
    """Ce qu'arrêter va figer, et ce qui manque encore : rien n'empêche, tout se dit."""

    grille: GrilleLue
    controles: Controles
    mesures: tuple[MesureScellee, ...]
    preuves: int
    fichiers: int

    @property
    def sans_reponse(self) -> list[Ligne]:
        """Les engagements et exigences sans réponse concertée, dans l'ordre du texte."""
        groupes = [groupe for poste in self.grille.postes for groupe in (*poste.socle, *poste.cible)]
        return [ligne for groupe in groupes for ligne in groupe.lignes if ligne.etat is None]

    @property
    def sans_preuve(self) -> list[Ligne]:
        """Les engagements et exigences tenus dont aucune preuve ne vaut."""
        return [ligne for poste in self.grille.postes for ligne in poste.lignes if ligne.sans_preuve]

    @property
    def a_confirmer(self) -> list[Ligne]:
        """Les réponses reprises de l'an passé que personne n'a confirmées."""
        return [ligne for poste in self.grille.postes for ligne in poste.lignes if ligne.a_confirmer]

    @property
    def complete(self) -> bool:
        """Vrai si rien ne manque."""
        return not (self.sans_reponse or self.sans_preuve or self.a_confirmer or self.controles.constats)


@dataclass(frozen=True)
class Version:
    """Un arrêté dans la liste. `en_vigueur` : celui que montre la grille ; `reouverture` : ce qui l'a ouverte."""

    annee: int
    campagne: str
    scelle: Scelle
    en_vigueur: bool
    reouverture: ReouvertureLue | None

    @property
    def annee_scolaire(self) -> str:
        """« 2026-2027 »."""
        return libelle_annee(self.annee)


@dataclass(frozen=True)
class Historique:
    """Les arrêtés d'un diplôme. `ouvertes` : les réouvertures dont la version n'est pas encore arrêtée, par année."""

    formation_id: int
    libelle: str
    versions: tuple[Version, ...]
    ouvertes: tuple[tuple[int, ReouvertureLue], ...]

    @property
    def adresse(self) -> str:
        """L'adresse de la liste."""
        return f"/diplomes/{self.formation_id}/arretes"


@dataclass(frozen=True)
class ArreteRelu:
    """Une version relue dans son instantané. `intact` : son empreinte, recalculée, est celle qu'on avait notée."""

    formation_id: int
    scelle: Scelle
    contenu: Contenu
    postes: tuple[PosteLu, ...]
    intact: bool
    taille: int

    @property
    def annee_scolaire(self) -> str:
        """« 2026-2027 »."""
        return libelle_annee(self.contenu.annee)

    @property
    def adresse(self) -> str:
        """L'adresse de cette version."""
        return f"/diplomes/{self.formation_id}/arretes/{self.contenu.annee}/{self.scelle.version}"

    @property
    def fichier(self) -> str:
        """Le nom du fichier à emporter."""
        return nom_du_fichier(self.contenu.formation_code, self.contenu.annee, self.scelle.version)

    def parties(self, ligne: Ligne) -> list[tuple[str, Etat | None, ReponseLue]]:
        """(partie, état, réponse) des positions de l'établissement et du CFA sur une ligne, s'ils se sont prononcés."""
        lues = [(nom, self.contenu.materiaux.reponses.get(cle, {}).get(ligne.id)) for cle, nom in PARTIES.items()]
        echelle = charger_echelle()
        return [(nom, echelle.etat(lue.etat) if lue.etat else None, lue) for nom, lue in lues if lue]


def nom_du_fichier(code: str, annee: int, version: int) -> str:
    """« but-gmp-2026-2027-v1.json »."""
    return f"{code}-{libelle_annee(annee)}-v{version}.json"
