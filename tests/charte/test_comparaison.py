"""Comparer deux éditions : une table d'exemples sur une édition fictive, et ce qui vaut quelles que soient les deux."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charte.chargement import charger_edition
from charte.comparaison import Etat, Sort, comparer_editions, part_commune, segmenter
from charte.concernes import elements_evalues
from charte.edition import Edition
from tests.charte.editions_fictives import FICTIVE, Brut, deplacer, fictive, inserer, listes, reecrire, retirer

Retouche = Callable[[Brut], None]
NOUVELLE = inserer("1.1", 0, "Bilan carbone des déplacements")
REFORMULEE = reecrire("2.S2", 0, "sous une semaine", "sous trois jours ouvrés")
ECHANGEE = reecrire("3.S1", 0, "Un livret d'apprentissage", "Un espace de suivi numérique")


@pytest.mark.parametrize(
    ("retouches", "element", "sort", "nouvel_id"),
    [
        ((), "1.1.1", Sort.IDENTIQUE, "1.1.1"),
        ((REFORMULEE,), "2.S2.1", Sort.REFORMULE, "2.S2.1"),
        ((REFORMULEE,), "2.S2.2", Sort.IDENTIQUE, "2.S2.2"),
        ((ECHANGEE,), "3.S1.1", Sort.SUPPRIME, None),
        ((retirer("4.C1", 2),), "4.C1.3", Sort.SUPPRIME, None),
        ((retirer("4.C1", 2),), "4.C1.5", Sort.DEPLACE, "4.C1.4"),
        ((NOUVELLE,), "1.1.1", Sort.DEPLACE, "1.1.2"),
        ((NOUVELLE,), "1.1.6.3", Sort.DEPLACE, "1.1.7.3"),
        ((NOUVELLE, reecrire("1.1", 6, "Recueil", "Collecte")), "1.1.6", Sort.REFORMULE, "1.1.7"),
        ((deplacer("4.C1", 4, "2.C1"),), "4.C1.5", Sort.DEPLACE, "2.C1.4"),
        ((deplacer("1.C1", 1, "1.S1"),), "1.C1.2", Sort.DEPLACE, "1.S1.6"),
        ((reecrire("3.S1", 0, "d'a", "d’a"),), "3.S1.1", Sort.IDENTIQUE, "3.S1.1"),
    ],
)
def test_ce_que_devient_un_element(
    retouches: tuple[Retouche, ...], element: str, sort: Sort, nouvel_id: str | None
) -> None:
    devenir = comparer_editions(charger_edition(), fictive(*retouches)).devenir(element)
    assert (devenir.sort, devenir.nouvel_id) == (sort, nouvel_id)


def test_une_edition_ne_differe_pas_d_elle_meme() -> None:
    edition = charger_edition()
    differences = comparer_editions(edition, edition)
    assert differences.aucune
    assert len(differences.identiques) == 93


def test_les_listes_disent_ce_qui_change() -> None:
    apres = fictive(NOUVELLE, REFORMULEE, ECHANGEE, retirer("4.2", 2))
    differences = comparer_editions(charger_edition(), apres)
    assert (differences.avant, differences.apres, differences.aucune) == ("2023-10", FICTIVE, False)
    assert [element.id for element in differences.ajoutes] == ["1.1.1", "3.S1.1"]
    assert [element.id for element in differences.supprimes] == ["3.S1.1", "4.2.3"]
    assert [(p.avant.id, p.apres.id) for p in differences.reformules] == [("2.S2.1", "2.S2.1")]
    assert [(p.avant.id, p.apres.id) for p in differences.deplaces] == [
        *((f"1.1.{n}", f"1.1.{n + 1}") for n in range(1, 7)),
        *((f"1.1.6.{n}", f"1.1.7.{n}") for n in range(1, 4)),
    ]


def test_un_element_absent_de_l_ancienne_edition_se_dit() -> None:
    differences = comparer_editions(charger_edition(), fictive(NOUVELLE))
    with pytest.raises(KeyError, match=r"la charte 2023-10 n'a pas d'élément évalué « 1\.1\.7 »"):
        differences.devenir("1.1.7")


def test_deux_puces_de_memes_mots_gardent_leur_poste() -> None:
    jumelles = (inserer("4.2", 0, "Une lettre commune"), inserer("2.1", 0, "Une lettre commune"))
    avant = fictive(*jumelles, nom="2030-01")
    apres = fictive(*jumelles, inserer("4.2", 0, "Une enquête"), inserer("2.1", 0, "Un salon"))
    differences = comparer_editions(avant, apres)
    assert differences.devenir("4.2.1").nouvel_id == "4.2.2"
    assert differences.devenir("2.1.1").nouvel_id == "2.1.2"


def test_une_action_ne_devient_pas_un_engagement() -> None:
    texte = charger_edition().element("3.S1.1").texte
    apres = fictive(retirer("3.S1", 0), inserer("3.2", 0, texte))
    differences = comparer_editions(charger_edition(), apres)
    assert differences.devenir("3.S1.1").sort is Sort.SUPPRIME
    assert "3.2.1" in [element.id for element in differences.ajoutes]


@pytest.mark.parametrize(
    ("un", "autre", "part"),
    [
        ("Un livret", "Un livret", 1.0),
        ("Un livret", "un LIVRET.", 1.0),
        ("Un livret", "Un carnet", 0.5),
        ("Un livret", "Enquête annuelle", 0.0),
        ("de la la la", "la de", 4 / 6),
        ("", "", 0.0),
    ],
)
def test_la_part_de_mots_communs(un: str, autre: str, part: float) -> None:
    assert part_commune(un, autre) == pytest.approx(part)
    assert part_commune(autre, un) == pytest.approx(part)


@pytest.mark.parametrize(
    ("avant", "apres", "attendu"),
    [
        ("Un livret", "Un livret", [("Un livret", "garde")]),
        ("Un livret", "Un carnet", [("Un", "garde"), (" livret", "retire"), (" carnet", "ajoute")]),
        ("Deux visites", "Deux visites par an", [("Deux visites", "garde"), (" par an", "ajoute")]),
        ("le tuteur, seul", "le tuteur", [("le tuteur", "garde"), (", seul", "retire")]),
        ("l'apprenti", "l’apprenti", [("l’apprenti", "garde")]),
        ("", "Neuf", [("Neuf", "ajoute")]),
    ],
)
def test_le_texte_reformule_se_lit_mot_a_mot(avant: str, apres: str, attendu: list[tuple[str, str]]) -> None:
    assert [(segment.texte, segment.etat.value) for segment in segmenter(avant, apres)] == attendu


TEXTES = st.text(alphabet="abé', (.;)", max_size=40).map(lambda texte: " ".join(texte.split()))


@given(TEXTES, TEXTES)
def test_les_segments_redonnent_les_deux_textes(avant: str, apres: str) -> None:
    segments = segmenter(avant, apres)
    lu = "".join(segment.texte for segment in segments if segment.etat is not Etat.RETIRE)
    ancien = "".join(segment.texte for segment in segments if segment.etat is not Etat.AJOUTE)
    assert lu == apres
    assert "".join(ancien.split()) == "".join(avant.split())
    assert all(un.etat is not autre.etat for un, autre in pairwise(segments))


@st.composite
def editions(tirer: st.DrawFn) -> Edition:
    """Une édition fictive : la livrée, retouchée au hasard jusqu'à six fois."""

    def retoucher(brut: Brut) -> None:
        for _ in range(tirer(st.integers(0, 6))):
            puces = tirer(st.sampled_from([liste for _, liste in listes(brut)]))
            rang = tirer(st.integers(0, len(puces) - 1))
            modele = dict(puces[rang])
            match tirer(st.sampled_from(["inserer", "retirer", "reecrire", "echanger"])):
                case "inserer":
                    modele.pop("sous_actions", None)
                    puces.insert(rang, modele | {"texte": tirer(st.sampled_from(["Une enquête", "Un livret", "Deux"]))})
                case "retirer" if len(puces) > 1:
                    del puces[rang]
                case "echanger":
                    puces.append(puces.pop(rang))
                case _:
                    mots = puces[rang]["texte"].split()
                    puces[rang]["texte"] = " ".join(mots[: max(1, tirer(st.integers(0, len(mots))))])

    return fictive(retoucher)


