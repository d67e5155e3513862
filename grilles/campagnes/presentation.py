"""Ce que reçoivent les gabarits des campagnes : le tableau filtré, les formations et les répondants montrés."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from urllib.parse import urlencode

from charte.acteur import Partie
from charte.chargement import charger_edition
from charte.commun.csv_francais import Cellule, ecrire_csv
from charte.commun.typographie import FUSEAU
from grilles.campagnes.regles import EtatDeCampagne
from grilles.campagnes.suivi import (
    ATTENDUS,
    TAILLE_DE_PAGE,
    Filtre,
    LigneDeSuivi,
    Resume,
    SuiviDePoste,
    filtrer,
    resumer,
)
from grilles.campagnes.vues import FicheCampagne, FormationDeCampagne

ETAPES = (EtatDeCampagne.PREPARATION, EtatDeCampagne.OUVERTE, EtatDeCampagne.EN_CONCERTATION, EtatDeCampagne.ARRETEE)
VUES = (("", "Un diplôme par ligne"), ("postes", "Poste par poste"))
ATTENTES = (
    ("", "Tous"),
    ("etablissement", "Attend l’établissement"),
    ("cfa", "Attend le CFA"),
    ("concertee", "Attend la concertation"),
)
ONGLETS = (
    ("", "Avancement"),
    ("/conduite", "Conduite"),
    ("/formations", "Diplômes"),
    ("/repondants", "Qui répond"),
    ("/relance", "Rappels"),
    ("/reglages", "Réglages"),
)
Options = Sequence[tuple[int, str]]


def aujourd_hui() -> date:
    """Le jour présent, à l'heure de Paris."""
    return datetime.now(FUSEAU).date()


@dataclass(frozen=True)
class Question:
    """Ce que l'adresse demande ; une valeur qui ne se lit pas ne restreint rien."""

    composante: str = ""
    cfa: str = ""
    poste: str = ""
    retard: str = ""
    attend: str = ""
    vue: str = ""

    @property
    def filtre(self) -> Filtre:
        """Le filtre lu."""
        poste = _numero(self.poste)
        return Filtre(
            composante=_numero(self.composante),
            cfa=_numero(self.cfa),
            poste=poste if poste in (1, 2, 3, 4) else None,
            retard=self.retard == "oui",
            attend=self.attend if self.attend in ATTENDUS else "",
        )

    @property
    def par_poste(self) -> bool:
        """Vrai s'il faut une ligne par poste."""
        return self.vue == "postes"

    @property
    def adresse(self) -> str:
        """Les saisies non vides, en fin d'adresse."""
        return urlencode({champ.name: v for champ in fields(self) if (v := getattr(self, champ.name))})


def _numero(texte: str) -> int | None:
    return int(texte) if texte.isascii() and texte.isdecimal() and len(texte) <= 18 else None


@dataclass(frozen=True)
class Tableau:
    """Le tableau d'avancement montré. `noms` : (formation, partie) → qui répond, pour qui peut le lire."""

    campagne: FicheCampagne
    question: Question
    lignes: tuple[LigneDeSuivi, ...]
    trouvees: int
    resume: Resume
    jour: date
    numero: int
    pages: int
    cfas: Options
    composantes: Options
    pilote: bool
    noms: Mapping[tuple[int, Partie], str]

    @property
    def postes(self) -> list[tuple[int, str]]:
        """Numéro et titre de chaque poste de l'édition."""
        return [(poste.numero, poste.titre) for poste in charger_edition(self.campagne.edition).postes]

    @property
    def rangees(self) -> list[tuple[LigneDeSuivi, SuiviDePoste]]:
        """Une rangée par diplôme, ou par poste de chaque diplôme."""
        if self.question.par_poste:
            return [(ligne, suivi) for ligne in self.lignes for suivi in ligne.postes]
        return [(ligne, ligne.somme) for ligne in self.lignes]

    def lien(self, ligne: LigneDeSuivi, suivi: SuiviDePoste) -> str:
        """L'adresse de la grille (ou de son poste) dans l'année de la campagne."""
        poste = f"/{suivi.poste or self.question.filtre.poste}" if suivi.poste or self.question.filtre.poste else ""
        return f"/diplomes/{ligne.formation.id}/grille{poste}?annee={self.campagne.annee}"

    def attendus(self, ligne: LigneDeSuivi) -> list[tuple[str, str]]:
        """(« le CFA », noms) de chaque partie attendue ; noms vide pour qui ne les lit pas."""
        return [(ATTENDUS[partie], self.noms.get((ligne.formation.id, partie), "")) for partie in ligne.attend]


