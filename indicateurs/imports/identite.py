"""Reconnaître une personne sans garder son nom : empreintes à clé (HMAC-SHA-256) et clé d'un parcours."""

import hashlib
import hmac
import re
import unicodedata
from datetime import date

_HORS_DECOMPOSITION = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_SEPARATEUR = "\x1f"
_DOMAINE_PERSONNE = "trajectoire:personne:1"
_DOMAINE_INE = "trajectoire:ine:1"
_DOMAINE_EFFACEMENT = "trajectoire:effacement:1"
_DOMAINE_REPERE = "trajectoire:repere:1"
LONGUEUR_DU_REPERE = 16


def normaliser_nom(texte: str) -> str:
    """Nom sans accent, casse, espace, tiret, apostrophe ni autre signe : « D'Hervé-Œil » → « dherveoeil »."""
    minuscules = unicodedata.normalize("NFKD", texte).casefold()
    lettres = unicodedata.normalize("NFKD", minuscules).translate(_HORS_DECOMPOSITION)
    # Les accents décomposés tombent avec la ponctuation : ni l'un ni l'autre n'est une lettre ou un chiffre.
    return re.sub(r"[\W_]", "", lettres)


def empreinte_personne(cle: bytes, nom: str, prenom: str, naissance: date) -> str:
    """Empreinte (64 chiffres hexadécimaux) d'une personne : nom, prénom normalisés et date de naissance."""
    return empreinte_normalisee(cle, normaliser_nom(nom), normaliser_nom(prenom), naissance)


def empreinte_normalisee(cle: bytes, nom: str, prenom: str, naissance: date) -> str:
    """Comme `empreinte_personne`, pour un nom et un prénom déjà normalisés."""
    return _empreinte(cle, _DOMAINE_PERSONNE, nom, prenom, naissance.isoformat())


def empreinte_ine(cle: bytes, ine: str) -> str:
    """Empreinte d'un INE ; un domaine à part empêche de la confondre avec celle d'une personne."""
    return _empreinte(cle, _DOMAINE_INE, ine)


def empreinte_parcours(personne: str, *lieux_et_codes: str | None) -> str:
    """Identifiant d'un parcours : la personne (déjà sous empreinte), les codes de formation, les deux lieux.

    Sans clé : ce qui y entre n'est plus nominatif, et deux bases de même clé doivent s'accorder.
    """
    contenu = _SEPARATEUR.join([personne, *(partie or "" for partie in lieux_et_codes)])
    return hashlib.sha256(contenu.encode()).hexdigest()


def empreinte_effacement(empreinte: str) -> str:
    """Pierre tombale d'une empreinte de personne ou d'INE : la reconnaît, mais ne se rapproche pas d'elle sans calcul.

    Sans clé : l'empreinte en porte déjà une, et l'import doit la retrouver dans la transaction.
    """
    return hashlib.sha256(_SEPARATEUR.join((_DOMAINE_EFFACEMENT, empreinte)).encode()).hexdigest()


def repere_de_cle(cle: bytes) -> str:
    """Nom court et public d'une clé : dit sous laquelle une empreinte est faite, sans rien en livrer."""
    return hmac.digest(cle, _DOMAINE_REPERE.encode(), "sha256").hex()[:LONGUEUR_DU_REPERE]


def _empreinte(cle: bytes, *parties: str) -> str:
    return hmac.digest(cle, _SEPARATEUR.join(parties).encode(), "sha256").hex()
