"""Le cycle d'un dépôt : reçu (chiffré), diagnostiqué, confirmé ou abandonné, puis purgé."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, Origine, Role, etendue, exiger
from charte.commun.base import exiger_id, lignes, maintenant
from charte.commun.enveloppe import FichierIllisible
from charte.commun.journal import journaliser
from charte.commun.web import Introuvable
from indicateurs.imports.archive import depuis_octets, en_octets
from indicateurs.imports.coffre import Coffre, empreinte_fichier
from indicateurs.imports.diagnostic import FORMAT_DES_APPRENTIS, Diagnostic, Progression
from indicateurs.imports.identite import repere_de_cle
from indicateurs.imports.services.portee import attribuer_au_cfa, depots_atteints
from indicateurs.modeles import Depot
from indicateurs.sources.correspondance import Correspondance, appliquer
from indicateurs.sources.toute_source import diagnostiquer_toute_source

A_PRECISER = "a_preciser"
"""Le format d'un dépôt dont le contenu ne dit pas de quoi il parle : à choisir, puis à rapprocher."""
_SUFFIXE_DIAGNOSTIC = "d"
_REPIT_ORPHELINES = timedelta(days=1)
_ROLE_PURGE = Role.ADMINISTRATEUR


class DepotFerme(Exception):
    """Ce dépôt est déjà confirmé, abandonné ou purgé : il n'y a plus rien à y décider."""


@dataclass(frozen=True)
class FichierDepose:
    """Un fichier tel qu'il arrive."""

    nom: str
    octets: bytes


@dataclass(frozen=True)
class Lecture:
    """Comment lire un fichier : sous un format, tel quel ou par une correspondance de colonnes."""

    format: str = FORMAT_DES_APPRENTIS
    correspondance: Correspondance | None = None
    nom: str = ""

    def en_dict(self) -> dict[str, Any] | None:
        """La correspondance et son nom, tels que le dépôt les garde ; None sans correspondance."""
        return None if self.correspondance is None else {**self.correspondance.en_dict(), "nom": self.nom}


@dataclass(frozen=True)
class Examen:
    """Ce que l'examen d'un fichier a donné : un diagnostic, ou la raison pour laquelle rien ne se lit."""

    diagnostic: Diagnostic | None
    message: str | None = None


_TELLE_QUELLE = Lecture()


@dataclass(frozen=True)
class DepotVu:
    """Un dépôt, tel que les pages le montrent."""

    id: int
    nom_fichier: str
    empreinte: str
    taille: int
    auteur: str
    depose_le: datetime
    purger_le: date
    etat: str
    message: str | None
    lues: int
    retenues: int
    ecartees: int
    bloquants: int
    avertissements: int
    ajouts: int | None
    changements: int | None
    retraits: int | None
    confirme_le: datetime | None
    travail_id: int | None
    fichier: str | None
    format: str = FORMAT_DES_APPRENTIS
    correspondance: dict[str, Any] | None = None
    cfa_id: int | None = None

    @property
    def a_preciser(self) -> bool:
        """Vrai tant qu'on ne sait pas de quel format est le fichier."""
        return self.format == A_PRECISER

    @property
    def par_question(self) -> bool:
        """Vrai si le fichier a une colonne par question : ses comptes sont alors des réponses, et non des lignes."""
        return bool(self.correspondance and self.correspondance.get("questions"))

    @property
    def lecture(self) -> Lecture:
        """Comment ce fichier se lit."""
        if self.correspondance is None:
            return Lecture(self.format)
        nom = str(self.correspondance.get("nom", ""))
        return Lecture(self.format, Correspondance.depuis_dict(self.correspondance), nom)

    @property
    def ouvert(self) -> bool:
        """Vrai tant qu'on peut encore le confirmer ou l'abandonner."""
        return self.etat == "diagnostique"

    @property
    def purge(self) -> bool:
        """Vrai quand le fichier n'est plus gardé."""
        return self.fichier is None


