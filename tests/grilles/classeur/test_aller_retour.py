"""Tirer, remplir, revenir : rien ne se perd, rien ne s'invente, même avec des textes hostiles (propriétés)."""

from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from charte.acteur import Partie
from charte.edition import Genre
from grilles.classeur.comparaison import Comparee, Sort, comparer, compter
from grilles.classeur.contenu import COLONNES, FEUILLE, FEUILLE_AIDE, FEUILLE_REFERENCE, Dite, epurer
from grilles.classeur.diagnostic import Examen
from grilles.classeur.services import actuelles_de, attendus_de
from grilles.classeur.vues import dire_le_compte
from grilles.echelle import charger_echelle
from grilles.vues import GrilleLue, ReponseLue
from tests.grilles.classeur.fabrique import PLACES, grille, revenir, tirer

VIERGE = grille()
ELEMENTS = attendus_de(VIERGE)
HOSTILES = (
    "=1+1", "@SUM(A1)", "+33 1", "-1", "- un tiret\n- deux", "_x0041_", "_x000D_", "_x005F_x0041_", "'012",
    "\ufffe\x0b", "=cmd|' /C calc'!A0", "a\r\nb", "  bords\u00a0", "&lt;b&gt;<b>", "#N/A et la suite",
    "\u202enev\u200b", "é\u0301😀", "1e5",
)  # fmt: skip
TEXTES = st.one_of(st.sampled_from(HOSTILES), st.text(max_size=40), st.just("x" * 2000))
RAPIDE = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def dites(dessiner: st.DrawFn, element: str) -> Dite:
    """Une réponse juste à cet élément."""
    etat = dessiner(st.sampled_from([None, *charger_echelle().etats(ELEMENTS[element].genre)]))
    motif = epurer(dessiner(TEXTES))
    if etat is not None and etat.motif_exige:
        motif = motif or "Pas ici"
    # Une cellule qui ne porte qu'une erreur de tableur n'est pas un texte : refusée à part.
    return Dite(etat.cle if etat else None, motif, epurer(dessiner(TEXTES)))


@st.composite
def grilles(dessiner: st.DrawFn) -> dict[str, ReponseLue]:
    """Des réponses à quelques éléments."""
    choisis = dessiner(st.lists(st.sampled_from(list(ELEMENTS)), unique=True, max_size=6))
    # La base peut garder ce qu'une cellule ne garde pas : le commentaire y est brut.
    return {
        element: replace(reponse(dessiner(dites(element)), dessiner(st.integers(1, 99))), commentaire=dessiner(TEXTES))
        for element in choisis
    }


def reponse(dite: Dite, version: int) -> ReponseLue:
    return ReponseLue(dite.etat, dite.motif, dite.commentaire, version)


def ecrites(dite: Dite, element: str) -> dict[tuple[str, str], Any]:
    """Les cellules où cette réponse se tape."""
    libelle = charger_echelle().etat(dite.etat).libelle if dite.etat else None
    valeurs = {"etat": libelle, "motif": dite.motif, "commentaire": dite.commentaire}
    # Un tableur écrit « _x0041_ » de façon à le relire tel quel.
    return {(element, cle): (v and v.replace("_x", "_x005F_x")) or None for cle, v in valeurs.items()}


def comparer_a(examen: Examen, lue: GrilleLue) -> tuple[Comparee, ...]:
    return comparer(examen.proposees, actuelles_de(lue))


@given(reponses=grilles())
@RAPIDE
def test_sans_changement_rien_ne_revient(reponses: dict[str, ReponseLue]) -> None:
    lue = grille(reponses)
    examen = revenir(tirer(lue), lue)
    assert (examen.lues, examen.intactes, examen.refusees) == (93, 93, 0)
    assert not examen.proposees
    assert not examen.anomalies
    assert not examen.absents


@given(reponses=grilles(), donnees=st.data())
@RAPIDE
def test_ce_qui_revient_est_exactement_ce_qu_on_a_change(
    reponses: dict[str, ReponseLue], donnees: st.DataObject
) -> None:
    lue = grille(reponses)
    touches = donnees.draw(st.lists(st.sampled_from(list(ELEMENTS)), unique=True, max_size=6))
    voulues = {element: donnees.draw(dites(element)) for element in touches}
    saisies = {k: v for element, dite in voulues.items() for k, v in ecrites(dite, element).items()}
    examen = revenir(tirer(lue, saisies), lue)
    assert not examen.anomalies
    avant = actuelles_de(lue)
    changees = {element: dite for element, dite in voulues.items() if dite != avant[element].dite}
    assert {p.element: p.dite for p in examen.proposees} == changees
    comparees = comparer_a(examen, lue)
    assert {c.sort for c in comparees} <= {Sort.A_ENREGISTRER, Sort.VIDEE}
    vides = {e for e, d in changees.items() if _efface(d, avant[e].dite)}
    assert {c.element for c in comparees if c.sort is Sort.VIDEE} == vides
    assert examen.lues == examen.intactes + len(comparees)


def _efface(neuve: Dite, ancienne: Dite) -> bool:
    perd_l_etat = ancienne.etat is not None and neuve.etat is None
    return perd_l_etat or (ancienne.commentaire != "" and neuve.commentaire == "")


