"""Les sessions : ouvrir, reconnaître, fermer. Le jeton n'est que dans le cookie, la base en garde l'empreinte."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, func, select, update
from sqlmodel import Session, col

from appli.modeles import Compte, MandatTenu, SessionWeb
from appli.securite import empreinte_de, nouveau_jeton, verifier
from charte.acteur import Acteur, Mandat, Origine, Partie, Portee, Role, le_plus_large
from charte.commun.base import Base, exiger_id, lignes, maintenant
from charte.commun.journal import journaliser
from charte.modeles import Etablissement

INACTIVITE = timedelta(hours=4)
DUREE = timedelta(hours=12)
ATTENTE_DU_CODE = timedelta(minutes=10)
"""Le temps laissé pour donner le second facteur."""
RAFRAICHISSEMENT = timedelta(minutes=5)
"""Une session n'est marquée « vue » qu'une fois par période : lire une page n'écrit pas à chaque fois."""


ROLES_EN_CLAIR = {
    Role.ADMINISTRATEUR: "administrateur",
    Role.REFERENT_QUALITE: "référent qualité",
    Role.RESPONSABLE_FORMATION: "responsable de formation",
    Role.LECTEUR: "lecteur",
    Role.MEMBRE_INSTANCE: "membre d’instance",
}


@dataclass(frozen=True)
class Espace:
    """Un établissement où un compte tient des mandats (au moins un)."""

    etablissement_id: int
    nom: str
    mandats: tuple[Mandat, ...]

    @property
    def role(self) -> Role:
        """Le plus large des rôles tenus ici."""
        return le_plus_large(self.mandats)


@dataclass(frozen=True)
class Visite:
    """La requête en cours vue par la sécurité. `ancre` : ce à quoi ses formulaires sont liés.

    `espaces` : les établissements du compte ; `acteur` agit dans l'un d'eux. `session_id` : la session ouverte, par
    `methode` ; `second_facteur` : le compte en a un en service.
    """

    ancre: str
    acteur: Acteur | None = None
    etablissement_nom: str = ""
    courriel: str = ""
    session_id: int | None = None
    espaces: tuple[Espace, ...] = ()
    methode: str = ""
    second_facteur: bool = False


@dataclass(frozen=True)
class CompteConnu:
    """Un compte actif qui tient au moins un mandat, tel que la connexion en a besoin."""

    id: int
    courriel: str
    nom: str
    condense: str | None
    second_facteur: bool
    espaces: tuple[Espace, ...]

    @property
    def role(self) -> Role:
        """Le plus large des rôles tenus dans le premier espace."""
        return self.espaces[0].role

    @property
    def role_en_clair(self) -> str:
        """Le rôle tel qu'on le lit."""
        return ROLES_EN_CLAIR[self.role]

    @property
    def etablissement_nom(self) -> str:
        """Le nom du premier espace."""
        return self.espaces[0].nom

    @property
    def acteur(self) -> Acteur:
        """Celui qui agit sous ce compte, dans son premier espace."""
        return acteur_dans(self.espaces[0], self.nom, self.id)


def acteur_dans(espace: Espace, nom: str, compte_id: int) -> Acteur:
    """Celui qui agit sous ce compte, dans cet espace, depuis une page."""
    return Acteur(espace.etablissement_id, nom, espace.role, compte_id, Origine.WEB, espace.mandats)


def comptes_actifs(session: Session, courriel: str | None = None) -> list[CompteConnu]:
    """Les comptes actifs qui tiennent un mandat, ou celui de ce courriel (casse et espaces autour sans effet)."""
    requete = (
        select(*(col(c) for c in (Compte.id, Compte.courriel, Compte.nom, Compte.condense, Compte.totp_depuis)))
        .where(col(Compte.actif))
        .order_by(col(Compte.id))
    )
    if courriel is not None:
        # PostgreSQL refuse le caractère nul, même dans une valeur cherchée.
        requete = requete.where(col(Compte.courriel) == courriel.replace("\0", "\ufffd").strip().lower())
    trouves = lignes(session, requete)
    espaces = lire_espaces(session, [compte_id for compte_id, *_ in trouves])
    return [
        CompteConnu(i, c, n, h, totp is not None, espaces[i]) for i, c, n, h, totp in trouves if espaces.get(i)
    ]  # fmt: skip


