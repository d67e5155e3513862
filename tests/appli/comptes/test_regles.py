"""Un mandat se dit en mots, une portée se lit d'un formulaire, un état se déduit des dates."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from appli.commandes import COMMANDES
from appli.commandes.compte import compte
from appli.comptes.regles import MandatLu, Personne, code_de_portee, decrire, lire_le_mandat, venue_ici
from charte.acteur import Mandat, Partie, Portee, Role

T0 = datetime(2026, 3, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "mandat", "dit"),
    [
        ("etablissement", Mandat(Role.LECTEUR), "lecteur, pour tout l’établissement"),
        ("cfa-3", Mandat(Role.LECTEUR, Portee.CFA, 3, Partie.CFA), "lecteur, pour le CFA « X »"),
        ("composante-4", Mandat(Role.LECTEUR, Portee.COMPOSANTE, 4), "lecteur, pour la composante « X »"),
        ("formation-5-etablissement", Mandat(Role.LECTEUR, Portee.FORMATION, 5), "lecteur, pour la formation « X »"),
        (
            "formation-5-cfa",
            Mandat(Role.LECTEUR, Portee.FORMATION, 5, Partie.CFA),
            "lecteur, pour la formation « X », au nom du CFA",
        ),
    ],
)
def test_une_portee_se_code_se_lit_et_se_dit(code: str, mandat: Mandat, dit: str) -> None:
    assert lire_le_mandat(Role.LECTEUR, code) == mandat
    assert code_de_portee(mandat.portee, mandat.objet_id, mandat.partie) == code
    assert decrire(mandat, "X") == dit


@pytest.mark.parametrize("code", ["cfa-3", "composante-4", "formation-5-cfa"])
def test_un_administrateur_l_est_de_tout_l_etablissement(code: str) -> None:
    with pytest.raises(ValueError, match="tout l’établissement"):
        lire_le_mandat(Role.ADMINISTRATEUR, code)


@pytest.mark.parametrize(
    ("connexion", "donnes", "venue"),
    [
        (None, [T0], None),
        (T0 - timedelta(days=1), [T0], None),
        (T0 + timedelta(days=1), [T0, T0 + timedelta(days=9)], T0 + timedelta(days=1)),
        (T0, [], None),
    ],
)
def test_une_connexion_d_avant_le_premier_mandat_ne_compte_pas(
    connexion: datetime | None, donnes: list[datetime], venue: datetime | None
) -> None:
    assert venue_ici(connexion, donnes) == venue


def test_l_etat_d_une_personne_et_ce_qu_on_montre_d_elle() -> None:
    tenu = MandatLu(1, Mandat(Role.LECTEUR), "", T0)
    retire = MandatLu(2, Mandat(Role.LECTEUR), "", T0, retire_le=T0)
    for venue, mandats, etat, appellation in (
        (None, (tenu,), "invite", "a@b.invalid"),
        (T0, (tenu, retire), "actif", "Ana Bel"),
        (T0, (retire,), "retire", "Ana Bel"),
    ):
        personne = Personne(1, "Ana Bel", "a@b.invalid", venue, mandats, second_facteur=False)
        assert (personne.etat, personne.appellation) == (etat, appellation)
    assert Personne(1, "", "", T0, (tenu, retire), second_facteur=False).tenus == (tenu,)


def test_la_commande_suit_la_meme_regle_de_mot_de_passe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAJECTOIRE_DOSSIER", str(tmp_path))
    assert "compte" in COMMANDES
    essai = ["--courriel", "ana.bel@exemple.invalid", "--nom", "Ana Bel", "--role", "lecteur"]
    for refuse, dit in (("motdepasse2024", "que l’on essaie en premier"), ("anabel anabel", "il se devine")):
        resultat = CliRunner().invoke(compte, essai, input=f"{refuse}\n{refuse}\n")
        assert resultat.exit_code == 2
        assert dit in resultat.output
