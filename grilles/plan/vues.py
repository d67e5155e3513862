"""Ce que montrent les pages du plan : une action, ses preuves, son suivi ; un risque. Des valeurs, sans la base."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from urllib.parse import urlencode

from grilles.plan.delais import EcheanceReglementaire, echeance_reglementaire
from grilles.plan.regles import (
    EFFETS,
    ETATS,
    GRAVITES,
    ORIGINES,
    ORIGINES_DE_RISQUE,
    OUVERTES,
    PRIORITES,
    TONS,
    Passage,
    demande_une_suite,
    jours_de_retard,
    passages_de,
)

TOUT_L_ETABLISSEMENT = "Tout l’établissement"
ETATS_DU_FILTRE = {"ouvertes": "Ouvertes", "toutes": "Toutes", **{cle: ETATS[cle] for cle in ("close", "abandonnee")}}


@dataclass(frozen=True)
class Action:
    """Une action lue, au jour `jour`. `formation_id` None : pour tout l'établissement."""

    id: int
    formation_id: int | None
    intitule: str
    description: str
    origine: str
    renvoi: str
    element: str | None
    indicateur: str | None
    jalon_id: int | None
    risque_id: int | None
    gravite: str | None
    constate_le: date | None
    porteur: str
    porteur_id: int | None
    echeance: date | None
    priorite: str
    moyens: str
    effet_attendu: str
    etat: str
    effet_constate: str | None
    reevaluation: str
    close_le: date | None
    version: int
    cree_le: datetime
    modifie_le: datetime
    diplome: str | None
    cfa_id: int | None
    cfa: str | None
    jour: date

    @property
    def ouverte(self) -> bool:
        """Vrai si elle reste à mener."""
        return self.etat in OUVERTES

    @property
    def retard(self) -> int:
        """Jours de retard ; 0 si elle n'est pas en retard."""
        return jours_de_retard(self.etat, self.echeance, self.jour)

    @property
    def etat_lu(self) -> str:
        """Son état, en mots."""
        return ETATS[self.etat]

    @property
    def ton(self) -> str:
        """Le ton de son état, pour la mention."""
        return "manque" if self.retard else TONS[self.etat]

    @property
    def origine_lue(self) -> str:
        """D'où elle vient, en mots."""
        return ORIGINES[self.origine]

    @property
    def priorite_lue(self) -> str:
        """Sa priorité, en mots."""
        return PRIORITES[self.priorite]

    @property
    def gravite_lue(self) -> str:
        """La gravité d'un constat d'audit, en mots ; vide s'il n'en a pas."""
        return GRAVITES[self.gravite] if self.gravite else ""

    @property
    def effet_lu(self) -> str:
        """L'effet constaté à la clôture, en mots ; vide tant qu'elle n'est pas close."""
        return EFFETS[self.effet_constate] if self.effet_constate else ""

    @property
    def ou(self) -> str:
        """Le diplôme, ou « Tout l'établissement »."""
        return self.diplome or TOUT_L_ETABLISSEMENT

    @property
    def passages(self) -> tuple[Passage, ...]:
        """Ce qu'on peut en faire, clôture à part."""
        return tuple(passage for passage in passages_de(self.etat) if passage.cle != "clore")

    @property
    def se_clot(self) -> bool:
        """Vrai si elle peut se clore d'ici."""
        return any(passage.cle == "clore" for passage in passages_de(self.etat))

    @property
    def suite_proposee(self) -> bool:
        """Vrai si l'effet attendu n'est pas tout à fait là : une suite se propose."""
        return demande_une_suite(self.etat, self.effet_constate)

    @property
    def reglementaire(self) -> EcheanceReglementaire | None:
        """L'échéance que donne le texte, pour une non-conformité d'audit."""
        return echeance_reglementaire(self.gravite, self.constate_le)


@dataclass(frozen=True)
class Note:
    """Une note d'avancement."""

    etat: str
    texte: str
    auteur: str
    note_le: datetime

    @property
    def etat_lu(self) -> str:
        """L'état de l'action à ce moment, en mots."""
        return ETATS[self.etat]


@dataclass(frozen=True)
class PreuveDeLAction:
    """Une preuve citée par une action. `validite` : clé de `grilles.preuves.regles`."""

    id: int
    titre: str
    adresse: str
    date_effet: date | None
    date_fin: date | None
    emplacement: str
    validite: str


