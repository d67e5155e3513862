"""Ce qu'on lit d'une grille : des valeurs gelées, pour les pages et les rapports."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from charte.acteur import Partie
from charte.edition import Genre
from grilles.echelle import Etat
from grilles.regles import Avancement, BilanPoste, Niveau, libelle_annee


@dataclass(frozen=True)
class PreuveLue:
    """Une preuve citée : un lien, jamais suivi par l'outil."""

    id: int
    titre: str
    adresse: str
    date_effet: date | None
    depose_par: str
    depose_le: datetime


@dataclass(frozen=True)
class ReponseLue:
    """Une réponse telle que rangée. `version` 0 : pas encore de réponse."""

    etat: str | None = None
    motif: str = ""
    commentaire: str = ""
    version: int = 0
    modifie_par: str | None = None
    modifie_le: datetime | None = None


@dataclass(frozen=True)
class Ligne:
    """Un élément de la charte et ce que la grille en dit. `etat` : l'état de l'échelle, None sans réponse."""

    id: str
    genre: Genre
    texte: str
    etat: Etat | None
    reponse: ReponseLue
    preuves: tuple[PreuveLue, ...]
    sous_lignes: tuple["Ligne", ...] = ()

    @property
    def commentaire(self) -> str:
        """Le commentaire de la réponse."""
        return self.reponse.commentaire

    @property
    def motif(self) -> str:
        """Le motif d'un « sans objet »."""
        return self.reponse.motif

    @property
    def sans_preuve(self) -> bool:
        """Vrai si l'élément est dit tenu et qu'aucune preuve n'est citée."""
        return self.etat is not None and self.etat.cle == "tenu" and not self.preuves


@dataclass(frozen=True)
class Groupe:
    """Un bloc du socle, un bloc de la cible ou un périmètre, avec ses lignes."""

    id: str
    titre: str
    genre: Genre
    lignes: tuple[Ligne, ...]

    @property
    def avancement(self) -> Avancement:
        """Lignes renseignées sur lignes du groupe, sous-actions comprises."""
        toutes = [ligne for tete in self.lignes for ligne in (tete, *tete.sous_lignes)]
        return Avancement(sum(ligne.etat is not None for ligne in toutes), len(toutes))


@dataclass(frozen=True)
class PosteLu:
    """Un poste : son bilan, les blocs de son socle et de sa cible, ses périmètres.

    `precedent` : le niveau du même poste dans la campagne de l'année d'avant, None si elle n'a pas de grille.
    """

    numero: int
    titre: str
    bilan: BilanPoste
    socle: tuple[Groupe, ...]
    cible: tuple[Groupe, ...]
    perimetres: tuple[Groupe, ...]
    precedent: Niveau | None = None

    @property
    def lignes(self) -> tuple[Ligne, ...]:
        """Toutes les lignes du poste, dans l'ordre de la page : socle, cible, actions et sous-actions."""
        tetes = [ligne for groupe in (*self.socle, *self.cible, *self.perimetres) for ligne in groupe.lignes]
        return tuple(ligne for tete in tetes for ligne in (tete, *tete.sous_lignes))


@dataclass(frozen=True)
class GrilleLue:
    """La grille d'une formation pour une année de rentrée.

    `grille_id` None : pas commencée (toutes les lignes sont alors sans réponse). `figee` : campagne arrêtée.
    `edition` et `empreinte_edition` : la charte sur laquelle on répond. `partie` : celle dont on lit les réponses ;
    `etats_par_partie` : l'état répondu par chacune, par élément.
    """

    formation_id: int
    code: str
    libelle: str
    annee: int
    edition: str
    empreinte_edition: str
    grille_id: int | None
    campagne: str | None
    etat_campagne: str | None
    postes: tuple[PosteLu, ...]
    echelle_version: str
    echelle_avertissement: str
    partie: Partie = Partie.CONCERTEE
    etats_par_partie: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def autres_positions(self, element: str) -> list[tuple[Partie, str]]:
        """(partie, état) des autres parties qui ont répondu à cet élément, la concertée d'abord."""
        dits = [(partie, self.etats_par_partie.get(partie.value, {}).get(element)) for partie in Partie]
        return [(partie, etat) for partie, etat in dits if etat and partie is not self.partie]

    @property
    def commencee(self) -> bool:
        """Vrai si la grille existe."""
        return self.grille_id is not None

    @property
    def figee(self) -> bool:
        """Vrai si la campagne est arrêtée : rien ne peut plus y être écrit."""
        return self.etat_campagne == "arretee"

    @property
    def annee_scolaire(self) -> str:
        """« 2026-2027 »."""
        return libelle_annee(self.annee)

    @property
    def avancement(self) -> Avancement:
        """Engagements et exigences renseignés, sur tous les postes."""
        return sum((poste.bilan.avancement for poste in self.postes), Avancement(0, 0))

    @property
    def avancement_actions(self) -> Avancement:
        """Actions et sous-actions renseignées, sur tous les postes."""
        return sum((poste.bilan.avancement_actions for poste in self.postes), Avancement(0, 0))

    @property
    def tenus_sans_preuve(self) -> int:
        """Nombre d'engagements et d'exigences tenus auxquels aucune preuve n'est rattachée."""
        return sum(len(poste.bilan.tenus_sans_preuve) for poste in self.postes)

    def poste(self, numero: int) -> PosteLu:
        """Le poste de ce numéro ; lève `KeyError` s'il n'existe pas."""
        for poste in self.postes:
            if poste.numero == numero:
                return poste
        raise KeyError(f"la grille n'a pas de poste {numero}")

    def ligne(self, element: str) -> Ligne:
        """La ligne d'un élément ; lève `KeyError` s'il n'est pas évalué."""
        for poste in self.postes:
            for ligne in poste.lignes:
                if ligne.id == element:
                    return ligne
        raise KeyError(f"la grille n'a pas de ligne « {element} »")


@dataclass(frozen=True)
class NiveauxFormation:
    """Les niveaux d'une formation, par poste, et où en est sa grille. `commencee` faux : aucune grille cette année."""

    formation_id: int
    commencee: bool
    niveaux: dict[int, Niveau]
    avancement: Avancement
    avancement_actions: Avancement
    tenus_sans_preuve: int
