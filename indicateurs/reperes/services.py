"""Les repères qu'un acteur lit : livrés avec l'outil, et importés dans son établissement."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, exiger
from charte.commun.base import lignes
from charte.modeles import Cfa, Composante, Etablissement, Formation
from indicateurs.definitions import Definition
from indicateurs.reperes.comparabilite import Comparable, Refus, trier
from indicateurs.reperes.importes import LignePubliee, en_reperes, les_plus_recentes, porte_sur, sans_accent
from indicateurs.reperes.modeles import RepereImporte
from indicateurs.reperes.publications import Publie
from indicateurs.reperes.repere import reperes_livres
from indicateurs.services.mesures import Perimetre

__all__ = ["PageDeReperes", "lire_les_importes", "niveaux_du_perimetre", "reperes_pour"]

LIGNES_PAR_PAGE = 20
_UAI = re.compile(r"[0-9]{7}[A-Z]")
"""Un établissement ; tout autre périmètre publié est un ensemble (national, région, académie)."""
_LIGNE = (
    RepereImporte.jeu,
    RepereImporte.millesime,
    RepereImporte.perimetre,
    RepereImporte.libelle,
    RepereImporte.diplome,
    RepereImporte.population,
    RepereImporte.champ,
)
_VALEUR = (
    RepereImporte.indicateur,
    RepereImporte.mois,
    RepereImporte.valeur,
    RepereImporte.numerateur,
    RepereImporte.denominateur,
    RepereImporte.marqueur,
)


@dataclass(frozen=True)
class PageDeReperes:
    """Une page de lignes importées. `jeux` : ceux que l'établissement a importés."""

    lignes: tuple[LignePubliee, ...]
    jeux: tuple[str, ...]
    numero: int
    pages: int
    total: int


def reperes_pour(
    session: Session, acteur: Acteur, definition: Definition, perimetre: Perimetre
) -> tuple[tuple[Comparable, ...], tuple[Refus, ...]]:
    """Les repères à côté d'un indicateur d'un périmètre : ceux qui se comparent, et les refusés avec leurs raisons.

    Une ligne importée n'est lue que si elle porte sur un des établissements ou CFA de l'acteur, ou sur un ensemble, et
    sur ce diplôme ou un cumul de diplômes ; du dernier millésime seulement.
    """
    exiger(acteur, Geste.LIRE)
    importes = _importes_utiles(session, acteur, sans_accent(perimetre.libelle))
    reperes = (*reperes_livres(), *(repere for ligne in importes for repere in en_reperes(ligne)))
    return trier(definition, reperes, niveaux_du_perimetre(session, acteur, perimetre))


def niveaux_du_perimetre(session: Session, acteur: Acteur, perimetre: Perimetre) -> frozenset[int] | None:
    """Les niveaux des diplômes d'un périmètre ; None si l'un n'est pas renseigné, ou s'il n'en a aucun."""
    requete = (
        select(col(Formation.niveau))
        .join(Cfa, col(Cfa.id) == col(Formation.cfa_id))
        .outerjoin(Composante, col(Composante.id) == col(Formation.composante_id))
        .where(col(Formation.etablissement_id) == acteur.etablissement_id, *_dans(perimetre))
    )
    niveaux = {niveau for (niveau,) in lignes(session, requete)}
    return frozenset(niveaux) if niveaux and None not in niveaux else None


def _dans(perimetre: Perimetre) -> Sequence[Any]:
    """La condition « cette formation est du périmètre » ; sans elle, tout l'établissement."""
    valeur = perimetre.cle[0] if perimetre.cle else None
    conditions: dict[str, Any] = {
        "formation": col(Formation.id) == perimetre.formation_id,
        "formateur": col(Formation.uai_formateur) == valeur,
        "responsable": col(Cfa.uai) == valeur,
        "composante": col(Composante.nom) == valeur,
    }
    return [conditions[perimetre.niveau]] if perimetre.niveau in conditions else []


