"""La vie d'un jalon : ce qui peut lui arriver, ce qu'il faut dire alors, son numéro. Fonctions pures.

Règles de l'outil : la charte (3.1, 1.C1.2) veut des jalons co-construits et revus chaque année, sans dire comment les
suivre. Exemples lisibles, qui sont aussi des tests : `donnees/exemples_jalons.yaml`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Literal

JOURS_AVANT_ECHEANCE = 60
"""À moins de ce délai, l'échéance est proche : seuil proposé par l'outil, non par la charte."""


class Etat(StrEnum):
    """Où en est un jalon ou une cible locale."""

    PROPOSE = "propose"
    CONVENU = "convenu"
    ATTEINT = "atteint"
    REPORTE = "reporte"
    ABANDONNE = "abandonne"


class Acte(StrEnum):
    """Ce qui se décide d'un jalon."""

    CONVENIR = "accord"
    MAINTENIR = "maintien"
    ATTEINDRE = "atteinte"
    REPORTER = "report"
    ABANDONNER = "abandon"
    ROUVRIR = "reouverture"


CONVENUS = frozenset({Etat.CONVENU, Etat.ATTEINT, Etat.REPORTE})
"""Ceux qui engagent, et qui portent un numéro."""
A_TENIR = frozenset({Etat.CONVENU, Etat.REPORTE})
"""Ceux qu'il reste à atteindre : eux seuls ont une échéance qui presse, et se revoient chaque année."""
LIBELLES = {
    Etat.PROPOSE: "proposé",
    Etat.CONVENU: "convenu",
    Etat.ATTEINT: "atteint",
    Etat.REPORTE: "reporté",
    Etat.ABANDONNE: "abandonné",
}
PERMIS: dict[Etat, tuple[Acte, ...]] = {
    Etat.PROPOSE: (Acte.CONVENIR, Acte.ABANDONNER),
    Etat.CONVENU: (Acte.ATTEINDRE, Acte.REPORTER, Acte.ABANDONNER, Acte.MAINTENIR),
    Etat.REPORTE: (Acte.ATTEINDRE, Acte.REPORTER, Acte.ABANDONNER, Acte.MAINTENIR),
    Etat.ATTEINT: (Acte.ROUVRIR,),
    Etat.ABANDONNE: (Acte.ROUVRIR,),
}
"""Ce qui peut se décider dans chaque état ; « maintenir » ne se dit qu'à la révision annuelle."""


@dataclass(frozen=True)
class Suivi:
    """Ce que les règles lisent et changent d'un jalon."""

    etat: Etat
    convenu_le: date | None = None
    convenu_par: str = ""
    instance: str = ""
    atteint_le: date | None = None
    echeance: date | None = None
    motif: str = ""


@dataclass(frozen=True)
class Decision:
    """Un acte, tel qu'on le note. `le` : le jour où il a été décidé ou constaté.

    `par` : qui a donné son accord, par sa fonction ou son organisation. `preuves` : celles du jalon qui valent ce
    jour-là ; `valeur_vue` : la valeur de son indicateur a été regardée, et il y en a une.
    """

    acte: Acte
    le: date | None = None
    instance: str = ""
    par: str = ""
    motif: str = ""
    echeance: date | None = None
    preuves: int = 0
    valeur_vue: bool = False


@dataclass(frozen=True)
class Faute:
    """Ce qui manque à une décision : le champ, et quoi faire."""

    champ: str
    message: str


def peut_se_decider(etat: Etat, acte: Acte) -> bool:
    """Vrai si cet acte existe pour un jalon dans cet état."""
    return acte in PERMIS[etat]


def fautes_de(suivi: Suivi, decision: Decision, aujourd_hui: date) -> tuple[Faute, ...]:
    """Tout ce qui manque à cette décision, d'un coup ; vide si elle peut être notée."""
    if not peut_se_decider(suivi.etat, decision.acte):
        return (Faute("", f"Ce jalon est {LIBELLES[suivi.etat]} : cela ne peut plus se décider de lui."),)
    return (*_fautes_de_date(suivi, decision, aujourd_hui), *_fautes_de_contenu(suivi, decision))


def appliquer(suivi: Suivi, decision: Decision) -> Suivi:
    """Le jalon après une décision sans faute (`fautes_de` l'a dit)."""
    match decision.acte:
        case Acte.CONVENIR:
            dits = {"convenu_le": decision.le, "convenu_par": decision.par, "instance": decision.instance}
            return replace(suivi, etat=Etat.CONVENU, motif="", **dits)  # type: ignore[arg-type]
        case Acte.ATTEINDRE:
            return replace(suivi, etat=Etat.ATTEINT, atteint_le=decision.le, motif="")
        case Acte.REPORTER:
            return replace(suivi, etat=Etat.REPORTE, echeance=decision.echeance, motif=decision.motif)
        case Acte.ABANDONNER:
            return replace(suivi, etat=Etat.ABANDONNE, motif=decision.motif)
        case Acte.ROUVRIR:
            repris = Etat.CONVENU if suivi.convenu_le else Etat.PROPOSE
            return replace(suivi, etat=repris, atteint_le=None, motif="")
        case Acte.MAINTENIR:
            return suivi


