"""Les règles de la revue : étapes, manques, définitions changées, sources anciennes, trous, contenu canonique."""

import csv
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charte.commun.canonique import calculer_empreinte, ecrire_canonique
from indicateurs.revue.affichage import (
    constater,
    dire,
    dire_l_intervalle,
    dire_l_objectif,
    dire_la_periode,
    dire_le_compte,
    ecrire_la_table,
)
from indicateurs.revue.contenu import (
    ActionScellee,
    Contenu,
    DefinitionScellee,
    FormationScellee,
    IndicateurRevu,
    MesureScellee,
    ObjectifScelle,
    SourceScellee,
    ecrire_contenu,
    lire_contenu,
)
from indicateurs.revue.regles import (
    annees_attendues,
    changements,
    etapes,
    famille_a_voir,
    familles,
    manques,
    par_source,
    suivant,
    trous,
)

JOUR = date(2026, 10, 15)
VIDE = Contenu("Université", "CFA", "0352756F", 2026, 1, "", JOUR, None, "", None, "", "")


def definition(
    cle: str = "abandon", empreinte: str = "a" * 64, unite: str = "part", famille: str = "parcours"
) -> DefinitionScellee:
    return DefinitionScellee(
        cle, f"{cle}@2026-11", empreinte, cle.title(), unite, "apprenti", "baisse", "n", "d", 5,
        famille=famille,
    )  # fmt: skip


def mesure(n: int | None = 20, cas: int = 3, promotion: str = "2023-2024") -> MesureScellee:
    """Une mesure de `n` apprentis ; None : masquée."""
    if n is None:
        return MesureScellee(promotion, None, None, None, None, None, masque=True)
    return MesureScellee(promotion, cas, n, cas / n, 0.05, 0.36, masque=False)


def revu(
    cle: str = "abandon", avis: str = "a_voir", *, action: int | None = None, n: int | None = 20
) -> IndicateurRevu:
    ouverte = None if action is None else ActionScellee(action, "Agir", None, "à faire")
    return IndicateurRevu(definition(cle), (mesure(n),), avis=avis, action=ouverte)


def test_une_revue_neuve_manque_de_tout_dans_l_ordre_des_etapes() -> None:
    contenu = replace(VIDE, indicateurs=(revu("abandon"), revu("echec", "agir"), IndicateurRevu(definition("vide"))))
    assert [manque.split(" :")[0] for manque in manques(contenu)] == [f"Étape {rang}" for rang in (1, 2, 3, 4, 5)]
    assert [(e.cle, e.etat, e.suite) for e in etapes(contenu)] == [
        ("donnees", "à faire", "/donnees"), ("definitions", "à faire", "/definitions"),
        ("indicateurs", "1 sur 2", "/familles/parcours"), ("decisions", "à faire", "/decisions"),
        ("arret", "à faire", "/arret"),
    ]  # fmt: skip


def test_une_revue_complete_ne_manque_de_rien() -> None:
    indicateurs = (revu("abandon", "garder"), revu("echec", "agir", action=4))
    pleine = replace(
        VIDE, donnees_completes=False, definitions_justes=True, conclusion="Rien.", indicateurs=indicateurs
    )
    assert manques(pleine) == ()
    assert [e.cle for e in etapes(pleine) if not e.faite] == ["arret"]


@pytest.mark.parametrize(
    ("avis", "apres"),
    [
        (("a_voir", "a_voir", "a_voir"), "b"),
        (("garder", "a_voir", "a_voir"), "b"),
        (("a_voir", "garder", "garder"), ""),
        (("garder", "garder", "garder"), ""),
    ],
)
def test_on_passe_au_suivant_encore_a_voir_en_reprenant_au_debut(avis: tuple[str, ...], apres: str) -> None:
    contenu = replace(VIDE, indicateurs=tuple(revu(cle, a) for cle, a in zip("abc", avis, strict=True)))
    assert suivant(contenu, "a") == apres
    assert suivant(contenu, "c") in ("a", "b", "")


def test_on_passe_a_la_famille_suivante_ou_il_reste_a_voir() -> None:
    def d_une_famille(cle: str, famille: str, avis: str) -> IndicateurRevu:
        return replace(revu(cle, avis), definition=definition(cle, famille=famille))

    siens = (
        ("a", "suivi", "garder"),
        ("b", "ruptures", "a_voir"),
        ("c", "ruptures", "garder"),
        ("d", "diplome", "a_voir"),
    )
    contenu = replace(VIDE, indicateurs=tuple(d_une_famille(*un) for un in siens))
    assert [(f.cle, f.etat) for f in familles(contenu)] == [
        ("ruptures", "1 sur 2"), ("diplome", "0 sur 1"), ("suivi", "fait"),
    ]  # fmt: skip
    assert [famille_a_voir(contenu, apres) for apres in ("", "ruptures", "diplome", "suivi")] == [
        "ruptures", "diplome", "ruptures", "ruptures",
    ]  # fmt: skip
    assert not famille_a_voir(VIDE)


def test_les_definitions_changees_se_disent_par_leur_empreinte() -> None:
    avant = replace(VIDE, indicateurs=(revu("abandon"), revu("otee"), revu("meme")))
    changee = replace(revu("abandon"), definition=definition("abandon", "b" * 64))
    apres = replace(VIDE, indicateurs=(changee, revu("neuve"), revu("meme")))
    assert [(c.libelle, c.nature) for c in changements(avant, apres)] == [
        ("Abandon", "changée"), ("Neuve", "nouvelle"), ("Otee", "retirée"),
    ]  # fmt: skip
    assert changements(None, apres) == ()


