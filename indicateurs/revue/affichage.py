"""Les mots d'une revue : valeurs, intervalles, comptes, écarts, et la table à emporter. Fonctions pures."""

from charte.commun.csv_francais import Cellule, ecrire_csv
from charte.commun.typographie import jour, nombre, part
from indicateurs.finition import afficher_masque
from indicateurs.revue.contenu import Contenu, IndicateurRevu, MesureScellee
from indicateurs.revue.regles import AVIS_LUS

EN_PART = frozenset({"part", "rapport", "probabilite"})
"""Les unités qui s'écrivent en pour-cent ; les autres sont des nombres."""
SANS_FRACTION = frozenset({"moyenne", "probabilite"})
"""Les unités qui ne sont pas le rapport de leurs comptes : une somme de notes, des ruptures déjà vues."""
ENTETES = (
    "indicateur", "cle", "definition", "unite", "periode", "annee", "partielle", "valeur", "intervalle_bas",
    "intervalle_haut", "numerateur", "denominateur", "n", "masque", "cible", "echeance", "avis", "commentaire",
    "action",
)  # fmt: skip
"""`periode` : ce que désigne `annee` (une promotion, une enquête). `n` : les unités comptées d'une moyenne ou d'une
probabilité, qui n'ont ni numérateur ni dénominateur."""


def ecrire_la_valeur(unite: str, valeur: float | None) -> str:
    """« 12,4 % » ou « 7,8 » ; None → « – »."""
    if valeur is None:
        return "–"
    return part(valeur) if unite in EN_PART else nombre(valeur, 1)


def dire(indicateur: IndicateurRevu, mesure: MesureScellee | None) -> str:
    """La valeur d'une mesure, ou pourquoi elle ne se dit pas."""
    if mesure is None:
        return "–"
    if mesure.masque:
        return afficher_masque(indicateur.definition.seuil)
    return ecrire_la_valeur(indicateur.definition.unite, mesure.taux)


def dire_l_intervalle(indicateur: IndicateurRevu, mesure: MesureScellee | None) -> str:
    """« 8,1 % à 19,6 % » ; vide sans valeur."""
    if mesure is None or mesure.masque or mesure.ic_bas is None or mesure.ic_haut is None:
        return ""
    bornes = (ecrire_la_valeur(indicateur.definition.unite, borne) for borne in (mesure.ic_bas, mesure.ic_haut))
    return " à ".join(bornes)


def dire_le_compte(indicateur: IndicateurRevu, mesure: MesureScellee | None) -> str:
    """« 12 sur 97 », « n = 97 » pour une moyenne ou une probabilité ; vide sans cohorte, ou masquée."""
    if mesure is None or mesure.masque or mesure.numerateur is None or not mesure.denominateur:
        return ""
    if indicateur.definition.unite in SANS_FRACTION:
        return f"n = {_nombre(mesure.denominateur)}"
    return f"{_nombre(mesure.numerateur)} sur {_nombre(mesure.denominateur)}"


def _nombre(valeur: float) -> str:
    return nombre(valeur, 0 if float(valeur).is_integer() else 1)


def nommer_la_periode(indicateur: IndicateurRevu) -> str:
    """Ce que désigne « 2023-2024 » pour cet indicateur : « promotion » ou « enquête »."""
    return "enquête" if indicateur.definition.par_enquete else "promotion"


def dire_la_periode(indicateur: IndicateurRevu, mesure: MesureScellee | None) -> str:
    """« promotion 2023-2024 », « enquête 2024-2025 », « promotion 2025-2026, encore partielle » ; vide sans année."""
    if mesure is None or mesure.promotion is None:
        return ""
    suite = ", encore partielle" if mesure.partielle else ""
    return f"{nommer_la_periode(indicateur)} {mesure.promotion}{suite}"


def dire_l_objectif(indicateur: IndicateurRevu) -> str:
    """« 10,0 % au 31 août 2027 (palier de l'année : 12,0 %) » ; vide sans objectif."""
    vise = indicateur.objectif
    if vise is None:
        return ""
    unite = indicateur.definition.unite
    palier = f" (palier de l’année : {ecrire_la_valeur(unite, vise.palier)})" if vise.palier is not None else ""
    return f"{ecrire_la_valeur(unite, vise.cible)} au {jour(vise.echeance)}{palier}"


def constater(indicateur: IndicateurRevu) -> str:
    """« Rupture brute à 9 mois : 12,4 %, promotion 2023-2024. » : ce dont part une action."""
    lue = dire(indicateur, indicateur.derniere)
    periode = dire_la_periode(indicateur, indicateur.derniere)
    return f"{indicateur.definition.libelle} : {lue}{f', {periode}' if periode else ''}."


def ecrire_la_table(contenu: Contenu) -> str:
    """La revue en CSV : une ligne par indicateur et promotion ; une mesure masquée n'y porte aucun nombre."""
    return ecrire_csv(ENTETES, [ligne for indicateur in contenu.indicateurs for ligne in _lignes(indicateur)])


def _lignes(indicateur: IndicateurRevu) -> list[list[Cellule]]:
    quoi = indicateur.definition
    vise = indicateur.objectif
    suite: list[Cellule] = [
        vise.cible if vise else None,
        vise.echeance.isoformat() if vise else None,
        AVIS_LUS[indicateur.avis],
        indicateur.commentaire,
        indicateur.action.id if indicateur.action else None,
    ]
    mesures = indicateur.serie or (MesureScellee(None, None, None, None, None, None, masque=False),)
    periode = nommer_la_periode(indicateur)
    return [
        [
            quoi.libelle, quoi.cle, quoi.identifiant, quoi.unite, periode if m.promotion else None, m.promotion,
            "oui" if m.partielle else None, m.taux, m.ic_bas, m.ic_haut, *_comptes(quoi.unite, m),
            afficher_masque(quoi.seuil) if m.masque else None, *suite,
        ]
        for m in mesures
    ]  # fmt: skip


def _comptes(unite: str, mesure: MesureScellee) -> list[Cellule]:
    """`numerateur`, `denominateur`, `n`."""
    if unite in SANS_FRACTION:
        return [None, None, mesure.denominateur]
    return [mesure.numerateur, mesure.denominateur, None]