@settings(max_examples=50)
@given(editions(), editions())
def test_chaque_element_a_un_seul_sort_dans_les_deux_sens(avant: Edition, apres: Edition) -> None:
    aller, retour = comparer_editions(avant, apres), comparer_editions(apres, avant)
    paires = (*aller.identiques, *aller.deplaces, *aller.reformules)
    anciens = [*(paire.avant.id for paire in paires), *(element.id for element in aller.supprimes)]
    nouveaux = [*(paire.apres.id for paire in paires), *(element.id for element in aller.ajoutes)]
    assert sorted(anciens) == sorted(element.id for element in elements_evalues(avant))
    assert sorted(nouveaux) == sorted(element.id for element in elements_evalues(apres))
    assert {e.id for e in aller.ajoutes} == {e.id for e in retour.supprimes}
    assert {e.id for e in aller.supprimes} == {e.id for e in retour.ajoutes}
    assert {(p.avant.id, p.apres.id) for p in paires} == {
        (p.apres.id, p.avant.id) for p in (*retour.identiques, *retour.deplaces, *retour.reformules)
    }


@given(editions())
def test_un_sort_dit_vrai(apres: Edition) -> None:
    avant = charger_edition()
    differences = comparer_editions(avant, apres)
    for element in elements_evalues(avant):
        devenir = differences.devenir(element.id)
        assert (devenir.nouvel_id is None) is (devenir.sort is Sort.SUPPRIME)
        if devenir.nouvel_id is not None:
            memes_mots = apres.element(devenir.nouvel_id).texte == element.texte
            assert memes_mots is (devenir.sort is not Sort.REFORMULE)
            assert (devenir.sort is Sort.IDENTIQUE) is (memes_mots and devenir.nouvel_id == element.id)
