"""Le niveau d'un poste : la table d'exemples que lit un responsable qualité, puis les invariants."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charte.chargement import charger_edition
from charte.commun.donnees import DonneeGelee, DonneesInvalides, charger_modele
from charte.edition import Genre
from grilles.echelle import FICHIER, Echelle, charger_echelle
from grilles.jalons.paliers import PalierLocal, PaliersLocaux
from grilles.niveaux import CIBLE, EN_DECA, SOCLE, Niveau, Palier, jalon, lire_niveau
from grilles.regles import (
    Avancement,
    Position,
    annee_de_rentree,
    dresser_bilan,
    ids_des_actions,
    libelle_annee,
    niveau_du_poste,
    satisfait,
)

EDITION = charger_edition("2023-10")
MOTIF = "Diplôme préparé sans période à l'étranger."
TENU = Position("tenu", preuves=1)
POSITIONS = {
    "tenu": TENU,
    "tenu sans preuve": Position("tenu"),
    "tenu preuve périmée": Position("tenu", perimees=1),
    "tenu à confirmer": Position("tenu", preuves=1, a_confirmer=True),
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
    jalons: str = ""
    cibles: str = ""
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


def _palier(numero: int, atteint: bool) -> PalierLocal:
    return PalierLocal(numero, f"Palier {numero}", atteint, "atteint" if atteint else "convenu", None, None)


def _paliers(texte: str) -> tuple[PalierLocal, ...]:
    morceaux = [morceau.strip().split(" ", 1) for morceau in texte.split(",") if morceau.strip()]
    faits = [{"atteint": True, "à venir": False}[etat] for nombre, etat in morceaux for _ in range(int(nombre))]
    return tuple(_palier(numero, fait) for numero, fait in enumerate(faits, 1))


def _locaux(exemple: Exemple) -> PaliersLocaux:
    return PaliersLocaux(_paliers(exemple.jalons), _paliers(exemple.cibles))


@pytest.mark.parametrize("exemple", EXEMPLES, ids=lambda e: e.titre)
def test_le_niveau_de_chaque_exemple(exemple: Exemple) -> None:
    bilan = dresser_bilan(EDITION.poste(exemple.poste), _reponses(exemple), _locaux(exemple))
    assert bilan.niveau.libelle == exemple.niveau
    assert bilan.titre.replace("\u00a0", " ") == exemple.manque
    assert exemple.reserve is None or exemple.reserve in [dite.replace("\u00a0", " ") for dite in bilan.reserves]


def test_chaque_poste_et_chaque_niveau_ont_un_exemple() -> None:
    assert {e.poste for e in EXEMPLES} == {1, 2, 3, 4}
    assert {e.niveau for e in EXEMPLES} == {"En deçà du socle", "Socle", "Jalon 1", "Jalon 2", "Cible"}


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
    reponses = dict.fromkeys(puces, TENU)
    reponses.update(tirer(st.dictionaries(st.sampled_from(puces), ETATS, max_size=2)))
    return poste, reponses


CAS = st.one_of(poste_et_reponses(), poste_presque_tenu())
PALIERS = st.lists(st.booleans(), max_size=3).map(
    lambda faits: tuple(_palier(numero, fait) for numero, fait in enumerate(faits, 1))
)
LOCAUX = st.builds(PaliersLocaux, PALIERS, PALIERS)


@given(CAS, LOCAUX, st.data())
def test_satisfaire_un_element_n_abaisse_jamais_le_niveau(cas, locaux, data) -> None:
    poste, reponses = cas
    puce = data.draw(st.sampled_from([p.id for p in (*poste.engagements, *poste.exigences)]))
    assert niveau_du_poste(poste, {**reponses, puce: TENU}, locaux) >= niveau_du_poste(poste, reponses, locaux)


@given(CAS, LOCAUX, st.data())
def test_atteindre_un_palier_local_n_abaisse_jamais_le_niveau(cas, locaux, data) -> None:
    poste, reponses = cas
    rang = data.draw(st.integers(0, max(0, len(locaux.jalons) - 1)))
    jalons = tuple(replace(p, atteint=p.atteint or n == rang) for n, p in enumerate(locaux.jalons))
    assert niveau_du_poste(poste, reponses, replace(locaux, jalons=jalons)) >= niveau_du_poste(poste, reponses, locaux)


@given(CAS, LOCAUX, st.data(), st.sampled_from(sorted(set(POSITIONS) - {"tenu", "sans objet"})))
def test_pas_de_socle_avec_un_engagement_qui_manque(cas, locaux, data, faute) -> None:
    poste, reponses = cas
    engagement = data.draw(st.sampled_from([p.id for p in poste.engagements]))
    gatees = {k: v for k, v in reponses.items() if k != engagement}
    if POSITIONS[faute]:
        gatees[engagement] = POSITIONS[faute]
    assert niveau_du_poste(poste, gatees, locaux) == EN_DECA


@given(CAS, LOCAUX)
def test_rien_ne_manque_si_et_seulement_si_la_cible_est_atteinte(cas, locaux) -> None:
    poste, reponses = cas
    bilan = dresser_bilan(poste, reponses, locaux)
    assert (bilan.manques == ()) is (bilan.niveau == CIBLE)
    assert (bilan.suivant is None) is (bilan.niveau == CIBLE)
    assert bilan.suivant is None or bilan.suivant > bilan.niveau


@given(CAS, LOCAUX)
def test_combler_ce_qui_manque_fait_monter_d_un_palier(cas, locaux) -> None:
    poste, reponses = cas
    bilan = dresser_bilan(poste, reponses, locaux)
    comblees = {**reponses, **{m.element: TENU for m in bilan.manques if m.jalon is None}}
    fin = bilan.suivant == CIBLE
    faits = {m.jalon for m in bilan.manques if m.jalon is not None}
    jalons = tuple(replace(p, atteint=p.atteint or (not fin and p.id in faits)) for p in locaux.jalons)
    cibles = tuple(replace(p, atteint=p.atteint or (fin and p.id in faits)) for p in locaux.cibles)
    assert bilan.suivant is None or niveau_du_poste(poste, comblees, PaliersLocaux(jalons, cibles)) >= bilan.suivant


@given(CAS, LOCAUX)
def test_le_jalon_rendu_est_le_dernier_sans_trou(cas, locaux) -> None:
    niveau = niveau_du_poste(*cas, locaux)
    if niveau.palier is Palier.JALON:
        assert all(p.atteint for p in locaux.jalons[: niveau.jalon])
        assert niveau.jalon == len(locaux.jalons) or not locaux.jalons[niveau.jalon].atteint


@given(CAS)
def test_le_socle_du_poste_est_l_etat_de_tous_ses_blocs(cas) -> None:
    bilan = dresser_bilan(*cas)
    socle = all(bloc.atteint for bloc in bilan.blocs if bloc.genre is Genre.BLOC_SOCLE)
    cible = all(bloc.atteint for bloc in bilan.blocs if bloc.genre is Genre.BLOC_CIBLE)
    assert bilan.niveau == (CIBLE if socle and cible else SOCLE if socle else EN_DECA)


@given(st.sampled_from([p for p in POSITIONS.values() if p]))
def test_une_reponse_a_confirmer_ne_satisfait_jamais(position) -> None:
    assert not satisfait(replace(position, a_confirmer=True))


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
    reponses = {p.id: TENU for p in poste.engagements[:1]} | {
        poste.engagements[1].id: POSITIONS["tenu sans preuve"],
        poste.engagements[2].id: Position("en_partie"),
    }
    phrase = dresser_bilan(poste, reponses).phrase
    assert phrase.startswith("Il vous manque 3\u00a0engagements pour atteindre le socle : « ")
    assert "(tenu, mais sans preuve) ; «" in phrase
    assert "(en partie) ; «" in phrase
    assert phrase.endswith("(sans réponse).")


def test_la_phrase_nomme_le_jalon_qui_vient_et_son_echeance() -> None:
    poste = EDITION.poste(1)
    venir = PalierLocal(7, "Réunir deux fois le comité", False, "reporte", date(2027, 3, 1), "1.C1.1")
    reponses = {p.id: TENU for p in poste.engagements}
    bilan = dresser_bilan(poste, reponses, PaliersLocaux((venir,), ()))
    assert bilan.phrase == (
        "Il vous reste à atteindre le jalon 1 : « Réunir deux fois le comité » (reporté, prévu le 01/03/2027)."
    )
    assert [m.jalon for m in bilan.manques] == [7]


def test_les_niveaux_se_comparent_et_laissent_place_aux_jalons() -> None:
    jalons = [Niveau(Palier.JALON, n) for n in (1, 2)]
    assert sorted([CIBLE, jalons[1], SOCLE, EN_DECA, jalons[0]]) == [EN_DECA, SOCLE, *jalons, CIBLE]
    assert [n.libelle for n in jalons] == ["Jalon 1", "Jalon 2"]
    assert [n.vise for n in (SOCLE, jalons[1], CIBLE)] == ["le socle", "le jalon 2", "la cible"]
    for niveau in (EN_DECA, SOCLE, jalon(2), CIBLE):
        assert lire_niveau(niveau.cle, niveau.jalon) == niveau


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


def test_la_documentation_montre_tous_les_exemples() -> None:
    document = (Path(__file__).parents[2] / "docs" / "niveaux.md").read_text("utf-8")
    for exemple in EXEMPLES:
        cibles = f"cible locale : {exemple.cibles}" if exemple.cibles else ""
        locaux = " ; ".join(mot for mot in (exemple.jalons, cibles) if mot) or "–"
        cellules = (exemple.titre, str(exemple.poste), exemple.engagements, exemple.exigences, locaux, exemple.niveau)
        assert f"| {' | '.join((*cellules, exemple.manque))} |" in document, exemple.titre
