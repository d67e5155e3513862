"""La mesure des rédacteurs simultanés : un essai léger, ses fautes semées, et l'essai entier (marque `performance`)."""

import json

import pytest
from sqlalchemy import delete, update
from sqlmodel import col

from appli.cloison import hors_cloison
from charte.commun.journal import EntreeJournal
from grilles.modeles import Reponse
from grilles.services import CommandeReponse, enregistrer_reponse
from tests.performance.edition import Accuse, compter_les_pertes, deux_textes, mesurer, principale
from tests.performance.installation import Installation, installer
from tests.rapports.peuplement import creer_formation

ELEMENT = "1.S1.1"


def test_quelques_redacteurs_n_en_perdent_aucun() -> None:
    mesure, fautes = mesurer("sqlite", processus=1, redacteurs=3, enregistrements=3)
    assert fautes == []
    assert (mesure.base, mesure.processus, mesure.enregistrements, mesure.perdus) == ("sqlite", 1, 9, 0)
    assert 0 < mesure.p50_ms <= mesure.p95_ms


def enregistrer(ou: Installation, formation: int, texte: str, version: int) -> Accuse:
    """Un enregistrement, et l'accusé qu'en recevrait son auteur."""
    commande = CommandeReponse(formation, ELEMENT, "tenu", commentaire=texte, version=version)
    with hors_cloison(), ou.base.ecriture() as session:
        enregistrer_reponse(session, ou.acteur, commande)
    return Accuse((formation, ELEMENT), version + 1, texte)


def test_chaque_sorte_de_perte_se_voit() -> None:
    with installer("sqlite") as ou:
        with hors_cloison(), ou.base.ecriture() as session:
            formation = creer_formation(session, ou.acteur)
        premier, second = (enregistrer(ou, formation, f"texte {rang}", rang) for rang in range(2))
        assert compter_les_pertes(ou, [premier, second]) == 0
        jamais = Accuse(second.place, 3, "accusé, jamais rangé")
        ecrase = Accuse(second.place, 2, "une version donnée deux fois")
        assert compter_les_pertes(ou, [premier, second, jamais]) == 1
        assert compter_les_pertes(ou, [premier, second, ecrase]) == 2
        with hors_cloison(), ou.base.ecriture() as session:
            session.execute(update(Reponse).values(commentaire="le texte d'un autre"))
        assert compter_les_pertes(ou, [premier, second]) == 1
        with hors_cloison(), ou.base.ecriture() as session:
            session.connection().exec_driver_sql("DROP TRIGGER IF EXISTS journal_sans_effacement")
            session.execute(delete(EntreeJournal).where(col(EntreeJournal.acte) == "réponse enregistrée"))
        assert compter_les_pertes(ou, [premier, second]) == 2


def test_un_refus_sans_l_autre_texte_se_voit() -> None:
    une = '<section aria-label="Votre réponse"><p>Tenu</p>\n<p>a&amp;b<br>c</p></section>'
    autre = '<section aria-label="L’autre réponse"><p>Tenu</p><p>d</p></section>'
    assert deux_textes(une + autre) == ("a&b\nc", "d")
    assert deux_textes(une) == ("a&b\nc", "")


@pytest.mark.performance
@pytest.mark.postgresql
@pytest.mark.timeout(900)
def test_cinquante_redacteurs_sur_les_memes_grilles(capsys: pytest.CaptureFixture[str]) -> None:
    assert principale(["--json"]) == 0
    mesures = json.loads(capsys.readouterr().out)
    with capsys.disabled():
        print("", *mesures, sep="\n")
    assert [(m["base"], m["processus"]) for m in mesures] == [(b, p) for b in ("sqlite", "postgresql") for p in (1, 2)]
    assert all(m["enregistrements"] == 1000 and m["perdus"] == 0 and m["conflits"] > 0 for m in mesures)
