"""Le journal technique : une ligne JSON par entrée, datée en UTC, sans donnée personnelle ni ligne forgée."""

import json
import logging
from datetime import datetime, timedelta

import pytest

from appli.traces import SECURITE, LigneJSON, consigner_un_refus, marquer, ouvrir_les_traces


def _rendre(texte: str, **extra: object) -> str:
    entree = logging.LogRecord("trajectoire.essai", logging.WARNING, "f.py", 1, texte, None, None)
    entree.__dict__.update(extra)
    return LigneJSON().format(entree)


def test_une_entree_tient_sur_une_ligne_json_datee_en_temps_universel() -> None:
    lue = json.loads(_rendre("connexion refusée", details={"compte": 12, "route": "/connexion"}))
    assert list(lue) == ["quand", "niveau", "journal", "quoi", "compte", "route"]
    assert datetime.fromisoformat(lue["quand"]).utcoffset() == timedelta(0)
    assert (lue["niveau"], lue["journal"], lue["compte"]) == ("WARNING", "trajectoire.essai", 12)


@pytest.mark.parametrize("hostile", ["a\nERROR faux", "a\r\nfaux", 'a","niveau":"INFO', "a\u2028b", "\x1b[2Ja", "\x00"])
def test_un_texte_hostile_ne_forge_pas_de_ligne(hostile: str) -> None:
    ligne = _rendre(hostile, details={"route": hostile})
    assert len(ligne.splitlines()) == 1
    assert not [c for c in ligne if c < " "]
    assert (json.loads(ligne)["quoi"], json.loads(ligne)["route"]) == (hostile, hostile)
    assert json.loads(ligne)["niveau"] == "WARNING"


def test_le_message_d_une_exception_n_y_entre_pas() -> None:
    message = "".join(("DUP", "ONT"))  # la trace cite la ligne de code : le nom ne doit pas y être écrit
    try:
        raise ValueError(message)
    except ValueError as erreur:
        ligne = _rendre("panne", exc_info=(ValueError, erreur, erreur.__traceback__))
    assert "ValueError" in ligne
    assert "test_traces.py" in ligne
    assert "DUPONT" not in ligne


def test_une_marque_reconnait_sans_dire() -> None:
    cle = b"c" * 32
    marque = marquer(cle, "source", "192.0.2.7")
    assert marque == marquer(cle, "source", "192.0.2.7")
    assert marque not in (marquer(cle, "source", "192.0.2.8"), marquer(cle, "compte", "192.0.2.7"))
    assert marque != marquer(b"d" * 32, "source", "192.0.2.7")
    assert "192" not in marque
    assert marquer(cle, "source", "") == ""


def test_un_detail_vide_ne_s_ecrit_pas(caplog: pytest.LogCaptureFixture) -> None:
    consigner_un_refus("connexion freinée", compte=None, source="", route="/connexion")
    assert [e.__dict__["details"] for e in caplog.records] == [{"route": "/connexion"}]
    assert (caplog.records[0].name, caplog.records[0].levelno) == (SECURITE.name, logging.WARNING)


def test_le_serveur_ecrit_ses_traces_en_json(capsys: pytest.CaptureFixture[str]) -> None:
    racine = logging.getLogger()
    avant, niveau = racine.handlers[:], racine.level
    try:
        ouvrir_les_traces()
        consigner_un_refus("droit manquant", compte=3, route="/journal")
        logging.getLogger("uvicorn.error").info("bavardage")
        logging.getLogger("uvicorn.error").error("prise fermée")
    finally:
        racine.handlers[:], racine.level = avant, niveau
    lignes = [json.loads(ligne) for ligne in capsys.readouterr().err.splitlines()]
    assert [(ligne["journal"], ligne["quoi"]) for ligne in lignes] == [
        ("trajectoire.securite", "droit manquant"),
        ("uvicorn.error", "prise fermée"),
    ]