def composer_le_tableau(
    campagne: FicheCampagne,
    toutes: Sequence[LigneDeSuivi],
    question: Question,
    *,
    numero: int,
    choix: tuple[Options, Options],
    pilote: bool,
) -> Tableau:
    """La page demandée du tableau, sans les noms (voir `nommer`)."""
    jour = aujourd_hui()
    trouvees = filtrer(toutes, question.filtre, jour)
    pages = max(1, -(-len(trouvees) // TAILLE_DE_PAGE))
    numero = min(max(1, numero), pages)
    montrees = trouvees[(numero - 1) * TAILLE_DE_PAGE : numero * TAILLE_DE_PAGE]
    return Tableau(
        campagne, question, montrees, len(trouvees), resumer(toutes, jour), jour, numero, pages, *choix, pilote, {}
    )


ENTETES = (
    "Année", "Code", "Diplôme", "CFA", "Composante", "Poste", "Établissement : réponses", "Établissement : à donner",
    "CFA : réponses", "CFA : à donner", "Concertée : réponses", "Concertée : à donner", "Preuves à citer",
    "Désaccords", "À confirmer", "Échéance", "En retard", "On attend",
)  # fmt: skip


def ecrire_le_suivi(campagne: FicheCampagne, lignes: Sequence[LigneDeSuivi], jour: date) -> str:
    """Le suivi en CSV, une ligne par diplôme et par poste ; aucun nom de compte."""
    return ecrire_csv(ENTETES, [_cellules(campagne, ligne, suivi, jour) for ligne in lignes for suivi in ligne.postes])


def _cellules(campagne: FicheCampagne, ligne: LigneDeSuivi, suivi: SuiviDePoste, jour: date) -> list[Cellule]:
    formation = ligne.formation
    avances = (suivi.etablissement, suivi.cfa, suivi.concertee)
    return [
        campagne.annee_scolaire, formation.code, formation.libelle, formation.cfa, formation.composante, suivi.poste,
        *(nombre for avance in avances for nombre in (avance.renseignes, avance.total - avance.renseignes)),
        suivi.sans_preuve, suivi.desaccords, suivi.a_confirmer,
        f"{ligne.echeance:%d/%m/%Y}" if ligne.echeance else "", "oui" if ligne.en_retard(jour) else "non",
        ligne.attend_en_clair,
    ]  # fmt: skip


@dataclass(frozen=True)
class PageDeFormations:
    """Les formations montrées sur une page de choix ou de désignation, filtrées par CFA et composante."""

    formations: tuple[FormationDeCampagne, ...]
    trouvees: int
    numero: int
    pages: int
    cfas: Options
    composantes: Options
    cfa: str
    composante: str

    @property
    def montrees(self) -> str:
        """Leurs numéros, séparés par des virgules."""
        return ",".join(str(formation.id) for formation in self.formations)

    @property
    def adresse(self) -> str:
        """Le filtre, en fin d'adresse."""
        return urlencode({nom: v for nom, v in (("cfa", self.cfa), ("composante", self.composante)) if v})


def paginer(
    formations: Sequence[FormationDeCampagne],
    choix: tuple[Options, Options],
    *,
    cfa: str,
    composante: str,
    numero: int,
    taille: int,
) -> PageDeFormations:
    """La page demandée de ces formations."""
    trouvees = garder(formations, _numero(cfa), _numero(composante))
    pages = max(1, -(-len(trouvees) // taille))
    numero = min(max(1, numero), pages)
    montrees = tuple(trouvees[(numero - 1) * taille : numero * taille])
    return PageDeFormations(montrees, len(trouvees), numero, pages, *choix, cfa, composante)


def garder(
    formations: Sequence[FormationDeCampagne], cfa: int | None, composante: int | None
) -> list[FormationDeCampagne]:
    """Celles de ce CFA et de cette composante ; None : sans restreindre."""
    return [f for f in formations if cfa in (None, f.cfa_id) and composante in (None, f.composante_id)]
