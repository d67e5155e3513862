"""Lire une grille, et les niveaux de toutes les formations d'un coup."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, and_, case, func, or_, select
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, Partie
from charte.chargement import EDITION_COURANTE, charger_edition
from charte.commun.base import lignes
from charte.commun.typographie import FUSEAU
from charte.commun.web import Introuvable
from charte.edition import Edition
from charte.modeles import Formation
from charte.services.portee import formations_atteintes
from grilles.arrete.contenu import Releve
from grilles.arrete.lecture import lire_instantane, lire_releves
from grilles.assemblage import assembler_pour
from grilles.echelle import charger_echelle
from grilles.jalons.lecture import paliers_locaux
from grilles.jalons.paliers import AUCUN, PaliersLocaux
from grilles.modeles import Campagne, Grille, Preuve, PreuveCitee, Reponse
from grilles.niveaux import Niveau
from grilles.preuves.regles import validite
from grilles.regles import PREMIER_MOIS, Avancement, Position, annee_de_rentree, dresser_bilan
from grilles.vues import GrilleLue, Materiaux, NiveauxFormation, PosteLu, PreuveLue, ReponseLue, Scelle

CONCERTEE = Partie.CONCERTEE.value


@dataclass(frozen=True)
class FicheFormation:
    """Ce qu'une page de grille dit de sa formation."""

    id: int
    code: str
    libelle: str


@dataclass(frozen=True)
class FicheGrille:
    """Une grille existante et sa campagne. `etat` : celui de la campagne ; `version` : une de plus par réouverture."""

    id: int
    campagne: str
    etat: str
    edition: str
    etat_grille: str
    version: int
    campagne_id: int


def annee_courante() -> int:
    """L'année de la rentrée en cours, à l'heure de Paris."""
    return annee_de_rentree(datetime.now(FUSEAU).date())


def exiger_annee(annee: int) -> None:
    """Lève `Introuvable` si l'année d'une adresse n'est celle d'aucune rentrée que le calendrier sait compter."""
    if not 1 <= annee < date.max.year:
        raise Introuvable(f"Aucune grille {annee}.")


def jour_de_lecture(annee: int) -> date:
    """Le jour où les preuves d'une campagne sont jugées : aujourd'hui, ou le dernier de son année scolaire."""
    exiger_annee(annee)
    return min(datetime.now(FUSEAU).date(), date(annee + 1, PREMIER_MOIS - 1, 31))


def exiger_formation(session: Session, acteur: Acteur, formation_id: int, geste: Geste = Geste.LIRE) -> FicheFormation:
    """La formation, si l'acteur peut y faire ce geste ; lève `Introuvable` sinon."""
    requete = select(col(Formation.id), col(Formation.code), col(Formation.libelle)).where(
        col(Formation.id) == formation_id, formations_atteintes(acteur, geste)
    )
    trouvees = lignes(session, requete)
    if not trouvees:
        raise Introuvable(f"Aucune formation {formation_id}.")
    return FicheFormation(*trouvees[0])


def chercher_grille(
    session: Session, acteur: Acteur, formation_id: int, annee: int, *, verrou: bool = False
) -> FicheGrille | None:
    """La grille de la formation dans la campagne de cette année, ou None.

    `verrou` : pour y écrire ; un arrêté simultané attend la fin de la transaction, ou elle attend la sienne.
    """
    requete = (
        select(
            *(col(c) for c in (Grille.id, Campagne.libelle, Campagne.etat, Campagne.edition)),
            *(col(c) for c in (Grille.etat, Grille.version, Campagne.id)),
        )
        .join(Campagne, col(Campagne.id) == col(Grille.campagne_id))
        .where(
            col(Grille.formation_id) == formation_id,
            col(Campagne.annee) == annee,
            col(Grille.etablissement_id) == acteur.etablissement_id,
        )
    )
    trouvees = lignes(session, requete.with_for_update(read=True, of=Grille) if verrou else requete)
    return FicheGrille(*trouvees[0]) if trouvees else None


def lire_grille(
    session: Session,
    acteur: Acteur,
    formation_id: int,
    annee: int | None = None,
    *,
    geste: Geste = Geste.LIRE,
    partie: Partie = Partie.CONCERTEE,
) -> GrilleLue:
    """La grille d'une formation, ses réponses, ses preuves, ses bilans ; `annee` : celle de la rentrée en cours.

    Une grille pas commencée se lit aussi (`commencee` faux) : lire n'écrit rien. Lève `Introuvable` si l'acteur n'a
    pas, pour cette formation, le droit de ce geste. `partie` : celle dont les lignes portent les réponses ; le niveau
    et ce qui manque restent ceux de la position concertée, qui seule compte.
    """
    annee = annee_courante() if annee is None else annee
    formation = exiger_formation(session, acteur, formation_id, geste)
    grille = chercher_grille(session, acteur, formation_id, annee)
    edition = charger_edition(grille.edition if grille else EDITION_COURANTE)
    scelle, materiaux = lire_materiaux(session, acteur, formation.id, grille, annee)
    echelle = charger_echelle()
    return GrilleLue(
        formation_id=formation.id,
        code=formation.code,
        libelle=formation.libelle,
        annee=annee,
        edition=edition.edition,
        empreinte_edition=edition.empreinte,
        grille_id=grille.id if grille else None,
        campagne=scelle.campagne if scelle else grille.campagne if grille else None,
        etat_campagne=grille.etat if grille else None,
        postes=assembler_pour(partie, edition, materiaux),
        partie=partie,
        reponses_par_partie=materiaux.reponses,
        echelle_version=echelle.version,
        echelle_avertissement=echelle.avertissement,
        etat_grille=grille.etat_grille if grille else "ouverte",
        version=grille.version if grille else 1,
        scelle=scelle,
    )


