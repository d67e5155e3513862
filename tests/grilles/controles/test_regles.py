"""Les contrôles : la table d'exemples que lit un responsable qualité, la documentation, les invariants."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from charte.chargement import charger_edition
from charte.commun.base import maintenant
from charte.commun.donnees import DonneeGelee, charger_modele
from charte.concernes import elements_evalues
from charte.edition import Genre
from grilles.controles.catalogue import DOSSIER, GRAVITES, charger_controles
from grilles.controles.etude import ActionSuivie, Etude
from grilles.controles.regles import compter, controler
from grilles.echelle import charger_echelle
from grilles.jalons.regles import CONVENUS, Etat, Suivi
from grilles.jalons.vues import Contenu, JalonLu, PreuveDuJalon
from grilles.mesure_citee import MesureCitee
from grilles.vues import Materiaux, PreuveLue, ReponseLue

RACINE = Path(__file__).parents[3]
EDITION = charger_edition("2023-10")
UNITES = {"abandon": "part", "obtention": "part"}
ELEMENTS = elements_evalues(EDITION)
GENRES = {element.id: element.genre for element in ELEMENTS}


class JalonDExemple(DonneeGelee):
    etat: Etat
    nature: str = "jalon"
    echeance: date | None = None
    atteint_le: date = date(2026, 5, 4)
    preuves: int = 0
    indicateur: str | None = None
    indicateur_inconnu: bool = False
    sens: str | None = None
    visee: float | None = None


class ActionDExemple(DonneeGelee):
    etat: str
    element: str | None = None
    jalon: int | None = None


class Exemple(DonneeGelee):
    titre: str
    concertee: dict[str, str] = Field(default_factory=dict)
    etablissement: dict[str, str] = Field(default_factory=dict)
    cfa: dict[str, str] = Field(default_factory=dict)
    preuves: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    motifs: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    a_confirmer: tuple[str, ...] = ()
    actions_du_perimetre: dict[str, str] = Field(default_factory=dict)
    jalons: tuple[JalonDExemple, ...] = ()
    mesures: dict[str, str] = Field(default_factory=dict)
    actions: tuple[ActionDExemple, ...] = ()
    constats: tuple[str, ...] = Field()


class Exemples(DonneeGelee):
    aujourd_hui: date
    exemples: tuple[Exemple, ...]


LUS = charger_modele(DOSSIER / "exemples_controles.yaml", Exemples)
EXEMPLES, JOUR = LUS.exemples, LUS.aujourd_hui


def actions_liees(puce: str) -> list[str]:
    """Les actions des périmètres auxquels l'outil rattache cette puce."""
    lecture = EDITION.element(puce).lecture_outil
    assert lecture is not None
    poste = EDITION.poste(int(puce[0]))
    return [a.id for perimetre in poste.perimetres if perimetre.id in lecture.perimetres for a in perimetre.actions]


def une_preuve(numero: int, validite: str) -> PreuveLue:
    return PreuveLue(numero, "Livret", "", None, "x", maintenant(), validite=validite)


def un_jalon(numero: int, dit: JalonDExemple) -> JalonLu:
    convenu = dit.etat in CONVENUS
    part = None if dit.visee is None else dit.visee / 100
    indicateur = "disparu" if dit.indicateur_inconnu else dit.indicateur
    return JalonLu(
        numero, 1, 1, dit.nature, numero,
        Contenu(f"Palier {numero}", indicateur=indicateur, sens=dit.sens, valeur_visee=part),
        "local",
        Suivi(dit.etat, date(2026, 1, 5) if convenu else None, echeance=dit.echeance,
              atteint_le=dit.atteint_le if dit.etat is Etat.ATTEINT else None),
        1, "x", maintenant(), numero if convenu else None,
        tuple(PreuveDuJalon(n, "Compte rendu", "", None, None) for n in range(dit.preuves)),
    )  # fmt: skip


def une_mesure(cle: str, dit: str) -> MesureCitee:
    masquee, valeur = dit == "masquée", None if dit in ("masquée", "absente") else float(dit) / 100
    return MesureCitee(cle, "Abandon", dit, valeur, "part", "promotion 2024-2025", cle, "", masquee)


def etude_de(exemple: Exemple) -> Etude:
    concertee = {
        element: ReponseLue(
            etat,
            "Un motif." if element in exemple.motifs else "",
            "Un argument." if element in exemple.arguments else "",
            1,
            a_confirmer=element in exemple.a_confirmer,
        )
        for element, etat in exemple.concertee.items()
    }
    for puce, etat in exemple.actions_du_perimetre.items():
        concertee |= {action: ReponseLue(etat, version=1) for action in actions_liees(puce)}
    parties = {"etablissement": exemple.etablissement, "cfa": exemple.cfa}
    reponses: dict[str, Mapping[str, ReponseLue]] = {"concertee": concertee}
    reponses |= {qui: {e: ReponseLue(etat, version=1) for e, etat in dits.items()} for qui, dits in parties.items()}
    preuves = {e: tuple(une_preuve(n, v) for n, v in enumerate(vaut)) for e, vaut in exemple.preuves.items()}
    return Etude(
        EDITION,
        JOUR,
        Materiaux(JOUR, reponses, preuves),
        tuple(un_jalon(n, dit) for n, dit in enumerate(exemple.jalons, start=1)),
        tuple(ActionSuivie(n, "Écrire un livret", a.etat, a.element, a.jalon) for n, a in enumerate(exemple.actions)),
        {cle: une_mesure(cle, dit) for cle, dit in exemple.mesures.items()},
        UNITES,
    )


