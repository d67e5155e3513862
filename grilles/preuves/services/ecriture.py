"""Déposer, changer, citer, effacer une preuve. Le journal n'en garde ni titre ni nom de fichier."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import CursorResult, Executable, delete, select, update
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, exiger
from charte.commun.base import lignes
from charte.commun.journal import journaliser
from grilles.modeles import Preuve, PreuveCitee
from grilles.preuves.modeles import FichierDePreuve
from grilles.preuves.services.lecture import aujourd_hui, lire_preuve
from grilles.preuves.services.neuve import ranger_une_preuve
from grilles.preuves.services.portee import exiger_modifiable, exiger_preuve, retenir
from grilles.preuves.services.usage import sert_ou_a_servi
from grilles.preuves.vues import PreuveVue
from grilles.services.saisie import exiger_element, exiger_ouverte, inserer, ouvrir_grille


@dataclass(frozen=True)
class CommandeDePreuve:
    """Ce qu'on dit d'une preuve. `adresse` vide : des fichiers seulement."""

    titre: str
    adresse: str = ""
    date_effet: date | None = None
    date_fin: date | None = None
    proprietaire: str = ""
    partagee: bool = False


@dataclass(frozen=True)
class CommandeDeCitation:
    """Une preuve existante à citer à l'appui d'un élément, dans la grille d'une formation (`annee` None : en cours).

    `emplacement` None : celui d'une citation qui existe déjà ne change pas.
    """

    formation_id: int
    element: str
    preuve_id: int
    emplacement: str | None = ""
    annee: int | None = None


class ConflitDePreuve(Exception):
    """Quelqu'un a changé la preuve entre-temps ; `autre` : ce qu'elle est devenue."""

    def __init__(self, autre: PreuveVue) -> None:
        super().__init__("La preuve a changé entre-temps.")
        self.autre = autre


class PreuveQuiSert(Exception):
    """La preuve ne s'efface pas : elle sert encore, ou une grille arrêtée la porte."""


class PreuveSansContenu(ValueError):
    """Une preuve n'aurait ni lien ni fichier."""


SANS_CONTENU = "Joignez un fichier ou donnez un lien : une preuve doit pouvoir s'ouvrir."


def creer_preuve(session: Session, acteur: Acteur, commande: CommandeDePreuve) -> int:
    """Range une preuve neuve et rend son identifiant ; ses fichiers se joignent ensuite, dans la transaction."""
    exiger(acteur, Geste.REMPLIR_GRILLE)
    preuve_id = ranger_une_preuve(
        session,
        acteur,
        titre=commande.titre,
        adresse=commande.adresse,
        date_effet=commande.date_effet,
        date_fin=commande.date_fin,
        proprietaire=commande.proprietaire,
        partagee=commande.partagee,
    )
    journaliser(session, acteur, "preuve déposée", f"preuve:{preuve_id}", apres=_au_journal(commande))
    return preuve_id


def modifier_preuve(
    session: Session, acteur: Acteur, preuve_id: int, commande: CommandeDePreuve, *, version: int
) -> None:
    """Change une preuve, si `version` est encore celle de la base ; lève `ConflitDePreuve` sinon.

    Lève `Introuvable`, `DroitManquant`, et `PreuveSansContenu` si le lien est ôté d'une preuve sans fichier.
    """
    exiger_modifiable(session, acteur, preuve_id)
    avant = lire_preuve(session, acteur, preuve_id, aujourd_hui())
    if not commande.adresse and not a_un_fichier(session, acteur, preuve_id):
        raise PreuveSansContenu(SANS_CONTENU)
    changee = update(Preuve).where(col(Preuve.id) == preuve_id, col(Preuve.version) == version)
    valeurs = {**vars(commande), "version": version + 1}
    if _executer(session, changee.values(**valeurs)) == 0:
        raise ConflitDePreuve(avant)
    journaliser(
        session, acteur, "preuve modifiée", f"preuve:{preuve_id}",
        avant=_au_journal(_comme_commande(avant)), apres=_au_journal(commande),
    )  # fmt: skip


