"""Des mesures aux valeurs que les pages montrent : cartes, effectifs, lignes de tableau."""

from dataclasses import dataclass

from charte.commun.typographie import nombre, part
from indicateurs.definitions import Definition
from indicateurs.finition import afficher_masque, afficher_taux
from indicateurs.services.mesures import Mesure, Perimetre, TableauDeMesures

__all__ = ["STATUTS", "Carte", "Effectif", "cartes", "effectifs", "intervalle", "lignes_de_serie", "lignes_par_diplome"]

STATUTS = {
    "effectif_inscrits": "Inscrits sans contrat",
    "effectif_apprentis": "Apprentis",
    "effectif_rupturants": "En rupture",
    "effectif_abandons": "Abandons",
    "effectif_fin_de_formation": "Fin de formation",
}
"""Les effectifs à une date, dans l'ordre d'un parcours."""


@dataclass(frozen=True)
class Carte:
    """Un taux tel qu'une carte le montre : la dernière promotion observable, et l'évolution."""

    definition: Definition
    promotion: str | None
    valeur: str
    compte: str
    intervalle: str
    evolution: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Effectif:
    """Un effectif à la date d'observation, toutes promotions ensemble."""

    cle: str
    libelle: str
    valeur: str


def cartes(tableau: TableauDeMesures, perimetre: Perimetre) -> list[Carte]:
    """Une carte par taux, dans l'ordre des définitions."""
    return [_carte(tableau, d, perimetre) for d in tableau.definitions.values() if d.unite == "part"]


def _carte(tableau: TableauDeMesures, definition: Definition, perimetre: Perimetre) -> Carte:
    derniere = tableau.derniere(definition.cle, perimetre)
    seuil = tableau.seuil(definition.cle)
    serie = tableau.serie(definition.cle, perimetre)
    return Carte(
        definition=definition,
        promotion=derniere.promotion if derniere else None,
        valeur=_taux(derniere, seuil),
        compte=compte(derniere, definition),
        intervalle=intervalle(derniere),
        evolution=tuple((mesure.promotion or "", _taux(mesure, seuil)) for mesure in serie[-5:]),
    )


def effectifs(tableau: TableauDeMesures, perimetre: Perimetre) -> list[Effectif]:
    """Les effectifs par statut à la date d'observation, toutes promotions ensemble."""
    return [
        Effectif(cle, libelle, _effectif(tableau.ensemble(cle, perimetre), tableau.seuil(cle)))
        for cle, libelle in STATUTS.items()
        if cle in tableau.definitions
    ]


def lignes_de_serie(tableau: TableauDeMesures, cle: str, perimetre: Perimetre) -> list[tuple[str, ...]]:
    """Le tableau d'un indicateur : promotion, valeur, compte, intervalle ; l'ensemble en dernier."""
    mesures = [*tableau.serie(cle, perimetre), tableau.ensemble(cle, perimetre)]
    return [
        (mesure.promotion or "Toutes promotions", *_cellules(tableau, cle, mesure))
        for mesure in mesures
        if mesure is not None
    ]


def lignes_par_diplome(tableau: TableauDeMesures, cle: str) -> list[tuple[Perimetre, tuple[str, ...]]]:
    """Un indicateur, toutes promotions ensemble, diplôme par diplôme (ordre alphabétique : jamais un classement)."""
    diplomes = [perimetre for perimetre in tableau.perimetres if perimetre.niveau == "formation"]
    return [(diplome, _cellules(tableau, cle, tableau.ensemble(cle, diplome))) for diplome in diplomes]


def _cellules(tableau: TableauDeMesures, cle: str, mesure: Mesure | None) -> tuple[str, ...]:
    definition, seuil = tableau.definitions[cle], tableau.seuil(cle)
    if definition.unite == "effectif":
        return (_effectif(mesure, seuil),)
    return _taux(mesure, seuil), compte(mesure, definition), intervalle(mesure)


def compte(mesure: Mesure | None, definition: Definition) -> str:
    """« 12 sur 97 contrats » ; vide sans dénominateur ou masqué."""
    if mesure is None or mesure.masque or not mesure.denominateur or mesure.numerateur is None:
        return ""
    mot = definition.unite_comptee + ("s" if mesure.denominateur > 1 else "")
    return f"{nombre(mesure.numerateur)} sur {nombre(mesure.denominateur)} {mot}"


def intervalle(mesure: Mesure | None) -> str:
    """« 8,1 % à 19,6 % » (intervalle de Wilson à 95 %) ; vide sans taux."""
    if mesure is None or mesure.masque or mesure.ic_bas is None or mesure.ic_haut is None:
        return ""
    return f"{part(mesure.ic_bas)} à {part(mesure.ic_haut)}"


def _taux(mesure: Mesure | None, seuil: int) -> str:
    if mesure is None:
        return "–"
    return afficher_taux(mesure.taux, masque=mesure.masque, seuil=seuil)


def _effectif(mesure: Mesure | None, seuil: int) -> str:
    if mesure is None or (mesure.numerateur is None and not mesure.masque):
        return "–"
    return afficher_masque(seuil) if mesure.masque else nombre(mesure.numerateur or 0)
