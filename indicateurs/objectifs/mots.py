"""L'objectif en mots : la valeur, ce qu'il manque, l'écart, la tendance. Jamais un verdict. Pur."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from charte.commun.donnees import DonneeGelee, lire_yaml, nom_affiche, valider_modele
from charte.commun.typographie import nombre, part, pluriel
from indicateurs.objectifs.regles import (
    EN_POUR_CENT,
    Constat,
    Sens,
    Tendance,
    Vise,
    dernier,
    est_atteint,
    il_manque,
    palier_du_moment,
    tendance,
)

__all__ = ["Mesurage", "Situation", "dire_l_ecart", "dire_la_tendance", "dire_une_valeur", "situer_l_objectif"]

MOTS = Path(__file__).parents[1] / "donnees" / "mots_des_objectifs.yaml"
Etat = Literal["atteint", "jalon_tenu", "en_chemin", "echeance_passee", "masque", "sans_mesure"]


class _Gain(DonneeGelee):
    """Le cas que l'on gagne, au singulier et au pluriel."""

    debut: Annotated[str, Field(min_length=3)]
    un: Annotated[str, Field(min_length=3)]
    plusieurs: Annotated[str, Field(min_length=3)]


class _Gains(DonneeGelee):
    gains: tuple[_Gain, ...]


@dataclass(frozen=True)
class Mesurage:
    """Comment un indicateur se compte : ce que ces phrases ont besoin d'en savoir. `seuil` : celui du masque."""

    cle: str
    unite: str
    sens: Sens
    unite_comptee: str
    definition: str
    seuil: int


@dataclass(frozen=True)
class Situation:
    """Où l'on en est, en phrases. Une phrase vide : il n'y a rien à dire. `etat` : le ton, jamais un jugement."""

    etat: Etat
    mesure: str
    jalon: str
    cible: str
    tendance: str
    avertissements: tuple[str, ...]


def dire_une_valeur(valeur: float, unite: str) -> str:
    """« 12,4 % » (« 12 % » si elle est ronde), « 8,2 »."""
    if unite in EN_POUR_CENT:
        return part(valeur, 0 if round(valeur * 1000) % 10 == 0 else 1)
    return nombre(valeur, 0 if round(valeur * 10) % 10 == 0 else 1)


def dire_l_ecart(mesuree: float, visee: float, unite: str) -> str:
    """« 2,4 points », « 0,4 » : entre les deux valeurs telles qu'elles se lisent, arrondis compris."""
    echelle = 100 if unite in EN_POUR_CENT else 1
    ecart = abs(round(round(mesuree * echelle, 1) - round(visee * echelle, 1), 1))
    # Une valeur qui se lit comme celle visée sans l'atteindre : dire « 0 » la donnerait pour atteinte.
    texte = nombre(ecart, 0 if ecart.is_integer() else 1) if ecart else f"moins de {nombre(0.1, 1)}"
    if unite not in EN_POUR_CENT:
        return texte
    return f"{texte} point{'s' if ecart >= 2 else ''}"


def situer_l_objectif(
    mesurage: Mesurage, vise: Vise, constats: tuple[Constat, ...], convenu_sur: str, aujourd_hui: date
) -> Situation:
    """La situation d'un objectif. `constats` : un par promotion ; `convenu_sur` : la définition d'alors."""
    fin = dernier(constats)
    avertis = tuple(_avertissements(mesurage, convenu_sur))
    if fin is None:
        return Situation("sans_mesure", "Rien n’est encore mesuré.", "", "", "", avertis)
    if not fin.connu:
        dit = f"n.d. (effectif < {mesurage.seuil}) pour {fin.periode}."
        return Situation("masque", dit, "", "La valeur n’est pas montrée : l’écart ne se dit pas.", "", avertis)
    atteinte = bool(est_atteint(fin, vise.cible, mesurage.sens))
    return Situation(
        etat=_etat(mesurage, vise, fin, atteinte, aujourd_hui),
        mesure=_dire_la_mesure(mesurage, fin),
        jalon=_dire_le_jalon(mesurage, vise, fin),
        cible=_dire_la_cible(mesurage, vise, fin, atteinte),
        tendance=dire_la_tendance(tendance(constats), mesurage),
        avertissements=avertis,
    )


def _avertissements(mesurage: Mesurage, convenu_sur: str) -> list[str]:
    if convenu_sur == mesurage.definition:
        return []
    return [
        f"La définition a changé depuis l’accord ({convenu_sur}, puis {mesurage.definition}) : la cible et la valeur "
        "ne comptent peut-être plus la même chose. Révisez l’objectif."
    ]


