"""Les rappels par courriel : chaque matin, et à la demande. Le même ne part pas deux fois (table `relance`).

Chaque paquet dit ce qui est dû (`charte.commun.rappels.Source`) ; ajouter une source, c'est l'ajouter à `SOURCES`.
Sans courrier réglé, rien n'est noté : le rappel partira quand il le sera, s'il est encore dû.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from appli.annuaire import AnnuaireDesComptes
from appli.cloison import cloison, hors_cloison
from appli.comptes.courrier import Courriel
from appli.comptes.envoi import courrier_possible, mettre_au_courrier
from appli.traces import consigner_la_panne
from charte.acteur import Acteur, Origine, Role
from charte.commun.base import Base, lignes, maintenant
from charte.commun.journal import journaliser
from charte.commun.rappels import TRAVAIL_DE_RELANCE, Rappel, Source, Tournee
from charte.commun.reglages import Reglages
from charte.commun.travaux import Avancement
from charte.commun.typographie import FUSEAU, pluriel
from charte.modeles import Etablissement
from grilles.campagnes.rappels import rappels_a_la_demande, rappels_dus
from grilles.modeles import Relance
from grilles.plan.services.rappels import rappels_d_actions

JOURNAL = logging.getLogger("trajectoire.relances")
AUTEUR = "rappels du matin"
HEURE = 7
"""À l'heure de Paris : personne n'attend un rappel à minuit."""
GENRE_DE_COURRIEL = "rappel"

SOURCES: Mapping[str, Source] = {"campagne": rappels_dus, "action": rappels_d_actions}
"""Ce qui se rappelle de soi-même chaque matin."""
A_LA_DEMANDE: Mapping[str, Source] = {"campagne": rappels_a_la_demande}
"""Ce qu'une personne peut relancer d'un geste ; l'objet voulu est choisi parmi ce que rend la source."""


@hors_cloison()
def faire_la_tournee(base: Base, reglages: Reglages, jour: date) -> int:
    """Envoie les rappels dus ce jour-là dans chaque établissement ; rend leur nombre."""
    if not courrier_possible(reglages):
        return 0
    with base.lecture() as session:
        numeros = [int(n) for (n,) in lignes(session, select(col(Etablissement.id)).order_by(col(Etablissement.id)))]
    envoyes = 0
    for etablissement_id in numeros:
        acteur = Acteur(etablissement_id, AUTEUR, Role.ADMINISTRATEUR, origine=Origine.TRAVAIL)
        with cloison(etablissement_id):
            for nom, source in SOURCES.items():
                envoyes += _tenter(base, reglages, acteur, nom, source, jour=jour)
    return envoyes


def _tenter(base: Base, reglages: Reglages, acteur: Acteur, nom: str, source: Source, *, jour: date) -> int:
    """Une source, en une transaction ; sa panne n'empêche pas les autres."""
    try:
        with base.ecriture() as session:
            tournee = preparer_la_tournee(session, reglages, acteur, jour)
            return envoyer(session, reglages, acteur, source(session, acteur, tournee))
    except Exception as erreur:
        consigner_la_panne(JOURNAL, f"Les rappels « {nom} » n'ont pas pu partir", erreur)
        return 0


def preparer_la_tournee(session: Session, reglages: Reglages, acteur: Acteur, jour: date) -> Tournee:
    """Ce que reçoit une source pour l'établissement de l'acteur."""
    plumes = AnnuaireDesComptes().plumes(session, acteur.etablissement_id)
    return Tournee(jour, reglages.adresse_publique, plumes)


def envoyer(session: Session, reglages: Reglages, acteur: Acteur, rappels: Iterable[Rappel]) -> int:
    """Met au courrier chaque rappel qui n'est pas déjà parti, le note et le journalise ; rend leur nombre."""
    if not courrier_possible(reglages):
        return 0
    comptes: dict[tuple[str, int, str], int] = {}
    for rappel in rappels:
        if _noter(session, acteur, rappel):
            courriel = Courriel(GENRE_DE_COURRIEL, rappel.sujet, rappel.paragraphes)
            mettre_au_courrier(session, reglages, acteur, rappel.compte_id, courriel)
            cle = (rappel.genre, rappel.objet_id, rappel.motif)
            comptes[cle] = comptes.get(cle, 0) + 1
    for (genre, objet_id, motif), nombre in comptes.items():
        journaliser(session, acteur, "rappels envoyés", f"{genre}:{objet_id}", apres={"motif": motif, "nombre": nombre})
    return sum(comptes.values())


def _noter(session: Session, acteur: Acteur, rappel: Rappel) -> bool:
    """Vrai si le rappel est à envoyer ; faux s'il est déjà parti, fût-ce d'un autre processus à l'instant."""
    connu = select(col(Relance.id)).where(
        col(Relance.genre) == rappel.genre,
        col(Relance.objet_id) == rappel.objet_id,
        col(Relance.compte_id) == rappel.compte_id,
        col(Relance.motif) == rappel.motif,
    )
    if lignes(session, connu):
        return False
    note = Relance(
        etablissement_id=acteur.etablissement_id,
        genre=rappel.genre,
        objet_id=rappel.objet_id,
        compte_id=rappel.compte_id,
        motif=rappel.motif,
        envoyee_le=maintenant(),
    )
    try:
        with session.begin_nested():
            session.add(note)
            session.flush()
    except IntegrityError:
        return False
    return True


def relancer_maintenant(
    base: Base, reglages: Reglages, acteur: Acteur, parametres: dict[str, Any], _avancement: Avancement
) -> str:
    """Le travail d'une relance à la demande : `source` (clé d'`A_LA_DEMANDE`) et `objet_id`."""
    objet_id, jour = int(parametres["objet_id"]), datetime.now(FUSEAU).date()
    with base.ecriture() as session:
        tournee = preparer_la_tournee(session, reglages, acteur, jour)
        rappels = A_LA_DEMANDE[parametres["source"]](session, acteur, tournee)
        nombre = envoyer(session, reglages, acteur, [rappel for rappel in rappels if rappel.objet_id == objet_id])
    if not nombre:
        return "Personne à relancer : chacun a déjà reçu ce rappel aujourd’hui, ou n’a plus rien à faire."
    return f"{pluriel(nombre, 'rappel mis au courrier', 'rappels mis au courrier')}."


TRAVAUX = {TRAVAIL_DE_RELANCE: relancer_maintenant}
