"""Lire les preuves : la bibliothèque, une fiche, un fichier."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, peut
from charte.commun.base import lignes
from charte.commun.journal import EntreeJournal
from charte.commun.typographie import FUSEAU
from charte.commun.web import Introuvable
from charte.modeles import Formation
from charte.services.portee import formations_atteintes
from grilles.jalons.modeles import Jalon
from grilles.modeles import Campagne, Grille, Preuve, PreuveCitee
from grilles.plan.modeles import ActionAmelioration
from grilles.preuves.modeles import FichierDePreuve, PreuveDAction, PreuveDeJalon, PreuveDeReference
from grilles.preuves.regles import BIENTOT, PERIMEE, validite
from grilles.preuves.services.portee import est_modifiable, preuves_visibles
from grilles.preuves.services.usage import sert_ou_a_servi
from grilles.preuves.vues import (
    AutreUsage,
    CitationVue,
    Evenement,
    FichePreuve,
    FichierVu,
    PreuveListee,
    PreuveVue,
    ReferenceVue,
    en_vigueur,
)

HISTORIQUE_MONTRE = 50
PAR_PAGE = 50
A_RENOUVELER = "a_renouveler"
_COLONNES = (
    Preuve.id, Preuve.titre, Preuve.adresse, Preuve.date_effet, Preuve.date_fin, Preuve.proprietaire,
    Preuve.partagee, Preuve.version, Preuve.depose_par, Preuve.depose_le,
)  # fmt: skip
_COLONNES_DE_FICHIER = (
    FichierDePreuve.preuve_id, FichierDePreuve.rang, FichierDePreuve.revision, FichierDePreuve.nom,
    FichierDePreuve.type_mime, FichierDePreuve.taille, FichierDePreuve.empreinte, FichierDePreuve.piece,
    FichierDePreuve.depose_par, FichierDePreuve.depose_le, FichierDePreuve.retire_le,
)  # fmt: skip


@dataclass(frozen=True)
class Recherche:
    """Ce qu'on cherche dans la bibliothèque. `validite` : l'une d'elles, « a_renouveler », ou vide."""

    mots: str = ""
    validite: str = ""
    proprietaire: str = ""
    formation_id: int | None = None
    page: int = 1


@dataclass(frozen=True)
class Bibliotheque:
    """Une page de la bibliothèque, ce qu'il y a en tout, et les fonctions qui tiennent des preuves."""

    preuves: tuple[PreuveListee, ...]
    total: int
    pages: int
    page: int
    a_renouveler: int
    proprietaires: tuple[str, ...]


def aujourd_hui() -> date:
    """Le jour, à l'heure de Paris : celui où les preuves se jugent."""
    return datetime.now(FUSEAU).date()


