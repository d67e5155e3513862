"""Recevoir un fichier, ranger un dépôt : sur-le-champ s'ils sont petits, par un travail de fond sinon."""

from sqlmodel import Session

from charte.acteur import Acteur
from charte.commun.base import Base, maintenant
from charte.commun.enveloppe import FichierIllisible
from charte.commun.reglages import Reglages
from charte.commun.travaux import demander_travail
from indicateurs.imports.coffre import Coffre
from indicateurs.imports.diagnostic import FORMAT_DES_APPRENTIS
from indicateurs.imports.frein import Bornes, exiger_un_depot
from indicateurs.imports.services import (
    A_PRECISER,
    Examen,
    FichierDepose,
    Lecture,
    confirmer,
    deposer,
    empreinte_de_lecture,
    enregistrer_examen,
    examiner,
    exiger_la_meme_lecture,
    fichier_du_depot,
    lire_depot,
    noter_travail,
    preciser_la_lecture,
    purger,
)
from indicateurs.imports.travaux import CONFIRMATION, DIAGNOSTIC
from indicateurs.sources.correspondance import lire_entetes
from indicateurs.sources.reconnaissance import reconnaitre
from indicateurs.sources.services.correspondances import (
    correspondance_de_meme_empreinte,
    garder_la_correspondance,
)

# Environ 5 000 lignes : un classeur est compressé, un .csv ne l'est pas.
OCTETS_SUR_LE_CHAMP = {True: 700_000, False: 2_000_000}
LIGNES_SUR_LE_CHAMP = 5_000


def recevoir(
    base: Base, acteur: Acteur, reglages: Reglages, fichier: FichierDepose, source: str = FORMAT_DES_APPRENTIS
) -> tuple[int, int | None]:
    """Dépose un fichier et le diagnostique, ou en confie le diagnostic. Rend (dépôt, travail ou None).

    `source` : la clé de son format ; vide, il se reconnaît à son contenu (à une correspondance gardée, sinon). Ce qui
    ne se reconnaît pas attend, sans diagnostic, que l'on dise de quoi il parle.
    Lève `DepotFreine` si l'établissement a trop déposé, avant d'ouvrir le fichier : rien n'est alors gardé.
    Les fichiers dont le délai est passé sont effacés à cette occasion, dans leur propre transaction.
    """
    coffre, jours = Coffre.de(reglages), reglages.conservation_depots_jours
    bornes, taille = Bornes.de(reglages), len(fichier.octets)
    with base.ecriture() as session:
        exiger_un_depot(session, acteur, taille, bornes, maintenant())
        purger(session, maintenant().date(), coffre)
    lecture = Lecture(source) if source else _reconnaitre(base, acteur, fichier)
    examen = _examiner_un_petit(reglages, fichier, lecture)
    with base.ecriture() as session:
        exiger_un_depot(session, acteur, taille, bornes, maintenant())
        depot_id = deposer(session, acteur, fichier, coffre, jours, lecture=lecture)
        return depot_id, _noter_ou_confier(session, acteur, depot_id, examen, coffre, lecture=lecture)


def _reconnaitre(base: Base, acteur: Acteur, fichier: FichierDepose) -> Lecture:
    """Comment le fichier se lit, d'après son contenu. Un fichier qui ne s'ouvre pas le dira à son diagnostic."""
    try:
        trouvee = reconnaitre(fichier.octets, fichier.nom)
        if trouvee.cle is not None:
            return Lecture(trouvee.cle)
        empreinte = lire_entetes(fichier.octets, fichier.nom).empreinte
    except FichierIllisible:
        return Lecture()
    with base.lecture() as session:
        gardee = correspondance_de_meme_empreinte(session, acteur, empreinte)
    return Lecture(A_PRECISER) if gardee is None else Lecture(gardee.format, gardee.correspondance, gardee.nom)


def _examiner_un_petit(reglages: Reglages, fichier: FichierDepose, lecture: Lecture) -> Examen | None:
    """L'examen d'un fichier qui ne fait pas attendre ; None s'il est grand, ou s'il faut d'abord dire ce qu'il est."""
    if lecture.format == A_PRECISER or len(fichier.octets) > OCTETS_SUR_LE_CHAMP[fichier.octets.startswith(b"PK")]:
        return None
    return examiner(fichier, reglages.cle_identite, ancienne=reglages.cle_identite_ancienne, lecture=lecture)


def _noter_ou_confier(
    session: Session, acteur: Acteur, depot_id: int, examen: Examen | None, coffre: Coffre, *, lecture: Lecture
) -> int | None:
    if examen is not None:
        enregistrer_examen(session, acteur, depot_id, examen, coffre)
        return None
    if lecture.format == A_PRECISER:
        return None
    travail_id = demander_travail(session, acteur, DIAGNOSTIC, {"depot_id": depot_id})
    noter_travail(session, acteur, depot_id, travail_id)
    return travail_id


def relire_autrement(base: Base, acteur: Acteur, reglages: Reglages, depot_id: int, lecture: Lecture) -> int | None:
    """Diagnostique un dépôt sous un format, ou une correspondance (gardée si elle a un nom) ; rend le travail, ou None.

    Lève `Introuvable`, `DepotFerme`.
    """
    coffre = Coffre.de(reglages)
    with base.lecture() as session:
        depot = lire_depot(session, acteur, depot_id)
        fichier = FichierDepose(depot.nom_fichier, fichier_du_depot(depot, coffre))
    examen = _examiner_un_petit(reglages, fichier, lecture)
    with base.ecriture() as session:
        if lecture.correspondance is not None and lecture.nom:
            garder_la_correspondance(session, acteur, lecture.nom, lecture.correspondance, depot.cfa_id)
        preciser_la_lecture(session, acteur, depot_id, lecture)
        return _noter_ou_confier(session, acteur, depot_id, examen, coffre, lecture=lecture)


def confirmer_ou_confier(
    base: Base,
    acteur: Acteur,
    reglages: Reglages,
    depot_id: int,
    *,
    retirer: bool,
    prendre: frozenset[str] = frozenset(),
    vue: str = "",
) -> int | None:
    """Range un dépôt (None), ou confie son rangement à un travail dont il rend l'identifiant.

    `vue` : l'`empreinte_de_lecture` que portait la page confirmée ; le travail s'y tiendra, et refusera une autre
    lecture. Lève `DepotFerme`, `LectureChangee`.
    """
    with base.ecriture() as session:
        depot = lire_depot(session, acteur, depot_id)
        if depot.retenues <= LIGNES_SUR_LE_CHAMP:
            confirmer(session, acteur, depot_id, Coffre.de(reglages), retirer=retirer, prendre=prendre, vue=vue)
            return None
        exiger_la_meme_lecture(depot, vue)
        vue = vue or empreinte_de_lecture(depot)
        decide = {"depot_id": depot_id, "retirer": retirer, "prendre": sorted(prendre), "vue": vue}
        return demander_travail(session, acteur, CONFIRMATION, decide)