def _importes_utiles(session: Session, acteur: Acteur, diplome: str) -> tuple[LignePubliee, ...]:
    qui = acteur.etablissement_id
    uais = select(col(Cfa.uai)).where(col(Cfa.etablissement_id) == qui)
    notre = select(col(Etablissement.uai)).where(col(Etablissement.id) == qui)
    nous = {uai for requete in (uais, notre) for (uai,) in lignes(session, requete)}
    publies = select(col(RepereImporte.perimetre)).where(col(RepereImporte.etablissement_id) == qui).distinct()
    utiles = [p for (p,) in lignes(session, publies) if p in nous or not _UAI.fullmatch(p)]
    lues = _regrouper(lignes(session, _requete(acteur).where(col(RepereImporte.perimetre).in_(utiles))))
    return les_plus_recentes(ligne for ligne in lues if porte_sur(ligne, diplome))


def lire_les_importes(
    session: Session, acteur: Acteur, jeu: str = "", cherche: str = "", numero: int = 1
) -> PageDeReperes:
    """Les lignes importées de l'établissement, une page à la fois ; `cherche` : dans le nom ou le diplôme."""
    exiger(acteur, Geste.LIRE)
    qui = col(RepereImporte.etablissement_id) == acteur.etablissement_id
    jeux = tuple(nom for (nom,) in lignes(session, select(col(RepereImporte.jeu)).where(qui).distinct()))
    filtres = [qui]
    if jeu:
        filtres.append(col(RepereImporte.jeu) == jeu)
    if cherche:
        dit = f"%{cherche.lower()}%"
        champs = (RepereImporte.libelle, RepereImporte.diplome, RepereImporte.perimetre)
        filtres.append(or_(*(func.lower(col(champ)).like(dit) for champ in champs)))
    cles = select(*(col(champ) for champ in _LIGNE)).where(*filtres).distinct()
    total = int(lignes(session, select(func.count()).select_from(cles.subquery()))[0][0])
    pages = max(1, -(-total // LIGNES_PAR_PAGE))
    numero = min(max(numero, 1), pages)
    ordre = cles.order_by(*(col(champ) for champ in _LIGNE))
    choisies = lignes(session, ordre.limit(LIGNES_PAR_PAGE).offset((numero - 1) * LIGNES_PAR_PAGE))
    return PageDeReperes(_valeurs_de(session, acteur, choisies), jeux, numero, pages, total)


def _valeurs_de(session: Session, acteur: Acteur, choisies: Iterable[Any]) -> tuple[LignePubliee, ...]:
    """Les lignes choisies, leurs valeurs lues en une requête."""
    cles = [tuple(cle) for cle in choisies]
    if not cles:
        return ()
    perimetres = {cle[2] for cle in cles}
    lues = _regrouper(lignes(session, _requete(acteur).where(col(RepereImporte.perimetre).in_(perimetres))))
    par_cle = {ligne.cle: ligne for ligne in lues}
    return tuple(par_cle[cle] for cle in cles)


def _requete(acteur: Acteur) -> Select[*tuple[Any, ...]]:
    champs: list[Any] = [col(champ) for champ in (*_LIGNE, *_VALEUR)]
    return (
        select(*champs)
        .where(col(RepereImporte.etablissement_id) == acteur.etablissement_id)
        .order_by(*(col(champ) for champ in _LIGNE), col(RepereImporte.indicateur), col(RepereImporte.mois))
    )


def _regrouper(lues: Iterable[Any]) -> tuple[LignePubliee, ...]:
    groupes: dict[tuple[Any, ...], list[Publie]] = defaultdict(list)
    for lue in lues:
        groupes[tuple(lue[: len(_LIGNE)])].append(Publie(*lue[len(_LIGNE) :]))
    return tuple(LignePubliee(*(*cle, tuple(publies))) for cle, publies in groupes.items())
