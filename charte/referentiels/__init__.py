"""Les référentiels que la charte croise (Qualiopi, missions du CFA, Hcéres, CTI), en données datées.

from charte.referentiels import charger_referentiel, correspondances, edition_en_vigueur, elements_de

edition = edition_en_vigueur(charger_referentiel("qualiopi"), jour)
correspondances("qualiopi", edition.edition, "1.S1.2")     # ce que l'engagement rencontre
elements_de("qualiopi", edition.edition, "20")             # les éléments de la charte qui y répondent
lignes = lignes_a_couvrir(edition, charger_correspondances())
dresser_couverture(lignes, preuves_par_element, preuves_directes, decisions)
"""

from charte.chargement import EDITION_COURANTE
from charte.referentiels.chargement import (
    charger_passage,
    charger_referentiel,
    charger_referentiels,
)
from charte.referentiels.correspondance import PROPOSITION, Confiance, Correspondance, Correspondances
from charte.referentiels.couverture import (
    Decision,
    EtatDeLigne,
    LigneACouvrir,
    LigneDAudit,
    Preuve,
    PreuveDeLigne,
    Validite,
    dresser_couverture,
    lignes_a_couvrir,
    validite_d_une_preuve,
)
from charte.referentiels.passage import Difference, Nature, TableDePassage, differences
from charte.referentiels.rapprochement import charger_correspondances
from charte.referentiels.referentiel import (
    CleReferentiel,
    EditionAbsente,
    EditionDeReferentiel,
    Ligne,
    Referentiel,
    Releve,
    edition_en_vigueur,
)

__all__ = [
    "PROPOSITION",
    "CleReferentiel",
    "Confiance",
    "Correspondance",
    "Correspondances",
    "Decision",
    "Difference",
    "EditionAbsente",
    "EditionDeReferentiel",
    "EtatDeLigne",
    "Ligne",
    "LigneACouvrir",
    "LigneDAudit",
    "Nature",
    "Preuve",
    "PreuveDeLigne",
    "Referentiel",
    "Releve",
    "TableDePassage",
    "Validite",
    "charger_correspondances",
    "charger_passage",
    "charger_referentiel",
    "charger_referentiels",
    "correspondances",
    "differences",
    "dresser_couverture",
    "edition_en_vigueur",
    "elements_de",
    "lignes_a_couvrir",
    "validite_d_une_preuve",
]


def correspondances(
    referentiel: str, edition: str, element: str, charte: str = EDITION_COURANTE
) -> tuple[Correspondance, ...]:
    """Les lignes de cette édition que rencontre un élément de la charte ; vide si rien n'est proposé."""
    return charger_correspondances(charte).par_element.get((referentiel, edition, element), ())


def elements_de(
    referentiel: str, edition: str, reference: str, charte: str = EDITION_COURANTE
) -> tuple[Correspondance, ...]:
    """Les éléments de la charte proposés pour une ligne de cette édition ; vide si rien n'est proposé."""
    return charger_correspondances(charte).par_ligne.get((referentiel, edition, reference), ())