def lire_materiaux(
    session: Session, acteur: Acteur, formation_id: int, grille: FicheGrille | None, annee: int
) -> tuple[Scelle | None, Materiaux]:
    """Ce dont se dresse une grille : ce que la base en dit, ou l'instantané si elle est arrêtée (`Scelle`)."""
    jour = jour_de_lecture(annee)
    locaux = paliers_locaux(session, acteur, [formation_id], jour).get(formation_id, {})
    if grille is None:
        return None, Materiaux(jour, locaux=locaux)
    arretee = grille.etat_grille == "arretee"
    lu = lire_instantane(session, acteur, grille.id, grille.version) if arretee else None
    if lu is not None:
        return lu[0], lu[1].materiaux
    reponses = _reponses(session, acteur, grille.id)
    return None, Materiaux(jour, reponses, _preuves(session, acteur, grille.id, jour), locaux)


def resume_pour_rapport(
    session: Session,
    acteur: Acteur,
    formation_id: int,
    annee: int | None = None,
    *,
    geste: Geste = Geste.LIRE_DOSSIER,
    partie: Partie = Partie.CONCERTEE,
) -> GrilleLue:
    """La grille d'une formation pour le dossier du conseil, avec le niveau de chaque poste l'année précédente.

    Chaque `PosteLu` porte son bilan (niveau, ce qui manque, comptes par état, réserves), ses lignes (texte, état,
    commentaire, motif, preuves) et `precedent` (None si l'année d'avant n'a pas de grille).
    """
    grille = lire_grille(session, acteur, formation_id, annee, geste=geste, partie=partie)
    avant = niveaux(session, acteur, [formation_id], grille.annee - 1).get(formation_id)
    if avant is None or not avant.commencee:
        return grille
    return replace(grille, postes=tuple(_avec_precedent(poste, avant.niveaux) for poste in grille.postes))


def niveaux(
    session: Session, acteur: Acteur, formation_ids: Sequence[int], annee: int | None = None
) -> dict[int, NiveauxFormation]:
    """Les niveaux par poste de chaque formation, en UNE requête ; `annee` : celle de la rentrée en cours.

    Une formation que l'acteur n'atteint pas n'est pas dans le résultat ; une formation sans grille y est, non
    commencée et en deçà du socle partout.
    """
    annee = annee_courante() if annee is None else annee
    par_formation: dict[int, list[Row[*tuple[Any, ...]]]] = defaultdict(list)
    for ligne in lignes(session, _requete_des_niveaux(acteur, formation_ids, annee)):
        par_formation[ligne.formation_id].append(ligne)
    locaux = paliers_locaux(session, acteur, list(par_formation), jour_de_lecture(annee))
    arretees = [(lues[0].grille_id, lues[0].version) for lues in par_formation.values() if lues[0].etat == "arretee"]
    releves = lire_releves(session, acteur, arretees)
    return {
        ou: _niveaux_releves(ou, releves[lues[0].grille_id])
        if lues[0].grille_id in releves
        else _niveaux_de(ou, lues, locaux.get(ou, {}))
        for ou, lues in par_formation.items()
    }


def _requete_des_niveaux(acteur: Acteur, formation_ids: Sequence[int], annee: int) -> Select[*tuple[Any, ...]]:
    """Une ligne par réponse concertée ; une ligne vide par formation sans grille ou sans réponse."""
    citees = _preuves_comptees(acteur, jour_de_lecture(annee))
    cite = and_(citees.c.grille_id == col(Grille.id), citees.c.element == col(Reponse.element))
    campagne = and_(
        col(Campagne.etablissement_id) == col(Formation.etablissement_id),
        col(Campagne.annee) == annee,
    )
    grille = and_(col(Grille.formation_id) == col(Formation.id), col(Grille.campagne_id) == col(Campagne.id))
    reponse = and_(col(Reponse.grille_id) == col(Grille.id), col(Reponse.partie) == CONCERTEE)
    return (
        select(
            col(Formation.id).label("formation_id"),
            col(Grille.id).label("grille_id"),
            col(Grille.etat).label("etat"),
            col(Grille.version).label("version"),
            col(Campagne.edition).label("edition"),
            col(Reponse.element).label("element"),
            col(Reponse.etat).label("reponse"),
            col(Reponse.motif).label("motif"),
            func.coalesce(citees.c.valent, 0).label("valent"),
            func.coalesce(citees.c.citees, 0).label("citees"),
            col(Reponse.a_confirmer).label("a_confirmer"),
        )
        .select_from(Formation)
        .outerjoin(Campagne, campagne)
        .outerjoin(Grille, grille)
        .outerjoin(Reponse, reponse)
        .outerjoin(citees, cite)
        .where(
            formations_atteintes(acteur, Geste.LIRE_DOSSIER),
            col(Formation.id).in_(list(formation_ids)),
        )
    )


