"""La boîte d'envoi : ce qui est parti, ce qui attend, ce qui n'a pas pu partir. Le texte, en démonstration."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.response import Template
from sqlalchemy import select
from sqlmodel import Session, col

from appli.comptes.envoi import DELAIS, GENRE_DE_TRAVAIL, Lettre, ouvrir_la_lettre
from appli.modeles import CourrielSortant
from charte.acteur import Acteur, Geste
from charte.commun.base import Base, lignes
from charte.commun.reglages import Reglages
from charte.commun.travaux import Travail
from charte.commun.web import acces, page

MONTRES = 50
INVITATION_OU_ROLE = "Invitation ou rôle donné"
"""Un seul mot : les distinguer dirait à qui invite que la personne avait déjà un compte dans un autre établissement."""
GENRES = {
    "invitation": INVITATION_OU_ROLE,
    "mandat": INVITATION_OU_ROLE,
    "retrait": "Rôle retiré",
    "avis": "Avis demandé",
    "reinitialisation": "Lien de mot de passe",
    "sans_mot_de_passe": "Rappel : pas de mot de passe",
    "mot_de_passe": "Mot de passe changé",
    "second_facteur": "Second facteur en service",
    "second_facteur_retire": "Second facteur retiré",
    "rappel": "Rappel de ce qu’il reste à faire",
}


@dataclass(frozen=True)
class Envoi:
    """Un courriel de la boîte d'envoi ; `lettre` : son texte, en démonstration seulement."""

    genre: str
    cree_le: datetime
    envoye_le: datetime | None
    essais: int
    en_route: bool
    raison: str
    lettre: Lettre | None = None

    @property
    def etat(self) -> str:
        """Ce qu'il en est, en mots."""
        if self.envoye_le:
            return "parti"
        if not self.en_route:
            return "abandonné"
        return f"en attente ({self.essais} essai{'s' if self.essais > 1 else ''} sur {len(DELAIS)})"


@get("/boite-d-envoi", opt=acces(Geste.ADMINISTRER), sync_to_thread=True, name="boite_d_envoi")
def voir_la_boite(
    base: NamedDependency[Base], acteur: NamedDependency[Acteur], reglages: NamedDependency[Reglages]
) -> Template:
    """Les derniers courriels de l'établissement, sans destinataire ni texte ; en démonstration, tout se lit."""
    with base.lecture() as session:
        envois = _lire(session, reglages, acteur)
    return page("appli/comptes/boite.html", envois=envois, regle=reglages.courrier is not None)


def _lire(session: Session, reglages: Reglages, acteur: Acteur) -> list[Envoi]:
    c = CourrielSortant
    colonnes = (c.id, c.genre, c.cree_le, c.envoye_le, c.essais, c.contenu)
    requete = select(*(col(colonne) for colonne in colonnes)).where(col(c.etablissement_id) == acteur.etablissement_id)
    raisons = _raisons(session, acteur)
    envois = []
    for numero, genre, cree, parti, essais, contenu in lignes(
        session, requete.order_by(col(c.id).desc()).limit(MONTRES)
    ):
        lettre = ouvrir_la_lettre(reglages, numero, contenu) if reglages.demonstration and contenu else None
        dit = GENRES.get(genre, genre)
        envois.append(Envoi(dit, cree, parti, essais, contenu is not None, raisons.get(numero, ""), lettre))
    return envois


def _raisons(session: Session, acteur: Acteur) -> dict[int, str]:
    """Ce qu'a dit le dernier essai de chaque courriel."""
    requete = (
        select(col(Travail.parametres), col(Travail.message))
        .where(col(Travail.etablissement_id) == acteur.etablissement_id, col(Travail.genre) == GENRE_DE_TRAVAIL)
        .order_by(col(Travail.id).desc())
        .limit(MONTRES * len(DELAIS))
    )
    raisons: dict[int, Any] = {}
    for parametres, message in lignes(session, requete):
        raisons.setdefault(int(parametres["courriel_id"]), message or "")
    return raisons


ROUTES = (voir_la_boite,)
