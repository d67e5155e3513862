"""L'écart entre les voix : la table d'exemples que lit un responsable qualité, puis les invariants."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import grilles.ecarts
from charte.commun.donnees import DonneeGelee, charger_modele
from charte.edition import Genre
from grilles.avis.modeles import ETATS_D_AVIS, PUBLICS
from grilles.ecarts.regles import (
    ORGANISATIONS,
    Ecart,
    Sorte,
    Voix,
    accord,
    contredit_par_un_avis,
    en_clair,
    mesurer,
)
from grilles.echelle import charger_echelle

DONNEES = Path(grilles.ecarts.__file__).parent / "donnees"
DOCUMENT = Path(__file__).parents[3] / "docs" / "avis.md"
LES_DEUX = frozenset(ORGANISATIONS)
CONCERNES = {"les deux": LES_DEUX, "établissement": {Voix.ETABLISSEMENT}, "CFA": {Voix.CFA}}


class Exemple(DonneeGelee):
    titre: str
    element: str = "engagement"
    concerne: str = "les deux"
    etablissement: str = ""
    cfa: str = ""
    apprentis: tuple[str, ...] = ()
    employeurs: tuple[str, ...] = ()
    concertee: str = ""
    ecart: str

    @property
    def dits(self) -> dict[Voix, list[str]]:
        mots = {etat.libelle.lower(): etat.cle for etat in charger_echelle().etats(Genre(self.element))}
        avis = {"tenu": "tenu", "en partie": "en_partie", "non tenu": "non_tenu", "je ne sais pas": "ne_sait_pas"}
        dits = {voix: [mots[dit]] for voix in (*ORGANISATIONS, Voix.CONCERTEE) if (dit := getattr(self, voix.value))}
        return dits | {Voix(p): [avis[dit] for dit in dits_] for p in PUBLICS if (dits_ := getattr(self, p))}


class Exemples(DonneeGelee):
    exemples: tuple[Exemple, ...]


EXEMPLES = charger_modele(DONNEES / "exemples_ecarts.yaml", Exemples).exemples


@pytest.mark.parametrize("exemple", EXEMPLES, ids=lambda e: e.titre)
def test_exemple(exemple: Exemple) -> None:
    ecart = mesurer(exemple.dits, frozenset(CONCERNES[exemple.concerne]))
    assert en_clair(ecart).replace("\u00a0", " ") == exemple.ecart
    assert bool(ecart) is bool(exemple.ecart)


def test_le_document_montre_la_table() -> None:
    document = " ".join(DOCUMENT.read_text("utf-8").split())
    assert [e.titre for e in EXEMPLES if f"| {e.titre} |" not in document.replace("’", "'")] == []
    assert [e.ecart for e in EXEMPLES if f"| {e.ecart or 'aucun'} |" not in document] == []


ETATS = st.sampled_from([etat.cle for etat in charger_echelle().engagements])
AVIS = st.lists(st.sampled_from(ETATS_D_AVIS), min_size=1, max_size=4)
DITS = st.fixed_dictionaries(
    {},
    optional={voix: ETATS.map(lambda e: [e]) for voix in (*ORGANISATIONS, Voix.CONCERTEE)}
    | {Voix(public): AVIS for public in PUBLICS},
)


@given(DITS)
def test_l_ecart_ne_depend_pas_de_qui_parle_le_premier(dits: dict[Voix, list[str]]) -> None:
    retournes = {voix: siens[::-1] for voix, siens in reversed(dits.items())}
    assert mesurer(dits, LES_DEUX) == mesurer(retournes, LES_DEUX)


@given(DITS)
def test_echanger_les_deux_organisations_ne_change_que_le_nom_du_silence(dits: dict[Voix, list[str]]) -> None:
    autre = {Voix.ETABLISSEMENT: Voix.CFA, Voix.CFA: Voix.ETABLISSEMENT}
    echanges = {autre.get(voix, voix): siens for voix, siens in dits.items()}
    un, deux = mesurer(dits, LES_DEUX), mesurer(echanges, LES_DEUX)
    assert (un.crans, un.sans_objet) == (deux.crans, deux.sans_objet)
    assert {autre[voix] for voix in un.silences} == set(deux.silences)


@given(DITS)
def test_pas_d_ecart_si_et_seulement_si_toutes_les_voix_disent_la_meme_chose(dits: dict[Voix, list[str]]) -> None:
    entendus = {v: {e for e in siens if e != "ne_sait_pas"} for v, siens in dits.items()}
    parlent = {v: siens for v, siens in entendus.items() if siens}
    differents = len(parlent) > 1 and len(set().union(*parlent.values())) > 1
    attendues = set() if not parlent or Voix.CONCERTEE in parlent else LES_DEUX - parlent.keys()
    ecart = mesurer(dits, LES_DEUX)
    assert bool(ecart) is (differents or bool(attendues))
    assert set(ecart.silences) == attendues


@given(DITS, AVIS)
def test_une_voix_de_plus_ne_reduit_jamais_un_ecart(dits: dict[Voix, list[str]], avis: list[str]) -> None:
    plus = {**dits, Voix.APPRENTIS: [*dits.get(Voix.APPRENTIS, ()), *avis]}
    avant, apres = mesurer(dits, LES_DEUX), mesurer(plus, LES_DEUX)
    assert apres.crans >= avant.crans
    assert apres.sans_objet >= avant.sans_objet


def test_le_plus_grand_ecart_vient_d_abord() -> None:
    ranges = [
        Ecart(crans=3), Ecart(crans=2, sans_objet=True, silences=(Voix.CFA,)), Ecart(crans=2, sans_objet=True),
        Ecart(crans=2), Ecart(crans=1), Ecart(sans_objet=True), Ecart(silences=ORGANISATIONS),
    ]  # fmt: skip
    melanges = [ranges[rang] for rang in (4, 0, 6, 2, 5, 1, 3)]
    assert sorted(melanges, key=lambda ecart: ecart.poids) == ranges
    assert ranges[1].sortes == tuple(Sorte)
    assert not Ecart()


@pytest.mark.parametrize(
    ("dits", "attendu"),
    [
        ({Voix.ETABLISSEMENT: ["tenu"], Voix.CFA: ["tenu"]}, "tenu"),
        ({Voix.ETABLISSEMENT: ["tenu"], Voix.CFA: ["en_partie"]}, None),
        ({Voix.ETABLISSEMENT: ["tenu"]}, None),
        ({Voix.CFA: ["tenu"]}, None),
        ({}, None),
    ],
)
def test_un_accord_est_la_meme_chose_dite_par_les_deux(dits: dict[Voix, list[str]], attendu: str | None) -> None:
    assert accord(dits) == attendu


@pytest.mark.parametrize(
    ("dit", "avis", "contredit"),
    [
        ("tenu", ["tenu"], False), ("tenu", ["ne_sait_pas"], False), ("tenu", ["tenu", "en_partie"], True),
        ("sans_objet", ["tenu"], True), ("en_place_et_evaluee", ["tenu"], False),
        ("en_place_et_evaluee", ["en_partie"], True),
    ],
)  # fmt: skip
def test_un_avis_contredit_ou_non(dit: str, avis: list[str], contredit: bool) -> None:
    dits = {Voix.ETABLISSEMENT: [dit], Voix.CFA: [dit]}
    assert contredit_par_un_avis({**dits, Voix.EMPLOYEURS: avis}) is contredit
    assert not contredit_par_un_avis(dits)
