"""La revue famille par famille : ce que l'on a saisi de chaque indicateur, ce qui a changé, ce qui se heurte."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from charte.commun.web import ErreurDeChamp, lire_formulaire
from indicateurs.revue.contenu import IndicateurRevu
from indicateurs.revue.formulaires import FormulaireNoteDeFamille
from indicateurs.revue.regles import FamilleARevoir

__all__ = ["CHAMPS", "LigneDeFamille", "empreinte_de_note", "lignes_de_famille", "lire_les_saisies"]

CHAMPS = ("avis", "commentaire", "version", "avant", "prendre")


@dataclass(frozen=True)
class LigneDeFamille:
    """Un indicateur dans la page de sa famille : ses champs, et ce que quelqu'un a écrit entre-temps (ou None)."""

    vu: IndicateurRevu
    champs: Mapping[str, str]
    autre: IndicateurRevu | None = None
    rappel: IndicateurRevu | None = None


def empreinte_de_note(avis: str, commentaire: str) -> str:
    """Ce qui dit qu'une note n'a pas été touchée : la même empreinte à l'aller et au retour."""
    return sha256(f"{avis}\n{commentaire}".encode()).hexdigest()[:16]


def lire_les_saisies(
    famille: FamilleARevoir, data: Mapping[str, Any]
) -> tuple[dict[str, FormulaireNoteDeFamille], list[ErreurDeChamp]]:
    """Ce que l'on a changé, par clé d'indicateur, et les fautes (le champ porte la clé : « commentaire_abandon »).

    Une note revenue telle que la page l'a montrée n'est pas une saisie : quelqu'un d'autre a pu l'écrire depuis.
    """
    changees, fautes = {}, []
    for vu in famille.indicateurs:
        envoyee = {champ: data[f"{champ}_{vu.cle}"] for champ in CHAMPS if f"{champ}_{vu.cle}" in data}
        if not envoyee:
            continue
        dite, erreurs = lire_formulaire(FormulaireNoteDeFamille, envoyee)
        fautes += [ErreurDeChamp(f"{e.champ}_{vu.cle}", f"{vu.definition.libelle} : {e.message}") for e in erreurs]
        if dite is not None and dite.avant != empreinte_de_note(dite.avis, dite.commentaire):
            retenue = _choisir(vu, dite)
            if isinstance(retenue, ErreurDeChamp):
                fautes.append(retenue)
            elif retenue is not None:
                changees[vu.cle] = retenue
    return changees, fautes


def _choisir(vu: IndicateurRevu, dite: FormulaireNoteDeFamille) -> FormulaireNoteDeFamille | ErreurDeChamp | None:
    """Après un conflit : le sien tel quel, rien (l'autre reste), ou les deux textes l'un après l'autre."""
    if dite.prendre == "mien" or dite.version != vu.version:
        return dite
    if dite.prendre == "sien":
        return None
    ensemble = "\n\n".join(filter(None, (vu.commentaire, dite.commentaire)))
    reunie, erreurs = lire_formulaire(FormulaireNoteDeFamille, {**dite.model_dump(), "commentaire": ensemble})
    if reunie is None:
        return ErreurDeChamp(f"commentaire_{vu.cle}", f"{vu.definition.libelle} : {erreurs[0].message}")
    return reunie


def lignes_de_famille(
    famille: FamilleARevoir,
    rappels: Mapping[str, IndicateurRevu],
    data: Mapping[str, Any] | None = None,
    croisees: Iterable[str] = (),
) -> list[LigneDeFamille]:
    """Les lignes de la page. `data` : ce que l'on a saisi, à remontrer ; `croisees` : les clés qui se heurtent."""
    heurts = set(croisees)
    lignes = []
    for vu in famille.indicateurs:
        en_base = {
            "avis": vu.avis, "commentaire": vu.commentaire, "version": str(vu.version),
            "avant": empreinte_de_note(vu.avis, vu.commentaire), "prendre": "mien",
        }  # fmt: skip
        saisis = {c: str(data[f"{c}_{vu.cle}"]) for c in CHAMPS if f"{c}_{vu.cle}" in data} if data else {}
        if vu.cle in heurts:  # la version et l'empreinte de l'autre : la saisie peut l'emporter, en connaissance
            saisis = {nom: saisis[nom] for nom in ("avis", "commentaire") if nom in saisis}
        autre = vu if vu.cle in heurts else None
        lignes.append(LigneDeFamille(vu, {**en_base, **saisis}, autre, rappels.get(vu.cle)))
    return lignes