def lire_bibliotheque(session: Session, acteur: Acteur, recherche: Recherche, jour: date) -> Bibliotheque:
    """Les preuves que l'acteur voit, celles à renouveler d'abord, puis par titre."""
    vues = [v for v in _chercher(session, acteur, recherche, jour) if _gardee(v, recherche.validite)]
    pages = max(1, -(-len(vues) // PAR_PAGE))
    page = min(max(1, recherche.page), pages)
    montrees = vues[(page - 1) * PAR_PAGE : page * PAR_PAGE]
    toutes = _chercher(session, acteur, Recherche(), jour) if recherche != Recherche() else vues
    return Bibliotheque(
        preuves=_avec_leurs_fichiers(session, acteur, montrees),
        total=len(vues),
        pages=pages,
        page=page,
        a_renouveler=sum(v.validite in (PERIMEE, BIENTOT) for v in toutes),
        proprietaires=tuple(sorted({v.proprietaire for v in toutes if v.proprietaire}, key=str.casefold)),
    )


def _gardee(vue: PreuveVue, demandee: str) -> bool:
    if demandee == A_RENOUVELER:
        return vue.validite in (PERIMEE, BIENTOT)
    return not demandee or vue.validite == demandee


def _chercher(session: Session, acteur: Acteur, recherche: Recherche, jour: date) -> list[PreuveVue]:
    """Toutes les preuves visibles qui répondent, validité à part ; les plus pressantes d'abord."""
    requete = select(*(col(c) for c in _COLONNES)).where(preuves_visibles(acteur))
    for mot in recherche.mots.split()[:8]:
        # `icontains(autoescape)` : « % » et « _ » tapés se cherchent tels quels.
        ou = (col(Preuve.titre), col(Preuve.proprietaire), col(Preuve.adresse))
        nomme = select(col(FichierDePreuve.preuve_id)).where(col(FichierDePreuve.nom).icontains(mot, autoescape=True))
        requete = requete.where(or_(*(c.icontains(mot, autoescape=True) for c in ou), col(Preuve.id).in_(nomme)))
    if recherche.proprietaire:
        requete = requete.where(col(Preuve.proprietaire) == recherche.proprietaire)
    if recherche.formation_id is not None:
        requete = requete.where(col(Preuve.id).in_(_citees_par(acteur, recherche.formation_id)))
    vues = [_vue(ligne, jour) for ligne in lignes(session, requete)]
    return sorted(vues, key=lambda v: (_URGENCE.get(v.validite, 2), v.date_fin or date.max, v.titre.casefold(), v.id))


_URGENCE = {PERIMEE: 0, BIENTOT: 1}


def _citees_par(acteur: Acteur, formation_id: int) -> Any:
    return (
        select(col(PreuveCitee.preuve_id))
        .join(Grille, col(Grille.id) == col(PreuveCitee.grille_id))
        .join(Formation, col(Formation.id) == col(Grille.formation_id))
        .where(col(Formation.id) == formation_id, formations_atteintes(acteur))
    )


def _vue(ligne: Row[*tuple[Any, ...]], jour: date) -> PreuveVue:
    return PreuveVue(**ligne._asdict(), validite=validite(ligne.date_effet, ligne.date_fin, jour))


def _avec_leurs_fichiers(session: Session, acteur: Acteur, vues: Sequence[PreuveVue]) -> tuple[PreuveListee, ...]:
    ids = [vue.id for vue in vues]
    fichiers = lire_fichiers(session, acteur, ids)
    compte = (
        select(col(PreuveCitee.preuve_id), func.count())
        .join(Grille, col(Grille.id) == col(PreuveCitee.grille_id))
        .join(Formation, col(Formation.id) == col(Grille.formation_id))
        .where(col(PreuveCitee.preuve_id).in_(ids), formations_atteintes(acteur))
        .group_by(col(PreuveCitee.preuve_id))
    )
    citations = {preuve_id: int(nombre) for preuve_id, nombre in lignes(session, compte)}
    return tuple(PreuveListee(v, en_vigueur(fichiers.get(v.id, ())), citations.get(v.id, 0)) for v in vues)


def lire_preuves(
    session: Session, acteur: Acteur, jour: date, condition: ColumnElement[bool] | None = None
) -> dict[int, PreuveVue]:
    """Les preuves que l'acteur voit, par identifiant ; `condition` les restreint."""
    requete = select(*(col(c) for c in _COLONNES)).where(preuves_visibles(acteur))
    requete = requete if condition is None else requete.where(condition)
    return {ligne.id: _vue(ligne, jour) for ligne in lignes(session, requete)}


def lire_fichiers(session: Session, acteur: Acteur, preuves: Iterable[int]) -> dict[int, tuple[FichierVu, ...]]:
    """Toutes les révisions des fichiers de ces preuves, par preuve, de la plus récente à la plus ancienne."""
    requete = (
        select(*(col(c) for c in _COLONNES_DE_FICHIER))
        .where(
            col(FichierDePreuve.etablissement_id) == acteur.etablissement_id,
            col(FichierDePreuve.preuve_id).in_(list(preuves)),
        )
        .order_by(col(FichierDePreuve.rang), col(FichierDePreuve.revision).desc())
    )
    trouves: dict[int, list[FichierVu]] = defaultdict(list)
    for ligne in lignes(session, requete):
        trouves[ligne.preuve_id].append(FichierVu(*ligne))
    return {preuve_id: tuple(fichiers) for preuve_id, fichiers in trouves.items()}


def lire_preuve(session: Session, acteur: Acteur, preuve_id: int, jour: date) -> PreuveVue:
    """Une preuve que l'acteur voit ; lève `Introuvable`."""
    trouvees = lire_preuves(session, acteur, jour, col(Preuve.id) == preuve_id)
    if preuve_id not in trouvees:
        raise Introuvable(f"Aucune preuve {preuve_id}.")
    return trouvees[preuve_id]


def lire_fichier(session: Session, acteur: Acteur, preuve_id: int, rang: int, revision: int) -> FichierVu:
    """Une révision d'un fichier d'une preuve que l'acteur voit, retirée ou non ; lève `Introuvable`."""
    lire_preuve(session, acteur, preuve_id, aujourd_hui())
    for fichier in lire_fichiers(session, acteur, [preuve_id]).get(preuve_id, ()):
        if (fichier.rang, fichier.revision) == (rang, revision):
            return fichier
    raise Introuvable(f"Aucun fichier {rang}, révision {revision}, pour la preuve {preuve_id}.")


def lire_fiche(session: Session, acteur: Acteur, preuve_id: int, jour: date) -> FichePreuve:
    """Une preuve au complet ; lève `Introuvable`. Ce qui s'en sert hors de l'étendue de l'acteur ne se montre pas."""
    preuve = lire_preuve(session, acteur, preuve_id, jour)
    modifiable = est_modifiable(session, acteur, preuve_id)
    return FichePreuve(
        preuve=preuve,
        fichiers=lire_fichiers(session, acteur, [preuve_id]).get(preuve_id, ()),
        citations=_citations(session, acteur, preuve_id),
        references=_references(session, acteur, preuve_id),
        usages=_usages(session, acteur, preuve_id),
        historique=_historique(session, acteur, preuve_id),
        modifiable=modifiable,
        supprimable=modifiable and not sert_ou_a_servi(session, acteur, preuve_id),
    )


def _citations(session: Session, acteur: Acteur, preuve_id: int) -> tuple[CitationVue, ...]:
    requete = (
        select(
            *(col(c) for c in (Formation.id, Formation.libelle, Campagne.annee)),
            *(col(c) for c in (PreuveCitee.element, PreuveCitee.emplacement)),
        )
        .select_from(PreuveCitee)
        .join(Grille, col(Grille.id) == col(PreuveCitee.grille_id))
        .join(Campagne, col(Campagne.id) == col(Grille.campagne_id))
        .join(Formation, col(Formation.id) == col(Grille.formation_id))
        .where(col(PreuveCitee.preuve_id) == preuve_id, formations_atteintes(acteur))
        .order_by(col(Campagne.annee).desc(), col(Formation.libelle), col(PreuveCitee.element))
    )
    return tuple(CitationVue(*ligne) for ligne in lignes(session, requete))


def _references(session: Session, acteur: Acteur, preuve_id: int) -> tuple[ReferenceVue, ...]:
    colonnes = (
        PreuveDeReference.id, PreuveDeReference.referentiel, PreuveDeReference.edition, PreuveDeReference.reference,
        PreuveDeReference.emplacement,
    )  # fmt: skip
    requete = select(*(col(c) for c in colonnes)).where(
        col(PreuveDeReference.preuve_id) == preuve_id,
        col(PreuveDeReference.etablissement_id) == acteur.etablissement_id,
    )
    return tuple(ReferenceVue(*ligne) for ligne in lignes(session, requete.order_by(col(PreuveDeReference.id))))


def _usages(session: Session, acteur: Acteur, preuve_id: int) -> tuple[AutreUsage, ...]:
    jalons = (
        select(col(Jalon.intitule), col(Formation.libelle))
        .join(PreuveDeJalon, col(PreuveDeJalon.jalon_id) == col(Jalon.id))
        .join(Formation, col(Formation.id) == col(Jalon.formation_id))
        .where(col(PreuveDeJalon.preuve_id) == preuve_id, formations_atteintes(acteur))
    )
    actions = (
        select(col(ActionAmelioration.intitule), col(Formation.libelle))
        .join(PreuveDAction, col(PreuveDAction.action_id) == col(ActionAmelioration.id))
        .join(Formation, col(Formation.id) == col(ActionAmelioration.formation_id))
        .where(col(PreuveDAction.preuve_id) == preuve_id, formations_atteintes(acteur))
    )
    dits = [AutreUsage(f"Jalon : {intitule}", libelle) for intitule, libelle in lignes(session, jalons)]
    return (*dits, *(AutreUsage(f"Action : {i}", libelle) for i, libelle in lignes(session, actions)))


def _historique(session: Session, acteur: Acteur, preuve_id: int) -> tuple[Evenement, ...]:
    requete = (
        select(*(col(c) for c in (EntreeJournal.quand, EntreeJournal.auteur, EntreeJournal.acte)))
        .where(
            col(EntreeJournal.etablissement_id) == acteur.etablissement_id,
            col(EntreeJournal.objet) == f"preuve:{preuve_id}",
        )
        .order_by(col(EntreeJournal.id).desc())
        .limit(HISTORIQUE_MONTRE)
    )
    return tuple(Evenement(*ligne) for ligne in lignes(session, requete))


@dataclass(frozen=True)
class FormationChoisie:
    """Une formation à choisir dans une liste."""

    id: int
    libelle: str


def formations_a_choisir(session: Session, acteur: Acteur, geste: Geste = Geste.LIRE) -> tuple[FormationChoisie, ...]:
    """Les formations où l'acteur peut faire ce geste, par libellé."""
    if not peut(acteur, geste):
        return ()
    requete = select(col(Formation.id), col(Formation.libelle)).where(formations_atteintes(acteur, geste))
    return tuple(FormationChoisie(*ligne) for ligne in lignes(session, requete.order_by(col(Formation.libelle))))
