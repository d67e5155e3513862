"""Ce qu'on lit d'une grille : des valeurs gelées, pour les pages et les rapports."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from charte.acteur import Partie
from charte.edition import Genre
from grilles.echelle import Etat
from grilles.jalons.paliers import PaliersLocaux
from grilles.niveaux import Niveau
from grilles.preuves.regles import COMPTE, PERIMEE, VALABLE
from grilles.regles import Avancement, BilanPoste, libelle_annee


@dataclass(frozen=True)
class PreuveLue:
    """Une preuve citée : un lien, jamais suivi par l'outil, ou des fichiers (`adresse` vide, ou en plus).

    `validite` : ce qu'elle vaut au jour de la lecture (`grilles.preuves.regles`). `emplacement` : où regarder.
    """

    id: int
    titre: str
    adresse: str
    date_effet: date | None
    depose_par: str
    depose_le: datetime
    date_fin: date | None = None
    emplacement: str = ""
    validite: str = VALABLE

    @property
    def compte(self) -> bool:
        """Vrai si elle vaut au jour de la lecture."""
        return self.validite in COMPTE


@dataclass(frozen=True)
class ReponseLue:
    """Une réponse telle que rangée. `version` 0 : pas encore de réponse. `a_confirmer` : reprise de l'an passé."""

    etat: str | None = None
    motif: str = ""
    commentaire: str = ""
    version: int = 0
    modifie_par: str | None = None
    modifie_le: datetime | None = None
    a_confirmer: bool = False


@dataclass(frozen=True)
class Materiaux:
    """Ce dont se dresse une grille : lu dans la base, ou dans l'instantané si elle est arrêtée.

    `reponses` : par partie, puis par élément ; `preuves` : par élément ; `locaux` : par poste ; `jour` : celui où les
    preuves sont jugées.
    """

    jour: date
    reponses: Mapping[str, Mapping[str, ReponseLue]] = field(default_factory=dict)
    preuves: Mapping[str, tuple[PreuveLue, ...]] = field(default_factory=dict)
    locaux: Mapping[int, PaliersLocaux] = field(default_factory=dict)


@dataclass(frozen=True)
class Scelle:
    """L'arrêté d'une grille : sa version, l'empreinte SHA-256 de son instantané, qui l'a arrêtée, quand, où.

    `campagne` : son nom ce jour-là, quand l'instantané entier est lu.
    """

    version: int
    empreinte: str
    arrete_par: str
    arrete_le: datetime
    instance: str
    campagne: str = field(default="", compare=False)


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
        """Vrai si l'élément est dit tenu et qu'aucune preuve citée ne vaut au jour de la lecture."""
        return self.etat is not None and self.etat.cle == "tenu" and not any(p.compte for p in self.preuves)

    @property
    def perimees(self) -> int:
        """Nombre de ses preuves qui ne valent plus."""
        return sum(preuve.validite == PERIMEE for preuve in self.preuves)

    @property
    def a_confirmer(self) -> bool:
        """Vrai si la réponse, reprise de l'an passé, attend d'être confirmée."""
        return self.reponse.a_confirmer


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

    `grille_id` None : pas commencée (toutes les lignes sont alors sans réponse). `figee` : grille ou campagne arrêtée ;
    `scelle` : l'arrêté dont on lit l'instantané.
    `edition` et `empreinte_edition` : la charte sur laquelle on répond. `partie` : celle dont on lit les réponses ;
    `reponses_par_partie` : ce que chacune a répondu, par élément.
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
    reponses_par_partie: Mapping[str, Mapping[str, ReponseLue]] = field(default_factory=dict)
    etat_grille: str = "ouverte"
    version: int = 1
    scelle: Scelle | None = None

    def autres_positions(self, element: str) -> list[tuple[Partie, ReponseLue]]:
        """(partie, réponse) des autres parties qui ont répondu à cet élément, la concertée d'abord."""
        dites = [(partie, self.reponses_par_partie.get(partie.value, {}).get(element)) for partie in Partie]
        return [(partie, lue) for partie, lue in dites if lue and lue.etat and partie is not self.partie]

    def en_desaccord(self, element: str) -> bool:
        """Vrai si l'établissement et le CFA ont dit deux états différents de l'élément ; une reprise ne compte pas."""
        parties = (Partie.ETABLISSEMENT, Partie.CFA)
        lues = [self.reponses_par_partie.get(partie.value, {}).get(element) for partie in parties]
        return len({lue.etat for lue in lues if lue and lue.etat and not lue.a_confirmer}) > 1

    @property
    def commencee(self) -> bool:
        """Vrai si la grille existe."""
        return self.grille_id is not None

    @property
    def figee(self) -> bool:
        """Vrai si la grille ou la campagne est arrêtée : rien ne peut plus y être écrit."""
        return "arretee" in (self.etat_campagne, self.etat_grille)

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
        """Nombre d'engagements et d'exigences tenus dont aucune preuve ne vaut."""
        return sum(len(poste.bilan.tenus_sans_preuve) for poste in self.postes)

    @property
    def a_confirmer(self) -> int:
        """Nombre de réponses reprises de l'an passé qui attendent d'être confirmées."""
        return sum(ligne.a_confirmer for poste in self.postes for ligne in poste.lignes)

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
    """Les niveaux d'une formation, par poste, et où en est sa grille. `commencee` faux : aucune grille cette année.

    `arretee` : sa grille l'est, et les niveaux sont ceux de son instantané.
    """

    formation_id: int
    commencee: bool
    niveaux: dict[int, Niveau]
    avancement: Avancement
    avancement_actions: Avancement
    tenus_sans_preuve: int
    a_confirmer: int = 0
    arretee: bool = False
