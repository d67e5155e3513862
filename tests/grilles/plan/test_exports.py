"""Ce qu'on emporte du plan : un classeur typé, un CSV, un agenda relu par une bibliothèque ; ni formule, ni nom."""

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl

import openpyxl
import pytest
from icalendar import Calendar

from charte.commun.classeur import en_classeur
from charte.commun.csv_francais import ecrire_csv
from grilles.plan.agenda import en_agenda
from grilles.plan.delais import charger_echelle_des_risques
from grilles.plan.exports import (
    ENTETES_DES_ACTIONS,
    ENTETES_DES_RISQUES,
    LARGES,
    en_cellules,
    table_des_actions,
    table_des_risques,
)
from grilles.plan.vues import Action, Filtres, Risque, lire_filtres

JOUR = date(2026, 11, 22)
INSTANT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
PIEGE = "=cmd|' /C calc'!A0"
SITE = "https://trajectoire.exemple.invalid"
ACTION = Action(
    id=12, formation_id=3, intitule="Voir chacun, tôt ; puis noter", description="", origine="ecart", renvoi="",
    element="1.S1.1", indicateur=None, jalon_id=None, risque_id=None, gravite=None, constate_le=None,
    porteur="responsable pédagogique", porteur_id=7, echeance=date(2026, 12, 1), priorite="haute", moyens="",
    effet_attendu="", etat="en_cours", effet_constate=None, reevaluation="", close_le=None, version=2,
    cree_le=INSTANT, modifie_le=INSTANT, diplome="BUT Exemple", cfa_id=5, cfa="CFA Exemple", jour=JOUR,
)  # fmt: skip
RISQUE = Risque(
    id=4, formation_id=3, intitule="Sans entreprise", cause="", effet="", vraisemblance=3, gravite=4, prevention="",
    porteur="", origine="autre", renvoi="", etat="ouvert", motif_cloture="", version=1, modifie_par="Compte",
    modifie_le=INSTANT, diplome=None, cfa_id=None, cfa=None,
)  # fmt: skip


def relire(contenu: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(contenu)).worksheets[0]


def evenements(contenu: bytes) -> list[Any]:
    return list(Calendar.from_ical(contenu).walk("VEVENT"))


def test_le_classeur_garde_les_types() -> None:
    en_retard = replace(ACTION, echeance=date(2026, 11, 1))
    feuille = relire(en_classeur("Plan", ENTETES_DES_ACTIONS, table_des_actions([ACTION, en_retard]), larges=LARGES))
    rang = {cellule.value: cellule.column for cellule in feuille[1]}
    assert list(rang) == list(ENTETES_DES_ACTIONS)
    assert feuille.cell(2, rang["N°"]).value == 12
    echeance = feuille.cell(2, rang["Échéance"])
    assert (echeance.is_date, echeance.value.date(), echeance.number_format) == (True, date(2026, 12, 1), "dd/mm/yyyy")
    assert feuille.cell(2, rang["Jours de retard"]).value is None
    assert feuille.cell(3, rang["Jours de retard"]).value == 21
    assert feuille.cell(2, rang["Priorité"]).value == "Haute"


def test_aucun_texte_ne_devient_une_formule() -> None:
    piegee = replace(ACTION, intitule=PIEGE, moyens="@SUM(1)", renvoi="+33", porteur="-1", description="\x01=1")
    classeur = relire(en_classeur("Plan", ENTETES_DES_ACTIONS, table_des_actions([piegee])))
    assert not [c for rangee in classeur.iter_rows() for c in rangee if c.data_type == "f"]
    assert PIEGE in [c.value for c in classeur[2]]
    texte = ecrire_csv(ENTETES_DES_ACTIONS, en_cellules(table_des_actions([piegee])))
    rangee = dict(zip(*csv.reader(io.StringIO(texte, newline=""), delimiter=";"), strict=True))
    assert rangee["Action"] == f"'{PIEGE}"
    assert rangee["Renvoi"] == "'+33"
    assert rangee["Échéance"] == "01/12/2026"


def test_les_risques_s_emportent_en_degres_et_en_mots_sans_produit() -> None:
    echelle = charger_echelle_des_risques()
    feuille = relire(en_classeur("Risques", ENTETES_DES_RISQUES, table_des_risques([RISQUE], echelle)))
    rangee = dict(zip([c.value for c in feuille[1]], [c.value for c in feuille[2]], strict=True))
    assert (rangee["Vraisemblance (degré)"], rangee["Gravité (degré)"]) == (3, 4)
    assert (rangee["Vraisemblance"], rangee["Gravité"]) == ("Probable", "Majeure")
    assert 12 not in rangee.values()