def test_une_source_vieillit_un_an_apres_son_dernier_depot() -> None:
    def depot(jour: date, titre: str) -> SourceScellee:
        return SourceScellee(titre, titre, "a" * 64, datetime(jour.year, jour.month, jour.day, tzinfo=UTC))

    lues = par_source(
        [depot(date(2024, 1, 1), "Notes"), depot(date(2025, 10, 15), "Notes"), depot(date(2025, 10, 14), "SIFA")], JOUR
    )
    assert [(lue.titre, lue.depots, lue.ancienne) for lue in lues] == [("Notes", 2, False), ("SIFA", 1, True)]


@pytest.mark.parametrize(("jour", "derniere"), [(date(2026, 7, 31), 2025), (date(2026, 8, 1), 2026)])
def test_les_cinq_dernieres_promotions_au_jour_dit(jour: date, derniere: int) -> None:
    assert annees_attendues(jour) == tuple(range(derniere - 4, derniere + 1))


def test_un_trou_est_une_promotion_sans_parcours_apres_la_premiere_connue() -> None:
    formations = (
        FormationScellee(1, "Neuve", (2025, 2026)),
        FormationScellee(2, "Trouée", (2023, 2026)),
        FormationScellee(3, "Jamais", ()),
    )
    assert trous(replace(VIDE, formations=formations)) == [
        ("Trouée", (2024, 2025)), ("Jamais", (2022, 2023, 2024, 2025, 2026)),
    ]  # fmt: skip


def test_une_valeur_masquee_ne_se_dit_ni_ne_s_emporte() -> None:
    masque = revu(n=None)
    derniere = masque.derniere
    assert dire(masque, derniere) == "n.d. (effectif < 5)"
    assert (dire_le_compte(masque, derniere), dire_l_intervalle(masque, derniere)) == ("", "")
    (ligne,) = lignes_de(masque)
    assert {
        ligne[nom] for nom in ("valeur", "intervalle_bas", "intervalle_haut", "numerateur", "denominateur", "n")
    } == {""}
    assert (ligne["annee"], ligne["masque"]) == ("2023-2024", "n.d. (effectif < 5)")
    with pytest.raises(ValueError, match="masquée"):
        MesureScellee("2023-2024", 3, None, None, None, None, masque=True)


def test_une_moyenne_n_a_ni_taux_ni_fraction_et_une_enquete_n_est_pas_une_promotion() -> None:
    quoi = replace(definition("satisfaction_apprentis", unite="moyenne"), par_enquete=True)
    notee = MesureScellee("2024-2025", 146.0, 20.0, 7.3, 6.9, 7.7, masque=False, partielle=True)
    note = IndicateurRevu(quoi, (notee,))
    (ligne,) = lignes_de(note)
    assert "taux" not in ligne
    assert (ligne["unite"], ligne["periode"], ligne["annee"], ligne["partielle"]) == (
        "moyenne", "enquête", "2024-2025", "oui",
    )  # fmt: skip
    assert (ligne["valeur"], ligne["numerateur"], ligne["denominateur"], ligne["n"]) == ("7,3", "", "", "20,0")
    assert dire_la_periode(note, notee) == "enquête 2024-2025, encore partielle"
    assert constater(note).endswith("enquête 2024-2025, encore partielle.")
    (part,) = lignes_de(revu())
    assert (part["unite"], part["periode"], part["n"]) == ("part", "promotion", "")
    assert part["denominateur"]


def lignes_de(indicateur: IndicateurRevu) -> list[dict[str, str]]:
    table = ecrire_la_table(replace(VIDE, indicateurs=(indicateur,))).removeprefix("\ufeff")
    return list(csv.DictReader(StringIO(table), delimiter=";"))


def test_les_mots_d_une_valeur_et_d_un_objectif() -> None:
    vise = replace(revu(), objectif=ObjectifScelle(0.1, date(2027, 8, 31), 0.12, JOUR, "abandon@2026-11"))
    assert dire(vise, vise.derniere) == "15,0\u202f%"
    assert dire_l_objectif(vise) == "10,0\u202f% au 31 août 2027 (palier de l’année : 12,0\u202f%)"
    note = IndicateurRevu(definition("duree", unite="moyenne"), (mesure(),))
    notee = MesureScellee("2023-2024", 146.0, 20.0, 7.3, None, None, masque=False)
    assert (dire(note, notee), dire_le_compte(note, notee)) == ("7,3", "n = 20")
    trop_tot = replace(note, serie=(notee, MesureScellee("2024-2025", 1.0, 12.0, None, None, None, masque=False)))
    assert trop_tot.derniere == notee, "une promotion sans valeur n’est pas la dernière mesurée"


TEXTE = st.text(max_size=30)
MESURES = st.one_of(
    st.builds(mesure, st.integers(1, 500), st.integers(0, 1)),
    st.just(mesure(None)),
    st.just(mesure(None, promotion="")),
)


@given(st.lists(MESURES, max_size=5), TEXTE, st.sampled_from([True, False, None]))
def test_le_contenu_scelle_est_canonique_et_se_relit(
    serie: list[MesureScellee], texte: str, reponse: bool | None
) -> None:
    vu = IndicateurRevu(definition(), tuple(serie), commentaire=texte)
    contenu = replace(VIDE, conclusion=texte, donnees_completes=reponse, indicateurs=(vu,))
    ecrit = ecrire_contenu(contenu)
    assert lire_contenu(ecrit) == contenu
    assert ecrire_canonique(json.loads(ecrit)) == ecrit == ecrire_contenu(lire_contenu(ecrit))
    assert len(calculer_empreinte(ecrit)) == 64
