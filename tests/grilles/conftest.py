"""Une formation et ses acteurs, sur la base du test."""

from collections.abc import Callable

import pytest

from appli.base import BaseSQL
from appli.mandats import donner_un_mandat
from appli.modeles import Compte
from charte.acteur import Acteur, Mandat, Role
from charte.commun.base import Base, exiger_id, maintenant
from charte.modeles import Cfa, Formation
from tests.conftest import CONDENSE


def creer_formation(base: Base, acteur: Acteur, code: str = "RNCP35345-0352756F") -> int:
    """Une formation de l'établissement de l'acteur ; rend son identifiant."""
    with base.ecriture() as session:
        cfa = Cfa(etablissement_id=acteur.etablissement_id, nom=f"CFA {code}", uai=code[-8:], interne=True)
        session.add(cfa)
        session.flush()
        formation = Formation(
            etablissement_id=acteur.etablissement_id,
            cfa_id=exiger_id(cfa.id),
            code=code,
            libelle="Licence professionnelle Métiers de l'essai",
            rncp=code.split("-", maxsplit=1)[0],
            uai_formateur=code[-8:],
        )
        session.add(formation)
        session.flush()
        return exiger_id(formation.id)


def creer_collegue(base: Base, acteur: Acteur, role: Role, nom: str, mandats: tuple[Mandat, ...] = ()) -> Acteur:
    """Un second compte dans le même établissement ; sans `mandats`, son rôle est tenu sur l'établissement entier."""
    with base.ecriture() as session:
        compte = Compte(
            etablissement_id=acteur.etablissement_id,
            courriel=f"{nom.lower().replace(' ', '.')}@quatre-vents.invalid",
            nom=nom,
            condense=CONDENSE,
            cree_le=maintenant(),
        )
        session.add(compte)
        session.flush()
        tenus = mandats or (Mandat(role),)
        for mandat in tenus:
            donner_un_mandat(session, exiger_id(compte.id), acteur.etablissement_id, mandat)
        return Acteur(acteur.etablissement_id, nom, role, exiger_id(compte.id), mandats=tenus)


@pytest.fixture
def formation_id(base: BaseSQL, acteur: Acteur) -> int:
    """Une formation du premier établissement."""
    return creer_formation(base, acteur)


@pytest.fixture
def collegue(base: BaseSQL, acteur: Acteur) -> Callable[[Role, str], Acteur]:
    """`collegue(role, nom)` : un autre compte du premier établissement."""
    return lambda role, nom: creer_collegue(base, acteur, role, nom)