def _preuves_comptees(acteur: Acteur, jour: date) -> Any:
    """Par grille et élément : combien de preuves citées, combien valent ce jour-là (même règle que `validite`)."""
    vaut = and_(
        or_(col(Preuve.date_effet).is_(None), col(Preuve.date_effet) <= jour),
        or_(col(Preuve.date_fin).is_(None), col(Preuve.date_fin) >= jour),
    )
    return (
        select(
            col(PreuveCitee.grille_id),
            col(PreuveCitee.element),
            func.count().label("citees"),
            func.count(case((vaut, 1))).label("valent"),
        )
        .join(Preuve, col(Preuve.id) == col(PreuveCitee.preuve_id))
        .where(col(PreuveCitee.etablissement_id) == acteur.etablissement_id)
        .group_by(col(PreuveCitee.grille_id), col(PreuveCitee.element))
        .subquery()
    )


def _niveaux_de(
    formation_id: int, lues: Sequence[Row[*tuple[Any, ...]]], locaux: Mapping[int, PaliersLocaux]
) -> NiveauxFormation:
    edition = charger_edition(lues[0].edition or EDITION_COURANTE)
    reponses = {
        r.element: Position(r.reponse, r.motif, r.valent, r.citees - r.valent, bool(r.a_confirmer))
        for r in lues
        if r.element is not None
    }
    bilans = [dresser_bilan(poste, reponses, locaux.get(poste.numero, AUCUN)) for poste in edition.postes]
    return NiveauxFormation(
        formation_id=formation_id,
        commencee=lues[0].grille_id is not None,
        niveaux={bilan.poste: bilan.niveau for bilan in bilans},
        avancement=sum((bilan.avancement for bilan in bilans), Avancement(0, 0)),
        avancement_actions=sum((bilan.avancement_actions for bilan in bilans), Avancement(0, 0)),
        tenus_sans_preuve=sum(len(bilan.tenus_sans_preuve) for bilan in bilans),
        a_confirmer=sum(len(bilan.a_confirmer) for bilan in bilans),
    )


def _niveaux_releves(formation_id: int, releve: Releve) -> NiveauxFormation:
    return NiveauxFormation(
        formation_id=formation_id,
        commencee=True,
        niveaux=releve.niveaux,
        avancement=releve.avancement,
        avancement_actions=releve.avancement_actions,
        tenus_sans_preuve=releve.tenus_sans_preuve,
        arretee=True,
    )


def _avec_precedent(poste: PosteLu, avant: Mapping[int, Niveau]) -> PosteLu:
    return replace(poste, precedent=avant.get(poste.numero))


def _reponses(session: Session, acteur: Acteur, grille_id: int) -> dict[str, dict[str, ReponseLue]]:
    """Les réponses de chaque partie, par élément."""
    requete = select(
        *(col(c) for c in (Reponse.partie, Reponse.element, Reponse.etat, Reponse.motif, Reponse.commentaire)),
        *(col(c) for c in (Reponse.version, Reponse.modifie_par, Reponse.modifie_le, Reponse.a_confirmer)),
    ).where(
        col(Reponse.grille_id) == grille_id,
        col(Reponse.etablissement_id) == acteur.etablissement_id,
    )
    par_partie: dict[str, dict[str, ReponseLue]] = defaultdict(dict)
    for partie, element, *reste in lignes(session, requete):
        par_partie[partie][element] = ReponseLue(*reste)
    return dict(par_partie)


def _preuves(session: Session, acteur: Acteur, grille_id: int, jour: date) -> dict[str, tuple[PreuveLue, ...]]:
    requete = (
        select(
            col(PreuveCitee.element),
            *(col(c) for c in (Preuve.id, Preuve.titre, Preuve.adresse)),
            *(col(c) for c in (Preuve.date_effet, Preuve.depose_par, Preuve.depose_le)),
            *(col(c) for c in (Preuve.date_fin, PreuveCitee.emplacement)),
        )
        .join(Preuve, col(Preuve.id) == col(PreuveCitee.preuve_id))
        .where(col(PreuveCitee.grille_id) == grille_id, col(PreuveCitee.etablissement_id) == acteur.etablissement_id)
        .order_by(col(PreuveCitee.id))
    )
    par_element: dict[str, list[PreuveLue]] = defaultdict(list)
    for ligne in lignes(session, requete):
        vaut = validite(ligne.date_effet, ligne.date_fin, jour)
        par_element[ligne.element].append(replace(PreuveLue(*ligne[1:]), validite=vaut))
    return {element: tuple(preuves) for element, preuves in par_element.items()}


def edition_de(grille: FicheGrille) -> Edition:
    """L'édition de la charte sur laquelle porte une grille."""
    return charger_edition(grille.edition)
