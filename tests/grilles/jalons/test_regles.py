"""La vie d'un jalon : le tableau d'exemples, ce qu'en montre la documentation, et ce qui vaut quoi qu'on décide."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import grilles.jalons
from charte.commun.donnees import DonneeGelee, charger_modele
from grilles.jalons.regles import (
    A_TENIR,
    CONVENUS,
    LIBELLES,
    PERMIS,
    Acte,
    Decision,
    Etat,
    Suivi,
    appliquer,
    deplacer,
    fautes_de,
    numeroter,
    presse,
)
from tests.coherence.fichiers import RACINE


class Exemple(DonneeGelee):
    """Une ligne du tableau : ce qu'on décide, et ce que cela donne."""

    titre: str
    etat: Etat
    acte: Acte
    le: date
    jamais_convenu: bool = False
    par: str = ""
    instance: str = ""
    motif: str = ""
    nouvelle_echeance: date | None = None
    preuves: int = 0
    valeur_vue: bool = False
    donne: Etat | None = None
    refus: tuple[str, ...] = ()


class Numeros(DonneeGelee):
    """Des paliers dans leur ordre, et leurs numéros."""

    titre: str
    paliers: tuple[str, ...]
    numeros: tuple[int | None, ...]


class Exemples(DonneeGelee):
    """Le fichier d'exemples."""

    aujourd_hui: date
    convenu_le: date
    echeance: date
    exemples: tuple[Exemple, ...]
    numeros: tuple[Numeros, ...]


LUS = charger_modele(Path(grilles.jalons.__file__).parent / "donnees" / "exemples_jalons.yaml", Exemples)


def suivi_de(exemple: Exemple) -> Suivi:
    convenu = None if exemple.etat is Etat.PROPOSE or exemple.jamais_convenu else LUS.convenu_le
    atteint = LUS.aujourd_hui if exemple.etat is Etat.ATTEINT else None
    return Suivi(exemple.etat, convenu_le=convenu, atteint_le=atteint, echeance=LUS.echeance)


def decision_de(exemple: Exemple) -> Decision:
    return Decision(
        acte=exemple.acte,
        le=exemple.le,
        instance=exemple.instance,
        par=exemple.par,
        motif=exemple.motif,
        echeance=exemple.nouvelle_echeance,
        preuves=exemple.preuves,
        valeur_vue=exemple.valeur_vue,
    )


@pytest.mark.parametrize("exemple", LUS.exemples, ids=lambda e: e.titre)
def test_chaque_exemple_donne_ce_qu_il_dit(exemple: Exemple) -> None:
    suivi, decision = suivi_de(exemple), decision_de(exemple)
    fautes = fautes_de(suivi, decision, LUS.aujourd_hui)
    assert tuple(faute.champ or "acte" for faute in fautes) == exemple.refus
    if exemple.donne is None:
        assert exemple.refus
    else:
        assert appliquer(suivi, decision).etat is exemple.donne


@pytest.mark.parametrize("exemple", LUS.numeros, ids=lambda e: e.titre)
def test_les_numeros_se_suivent(exemple: Numeros) -> None:
    lus = [palier.split() for palier in exemple.paliers]
    paliers = [(rang, mots[0] if len(mots) > 1 else "jalon", Etat(mots[-1])) for rang, mots in enumerate(lus)]
    numeros = numeroter(paliers)
    assert tuple(numeros.get(rang) for rang in range(len(lus))) == exemple.numeros


def test_les_exemples_couvrent_chaque_acte_de_chaque_etat() -> None:
    dits = {(e.etat, e.acte) for e in LUS.exemples if e.donne}
    assert dits == {(etat, acte) for etat, actes in PERMIS.items() for acte in actes}


def tableau() -> str:
    """Le tableau que montre docs/jalons.md."""
    lignes = ["| Jalon | On note | Ce que cela donne |", "|---|---|---|"]
    for e in LUS.exemples:
        donne = LIBELLES[e.donne] if e.donne else f"refusé : {', '.join(e.refus)}"
        lignes.append(f"| {LIBELLES[e.etat]} | {e.titre} | {donne} |")
    return "\n".join(lignes)


