"""Effacer une personne à sa demande, d'un coup, et empêcher un vieux fichier de la faire revenir."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import delete, event, select
from sqlmodel import Session, col

from charte.acteur import Acteur, exiger_partout
from charte.commun.base import exiger_id, lignes, maintenant
from charte.commun.journal import journaliser
from charte.commun.web import Introuvable
from indicateurs.imports.coffre import Coffre, PieceIllisible
from indicateurs.imports.diagnostic import Diagnostic
from indicateurs.imports.identite import empreinte_effacement
from indicateurs.imports.services.depots import (
    DepotVu,
    depots_gardes,
    diagnostic_du_depot,
    piece_du_diagnostic,
)
from indicateurs.modeles import Apprenti, Depot, Effacement, Parcours
from indicateurs.rgpd.personne import GESTE
from indicateurs.sources.services.oubli import oublier_les_apprentis, oublier_les_parcours


@dataclass(frozen=True)
class DepotConcerne:
    """Un fichier déposé et encore gardé qui porte la personne, ou dont on ne peut pas le savoir (`sur` est faux)."""

    id: int
    nom_fichier: str
    depose_le: datetime
    purger_le: date
    sur: bool


@dataclass(frozen=True)
class BilanEffacement:
    """Ce qui a été effacé : nombre de parcours, de contrats et de fichiers."""

    parcours: int
    contrats: int
    fichiers: int


def depots_concernes(session: Session, acteur: Acteur, apprenti_id: int, coffre: Coffre) -> list[DepotConcerne]:
    """Les fichiers encore gardés de l'établissement où figure la personne, du plus récent au plus ancien.

    Chaque diagnostic gardé est relu : ce que les tables savent de l'origine d'une donnée n'en dit que la dernière.
    """
    exiger_partout(acteur, GESTE)
    empreintes = {empreinte for empreinte in _empreintes(session, acteur, apprenti_id) if empreinte}
    vus = [(depot, _porte(depot, empreintes, coffre)) for depot in depots_gardes(session, acteur)]
    return [
        DepotConcerne(depot.id, depot.nom_fichier, depot.depose_le, depot.purger_le, bool(porte))
        for depot, porte in vus
        if porte is not False
    ]


def _empreintes(session: Session, acteur: Acteur, apprenti_id: int) -> tuple[str, str | None, str | None]:
    """(empreinte de la personne, de son INE, repère de la clé). Lève `Introuvable`."""
    colonnes = (col(Apprenti.empreinte_identite), col(Apprenti.empreinte_ine), col(Apprenti.repere_cle))
    ici = (col(Apprenti.id) == apprenti_id, col(Apprenti.etablissement_id) == acteur.etablissement_id)
    trouvees = lignes(session, select(*colonnes).where(*ici))
    if not trouvees:
        raise Introuvable
    identite, ine, repere = trouvees[0]
    return identite, ine, repere


def _porte(depot: DepotVu, empreintes: set[str], coffre: Coffre) -> bool | None:
    """Vrai si le diagnostic du dépôt porte une de ces empreintes ; None s'il ne peut pas être relu."""
    try:
        return _figure(diagnostic_du_depot(depot, coffre), empreintes)
    except (Introuvable, PieceIllisible):
        return None


def _figure(diagnostic: Diagnostic, empreintes: set[str]) -> bool:
    retenues = diagnostic.lignes
    if "id_personne" not in retenues:
        return False
    return bool(
        empreintes & diagnostic.personnes_ecartees
        or empreintes & set(diagnostic.anciennes.values())
        or retenues["id_personne"].isin(empreintes).any()
        or retenues["empreinte_ine"].isin(empreintes).any()
    )


def effacer(
    session: Session, acteur: Acteur, apprenti_id: int, depots: Iterable[int], coffre: Coffre
) -> BilanEffacement:
    """Efface une personne, tout ce qui est rangé d'elle, et les fichiers `depots` qui la portent encore.

    Pose sa pierre tombale et journalise sans rien qui la désigne. Lève `DroitManquant`, `Introuvable`. Les pièces du
    coffre disparaissent une fois la transaction enregistrée : annulée, elle n'a rien détruit.
    """
    exiger_partout(acteur, GESTE)
    choisis = set(depots)
    concernes = {depot.id for depot in depots_concernes(session, acteur, apprenti_id, coffre)} & choisis
    tombale = _poser_la_tombale(session, acteur, apprenti_id)
    siens = (col(Parcours.apprenti_id) == apprenti_id, col(Parcours.etablissement_id) == acteur.etablissement_id)
    parcours = [int(i) for (i,) in lignes(session, select(col(Parcours.id)).where(*siens))]
    contrats = oublier_les_parcours(session, parcours)
    oublier_les_apprentis(session, [apprenti_id])
    bilan = BilanEffacement(len(parcours), contrats, len(concernes))
    journaliser(session, acteur, "personne effacée à sa demande", f"effacement:{tombale}", apres=asdict(bilan))
    for depot_id in sorted(concernes):
        _effacer_le_fichier(session, acteur, depot_id, coffre)
    return bilan


def _poser_la_tombale(session: Session, acteur: Acteur, apprenti_id: int) -> int:
    identite, ine, repere = _empreintes(session, acteur, apprenti_id)
    tombale = Effacement(
        etablissement_id=acteur.etablissement_id,
        empreinte_identite=empreinte_effacement(identite),
        empreinte_ine=empreinte_effacement(ine) if ine else None,
        repere_cle=repere,
        efface_le=maintenant(),
    )
    session.add(tombale)
    session.flush()
    return exiger_id(tombale.id)


def _effacer_le_fichier(session: Session, acteur: Acteur, depot_id: int, coffre: Coffre) -> None:
    depot = session.get_one(Depot, depot_id)
    if depot.fichier is None or depot.etablissement_id != acteur.etablissement_id:
        raise Introuvable
    pieces = (depot.fichier, piece_du_diagnostic(depot.fichier))
    journaliser(session, acteur, "fichier effacé avant terme", f"depot:{depot_id}", avant={"etat": depot.etat})
    depot.etat = depot.etat if depot.etat == "confirme" else "abandonne"
    depot.fichier = None

    def oublier(_: object) -> None:
        for piece in pieces:
            coffre.oublier(piece)

    event.listen(session, "after_commit", oublier, once=True)


def lever_l_effacement(session: Session, acteur: Acteur, effacement_id: int) -> None:
    """Ôte une pierre tombale : un prochain fichier pourra ranger la personne de nouveau. Lève `Introuvable`."""
    exiger_partout(acteur, GESTE)
    ici = (col(Effacement.id) == effacement_id, col(Effacement.etablissement_id) == acteur.etablissement_id)
    if not session.connection().execute(delete(Effacement).where(*ici)).rowcount:
        raise Introuvable
    journaliser(session, acteur, "effacement levé", f"effacement:{effacement_id}")