@pytest.mark.parametrize("exemple", EXEMPLES, ids=lambda exemple: exemple.titre)
def test_les_exemples(exemple: Exemple) -> None:
    constats = controler(etude_de(exemple))
    assert [constat.cle for constat in constats] == list(exemple.constats)
    for constat in constats:
        assert constat.phrase[0].isupper() or constat.phrase[0].isdigit()
        assert constat.phrase.endswith(".")
        assert constat.lien(7)[0].startswith(("/diplomes/7/", "/actions/"))


def test_chaque_controle_a_un_exemple_qui_le_montre() -> None:
    montres = {cle for exemple in EXEMPLES for cle in exemple.constats}
    assert montres == set(charger_controles())


def test_la_documentation_montre_les_controles_et_les_exemples() -> None:
    page = (RACINE / "docs" / "controles.md").read_text("utf-8")
    assert tableau_des_controles() in page
    assert tableau_des_exemples() in page


def tableau_des_controles() -> str:
    """Le tableau des contrôles de docs/controles.md."""
    lignes = ["| Contrôle | Gravité | Pourquoi |", "|---|---|---|"]
    lignes += [f"| {c.titre} | {GRAVITES[c.gravite]} | {c.pourquoi} |" for c in charger_controles().values()]
    return "\n".join(lignes)


def tableau_des_exemples() -> str:
    """Le tableau des exemples de docs/controles.md."""
    titres = {cle: controle.titre for cle, controle in charger_controles().items()}
    lignes = ["| Ce que dit la grille | Ce que dit l'outil |", "|---|---|"]
    lignes += [f"| {e.titre} | {' ; '.join(titres[c] for c in e.constats) or 'rien'} |" for e in EXEMPLES]
    return "\n".join(lignes)


def test_une_action_de_la_charte_ne_bloque_jamais_un_niveau() -> None:
    parties = {"1.1.1": ReponseLue("en_place", version=1)}
    reprise = {"1.1.2": ReponseLue("engagee", version=1, a_confirmer=True)}
    materiaux = Materiaux(JOUR, {"etablissement": parties, "cfa": parties, "concertee": reprise})
    vus = controler(Etude(EDITION, JOUR, materiaux))
    assert [(constat.cle, constat.bloque) for constat in vus] == [("a_confirmer", False), ("concertee_absente", False)]


def test_sans_grille_les_jalons_se_controlent_encore() -> None:
    exemple = next(exemple for exemple in EXEMPLES if exemple.constats == ("jalon_echu",))
    sans = replace(etude_de(exemple), materiaux=None, mesures=None)
    assert [constat.cle for constat in controler(sans)] == ["jalon_echu"]
    assert compter(controler(sans))["bloque"] == 1


ETATS = charger_echelle()


@st.composite
def materiaux(draw: st.DrawFn) -> Materiaux:
    """Des réponses et des preuves quelconques, chacune sur l'échelle de son élément."""
    reponses = {}
    for qui in ("concertee", "etablissement", "cfa"):
        choisis = draw(st.lists(st.sampled_from(ELEMENTS), max_size=25, unique_by=lambda e: e.id))
        reponses[qui] = {
            e.id: ReponseLue(
                draw(st.sampled_from([None, *(etat.cle for etat in ETATS.etats(e.genre))])),
                draw(st.sampled_from(["", "Un motif."])),
                draw(st.sampled_from(["", "Un argument."])),
                1,
                a_confirmer=draw(st.booleans()),
            )
            for e in choisis
        }
    validites: st.SearchStrategy[Literal["valable", "perimee", "a_venir", "bientot"]]
    validites = st.sampled_from(["valable", "perimee", "a_venir", "bientot"])
    cites = draw(st.lists(st.sampled_from(ELEMENTS), max_size=10, unique_by=lambda e: e.id))
    preuves = {
        e.id: tuple(une_preuve(n, v) for n, v in enumerate(draw(st.lists(validites, min_size=1, max_size=3))))
        for e in cites
    }
    return Materiaux(JOUR, reponses, preuves)


@given(materiaux())
def test_les_constats_sont_ranges_nommes_et_sans_doublon(lus: Materiaux) -> None:
    vus = controler(Etude(EDITION, JOUR, lus))
    assert [constat.bloque for constat in vus] == sorted((constat.bloque for constat in vus), reverse=True)
    assert len({(constat.cle, constat.element, constat.poste) for constat in vus}) == len(vus)
    for constat in vus:
        if constat.element and GENRES[constat.element] in (Genre.ACTION, Genre.SOUS_ACTION):
            assert not constat.bloque


@given(materiaux())
def test_une_preuve_de_plus_n_ajoute_aucun_tenu_sans_preuve(lus: Materiaux) -> None:
    avant = {
        c.element for c in controler(Etude(EDITION, JOUR, lus)) if c.cle in ("tenu_sans_preuve", "preuves_sans_valeur")
    }
    munis = {e.id: (*lus.preuves.get(e.id, ()), une_preuve(99, "valable")) for e in ELEMENTS}
    apres = {c.cle for c in controler(Etude(EDITION, JOUR, replace(lus, preuves=munis)))}
    assert not apres & {"tenu_sans_preuve", "preuves_sans_valeur"}
    assert avant <= {e.id for e in ELEMENTS}
