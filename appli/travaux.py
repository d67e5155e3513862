"""Les ouvriers : exécuter les travaux demandés, une fois, même si le processus meurt en chemin.

La ligne `travail` est écrite dans la transaction du changement (boîte d'envoi). Un guetteur la confie à la file durable
de DBOS, sous un identifiant tiré de la ligne : la confier deux fois ne l'exécute pas deux fois. Ce que l'on montre
(état, progression, message) est dans la ligne ; les tables de DBOS ne portent que la reprise.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import make_url
from sqlmodel import Session, col

from appli.cloison import cloison, hors_cloison
from appli.comptes.travaux import relancer_le_courrier
from appli.donnees_personnelles.purge import faire_le_menage
from appli.freins import purger_les_tentatives
from appli.relances import HEURE, faire_la_tournee
from appli.sessions import lire_espaces
from appli.traces import consigner_la_panne
from charte.acteur import Acteur, Mandat, Origine, Partie, Portee, Role, le_plus_large
from charte.commun.base import Base, lignes, maintenant
from charte.commun.reglages import Reglages
from charte.commun.travaux import Avancement, Travail
from charte.commun.typographie import FUSEAU

JOURNAL = logging.getLogger("trajectoire.travaux")
Executant = Callable[[Base, Reglages, Acteur, dict[str, Any], Avancement], str]

FILE = "travaux"
SIMULTANES = 2
ATTENTE = 0.5
"""Secondes entre deux regards du guetteur."""
RELEVE = 30.0
"""Secondes entre deux regards sur les courriels à renvoyer."""
PAS_DE_PROGRESSION = 0.3
"""Secondes au moins entre deux écritures de la progression."""
_VERSION_DE_LA_FILE = "1"
_PAQUETS = ("charte.", "grilles.", "indicateurs.", "rapports.", "appli.")
_SANS_MANDAT = frozenset({"courriel"})
"""Ce qui part même si son auteur n'a plus aucun droit : prévenir quelqu'un."""
_MANDAT_RETIRE = "Rien n'a été fait : le rôle de la personne qui l'a demandé lui a été retiré depuis."
_PANNE = "Une erreur est survenue de notre côté. Recommencez ; si cela persiste, prévenez l'administrateur de l'outil."


@cache
def executants() -> Mapping[str, Executant]:
    """Ce que chaque paquet sait exécuter, par genre de travail."""
    import appli.comptes.travaux
    import appli.relances
    import grilles.campagnes.travaux
    import grilles.preuves.travaux
    import indicateurs.imports.travaux
    import rapports.travaux
    from rapports.mesures_citees import MesuresDesIndicateurs

    ensemble: tuple[Mapping[str, Executant], ...] = (
        appli.comptes.travaux.TRAVAUX,
        appli.relances.TRAVAUX,
        grilles.campagnes.travaux.travaux(MesuresDesIndicateurs()),
        grilles.preuves.travaux.TRAVAUX,
        indicateurs.imports.travaux.TRAVAUX,
        rapports.travaux.TRAVAUX,
    )
    return {genre: executant for travaux in ensemble for genre, executant in travaux.items()}


def executer_travail(base: Base, reglages: Reglages, travail_id: int, connus: Mapping[str, Executant]) -> None:
    """Exécute un travail demandé ou interrompu, et range ce qu'il a donné ; ne fait rien s'il est déjà fini.

    L'exécutant doit pouvoir recommencer : après un arrêt brutal, il repart de son début.
    """
    demande = _prendre(base, travail_id)
    if demande is None:
        return
    acteur, genre, parametres = demande
    with cloison(acteur.etablissement_id):
        try:
            message = connus[genre](base, reglages, acteur, parametres, _avancement(base, travail_id))
        except Exception as erreur:
            consigner_la_panne(JOURNAL, f"Travail {travail_id} ({genre})", erreur)
            _finir(base, travail_id, "echoue", _dire(erreur))
        else:
            _finir(base, travail_id, "fini", message)


@hors_cloison()
def travaux_a_faire(base: Base) -> list[tuple[int, str]]:
    """Les travaux demandés ou interrompus : (identifiant, identifiant dans la file)."""
    with base.lecture() as session:
        requete = select(col(Travail.id), col(Travail.demande_le)).where(col(Travail.etat).in_(("demande", "en_cours")))
        trouves = lignes(session, requete.order_by(col(Travail.id)))
    # L'instant entre dans l'identifiant : une base refaite à neuf réemploie les numéros, pas les instants.
    return [(identifiant, f"travail-{identifiant}-{quand.timestamp():.6f}") for identifiant, quand in trouves]


def executer_en_attente(base: Base, reglages: Reglages) -> int:
    """Exécute sur place tout ce qui attend (ligne de commande, tests) ; rend le nombre de travaux."""
    attente = travaux_a_faire(base)
    for identifiant, _ in attente:
        executer_travail(base, reglages, identifiant, executants())
    return len(attente)


class Ouvriers:
    """Le guetteur et la file d'un processus. Un seul par processus : DBOS n'en connaît qu'un."""

    def __init__(self, base: Base, reglages: Reglages, connus: Mapping[str, Executant] | None = None) -> None:
        self.base = base
        self.reglages = reglages
        self._connus = connus
        self._fin = threading.Event()
        self._dernier_menage: date | None = None
        self._derniere_tournee: date | None = None
        self._relances: set[tuple[int, int]] = set()
        self._prochaine_releve = 0.0
        self._guetteur = threading.Thread(target=self._guetter, name="trajectoire-guetteur", daemon=True)

    def demarrer(self) -> None:
        """Met les ouvriers au travail, sans attendre : la file s'ouvre dans le fil du guetteur."""
        self._guetteur.start()

    def arreter(self) -> None:
        """Arrête le guetteur et ferme la file ; un travail en cours reprendra au prochain démarrage."""
        self._fin.set()
        self._guetteur.join()

    def executer(self, travail_id: int) -> None:
        """Exécute un travail confié par la file."""
        executer_travail(self.base, self.reglages, travail_id, self._connus or executants())

    def _guetter(self) -> None:
        from dbos import DBOS

        _atelier[:] = [self]
        try:
            _ouvrir_la_file(self.reglages)
            confies: set[str] = set()
            while not self._fin.is_set():
                self._faire_un_tour(confies)
                self._fin.wait(ATTENTE)
        except Exception as erreur:
            consigner_la_panne(JOURNAL, "La file des travaux s'est arrêtée", erreur)
        finally:
            DBOS.destroy()
            _atelier.clear()

    @hors_cloison()
    def _faire_un_tour(self, confies: set[str]) -> None:
        """Confie ce qui attend et fait le ménage du jour ; une panne passagère de la base n'arrête pas le guetteur."""
        try:
            self._confier(confies)
            self._relever_le_courrier()
            self._faire_le_menage()
            self._rappeler()
        except Exception as erreur:
            consigner_la_panne(JOURNAL, "Un tour du guetteur a échoué, il recommence", erreur)

    def _relever_le_courrier(self) -> None:
        """Toutes les trente secondes : redemande l'envoi des courriels qui n'ont pas pu partir."""
        if self.reglages.courrier is not None and time.monotonic() >= self._prochaine_releve:
            relancer_le_courrier(self.base, self._relances)
            self._prochaine_releve = time.monotonic() + RELEVE

    def _faire_le_menage(self) -> None:
        """Une fois par jour : efface les fichiers déposés au délai passé, et ce qui est technique et échu."""
        jour = datetime.now(FUSEAU).date()
        if jour != self._dernier_menage:
            purger_les_depots(self.base, self.reglages, jour)
            balayer_les_preuves(self.base, self.reglages)
            with self.base.ecriture() as session:
                purger_les_tentatives(session, maintenant())
            faire_le_menage(self.base, self.reglages, maintenant())
            self._dernier_menage = jour

    def _rappeler(self) -> None:
        """Une fois par matin : envoie les rappels dus ; un autre processus qui le fait aussi n'en envoie pas deux."""
        instant = datetime.now(FUSEAU)
        if instant.hour >= HEURE and instant.date() != self._derniere_tournee:
            faire_la_tournee(self.base, self.reglages, instant.date())
            self._derniere_tournee = instant.date()

    def _confier(self, confies: set[str]) -> None:
        from dbos import DBOS, SetWorkflowID

        for identifiant, cle in travaux_a_faire(self.base):
            if cle not in confies:
                with SetWorkflowID(cle):
                    DBOS.enqueue_workflow(FILE, _flux(), identifiant)
                confies.add(cle)


