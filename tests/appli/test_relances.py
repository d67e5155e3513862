"""Les rappels : dus un jour, envoyés une fois, à qui peut encore se connecter ; une panne n'arrête pas les autres."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime, tzinfo

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

import appli.relances
import appli.travaux
from appli.base import BaseSQL
from appli.mandats import retirer_les_mandats
from appli.modeles import CourrielSortant
from appli.relances import envoyer, faire_la_tournee, preparer_la_tournee, relancer_maintenant
from appli.travaux import Ouvriers
from charte.acteur import Acteur, Role
from charte.commun.base import lignes
from charte.commun.journal import EntreeJournal
from charte.commun.rappels import Rappel, Source, Tournee, lire_les_seuils, seuil_du
from charte.commun.reglages import Reglages
from charte.commun.serveur_de_courrier import ServeurDeCourrier
from grilles.modeles import Relance
from tests.appli.conftest import creer_deux_acteurs
from tests.conftest import creer_compte

JOUR = date(2026, 11, 16)
SECRET = "ce texte ne doit pas se lire dans les traces"


@pytest.fixture
def reglages(reglages: Reglages) -> Reglages:
    """Avec du courrier, que rien ne fait partir."""
    serveur = ServeurDeCourrier("127.0.0.1", 9, "qualite@rive.invalid")
    return replace(reglages, courrier=serveur, adresse_publique="https://qualite.rive.invalid")


def _a_chacun(session: Session, acteur: Acteur, tournee: Tournee) -> Iterable[Rappel]:
    for plume in tournee.plumes:
        texte = (f"Il vous reste à écrire : {tournee.adresse_publique}/campagnes/7",)
        yield Rappel(plume.compte_id, "campagne", 7, f"du {tournee.jour}", "Il vous reste à écrire", texte)


def _en_panne(session: Session, acteur: Acteur, tournee: Tournee) -> Iterable[Rappel]:
    raise RuntimeError(SECRET)


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`sources(nom=source)` : celles que l'on connaît."""

    def poser(**connues: Source) -> None:
        monkeypatch.setattr(appli.relances, "SOURCES", connues)
        monkeypatch.setattr(appli.relances, "A_LA_DEMANDE", connues)

    return poser


def _notees(base: BaseSQL) -> list[tuple[int, str]]:
    with base.lecture() as session:
        requete = select(col(Relance.compte_id), col(Relance.motif)).order_by(col(Relance.compte_id))
        return [tuple(ligne) for ligne in lignes(session, requete)]


def _courriels(base: BaseSQL) -> int:
    with base.lecture() as session:
        return len(lignes(session, select(col(CourrielSortant.id))))


def test_un_rappel_ne_part_pas_deux_fois(
    base: BaseSQL, reglages: Reglages, acteur: Acteur, autre_acteur: Acteur, sources: Callable[..., None]
) -> None:
    sources(essai=_a_chacun)
    assert faire_la_tournee(base, reglages, JOUR) == 2
    assert faire_la_tournee(base, reglages, JOUR) == 0
    assert _courriels(base) == 2
    assert [motif for _, motif in _notees(base)] == ["du 2026-11-16"] * 2
    with base.lecture() as session:
        actes = lignes(session, select(col(EntreeJournal.acte), col(EntreeJournal.apres), col(EntreeJournal.auteur)))
    attendu = ("rappels envoyés", {"motif": "du 2026-11-16", "nombre": 1}, "rappels du matin")
    assert [tuple(acte) for acte in actes] == [attendu] * 2


def test_sans_courrier_rien_n_est_note(
    base: BaseSQL, reglages: Reglages, acteur: Acteur, sources: Callable[..., None]
) -> None:
    sources(essai=_a_chacun)
    assert faire_la_tournee(base, replace(reglages, courrier=None), JOUR) == 0
    assert _notees(base) == []
    with base.ecriture() as session:
        assert envoyer(session, replace(reglages, courrier=None), acteur, []) == 0