_CHAMPS = tuple(DepotVu.__dataclass_fields__)


def examiner(
    fichier: FichierDepose,
    cle_identite: bytes,
    progression: Progression | None = None,
    ancienne: bytes | None = None,
    lecture: Lecture = _TELLE_QUELLE,
) -> Examen:
    """Diagnostique un fichier hors de toute transaction ; ne lève jamais `FichierIllisible`, qu'il rapporte."""
    try:
        return Examen(_diagnostiquer(fichier, lecture, cle_identite, progression, ancienne))
    except FichierIllisible as erreur:
        return Examen(None, str(erreur))


def _diagnostiquer(
    fichier: FichierDepose, lecture: Lecture, cle: bytes, progression: Progression | None, ancienne: bytes | None
) -> Diagnostic:
    if lecture.correspondance is not None:
        dits = {"progression": progression, "ancienne": ancienne}
        return appliquer(lecture.correspondance, fichier.octets, fichier.nom, cle, **dits)  # type: ignore[arg-type]
    return diagnostiquer_toute_source(
        fichier.octets, fichier.nom, lecture.format, cle, progression=progression, ancienne=ancienne
    )


def deposer(
    session: Session,
    acteur: Acteur,
    fichier: FichierDepose,
    coffre: Coffre,
    conservation_jours: int,
    *,
    lecture: Lecture = _TELLE_QUELLE,
) -> int:
    """Range un fichier chiffré et son dépôt à l'état « reçu » ; rend l'identifiant du dépôt."""
    exiger(acteur, Geste.DEPOSER)
    atteint, instant = etendue(acteur, Geste.DEPOSER), maintenant()
    nom_de_piece = coffre.nouveau_nom()
    coffre.ranger(nom_de_piece, fichier.octets)
    depot = Depot(
        etablissement_id=acteur.etablissement_id,
        auteur=acteur.nom,
        compte_id=acteur.compte_id,
        cfa_id=None if atteint.tout else min(atteint.cfas),
        format=lecture.format,
        correspondance=lecture.en_dict(),
        nom_fichier=fichier.nom[-255:],
        empreinte=empreinte_fichier(fichier.octets),
        taille=len(fichier.octets),
        fichier=nom_de_piece,
        depose_le=instant,
        purger_le=instant.date() + timedelta(days=conservation_jours),
    )
    session.add(depot)
    session.flush()
    depot_id = exiger_id(depot.id)
    journaliser(
        session,
        acteur,
        "fichier déposé",
        f"depot:{depot_id}",
        apres={"empreinte": depot.empreinte, "taille": depot.taille, "format": depot.format},
    )
    return depot_id


def enregistrer_examen(session: Session, acteur: Acteur, depot_id: int, examen: Examen, coffre: Coffre) -> None:
    """Note le résultat de l'examen sur un dépôt reçu, et garde le diagnostic chiffré à côté du fichier.

    Déposé au nom d'un CFA, un fichier ne parle que de lui : une ligne d'un autre le fait refuser en entier. Un dépôt
    confirmé ou abandonné entre-temps ne change plus.
    """
    depot = _depot(session, acteur, depot_id)
    if depot.etat in ("confirme", "abandonne"):
        return
    if examen.diagnostic is not None and depot.cfa_id is not None:
        depot.cfa_id, refus = attribuer_au_cfa(session, acteur, examen.diagnostic, depot.cfa_id)
        examen = Examen(None, refus) if refus else examen
    if examen.diagnostic is None:
        depot.etat, depot.message = "illisible", (examen.message or "")[:500]
        return
    vu = examen.diagnostic
    depot.etat, depot.message = "diagnostique", None
    depot.lues, depot.retenues, depot.ecartees = vu.lues, vu.retenues, vu.ecartees
    depot.bloquants, depot.avertissements = vu.bloquants, vu.avertissements
    if depot.fichier:
        coffre.ranger(piece_du_diagnostic(depot.fichier), en_octets(vu))


