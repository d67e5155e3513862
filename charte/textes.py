"""Les types gelés des morceaux de la charte : paragraphes, engagements, postes, paramètres."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from charte.commun.donnees import DonneeGelee

Texte = Annotated[str, StringConstraints(min_length=1, pattern=r"^\S(.*\S)?$")]
Identifiant = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]+(\.[A-Z]*[0-9]+)*$")]
ClePartie = Literal["etablissements", "cfa", "employeurs", "apprentis"]

_REPERES = {
    "apres_debut_formation": "après le début de la formation",
    "avant_fin_formation": "avant la fin de la formation",
    "apres_rupture": "après la rupture",
}
_SIGNES = {"minimum": "≥\u00a0", "maximum": "≤\u00a0", "exact": ""}


class Parametre(DonneeGelee):
    """Un chiffre vérifiable du texte : `minimum` se lit « au moins », `maximum` « au plus »."""

    cle: Annotated[str, StringConstraints(pattern=r"^[a-z_]+$")]
    sens: Literal["minimum", "maximum", "exact"]
    valeur: Annotated[int, Field(ge=1)]
    unite: Texte
    par: Literal["an", "trimestre"] | None = None
    repere: Literal["apres_debut_formation", "avant_fin_formation", "apres_rupture"] | None = None

    @property
    def libelle(self) -> str:
        """Le chiffre en clair : « ≤ 1 semaine », « ≥ 2 rencontres par an »."""
        accord = "s" if self.valeur > 1 and not self.unite.endswith("s") else ""
        suite = f" par {self.par}" if self.par else ""
        suite += f" {_REPERES[self.repere]}" if self.repere else ""
        return f"{_SIGNES[self.sens]}{self.valeur}\u00a0{self.unite}{accord}{suite}"


class LectureOutil(DonneeGelee):
    """Rattachement d'une puce à des périmètres : une lecture de l'outil, jamais un texte officiel."""

    perimetres: Annotated[tuple[Identifiant, ...], Field(min_length=1)]
    motif: Texte


class Appel(DonneeGelee):
    """Appel de note : le passage après lequel il se place, et le numéro de la note."""

    apres: Texte
    note: int


class Note(DonneeGelee):
    """Note de bas de page du document officiel."""

    numero: int
    texte: Texte


class Paragraphe(DonneeGelee):
    """Paragraphe du texte officiel."""

    id: Identifiant
    texte: Texte
    appels: tuple[Appel, ...] = ()


class Section(DonneeGelee):
    """Sous-titre numéroté par la charte (1.1, 3.2…) et ses paragraphes."""

    id: Identifiant
    numero: Texte
    titre: Texte
    paragraphes: Annotated[tuple[Paragraphe, ...], Field(min_length=1)]


class Chapitre(DonneeGelee):
    """Titre 1 ou 3 de la charte."""

    id: Identifiant
    numero: Texte
    titre: Texte
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]


class Preambule(DonneeGelee):
    """Le but de la charte ; `figure` est la légende de son schéma, qui n'est pas repris."""

    id: Identifiant
    titre: Texte
    paragraphes: Annotated[tuple[Paragraphe, ...], Field(min_length=1)]
    figure: Texte


class EngagementPartie(DonneeGelee):
    """Ce à quoi une partie prenante s'engage ; `missions` : les missions légales citées, de 1 à 14."""

    id: Identifiant
    texte: Texte
    missions: tuple[int, ...] = ()
    parametres: tuple[Parametre, ...] = ()


class PointPartie(DonneeGelee):
    """Groupe d'engagements d'une partie, sous un titre ou une phrase d'annonce."""

    id: Identifiant
    titre: Texte | None = None
    texte: Texte | None = None
    missions: tuple[int, ...] = ()
    engagements: tuple[EngagementPartie, ...] = ()


class Partie(DonneeGelee):
    """Une partie prenante : ses engagements viennent directement, ou rangés par points."""

    id: Identifiant
    cle: ClePartie
    numero: Texte
    titre: Texte
    introduction: tuple[Paragraphe, ...] = ()
    engagements: tuple[EngagementPartie, ...] = ()
    points: tuple[PointPartie, ...] = ()


class Parties(DonneeGelee):
    """Titre 2 de la charte : les engagements de chacune des parties."""

    id: Identifiant
    numero: Texte
    titre: Texte
    introduction: tuple[Paragraphe, ...]
    liste: Annotated[tuple[Partie, ...], Field(min_length=1)]


class SousAction(DonneeGelee):
    """Subdivision d'une action."""

    id: Identifiant
    texte: Texte


class Action(DonneeGelee):
    """Une puce d'un périmètre."""

    id: Identifiant
    texte: Texte
    sous_actions: tuple[SousAction, ...] = ()


class Perimetre(DonneeGelee):
    """Un thème dans un poste."""

    id: Identifiant
    titre: Texte
    actions: Annotated[tuple[Action, ...], Field(min_length=1)]


class Puce(DonneeGelee):
    """Une puce du socle (engagement) ou de la cible (exigence)."""

    id: Identifiant
    texte: Texte
    parametres: tuple[Parametre, ...] = ()
    lecture_outil: LectureOutil


class BlocSocle(DonneeGelee):
    """Socle d'un poste (ou d'un des deux blocs du poste 2) : la valeur minimale d'engagement."""

    id: Identifiant
    titre: Texte
    engagements: Annotated[tuple[Puce, ...], Field(min_length=1)]


class BlocCible(DonneeGelee):
    """Cible d'un poste (ou d'un des deux blocs du poste 2) : l'exigence la plus haute."""

    id: Identifiant
    titre: Texte
    exigences: Annotated[tuple[Puce, ...], Field(min_length=1)]


class Poste(DonneeGelee):
    """Un poste d'actions d'accompagnement."""

    numero: int
    titre: Texte
    perimetres: Annotated[tuple[Perimetre, ...], Field(min_length=1)]
    socle: Annotated[tuple[BlocSocle, ...], Field(min_length=1)]
    cible: Annotated[tuple[BlocCible, ...], Field(min_length=1)]

    @property
    def engagements(self) -> tuple[Puce, ...]:
        """Tous les engagements du socle, dans l'ordre du texte."""
        return tuple(puce for bloc in self.socle for puce in bloc.engagements)

    @property
    def exigences(self) -> tuple[Puce, ...]:
        """Toutes les exigences de la cible, dans l'ordre du texte."""
        return tuple(puce for bloc in self.cible for puce in bloc.exigences)

    @property
    def actions(self) -> tuple[Action, ...]:
        """Toutes les actions des périmètres, dans l'ordre du texte."""
        return tuple(action for perimetre in self.perimetres for action in perimetre.actions)


class Colonnes(DonneeGelee):
    """Intitulés des trois colonnes du tableau de l'annexe."""

    perimetres: Texte
    socle: Texte
    cible: Texte


class Annexe(DonneeGelee):
    """La trajectoire de la qualité."""

    titre: Texte
    intitule_poste: Texte
    colonnes: Colonnes
    postes: Annotated[tuple[Poste, ...], Field(min_length=1)]


class Editeur(DonneeGelee):
    """Qui a publié la charte."""

    ministere: Texte
    direction: Texte
    sous_direction: Texte
    departement: Texte


class Source(DonneeGelee):
    """Référence publique du texte."""

    reference: Texte
    adresse: Texte
