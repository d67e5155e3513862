"""Ce qu'on lit d'une preuve : des valeurs gelées, pour les pages, l'audit et l'archive."""

from dataclasses import dataclass
from datetime import date, datetime

from grilles.preuves.regles import COMPTE, LIBELLES, PERIMEE
from grilles.regles import libelle_annee

TONS = {"valable": "tenu", "bientot": "partie", "a_venir": "neutre", "perimee": "manque"}
"""La couleur d'une validité dans les pages ; le mot est toujours à côté."""


@dataclass(frozen=True)
class FichierVu:
    """Une révision d'un fichier d'une preuve ; `taille` en octets, `empreinte` : SHA-256 de ses octets."""

    preuve_id: int
    rang: int
    revision: int
    nom: str
    type_mime: str
    taille: int
    empreinte: str
    piece: str
    depose_par: str
    depose_le: datetime
    retire_le: datetime | None

    @property
    def adresse(self) -> str:
        """Où le télécharger."""
        return f"/preuves/{self.preuve_id}/fichiers/{self.rang}/{self.revision}"


@dataclass(frozen=True)
class PreuveVue:
    """Une preuve ; `validite` : ce qu'elle vaut au jour de la lecture. `adresse` vide : des fichiers seulement."""

    id: int
    titre: str
    adresse: str
    date_effet: date | None
    date_fin: date | None
    proprietaire: str
    partagee: bool
    version: int
    depose_par: str
    depose_le: datetime
    validite: str

    @property
    def mot(self) -> str:
        """La validité en clair."""
        return LIBELLES[self.validite]

    @property
    def ton(self) -> str:
        """La couleur de sa mention."""
        return TONS[self.validite]

    @property
    def compte(self) -> bool:
        """Vrai si elle vaut au jour de la lecture."""
        return self.validite in COMPTE

    @property
    def perimee(self) -> bool:
        """Vrai si sa date de fin est passée."""
        return self.validite == PERIMEE


@dataclass(frozen=True)
class PreuveListee:
    """Une preuve dans la bibliothèque : ses fichiers en vigueur, combien de citations l'acteur en atteint."""

    preuve: PreuveVue
    fichiers: tuple[FichierVu, ...]
    citations: int


@dataclass(frozen=True)
class CitationVue:
    """Où une preuve est citée, dans une grille que l'acteur lit."""

    formation_id: int
    formation: str
    annee: int
    element: str
    emplacement: str

    @property
    def annee_scolaire(self) -> str:
        """« 2026-2027 »."""
        return libelle_annee(self.annee)

    @property
    def adresse(self) -> str:
        """La ligne de la grille."""
        poste, ancre = self.element.split(".", 1)[0], self.element.replace(".", "-")
        return f"/diplomes/{self.formation_id}/grille/{poste}?annee={self.annee}#e-{ancre}"


@dataclass(frozen=True)
class ReferenceVue:
    """Une ligne d'un référentiel à laquelle une preuve est rattachée directement."""

    id: int
    referentiel: str
    edition: str
    reference: str
    emplacement: str


@dataclass(frozen=True)
class AutreUsage:
    """Un jalon ou une action que la preuve soutient, dans une formation que l'acteur lit."""

    quoi: str
    formation: str


@dataclass(frozen=True)
class Evenement:
    """Une ligne de l'historique d'une preuve."""

    quand: datetime
    auteur: str
    acte: str


@dataclass(frozen=True)
class FichePreuve:
    """Une preuve au complet. `modifiable` : par cet acteur ; `supprimable` : rien ne s'y oppose plus."""

    preuve: PreuveVue
    fichiers: tuple[FichierVu, ...]
    citations: tuple[CitationVue, ...]
    references: tuple[ReferenceVue, ...]
    usages: tuple[AutreUsage, ...]
    historique: tuple[Evenement, ...]
    modifiable: bool
    supprimable: bool

    @property
    def en_vigueur(self) -> tuple[FichierVu, ...]:
        """La dernière révision de chaque fichier qui n'est pas retiré."""
        return en_vigueur(self.fichiers)

    @property
    def passees(self) -> tuple[FichierVu, ...]:
        """Les révisions remplacées et les fichiers retirés, lisibles pour le passé."""
        courants = {(f.rang, f.revision) for f in self.en_vigueur}
        return tuple(f for f in self.fichiers if (f.rang, f.revision) not in courants)


def en_vigueur(fichiers: tuple[FichierVu, ...]) -> tuple[FichierVu, ...]:
    """La dernière révision de chaque fichier qui n'est pas retiré, par rang."""
    derniers: dict[int, FichierVu] = {}
    for fichier in sorted(fichiers, key=lambda f: (f.rang, f.revision)):
        derniers[fichier.rang] = fichier
    return tuple(f for f in derniers.values() if f.retire_le is None)