def preciser_la_lecture(session: Session, acteur: Acteur, depot_id: int, lecture: Lecture) -> None:
    """Dit de quel format est un dépôt qui n'est pas rangé, et par quelle correspondance. Lève `DepotFerme`."""
    exiger(acteur, Geste.DEPOSER)
    depot = _depot(session, acteur, depot_id)
    if depot.etat not in ("recu", "illisible", "diagnostique") or depot.fichier is None:
        raise DepotFerme
    avant = {"format": depot.format}
    depot.format, depot.correspondance, depot.etat, depot.message = lecture.format, lecture.en_dict(), "recu", None
    apres = {"format": lecture.format, "correspondance": lecture.correspondance is not None}
    journaliser(session, acteur, "format d'un dépôt précisé", f"depot:{depot_id}", avant=avant, apres=apres)


def noter_travail(session: Session, acteur: Acteur, depot_id: int, travail_id: int) -> None:
    """Relie un dépôt au travail de fond qui le diagnostique."""
    _depot(session, acteur, depot_id).travail_id = travail_id


def lire_depot(session: Session, acteur: Acteur, depot_id: int) -> DepotVu:
    """Un dépôt de l'établissement de l'acteur ; lève `Introuvable`."""
    trouves = _requete(session, acteur, depot_id)
    if not trouves:
        raise Introuvable
    return trouves[0]


def lister_depots(session: Session, acteur: Acteur, combien: int = 20, geste: Geste = Geste.DEPOSER) -> list[DepotVu]:
    """Les derniers dépôts que l'acteur atteint pour ce geste, du plus récent au plus ancien."""
    return _requete(session, acteur, None, combien, geste)


def depots_gardes(session: Session, acteur: Acteur) -> list[DepotVu]:
    """Tous les dépôts de l'établissement dont le fichier est encore gardé, du plus récent au plus ancien."""
    requete = select(*(col(getattr(Depot, champ)) for champ in _CHAMPS)).where(
        col(Depot.etablissement_id) == acteur.etablissement_id, col(Depot.fichier).is_not(None)
    )
    return [DepotVu(*ligne) for ligne in lignes(session, requete.order_by(col(Depot.id).desc()))]


def _requete(
    session: Session, acteur: Acteur, depot_id: int | None, combien: int = 1, geste: Geste = Geste.DEPOSER
) -> list[DepotVu]:
    requete = select(*(col(getattr(Depot, champ)) for champ in _CHAMPS)).where(depots_atteints(acteur, geste))
    if depot_id is not None:
        requete = requete.where(col(Depot.id) == depot_id)
    return [DepotVu(*ligne) for ligne in lignes(session, requete.order_by(col(Depot.id).desc()).limit(combien))]


def fichier_du_depot(depot: DepotVu, coffre: Coffre) -> bytes:
    """Octets du fichier déposé ; lève `Introuvable` s'il est purgé, `PieceIllisible` s'il est altéré."""
    if depot.fichier is None:
        raise Introuvable
    return coffre.relire(depot.fichier)


def diagnostic_du_depot(depot: DepotVu, coffre: Coffre) -> Diagnostic:
    """Diagnostic gardé d'un dépôt ; lève `Introuvable` s'il n'y en a pas (ou plus)."""
    if depot.fichier is None or depot.etat in ("recu", "illisible"):
        raise Introuvable
    garde = depuis_octets(coffre.relire(piece_du_diagnostic(depot.fichier)))
    return _sous_les_cles_courantes(garde, depot, coffre)


def _sous_les_cles_courantes(garde: Diagnostic, depot: DepotVu, coffre: Coffre) -> Diagnostic:
    """Le diagnostic gardé, refait si la clé d'identité a changé depuis : une personne connue paraîtrait nouvelle."""
    if not coffre.identites or garde.repere_cle == repere_de_cle(coffre.identites[0]):
        return garde
    courante, *ancienne = coffre.identites
    fichier = FichierDepose(depot.nom_fichier, fichier_du_depot(depot, coffre))
    return _diagnostiquer(fichier, depot.lecture, courante, None, next(iter(ancienne), None))


