"""L'écart entre ce que les voix disent d'un même élément : règle pure, lisible dans `exemples_ecarts.yaml`.

Règle de l'outil : la charte (octobre 2023, 3.1) demande un dialogue, elle ne dit pas comment comparer les perceptions.

- deux réponses qui ont un rang sur l'échelle sont à autant de CRANS l'une de l'autre que leurs rangs ; l'écart d'un
  élément est le plus grand entre deux voix différentes, jamais une moyenne ;
- « sans objet » n'a pas de rang : en face d'une réponse qui en a un, c'est un écart d'une autre sorte ;
- le silence d'une organisation concernée, quand une autre voix s'est prononcée, en est une troisième ; la position
  concertée y met fin. Une organisation que l'élément ne concerne pas peut se taire, un public aussi ;
- un avis donné par lien dit tenu, en partie ou non tenu, aussi d'une action : « tenu » y vaut « en place ». Qui est
  extérieur ne peut pas savoir si l'action est évaluée : ce dernier cran ne compte pas face à un avis ;
- « je ne sais pas », une réponse reprise de l'an passé et pas confirmée : la voix n'a rien dit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from charte.commun.typographie import pluriel
from grilles.echelle import charger_echelle


class Voix(StrEnum):
    """Qui dit quelque chose d'un élément, dans l'ordre où on le lit."""

    ETABLISSEMENT = "etablissement"
    CFA = "cfa"
    APPRENTIS = "apprentis"
    EMPLOYEURS = "employeurs"
    CONCERTEE = "concertee"


class Sorte(StrEnum):
    """Les sortes d'écart, de la plus nette à la moins nette."""

    CRANS = "crans"
    SANS_OBJET = "sans_objet"
    SILENCE = "silence"


ORGANISATIONS = (Voix.ETABLISSEMENT, Voix.CFA)
PUBLICS = frozenset({Voix.APPRENTIS, Voix.EMPLOYEURS})
_RANGS_D_AVIS = {"non_tenu": 0, "en_partie": 1, "tenu": 2}
_MUET = frozenset({"ne_sait_pas"})
_NOMS = {Voix.ETABLISSEMENT: "l’établissement", Voix.CFA: "le CFA"}

Dits = Mapping[Voix, Sequence[str]]
"""Par voix, les états dits : un pour une organisation ou la position concertée, un par avis pour un public."""


@dataclass(frozen=True)
class Ecart:
    """L'écart d'un élément. `crans` : la plus grande distance ; `silences` : les organisations qu'on attend."""

    crans: int = 0
    sans_objet: bool = False
    silences: tuple[Voix, ...] = ()

    def __bool__(self) -> bool:
        """Vrai s'il y a un écart, de quelque sorte que ce soit."""
        return bool(self.crans or self.sans_objet or self.silences)

    @property
    def sortes(self) -> tuple[Sorte, ...]:
        """Les sortes d'écart de cet élément."""
        presentes = {Sorte.CRANS: self.crans, Sorte.SANS_OBJET: self.sans_objet, Sorte.SILENCE: self.silences}
        return tuple(sorte for sorte, presente in presentes.items() if presente)

    @property
    def poids(self) -> tuple[int, bool, bool]:
        """Ce qui range les écarts, le plus grand d'abord (à trier par ordre croissant)."""
        return (-self.crans, not self.sans_objet, not self.silences)


def mesurer(dits: Dits, concernees: frozenset[Voix]) -> Ecart:
    """L'écart entre ces voix ; `concernees` : les organisations qui se prononcent sur l'élément."""
    entendus = {voix: siens for voix, tous in dits.items() if (siens := [e for e in tous if e not in _MUET])}
    paires = list(_paires(entendus))
    distances = [_distance(*paire) for paire in paires]
    return Ecart(
        crans=max((distance for distance in distances if distance is not None), default=0),
        sans_objet=any((_rang(*un) is None) is not (_rang(*autre) is None) for un, autre in paires),
        silences=_silences(entendus, concernees),
    )


def en_clair(ecart: Ecart) -> str:
    """« 2 crans d’écart ; le CFA ne s’est pas encore prononcé » ; vide s'il n'y a pas d'écart."""
    dits = [f"{pluriel(ecart.crans, 'cran')} d’écart"] if ecart.crans else []
    dits += ["« sans objet » en face d’une réponse"] if ecart.sans_objet else []
    if len(ecart.silences) > 1:
        dits.append("ni l’établissement ni le CFA ne se sont encore prononcés")
    elif ecart.silences:
        dits.append(f"{_NOMS[ecart.silences[0]]} ne s’est pas encore prononcé")
    return " ; ".join(dits)


def accord(dits: Dits) -> str | None:
    """L'état que l'établissement et le CFA disent tous deux ; None s'ils ne disent pas la même chose."""
    etablissement, cfa = (tuple(dits.get(voix, ())) for voix in ORGANISATIONS)
    return etablissement[0] if etablissement and etablissement == cfa else None


def contredit_par_un_avis(dits: Dits) -> bool:
    """Vrai si un avis est à un cran au moins, ou en face d'un « sans objet », de ce que disent les organisations."""
    return any(
        mesurer({public: dits[public], voix: dits[voix]}, frozenset())
        for public in PUBLICS & dits.keys()
        for voix in ORGANISATIONS
        if voix in dits
    )


_Reponse = tuple[Voix, str]


def _paires(entendus: Dits) -> Iterator[tuple[_Reponse, _Reponse]]:
    """Chaque réponse d'une voix face à chaque réponse d'une autre."""
    for voix, autre in combinations(entendus, 2):
        for etat in entendus[voix]:
            yield from (((voix, etat), (autre, sien)) for sien in entendus[autre])


def _rang(voix: Voix, etat: str) -> int | None:
    return _RANGS_D_AVIS[etat] if voix in PUBLICS else charger_echelle().etat(etat).rang


def _distance(un: _Reponse, autre: _Reponse) -> int | None:
    rangs = [_rang(*un), _rang(*autre)]
    if un[0] in PUBLICS or autre[0] in PUBLICS:
        rangs = [None if rang is None else min(rang, max(_RANGS_D_AVIS.values())) for rang in rangs]
    premier, second = rangs
    return None if premier is None or second is None else abs(premier - second)


def _silences(entendus: Dits, concernees: frozenset[Voix]) -> tuple[Voix, ...]:
    if not entendus or Voix.CONCERTEE in entendus:
        return ()
    return tuple(voix for voix in ORGANISATIONS if voix in concernees and voix not in entendus)
