"""Dresser un audit : les preuves d'une portée en face d'une édition d'un référentiel."""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, etendue, exiger
from charte.commun.base import lignes
from charte.commun.web import Introuvable
from charte.modeles import Cfa, Composante, Formation
from charte.referentiels import (
    CleReferentiel,
    EditionAbsente,
    EditionDeReferentiel,
    Referentiel,
    Validite,
    charger_correspondances,
    charger_referentiel,
    dresser_couverture,
    edition_en_vigueur,
    lignes_a_couvrir,
)
from charte.referentiels import (
    Preuve as PreuveJugee,
)
from charte.services.portee import cfas_atteints, composantes_atteintes, formations_atteintes
from grilles.modeles import Campagne, Grille, Preuve, PreuveCitee
from grilles.preuves.audit import Audit, Citation, Matieres, presenter
from grilles.preuves.modeles import PreuveDeReference
from grilles.preuves.regles import A_VENIR, PERIMEE
from grilles.preuves.services.lecture import lire_fichiers, lire_preuves
from grilles.preuves.services.references import decisions_de
from grilles.preuves.vues import PreuveVue, en_vigueur

TOUT = ""
"""La portée d'office : tout ce que l'acteur lit de l'établissement."""
GENRES = ("cfa", "composante", "formation")
_PORTEE = re.compile(r"(cfa|composante|formation)-([0-9]{1,18})")
_JUGEES = {PERIMEE: Validite.PERIMEE, A_VENIR: Validite.A_VENIR}


@dataclass(frozen=True)
class PorteeDAudit:
    """Ce dont on réunit les preuves : un CFA, une composante, une formation, ou tout. `nom` : en clair."""

    cle: str
    nom: str
    condition: ColumnElement[bool]

    @property
    def tout(self) -> bool:
        """Vrai si rien n'est restreint."""
        return self.cle == TOUT


@dataclass(frozen=True)
class Choix:
    """Une option d'une liste : sa valeur et son nom."""

    cle: str
    nom: str

    @property
    def genre(self) -> str:
        """« cfa », « composante » ou « formation »."""
        return self.cle.partition("-")[0]


def choisir_edition(cle: str, edition: str, jour: date) -> tuple[Referentiel, EditionDeReferentiel]:
    """Le référentiel et l'édition demandés, ou celle qui vaut ce jour-là ; lève `Introuvable`."""
    try:
        referentiel = charger_referentiel(cle or CleReferentiel.QUALIOPI)
        trouvee = referentiel.edition(edition) if edition else edition_en_vigueur(referentiel, jour)
    except EditionAbsente as erreur:
        raise Introuvable(str(erreur)) from erreur
    return referentiel, trouvee


def choisir_portee(session: Session, acteur: Acteur, cle: str) -> PorteeDAudit:
    """La portée « cfa-3 », « composante-2 », « formation-5 » ou vide ; lève `Introuvable` si l'acteur ne la lit pas."""
    atteintes = formations_atteintes(acteur)
    if not cle:
        nom = "tout l’établissement" if etendue(acteur, Geste.LIRE).tout else "tout ce que vous lisez"
        return PorteeDAudit(TOUT, nom, atteintes)
    trouve = _PORTEE.fullmatch(cle)
    choix = {c.cle: c.nom for c in portees_a_choisir(session, acteur)}
    if trouve is None or cle not in choix:
        raise Introuvable(f"Aucune portée « {cle} ».")
    colonne = {"cfa": Formation.cfa_id, "composante": Formation.composante_id, "formation": Formation.id}[trouve[1]]
    return PorteeDAudit(cle, choix[cle], and_(atteintes, col(colonne) == int(trouve[2])))


def portees_a_choisir(session: Session, acteur: Acteur) -> tuple[Choix, ...]:
    """Les CFA, composantes et formations que l'acteur lit, dans cet ordre."""
    requetes = (
        ("cfa", select(col(Cfa.id), col(Cfa.nom)).where(cfas_atteints(acteur)).order_by(col(Cfa.nom))),
        (
            "composante",
            select(col(Composante.id), col(Composante.nom))
            .where(composantes_atteintes(acteur))
            .order_by(col(Composante.nom)),
        ),
        (
            "formation",
            select(col(Formation.id), col(Formation.libelle))
            .where(formations_atteintes(acteur))
            .order_by(col(Formation.libelle)),
        ),
    )
    return tuple(Choix(f"{genre}-{i}", nom) for genre, requete in requetes for i, nom in lignes(session, requete))


