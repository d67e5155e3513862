"""Convenir, réviser, retirer un objectif. Le passé ne change pas : une révision fait un nouvel objectif."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CursorResult, select, update
from sqlmodel import Session, col

from charte.acteur import Acteur, DroitManquant, Geste, etendue, exiger_partout
from charte.commun.base import exiger_id, lignes, maintenant
from charte.commun.journal import journaliser
from charte.modeles import Formation
from charte.services.portee import formations_atteintes, situer
from charte.services.verrou import tenir_l_etablissement
from indicateurs.objectifs.modeles import Objectif, PalierDObjectif
from indicateurs.objectifs.regles import Faute
from indicateurs.objectifs.services.lecture import (
    Lieu,
    aujourd_hui,
    lire_l_histoire,
    lire_un_objectif,
)
from indicateurs.objectifs.vues import Contenu, ObjectifLu

__all__ = [
    "ConflitDObjectif",
    "SaisieRefusee",
    "Visee",
    "convenir",
    "exiger_d_ecrire",
    "lieux_ecrits",
    "retirer",
    "reviser",
]


class ConflitDObjectif(Exception):
    """Un autre objectif vaut déjà ici, ou celui-ci a changé entre-temps. Ne porte que des valeurs."""

    def __init__(self, autre: ObjectifLu) -> None:
        super().__init__(f"L'objectif {autre.id} a changé entre-temps.")
        self.autre = autre


class SaisieRefusee(ValueError):
    """Une saisie que les règles refusent : chaque faute dit le champ et le remède."""

    def __init__(self, fautes: Sequence[Faute]) -> None:
        super().__init__(" ".join(faute.message for faute in fautes))
        self.fautes = tuple(fautes)


@dataclass(frozen=True)
class Visee:
    """L'indicateur d'un objectif et l'identifiant de sa définition quand il est convenu."""

    indicateur: str
    definition: str


def exiger_d_ecrire(session: Session, acteur: Acteur, lieu: Lieu) -> None:
    """Qui fixe un objectif, où : docs/roles.md. Lève `Introuvable` ou `DroitManquant`, qui se montrent de même.

    Un diplôme : qui en remplit la grille. Un CFA : qui la remplit pour tout ce CFA. Tout l'établissement : qui conduit
    la campagne.
    """
    if lieu.formation_id is not None:
        situer(session, acteur, lieu.formation_id, Geste.REMPLIR_GRILLE)
    elif lieu.cfa_id is not None:
        atteint = etendue(acteur, Geste.REMPLIR_GRILLE)
        if not (atteint.tout or lieu.cfa_id in atteint.cfas):
            raise DroitManquant("Les objectifs d'un CFA se fixent pour tout ce CFA.")
    else:
        exiger_partout(acteur, Geste.PILOTER_CAMPAGNE)


def lieux_ecrits(session: Session, acteur: Acteur, lieux: Iterable[Lieu]) -> frozenset[Lieu]:
    """Ceux de ces lieux où l'acteur peut fixer un objectif : la même règle, en une requête."""
    requete = select(col(Formation.id)).where(formations_atteintes(acteur, Geste.REMPLIR_GRILLE))
    formations = {identifiant for (identifiant,) in lignes(session, requete)}
    atteint, partout = etendue(acteur, Geste.REMPLIR_GRILLE), etendue(acteur, Geste.PILOTER_CAMPAGNE).tout

    def permis(lieu: Lieu) -> bool:
        if lieu.formation_id is not None:
            return lieu.formation_id in formations
        return partout if lieu.cfa_id is None else atteint.tout or lieu.cfa_id in atteint.cfas

    return frozenset(lieu for lieu in lieux if permis(lieu))


def convenir(session: Session, acteur: Acteur, lieu: Lieu, visee: Visee, contenu: Contenu) -> int:
    """Range un objectif neuf et rend son identifiant ; lève `ConflitDObjectif` si un autre vaut déjà ici."""
    exiger_d_ecrire(session, acteur, lieu)
    tenir_l_etablissement(session, acteur)
    deja = next((o for o in lire_l_histoire(session, acteur, lieu, visee.indicateur) if o.vivant), None)
    if deja is not None:
        raise ConflitDObjectif(deja)
    objectif_id = _ranger(session, acteur, lieu, visee, contenu)
    journaliser(session, acteur, "objectif convenu", f"objectif:{objectif_id}", apres=_trace(lieu, visee, contenu))
    return objectif_id