def test_une_source_en_panne_n_arrete_pas_les_autres_et_ne_trahit_rien(
    base: BaseSQL,
    reglages: Reglages,
    acteur: Acteur,
    sources: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    sources(panne=_en_panne, essai=_a_chacun)
    assert faire_la_tournee(base, reglages, JOUR) == 1
    assert "Les rappels « panne » n'ont pas pu partir" in caplog.text
    assert SECRET not in caplog.text


def test_qui_n_a_plus_de_mandat_ne_recoit_rien(
    base: BaseSQL, reglages: Reglages, acteur: Acteur, sources: Callable[..., None]
) -> None:
    sources(essai=_a_chacun)
    with base.ecriture() as session:
        retirer_les_mandats(session, acteur.compte_id or 0, acteur.etablissement_id)
    assert faire_la_tournee(base, reglages, JOUR) == 0


def test_une_personne_jamais_venue_se_montre_par_son_courriel(
    base: BaseSQL, reglages: Reglages, acteur: Acteur
) -> None:
    with base.lecture() as session:
        [plume] = preparer_la_tournee(session, reglages, acteur, JOUR).plumes
    assert plume.nom == "referent@quatre-vents.invalid"
    assert plume.acteur.role is Role.REFERENT_QUALITE


def test_relancer_maintenant_n_envoie_que_pour_l_objet_voulu(
    base: BaseSQL, reglages: Reglages, acteur: Acteur, sources: Callable[..., None]
) -> None:
    sources(essai=_a_chacun)
    muet: Callable[[int, int], None] = lambda _fait, _total: None  # noqa: E731
    demande = {"source": "essai", "objet_id": 8}
    assert "Personne à relancer" in relancer_maintenant(base, reglages, acteur, demande, muet)
    assert "mis au courrier" in relancer_maintenant(base, reglages, acteur, demande | {"objet_id": 7}, muet)
    assert len(_notees(base)) == 1


def test_le_guetteur_rappelle_une_fois_par_matin(
    base: BaseSQL, reglages: Reglages, monkeypatch: pytest.MonkeyPatch
) -> None:
    faites: list[date] = []
    heure = [6]

    class Horloge(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Horloge":
            return cls(2026, 11, 16, heure[0], tzinfo=tz)

    monkeypatch.setattr(appli.travaux, "datetime", Horloge)
    monkeypatch.setattr(appli.travaux, "faire_la_tournee", lambda _base, _reglages, jour: faites.append(jour))
    ouvriers = Ouvriers(base, reglages, {})
    ouvriers._rappeler()
    assert faites == []
    heure[0] = 7
    ouvriers._rappeler()
    ouvriers._rappeler()
    assert faites == [JOUR]


@pytest.mark.postgresql
def test_la_tournee_reste_dans_chaque_cloison(
    base_ordinaire: BaseSQL, reglages: Reglages, sources: Callable[..., None]
) -> None:
    creer_deux_acteurs(base_ordinaire)
    vus: list[set[int]] = []

    def regarder(session: Session, acteur: Acteur, tournee: Tournee) -> Iterable[Rappel]:
        vus.append({plume.acteur.etablissement_id for plume in tournee.plumes})
        return _a_chacun(session, acteur, tournee)

    sources(essai=regarder)
    assert faire_la_tournee(base_ordinaire, reglages, JOUR) == 2
    assert faire_la_tournee(base_ordinaire, reglages, JOUR) == 0
    assert sorted(map(len, vus)) == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("reste", "attendu"),
    [(15, None), (14, 14), (12, 14), (11, 14), (10, None), (3, 3), (0, 3), (-1, -1), (-4, -1), (-5, None)],
)
def test_le_seuil_d_un_jour(reste: int, attendu: int | None) -> None:
    echeance = date.fromordinal(JOUR.toordinal() + reste)
    assert seuil_du(lire_les_seuils("14,3,-1"), echeance, JOUR) == attendu


def test_des_seuils_se_lisent_dans_l_ordre_sans_double() -> None:
    assert lire_les_seuils(" 3, 14,-1,3,") == (14, 3, -1)
    with pytest.raises(ValueError, match="invalid literal"):
        lire_les_seuils("bientôt")


def test_deux_comptes_recoivent_chacun_le_leur(
    base: BaseSQL, reglages: Reglages, acteur: Acteur, sources: Callable[..., None]
) -> None:
    sources(essai=_a_chacun)
    autre = creer_compte(base, "Ailleurs", Role.LECTEUR, "lecteur@ailleurs.invalid")
    assert faire_la_tournee(base, reglages, JOUR) == 2
    assert {compte for compte, _ in _notees(base)} == {acteur.compte_id, autre.compte_id}
