"""Ce que la page des écarts reçoit : des valeurs gelées."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from charte.edition import Genre
from grilles.avis.lecture import GrilleVisee
from grilles.avis.regles import LIBELLES
from grilles.ecarts.regles import PUBLICS, Ecart, Sorte, Voix, en_clair
from grilles.echelle import charger_echelle

NOMS = {
    Voix.ETABLISSEMENT: "Établissement",
    Voix.CFA: "CFA",
    Voix.APPRENTIS: "Apprentis",
    Voix.EMPLOYEURS: "Employeurs",
    Voix.CONCERTEE: "Position concertée",
}
SORTES = {
    Sorte.CRANS: "des réponses à un cran ou plus",
    Sorte.SANS_OBJET: "« sans objet » en face d’une réponse",
    Sorte.SILENCE: "une organisation pas encore prononcée",
}


@dataclass(frozen=True)
class Parole:
    """Une réponse d'une voix : l'état (libellé et ton), le motif, le commentaire. Jamais de nom."""

    etat: str | None
    ton: str
    motif: str = ""
    commentaire: str = ""
    a_confirmer: bool = False

    @property
    def vide(self) -> bool:
        """Vrai si rien n'y est écrit."""
        return self.etat is None and not self.motif and not self.commentaire


def parole_d_une_position(etat: str | None, motif: str, commentaire: str, *, a_confirmer: bool) -> Parole:
    """La parole d'une organisation, ou la position concertée."""
    lu = charger_echelle().etat(etat) if etat else None
    return Parole(lu.libelle if lu else None, lu.ton if lu else "neutre", motif, commentaire, a_confirmer)


def parole_d_un_avis(etat: str, commentaire: str) -> Parole:
    """La parole d'une personne qui a répondu par un lien."""
    libelle, ton = LIBELLES[etat]
    return Parole(libelle, ton, commentaire=commentaire)


@dataclass(frozen=True)
class EcartLu:
    """Un élément où les voix diffèrent, avec ce que chacune en dit."""

    element: str
    genre: Genre
    poste: int
    texte: str
    ecart: Ecart
    paroles: Mapping[Voix, tuple[Parole, ...]]
    concertee: bool

    @property
    def en_clair(self) -> str:
        """L'écart, en mots."""
        return en_clair(self.ecart)

    @property
    def voix(self) -> list[tuple[str, str, tuple[Parole, ...]]]:
        """(clé, nom, paroles) de chaque voix à montrer ; un public qui n'a rien dit n'y est pas."""
        montrees = [voix for voix in Voix if voix not in PUBLICS or self.paroles.get(voix)]
        return [(voix.value, self._nom(voix), self.paroles.get(voix, ())) for voix in montrees]

    def _nom(self, voix: Voix) -> str:
        return f"{NOMS[voix]} ({len(self.paroles[voix])})" if voix in PUBLICS else NOMS[voix]


@dataclass(frozen=True)
class Tri:
    """Ce que le lecteur veut voir ; zéro et vide : tout."""

    poste: int = 0
    sorte: str = ""
    sans_concertee: bool = False

    def garde(self, ecart: EcartLu) -> bool:
        """Vrai si cet écart est de ceux-là."""
        return (
            self.poste in (0, ecart.poste)
            and (not self.sorte or self.sorte in ecart.ecart.sortes)
            and not (self.sans_concertee and ecart.concertee)
        )


@dataclass(frozen=True)
class Accord:
    """Un élément où l'établissement et le CFA disent la même chose, sans position concertée encore."""

    element: str
    etat: str
    etablissement: Parole
    cfa: Parole
    version: int
    contredit: bool


@dataclass(frozen=True)
class EcartsLus:
    """Les écarts d'une grille, le plus grand d'abord, et les accords à reprendre."""

    grille: GrilleVisee
    ecarts: tuple[EcartLu, ...]
    accords: tuple[Accord, ...]
    titres: Mapping[int, str]

    @property
    def accords_simples(self) -> int:
        """Accords qu'aucun avis ne contredit."""
        return sum(not accord.contredit for accord in self.accords)

    @property
    def accords_contredits(self) -> int:
        """Accords dont un avis dit autre chose : ils restent au dialogue, sauf demande."""
        return len(self.accords) - self.accords_simples

    @property
    def par_sorte(self) -> Mapping[str, int]:
        """Nombre d'éléments par sorte d'écart ; un élément peut en porter plusieurs."""
        return Counter(sorte.value for ecart in self.ecarts for sorte in ecart.ecart.sortes)

    def gardes(self, tri: Tri) -> list[EcartLu]:
        """Les écarts que le tri garde, dans le même ordre."""
        return [ecart for ecart in self.ecarts if tri.garde(ecart)]


def ranger(ecarts: Iterable[EcartLu]) -> tuple[EcartLu, ...]:
    """Le plus grand écart d'abord, puis l'ordre du texte (celui où ils sont donnés)."""
    return tuple(sorted(ecarts, key=lambda ecart: ecart.ecart.poids))
