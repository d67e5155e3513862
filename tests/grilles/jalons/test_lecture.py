"""Les paliers locaux lus pour la règle des niveaux : les convenus seulement, dans l'ordre, en une requête."""

from datetime import date
from typing import Any

from sqlalchemy import event

from appli.base import BaseSQL
from charte.acteur import Acteur
from charte.commun.base import maintenant
from grilles.jalons.lecture import paliers_locaux
from grilles.jalons.modeles import Jalon
from tests.grilles.conftest import creer_formation

JOUR = date(2026, 3, 12)


def poser(base: BaseSQL, acteur: Acteur, formation_id: int, intitule: str, **champs: Any) -> None:
    dits = {"poste": 1, "rang": 1, "etat": "convenu", "convenu_le": JOUR, **champs}
    with base.ecriture() as session:
        session.add(
            Jalon(
                etablissement_id=acteur.etablissement_id,
                formation_id=formation_id,
                intitule=intitule,
                modifie_par=acteur.nom,
                modifie_le=maintenant(),
                **dits,
            )
        )


def test_seuls_les_paliers_convenus_comptent_dans_leur_ordre(base: BaseSQL, acteur: Acteur, formation_id: int) -> None:
    poser(base, acteur, formation_id, "Second", rang=5, etat="reporte", motif="Le forum est décalé.", echeance=JOUR)
    poser(base, acteur, formation_id, "Premier", rang=2, etat="atteint", atteint_le=JOUR, element="1.C1.2")
    poser(base, acteur, formation_id, "Seulement proposé", etat="propose", convenu_le=None)
    poser(base, acteur, formation_id, "Abandonné", etat="abandonne", motif="Sans suite.")
    poser(base, acteur, formation_id, "Cible locale", nature="cible", rang=9)
    poser(base, acteur, formation_id, "Ailleurs", poste=4)
    with base.lecture() as session:
        lus = paliers_locaux(session, acteur, [formation_id])[formation_id]
    assert sorted(lus) == [1, 4]
    assert [(p.intitule, p.atteint, p.etat) for p in lus[1].jalons] == [
        ("Premier", True, "atteint"),
        ("Second", False, "reporte"),
    ]
    assert (lus[1].jalons[0].element, lus[1].jalons[1].echeance) == ("1.C1.2", JOUR)
    assert [p.intitule for p in lus[1].cibles] == ["Cible locale"]
    assert lus[4].cibles == ()


def test_une_requete_pour_plusieurs_formations_et_rien_d_un_autre_etablissement(
    base: BaseSQL, acteur: Acteur, autre_acteur: Acteur, formation_id: int
) -> None:
    autre = creer_formation(base, autre_acteur, "RNCP35346-0352757G")
    seconde = creer_formation(base, acteur, "RNCP35347-0352758H")
    for qui, ou in ((acteur, formation_id), (acteur, seconde), (autre_acteur, autre)):
        poser(base, qui, ou, "Un jalon")
    requetes: list[str] = []
    with base.lecture() as session:
        connexion = session.connection()
        event.listen(connexion, "before_cursor_execute", lambda *recus: requetes.append(recus[2]))
        lus = paliers_locaux(session, acteur, [formation_id, seconde, autre])
    assert sorted(lus) == sorted([formation_id, seconde])
    assert len(requetes) == 1


def test_sans_palier_la_formation_n_y_figure_pas(base: BaseSQL, acteur: Acteur, formation_id: int) -> None:
    with base.lecture() as session:
        assert paliers_locaux(session, acteur, [formation_id]) == {}
        assert paliers_locaux(session, acteur, []) == {}
