"""Les comptes, leurs mandats et leurs sessions ; l'inventaire de toutes les tables (base et migrations)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

# Chaque import inscrit ses tables dans SQLModel.metadata : sans lui, une clé étrangère ne trouverait pas sa cible.
import charte.commun.journal
import charte.commun.travaux
import charte.modeles  # noqa: F401
import grilles.arrete.modeles
import grilles.avis.modeles
import grilles.jalons.modeles
import grilles.modeles
import grilles.plan.modeles
import grilles.preuves.modeles  # noqa: F401
import indicateurs.modeles
import indicateurs.objectifs.modeles
import indicateurs.publication.modeles
import indicateurs.reperes.modeles
import indicateurs.revue.modeles
import indicateurs.sources.modeles  # noqa: F401
import rapports.modeles  # noqa: F401
from charte.acteur import Partie, Portee, Role
from charte.commun.base import Instant, cle_primaire, reference, valeurs_permises

METADONNEES = SQLModel.metadata
GENRES_DE_LIEN = ("invitation", "reinitialisation")
METHODES_DE_CONNEXION = ("mot_de_passe", "fournisseur", "demonstration")


def _instant(*, facultatif: bool = False, index: bool = False) -> Column[datetime]:
    return Column(Instant(), nullable=facultatif, index=index)


class Compte(SQLModel, table=True):
    """Une personne qui se connecte ; ses droits sont ses mandats. `etablissement_id` : celui qui l'a créée.

    `condense` : argon2id du mot de passe ; None tant qu'elle n'en a pas choisi (invitée, ou connexion par fournisseur).
    `totp` : secret du second facteur, chiffré ; en service depuis `totp_depuis`. `totp_pas` : dernier pas accepté (un
    code ne sert qu'une fois).
    """

    __tablename__ = "compte"
    __table_args__ = (UniqueConstraint("courriel"),)

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    courriel: str = Field(max_length=254)
    nom: str = Field(max_length=200)
    condense: str | None = Field(default=None, max_length=200)
    actif: bool = True
    cree_le: datetime = Field(sa_column=_instant())
    derniere_connexion: datetime | None = Field(default=None, sa_column=_instant(facultatif=True))
    mot_de_passe_le: datetime | None = Field(default=None, sa_column=_instant(facultatif=True))
    totp: bytes | None = Field(default=None, sa_column=Column(LargeBinary(), nullable=True))
    totp_depuis: datetime | None = Field(default=None, sa_column=_instant(facultatif=True))
    totp_pas: int | None = None


class MandatTenu(SQLModel, table=True):
    """Un rôle tenu par un compte dans un établissement, sur tout ou sur un objet ; retiré, il reste pour mémoire."""

    __tablename__ = "mandat"
    __table_args__ = (
        CheckConstraint(valeurs_permises("role", tuple(Role)), name="role"),
        CheckConstraint(valeurs_permises("portee", tuple(Portee)), name="portee"),
        CheckConstraint(valeurs_permises("partie", (Partie.ETABLISSEMENT, Partie.CFA)), name="partie"),
        CheckConstraint(
            "(portee = 'cfa') = (cfa_id IS NOT NULL) AND (portee = 'composante') = (composante_id IS NOT NULL) "
            "AND (portee = 'formation') = (formation_id IS NOT NULL)",
            name="un_objet",
        ),
        CheckConstraint("portee = 'formation' OR (partie = 'cfa') = (portee = 'cfa')", name="partie_de_la_portee"),
        CheckConstraint("role <> 'administrateur' OR portee = 'etablissement'", name="administrateur_partout"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    compte_id: int = Field(sa_column=reference("compte.id", cascade=True))
    role: str = Field(max_length=40)
    portee: str = Field(default="etablissement", max_length=20)
    partie: str = Field(default="etablissement", max_length=20)
    cfa_id: int | None = Field(default=None, sa_column=reference("cfa.id", facultative=True))
    composante_id: int | None = Field(default=None, sa_column=reference("composante.id", facultative=True))
    formation_id: int | None = Field(default=None, sa_column=reference("formation.id", facultative=True))
    donne_le: datetime = Field(sa_column=_instant())
    retire_le: datetime | None = Field(default=None, sa_column=_instant(facultatif=True))


class SessionWeb(SQLModel, table=True):
    """Une session ouverte : seule l'empreinte SHA-256 du jeton est gardée.

    `etablissement_id` : l'établissement où elle agit (None : le premier du compte). `second_facteur_attendu` : le mot
    de passe est juste, le code manque ; elle n'ouvre encore rien. `appareil` : famille de navigateur et de système.
    """

    __tablename__ = "session_web"
    __table_args__ = (
        UniqueConstraint("empreinte"),
        CheckConstraint(valeurs_permises("methode", METHODES_DE_CONNEXION), name="methode"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    compte_id: int = Field(sa_column=reference("compte.id", cascade=True))
    etablissement_id: int | None = Field(default=None, sa_column=reference("etablissement.id", facultative=True))
    empreinte: str = Field(max_length=64)
    methode: str = Field(default="mot_de_passe", max_length=20)
    appareil: str = Field(default="", max_length=60)
    second_facteur_attendu: bool = False
    ouverte_le: datetime = Field(sa_column=_instant())
    vue_le: datetime = Field(sa_column=_instant())
    expire_le: datetime = Field(sa_column=_instant(index=True))


class CodeDeSecours(SQLModel, table=True):
    """Un code de secours du second facteur, à usage unique ; `empreinte` : à clé."""

    __tablename__ = "code_de_secours"
    __table_args__ = (UniqueConstraint("compte_id", "empreinte"),)

    id: int | None = Field(default=None, sa_column=cle_primaire())
    compte_id: int = Field(sa_column=reference("compte.id", cascade=True))
    empreinte: str = Field(max_length=64)
    employe_le: datetime | None = Field(default=None, sa_column=_instant(facultatif=True))


class LienUnique(SQLModel, table=True):
    """Un lien à usage unique envoyé par courriel : invitation, réinitialisation. Seule l'empreinte est gardée."""

    __tablename__ = "lien_unique"
    __table_args__ = (
        UniqueConstraint("empreinte"),
        CheckConstraint(valeurs_permises("genre", GENRES_DE_LIEN), name="genre"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    compte_id: int = Field(sa_column=reference("compte.id", cascade=True))
    genre: str = Field(max_length=20)
    empreinte: str = Field(max_length=64)
    cree_le: datetime = Field(sa_column=_instant())
    expire_le: datetime = Field(sa_column=_instant(index=True))
    employe_le: datetime | None = Field(default=None, sa_column=_instant(facultatif=True))


class CourrielSortant(SQLModel, table=True):
    """Un courriel à envoyer. `contenu` : chiffré (il peut porter un lien secret), effacé une fois envoyé."""

    __tablename__ = "courriel_sortant"

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    compte_id: int | None = Field(default=None, sa_column=reference("compte.id", facultative=True, cascade=True))
    genre: str = Field(max_length=40)
    contenu: bytes | None = Field(default=None, sa_column=Column(LargeBinary(), nullable=True))
    cree_le: datetime = Field(sa_column=_instant(index=True))
    envoye_le: datetime | None = Field(default=None, sa_column=_instant(facultatif=True))
    essais: int = 0


class IdentiteFederee(SQLModel, table=True):
    """Le compte d'une personne chez un fournisseur d'identité : (fournisseur, sujet) ne désigne qu'elle."""

    __tablename__ = "identite_federee"
    __table_args__ = (UniqueConstraint("fournisseur", "sujet"),)

    id: int | None = Field(default=None, sa_column=cle_primaire())
    compte_id: int = Field(sa_column=reference("compte.id", cascade=True))
    fournisseur: str = Field(max_length=60)
    sujet: str = Field(max_length=255)
    lie_le: datetime = Field(sa_column=_instant())


class AvantConnexion(SQLModel, table=True):
    """Un aller chez un fournisseur d'identité dont on attend le retour ; supprimé au retour, jamais rejoué."""

    __tablename__ = "avant_connexion"

    empreinte: str = Field(primary_key=True, max_length=64)
    """SHA-256 de l'état (`state`) envoyé au fournisseur."""
    ancre: str = Field(max_length=64)
    """SHA-256 de l'ancre de la visite : le retour vient du même navigateur."""
    fournisseur: str = Field(max_length=60)
    secrets: bytes = Field(sa_column=Column(LargeBinary(), nullable=False))
    """Nonce et vérificateur PKCE, chiffrés."""
    suite: str = Field(default="/", max_length=1000)
    expire_le: datetime = Field(sa_column=_instant(index=True))


class TentativeConnexion(SQLModel, table=True):
    """Les échecs de suite d'un compte, ou d'un compte depuis une adresse ; `empreinte` : à clé, de l'un ou des deux."""

    __tablename__ = "tentative_connexion"

    empreinte: str = Field(primary_key=True, max_length=64)
    echecs: int
    dernier_le: datetime = Field(sa_column=_instant(index=True))
    reessayer_le: datetime = Field(sa_column=_instant())
