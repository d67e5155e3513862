"""La révision annuelle des jalons : elle s'interrompt, se reprend, se clôt une fois ; et ses rappels."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlmodel import col

from appli.base import BaseSQL
from charte.acteur import Acteur, Role
from charte.commun.base import lignes
from charte.commun.journal import EntreeJournal
from charte.commun.web import Introuvable
from grilles.jalons.regles import Acte, Decision, Etat
from grilles.jalons.services.actes import Circonstances
from grilles.jalons.services.lecture import aujourd_hui, lire_un_jalon
from grilles.jalons.services.revision import (
    Conclusion,
    RappelDeJalons,
    SuiviDeRevision,
    conclure,
    rappels_de_jalons,
    revoir,
    suivre_la_revision,
)
from grilles.jalons.services.saisie import ConflitDeJalon, SaisieDeJalonRefusee
from grilles.services import annee_courante
from tests.conftest import creer_compte
from tests.grilles.conftest import creer_formation
from tests.grilles.jalons.peuplement import CONSEIL, HIER, convenir, lus, noter, proposer_un, prouver

ANNEE = annee_courante()
Ou = tuple[BaseSQL, Acteur, int]
RETARD = aujourd_hui() - timedelta(days=3)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def ou(request: pytest.FixtureRequest) -> Ou:
    """Une base, un acteur, une formation ; sur SQLite puis sur PostgreSQL."""
    base: BaseSQL = request.getfixturevalue("base" if request.param == "sqlite" else "base_postgresql")
    acteur = creer_compte(base, "Université des Essais", Role.REFERENT_QUALITE, "referent@essais.invalid")
    return base, acteur, creer_formation(base, acteur)


def convenu(ou: Ou, intitule: str, **ecrit: Any) -> int:
    jalon_id = int(proposer_un(*ou, intitule=intitule, **ecrit))
    return convenir(*ou, jalon_id).id


def suivi_de(ou: Ou, annee: int = ANNEE) -> SuiviDeRevision:
    base, acteur, formation_id = ou
    with base.lecture() as session:
        return suivre_la_revision(session, acteur, formation_id, annee)


def revoir_un(ou: Ou, jalon_id: int, acte: Acte, *, annee: int = ANNEE, pertinent: bool | None = None, **dits: Any):  # type: ignore[no-untyped-def]
    base, acteur, formation_id = ou
    decision = Decision(**{"acte": acte, "le": HIER, "instance": CONSEIL, **dits})
    with base.ecriture() as session:
        version = lire_un_jalon(session, acteur, formation_id, jalon_id).version
        sous = Circonstances(version, pertinent=pertinent)
        return revoir(session, acteur, formation_id, annee, jalon_id, decision=decision, sous=sous)


def conclure_la(ou: Ou, **dits: Any) -> None:
    base, acteur, formation_id = ou
    dite = Conclusion(**{"le": HIER, "instance": CONSEIL, "conclusion": "La liste est gardée.", **dits})
    with base.ecriture() as session:
        conclure(session, acteur, formation_id, ANNEE, dite)


def rappels(ou: Ou) -> tuple[RappelDeJalons, ...]:
    base, acteur, formation_id = ou
    with base.lecture() as session:
        return rappels_de_jalons(session, acteur, [formation_id], ANNEE)


def test_elle_s_interrompt_se_reprend_et_se_clot(ou: Ou) -> None:
    lointain, sans_date = convenu(ou, "Lointain"), convenu(ou, "Sans échéance", echeance=None)
    echu, prouve = convenu(ou, "Échu", echeance=RETARD, indicateur="abandon"), convenu(ou, "Prouvé")
    proposer_un(*ou, intitule="Seulement proposé")
    assert [jalon.id for jalon in suivi_de(ou).a_revoir] == [echu, lointain, prouve, sans_date]
    assert suivi_de(ou).revision is None
    maintenu = revoir_un(ou, echu, Acte.MAINTENIR, pertinent=False)
    assert maintenu.etat is Etat.CONVENU
    assert maintenu.indicateur_depasse
    reprise = suivi_de(ou)
    assert (reprise.total, [j.id for j in reprise.revus], reprise.faite) == (4, [echu], False)
    assert reprise.revision is not None
    assert reprise.revision.instance == CONSEIL
    plus_tard = aujourd_hui() + timedelta(days=500)
    revoir_un(ou, lointain, Acte.REPORTER, motif="Forum décalé.", echeance=plus_tard)
    revoir_un(ou, sans_date, Acte.ABANDONNER, motif="Sans suite.")
    with pytest.raises(SaisieDeJalonRefusee, match="Il reste 1\u00a0jalon à revoir"):
        conclure_la(ou)
    prouver(*ou, prouve)
    revoir_un(ou, prouve, Acte.ATTEINDRE)
    conclure_la(ou)
    faite = suivi_de(ou)
    assert faite.revision is not None
    assert (faite.faite, faite.revision.faite_le, faite.revision.conclusion, faite.a_revoir) == (
        True,
        HIER,
        "La liste est gardée.",
        (),
    )
    assert {j.id: j.etat.value for j in faite.revus} == {
        echu: "convenu",
        lointain: "reporte",
        sans_date: "abandonne",
        prouve: "atteint",
    }
    with ou[0].lecture() as session:
        actes = {acte for (acte,) in lignes(session, select(col(EntreeJournal.acte)))}
    assert actes >= {"révision des jalons ouverte", "révision des jalons faite", "jalon maintenu", "jalon atteint"}


def test_un_jalon_ne_se_revoit_qu_une_fois_et_une_revision_faite_ne_change_plus(ou: Ou) -> None:
    jalon = convenu(ou, "Un seul")
    revoir_un(ou, jalon, Acte.MAINTENIR)
    with pytest.raises(ConflitDeJalon):
        revoir_un(ou, jalon, Acte.MAINTENIR)
    conclure_la(ou)
    with pytest.raises(SaisieDeJalonRefusee, match="elle ne change plus"):
        conclure_la(ou)
    with pytest.raises(SaisieDeJalonRefusee, match="elle ne change plus"):
        revoir_un(ou, jalon, Acte.MAINTENIR)
    neuf = convenu(ou, "Convenu après")
    with pytest.raises(Introuvable):
        revoir_un(ou, neuf, Acte.MAINTENIR)


def test_un_refus_n_ouvre_pas_la_revision(ou: Ou) -> None:
    jalon = convenu(ou, "Un seul")
    with pytest.raises(SaisieDeJalonRefusee, match="sur preuve"):
        revoir_un(ou, jalon, Acte.ATTEINDRE)
    assert suivi_de(ou).revision is None


def test_sans_jalon_elle_se_conclut_quand_meme_et_dit_ce_qui_manque(ou: Ou) -> None:
    with pytest.raises(SaisieDeJalonRefusee) as refus:
        conclure_la(ou, le=aujourd_hui() + timedelta(days=1), instance="", conclusion="")
    assert [faute.champ for faute in refus.value.fautes] == ["le", "instance", "conclusion"]
    conclure_la(ou, conclusion="Aucun jalon convenu.")
    assert suivi_de(ou).faite


def test_seules_l_annee_et_la_precedente_se_revisent(ou: Ou) -> None:
    jalon = convenu(ou, "Un seul")
    assert suivi_de(ou, ANNEE - 1).total == 1
    for annee in (ANNEE - 2, ANNEE + 1):
        with pytest.raises(Introuvable):
            suivi_de(ou, annee)
        with pytest.raises(Introuvable):
            revoir_un(ou, jalon, Acte.MAINTENIR, annee=annee)


def test_les_rappels_comptent_retards_et_jalons_a_revoir_en_une_requete(ou: Ou) -> None:
    base, acteur, formation_id = ou
    assert rappels(ou) == ()
    echu, lointain = convenu(ou, "Échu", echeance=RETARD), convenu(ou, "Lointain")
    abandonne = convenu(ou, "Abandonné", echeance=RETARD)
    noter(*ou, abandonne, Acte.ABANDONNER, motif="Sans suite.")
    autre = creer_formation(base, acteur, "RNCP35346-0352757G")
    ailleurs = (base, acteur, autre)
    convenir(*ailleurs, proposer_un(*ailleurs))
    assert rappels(ou) == (RappelDeJalons(formation_id, en_retard=1, a_revoir=2),)
    for jalon in (echu, lointain):
        revoir_un(ou, jalon, Acte.MAINTENIR)
    assert rappels(ou) == (RappelDeJalons(formation_id, 1, 2),)
    conclure_la(ou)
    requetes: list[str] = []
    with base.lecture() as session:
        event.listen(session.connection(), "before_cursor_execute", lambda *recus: requetes.append(recus[2]))
        dus = rappels_de_jalons(session, acteur, [formation_id, autre], ANNEE)
    assert dus == (RappelDeJalons(formation_id, 1, 0), RappelDeJalons(autre, 0, 1))
    assert len(requetes) == 1
    assert len(lus(base, acteur, formation_id)) == 3