def dresser_audit(
    session: Session,
    acteur: Acteur,
    referentiel: Referentiel,
    edition: EditionDeReferentiel,
    *,
    portee: PorteeDAudit,
    jour: date,
) -> Audit:
    """Chaque ligne de l'édition, son état et ses preuves, pour cette portée et ce jour."""
    exiger(acteur, Geste.LIRE)
    matieres = _reunir(session, acteur, edition, portee, jour)
    visees = lignes_a_couvrir(edition, charger_correspondances())
    jugees = {numero: _juger(preuve) for numero, preuve in matieres.preuves.items()}
    par_element: dict[str, dict[int, PreuveJugee]] = defaultdict(dict)
    for citation in matieres.citations:
        par_element[citation.element][citation.preuve_id] = jugees[citation.preuve_id]
    directes = {reference: [jugees[numero] for numero, _ in liees] for reference, liees in matieres.directes.items()}
    couverture = dresser_couverture(
        visees, {element: par_id.values() for element, par_id in par_element.items()}, directes, matieres.decisions
    )
    fiche = referentiel.fiche
    return Audit(
        referentiel=str(fiche.cle),
        nom=fiche.nom,
        titre=fiche.titre,
        avertissement=fiche.avertissement,
        edition=edition.edition,
        titre_edition=edition.fiche.titre,
        source=edition.fiche.source.reference,
        portee=portee.nom,
        lignes=tuple(
            presenter(visee, auditee, matieres, fiche.prefixe)
            for visee, auditee in zip(visees, couverture, strict=True)
        ),
    )


def _juger(preuve: PreuveVue) -> PreuveJugee:
    return PreuveJugee(preuve.id, _JUGEES.get(preuve.validite, Validite.VALABLE))


def _reunir(
    session: Session, acteur: Acteur, edition: EditionDeReferentiel, portee: PorteeDAudit, jour: date
) -> Matieres:
    citations = [Citation(*ligne) for ligne in lignes(session, _requete_des_citations(portee))]
    directes = lignes(session, _requete_des_directes(acteur, edition, portee))
    numeros = {c.preuve_id for c in citations} | {numero for _, numero, _ in directes}
    # Une preuve citée dans une formation que l'acteur lit, il la voit : la condition ne retire que le reste.
    preuves = lire_preuves(session, acteur, jour, col(Preuve.id).in_(sorted(numeros)))
    par_reference: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for reference, numero, emplacement in directes:
        if numero in preuves:
            par_reference[reference].append((numero, emplacement))
    fichiers = lire_fichiers(session, acteur, preuves)
    return Matieres(
        preuves=preuves,
        fichiers={numero: en_vigueur(tous) for numero, tous in fichiers.items()},
        citations=citations,
        directes=par_reference,
        decisions=decisions_de(session, acteur, str(edition.referentiel), edition.edition),
    )


def _requete_des_citations(portee: PorteeDAudit) -> Select[*tuple[Any, ...]]:
    """Les preuves citées dans la dernière grille de chaque formation de la portée."""
    derniere = (
        select(col(Grille.formation_id), func.max(col(Campagne.annee)).label("annee"))
        .join(Campagne, col(Campagne.id) == col(Grille.campagne_id))
        .group_by(col(Grille.formation_id))
        .subquery()
    )
    return (
        select(
            *(col(c) for c in (PreuveCitee.preuve_id, PreuveCitee.element, PreuveCitee.emplacement)),
            col(Formation.libelle),
        )
        .select_from(PreuveCitee)
        .join(Grille, col(Grille.id) == col(PreuveCitee.grille_id))
        .join(Campagne, col(Campagne.id) == col(Grille.campagne_id))
        .join(Formation, col(Formation.id) == col(Grille.formation_id))
        .join(
            derniere,
            and_(derniere.c.formation_id == col(Formation.id), derniere.c.annee == col(Campagne.annee)),
        )
        .where(portee.condition)
        .order_by(col(PreuveCitee.preuve_id), col(PreuveCitee.id))
    )


def _requete_des_directes(
    acteur: Acteur, edition: EditionDeReferentiel, portee: PorteeDAudit
) -> Select[*tuple[Any, ...]]:
    """Les preuves jointes aux lignes mêmes ; si la portée est restreinte, les partagées et celles qu'elle cite."""
    requete = (
        select(
            *(col(c) for c in (PreuveDeReference.reference, PreuveDeReference.preuve_id)),
            col(PreuveDeReference.emplacement),
        )
        .join(Preuve, col(Preuve.id) == col(PreuveDeReference.preuve_id))
        .where(
            col(PreuveDeReference.etablissement_id) == acteur.etablissement_id,
            col(PreuveDeReference.referentiel) == str(edition.referentiel),
            col(PreuveDeReference.edition) == edition.edition,
        )
        .order_by(col(PreuveDeReference.id))
    )
    if portee.tout:
        return requete
    citees = (
        select(col(PreuveCitee.preuve_id))
        .join(Grille, col(Grille.id) == col(PreuveCitee.grille_id))
        .join(Formation, col(Formation.id) == col(Grille.formation_id))
        .where(portee.condition)
    )
    return requete.where(or_(col(Preuve.partagee), col(Preuve.id).in_(citees)))