_atelier: list[Ouvriers] = []


@hors_cloison()
def purger_les_depots(base: Base, reglages: Reglages, jour: date) -> int:
    """Efface les fichiers déposés (ils portent des noms) dont le délai est passé ; rend leur nombre."""
    from indicateurs.imports.coffre import Coffre
    from indicateurs.imports.services import purger

    with base.ecriture() as session:
        return purger(session, jour, Coffre.de(reglages))


@hors_cloison()
def balayer_les_preuves(base: Base, reglages: Reglages) -> int:
    """Efface les pièces d'aucune preuve et les archives d'audit de plus d'un jour ; rend leur nombre."""
    from grilles.preuves.coffre import coffre_des_preuves, oublier_les_exports
    from grilles.preuves.services.fichiers import balayer
    from grilles.preuves.travaux import GARDE

    with base.lecture() as session:
        orphelines = balayer(session, coffre_des_preuves(reglages))
    return orphelines + oublier_les_exports(reglages, maintenant().timestamp() - GARDE)


@cache
def _flux() -> Callable[[int], None]:
    from dbos import DBOS

    def executer(travail_id: int) -> None:
        _atelier[0].executer(travail_id)

    return DBOS.workflow(name="executer_travail")(executer)


def _ouvrir_la_file(reglages: Reglages) -> None:
    from dbos import DBOS

    _flux()
    # La version est fixée : un flux n'a qu'une étape, il se rejoue donc après une mise à jour de l'outil.
    DBOS(
        config={
            "name": "trajectoire",
            "system_database_url": adresse_de_la_file(reglages),
            "application_version": _VERSION_DE_LA_FILE,
            "log_level": "ERROR",
            "sys_db_pool_size": 4,
        }
    )
    DBOS.launch()
    DBOS.register_queue(FILE, worker_concurrency=SIMULTANES, polling_interval_sec=ATTENTE)


