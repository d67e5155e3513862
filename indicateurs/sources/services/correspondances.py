"""Les correspondances de colonnes qu'un établissement garde d'un dépôt à l'autre."""

from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlmodel import Session, col
from sqlmodel import select as lire_des_objets

from charte.acteur import Acteur, Geste, exiger
from charte.commun.base import lignes, maintenant
from charte.commun.journal import journaliser
from charte.commun.web import Introuvable
from indicateurs.sources.correspondance import Correspondance
from indicateurs.sources.modeles import CorrespondanceDeColonnes


@dataclass(frozen=True)
class CorrespondanceGardee:
    """Une correspondance gardée, et le nom qu'on lui a donné."""

    id: int
    nom: str
    format: str
    correspondance: Correspondance


_COLONNES = (
    CorrespondanceDeColonnes.id,
    CorrespondanceDeColonnes.nom,
    CorrespondanceDeColonnes.format,
    CorrespondanceDeColonnes.colonnes,
)


def correspondances_gardees(session: Session, acteur: Acteur) -> list[CorrespondanceGardee]:
    """Celles de l'établissement de l'acteur, par nom."""
    exiger(acteur, Geste.DEPOSER)
    return _lire(session, _les_siennes(acteur).order_by(col(CorrespondanceDeColonnes.nom)))


def lire_correspondance(session: Session, acteur: Acteur, identifiant: int) -> CorrespondanceGardee:
    """Une correspondance de l'établissement de l'acteur ; lève `Introuvable`."""
    exiger(acteur, Geste.DEPOSER)
    trouvees = _lire(session, _les_siennes(acteur).where(col(CorrespondanceDeColonnes.id) == identifiant))
    if not trouvees:
        raise Introuvable
    return trouvees[0]


def correspondance_de_meme_empreinte(session: Session, acteur: Acteur, empreinte: str) -> CorrespondanceGardee | None:
    """La dernière gardée pour un fichier de mêmes titres, ou None."""
    exiger(acteur, Geste.DEPOSER)
    requete = _les_siennes(acteur).where(col(CorrespondanceDeColonnes.empreinte) == empreinte)
    trouvees = _lire(session, requete.order_by(col(CorrespondanceDeColonnes.modifie_le).desc()).limit(1))
    return trouvees[0] if trouvees else None


def garder_la_correspondance(session: Session, acteur: Acteur, nom: str, correspondance: Correspondance) -> None:
    """Garde une correspondance sous un nom ; la même, sous ce nom, est remplacée."""
    exiger(acteur, Geste.DEPOSER)
    ici = (
        col(CorrespondanceDeColonnes.etablissement_id) == acteur.etablissement_id,
        col(CorrespondanceDeColonnes.nom) == nom,
    )
    gardee = session.exec(lire_des_objets(CorrespondanceDeColonnes).where(*ici)).first()
    neuve = gardee is None
    if gardee is None:
        gardee = CorrespondanceDeColonnes(
            etablissement_id=acteur.etablissement_id, nom=nom, format="", colonnes={}, empreinte="", version=0,
            modifie_par=acteur.nom, modifie_le=maintenant(),
        )  # fmt: skip
        session.add(gardee)
    gardee.format, gardee.colonnes = correspondance.format, correspondance.en_dict()
    gardee.empreinte, gardee.version = correspondance.empreinte, gardee.version + 1
    gardee.modifie_par, gardee.modifie_le = acteur.nom, maintenant()
    session.flush()
    acte = "correspondance de colonnes gardée" if neuve else "correspondance de colonnes remplacée"
    apres = {"format": correspondance.format, "colonnes": len(correspondance.champs)}
    journaliser(session, acteur, acte, f"correspondance_de_colonnes:{gardee.id}", apres=apres)


def _les_siennes(acteur: Acteur) -> Select[tuple[int, str, str, dict[str, object]]]:
    ici = col(CorrespondanceDeColonnes.etablissement_id) == acteur.etablissement_id
    return select(*(col(colonne) for colonne in _COLONNES)).where(ici)


def _lire(session: Session, requete: Select[tuple[int, str, str, dict[str, object]]]) -> list[CorrespondanceGardee]:
    return [
        CorrespondanceGardee(int(identifiant), nom, format_, Correspondance.depuis_dict(colonnes))
        for identifiant, nom, format_, colonnes in lignes(session, requete)
    ]
