"""Lire les objectifs d'un établissement, et dire où l'on en est de chacun, à côté des mesures."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import Session, col

from charte.acteur import Acteur
from charte.commun.base import lignes, maintenant
from charte.commun.typographie import FUSEAU
from charte.commun.web import Introuvable
from charte.modeles import Cfa
from indicateurs.definitions import Definition
from indicateurs.objectifs.modeles import Objectif, PalierDObjectif
from indicateurs.objectifs.mots import Mesurage, dire_une_valeur, situer_l_objectif
from indicateurs.objectifs.regles import Constat, Vise, annee_de, dernier, est_atteint
from indicateurs.objectifs.vues import Contenu, ObjectifLu, ObjectifVu, PointVise
from indicateurs.services.mesures import Mesure, Perimetre, TableauDeMesures

__all__ = [
    "Lieu",
    "Lieux",
    "aujourd_hui",
    "constats",
    "lire_l_histoire",
    "lire_les_objectifs",
    "lire_un_objectif",
    "mesurage",
    "objectifs_du_perimetre",
    "voir",
]

_COLONNES = (
    Objectif.id,
    Objectif.formation_id,
    Objectif.cfa_id,
    Objectif.indicateur,
    Objectif.definition,
    Objectif.cible,
    Objectif.echeance,
    Objectif.reference_valeur,
    Objectif.reference_periode,
    Objectif.convenu_par,
    Objectif.convenu_le,
    Objectif.instance,
    Objectif.motif,
    Objectif.remplace_par_id,
    Objectif.retire_le,
    Objectif.version,
    Objectif.modifie_par,
    Objectif.modifie_le,
)
NON_MONTREE = "non montrée (petit effectif)"


@dataclass(frozen=True)
class Lieu:
    """Sur quoi porte un objectif, tel que la base le range ; ni l'un ni l'autre : tout l'établissement."""

    formation_id: int | None = None
    cfa_id: int | None = None


@dataclass(frozen=True)
class Lieux:
    """Les périmètres que l'acteur lit et qui peuvent porter un objectif, et leur place dans la base."""

    perimetres: dict[Lieu, Perimetre]

    @classmethod
    def lire(cls, session: Session, acteur: Acteur, tableau: TableauDeMesures) -> "Lieux":
        """Tout l'établissement, les CFA et les diplômes du tableau ; un lieu de formation n'a pas d'objectif."""
        requete = select(col(Cfa.uai), col(Cfa.id)).where(col(Cfa.etablissement_id) == acteur.etablissement_id)
        cfas = {str(uai): int(identifiant) for uai, identifiant in lignes(session, requete)}
        places = ((_place(perimetre, cfas), perimetre) for perimetre in tableau.perimetres)
        return cls({lieu: perimetre for lieu, perimetre in places if lieu is not None})

    def de_l_adresse(self, adresse: str) -> Lieu | None:
        """Le lieu d'une adresse (« total », « cfa-… », « diplome-12 ») ; None s'il n'est pas à l'acteur."""
        return next((lieu for lieu, perimetre in self.perimetres.items() if perimetre.adresse == adresse), None)


def _place(perimetre: Perimetre, cfas: dict[str, int]) -> Lieu | None:
    if perimetre.niveau == "total":
        return Lieu()
    if perimetre.niveau == "formation" and perimetre.formation_id is not None:
        return Lieu(formation_id=perimetre.formation_id)
    if perimetre.niveau == "responsable" and perimetre.cle[0] in cfas:
        return Lieu(cfa_id=cfas[str(perimetre.cle[0])])
    return None


def aujourd_hui() -> date:
    """Le jour qu'il est à Paris."""
    return maintenant().astimezone(FUSEAU).date()


