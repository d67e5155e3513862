"""Ce qu'une personne fait de son propre compte : mot de passe, sessions, lien reçu par courriel."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlmodel import Session, col

from appli.comptes.courrier import alerter, reinitialiser, renvoyer_au_fournisseur
from appli.comptes.envoi import mettre_au_courrier
from appli.comptes.liens import (
    DEMANDES_PAR_HEURE,
    creer_un_lien,
    demandes_recentes,
    employer_le_lien,
    oublier_les_liens,
)
from appli.comptes.mots_de_passe import reprocher
from appli.comptes.second_facteur import exiger_un_compte
from appli.modeles import Compte, IdentiteFederee, SessionWeb
from appli.sessions import INACTIVITE, CompteConnu, Visite, comptes_actifs, fermer_les_sessions
from charte.acteur import Acteur
from charte.commun.base import lignes, maintenant
from charte.commun.journal import journaliser
from charte.commun.reglages import Reglages

METHODES = {
    "mot_de_passe": "mot de passe",
    "fournisseur": "compte de l’établissement",
    "demonstration": "démonstration",
}


@dataclass(frozen=True)
class SessionLue:
    """Une de mes sessions ouvertes."""

    id: int
    appareil: str
    methode: str
    ouverte_le: datetime
    vue_le: datetime


def lire_mes_sessions(session: Session, compte_id: int) -> list[SessionLue]:
    """Les sessions ouvertes de ce compte, la plus récemment vue d'abord."""
    instant = maintenant()
    colonnes = (SessionWeb.id, SessionWeb.appareil, SessionWeb.methode, SessionWeb.ouverte_le, SessionWeb.vue_le)
    requete = select(*(col(c) for c in colonnes)).where(
        col(SessionWeb.compte_id) == compte_id,
        col(SessionWeb.second_facteur_attendu).is_(False),
        col(SessionWeb.expire_le) > instant,
        col(SessionWeb.vue_le) > instant - INACTIVITE,
    )
    trouvees = lignes(session, requete.order_by(col(SessionWeb.vue_le).desc()))
    return [SessionLue(i, appareil, METHODES[m], ouverte, vue) for i, appareil, m, ouverte, vue in trouvees]


def fermer_une_session(session: Session, acteur: Acteur, session_id: int) -> None:
    """Ferme une session de l'acteur ; sans effet si elle n'est pas à lui, ou déjà fermée."""
    sienne = delete(SessionWeb).where(
        col(SessionWeb.id) == session_id, col(SessionWeb.compte_id) == exiger_un_compte(acteur)
    )
    if session.connection().execute(sienne).rowcount:
        journaliser(session, acteur, "session fermée", f"compte:{acteur.compte_id}")


def fermer_mes_sessions(session: Session, acteur: Acteur, *, sauf: int | None = None) -> None:
    """Ferme les sessions de l'acteur, sauf une éventuelle."""
    nombre = fermer_les_sessions(session, exiger_un_compte(acteur), sauf=sauf)
    journaliser(session, acteur, "sessions fermées", f"compte:{acteur.compte_id}", apres={"nombre": nombre})


def changer_le_mot_de_passe(
    session: Session, reglages: Reglages, visite: Visite, acteur: Acteur, condense: str
) -> None:
    """Range le nouveau mot de passe, ferme les autres sessions, oublie les liens envoyés, prévient."""
    compte_id = exiger_un_compte(acteur)
    _ranger(session, compte_id, condense)
    fermer_les_sessions(session, compte_id, sauf=visite.session_id)
    oublier_les_liens(session, compte_id)
    journaliser(session, acteur, "mot de passe changé", f"compte:{compte_id}")
    mettre_au_courrier(session, reglages, acteur, compte_id, alerter("mot_de_passe"))


def demander_un_lien(session: Session, reglages: Reglages, courriel: str) -> None:
    """Envoie un lien de réinitialisation, si ce courriel est celui d'un compte actif ; sinon ne fait rien."""
    trouves = comptes_actifs(session, courriel)
    if not trouves or demandes_recentes(session, trouves[0].id) >= DEMANDES_PAR_HEURE:
        return
    compte = trouves[0]
    if compte.condense is None and _est_federe(session, compte.id):
        mettre_au_courrier(session, reglages, compte.acteur, compte.id, renvoyer_au_fournisseur())
        return
    jeton = creer_un_lien(session, compte.id, "reinitialisation")
    journaliser(session, compte.acteur, "lien de réinitialisation demandé", f"compte:{compte.id}")
    mettre_au_courrier(session, reglages, compte.acteur, compte.id, reinitialiser(jeton))


def choisir_par_un_lien(session: Session, reglages: Reglages, compte: CompteConnu, jeton: str, condense: str) -> bool:
    """Emploie le lien et range le mot de passe choisi ; les sessions se ferment. Faux si le lien ne vaut plus rien."""
    if not employer_le_lien(session, jeton):
        return False
    _ranger(session, compte.id, condense)
    fermer_les_sessions(session, compte.id)
    acte = "mot de passe choisi" if compte.condense is None else "mot de passe réinitialisé"
    journaliser(session, compte.acteur, acte, f"compte:{compte.id}")
    mettre_au_courrier(session, reglages, compte.acteur, compte.id, alerter("mot_de_passe"))
    return True


def reprocher_a(mot_de_passe: str, nom: str, courriel: str, etablissements: tuple[str, ...]) -> str | None:
    """Ce qui ne va pas dans ce mot de passe pour cette personne (voir `mots_de_passe.reprocher`)."""
    return reprocher(mot_de_passe, ("Trajectoire", nom, courriel, *etablissements))


def condense_de(session: Session, compte_id: int) -> str | None:
    """Le condensé du mot de passe, None si le compte n'en a pas."""
    return session.get_one(Compte, compte_id).condense


def _ranger(session: Session, compte_id: int, condense: str) -> None:
    range_ = update(Compte).where(col(Compte.id) == compte_id)
    session.connection().execute(range_.values(condense=condense, mot_de_passe_le=maintenant()))


def _est_federe(session: Session, compte_id: int) -> bool:
    requete = select(func.count()).select_from(IdentiteFederee).where(col(IdentiteFederee.compte_id) == compte_id)
    return bool(lignes(session, requete)[0][0])
