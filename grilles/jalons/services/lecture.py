"""Lire les jalons d'un diplôme, leurs preuves, leur histoire."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, select
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste
from charte.commun.base import lignes
from charte.commun.typographie import FUSEAU
from charte.commun.web import Introuvable
from charte.services.portee import situer
from grilles.jalons.modeles import EvenementDeJalon, Jalon
from grilles.jalons.regles import Etat, Suivi, numeroter
from grilles.jalons.vues import Contenu, EvenementLu, JalonLu, PreuveDuJalon
from grilles.modeles import Preuve
from grilles.preuves.modeles import PreuveDeJalon

_COLONNES = (
    Jalon.id, Jalon.formation_id, Jalon.poste, Jalon.nature, Jalon.rang, Jalon.element, Jalon.intitule,
    Jalon.preuve_attendue, Jalon.indicateur, Jalon.sens, Jalon.valeur_visee, Jalon.echeance, Jalon.porteur,
    Jalon.moyens, Jalon.origine, Jalon.etat, Jalon.motif, Jalon.convenu_le, Jalon.convenu_par, Jalon.instance,
    Jalon.atteint_le, Jalon.version, Jalon.modifie_par, Jalon.modifie_le,
)  # fmt: skip


def aujourd_hui() -> date:
    """Le jour, à l'heure de Paris : celui où les échéances se jugent."""
    return datetime.now(FUSEAU).date()


def lire_jalons(
    session: Session, acteur: Acteur, formation_id: int, *, geste: Geste = Geste.LIRE
) -> tuple[JalonLu, ...]:
    """Les jalons et cibles locales d'un diplôme, par poste puis dans l'ordre, avec preuves et histoire.

    Quatre requêtes, quel que soit leur nombre. Lève `Introuvable` si l'acteur n'atteint pas ce diplôme.
    """
    situer(session, acteur, formation_id, geste)
    return jalons_des_diplomes(session, acteur, [formation_id]).get(formation_id, ())


def jalons_des_diplomes(
    session: Session, acteur: Acteur, formation_ids: Collection[int]
) -> dict[int, tuple[JalonLu, ...]]:
    """Les jalons de plusieurs diplômes, par diplôme ; à l'appelant de n'en donner que d'atteints par l'acteur."""
    requete = (
        select(*(col(c) for c in _COLONNES))
        .where(
            col(Jalon.etablissement_id) == acteur.etablissement_id,
            col(Jalon.formation_id).in_(sorted(set(formation_ids))),
        )
        .order_by(col(Jalon.poste), col(Jalon.nature).desc(), col(Jalon.rang), col(Jalon.id))
    )
    lus = [_jalon(ligne) for ligne in lignes(session, requete)]
    ids = [jalon.id for jalon in lus]
    preuves, evenements = _preuves(session, acteur, ids), _evenements(session, acteur, ids)
    numeros = _numeros(lus)
    ranges: dict[int, list[JalonLu]] = defaultdict(list)
    for jalon in lus:
        complet = replace(
            jalon,
            numero=numeros.get(jalon.id),
            preuves=tuple(preuves.get(jalon.id, ())),
            evenements=tuple(evenements.get(jalon.id, ())),
        )
        ranges[jalon.formation_id].append(complet)
    return {formation: tuple(siens) for formation, siens in ranges.items()}


def lire_un_jalon(
    session: Session, acteur: Acteur, formation_id: int, jalon_id: int, *, geste: Geste = Geste.LIRE
) -> JalonLu:
    """Un jalon de ce diplôme ; lève `Introuvable`."""
    for jalon in lire_jalons(session, acteur, formation_id, geste=geste):
        if jalon.id == jalon_id:
            return jalon
    raise Introuvable(f"Aucun jalon {jalon_id}.")


def _jalon(ligne: Row[*tuple[Any, ...]]) -> JalonLu:
    return JalonLu(
        id=ligne.id,
        formation_id=ligne.formation_id,
        poste=ligne.poste,
        nature=ligne.nature,
        rang=ligne.rang,
        contenu=Contenu(
            intitule=ligne.intitule,
            preuve_attendue=ligne.preuve_attendue,
            element=ligne.element,
            indicateur=ligne.indicateur,
            sens=ligne.sens,
            valeur_visee=ligne.valeur_visee,
            echeance=ligne.echeance,
            porteur=ligne.porteur,
            moyens=ligne.moyens,
        ),
        origine=ligne.origine,
        suivi=Suivi(
            etat=Etat(ligne.etat),
            convenu_le=ligne.convenu_le,
            convenu_par=ligne.convenu_par,
            instance=ligne.instance,
            atteint_le=ligne.atteint_le,
            echeance=ligne.echeance,
            motif=ligne.motif,
        ),
        version=ligne.version,
        modifie_par=ligne.modifie_par,
        modifie_le=ligne.modifie_le,
    )


def _numeros(lus: Sequence[JalonLu]) -> dict[int, int]:
    par_poste: dict[tuple[int, int], list[tuple[int, str, Etat]]] = defaultdict(list)
    for jalon in lus:
        par_poste[jalon.formation_id, jalon.poste].append((jalon.id, jalon.nature, jalon.etat))
    return {jalon: numero for paliers in par_poste.values() for jalon, numero in numeroter(paliers).items()}


def _preuves(session: Session, acteur: Acteur, ids: Collection[int]) -> dict[int, list[PreuveDuJalon]]:
    requete = (
        select(
            col(PreuveDeJalon.jalon_id),
            *(col(c) for c in (Preuve.id, Preuve.titre, Preuve.adresse, Preuve.date_effet, Preuve.date_fin)),
            col(PreuveDeJalon.emplacement),
        )
        .join(Preuve, col(Preuve.id) == col(PreuveDeJalon.preuve_id))
        .where(
            col(PreuveDeJalon.etablissement_id) == acteur.etablissement_id,
            col(PreuveDeJalon.jalon_id).in_(list(ids)),
        )
        .order_by(col(PreuveDeJalon.id))
    )
    par_jalon: dict[int, list[PreuveDuJalon]] = defaultdict(list)
    for jalon_id, *preuve in lignes(session, requete):
        par_jalon[jalon_id].append(PreuveDuJalon(*preuve))
    return par_jalon


def _evenements(session: Session, acteur: Acteur, ids: Collection[int]) -> dict[int, list[EvenementLu]]:
    e = EvenementDeJalon
    colonnes = (e.jalon_id, e.etat, e.le, e.instance, e.motif, e.echeance, e.intitule, e.auteur, e.note_le)
    requete = (
        select(*(col(c) for c in colonnes), col(e.revision_id), col(e.indicateur_pertinent))
        .where(col(e.etablissement_id) == acteur.etablissement_id, col(e.jalon_id).in_(list(ids)))
        .order_by(col(e.id))
    )
    par_jalon: dict[int, list[EvenementLu]] = defaultdict(list)
    for jalon_id, *evenement in lignes(session, requete):
        par_jalon[jalon_id].append(EvenementLu(*evenement))
    return par_jalon
