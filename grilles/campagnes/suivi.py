"""Où en est une campagne : par formation et par poste, ce qui est répondu, ce qui manque, et qui l'on attend.

Fonctions pures. Règle de l'outil :

- ouverte, on attend une partie tant qu'il lui reste un élément qui la concerne ; une fois la position concertée
  complète, le dialogue a eu lieu : on n'attend plus personne ;
- en concertation, on attend la position concertée tant qu'il y manque une réponse ou une preuve ;
- en préparation, arrêtée, ou si la grille est arrêtée : personne.

Une réponse reprise de l'an passé ne compte pour répondue qu'une fois confirmée. Un désaccord est un élément où les deux
parties ont dit autre chose et où la concertée ne tranche pas encore.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from charte.acteur import Partie
from grilles.campagnes.regles import GRILLE_ARRETEE, EtatDeCampagne
from grilles.campagnes.vues import FicheCampagne, FormationDeCampagne
from grilles.regles import Avancement

RIEN = Avancement(0, 0)
ATTENDUS = {
    Partie.ETABLISSEMENT: "l’établissement",
    Partie.CFA: "le CFA",
    Partie.CONCERTEE: "la concertation",
}
TAILLE_DE_PAGE = 50


@dataclass(frozen=True)
class SuiviDePoste:
    """Un poste d'une formation : réponses de chaque partie sur ce qui la concerne, et ce qui reste à mettre au net.

    `a_confirmer` : réponses reprises de l'an passé, toutes parties ensemble.
    """

    poste: int
    etablissement: Avancement = RIEN
    cfa: Avancement = RIEN
    concertee: Avancement = RIEN
    sans_preuve: int = 0
    desaccords: int = 0
    a_confirmer: int = 0

    def __add__(self, autre: "SuiviDePoste") -> "SuiviDePoste":
        return SuiviDePoste(
            self.poste,
            self.etablissement + autre.etablissement,
            self.cfa + autre.cfa,
            self.concertee + autre.concertee,
            self.sans_preuve + autre.sans_preuve,
            self.desaccords + autre.desaccords,
            self.a_confirmer + autre.a_confirmer,
        )

    @property
    def au_net(self) -> bool:
        """Vrai si la position concertée n'a plus rien qui manque."""
        return self.concertee.complet and not self.sans_preuve


@dataclass(frozen=True)
class LigneDeSuivi:
    """Une formation dans le tableau. `postes` : tous, ou ceux que le filtre a gardés ; `echeance` : celle qui court."""

    formation: FormationDeCampagne
    etat: str
    echeance: date | None
    postes: tuple[SuiviDePoste, ...]

    @property
    def somme(self) -> SuiviDePoste:
        """La somme des postes montrés."""
        return sum(self.postes, SuiviDePoste(0))

    @property
    def attend(self) -> tuple[Partie, ...]:
        """Qui l'on attend, sur les postes montrés."""
        return qui_on_attend(self.etat, self.formation.etat_grille, self.somme)

    @property
    def attend_en_clair(self) -> str:
        """« l’établissement et le CFA » ; vide si l'on n'attend personne."""
        return " et ".join(ATTENDUS[partie] for partie in self.attend)

    def en_retard(self, jour: date) -> bool:
        """Vrai si l'échéance est passée et que l'on attend encore quelqu'un."""
        return self.echeance is not None and self.echeance < jour and bool(self.attend)


@dataclass(frozen=True)
class Filtre:
    """Ce que l'on montre ; tout vide : toutes les formations."""

    composante: int | None = None
    cfa: int | None = None
    poste: int | None = None
    retard: bool = False
    attend: str = ""


def qui_on_attend(etat: str, etat_grille: str | None, suivi: SuiviDePoste) -> tuple[Partie, ...]:
    """Les parties que l'on attend ; vide si personne."""
    if etat_grille == GRILLE_ARRETEE:
        return ()
    if etat == EtatDeCampagne.EN_CONCERTATION:
        return () if suivi.au_net else (Partie.CONCERTEE,)
    if etat != EtatDeCampagne.OUVERTE or suivi.concertee.complet:
        return ()
    deux = ((Partie.ETABLISSEMENT, suivi.etablissement), (Partie.CFA, suivi.cfa))
    return tuple(partie for partie, avance in deux if not avance.complet)


def echeance_courante(campagne: FicheCampagne, propre: date | None) -> date | None:
    """L'échéance qui court : celle des positions (celle de la formation d'abord), puis celle de la concertation."""
    if campagne.etat == EtatDeCampagne.OUVERTE:
        return propre or campagne.echeance_positions
    return campagne.echeance_concertation if campagne.etat == EtatDeCampagne.EN_CONCERTATION else None


def filtrer(lignes: Iterable[LigneDeSuivi], filtre: Filtre, jour: date) -> tuple[LigneDeSuivi, ...]:
    """Les lignes gardées, les retards d'abord, puis par échéance et par libellé."""
    reduites = (_reduire(ligne, filtre.poste) for ligne in lignes)
    gardees = [ligne for ligne in reduites if _garde(ligne, filtre, jour)]
    return tuple(sorted(gardees, key=lambda ligne: _rang(ligne, jour)))


def _reduire(ligne: LigneDeSuivi, poste: int | None) -> LigneDeSuivi:
    if poste is None:
        return ligne
    return replace(ligne, postes=tuple(suivi for suivi in ligne.postes if suivi.poste == poste))


def _garde(ligne: LigneDeSuivi, filtre: Filtre, jour: date) -> bool:
    formation = ligne.formation
    return (
        filtre.composante in (None, formation.composante_id)
        and filtre.cfa in (None, formation.cfa_id)
        and (not filtre.retard or ligne.en_retard(jour))
        and (not filtre.attend or any(partie.value == filtre.attend for partie in ligne.attend))
    )


def _rang(ligne: LigneDeSuivi, jour: date) -> tuple[bool, bool, date, str, str]:
    formation = ligne.formation
    rien = not ligne.attend
    return not ligne.en_retard(jour), rien, ligne.echeance or date.max, formation.libelle.casefold(), formation.code


@dataclass(frozen=True)
class Resume:
    """La campagne d'un coup d'œil, sur les lignes données."""

    formations: int
    commencees: int
    au_net: int
    en_retard: int
    attend_etablissement: int
    attend_cfa: int


def resumer(lignes: Sequence[LigneDeSuivi], jour: date) -> Resume:
    """Combien de formations, et où elles en sont."""
    return Resume(
        formations=len(lignes),
        commencees=sum(ligne.formation.grille_id is not None for ligne in lignes),
        au_net=sum(ligne.somme.au_net for ligne in lignes),
        en_retard=sum(ligne.en_retard(jour) for ligne in lignes),
        attend_etablissement=sum(Partie.ETABLISSEMENT in ligne.attend for ligne in lignes),
        attend_cfa=sum(Partie.CFA in ligne.attend for ligne in lignes),
    )
