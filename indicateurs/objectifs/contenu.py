"""Du formulaire à ce qu'on range d'un objectif, et retour : unités, bornes, référence mesurée. Pur."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from indicateurs.definitions import Definition
from indicateurs.objectifs.formulaires import RANGS, FormulaireObjectif
from indicateurs.objectifs.regles import DECIMALES, EN_POUR_CENT, Constat, Faute, Vise, fautes_de
from indicateurs.objectifs.vues import Contenu

__all__ = ["champs_de_l_objectif", "contenu_de", "peut_etre_vise", "valeur_du_champ"]


@dataclass(frozen=True)
class Lecture:
    """Ce qu'un formulaire dit, une fois lu ; les fautes empêchent de le ranger."""

    contenu: Contenu
    fautes: tuple[Faute, ...]


def peut_etre_vise(definition: Definition) -> bool:
    """Vrai d'un indicateur sur lequel un objectif a un sens : un taux ou une moyenne dont on souhaite un côté."""
    return definition.unite != "effectif" and definition.sens != "aucun"


def contenu_de(saisi: FormulaireObjectif, definition: Definition, mesures: tuple[Constat, ...]) -> Lecture:
    """Ce qu'on range d'un formulaire valide, la référence mesurée reprise, et tout ce qui l'empêche."""
    periode = saisi.reference_periode
    constat = next((mesure for mesure in mesures if mesure.periode == periode), None)
    reference = _en_base(saisi.reference_valeur, definition)
    if reference is None and constat is not None and constat.connu:
        reference = constat.valeur
    vise = Vise(
        cible=_en_base(saisi.cible, definition) or 0.0,
        echeance=saisi.echeance or date.max,
        paliers=tuple((annee or 0, _en_base(valeur, definition) or 0.0) for _, annee, valeur in saisi.jalons()),
        reference=reference,
        reference_periode=periode,
    )
    fautes = [
        *_fautes_de_saisie(saisi, reference, constat),
        *fautes_de(vise, definition.sens, bornes(definition), constat),
    ]
    contenu = Contenu(vise, saisi.convenu_par, saisi.convenu_le or date.max, saisi.instance, saisi.motif)
    return Lecture(_en_ordre(contenu), _aux_bons_rangs(saisi, fautes))


def _fautes_de_saisie(saisi: FormulaireObjectif, reference: float | None, constat: Constat | None) -> list[Faute]:
    fautes = []
    if saisi.echeance and saisi.convenu_le and saisi.echeance <= saisi.convenu_le:
        fautes.append(Faute("echeance", "L'échéance vient après le jour de l'accord."))
    if saisi.reference_periode and reference is None and (constat is None or not constat.masque):
        fautes.append(
            Faute("reference_valeur", "L'outil n'a pas de mesure pour cette année : donnez la valeur, ou ôtez l'année.")
        )
    return fautes


def bornes(definition: Definition) -> tuple[float, float | None]:
    """Le possible : de 0 à 1 pour une part, l'échelle d'une note, 0 ou plus pour le reste."""
    if definition.unite in ("part", "probabilite"):
        return 0.0, 1.0
    return definition.bornes or (0.0, None)


def _en_base(valeur: float | None, definition: Definition) -> float | None:
    """12,5 (%) devient 0.125 ; le reste ne change pas."""
    if valeur is None:
        return None
    return round(valeur / 100 if definition.unite in EN_POUR_CENT else valeur, DECIMALES)


def _en_ordre(contenu: Contenu) -> Contenu:
    return replace(contenu, vise=replace(contenu.vise, paliers=tuple(sorted(contenu.vise.paliers))))


def _aux_bons_rangs(saisi: FormulaireObjectif, fautes: list[Faute]) -> tuple[Faute, ...]:
    """Les règles comptent les jalons donnés ; le formulaire, ses lignes, dont certaines sont vides."""
    lignes = [rang for rang, _, _ in saisi.jalons()]
    vues = [Faute(_champ(faute.champ, lignes), faute.message) for faute in fautes]
    vides = [
        Faute(f"annee_{rang}", "Donnez l'année de ce jalon, par exemple 2026.")
        for rang, annee, _ in saisi.jalons()
        if annee is None
    ]
    return tuple(vides or vues)


def _champ(champ: str, lignes: list[int]) -> str:
    nom, _, rang = champ.rpartition("_")
    return f"{nom}_{lignes[int(rang) - 1]}" if nom in ("annee", "palier") else champ


def valeur_du_champ(valeur: float | None, unite: str) -> str:
    """La valeur pour le champ d'un formulaire : « 12,5 » pour 0.125 ; vide s'il n'y en a pas."""
    if valeur is None:
        return ""
    return f"{round(valeur * (100 if unite in EN_POUR_CENT else 1), 2):g}".replace(".", ",")


def champs_de_l_objectif(contenu: Contenu, unite: str) -> dict[str, str]:
    """Les champs du formulaire, remplis d'un objectif rangé ; l'accord est à redire."""
    vise = contenu.vise
    champs: dict[str, Any] = {
        "reference_periode": vise.reference_periode,
        "reference_valeur": valeur_du_champ(vise.reference, unite),
        "cible": valeur_du_champ(vise.cible, unite),
        "echeance": vise.echeance.isoformat(),
        "convenu_par": contenu.convenu_par,
        "convenu_le": contenu.convenu_le.isoformat(),
        "instance": contenu.instance,
        "motif": contenu.motif,
    }
    for rang, (annee, valeur) in zip(RANGS, vise.paliers, strict=False):
        champs |= {f"annee_{rang}": str(annee), f"palier_{rang}": valeur_du_champ(valeur, unite)}
    return champs
