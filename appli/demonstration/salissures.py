"""Une mise à jour d'extraction comme on en reçoit : du vrai neuf, et des fautes de toutes sortes, semées exprès."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from appli.demonstration.fichiers import LigneEcrite

Faute = Callable[[LigneEcrite], LigneEcrite]


@dataclass(frozen=True)
class Salissure:
    """Une faute semée : ce qu'elle est, si elle écarte la ligne, et comment l'écrire."""

    nature: str
    bloquante: bool
    semer: Faute


def _avec(**valeurs: str | date) -> Faute:
    return lambda ligne: {**ligne, **valeurs}


def _sans(*champs: str) -> Faute:
    return lambda ligne: {champ: valeur for champ, valeur in ligne.items() if champ not in champs}


def _fin_avant_entree(ligne: LigneEcrite) -> LigneEcrite:
    entree = ligne["date_entree_formation"]
    return {**ligne, "date_fin_formation": entree - timedelta(days=30)} if isinstance(entree, date) else ligne


def _rupture_hors_contrat(ligne: LigneEcrite) -> LigneEcrite:
    debut = ligne["contrat_date_debut"]
    return {**ligne, "contrat_date_rupture": debut - timedelta(days=12)} if isinstance(debut, date) else ligne


def _siret_faux(ligne: LigneEcrite) -> LigneEcrite:
    juste = str(ligne["siret_employeur"])
    return {**ligne, "siret_employeur": juste[:-1] + str((int(juste[-1]) + 1) % 10)}


def _uai_faux(ligne: LigneEcrite) -> LigneEcrite:
    # Le lieu de formation, non l'établissement formateur : celui-ci distingue les formations.
    juste = str(ligne["etablissement_formateur_uai"])
    return {**ligne, "etablissement_lieu_de_formation_uai": juste[:-1] + ("A" if juste[-1] != "A" else "B")}


SALISSURES = (
    Salissure("jour qui n'existe pas", True, _avec(contrat_date_rupture="31/02/2026")),
    Salissure("lieu de formation absent", True, _sans("etablissement_formateur_uai")),
    Salissure("fin de formation avant l'entrée", True, _fin_avant_entree),
    Salissure("oui/non illisible", True, _avec(obtention_diplome_formation="peut-être")),
    Salissure("contrat sans son début", True, _sans("contrat_date_debut")),
    Salissure("lettre d'UAI fausse", False, _uai_faux),
    Salissure("SIRET à la clé fausse", False, _siret_faux),
    Salissure("rupture hors de son contrat", False, _rupture_hors_contrat),
    Salissure("INE qui contredit celui d'une autre ligne", False, _avec(ine_apprenant="969999999ZZ")),
)


def separer_les_tardives(
    lignes: Sequence[LigneEcrite], annee: int, combien: int
) -> tuple[list[LigneEcrite], list[LigneEcrite]]:
    """(lignes, tardives) : met à part des entrants de l'année, à intervalles réguliers, pour l'extraction suivante.

    À la rentrée, quand les contrats de l'année ne sont pas encore signés, ce sont des entrants de l'année d'avant.
    """
    entrants = _entrants(lignes, annee)
    if len(entrants) < combien:
        entrants = _entrants(lignes, annee - 1)
    choisis = set(entrants[:: max(1, len(entrants) // combien)][:combien])
    gardees = [ligne for rang, ligne in enumerate(lignes) if rang not in choisis]
    return gardees, [lignes[rang] for rang in sorted(choisis)]


def _entrants(lignes: Sequence[LigneEcrite], annee: int) -> list[int]:
    """Rangs des lignes d'apprentis entrés cette année-là, sous contrat et sans rupture."""
    return [
        rang
        for rang, ligne in enumerate(lignes)
        if ligne["annee_scolaire"] == f"{annee}-{annee + 1}"
        and str(ligne["date_entree_formation"]).startswith(str(annee))
        and "contrat_date_debut" in ligne
        and "contrat_date_rupture" not in ligne
    ]


def mettre_a_jour(lignes: Sequence[LigneEcrite], tardives: Sequence[LigneEcrite], jour: date) -> list[LigneEcrite]:
    """L'extraction suivante : une rupture de plus (à ce jour), des entrants, et une ligne de chaque faute.

    `tardives` : entrants de l'année, plus nombreux que les fautes. Les fautes portent sur eux, pour que nul
    apprenti déjà rangé ne paraisse retiré.
    """
    propres = [dict(ligne) for ligne in lignes]
    rompue = max(rang for rang, ligne in enumerate(propres) if _peut_rompre(ligne, jour))
    propres[rompue] |= {"contrat_date_rupture": jour, "cause_rupture_contrat": "Accord des deux parties"}
    salies = [faute.semer(dict(ligne)) for faute, ligne in zip(SALISSURES, tardives, strict=False)]
    # La dernière faute contredit l'INE d'une autre ligne de la même personne : il faut donc les deux.
    contredite = dict(tardives[len(SALISSURES) - 1])
    return [*propres, *tardives[len(SALISSURES) :], contredite, *salies]


def _peut_rompre(ligne: LigneEcrite, jour: date) -> bool:
    debut = ligne.get("contrat_date_debut")
    return isinstance(debut, date) and debut < jour and "contrat_date_rupture" not in ligne