def reviser(session: Session, acteur: Acteur, objectif_id: int, visee: Visee, contenu: Contenu, *, version: int) -> int:
    """Remplace un objectif par un neuf, et rend son identifiant ; l'ancien reste dans l'histoire, tel quel.

    Lève `ConflitDObjectif` s'il a été révisé ou retiré entre-temps : rien n'est alors écrit.
    """
    ancien = lire_un_objectif(session, acteur, objectif_id)
    lieu = Lieu(ancien.formation_id, ancien.cfa_id)
    exiger_d_ecrire(session, acteur, lieu)
    nouveau_id = _ranger(session, acteur, lieu, visee, contenu)
    _clore(session, acteur, ancien, version, remplace_par_id=nouveau_id)
    avant = {"objectif": objectif_id, "cible": ancien.contenu.vise.cible}
    apres = _trace(lieu, visee, contenu)
    journaliser(session, acteur, "objectif révisé", f"objectif:{nouveau_id}", avant=avant, apres=apres)
    return nouveau_id


def retirer(session: Session, acteur: Acteur, objectif_id: int, motif: str, *, version: int) -> None:
    """Retire un objectif, avec son motif ; lève `SaisieRefusee` sans motif, `ConflitDObjectif` s'il a changé."""
    ancien = lire_un_objectif(session, acteur, objectif_id)
    exiger_d_ecrire(session, acteur, Lieu(ancien.formation_id, ancien.cfa_id))
    if not motif.strip():
        raise SaisieRefusee([Faute("motif", SANS_MOTIF)])
    _clore(session, acteur, ancien, version, retire_le=aujourd_hui(), motif=motif)
    journaliser(session, acteur, "objectif retiré", f"objectif:{objectif_id}", avant={"version": version})


SANS_MOTIF = "Dites pourquoi il est retiré : l'histoire le garde."


def _ranger(session: Session, acteur: Acteur, lieu: Lieu, visee: Visee, contenu: Contenu) -> int:
    vise = contenu.vise
    objectif = Objectif(
        etablissement_id=acteur.etablissement_id,
        formation_id=lieu.formation_id,
        cfa_id=lieu.cfa_id,
        indicateur=visee.indicateur,
        definition=visee.definition,
        reference_valeur=vise.reference,
        reference_periode=vise.reference_periode if vise.reference is not None else "",
        cible=vise.cible,
        echeance=vise.echeance,
        convenu_par=contenu.convenu_par,
        convenu_le=contenu.convenu_le,
        instance=contenu.instance,
        motif=contenu.motif,
        modifie_par=acteur.nom,
        modifie_le=maintenant(),
    )
    session.add(objectif)
    session.flush()
    objectif_id = exiger_id(objectif.id)
    for annee, valeur in vise.paliers:
        session.add(
            PalierDObjectif(
                etablissement_id=acteur.etablissement_id, objectif_id=objectif_id, annee=annee, valeur=valeur
            )
        )
    session.flush()
    return objectif_id


def _clore(session: Session, acteur: Acteur, ancien: ObjectifLu, version: int, **valeurs: Any) -> None:
    """Sort un objectif de la liste en vigueur s'il est encore à cette version ; lève `ConflitDObjectif` sinon."""
    requete = (
        update(Objectif)
        .where(
            col(Objectif.id) == ancien.id,
            col(Objectif.etablissement_id) == acteur.etablissement_id,
            col(Objectif.version) == version,
            col(Objectif.remplace_par_id).is_(None),
            col(Objectif.retire_le).is_(None),
        )
        .values(version=version + 1, **valeurs)
        .execution_options(synchronize_session=False)
    )
    resultat = super(Session, session).execute(requete)
    if not isinstance(resultat, CursorResult) or resultat.rowcount != 1:
        raise ConflitDObjectif(_suite(session, acteur, ancien))


def _suite(session: Session, acteur: Acteur, ancien: ObjectifLu) -> ObjectifLu:
    """Ce qui a pris la suite d'un objectif : le dernier de la chaîne des révisions."""
    courant = lire_un_objectif(session, acteur, ancien.id)
    while courant.remplace_par_id is not None:
        courant = lire_un_objectif(session, acteur, courant.remplace_par_id)
    return courant


def _trace(lieu: Lieu, visee: Visee, contenu: Contenu) -> dict[str, Any]:
    """Ce que le journal garde : des clés et des nombres, aucun texte libre."""
    return {
        "formation": lieu.formation_id,
        "cfa": lieu.cfa_id,
        "indicateur": visee.indicateur,
        "definition": visee.definition,
        "cible": contenu.vise.cible,
        "echeance": contenu.vise.echeance.isoformat(),
        "jalons": {str(annee): valeur for annee, valeur in contenu.vise.paliers},
    }
