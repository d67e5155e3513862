"""Les sessions : ouvrir, reconnaître, fermer. Le jeton n'est que dans le cookie, la base en garde l'empreinte."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlmodel import Session, col

from appli.modeles import Compte, SessionWeb
from appli.securite import empreinte_de, nouveau_jeton, verifier
from charte.acteur import Acteur, Origine, Role
from charte.commun.base import Base, exiger_id, lignes, maintenant
from charte.commun.journal import journaliser
from charte.modeles import Etablissement

INACTIVITE = timedelta(hours=4)
DUREE = timedelta(hours=12)
RAFRAICHISSEMENT = timedelta(minutes=5)
"""Une session n'est marquée « vue » qu'une fois par période : lire une page n'écrit pas à chaque fois."""


ROLES_EN_CLAIR = {
    Role.ADMINISTRATEUR: "administrateur",
    Role.REFERENT_QUALITE: "référent qualité",
    Role.RESPONSABLE_FORMATION: "responsable de formation",
    Role.LECTEUR: "lecteur",
}


@dataclass(frozen=True)
class Visite:
    """La requête en cours vue par la sécurité. `ancre` : ce à quoi ses formulaires sont liés."""

    ancre: str
    acteur: Acteur | None = None
    etablissement_nom: str = ""
    courriel: str = ""


@dataclass(frozen=True)
class CompteConnu:
    """Un compte tel que la page de connexion en a besoin."""

    id: int
    courriel: str
    nom: str
    role: Role
    etablissement_id: int
    etablissement_nom: str
    condense: str

    @property
    def role_en_clair(self) -> str:
        """Le rôle tel qu'on le lit."""
        return ROLES_EN_CLAIR[self.role]

    @property
    def acteur(self) -> Acteur:
        """Celui qui agit sous ce compte."""
        return Acteur(self.etablissement_id, self.nom, self.role, self.id, Origine.WEB)


def comptes_actifs(session: Session, courriel: str | None = None) -> list[CompteConnu]:
    """Les comptes actifs, ou celui de ce courriel (casse et espaces autour sans effet)."""
    requete = (
        select(
            *(col(c) for c in (Compte.id, Compte.courriel, Compte.nom, Compte.role, Compte.etablissement_id)),
            col(Etablissement.nom),
            col(Compte.condense),
        )
        .join(Etablissement, col(Etablissement.id) == col(Compte.etablissement_id))
        .where(col(Compte.actif))
        .order_by(col(Compte.id))
    )
    if courriel is not None:
        requete = requete.where(col(Compte.courriel) == courriel.strip().lower())
    return [CompteConnu(i, c, n, Role(r), e, en, h) for i, c, n, r, e, en, h in lignes(session, requete)]


def authentifier(session: Session, courriel: str, mot_de_passe: str) -> CompteConnu | None:
    """Le compte si le mot de passe est le sien ; un compte inconnu prend le même temps qu'un mot de passe faux."""
    trouves = comptes_actifs(session, courriel)
    compte = trouves[0] if trouves else None
    return compte if verifier(mot_de_passe, compte.condense if compte else None) else None


def ouvrir_session(session: Session, compte: CompteConnu) -> str:
    """Ouvre une session et rend son jeton, toujours neuf : un cookie choisi d'avance ne devient jamais valable."""
    jeton, instant = nouveau_jeton(), maintenant()
    session.add(
        SessionWeb(
            compte_id=compte.id,
            empreinte=empreinte_de(jeton),
            ouverte_le=instant,
            vue_le=instant,
            expire_le=instant + DUREE,
        )
    )
    session.execute(delete(SessionWeb).where(col(SessionWeb.expire_le) < instant))
    session.execute(update(Compte).where(col(Compte.id) == compte.id).values(derniere_connexion=instant))
    journaliser(session, compte.acteur, "connexion", f"compte:{compte.id}")
    return jeton


def fermer_session(session: Session, empreinte: str) -> None:
    """Révoque une session : son jeton ne sera plus jamais reconnu."""
    session.execute(delete(SessionWeb).where(col(SessionWeb.empreinte) == empreinte))


def reconnaitre(base: Base, jeton: str) -> Visite | None:
    """La visite de ce jeton, ou None s'il est inconnu, révoqué, trop vieux ou inactif depuis trop longtemps."""
    empreinte, instant = empreinte_de(jeton), maintenant()
    with base.lecture() as session:
        trouvees = lignes(
            session,
            select(
                *(col(c) for c in (SessionWeb.id, SessionWeb.vue_le, Compte.id, Compte.nom, Compte.role)),
                *(col(c) for c in (Compte.courriel, Etablissement.id, Etablissement.nom)),
            )
            .select_from(SessionWeb)
            .join(Compte, col(Compte.id) == col(SessionWeb.compte_id))
            .join(Etablissement, col(Etablissement.id) == col(Compte.etablissement_id))
            .where(
                col(SessionWeb.empreinte) == empreinte,
                col(SessionWeb.expire_le) > instant,
                col(SessionWeb.vue_le) > instant - INACTIVITE,
                col(Compte.actif),
            ),
        )
    if not trouvees:
        return None
    session_id, vue_le, compte_id, nom, role, courriel, etablissement_id, etablissement_nom = trouvees[0]
    if instant - vue_le > RAFRAICHISSEMENT:
        _marquer_vue(base, exiger_id(session_id))
    return Visite(
        empreinte, Acteur(etablissement_id, nom, Role(role), compte_id, Origine.WEB), etablissement_nom, courriel
    )


def _marquer_vue(base: Base, session_id: int) -> None:
    with base.ecriture() as session:
        session.execute(update(SessionWeb).where(col(SessionWeb.id) == session_id).values(vue_le=maintenant()))
