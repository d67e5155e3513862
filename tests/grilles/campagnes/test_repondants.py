"""Qui répond : la plume suit les mandats, le plus proche d'abord ; désigner choisit parmi ceux qui la tiennent."""

from typing import Any

import pytest

from appli.annuaire import AnnuaireDesComptes
from appli.mandats import retirer_les_mandats
from charte.acteur import Partie, Role, Situation, parties_tenues
from charte.commun.annuaire import Plume
from charte.services.saisie_parties import SaisieRefusee
from grilles.campagnes.repondants import Encrier
from grilles.campagnes.services.designations import designer, designer_en_lot, lire_les_designations
from grilles.campagnes.services.lecture import lire_formations
from grilles.campagnes.vues import FicheCampagne, FormationDeCampagne
from tests.grilles.campagnes.conftest import Univers
from tests.grilles.conftest import creer_collegue


def _noms(plumes: list[Plume]) -> list[str]:
    return [plume.nom.split("@")[0] for plume in plumes]


def _formations(univers: Univers, campagne: FicheCampagne) -> list[FormationDeCampagne]:
    formations: list[FormationDeCampagne] = univers.lire(lire_formations, univers.pilote, campagne)
    return formations


def _situation(univers: Univers, code: str) -> Situation:
    cfa = univers.cfas["partenaire" if code == "gestion" else "interne"]
    return Situation(univers.formations[code], cfa, univers.composante if code == "chimie" else None)


@pytest.mark.parametrize(
    ("code", "partie", "attendus"),
    [
        ("chimie", Partie.ETABLISSEMENT, ["responsable"]),
        ("chimie", Partie.CONCERTEE, ["responsable"]),
        ("chimie", Partie.CFA, ["cfa"]),
        ("droit", Partie.ETABLISSEMENT, ["pilote"]),
        ("droit", Partie.CFA, ["cfa"]),
        ("gestion", Partie.CFA, []),
    ],
)
def test_a_defaut_les_plus_proches_repondent(
    univers: Univers, plumes: Any, code: str, partie: Partie, attendus: list[str]
) -> None:
    assert _noms(Encrier.de(plumes).repondants(_situation(univers, code), partie, {})) == attendus


def test_les_plumes_sont_exactement_celles_de_la_regle_des_mandats(univers: Univers, plumes: Any) -> None:
    encrier = Encrier.de(plumes)
    for code in univers.formations:
        situation = _situation(univers, code)
        for partie in Partie:
            voulues = {plume.compte_id for plume in plumes if partie in parties_tenues(plume.acteur, situation)}
            trouvees = [plume.compte_id for plume in encrier.tenants(situation, partie)]
            assert set(trouvees) == voulues
            assert len(trouvees) == len(voulues)


def test_designer_puis_perdre_son_mandat(univers: Univers, plumes: Any) -> None:
    campagne, encrier = univers.creer(), Encrier.de(plumes)
    formations = _formations(univers, campagne)
    doyen = univers.acteurs["doyen"]
    voulue = (univers.formations["chimie"], Partie.ETABLISSEMENT, doyen.compte_id or 0)
    fait = univers.ecrire(designer, univers.pilote, campagne, formations, voulues={voulue}, encrier=encrier)
    assert fait == (1, 0)
    designes = univers.lire(lire_les_designations, univers.pilote, campagne.id)
    situation = _situation(univers, "chimie")
    assert _noms(encrier.repondants(situation, Partie.ETABLISSEMENT, designes)) == ["doyen"]
    assert _noms(encrier.repondants(situation, Partie.CONCERTEE, designes)) == ["doyen"]
    univers.ecrire(retirer_les_mandats, doyen.compte_id or 0, doyen.etablissement_id)
    restantes = Encrier.de(plume for plume in plumes if plume.compte_id != doyen.compte_id)
    assert _noms(restantes.repondants(situation, Partie.ETABLISSEMENT, designes)) == ["responsable"]
    assert univers.ecrire(designer, univers.pilote, campagne, formations, voulues=set(), encrier=encrier) == (0, 1)


def test_on_ne_designe_pas_qui_n_ecrit_pas(univers: Univers, plumes: Any) -> None:
    campagne = univers.creer()
    formations = _formations(univers, campagne)
    fausse = (univers.formations["gestion"], Partie.CFA, univers.acteurs["cfa"].compte_id or 0)
    with pytest.raises(SaisieRefusee, match="n’écrit pas pour ce diplôme"):
        univers.ecrire(designer, univers.pilote, campagne, formations, voulues={fausse}, encrier=Encrier.de(plumes))


def test_designer_en_lot_la_ou_il_ecrit(univers: Univers, plumes: Any) -> None:
    campagne, encrier = univers.creer(), Encrier.de(plumes)
    formations = _formations(univers, campagne)

    def en_lot(nom: str, partie: Partie) -> int:
        compte_id = univers.acteurs[nom].compte_id or 0
        nombre: int = univers.ecrire(
            designer_en_lot, univers.pilote, campagne, formations, compte_id=compte_id, partie=partie, encrier=encrier
        )
        return nombre

    assert en_lot("cfa", Partie.CFA) == 2, "le CFA interne porte deux diplômes sur trois"
    assert en_lot("cfa", Partie.CFA) == 0, "déjà désigné"
    with pytest.raises(SaisieRefusee) as refus:
        en_lot("cfa", Partie.ETABLISSEMENT)
    assert refus.value.champ == "compte"


def test_un_administrateur_ne_repond_qu_en_dernier(univers: Univers) -> None:
    creer_collegue(univers.base, univers.pilote, Role.ADMINISTRATEUR, "admin")
    plumes = univers.lire(AnnuaireDesComptes().plumes, univers.pilote.etablissement_id)
    situation = _situation(univers, "droit")
    assert _noms(Encrier.de(plumes).repondants(situation, Partie.ETABLISSEMENT, {})) == ["pilote"]
    seul = [plume for plume in plumes if plume.nom.startswith("admin")]
    assert _noms(Encrier.de(seul).repondants(situation, Partie.ETABLISSEMENT, {})) == ["admin"]
