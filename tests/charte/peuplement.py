"""Des parties prenantes fictives, rangées comme un import les laisse : à nommer."""

from dataclasses import dataclass

from charte.acteur import Acteur
from charte.commun.base import Base, exiger_id
from charte.modeles import Cfa, Composante, Formation

UAI, SIRET = "0990001N", "99900001300014"


@dataclass(frozen=True)
class Peuplement:
    """Les identifiants de ce qui vient d'être rangé."""

    cfa: int
    formation: int
    composante: int


def peupler(
    base: Base, acteur: Acteur, *, interne: bool = False, a_completer: bool = True, uai: str = UAI
) -> Peuplement:
    """Un CFA, une formation et une composante dans l'établissement de l'acteur."""
    etablissement_id = acteur.etablissement_id
    with base.ecriture() as session:
        cfa = Cfa(
            etablissement_id=etablissement_id, nom=f"CFA {uai}", uai=uai, interne=interne, a_completer=a_completer
        )
        composante = Composante(etablissement_id=etablissement_id, nom="IUT des Essais")
        session.add_all([cfa, composante])
        session.flush()
        formation = Formation(
            etablissement_id=etablissement_id, cfa_id=exiger_id(cfa.id), code=f"RNCP99001-{uai}",
            libelle="BUT EXEMPLE", rncp="RNCP99001", uai_formateur=uai, a_completer=a_completer,
        )  # fmt: skip
        session.add(formation)
        session.flush()
        return Peuplement(exiger_id(cfa.id), exiger_id(formation.id), exiger_id(composante.id))
