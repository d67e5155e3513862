"""De quoi ouvrir des actions et des risques, sur les deux bases."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from appli.annuaire import AnnuaireDesComptes
from appli.base import BaseSQL
from charte.acteur import Acteur, Role
from grilles.plan.formulaires import FormulaireAction, FormulairePreuveDAction, FormulaireRisque
from grilles.plan.services.preuves import citer_une_preuve
from grilles.plan.services.risques import inscrire_risque
from grilles.plan.services.saisie import ouvrir_action
from rapports.mesures_citees import MesuresDesIndicateurs
from tests.conftest import creer_compte
from tests.grilles.conftest import creer_formation

SAISIE: Mapping[str, Any] = {
    "intitule": "Rencontrer chaque apprenti au premier trimestre", "origine": "ecart", "element": "1.S1.1",
    "porteur": "responsable pédagogique", "echeance": "2027-03-31", "priorite": "haute",
    "effet_attendu": "Moins de ruptures avant Noël.",
}  # fmt: skip
RISQUE: Mapping[str, Any] = {
    "intitule": "Des apprentis restent sans entreprise", "vraisemblance": "3", "gravite": "4",
    "cause": "Deux employeurs se retirent.", "prevention": "Un vivier d’entreprises.", "porteur": "direction du CFA",
}  # fmt: skip
LIEN = "https://intranet.exemple.invalid/compte-rendu.pdf"


@dataclass(frozen=True)
class Lieu:
    """Une base, qui agit, et un diplôme."""

    base: BaseSQL
    acteur: Acteur
    formation: int | None
    annuaire: AnnuaireDesComptes = field(default_factory=AnnuaireDesComptes)
    mesures: MesuresDesIndicateurs = field(default_factory=MesuresDesIndicateurs)

    def comme(self, acteur: Acteur) -> "Lieu":
        """Le même lieu, sous un autre compte."""
        return replace(self, acteur=acteur)

    def ouvrir(self, **champs: Any) -> int:
        """Ouvre une action ; rend son numéro."""
        dits = {"formation_id": str(self.formation or ""), **SAISIE, **champs}
        with self.base.ecriture() as session:
            formulaire = FormulaireAction.model_validate(dits)
            return ouvrir_action(session, self.acteur, formulaire, self.annuaire, self.mesures)

    def citer(self, action_id: int, **champs: Any) -> int:
        """Cite un lien à l'appui d'une action ; rend le numéro de la preuve."""
        formulaire = FormulairePreuveDAction.model_validate({"titre": "Compte rendu", "adresse": LIEN, **champs})
        with self.base.ecriture() as session:
            return citer_une_preuve(session, self.acteur, action_id, formulaire)

    def inscrire(self, **champs: Any) -> int:
        """Inscrit un risque ; rend son numéro."""
        dits = {"formation_id": str(self.formation or ""), **RISQUE, **champs}
        with self.base.ecriture() as session:
            return inscrire_risque(session, self.acteur, FormulaireRisque.model_validate(dits))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def lieu(request: pytest.FixtureRequest) -> Lieu:
    """Un référent qualité et son diplôme ; sur SQLite puis sur PostgreSQL."""
    base: BaseSQL = request.getfixturevalue("base" if request.param == "sqlite" else "base_postgresql")
    acteur = creer_compte(base, "Université des Essais", Role.REFERENT_QUALITE, "referent@essais.invalid")
    return Lieu(base, acteur, creer_formation(base, acteur))


@pytest.fixture
def ici(base: BaseSQL, acteur: Acteur, formation_id: int) -> Lieu:
    """Le premier établissement des pages, sur SQLite."""
    return Lieu(base, acteur, formation_id)
