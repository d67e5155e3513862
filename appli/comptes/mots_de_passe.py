"""La règle des mots de passe, la même partout : une longueur, et rien de ce que l'on essaie en premier.

Ni majuscule ni signe exigés : ils ne rendent pas un mot de passe plus difficile à deviner, mais plus difficile à
retenir (NIST SP 800-63B-4, 3.1.1.2 ; recommandation de l'ANSSI sur l'authentification, R21 et R22). Sources de la
liste : `donnees/mots_de_passe_courants.txt`.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

LONGUEUR_MINIMALE = 12
"""Recommandation de l'ANSSI relative à l'authentification multifacteur et aux mots de passe, R22."""
LONGUEUR_MAXIMALE = 200
"""Une borne contre les envois démesurés, loin au-dessus des 64 caractères que le NIST demande d'accepter."""
LONGUEUR_LUE = 1_000
"""Ce qui s'en normalise : le temps croît comme le carré des signes diacritiques à la suite, et un envoi d'un mégaoctet
arrêterait le serveur plusieurs minutes. Mille caractères en laissent au moins 250 : c'est encore trop, donc refusé."""
RESTE_MAXIMAL = 8
"""Un mot courant suivi d'au plus autant de chiffres et de signes reste un mot courant."""
_LISTE = Path(__file__).parent / "donnees" / "mots_de_passe_courants.txt"
_SUITES = (
    "abcdefghijklmnopqrstuvwxyz",
    "azertyuiopqsdfghjklmwxcvbn",
    "qwertyuiopasdfghjklzxcvbnm",
    "0123456789" * 3,
)
_DEGUISES = str.maketrans("@4310$57", "aaeiosst")
_MOT = re.compile(r"[a-z0-9]{4,}")
REMEDE = "Prenez plutôt quatre ou cinq mots sans lien entre eux, par exemple tirés d’un livre ouvert au hasard."


def normaliser(mot_de_passe: str) -> str:
    """La même suite de caractères, qu'elle soit tapée sur un clavier ou un autre (Unicode NFKC)."""
    return unicodedata.normalize("NFKC", mot_de_passe[:LONGUEUR_LUE])


def reprocher(mot_de_passe: str, contexte: Iterable[str] = ()) -> str | None:
    """Ce qui ne va pas dans ce mot de passe, remède compris ; None s'il convient.

    `contexte` : ce que l'on devinerait de la personne (nom, courriel, établissement, nom de l'outil).
    """
    choisi = normaliser(mot_de_passe)
    if len(choisi) < LONGUEUR_MINIMALE:
        return f"Ce mot de passe fait {len(choisi)} caractères ; il en faut au moins {LONGUEUR_MINIMALE}. {REMEDE}"
    if len(choisi) > LONGUEUR_MAXIMALE:
        return f"Ce mot de passe fait {len(mot_de_passe)} caractères ; {LONGUEUR_MAXIMALE} suffisent."
    if _est_courant(choisi):
        return f"Ce mot de passe est de ceux que l’on essaie en premier. {REMEDE}"
    if _reprend(choisi, contexte):
        return (
            "Ce mot de passe reprend surtout votre nom, votre courriel, votre établissement ou le nom de l’outil : "
            f"il se devine. {REMEDE}"
        )
    return None


def _est_courant(choisi: str) -> bool:
    simple = _simplifier(choisi)
    serre = re.sub(r"[^a-z0-9]", "", simple)
    if any(forme and (_motif(forme) in _courants() | {""} or _en_suite(forme)) for forme in (simple, serre)):
        return True
    # Le mot déguisé (« p@ssword ») se lit sans ce qui l'entoure : le « 1234 » de la fin n'est pas un « i ».
    deguise = simple.strip("0123456789!?.,;:*-_ ").translate(_DEGUISES)
    return any(_mot_et_chiffres(forme, len(simple)) for forme in (simple, deguise))


def _mot_et_chiffres(forme: str, longueur: int) -> bool:
    """Vrai si tout tient en un mot courant (répété ou non) et quelques chiffres ou signes."""
    lettres = "".join(c for c in forme if c.isalpha())
    if not lettres or longueur - len(lettres) > RESTE_MAXIMAL:
        return False
    return _motif(lettres) in _courants() | {""} or _en_suite(lettres)


def _motif(texte: str) -> str:
    """Ce qui se répète : « soleilsoleil » → « soleil » ; trois caractères répétés au plus → vide."""
    taille = next((n for n in range(1, len(texte)) if texte == (texte[:n] * len(texte))[: len(texte)]), len(texte))
    return texte[:taille] if taille > 3 or taille == len(texte) else ""


def _en_suite(texte: str) -> bool:
    """Vrai si le texte suit le clavier, l'alphabet ou les chiffres, à l'endroit ou à l'envers."""
    if len(texte) < 4:
        return False
    return any(texte in suite or texte in suite[::-1] for suite in _SUITES)


def _reprend(choisi: str, contexte: Iterable[str]) -> bool:
    """Vrai si, ôtés les mots du contexte, il reste moins de quatre lettres et peu de chiffres."""
    textes = [_simplifier(texte) for texte in contexte]
    # Un nom court (« Ana Bel ») s'essaie d'un seul tenant.
    tenants = " ".join(re.sub(r"[^a-z0-9]", "", texte.partition("@")[0]) for texte in textes)
    mots = {mot for texte in (*textes, tenants) for mot in _MOT.findall(texte)}
    reste = _simplifier(choisi)
    if not any(mot in reste for mot in mots):
        return False
    for mot in sorted(mots, key=len, reverse=True):
        reste = reste.replace(mot, "")
    return sum(c.isalpha() for c in reste) < 4 and len(reste) <= RESTE_MAXIMAL


def _simplifier(texte: str) -> str:
    """Minuscules sans accents : « Été » → « ete »."""
    decompose = unicodedata.normalize("NFKD", texte.casefold())
    return "".join(c for c in decompose if not unicodedata.combining(c))


@cache
def _courants() -> frozenset[str]:
    lignes = _LISTE.read_text("utf-8").splitlines()
    return frozenset(ligne for ligne in lignes if ligne and not ligne.startswith("#"))
