"""Ce que montrent les pages du classeur : d'où il vient, ce qu'il changerait, ce qui reste à choisir."""

from collections.abc import Sequence
from dataclasses import dataclass

from charte.acteur import Partie
from charte.commun.typographie import pluriel
from grilles.classeur.comparaison import Comparee, Sort, compter
from grilles.classeur.contenu import Dite
from grilles.classeur.diagnostic import Anomalie, Examen
from grilles.classeur.pli import ANOMALIES_GARDEES
from grilles.classeur.services import GARDER_LA_GRILLE, PRENDRE_LE_FICHIER, Decisions
from grilles.echelle import charger_echelle
from grilles.presentation import POSITIONS, VueGrille


@dataclass(frozen=True)
class LigneVue:
    """Une ligne de l'aperçu : l'élément, ce qu'en disent la grille et le fichier, ce qu'on en décide."""

    comparee: Comparee
    texte: str
    decisions: Decisions
    a_rechoisir: bool

    @property
    def element(self) -> str:
        """Le renvoi de la charte."""
        return self.comparee.element

    @property
    def ancre(self) -> str:
        """L'identifiant de la ligne dans la page."""
        return f"c-{self.element.replace('.', '-')}"

    @property
    def versions(self) -> tuple[tuple[str, str, Dite, bool], ...]:
        """(valeur, titre, texte, choisie) des deux côtés d'un conflit ; sans choix, la grille est gardée."""
        fichier = self.decisions.choix.get(self.element) == PRENDRE_LE_FICHIER and not self.a_rechoisir
        return (
            (GARDER_LA_GRILLE, "Garder celui de la grille", self.comparee.actuelle.dite, not fichier),
            (PRENDRE_LE_FICHIER, "Garder le mien (celui du fichier)", self.comparee.proposee.dite, fichier),
        )

    @property
    def a_vider(self) -> bool:
        """Vrai si la case « effacer » a été cochée."""
        return self.element in self.decisions.vider


@dataclass(frozen=True)
class Apercu:
    """L'aperçu d'un classeur déposé."""

    examen: Examen
    lignes: tuple[LigneVue, ...]
    pli: str
    compte: str

    def de(self, *sorts: str) -> list[LigneVue]:
        """Les lignes de ces sorts ; « preuve » : une preuve seule à ajouter."""
        return [ligne for ligne in self.lignes if _rayon(ligne.comparee) in sorts]

    @property
    def preuves(self) -> list[LigneVue]:
        """Les lignes qui ajoutent une preuve, quoi qu'on décide du reste."""
        return [ligne for ligne in self.lignes if ligne.comparee.preuve]

    @property
    def anomalies(self) -> tuple[Anomalie, ...]:
        """Celles que la page montre."""
        return self.examen.anomalies[:ANOMALIES_GARDEES]

    @property
    def a_faire(self) -> bool:
        """Vrai s'il y a quelque chose à enregistrer, à choisir ou à effacer."""
        return any(_rayon(ligne.comparee) != Sort.INCHANGEE for ligne in self.lignes)


def _rayon(comparee: Comparee) -> str:
    return "preuve" if comparee.sort is Sort.INCHANGEE and comparee.preuve else comparee.sort.value


def dresser_l_apercu(
    vue: VueGrille, examen: Examen, comparees: Sequence[Comparee], pli: str, decisions: Decisions
) -> Apercu:
    """L'aperçu, dans l'ordre du classeur."""
    lignes = tuple(
        LigneVue(c, vue.grille.ligne(c.element).texte, decisions, not decisions.tranche(c)) for c in comparees
    )
    return Apercu(examen, lignes, pli, dire_le_compte(examen, comparees))


def dire_le_compte(examen: Examen, comparees: Sequence[Comparee]) -> str:
    """« 93 lignes lues = 90 inchangées + 2 à enregistrer + 1 en conflit » ; ce qui est nul ne se dit pas."""
    par_sort = compter(comparees)
    parts = [
        pluriel(examen.intactes + par_sort[Sort.INCHANGEE], "inchangée"),
        *([f"{n} à enregistrer"] if (n := par_sort[Sort.A_ENREGISTRER]) else []),
        *([pluriel(n, "vidée")] if (n := par_sort[Sort.VIDEE]) else []),
        *([f"{n} en conflit"] if (n := par_sort[Sort.EN_CONFLIT]) else []),
        *([pluriel(examen.refusees, "refusée")] if examen.refusees else []),
    ]
    return f"{pluriel(examen.lues, 'ligne lue', 'lignes lues')} = {' + '.join(parts)}"


def etat_nomme(cle: str | None) -> str:
    """Le libellé d'un état, ou « Sans réponse »."""
    return charger_echelle().etat(cle).libelle if cle else "Sans réponse"


def adresse_du_classeur(vue: VueGrille, suite: str = "", partie: Partie | None = None) -> str:
    """L'adresse de la page (ou de « .xlsx », « /confirmation »), année et position comprises."""
    annee = f"annee={vue.grille.annee}&" if vue.annee_affichee else ""
    return f"{vue.adresse}/classeur{suite}?{annee}partie={partie or vue.grille.partie}"


def positions_du_classeur(vue: VueGrille) -> list[tuple[str, str, bool, bool]]:
    """(adresse, mot, montrée, à moi) de chaque position dont on peut tirer un classeur."""
    return [
        (adresse_du_classeur(vue, partie=partie), POSITIONS[partie], partie is vue.grille.partie, partie in vue.tenues)
        for partie in Partie
    ]