@given(depart=grilles(), donnees=st.data())
@RAPIDE
def test_ce_que_la_grille_a_change_entre_temps_n_est_jamais_ecrase_en_silence(
    depart: dict[str, ReponseLue], donnees: st.DataObject
) -> None:
    """Trois voix au hasard : ne s'écrit sans demander que ce que seul le fichier a touché."""
    avant = grille(depart)
    element = donnees.draw(st.sampled_from(list(ELEMENTS)))
    mienne, sienne = donnees.draw(dites(element)), donnees.draw(dites(element))
    version = depart.get(element, ReponseLue()).version
    apres = grille({**depart, element: reponse(sienne, version + 1)})
    comparees = comparer_a(revenir(tirer(avant, ecrites(mienne, element)), apres), apres)
    sorts = {c.element: c.sort for c in comparees}
    if mienne == actuelles_de(avant)[element].dite:
        assert element not in sorts
    elif mienne == sienne:
        assert sorts[element] is Sort.INCHANGEE
    else:
        assert sorts == {element: Sort.EN_CONFLIT}


def test_le_classeur_se_relit_listes_protection_volets_et_aucune_formule() -> None:
    lue = grille(
        {"1.S1.1": ReponseLue("tenu", "", "=1+1", 3)}, autres={"1.S1.1": ReponseLue("non_tenu", "", "@SUM(1)", 1)}
    )
    livre = load_workbook(BytesIO(tirer(lue)))
    feuille = livre[FEUILLE]
    assert livre.sheetnames == [FEUILLE, FEUILLE_AIDE, FEUILLE_REFERENCE]
    assert [c.value for c in feuille[1]] == [colonne.entete for colonne in COLONNES]
    assert (feuille.max_row, feuille.freeze_panes, feuille.protection.sheet) == (94, "F2", True)
    ouvertes = {c.column for c in feuille[2] if not c.protection.locked}
    assert ouvertes == {PLACES[colonne.cle] for colonne in COLONNES if colonne.saisie}
    assert not [c.coordinate for f in livre for rangee in f.iter_rows() for c in rangee if c.data_type == "f"]
    assert "CFA : Non tenu – @SUM(1)" in feuille.cell(2, PLACES["autres"]).value
    assert feuille.cell(2, PLACES["commentaire"]).quotePrefix
    assert not feuille.protection.password, "la protection évite un faux geste, elle n'enferme personne"


def test_chaque_etat_se_choisit_dans_la_liste_de_son_genre() -> None:
    livre = load_workbook(BytesIO(tirer(VIERGE)))
    feuille = livre[FEUILLE]
    genres = {feuille.cell(rang, PLACES["etat"]).coordinate: feuille.cell(rang, 4).value for rang in range(2, 95)}
    proposes = {}
    for liste in feuille.data_validations.dataValidation:
        nom, plage = liste.formula1.rsplit("!", 1)
        valeurs = tuple(c.value for (c,) in livre[nom.strip("'")][plage.replace("$", "")])
        proposes |= {adresse: valeurs for adresse, genre in genres.items() if adresse in liste.sqref}
    assert set(proposes) == set(genres), "chaque ligne a sa liste"
    for adresse, genre in genres.items():
        assert proposes[adresse] == tuple(e.libelle for e in charger_echelle().etats(Genre(genre)))


def test_les_colonnes_deplacees_se_retrouvent_par_leur_en_tete() -> None:
    def deplacer(livre: Workbook) -> None:
        feuille = livre[FEUILLE]
        feuille.insert_rows(1)
        feuille.insert_cols(1, 2)
        feuille.cell(1, 1).value = "Notes de réunion"

    examen = revenir(tirer(VIERGE, {("1.S1.2", "etat"): "NON  TENU"}, autre=deplacer), VIERGE)
    assert not examen.anomalies
    assert [(p.element, p.ligne, p.dite.etat) for p in examen.proposees] == [("1.S1.2", 4, "non_tenu")]


def test_une_ligne_retiree_laisse_la_reponse_et_se_dit() -> None:
    lue = grille({"1.S1.2": ReponseLue("tenu", "", "Oui", 2)})
    examen = revenir(tirer(lue, autre=lambda livre: livre[FEUILLE].delete_rows(3)), lue)
    assert (examen.lues, examen.absents, examen.proposees) == (92, ("1.S1.2",), ())


def test_le_compte_se_dit_en_toutes_lettres() -> None:
    lue = grille({"1.S1.1": ReponseLue("tenu", "", "Oui", 1), "1.S1.2": ReponseLue("tenu", "", "", 1)})
    saisies = {("1.S1.1", "commentaire"): None, ("1.S1.2", "etat"): "En partie", ("1.S1.3", "etat"): "peut-être"}
    examen = revenir(tirer(lue, saisies), lue)
    comparees = comparer_a(examen, lue)
    dit = "93 lignes lues = 90 inchangées + 1 à enregistrer + 1 vidée + 1 refusée"
    assert dire_le_compte(examen, comparees).replace("\u00a0", " ").replace("\u202f", " ") == dit
    assert examen.lues == examen.intactes + examen.refusees + sum(compter(comparees).values())


@pytest.mark.parametrize("partie", list(Partie))
def test_chaque_partie_a_son_classeur(partie: Partie) -> None:
    lue = grille({"1.S1.1": ReponseLue("tenu", "", "Oui", 1)}, partie=partie)
    examen = revenir(tirer(lue, {("1.S1.1", "commentaire"): "Vraiment"}), lue)
    assert [p.dite.commentaire for p in examen.proposees] == ["Vraiment"]