def adresse_de_la_file(reglages: Reglages) -> str:
    """La base des tables de DBOS : la même sur PostgreSQL (schéma « dbos »), un fichier à côté sur SQLite."""
    if reglages.url_base.startswith("sqlite"):
        principale = make_url(reglages.url_base).database
        return f"sqlite:///{principale}.travaux"
    return reglages.url_base


@hors_cloison()
def _prendre(base: Base, travail_id: int) -> tuple[Acteur, str, dict[str, Any]] | None:
    colonnes = (
        Travail.etat, Travail.etablissement_id, Travail.auteur, Travail.role, Travail.mandats, Travail.compte_id,
        Travail.genre, Travail.parametres,
    )  # fmt: skip
    with base.ecriture() as session:
        trouves = lignes(session, select(*(col(c) for c in colonnes)).where(col(Travail.id) == travail_id))
        if not trouves or trouves[0][0] in ("fini", "echoue"):
            return None
        _, etablissement_id, auteur, role, mandats, compte_id, genre, parametres = trouves[0]
        tenus = tuple(_mandat(**mandat) for mandat in mandats or ()) or (Mandat(Role(role)),)
        if compte_id is not None and genre not in _SANS_MANDAT:
            tenus = _encore_tenus(session, compte_id, etablissement_id, tenus)
        if not tenus:
            fin = {"etat": "echoue", "message": _MANDAT_RETIRE, "fini_le": maintenant()}
            session.connection().execute(_changement(travail_id, **fin))
            return None
        session.connection().execute(_changement(travail_id, etat="en_cours", fait=0))
    acteur = Acteur(etablissement_id, auteur, le_plus_large(tenus), compte_id, Origine.TRAVAIL, tenus)
    return acteur, genre, dict(parametres)


def _encore_tenus(
    session: Session, compte_id: int, etablissement_id: int, demandes: tuple[Mandat, ...]
) -> tuple[Mandat, ...]:
    """Les mandats de la demande que son auteur tient encore : un droit retiré en chemin ne sert plus."""
    espaces = lire_espaces(session, [compte_id]).get(compte_id, ())
    actuels = {mandat for espace in espaces if espace.etablissement_id == etablissement_id for mandat in espace.mandats}
    return tuple(mandat for mandat in demandes if mandat in actuels)


def _mandat(role: str, portee: str, objet_id: int | None, partie: str) -> Mandat:
    return Mandat(Role(role), Portee(portee), objet_id, Partie(partie))


def _avancement(base: Base, travail_id: int) -> Avancement:
    derniere = [0.0]

    def noter(fait: int, total: int) -> None:
        instant = time.monotonic()
        if fait < total and instant - derniere[0] < PAS_DE_PROGRESSION:
            return
        derniere[0] = instant
        with base.ecriture() as session:
            session.connection().execute(_changement(travail_id, fait=fait, total=total))

    return noter


def _finir(base: Base, travail_id: int, etat: str, message: str) -> None:
    with base.ecriture() as session:
        session.connection().execute(_changement(travail_id, etat=etat, message=message[:500], fini_le=maintenant()))


def _changement(travail_id: int, **valeurs: Any) -> Any:
    return update(Travail).where(col(Travail.id) == travail_id).values(**valeurs)


def _dire(erreur: Exception) -> str:
    """Nos propres erreurs portent un message pour le lecteur ; les autres pourraient trahir une donnée."""
    return str(erreur) if type(erreur).__module__.startswith(_PAQUETS) and str(erreur) else _PANNE
