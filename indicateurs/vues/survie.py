"""La courbe des ruptures : la probabilité d'avoir rompu, mois après mois, contrats en cours compris."""

from charte.commun.typographie import nombre
from indicateurs.graphiste import Point, Trace
from indicateurs.survie import MoisDeSuivi, Survie, au_fil_des_mois
from indicateurs.unites import PART

__all__ = ["trace_de_survie"]

REPERE_EN_MOIS = 9
PAS_DE_L_AXE, PAS_LONG = 3, 6


def trace_de_survie(courbe: Survie, seuil: int) -> Trace | None:
    """Un point par mois, du début du contrat ; la courbe s'arrête quand moins de `seuil` contrats sont encore suivis.

    Le seuil du secret porte, lui, sur la cohorte entière. None si moins de deux mois se montrent.
    """
    gardes = au_fil_des_mois(courbe, seuil)
    if len(gardes) < 2:
        return None
    pas = PAS_LONG if gardes[-1].mois > 18 else PAS_DE_L_AXE
    return Trace(
        sorte="survie",
        identifiant="courbe-des-ruptures",
        titre=_constat(gardes),
        points=tuple(_point(garde, pas) for garde in gardes),
        entetes=(
            "Depuis le début du contrat",
            "Probabilité d’avoir rompu",
            "Contrats encore suivis",
            "Intervalle à 95 %",
        ),
        lignes=tuple(_ligne(garde) for garde in gardes if garde.mois % PAS_DE_L_AXE == 0),
        axe="mois depuis le début du contrat ; n : contrats encore suivis",
    )


def _point(garde: MoisDeSuivi, pas: int) -> Point:
    sous = f"n = {nombre(garde.suivis)}" if garde.mois % pas == 0 else ""
    jalon = garde.rupture if garde.mois == REPERE_EN_MOIS else None
    nom, abscisse = _nom(garde.mois), float(garde.mois)
    return Point(nom, garde.rupture, garde.ic_bas, garde.ic_haut, sous, jalon=jalon, abscisse=abscisse)


def _nom(mois: int) -> str:
    return f"{mois} mois" if mois else "début"


def _ligne(garde: MoisDeSuivi) -> tuple[str, ...]:
    entre = "" if garde.ic_bas is None else f"{PART.ecrire(garde.ic_bas)} à {PART.ecrire(garde.ic_haut)}"
    return _nom(garde.mois), PART.ecrire(garde.rupture), nombre(garde.suivis), entre


def _constat(points: list[MoisDeSuivi]) -> str:
    a_neuf = next((point for point in points if point.mois == REPERE_EN_MOIS), None)
    if a_neuf is None:
        dernier = points[-1]
        lue = f"{PART.ecrire(dernier.rupture)} à {_nom(dernier.mois)}"
        return f"Ruptures au fil du contrat : {lue}, avant d’en savoir plus"
    return f"Ruptures au fil du contrat : la probabilité d’avoir rompu à 9 mois est de {PART.ecrire(a_neuf.rupture)}"
