"""La portée d'un mandat, dite par la requête et par la règle : pareil, sur les deux bases."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from appli.base import BaseSQL
from charte.acteur import Acteur, Etendue, Geste, Mandat, Partie, Portee, Role, Situation, etendue, le_plus_large
from charte.modeles import Cfa, Composante, Etablissement, Formation
from charte.services import formations_atteintes


def objets_ranges(base: BaseSQL, acteur: Acteur) -> list[Situation]:
    """Huit formations : deux CFA, deux composantes ou aucune."""
    with base.ecriture() as session:
        cfas = [Cfa(etablissement_id=acteur.etablissement_id, nom=f"CFA {n}", uai=f"CFA{n}") for n in range(2)]
        composantes = [Composante(etablissement_id=acteur.etablissement_id, nom=f"UFR {n}") for n in range(2)]
        session.add_all([*cfas, *composantes])
        session.flush()
        for rang in range(8):
            composante = [None, composantes[0].id, composantes[1].id][rang % 3]
            session.add(
                Formation(
                    etablissement_id=acteur.etablissement_id,
                    cfa_id=cfas[rang % 2].id or 0,
                    composante_id=composante,
                    code=f"formation-{rang}",
                    libelle=f"Formation {rang}",
                    rncp=f"RNCP{rang}",
                    uai_formateur="LIEU",
                )
            )
        session.flush()
        colonnes = (col(Formation.id), col(Formation.cfa_id), col(Formation.composante_id))
        return [Situation(i or 0, cfa, composante) for i, cfa, composante in session.exec(select(*colonnes)).all()]


@pytest.mark.parametrize("genre", ["base", pytest.param("base_postgresql", marks=pytest.mark.postgresql)])
def test_la_requete_et_la_regle_disent_pareil(request: pytest.FixtureRequest, genre: str) -> None:
    """Invariant : le filtre SQL rend exactement les formations que `Etendue.couvre` dit couvertes."""
    base: BaseSQL = request.getfixturevalue(genre)
    with base.ecriture() as session:
        session.add(Etablissement(nom="Université de la Règle"))
        session.flush()
        etablissement = session.exec(select(col(Etablissement.id))).one() or 0
    situations = objets_ranges(base, Acteur(etablissement, "règle", Role.REFERENT_QUALITE))
    cfas, composantes = sorted({s.cfa_id for s in situations}), sorted({s.composante_id or 0 for s in situations})

    def mandat(role: Role, portee: Portee, rang: int) -> Mandat:
        objets: dict[Portee, list[Any]] = {
            Portee.ETABLISSEMENT: [None],
            Portee.CFA: cfas,
            Portee.COMPOSANTE: composantes,
            Portee.FORMATION: [s.formation_id for s in situations],
        }
        choisis = objets[portee]
        partie = Partie.CFA if portee is Portee.CFA else Partie.ETABLISSEMENT
        return Mandat(role, portee, choisis[rang % len(choisis)], partie)

    tirage = st.builds(mandat, st.sampled_from(Role), st.sampled_from(Portee), st.integers(0, 20))

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(st.lists(tirage, min_size=1, max_size=3), st.sampled_from(Geste))
    def verifier(tenus: list[Mandat], geste: Geste) -> None:
        acteur = Acteur(etablissement, "règle", le_plus_large(tenus), mandats=tuple(tenus))
        atteint: Etendue = etendue(acteur, geste)
        with base.lecture() as session:
            rendues = set(session.exec(select(col(Formation.id)).where(formations_atteintes(acteur, geste))).all())
        assert rendues == {s.formation_id for s in situations if atteint.couvre(s)}

    verifier()
