"""Une campagne, ses diplômes, ses parties ; sur SQLite et sur PostgreSQL (rôle ordinaire, cloison comprise)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from sqlmodel import Session

from appli.annuaire import AnnuaireDesComptes
from appli.base import BaseSQL
from appli.cloison import cloison, hors_cloison
from charte.acteur import Acteur, Mandat, Partie, Portee, Role
from charte.chargement import EDITION_COURANTE, charger_edition
from charte.commun.base import exiger_id
from charte.concernes import elements_evalues
from charte.modeles import Cfa, Composante, Formation
from grilles.campagnes.services.conduite import CommandeCampagne, creer_campagne, passer
from grilles.campagnes.services.lecture import lire_campagne
from grilles.campagnes.vues import FicheCampagne
from grilles.services import CommandePreuve, CommandeReponse, ajouter_preuve, enregistrer_reponse
from tests.appli.conftest import base_ordinaire, modele_ordinaire, url_ordinaire
from tests.conftest import creer_compte
from tests.grilles.conftest import creer_collegue

__all__ = ["base_ordinaire", "modele_ordinaire", "url_ordinaire"]
ANNEE = 2026
ECHEANCE = date(2026, 12, 1)
REGLAGES = CommandeCampagne("Auto-évaluation 2026-2027", EDITION_COURANTE, True, ECHEANCE, date(2027, 1, 15))
ELEMENTS = tuple(element.id for element in elements_evalues(charger_edition(EDITION_COURANTE)))
ACTIONS = tuple(e.id for e in elements_evalues(charger_edition(EDITION_COURANTE)) if "action" in e.genre.value)


@dataclass
class Univers:
    """Un établissement : deux CFA, une composante, un diplôme de chaque, et qui y écrit."""

    base: BaseSQL
    pilote: Acteur
    formations: dict[str, int] = field(default_factory=dict)
    cfas: dict[str, int] = field(default_factory=dict)
    composante: int = 0
    acteurs: dict[str, Acteur] = field(default_factory=dict)

    def ecrire(self, geste: Callable[..., Any], *parametres: Any, **options: Any) -> Any:
        """Un geste en une transaction : `geste(session, …)`."""
        with self.base.ecriture() as session:
            return geste(session, *parametres, **options)

    def lire(self, geste: Callable[..., Any], *parametres: Any, **options: Any) -> Any:
        """Une lecture : `geste(session, …)`."""
        with self.base.lecture() as session:
            return geste(session, *parametres, **options)

    def creer(self, annee: int = ANNEE, etat: str = "ouverte", commande: CommandeCampagne = REGLAGES) -> FicheCampagne:
        """Une campagne de cette année, menée jusqu'à cet état."""
        campagne_id = self.ecrire(creer_campagne, self.pilote, annee, commande)
        for pas, depuis in (("ouvrir", "preparation"), ("concerter", "ouverte")):
            if self.fiche(campagne_id).etat != etat:
                self.ecrire(passer, self.pilote, campagne_id, pas, depuis=depuis)
        return self.fiche(campagne_id)

    def fiche(self, campagne_id: int) -> FicheCampagne:
        """La campagne, relue."""
        fiche: FicheCampagne = self.lire(lire_campagne, self.pilote, campagne_id)
        return fiche

    def repondre(
        self, code: str, element: str, etat: str, partie: Partie = Partie.CONCERTEE, *, annee: int = ANNEE
    ) -> None:
        """Une réponse d'une partie, dite par qui tient sa plume."""
        qui = self.acteurs["cfa"] if partie is Partie.CFA else self.pilote
        commande = CommandeReponse(self.formations[code], element, etat, "", "Vu.", annee=annee, partie=partie)
        self.ecrire(enregistrer_reponse, qui, commande)

    def prouver(self, code: str, element: str, *, annee: int = ANNEE) -> int:
        """Une preuve citée à l'appui d'un élément."""
        adresse = f"https://intranet.exemple.invalid/{element}.pdf"
        commande = CommandePreuve(self.formations[code], element, "Livret", adresse, annee=annee)
        numero: int = self.ecrire(ajouter_preuve, self.pilote, commande)
        return numero


def peupler(base: BaseSQL, pilote: Acteur) -> Univers:
    univers = Univers(base, pilote)
    cle = {"etablissement_id": pilote.etablissement_id}
    with base.ecriture() as session:
        composante = Composante(**cle, nom="IUT de Valmont")
        session.add(composante)
        session.flush()
        univers.composante = exiger_id(composante.id)
        for nom, uai in (("interne", "0352756F"), ("partenaire", "0442953W")):
            cfa = Cfa(**cle, nom=f"CFA {nom}", uai=uai, interne=nom == "interne")
            session.add(cfa)
            session.flush()
            univers.cfas[nom] = exiger_id(cfa.id)
        _ajouter(session, univers, "chimie", "interne", univers.composante)
        _ajouter(session, univers, "droit", "interne", None)
        _ajouter(session, univers, "gestion", "partenaire", None)
    mandats = {
        "cfa": (Mandat(Role.REFERENT_QUALITE, Portee.CFA, univers.cfas["interne"], Partie.CFA),),
        "responsable": (Mandat(Role.RESPONSABLE_FORMATION, Portee.FORMATION, univers.formations["chimie"]),),
        "doyen": (Mandat(Role.REFERENT_QUALITE, Portee.COMPOSANTE, univers.composante),),
    }
    for nom, tenus in mandats.items():
        univers.acteurs[nom] = creer_collegue(base, pilote, tenus[0].role, nom, tenus)
    return univers


def _ajouter(session: Session, univers: Univers, code: str, cfa: str, composante: int | None) -> None:
    formation = Formation(
        etablissement_id=univers.pilote.etablissement_id,
        cfa_id=univers.cfas[cfa],
        composante_id=composante,
        code=code,
        libelle=f"Diplôme de {code}",
        rncp=f"RNCP-{code}",
        uai_formateur="0352756F",
    )
    session.add(formation)
    session.flush()
    univers.formations[code] = exiger_id(formation.id)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def univers(request: pytest.FixtureRequest) -> Iterator[Univers]:
    """L'établissement, sur chacune des deux bases."""
    base: BaseSQL = request.getfixturevalue("base" if request.param == "sqlite" else "base_ordinaire")
    with hors_cloison():
        pilote = creer_compte(base, "Université d'Ici", Role.REFERENT_QUALITE, "pilote@ici.invalid")
    with cloison(pilote.etablissement_id):
        yield peupler(base, pilote)


@pytest.fixture
def plumes(univers: Univers) -> Any:
    """Les comptes de l'établissement."""
    return univers.lire(AnnuaireDesComptes().plumes, univers.pilote.etablissement_id)