def test_l_agenda_se_relit_par_une_bibliotheque() -> None:
    contenu = en_agenda([ACTION], SITE, "Plan d’actions")
    [evenement] = evenements(contenu)
    assert evenement.decoded("summary") == "Échéance : Voir chacun, tôt ; puis noter"
    assert (evenement.decoded("dtstart"), evenement.decoded("dtend")) == (date(2026, 12, 1), date(2026, 12, 2))
    assert evenement.decoded("dtstamp") == INSTANT
    assert evenement.decoded("sequence") == 1
    assert str(evenement["url"]) == f"{SITE}/actions/12"
    assert b"DTSTART;VALUE=DATE:20261201" in contenu
    assert "tôt \\; puis".encode() in contenu
    assert contenu.startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert max(len(ligne) for ligne in contenu.split(b"\r\n")) <= 75


def test_le_numero_d_un_evenement_ne_change_pas() -> None:
    [avant] = evenements(en_agenda([ACTION], SITE, "Plan"))
    changee = replace(ACTION, intitule="Autre", echeance=date(2027, 1, 5), version=3)
    [apres] = evenements(en_agenda([changee], SITE, "Plan"))
    [demenage] = evenements(en_agenda([ACTION], "", "Plan"))
    ailleurs = [replace(ACTION, id=13), replace(ACTION, cree_le=INSTANT.replace(microsecond=1))]
    autres = {str(autre["uid"]) for autre in evenements(en_agenda(ailleurs, SITE, "Plan"))}
    assert str(avant["uid"]) == str(apres["uid"]) == str(demenage["uid"])
    assert len(autres - {str(avant["uid"])}) == 2
    assert en_agenda([ACTION], SITE, "Plan") == en_agenda([ACTION], SITE, "Plan")


def test_l_agenda_ne_porte_que_les_echeances_ouvertes_et_rien_de_personnel() -> None:
    closes = [replace(ACTION, id=n, etat=etat) for n, etat in enumerate(("close", "abandonnee"))]
    sans = replace(ACTION, id=5, echeance=None)
    contenu = en_agenda([ACTION, *closes, sans], SITE, "Plan")
    assert len(evenements(contenu)) == 1
    for dit in ("responsable", "ATTENDEE", "ORGANIZER", "Compte"):
        assert dit.encode() not in contenu


def test_un_texte_hostile_ne_sort_pas_de_son_champ() -> None:
    hostile = replace(ACTION, intitule="x\r\nATTENDEE:mailto:a@b.invalid\nEND:VEVENT", diplome="A\\,B;C")
    [evenement] = evenements(en_agenda([hostile], SITE, "Plan"))
    assert "attendee" not in evenement
    assert "END:VEVENT" in evenement.decoded("summary")
    assert evenement.decoded("description").startswith("A\\,B;C\n")


@pytest.mark.parametrize(
    ("parametres", "attendus"),
    [
        ({}, Filtres()),
        ({"retard": "oui", "moi": "oui"}, Filtres(retard=True, moi=True)),
        (
            {"origine": "audit", "priorite": "haute", "etat": "toutes"},
            Filtres(origine="audit", priorite="haute", etat="toutes"),
        ),
        ({"diplome": "3", "cfa": "5"}, Filtres(diplome=3, cfa=5)),
        ({"origine": "zzz", "priorite": "zzz", "etat": "zzz", "diplome": "-1", "cfa": "²", "retard": "zzz"}, Filtres()),
    ],
)
def test_les_filtres_se_lisent_dans_l_adresse(parametres: dict[str, str], attendus: Filtres) -> None:
    assert lire_filtres(parametres.items()) == attendus


@pytest.mark.parametrize(
    ("filtres", "garde"),
    [
        (Filtres(), True),
        (Filtres(retard=True), False),
        (Filtres(moi=True), True),
        (Filtres(origine="audit"), False),
        (Filtres(priorite="haute"), True),
        (Filtres(diplome=4), False),
        (Filtres(cfa=5), True),
        (Filtres(etat="close"), False),
        (Filtres(etat="toutes"), True),
    ],
)
def test_les_filtres_gardent(filtres: Filtres, garde: bool) -> None:
    assert filtres.garde(ACTION, 7) is garde
    assert not replace(filtres, moi=True).garde(ACTION, None)
    assert lire_filtres(_parametres(filtres.question())) == filtres


def _parametres(question: str) -> list[tuple[str, str]]:
    return parse_qsl(question.removeprefix("?"))
