"""Règles pures du dossier : ce qui manque, ce qu'une évolution permet de dire, ce qu'une valeur donne à lire."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from charte.commun.typographie import FINE, INSECABLE, nombre, part, pluriel
from indicateurs.vues.tendance import genre_d_evolution
from rapports.dossier import DossierConseil, ElementConseil, IndicateurConseil, PosteConseil, Valeur

MOTS_DES_NIVEAUX = {
    "en_deca": "En deçà du socle",
    "socle": "Socle atteint",
    "jalon": "Jalon atteint",
    "cible": "Cible atteinte",
}
NIVEAU_ABSENT = "Non évalué"


def dire_le_niveau(poste: PosteConseil) -> str:
    """« Socle atteint », « Jalon 2 atteint », « Non évalué »."""
    if poste.niveau is None:
        return NIVEAU_ABSENT
    return f"Jalon {poste.jalon} atteint" if poste.jalon else MOTS_DES_NIVEAUX[poste.niveau]


SIGNES_DES_NIVEAUX = {"en_deca": "□◇", "socle": "■◇", "jalon": "■●◇", "cible": "■◆"}
SIGNES_ABSENTS = "– –"
"""Carré : le socle ; disque : un jalon ; losange : la cible ; plein : atteint ; creux : à venir."""

MOTS_DES_ETATS = {
    "tenu": "Tenu",
    "en_partie": "En partie",
    "non_tenu": "Non tenu",
    "sans_objet": "Sans objet",
    None: "Non renseigné",
}
MOTS_DES_ACTIONS = {
    "non_engagee": "Non engagée",
    "engagee": "Engagée",
    "en_place": "En place",
    "en_place_et_evaluee": "En place et évaluée",
    "sans_objet": "Sans objet",
    None: "Non renseignée",
}


@dataclass(frozen=True)
class Manque:
    """Ce qui manque au dossier et où le renseigner."""

    quoi: str
    ou: str


@dataclass(frozen=True)
class Constat:
    """Ce qu'une suite de taux permet d'affirmer. `genre` : « baisse », « hausse », « stable », « insuffisant »."""

    genre: str
    texte: str


def nom_de_promotion(valeur: Valeur) -> str:
    """« 2024-2025 », ou « Ensemble »."""
    return "Ensemble" if valeur.promotion is None else f"{valeur.promotion}-{valeur.promotion + 1}"


def constater(indicateur: IndicateurConseil) -> Constat:
    """Compare la première et la dernière promotion complètes : une évolution n'est dite que si les intervalles de
    Wilson à 95 % sont disjoints (règle prudente de l'outil : des intervalles qui se touchent ne disent rien de sûr).
    """
    connues = [v for v in indicateur.valeurs if v.connue and v.promotion is not None]
    if not connues:
        return Constat("insuffisant", f"{indicateur.libelle} : aucune valeur affichable")
    completes = [v for v in connues if not v.partielle]
    premiere, derniere = (completes or connues)[0], (completes or connues)[-1]
    annee = f"l’{indicateur.annee}" if indicateur.par_enquete else f"la {indicateur.annee}"
    lue = f"{part(derniere.taux)} pour {annee} {nom_de_promotion(derniere)}"
    if len(completes) < 2:
        combien = "une seule" if completes or len(connues) == 1 else "aucune"
        quoi = "connue" if len(connues) == 1 else "complète"
        return Constat("insuffisant", f"{indicateur.libelle} : {lue}, {combien} {indicateur.annee} {quoi}")
    genre = genre_d_evolution((premiere.ic_bas, premiere.ic_haut), (derniere.ic_bas, derniere.ic_haut))
    depuis = f"depuis {annee} {nom_de_promotion(premiere)}"
    if genre == "stable":
        return Constat(genre, f"{indicateur.libelle} : pas d'évolution nette {depuis} ({lue})")
    verbe = "en baisse" if genre == "baisse" else "en hausse"
    return Constat(genre, f"{indicateur.libelle} : {verbe} {depuis}, de {part(premiere.taux)} à {part(derniere.taux)}")


def favorable(indicateur: IndicateurConseil, constat: Constat) -> bool | None:
    """Vrai si l'évolution va dans le sens souhaité, faux si elle s'en éloigne, None si rien ne se dit."""
    if constat.genre not in ("baisse", "hausse") or indicateur.sens is None:
        return None
    return constat.genre == indicateur.sens


def lire_taux(valeur: Valeur | None, seuil: int) -> str:
    """« 12,4 % », « n.d. (effectif < 5) » ou « – » (pas de dénominateur)."""
    if valeur is None:
        return "–"
    return non_diffuse(seuil) if valeur.masque else part(valeur.taux)


def lire_fraction(valeur: Valeur | None) -> str:
    """« 3 sur 47 », « n.d. » ou « – »."""
    if valeur is None or (not valeur.masque and not valeur.denominateur):
        return "–"
    if valeur.masque or valeur.numerateur is None or valeur.denominateur is None:
        return "n.d."
    return f"{nombre(valeur.numerateur)} sur {nombre(valeur.denominateur)}"


def lire_intervalle(valeur: Valeur | None) -> str:
    """« 8,1 % à 17,9 % », « n.d. » ou « – »."""
    if valeur is not None and valeur.masque:
        return "n.d."
    if valeur is None or valeur.ic_bas is None or valeur.ic_haut is None:
        return "–"
    return f"{part(valeur.ic_bas)} à {part(valeur.ic_haut)}"


def non_diffuse(seuil: int) -> str:
    """L'écriture d'un chiffre masqué."""
    return f"n.d. (effectif{INSECABLE}<{FINE}{seuil})"


def derniere_connue(indicateur: IndicateurConseil) -> Valeur | None:
    """La valeur de la promotion la plus récente qui en ait une d'affichable ; à défaut, la dernière masquée."""
    calculees = [v for v in indicateur.valeurs if v.connue or v.masque]
    connues = [v for v in calculees if v.connue]
    retenues = connues or calculees
    return retenues[-1] if retenues else None


def compter_etats(elements: Iterable[ElementConseil]) -> dict[str | None, int]:
    """Nombre de puces par état, tous les états présents (zéro compris), dans l'ordre d'affichage."""
    comptes: Counter[str | None] = Counter(e.etat for e in elements)
    return {etat: comptes[etat] for etat in MOTS_DES_ETATS}


def resumer_socles(postes: Iterable[PosteConseil]) -> str:
    """La phrase de tête sur les niveaux : combien de postes au socle, combien à la cible."""
    postes = list(postes)
    au_socle = sum(p.niveau in ("socle", "jalon", "cible") for p in postes)
    a_la_cible = sum(p.niveau == "cible" for p in postes)
    if all(p.niveau is None for p in postes):
        return "Aucune position n'est encore prise"
    tenus = sum(e.etat in ("tenu", "sans_objet") for p in postes for e in p.engagements)
    total = sum(len(p.engagements) for p in postes)
    phrase = f"Socle atteint dans {pluriel(au_socle, 'poste')} sur {len(postes)}"
    cible = f", cible dans {pluriel(a_la_cible, 'poste')}" if a_la_cible else ""
    return f"{phrase}{cible} ; {pluriel(tenus, 'engagement')} sur {total} tenus ou sans objet motivé"


def relever_manques(dossier: DossierConseil) -> tuple[Manque, ...]:
    """Tout ce qui manque au dossier, chaque manque avec l'endroit où le renseigner."""
    return (*_manques_de_la_grille(dossier), *_manques_des_chiffres(dossier))


def _manques_de_la_grille(dossier: DossierConseil) -> Iterable[Manque]:
    if not dossier.grille:
        yield Manque(
            "La grille de cette formation n'est pas ouverte.", "Diplômes, la formation, onglet «\u00a0Grille\u00a0»"
        )
        return
    ou = "Diplômes, la formation, onglet «\u00a0Grille\u00a0»"
    elements = [e for p in dossier.postes for e in (*p.engagements, *p.exigences)]
    vides = sum(e.etat is None for e in elements)
    if vides:
        yield Manque(f"{pluriel(vides, 'position')} sur {len(elements)} à renseigner.", ou)
    sans_preuve = sum(e.etat == "tenu" and not e.preuves for p in dossier.postes for e in p.engagements)
    if sans_preuve:
        mots = pluriel(sans_preuve, "engagement tenu", "engagements tenus")
        yield Manque(f"Il manque une preuve pour {mots}.", ou)


def _manques_des_chiffres(dossier: DossierConseil) -> Iterable[Manque]:
    if not dossier.sources:
        yield Manque(
            "Aucun fichier d'apprentis n'est rangé pour cette formation.", "Indicateurs, « Déposer un fichier »"
        )
        return
    for indicateur in dossier.indicateurs:
        if not any(v.connue or v.masque for v in indicateur.valeurs):
            yield Manque(
                f"« {indicateur.libelle} » n'a pas encore de dénominateur à cette date.",
                "il viendra avec les prochaines promotions, ou avec un fichier plus récent",
            )
