"""Les clés de contrôle des identifiants publics : lettre d'un UAI, clé de Luhn d'un SIRET."""

import re

_LETTRES_UAI = "ABCDEFGHJKLMNPRSTUVWXYZ"
_SIREN_LA_POSTE = "356000000"


def lettre_uai(chiffres: str) -> str:
    """Lettre clé d'un UAI : reste de ses 7 chiffres par 23, dans l'alphabet sans I, O ni Q."""
    return _LETTRES_UAI[int(chiffres) % 23]


def cle_siret_juste(siret: str) -> bool:
    """Clé de Luhn d'un SIRET de 14 chiffres ; pour La Poste, la somme des chiffres est un multiple de 5."""
    doubles = (2 * int(c) if rang % 2 == 0 else int(c) for rang, c in enumerate(siret))
    if sum(d - 9 if d > 9 else d for d in doubles) % 10 == 0:
        return True
    return siret.startswith(_SIREN_LA_POSTE) and sum(map(int, siret)) % 5 == 0


def exiger_uai(texte: str) -> str:
    """L'UAI sans espaces, en majuscules ; lève `ValueError`, remède compris, si sa forme ou sa lettre est fausse."""
    uai = re.sub(r"\s", "", texte).upper()
    if not re.fullmatch(r"[0-9]{7}[A-Z]", uai):
        raise ValueError(f"Un UAI compte 7 chiffres et une lettre, par exemple « 0123456S » ; lu : « {texte[:40]} ».")
    if uai[7] != (attendue := lettre_uai(uai[:7])):
        raise ValueError(
            f"La lettre de « {uai} » ne s'accorde pas à ses chiffres : on attend « {uai[:7]}{attendue} ». "
            "Vérifiez l'UAI : un chiffre ou la lettre est faux."
        )
    return uai


def exiger_siret(texte: str) -> str:
    """Les 14 chiffres du SIRET, sans espaces ni points ; lève `ValueError`, remède compris, s'il est faux."""
    siret = re.sub(r"[\s.]", "", texte)
    if not re.fullmatch(r"[0-9]{14}", siret):
        raise ValueError(f"Un SIRET compte 14 chiffres ; recopiez-les tous. Lu : « {texte[:40]} ».")
    if not cle_siret_juste(siret):
        raise ValueError(
            f"Les chiffres de « {siret} » ne s'accordent pas (clé de Luhn) : un chiffre est faux. "
            "Vérifiez le SIRET dans l'annuaire des entreprises."
        )
    return siret