def _etat(mesurage: Mesurage, vise: Vise, fin: Constat, atteinte: bool, aujourd_hui: date) -> Etat:
    if atteinte:
        return "atteint"
    if vise.echeance < aujourd_hui:
        return "echeance_passee"
    palier = palier_du_moment(vise, fin.annee)
    return "jalon_tenu" if palier and est_atteint(fin, palier[1], mesurage.sens) else "en_chemin"


def _dire_la_mesure(mesurage: Mesurage, fin: Constat) -> str:
    valeur = f"{dire_une_valeur(fin.valeur or 0.0, mesurage.unite)} pour {fin.periode}"
    valeur += ", encore partielle" if fin.partiel else ""
    if mesurage.unite != "part" or fin.numerateur is None or not fin.denominateur:
        return f"{valeur}."
    mot = mesurage.unite_comptee + ("s" if fin.denominateur > 1 else "")
    return f"{valeur} ({nombre(fin.numerateur)} sur {nombre(fin.denominateur)} {mot})."


def _dire_le_jalon(mesurage: Mesurage, vise: Vise, fin: Constat) -> str:
    palier = palier_du_moment(vise, fin.annee)
    if palier is None:
        return ""
    annee, valeur = palier
    dit = f"le jalon {annee} ({dire_une_valeur(valeur, mesurage.unite)})"
    if est_atteint(fin, valeur, mesurage.sens):
        return f"{dit[:1].upper()}{dit[1:]} est atteint."
    manque = _dire_ce_qui_manque(mesurage, fin, valeur)
    return f"{manque[:1].upper()}{manque[1:]} pour atteindre {dit}."


def _dire_la_cible(mesurage: Mesurage, vise: Vise, fin: Constat, atteinte: bool) -> str:
    cible = dire_une_valeur(vise.cible, mesurage.unite)
    if atteinte:
        return f"La cible ({cible}) est atteinte."
    ecart = dire_l_ecart(fin.valeur or 0.0, vise.cible, mesurage.unite)
    dit = f"L’écart à la cible ({cible}) est de {ecart}"
    return f"{dit} : {_dire_ce_qui_manque(mesurage, fin, vise.cible)}." if _se_compte(mesurage, fin) else f"{dit}."


def _se_compte(mesurage: Mesurage, fin: Constat) -> bool:
    """Vrai si ce qu'il manque se dit en cas : une part, dont les deux comptes sont montrés."""
    return mesurage.unite == "part" and fin.numerateur is not None and bool(fin.denominateur)


def _dire_ce_qui_manque(mesurage: Mesurage, fin: Constat, visee: float) -> str:
    """« il manque 3 contrats tenus » ; d'un rapport, d'une moyenne ou d'une probabilité : la différence."""
    if not _se_compte(mesurage, fin):
        ecart = dire_l_ecart(fin.valeur or 0.0, visee, mesurage.unite)
        return f"il manque {ecart}" if mesurage.sens == "hausse" else f"il y a {ecart} de trop"
    cas = il_manque(fin.numerateur or 0, fin.denominateur or 1, visee, mesurage.sens)
    return f"il manque {_dire_les_cas(mesurage, cas)}"


def _dire_les_cas(mesurage: Mesurage, cas: int) -> str:
    for gain in _gains():
        if mesurage.cle.startswith(gain.debut):
            return pluriel(cas, gain.un, gain.plusieurs)
    return pluriel(cas, f"{mesurage.unite_comptee} de mieux", f"{mesurage.unite_comptee}s de mieux")


@cache
def _gains() -> tuple[_Gain, ...]:
    """Les mots, du début le plus long au plus court : le plus précis l'emporte."""
    lus = valider_modele({"gains": lire_yaml(MOTS)}, _Gains, nom_affiche(MOTS))
    return tuple(sorted(lus.gains, key=lambda gain: -len(gain.debut)))


def dire_la_tendance(vue: Tendance, mesurage: Mesurage) -> str:
    """La tendance en une phrase ; les intervalles décident s'il y en a une."""
    if vue.premier is None or vue.dernier is None:
        return ""
    if vue.genre == "une_seule":
        return "Une seule année complète : pas encore de tendance."
    de, a = vue.premier, vue.dernier
    valeurs = " à ".join(dire_une_valeur(c.valeur or 0.0, mesurage.unite) for c in (de, a))
    if vue.genre == "recouvrement":
        return f"De {de.periode} à {a.periode} (de {valeurs}), rien ne se distingue : les intervalles se recouvrent."
    cote = "vers la cible" if vue.genre == mesurage.sens else "à l’opposé de la cible"
    return (
        f"En {vue.genre} de {de.periode} à {a.periode} (de {valeurs}), {cote} ; les intervalles ne se recouvrent pas."
    )