@dataclass(frozen=True)
class FicheAction:
    """La page d'une action. `porteur_nom` : le compte qui la porte, s'il y en a un d'ouvert ici."""

    action: Action
    notes: tuple[Note, ...]
    preuves: tuple[PreuveDeLAction, ...]
    citables: tuple[tuple[int, str], ...]
    modifiable: bool
    origines: tuple["Lien", ...]
    suites: tuple["Lien", ...]
    porteur_nom: str


@dataclass(frozen=True)
class Lien:
    """Un renvoi : ce qu'il dit, et l'adresse où il mène (vide : nulle part)."""

    mot: str
    adresse: str = ""


@dataclass(frozen=True)
class Filtres:
    """Ce qu'une liste montre ; une valeur inconnue vaut « tout ». `etat` : clé d'`ETATS_DU_FILTRE`."""

    retard: bool = False
    moi: bool = False
    origine: str = ""
    priorite: str = ""
    diplome: int | None = None
    cfa: int | None = None
    etat: str = "ouvertes"

    def garde(self, action: Action, compte_id: int | None) -> bool:
        """Vrai si l'action est de celles qu'on montre à ce compte."""
        return (
            (not self.retard or action.retard > 0)
            and (not self.moi or (compte_id is not None and action.porteur_id == compte_id))
            and self.origine in ("", action.origine)
            and self.priorite in ("", action.priorite)
            and self.diplome in (None, action.formation_id)
            and self.cfa in (None, action.cfa_id)
            and (self.etat == "toutes" or (action.ouverte if self.etat == "ouvertes" else action.etat == self.etat))
        )

    def question(self) -> str:
        """Ces filtres dans une adresse (« ?moi=oui ») ; vide s'ils sont ceux d'office."""
        d_office = Filtres()
        parametres = {
            champ.name: "oui" if getattr(self, champ.name) is True else getattr(self, champ.name)
            for champ in fields(self)
            if getattr(self, champ.name) != getattr(d_office, champ.name)
        }
        return f"?{urlencode(parametres)}" if parametres else ""


def lire_filtres(parametres: Iterable[tuple[str, str]]) -> Filtres:
    """Les filtres d'une adresse ; ce qui ne se lit pas est ignoré."""
    dits = dict(parametres)
    return replace(
        Filtres(),
        retard=dits.get("retard") == "oui",
        moi=dits.get("moi") == "oui",
        origine=_parmi(dits.get("origine"), ORIGINES, ""),
        priorite=_parmi(dits.get("priorite"), PRIORITES, ""),
        diplome=_numero(dits.get("diplome")),
        cfa=_numero(dits.get("cfa")),
        etat=_parmi(dits.get("etat"), ETATS_DU_FILTRE, "ouvertes"),
    )


def _parmi(brut: str | None, permises: Iterable[str], d_office: str) -> str:
    return brut if brut is not None and brut in permises else d_office


def _numero(brut: str | None) -> int | None:
    return int(brut) if brut and brut.isascii() and brut.isdigit() and len(brut) <= 18 else None


@dataclass(frozen=True)
class Risque:
    """Un risque lu."""

    id: int
    formation_id: int | None
    intitule: str
    cause: str
    effet: str
    vraisemblance: int
    gravite: int
    prevention: str
    porteur: str
    origine: str
    renvoi: str
    etat: str
    motif_cloture: str
    version: int
    modifie_par: str
    modifie_le: datetime
    diplome: str | None
    cfa_id: int | None
    cfa: str | None

    @property
    def ouvert(self) -> bool:
        """Vrai s'il est toujours suivi."""
        return self.etat == "ouvert"

    @property
    def origine_lue(self) -> str:
        """D'où il vient, en mots."""
        return ORIGINES_DE_RISQUE[self.origine]

    @property
    def ou(self) -> str:
        """Le diplôme, ou « Tout l'établissement »."""
        return self.diplome or TOUT_L_ETABLISSEMENT


@dataclass(frozen=True)
class Ecart:
    """Un champ qui diffère entre deux versions : son nom, ce que j'ai tapé, ce qui est en base."""

    champ: str
    nom: str
    mien: str
    sien: str