def lire_espaces(session: Session, compte_ids: Sequence[int]) -> dict[int, tuple[Espace, ...]]:
    """Les espaces de chaque compte, du plus ancien mandat au plus récent ; un compte sans mandat n'y est pas."""
    requete = (
        select(*COLONNES_DE_MANDAT)
        .join(Etablissement, col(Etablissement.id) == col(MandatTenu.etablissement_id))
        .where(col(MandatTenu.compte_id).in_(compte_ids), col(MandatTenu.retire_le).is_(None))
        .order_by(col(MandatTenu.id))
    )
    par_compte: dict[int, list[Sequence[Any]]] = {}
    for compte_id, *reste in lignes(session, requete):
        par_compte.setdefault(compte_id, []).append(reste)
    return {compte_id: assembler_espaces(lus) for compte_id, lus in par_compte.items()}


COLONNES_DE_MANDAT = (
    col(MandatTenu.compte_id),
    col(MandatTenu.etablissement_id),
    col(Etablissement.nom),
    *(col(c) for c in (MandatTenu.role, MandatTenu.portee, MandatTenu.partie)),
    func.coalesce(col(MandatTenu.cfa_id), col(MandatTenu.composante_id), col(MandatTenu.formation_id)),
)


def assembler_espaces(lus: Iterable[Sequence[Any]]) -> tuple[Espace, ...]:
    """Des lignes (établissement, nom, rôle, portée, partie, objet) aux espaces, dans l'ordre des lignes."""
    par_espace: dict[tuple[int, str], list[Mandat]] = {}
    for etablissement_id, nom, role, portee, partie, objet in lus:
        mandat = Mandat(Role(role), Portee(portee), objet, Partie(partie))
        par_espace.setdefault((etablissement_id, nom), []).append(mandat)
    return tuple(Espace(*qui, tuple(mandats)) for qui, mandats in par_espace.items())


def authentifier(session: Session, courriel: str, mot_de_passe: str) -> CompteConnu | None:
    """Le compte si le mot de passe est le sien ; un compte inconnu prend le même temps qu'un mot de passe faux."""
    trouves = comptes_actifs(session, courriel)
    compte = trouves[0] if trouves else None
    return compte if verifier(mot_de_passe, compte.condense if compte else None) else None


def ouvrir_session(
    session: Session, compte: CompteConnu, methode: str = "mot_de_passe", *, appareil: str = "", attendre: bool = False
) -> str:
    """Ouvre une session et rend son jeton, toujours neuf : un cookie choisi d'avance ne devient jamais valable.

    `attendre` : le second facteur reste à donner, la session n'ouvre encore rien.
    """
    jeton, instant = nouveau_jeton(), maintenant()
    session.add(
        SessionWeb(
            compte_id=compte.id,
            etablissement_id=compte.espaces[0].etablissement_id,
            empreinte=empreinte_de(jeton),
            methode=methode,
            appareil=appareil,
            second_facteur_attendu=attendre,
            ouverte_le=instant,
            vue_le=instant,
            expire_le=instant + (ATTENTE_DU_CODE if attendre else DUREE),
        )
    )
    session.execute(delete(SessionWeb).where(col(SessionWeb.expire_le) < instant))
    if not attendre:
        session.execute(update(Compte).where(col(Compte.id) == compte.id).values(derniere_connexion=instant))
        journaliser(session, compte.acteur, "connexion", f"compte:{compte.id}", apres={"methode": methode})
    return jeton


def session_en_attente(session: Session, jeton: str) -> tuple[int, str, str] | None:
    """(compte, courriel, méthode) de la session de ce jeton qui attend son second facteur, ou None."""
    requete = (
        select(col(Compte.id), col(Compte.courriel), col(SessionWeb.methode))
        .join(SessionWeb, col(SessionWeb.compte_id) == col(Compte.id))
        .where(
            col(SessionWeb.empreinte) == empreinte_de(jeton),
            col(SessionWeb.second_facteur_attendu),
            col(SessionWeb.expire_le) > maintenant(),
            col(Compte.actif),
        )
    )
    trouvees = lignes(session, requete)
    return (trouvees[0][0], trouvees[0][1], trouvees[0][2]) if trouvees else None