def lire_les_objectifs(session: Session, acteur: Acteur, lieux: Iterable[Lieu]) -> tuple[ObjectifLu, ...]:
    """Les objectifs en vigueur de ces lieux, par indicateur puis par ordre d'accord."""
    voulus = set(lieux)
    requete = _requete(acteur).where(col(Objectif.remplace_par_id).is_(None), col(Objectif.retire_le).is_(None))
    lus = _lire(session, acteur, requete)
    return tuple(objectif for objectif in lus if Lieu(objectif.formation_id, objectif.cfa_id) in voulus)


def lire_un_objectif(session: Session, acteur: Acteur, objectif_id: int) -> ObjectifLu:
    """Un objectif de l'établissement, en vigueur ou non ; lève `Introuvable`."""
    lus = _lire(session, acteur, _requete(acteur).where(col(Objectif.id) == objectif_id))
    if not lus:
        raise Introuvable(f"Aucun objectif {objectif_id}.")
    return lus[0]


def lire_l_histoire(session: Session, acteur: Acteur, lieu: Lieu, indicateur: str) -> tuple[ObjectifLu, ...]:
    """Tous les objectifs d'un lieu pour un indicateur, du plus récent au plus ancien."""
    requete = _requete(acteur).where(
        col(Objectif.formation_id).is_not_distinct_from(lieu.formation_id),
        col(Objectif.cfa_id).is_not_distinct_from(lieu.cfa_id),
        col(Objectif.indicateur) == indicateur,
    )
    return tuple(reversed(_lire(session, acteur, requete)))


def _requete(acteur: Acteur) -> Select[*tuple[Any, ...]]:
    champs: list[Any] = [col(colonne) for colonne in _COLONNES]
    return (
        select(*champs)
        .where(col(Objectif.etablissement_id) == acteur.etablissement_id)
        .order_by(col(Objectif.indicateur), col(Objectif.id))
    )


def _lire(session: Session, acteur: Acteur, requete: Select[*tuple[Any, ...]]) -> tuple[ObjectifLu, ...]:
    lus = lignes(session, requete)
    paliers: dict[int, list[tuple[int, float]]] = defaultdict(list)
    des_paliers = (
        select(col(PalierDObjectif.objectif_id), col(PalierDObjectif.annee), col(PalierDObjectif.valeur))
        .where(
            col(PalierDObjectif.etablissement_id) == acteur.etablissement_id,
            col(PalierDObjectif.objectif_id).in_([lu[0] for lu in lus]),
        )
        .order_by(col(PalierDObjectif.annee))
    )
    for objectif_id, annee, valeur in lignes(session, des_paliers) if lus else ():
        paliers[objectif_id].append((annee, valeur))
    return tuple(_objectif(lu, tuple(paliers[lu[0]])) for lu in lus)


def _objectif(lu: Any, paliers: tuple[tuple[int, float], ...]) -> ObjectifLu:
    identifiant, formation, cfa, indicateur, definition, cible, echeance, reference, periode = lu[:9]
    par, le, instance, motif, remplace_par, retire_le, version, modifie_par, modifie_le = lu[9:]
    vise = Vise(cible, echeance, paliers, reference, periode)
    contenu = Contenu(vise, par, le, instance, motif)
    suite = (remplace_par, retire_le, version, modifie_par, modifie_le)
    return ObjectifLu(identifiant, formation, cfa, indicateur, definition, contenu, *suite)


def objectifs_du_perimetre(
    session: Session, acteur: Acteur, tableau: TableauDeMesures, perimetre: Perimetre
) -> dict[str, ObjectifVu]:
    """Indicateur → objectif en vigueur d'un périmètre du tableau, avec sa situation et ses points à dessiner.

    Vide pour un périmètre qui ne porte pas d'objectif (un lieu de formation) ou que l'acteur ne lit pas.
    """
    lieux = Lieux.lire(session, acteur, tableau)
    lieu = lieux.de_l_adresse(perimetre.adresse)
    if lieu is None:
        return {}
    return {
        objectif.indicateur: voir(objectif, tableau, lieux)
        for objectif in lire_les_objectifs(session, acteur, [lieu])
        if objectif.indicateur in tableau.definitions
    }