def citer(session: Session, acteur: Acteur, commande: CommandeDeCitation) -> None:
    """Cite une preuve que l'acteur voit ; déjà citée là, son emplacement est mis à jour.

    Lève `Introuvable`, `DroitManquant`, `GrilleFigee`.
    """
    exiger_preuve(session, acteur, commande.preuve_id)
    grille = ouvrir_grille(session, acteur, commande.formation_id, commande.annee)
    exiger_ouverte(grille)
    exiger_element(grille, commande.element)
    ici = (
        col(PreuveCitee.preuve_id) == commande.preuve_id,
        col(PreuveCitee.grille_id) == grille.id,
        col(PreuveCitee.element) == commande.element,
        col(PreuveCitee.etablissement_id) == acteur.etablissement_id,
    )
    ou = col(PreuveCitee.emplacement) if commande.emplacement is None else commande.emplacement
    if _executer(session, update(PreuveCitee).where(*ici).values(emplacement=ou)) == 0:
        retenir(session, acteur, commande.preuve_id)
        # Si un autre vient de la citer là, elle l'est : rien ne reste à faire.
        inserer(
            session,
            PreuveCitee(
                etablissement_id=acteur.etablissement_id,
                preuve_id=commande.preuve_id,
                grille_id=grille.id,
                element=commande.element,
                emplacement=commande.emplacement or "",
            ),
        )
    apres = {"element": commande.element, "preuve": commande.preuve_id}
    journaliser(session, acteur, "preuve citée", f"grille:{grille.id}", apres=apres)


def effacer(session: Session, acteur: Acteur, preuve_id: int) -> tuple[str, ...]:
    """Efface une preuve qui ne sert ni n'a servi ; rend les pièces du coffre, à oublier une fois la transaction faite.

    Lève `Introuvable`, `DroitManquant`, `PreuveQuiSert`.
    """
    exiger_modifiable(session, acteur, preuve_id)
    # Qui la cite au même moment passe avant, et elle sert ; ou après, et elle n'existe plus.
    lignes(session, select(col(Preuve.id)).where(col(Preuve.id) == preuve_id).with_for_update())
    if sert_ou_a_servi(session, acteur, preuve_id):
        raise PreuveQuiSert("Cette preuve sert encore, ou une grille arrêtée la porte : elle ne s'efface pas.")
    ici = (
        col(FichierDePreuve.preuve_id) == preuve_id,
        col(FichierDePreuve.etablissement_id) == acteur.etablissement_id,
    )
    pieces = tuple(piece for (piece,) in lignes(session, select(col(FichierDePreuve.piece)).where(*ici)))
    _executer(session, delete(FichierDePreuve).where(*ici))
    _executer(session, delete(Preuve).where(col(Preuve.id) == preuve_id))
    journaliser(session, acteur, "preuve effacée", f"preuve:{preuve_id}", avant={"fichiers": len(pieces)})
    return pieces


def a_un_fichier(session: Session, acteur: Acteur, preuve_id: int) -> bool:
    """Vrai si un fichier de la preuve est encore en vigueur."""
    requete = select(col(FichierDePreuve.id)).where(
        col(FichierDePreuve.preuve_id) == preuve_id,
        col(FichierDePreuve.etablissement_id) == acteur.etablissement_id,
        col(FichierDePreuve.retire_le).is_(None),
    )
    return bool(lignes(session, requete.limit(1)))


def _comme_commande(vue: PreuveVue) -> CommandeDePreuve:
    return CommandeDePreuve(vue.titre, vue.adresse, vue.date_effet, vue.date_fin, vue.proprietaire, vue.partagee)


def _au_journal(commande: CommandeDePreuve) -> dict[str, object]:
    return {
        "lien": bool(commande.adresse),
        "date_effet": commande.date_effet.isoformat() if commande.date_effet else None,
        "date_fin": commande.date_fin.isoformat() if commande.date_fin else None,
        "partagee": commande.partagee,
    }


def _executer(session: Session, requete: Executable) -> int:
    resultat = super(Session, session).execute(requete)
    return int(resultat.rowcount) if isinstance(resultat, CursorResult) else 0