def noter_la_reprise(session: Session, acteur: Acteur, depot_id: int) -> None:
    """Journalise que le fichier annoté (nominatif) est emporté. Lève `Introuvable`."""
    exiger(acteur, Geste.DEPOSER)
    lire_depot(session, acteur, depot_id)
    journaliser(session, acteur, "fichier annoté emporté", f"depot:{depot_id}")


def abandonner(session: Session, acteur: Acteur, depot_id: int, coffre: Coffre) -> None:
    """Abandonne un dépôt qui n'est pas confirmé ; son fichier est effacé tout de suite. Lève `DepotFerme`."""
    exiger(acteur, Geste.DEPOSER)
    depot = _depot(session, acteur, depot_id)
    if depot.etat in ("confirme", "abandonne"):
        raise DepotFerme
    journaliser(session, acteur, "dépôt abandonné", f"depot:{depot_id}", avant={"etat": depot.etat})
    depot.etat = "abandonne"
    _oublier(depot, coffre)


def purger(session: Session, jour: date, coffre: Coffre) -> int:
    """Efface les fichiers bruts dont le délai est passé, et les pièces sans dépôt ; rend le nombre de dépôts purgés.

    Tâche d'installation, tous établissements : les comptes du dépôt restent, seul le fichier (nominatif) disparaît.
    """
    requete = select(col(Depot.id)).where(col(Depot.purger_le) <= jour, col(Depot.fichier).is_not(None))
    echus = [ligne[0] for ligne in lignes(session, requete)]
    for depot_id in echus:
        depot = session.get_one(Depot, depot_id)
        acteur = Acteur(depot.etablissement_id, "purge", _ROLE_PURGE, origine=Origine.TRAVAIL)
        journaliser(session, acteur, "fichier purgé", f"depot:{depot_id}", avant={"purger_le": str(depot.purger_le)})
        if depot.etat in ("recu", "diagnostique"):
            depot.etat = "abandonne"
        _oublier(depot, coffre)
    session.flush()
    _oublier_orphelines(session, coffre)
    return len(echus)


def _oublier(depot: Depot, coffre: Coffre) -> None:
    if depot.fichier:
        coffre.oublier(depot.fichier)
        coffre.oublier(piece_du_diagnostic(depot.fichier))
    depot.fichier = None


def _oublier_orphelines(session: Session, coffre: Coffre) -> None:
    connues = {ligne[0] for ligne in lignes(session, select(col(Depot.fichier)).where(col(Depot.fichier).is_not(None)))}
    connues |= {piece_du_diagnostic(nom) for nom in connues}
    limite = (maintenant() - _REPIT_ORPHELINES).timestamp()
    for nom, ecrite in coffre.pieces().items():
        if nom not in connues and ecrite < limite:
            coffre.oublier(nom)


def piece_du_diagnostic(nom: str) -> str:
    """Nom de la pièce du diagnostic, d'après celui de la pièce du fichier."""
    racine, _, extension = nom.partition(".")
    return f"{racine}-{_SUFFIXE_DIAGNOSTIC}.{extension}"


def tenir_le_depot(session: Session, acteur: Acteur, depot_id: int) -> DepotVu:
    """Un dépôt que l'acteur atteint, tenu : qui voudrait en décider attend la fin de la transaction.

    Lève `Introuvable`.
    """
    lire_depot(session, acteur, depot_id)
    lignes(session, select(col(Depot.id)).where(col(Depot.id) == depot_id).with_for_update())
    return lire_depot(session, acteur, depot_id)


def _depot(session: Session, acteur: Acteur, depot_id: int) -> Depot:
    tenir_le_depot(session, acteur, depot_id)
    return session.get_one(Depot, depot_id)