def voir(objectif: ObjectifLu, tableau: TableauDeMesures, lieux: Lieux) -> ObjectifVu:
    """Un objectif à côté des mesures de son périmètre. Lève `Introuvable` si l'acteur ne lit pas ce périmètre."""
    perimetre = lieux.perimetres.get(Lieu(objectif.formation_id, objectif.cfa_id))
    definition = tableau.definitions.get(objectif.indicateur)
    if perimetre is None or definition is None:
        raise Introuvable(f"Aucun objectif {objectif.id}.")
    mesures, vise = constats(tableau, objectif.indicateur, perimetre), objectif.contenu.vise
    comment = mesurage(definition, tableau)
    return ObjectifVu(
        objectif=objectif,
        libelle=definition.libelle,
        unite=definition.unite,
        sens=definition.sens,
        perimetre=perimetre.libelle,
        perimetre_adresse=perimetre.adresse,
        reference=_dire_la_reference(vise, mesures, definition),
        points=_points(vise, mesures, definition),
        situation=situer_l_objectif(comment, vise, mesures, objectif.definition, aujourd_hui()),
    )


def mesurage(definition: Definition, tableau: TableauDeMesures) -> Mesurage:
    """Ce que les phrases ont besoin de savoir d'une définition."""
    return Mesurage(
        definition.cle, definition.unite, definition.sens, definition.unite_comptee, definition.identifiant,
        tableau.seuil(definition.cle),
    )  # fmt: skip


def constats(tableau: TableauDeMesures, indicateur: str, perimetre: Perimetre) -> tuple[Constat, ...]:
    """Les mesures d'un indicateur, une par promotion, telles que le tableau les montre (masques compris)."""
    return tuple(
        _constat(mesure, annee)
        for mesure in tableau.serie(indicateur, perimetre)
        if mesure.promotion is not None and (annee := annee_de(mesure.promotion)) is not None
    )


def _constat(mesure: Mesure, annee: int) -> Constat:
    if mesure.masque:
        return Constat(annee, mesure.promotion or "", None, masque=True)
    return Constat(
        annee, mesure.promotion or "", mesure.taux, _entier(mesure.numerateur), _entier(mesure.denominateur),
        mesure.ic_bas, mesure.ic_haut, partiel=mesure.partielle,
    )  # fmt: skip


def _entier(compte: float | None) -> int | None:
    """Un compte de cas ; None pour une somme d'heures ou de notes, qui ne se gagne pas à l'unité."""
    return int(compte) if compte is not None and float(compte).is_integer() else None


def _dire_la_reference(vise: Vise, mesures: tuple[Constat, ...], definition: Definition) -> str:
    """« 12,4 % en 2023-2024 » ; masquée aujourd'hui, elle ne se montre plus."""
    if vise.reference is None:
        return ""
    masquees = {constat.periode for constat in mesures if constat.masque}
    texte = NON_MONTREE if vise.reference_periode in masquees else dire_une_valeur(vise.reference, definition.unite)
    return f"{texte} en {vise.reference_periode}"


def _points(vise: Vise, mesures: tuple[Constat, ...], definition: Definition) -> tuple[PointVise, ...]:
    par_annee = {constat.annee: constat for constat in mesures}
    fin = dernier(mesures)

    def point(annee: int, valeur: float, genre: Any, constat: Constat | None) -> PointVise:
        atteint = est_atteint(constat, valeur, definition.sens) if constat else None
        return PointVise(annee, valeur, dire_une_valeur(valeur, definition.unite), genre, atteint)

    jalons = tuple(point(annee, valeur, "jalon", par_annee.get(annee)) for annee, valeur in vise.paliers)
    return (*jalons, point(vise.echeance.year, vise.cible, "cible", fin))
