"""Quel ouvrier joue quel essai, et quand : un fichier à la fois, les plus longs d'abord.

Un fichier reste sur un ouvrier : ce qu'il partage n'est préparé qu'une fois. Seuls le tour des pages et celui des
formulaires, longs comme un dossier, se donnent lot par lot.
"""

import pytest
from xdist.remote import Producer  # type: ignore[import-untyped]
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

PAR_LOTS = (
    "tests/navigateur/test_toutes_les_pages.py::test_chaque_page_de_ce_lot_vue_par_chacun[",
    "tests/navigateur/test_erreurs_et_formulaires.py::test_chaque_formulaire_refuse_mene_a_ses_champs[",
)
LONGS = (
    "navigateur/test_toutes_les_pages",
    "navigateur",
    "appli/test_cloison_pages",
    "appli/test_cloisonnement",
    "appli/test_head",
    "rapports/test_pdf",
    "fuzz",
    "indicateurs/imports",
    "indicateurs/test_moteur",
    "indicateurs/rgpd",
    "grilles/classeur",
    "demonstration",
)
"""Les plus longs, dans l'ordre ; un dossier compte pour ceux de ses fichiers qui ne sont pas nommés avant lui."""


def rang(chemin: str) -> int:
    """La place d'un fichier d'essais (`tests/…/test_x.py`) : les longs d'abord, les autres ensuite, à égalité."""
    nom = chemin.partition("tests/")[2].removesuffix(".py")
    return next((place for place, long in enumerate(LONGS) if nom == long or nom.startswith(f"{long}/")), len(LONGS))


class ParFichier(LoadFileScheduling):  # type: ignore[misc]
    """Un fichier, ou un lot d'un tour, à chaque ouvrier libre ; dans l'ordre de la collecte."""

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        super().__init__(config, log)
        # Sans cela, les fichiers partent du plus grand nombre d'essais au plus petit : les parcours, longs et peu
        # nombreux, finiraient seuls.
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if nodeid.startswith(PAR_LOTS) else str(super()._split_scope(nodeid))
