"""Lire les revues que l'acteur atteint : celles de l'établissement, ou celles de ses CFA."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, etendue
from charte.commun.base import lignes
from charte.commun.web import Introuvable
from charte.modeles import Cfa, Etablissement
from indicateurs.revue.contenu import Contenu, lire_contenu
from indicateurs.revue.modeles import Revue

TOUT = "Tout l’établissement"
_COLONNES = (
    Revue.id, Revue.cfa_id, Revue.annee, Revue.rang, Revue.observee_le, Revue.etat, Revue.donnees_completes,
    Revue.note_donnees, Revue.definitions_justes, Revue.note_definitions, Revue.conclusion, Revue.motif,
    Revue.empreinte, Revue.arretee_le, Revue.arretee_par, Revue.version, Revue.modifie_par, Revue.modifie_le,
    Cfa.nom, Cfa.uai, Etablissement.nom,
)  # fmt: skip


@dataclass(frozen=True)
class RevueLue:
    """Une revue telle que la base la garde ; `cfa_nom` et `cfa_uai` None : l'établissement entier."""

    id: int
    cfa_id: int | None
    annee: int
    rang: int
    observee_le: date
    etat: str
    donnees_completes: bool | None
    note_donnees: str
    definitions_justes: bool | None
    note_definitions: str
    conclusion: str
    motif: str
    empreinte: str | None
    arretee_le: datetime | None
    arretee_par: str
    version: int
    modifie_par: str
    modifie_le: datetime
    cfa_nom: str | None
    cfa_uai: str | None
    etablissement: str

    @property
    def arretee(self) -> bool:
        """Vrai si elle est figée."""
        return self.etat == "arretee"

    @property
    def perimetre(self) -> str:
        """« CFA de l'Ouest », ou tout l'établissement."""
        return self.cfa_nom or TOUT

    @property
    def adresse(self) -> str:
        """L'adresse de ses pages."""
        return f"/revues/{self.id}"

    @property
    def fichier(self) -> str:
        """Le début du nom des fichiers à emporter."""
        return f"revue-{self.annee}-{self.cfa_uai or 'etablissement'}-v{self.rang}"


def atteinte(acteur: Acteur, geste: Geste) -> ColumnElement[bool]:
    """La condition « l'acteur peut faire ce geste sur cette revue ».

    Celle de l'établissement demande un mandat sur l'établissement ; celle d'un CFA, un mandat sur ce CFA.
    """
    ou = etendue(acteur, geste)
    ici = col(Revue.etablissement_id) == acteur.etablissement_id
    return ici if ou.tout else and_(ici, col(Revue.cfa_id).in_(sorted(ou.cfas)))


def _requete(acteur: Acteur, geste: Geste) -> Select[*tuple[Any, ...]]:
    return (
        select(*(col(c) for c in _COLONNES))
        .join(Etablissement, col(Etablissement.id) == col(Revue.etablissement_id))
        .outerjoin(Cfa, col(Cfa.id) == col(Revue.cfa_id))
        .where(atteinte(acteur, geste))
    )


def lister_les_revues(session: Session, acteur: Acteur) -> list[RevueLue]:
    """Les revues que l'acteur lit, la plus récente d'abord."""
    requete = _requete(acteur, Geste.LIRE).order_by(
        col(Revue.annee).desc(), col(Cfa.nom).is_not(None), col(Cfa.nom), col(Revue.rang).desc()
    )
    return [RevueLue(*ligne) for ligne in lignes(session, requete)]


def lire_une_revue(session: Session, acteur: Acteur, revue_id: int, geste: Geste = Geste.LIRE) -> RevueLue:
    """Une revue que l'acteur atteint pour ce geste ; lève `Introuvable`."""
    trouvees = lignes(session, _requete(acteur, geste).where(col(Revue.id) == revue_id))
    if not trouvees:
        raise Introuvable(f"Aucune revue {revue_id}.")
    return RevueLue(*trouvees[0])


def lire_le_scelle(session: Session, acteur: Acteur, revue: RevueLue) -> str:
    """Le JSON canonique d'une revue arrêtée, octet pour octet ; lève `Introuvable` si elle est ouverte."""
    requete = select(col(Revue.contenu)).where(
        col(Revue.id) == revue.id, col(Revue.etablissement_id) == acteur.etablissement_id
    )
    texte = lignes(session, requete)[0][0]
    if not revue.arretee or texte is None:
        raise Introuvable(f"La revue {revue.id} n'est pas arrêtée.")
    return str(texte)


def lire_la_precedente(session: Session, acteur: Acteur, revue: RevueLue) -> Contenu | None:
    """La dernière revue arrêtée d'une année d'avant, du même périmètre ; None s'il n'y en a pas."""
    requete = (
        select(col(Revue.contenu))
        .where(
            col(Revue.etablissement_id) == acteur.etablissement_id,
            col(Revue.cfa_id).is_not_distinct_from(revue.cfa_id),
            col(Revue.etat) == "arretee",
            col(Revue.annee) < revue.annee,
        )
        .order_by(col(Revue.annee).desc(), col(Revue.rang).desc())
        .limit(1)
    )
    trouvees = lignes(session, requete)
    return lire_contenu(trouvees[0][0]) if trouvees else None


def rouverte_depuis(session: Session, acteur: Acteur, revue: RevueLue) -> bool:
    """Vrai si une autre revue de la même année et du même périmètre a pris sa suite."""
    requete = select(col(Revue.id)).where(
        col(Revue.etablissement_id) == acteur.etablissement_id,
        col(Revue.cfa_id).is_not_distinct_from(revue.cfa_id),
        col(Revue.annee) == revue.annee,
        col(Revue.rang) > revue.rang,
    )
    return bool(lignes(session, requete))


def perimetres_a_revoir(session: Session, acteur: Acteur) -> list[tuple[int | None, str]]:
    """(CFA ou None, libellé) de chaque périmètre dont l'acteur peut mener la revue ; l'établissement d'abord."""
    ou = etendue(acteur, Geste.MENER_REVUE)
    requete = select(col(Cfa.id), col(Cfa.nom)).where(col(Cfa.etablissement_id) == acteur.etablissement_id)
    if not ou.tout:
        requete = requete.where(col(Cfa.id).in_(sorted(ou.cfas)))
    cfas: list[tuple[int | None, str]] = [(i, nom) for i, nom in lignes(session, requete.order_by(col(Cfa.nom)))]
    return [(None, TOUT), *cfas] if ou.tout else cfas
