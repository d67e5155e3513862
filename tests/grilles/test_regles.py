"""Le niveau d'un poste : la table d'exemples que lit un responsable qualité, puis les invariants."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charte.chargement import charger_edition
from charte.commun.donnees import DonneeGelee, DonneesInvalides, charger_modele
from charte.edition import Genre
from grilles.echelle import FICHIER, Echelle, charger_echelle
from grilles.regles import (
    CIBLE,
    EN_DECA,
    SOCLE,
    Avancement,
    Niveau,
    Palier,
    Position,
    annee_de_rentree,
    ce_qui_manque,
    dresser_bilan,
    ids_des_actions,
    libelle_annee,
    niveau_du_poste,
    phrase_du_manque,
    titre_du_manque,
)

EDITION = charger_edition("2023-10")
MOTIF = "Diplôme préparé sans période à l'étranger."
POSITIONS = {
    "tenu": Position("tenu"),
    "en partie": Position("en_partie"),
    "non tenu": Position("non_tenu"),
    "sans objet": Position("sans_objet", MOTIF),
    "sans objet sans motif": Position("sans_objet", "  "),
    "sans réponse": None,
}


class Exemple(DonneeGelee):
    titre: str
    poste: int
    engagements: str
    exigences: str
    niveau: str
    manque: str
    reserve: str | None = None


class Exemples(DonneeGelee):
    exemples: tuple[Exemple, ...]


EXEMPLES = charger_modele(FICHIER.with_name("exemples_niveaux.yaml"), Exemples).exemples


def _developper(texte: str) -> list[Position | None]:
    morceaux = [morceau.strip().split(" ", 1) for morceau in texte.split(",")]
    return [POSITIONS[etat] for nombre, etat in morceaux for _ in range(int(nombre))]


def _reponses(exemple: Exemple) -> dict[str, Position]:
    poste = EDITION.poste(exemple.poste)
    puces = [*poste.engagements, *poste.exigences]
    positions = _developper(exemple.engagements) + _developper(exemple.exigences)
    assert len(positions) == len(puces)
    return {puce.id: position for puce, position in zip(puces, positions, strict=True) if position}


@pytest.mark.parametrize("exemple", EXEMPLES, ids=lambda e: e.titre)
def test_le_niveau_de_chaque_exemple(exemple: Exemple) -> None:
    bilan = dresser_bilan(EDITION.poste(exemple.poste), _reponses(exemple))
    assert bilan.niveau.libelle == exemple.niveau
    assert titre_du_manque(bilan.niveau, len(bilan.manques)) == exemple.manque.replace(
        " engagement", "\u00a0engagement", 1
    ).replace(" exigence", "\u00a0exigence", 1)
    assert exemple.reserve is None or exemple.reserve in bilan.reserves


def test_chaque_poste_et_chaque_niveau_ont_un_exemple() -> None:
    assert {e.poste for e in EXEMPLES} == {1, 2, 3, 4}
    assert {e.niveau for e in EXEMPLES} == {"En deçà du socle", "Socle", "Cible"}


ETATS = st.sampled_from([p for p in POSITIONS.values() if p])
POSTES = st.sampled_from(EDITION.postes)


@st.composite
def poste_et_reponses(tirer: st.DrawFn):
    poste = tirer(POSTES)
    puces = [p.id for p in (*poste.engagements, *poste.exigences)]
    return poste, tirer(st.dictionaries(st.sampled_from(puces), ETATS))


@st.composite
def poste_presque_tenu(tirer: st.DrawFn):
    """Des réponses proches du socle : le tirage libre y tombe trop rarement pour éprouver les paliers."""
    poste = tirer(POSTES)
    puces = [p.id for p in (*poste.engagements, *poste.exigences)]
    reponses = dict.fromkeys(puces, Position("tenu"))
    reponses.update(tirer(st.dictionaries(st.sampled_from(puces), ETATS, max_size=2)))
    return poste, reponses


CAS = st.one_of(poste_et_reponses(), poste_presque_tenu())
RANGS = {"non_tenu": 0, "en_partie": 1, "tenu": 2}


@given(CAS, st.data())
def test_ameliorer_une_reponse_n_abaisse_jamais_le_niveau(cas, data) -> None:
    poste, reponses = cas
    puce = data.draw(st.sampled_from([p.id for p in (*poste.engagements, *poste.exigences)]))
    avant = RANGS.get((reponses.get(puce) or Position()).etat or "", -1)
    mieux = data.draw(st.sampled_from([etat for etat, rang in RANGS.items() if rang >= avant]))
    apres = {**reponses, puce: Position(mieux)}
    if (reponses.get(puce) or Position()).etat == "sans_objet":
        apres[puce] = Position("tenu")
    assert niveau_du_poste(poste, apres) >= niveau_du_poste(poste, reponses)


@given(CAS, st.data(), st.sampled_from(["non tenu", "en partie", "sans objet sans motif", "sans réponse"]))
def test_pas_de_socle_avec_un_engagement_qui_manque(cas, data, faute) -> None:
    poste, reponses = cas
    engagement = data.draw(st.sampled_from([p.id for p in poste.engagements]))
    gatees = {k: v for k, v in reponses.items() if k != engagement}
    if POSITIONS[faute]:
        gatees[engagement] = POSITIONS[faute]
    assert niveau_du_poste(poste, gatees) == EN_DECA


@given(CAS)
def test_rien_ne_manque_si_et_seulement_si_la_cible_est_atteinte(cas) -> None:
    poste, reponses = cas
    bilan = dresser_bilan(poste, reponses)
    assert (bilan.manques == ()) is (bilan.niveau == CIBLE)
    assert (bilan.suivant is None) is (bilan.niveau == CIBLE)


@given(CAS)
def test_repondre_tenu_a_ce_qui_manque_fait_monter_d_un_palier(cas) -> None:
    poste, reponses = cas
    bilan = dresser_bilan(poste, reponses)
    comblees = {**reponses, **{m.element: Position("tenu") for m in bilan.manques}}
    assert bilan.suivant is None or niveau_du_poste(poste, comblees) >= bilan.suivant


@given(CAS)
def test_le_socle_du_poste_est_l_etat_de_tous_ses_blocs(cas) -> None:
    bilan = dresser_bilan(*cas)
    socle = all(bloc.atteint for bloc in bilan.blocs if bloc.genre is Genre.BLOC_SOCLE)
    cible = all(bloc.atteint for bloc in bilan.blocs if bloc.genre is Genre.BLOC_CIBLE)
    assert bilan.niveau == (CIBLE if socle and cible else SOCLE if socle else EN_DECA)


@given(CAS)
def test_les_comptes_par_etat_retombent_sur_le_total(cas) -> None:
    poste, reponses = cas
    bilan = dresser_bilan(poste, reponses)
    assert sum(bilan.comptes.values()) == len(poste.engagements) + len(poste.exigences) == bilan.avancement.total
    assert bilan.avancement.renseignes == bilan.avancement.total - bilan.comptes.get("", 0)


@given(POSTES, st.sampled_from(["non_engagee", "en_place_et_evaluee"]))
def test_les_actions_n_entrent_pas_dans_le_niveau(poste, etat) -> None:
    reponses = {identifiant: Position(etat) for identifiant in ids_des_actions(poste)}
    bilan = dresser_bilan(poste, reponses)
    assert bilan.niveau == EN_DECA
    assert bilan.avancement_actions.complet
    assert bilan.avancement.renseignes == 0


def test_la_phrase_nomme_chaque_element_qui_manque_et_pourquoi() -> None:
    poste = EDITION.poste(4)
    reponses = {p.id: Position("tenu") for p in poste.engagements[:2]} | {
        poste.engagements[2].id: Position("en_partie")
    }
    phrase = phrase_du_manque(EN_DECA, ce_qui_manque(poste, reponses))
    assert phrase.startswith("Il manque 2\u00a0engagements pour atteindre le socle : « Développement d")
    assert "(en partie) ; «" in phrase
    assert phrase.endswith("(sans réponse).")


def test_tenu_sans_preuve_compte_et_se_voit() -> None:
    poste = EDITION.poste(1)
    reponses = {p.id: Position("tenu", preuves=1) for p in poste.engagements}
    reponses[poste.engagements[0].id] = Position("tenu")
    bilan = dresser_bilan(poste, reponses)
    assert bilan.niveau == SOCLE
    assert bilan.tenus_sans_preuve == (poste.engagements[0].id,)
    assert bilan.reserves == ("Il manque une preuve pour 1\u00a0engagement ou exigence tenu.",)


def test_les_niveaux_se_comparent_et_laissent_place_aux_jalons() -> None:
    jalons = [Niveau(Palier.JALON, n) for n in (1, 2)]
    assert sorted([CIBLE, jalons[1], SOCLE, EN_DECA, jalons[0]]) == [EN_DECA, SOCLE, *jalons, CIBLE]
    assert [n.libelle for n in jalons] == ["Jalon 1", "Jalon 2"]


def test_l_annee_de_rentree_tourne_le_premier_aout() -> None:
    assert annee_de_rentree(date(2026, 7, 31)) == 2025
    assert annee_de_rentree(date(2026, 8, 1)) == 2026
    assert libelle_annee(2026) == "2026-2027"
    assert Avancement(1, 3) + Avancement(2, 4) == Avancement(3, 7)


def test_l_echelle_se_dit_de_l_outil_et_tient_dans_la_base() -> None:
    from grilles.modeles import ETATS_DE_REPONSE

    echelle = charger_echelle()
    assert "celle de l'outil" in echelle.avertissement
    assert {e.cle for e in (*echelle.engagements, *echelle.actions)} == set(ETATS_DE_REPONSE)
    assert [e.libelle for e in echelle.etats(Genre.EXIGENCE)] == ["Tenu", "En partie", "Non tenu", "Sans objet"]
    with pytest.raises(KeyError, match="n'évalue pas"):
        echelle.etats(Genre.PERIMETRE)


def test_une_echelle_a_cle_repetee_est_refusee(tmp_path: Path) -> None:
    fautif = tmp_path / "echelle.yaml"
    fautif.write_text(FICHIER.read_text("utf-8").replace("cle: engagee", "cle: tenu"), "utf-8")
    with pytest.raises(DonneesInvalides, match=r"echelle\.yaml.*propre clé"):
        charger_modele(fautif, Echelle)