def test_la_documentation_montre_ces_exemples() -> None:
    assert tableau() in (RACINE / "docs" / "jalons.md").read_text("utf-8")


JOURS = st.dates(date(2025, 1, 1), date(2027, 12, 31))
TEXTES = st.sampled_from(["", "  ", "une raison"])
DECISIONS = st.builds(
    Decision,
    acte=st.sampled_from(Acte),
    le=JOURS | st.none(),
    instance=TEXTES.map(str.strip),
    par=TEXTES.map(str.strip),
    motif=TEXTES,
    echeance=JOURS | st.none(),
    preuves=st.integers(0, 2),
    valeur_vue=st.booleans(),
)
AUJOURD_HUI = date(2026, 6, 15)


@given(st.lists(DECISIONS, max_size=30))
def test_une_suite_de_decisions_ne_rend_jamais_un_jalon_sans_ses_preuves(decisions: list[Decision]) -> None:
    """Depuis une proposition : ce que les contraintes de la base exigent tient toujours."""
    suivi = Suivi(Etat.PROPOSE)
    for decision in decisions:
        if fautes_de(suivi, decision, AUJOURD_HUI):
            continue
        avant, suivi = suivi, appliquer(suivi, decision)
        assert decision.le is not None
        assert decision.le <= AUJOURD_HUI
        if suivi.etat in CONVENUS:
            assert suivi.convenu_le
            assert suivi.convenu_par
            assert suivi.instance
        if suivi.etat is Etat.ATTEINT:
            assert avant.etat in A_TENIR
            assert suivi.atteint_le == decision.le
            assert decision.preuves or decision.valeur_vue
            assert suivi.atteint_le >= (avant.convenu_le or suivi.atteint_le)
        else:
            assert suivi.atteint_le is None
        if suivi.etat in (Etat.REPORTE, Etat.ABANDONNE):
            assert suivi.motif.strip()
        if decision.acte is Acte.REPORTER:
            assert suivi.echeance
            assert suivi.echeance > max(avant.echeance or decision.le, decision.le)


@given(st.lists(st.tuples(st.sampled_from(["jalon", "cible"]), st.sampled_from(Etat)), max_size=12))
def test_les_numeros_vont_de_un_en_un_dans_l_ordre(paliers: list[tuple[str, Etat]]) -> None:
    numeros = numeroter([(rang, *palier) for rang, palier in enumerate(paliers)])
    assert list(numeros.values()) == list(range(1, len(numeros) + 1))
    assert list(numeros) == sorted(numeros)
    assert set(numeros) == {r for r, (nature, etat) in enumerate(paliers) if nature == "jalon" and etat in CONVENUS}


@given(st.lists(st.integers(), unique=True, min_size=1, max_size=8), st.data())
def test_deplacer_garde_les_memes_et_descendre_defait_monter(ordre: list[int], donnees: st.DataObject) -> None:
    quel = donnees.draw(st.sampled_from(ordre))
    monte = deplacer(ordre, quel, "monter")
    assert sorted(monte) == sorted(ordre)
    if monte != tuple(ordre):
        assert deplacer(monte, quel, "descendre") == tuple(ordre)
    else:
        assert ordre[0] == quel


@pytest.mark.parametrize(
    ("etat", "dans", "attendu"),
    [
        (Etat.CONVENU, -1, "en_retard"),
        (Etat.CONVENU, 0, "proche"),
        (Etat.REPORTE, 60, "proche"),
        (Etat.CONVENU, 61, ""),
        (Etat.CONVENU, None, ""),
        (Etat.ATTEINT, -1, ""),
        (Etat.PROPOSE, -1, ""),
        (Etat.ABANDONNE, -1, ""),
    ],
)
def test_ce_qui_presse(etat: Etat, dans: int | None, attendu: str) -> None:
    echeance = None if dans is None else AUJOURD_HUI + timedelta(days=dans)
    assert presse(etat, echeance, AUJOURD_HUI) == attendu