def _fautes_de_date(suivi: Suivi, decision: Decision, aujourd_hui: date) -> Iterator[Faute]:
    if decision.le is None:
        yield Faute("le", "Donnez le jour, par exemple 12/03/2026.")
    elif decision.le > aujourd_hui:
        yield Faute("le", "Ce jour n'est pas encore venu : notez la décision quand elle est prise.")
    elif suivi.convenu_le and suivi.etat in A_TENIR and decision.le < suivi.convenu_le:
        yield Faute("le", f"Ce jour précède l'accord du {suivi.convenu_le:%d/%m/%Y} ; vérifiez l'année.")


_AVEC_INSTANCE = frozenset({Acte.CONVENIR, Acte.ATTEINDRE})
_MOTIFS = {
    Acte.REPORTER: "Dites pourquoi il est reporté : le conseil le lira.",
    Acte.ABANDONNER: "Dites pourquoi il est abandonné : le conseil le lira.",
    Acte.ROUVRIR: "Dites pourquoi il est rouvert : son histoire le garde.",
}


def _fautes_de_contenu(suivi: Suivi, decision: Decision) -> Iterator[Faute]:
    acte = decision.acte
    if acte is Acte.CONVENIR and not decision.par:
        yield Faute("par", "Dites qui a donné son accord, par sa fonction : « l'établissement, le CFA, les délégués ».")
    if acte in _AVEC_INSTANCE and not decision.instance:
        yield Faute("instance", "Dites dans quelle instance, par exemple « conseil de perfectionnement ».")
    if acte is Acte.ATTEINDRE and not decision.preuves and not decision.valeur_vue:
        yield Faute("preuve", SANS_APPUI)
    if acte in _MOTIFS and not decision.motif.strip():
        yield Faute("motif", _MOTIFS[acte])
    if acte is Acte.REPORTER:
        yield from _fautes_d_echeance(suivi, decision)


SANS_APPUI = (
    "Un jalon est atteint sur preuve : choisissez-en une qui vaut ce jour-là, ou appuyez-vous sur la valeur de son "
    "indicateur."
)


def _fautes_d_echeance(suivi: Suivi, decision: Decision) -> Iterator[Faute]:
    if decision.echeance is None:
        yield Faute("echeance", "Donnez la nouvelle échéance.")
    elif suivi.echeance and decision.echeance <= suivi.echeance:
        yield Faute("echeance", f"La nouvelle échéance vient après l'ancienne ({suivi.echeance:%d/%m/%Y}).")
    elif decision.le and decision.echeance <= decision.le:
        yield Faute("echeance", "La nouvelle échéance vient après le jour du report.")


Presse = Literal["", "proche", "en_retard"]


def presse(etat: Etat, echeance: date | None, aujourd_hui: date) -> Presse:
    """« en_retard » après l'échéance, « proche » à moins de 60 jours ; vide pour ce qui n'est plus à tenir."""
    if etat not in A_TENIR or echeance is None:
        return ""
    if echeance < aujourd_hui:
        return "en_retard"
    return "proche" if echeance - aujourd_hui <= timedelta(days=JOURS_AVANT_ECHEANCE) else ""


def numeroter(paliers: Sequence[tuple[int, str, Etat]]) -> dict[int, int]:
    """Identifiant → numéro, des (identifiant, nature, état) d'UN poste, dans leur ordre.

    Seuls les jalons convenus, atteints ou reportés comptent : ni une proposition, ni un abandon, ni une cible locale.
    """
    comptes = [identifiant for identifiant, nature, etat in paliers if nature == "jalon" and etat in CONVENUS]
    return {identifiant: rang for rang, identifiant in enumerate(comptes, start=1)}


def deplacer(ordre: Sequence[int], quel: int, sens: str) -> tuple[int, ...]:
    """Le même ordre, `quel` échangé avec son voisin d'avant (« monter ») ou d'après (« descendre ») ; au bord, rien."""
    place = ordre.index(quel)
    voisin = place - 1 if sens == "monter" else place + 1
    if not 0 <= voisin < len(ordre):
        return tuple(ordre)
    change = list(ordre)
    change[place], change[voisin] = change[voisin], change[place]
    return tuple(change)