def fermer_session(session: Session, empreinte: str) -> None:
    """Révoque une session : son jeton ne sera plus jamais reconnu."""
    session.execute(delete(SessionWeb).where(col(SessionWeb.empreinte) == empreinte))


def fermer_les_sessions(
    session: Session, compte_id: int, *, sauf: int | None = None, etablissement_id: int | None = None
) -> int:
    """Révoque les sessions d'un compte (celles qui agissent dans un établissement, s'il est dit), sauf une éventuelle.

    Rend leur nombre.
    """
    condition = col(SessionWeb.compte_id) == compte_id
    if etablissement_id is not None:
        condition = and_(condition, col(SessionWeb.etablissement_id) == etablissement_id)
    if sauf is not None:
        condition = and_(condition, col(SessionWeb.id) != sauf)
    return int(session.connection().execute(delete(SessionWeb).where(condition)).rowcount)


def changer_d_espace(session: Session, visite: Visite, etablissement_id: int) -> str | None:
    """Passe la session dans un autre espace du compte et rend son nouveau jeton ; None si l'espace n'est pas à lui."""
    if etablissement_id not in {espace.etablissement_id for espace in visite.espaces}:
        return None
    jeton = nouveau_jeton()
    session.execute(
        update(SessionWeb)
        .where(col(SessionWeb.id) == visite.session_id, col(SessionWeb.empreinte) == visite.ancre)
        .values(empreinte=empreinte_de(jeton), etablissement_id=etablissement_id)
    )
    return jeton


def reconnaitre(base: Base, jeton: str) -> Visite | None:
    """La visite de ce jeton, ou None s'il est inconnu, révoqué, trop vieux, inactif, sans mandat ou en attente."""
    empreinte, instant = empreinte_de(jeton), maintenant()
    with base.lecture() as session:
        valeurs = {"empreinte": empreinte, "instant": instant, "vue_depuis": instant - INACTIVITE}
        trouvees = session.connection().execute(_session_et_mandats(), valeurs).all()
    if not trouvees:
        return None
    session_id, vue_le, ici, methode, nom, courriel, totp_depuis, compte_id = trouvees[0][:8]
    espaces = assembler_espaces(ligne[8:] for ligne in trouvees)
    espace = next((e for e in espaces if e.etablissement_id == ici), espaces[0])
    if instant - vue_le > RAFRAICHISSEMENT:
        _marquer_vue(base, exiger_id(session_id))
    acteur = acteur_dans(espace, nom, compte_id)
    return Visite(empreinte, acteur, espace.nom, courriel, session_id, espaces, methode, totp_depuis is not None)


@cache
def _session_et_mandats() -> Select[*tuple[Any, ...]]:
    """Une ligne par mandat du compte d'une session valable ; composée une fois, chaque requête du site l'exécute."""
    de_la_session = (SessionWeb.id, SessionWeb.vue_le, SessionWeb.etablissement_id, SessionWeb.methode)
    du_compte = (Compte.nom, Compte.courriel, Compte.totp_depuis)
    return (
        select(*(col(c) for c in de_la_session), *(col(c) for c in du_compte), *COLONNES_DE_MANDAT)
        .select_from(SessionWeb)
        .join(Compte, col(Compte.id) == col(SessionWeb.compte_id))
        .join(MandatTenu, col(MandatTenu.compte_id) == col(Compte.id))
        .join(Etablissement, col(Etablissement.id) == col(MandatTenu.etablissement_id))
        .where(
            col(SessionWeb.empreinte) == bindparam("empreinte"),
            col(SessionWeb.second_facteur_attendu).is_(False),
            col(SessionWeb.expire_le) > bindparam("instant"),
            col(SessionWeb.vue_le) > bindparam("vue_depuis"),
            col(Compte.actif),
            col(MandatTenu.retire_le).is_(None),
        )
        .order_by(col(MandatTenu.id))
    )


def _marquer_vue(base: Base, session_id: int) -> None:
    with base.ecriture() as session:
        session.execute(update(SessionWeb).where(col(SessionWeb.id) == session_id).values(vue_le=maintenant()))
