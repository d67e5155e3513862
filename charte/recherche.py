"""Chercher dans le texte de la charte, sans égard aux accents ni à la casse, et découper le texte à surligner.

Règle de l'outil : un passage répond quand il contient tous les mots demandés ; un mot de quatre lettres ou plus
vaut pour son début (« rupt » trouve « rupture »), un mot plus court pour lui-même (« de » ne trouve pas
« devenir »). Un identifiant (« 3.S1.6 ») trouve son passage.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from charte.textes import Appel

LONGUEUR_MAXIMALE = 100
_MOT_ENTIER = 3
_LIGATURES = {"œ": "oe", "æ": "ae", "’": "'", "\u00a0": " ", "\u202f": " "}
_BORDS = " \t\n.,;:!?«»\"'()[]…"


@dataclass(frozen=True)
class Requete:
    """Ce que l'on cherche : le texte saisi (au plus cent caractères) et ses mots normalisés."""

    saisie: str
    mots: tuple[str, ...]

    @property
    def vide(self) -> bool:
        """Vrai quand il n'y a rien à chercher."""
        return not self.mots


@dataclass(frozen=True)
class Morceau:
    """Bout de texte à afficher : surligné ou non, suivi ou non d'un appel de note."""

    texte: str
    marque: bool = False
    note: int | None = None


def lire_requete(saisie: str) -> Requete:
    """Découpe une saisie libre ; une saisie sans lettre ni chiffre donne une requête vide."""
    gardee = saisie.strip()[:LONGUEUR_MAXIMALE]
    mots = (mot.strip(_BORDS) for mot in normaliser(gardee)[0].split())
    return Requete(gardee, tuple(dict.fromkeys(mot for mot in mots if any(c.isalnum() for c in mot))))


@lru_cache(maxsize=2048)
def normaliser(texte: str) -> tuple[str, tuple[int, ...]]:
    """Texte en minuscules sans accent, et pour chaque caractère rendu sa position dans le texte d'origine."""
    rendu: list[str] = []
    positions: list[int] = []
    for position, caractere in enumerate(texte):
        minuscule = _LIGATURES.get(caractere.lower(), caractere.casefold())
        nus = [c for c in unicodedata.normalize("NFD", minuscule) if not unicodedata.combining(c)]
        rendu += nus
        positions += [position] * len(nus)
    return "".join(rendu), tuple(positions)


def repond(requete: Requete, identifiant: str, texte: str) -> bool:
    """Vrai si le passage contient tous les mots demandés, ou porte l'identifiant demandé."""
    if requete.vide:
        return False
    if requete.saisie.casefold() == identifiant.casefold():
        return True
    normalise = normaliser(texte)[0]
    return all(_motif(mot).search(normalise) for mot in requete.mots)


@lru_cache(maxsize=256)
def _motif(mot: str) -> re.Pattern[str]:
    fin = r"(?![a-z0-9])" if len(mot) <= _MOT_ENTIER else ""
    return re.compile(rf"(?<![a-z0-9]){re.escape(mot)}{fin}")


def composer(texte: str, mots: Sequence[str] = (), appels: Sequence[Appel] = ()) -> tuple[Morceau, ...]:
    """Découpe un texte en morceaux affichables : mots surlignés, appels de note à leur place, typographie."""
    bornes = {texte.index(appel.apres) + len(appel.apres): appel.note for appel in appels}
    marques = _marques(texte, mots)
    affiche = typographier(texte)
    coupures = sorted({0, len(texte), *bornes, *(b for marque in marques for b in marque)})
    return tuple(
        Morceau(
            affiche[debut:fin],
            any(d <= debut and fin <= f for d, f in marques),
            bornes.get(fin),
        )
        for debut, fin in pairwise(coupures)
    )


def _marques(texte: str, mots: Sequence[str]) -> list[tuple[int, int]]:
    """Intervalles [début, fin[ du texte d'origine où un des mots se trouve."""
    normalise, positions = normaliser(texte)
    return [
        (positions[trouve.start()], positions[trouve.end() - 1] + 1)
        for mot in mots
        for trouve in _motif(mot).finditer(normalise)
    ]


def typographier(texte: str) -> str:
    """Apostrophes courbes et espaces insécables, de même longueur que le texte ; pour l'affichage seulement."""
    collee = re.sub(r"(missions?|et) (?=\d)", "\\1\u00a0", texte.replace("'", "’").replace(" :", "\u00a0:"))
    return re.sub(r" ([;!?])", "\u202f\\1", collee)


def extrait(morceaux: Sequence[Morceau], contexte: int = 90) -> tuple[Morceau, ...]:
    """Raccourcit un passage autour de ses mots surlignés : `contexte` caractères au plus de chaque côté."""
    dernier = len(morceaux) - 1
    return tuple(
        morceau if morceau.marque else replace(morceau, texte=_raccourcir(morceau.texte, i > 0, i < dernier, contexte))
        for i, morceau in enumerate(morceaux)
    )


def _raccourcir(texte: str, suit_un_mot: bool, precede_un_mot: bool, contexte: int) -> str:
    """Garde le début d'un texte qui suit un mot trouvé, la fin de celui qui en précède un, les deux entre deux."""
    garde = contexte * max(1, suit_un_mot + precede_un_mot)
    if len(texte) <= garde + 20:
        return texte
    debut = texte[:contexte].rsplit(" ", 1)[0] if suit_un_mot or not precede_un_mot else ""
    fin = texte[-contexte:].split(" ", 1)[-1] if precede_un_mot else ""
    return f"{debut} … {fin}" if debut and fin else f"{debut} …" if debut else f"… {fin}"
