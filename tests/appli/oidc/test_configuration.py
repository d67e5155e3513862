"""Le fichier des fournisseurs : ce qui est douteux est refusé, fichier et champ nommés ; nul secret ne s'y voit."""

from dataclasses import replace
from pathlib import Path

import pytest

from appli.oidc.configuration import charger_les_fournisseurs
from appli.oidc.ouverture import ouvrir_les_fournisseurs
from charte.commun.donnees import DonneesInvalides
from charte.commun.reglages import Reglages, charger_reglages
from tests.appli.oidc.conftest import declarer
from tests.coherence.fichiers import RACINE

ENV = {"SECRET_D_ESSAI": "secret-d-essai"}
JUSTE = declarer("premier", "https://sso.quatre-vents.example")


def _ecrire(dossier: Path, texte: str) -> Path:
    fichier = dossier / "declares.toml"
    fichier.write_text(texte, "utf-8")
    return fichier


def test_un_fichier_juste_se_lit_et_son_secret_ne_s_imprime_pas(tmp_path: Path) -> None:
    fichier, secrets = charger_les_fournisseurs(_ecrire(tmp_path, JUSTE), ENV)
    premier = fichier.fournisseur[0]
    assert (premier.pkce, premier.courriel_fait_foi, premier.second_facteur) == (True, False, False)
    assert [(d.nom, d.creation, d.role) for d in premier.domaine] == [
        ("quatre-vents.invalid", True, "membre_instance"),
        ("sur-invitation.invalid", False, "membre_instance"),
    ]
    assert secrets["premier"].get_secret_value() == "secret-d-essai"
    assert "secret-d-essai" not in f"{fichier!r} {secrets!r}"


FAUTES = {
    "cle_inconnue": (JUSTE.replace("libelle =", "intitule ="), "fournisseur.1.intitule : clé inconnue"),
    "cle_en_double": (JUSTE.replace("\nclient_id", '\ncle = "autre"\nclient_id'), "clé en double"),
    "deux_fois_le_meme": (JUSTE + JUSTE, "fournisseur déclaré deux fois : premier"),
    "domaine_en_double": (JUSTE.replace("sur-invitation", "quatre-vents"), "domaine déclaré deux fois"),
    "en_clair": (JUSTE.replace("https://", "http://"), "adresse en https attendue"),
    "identifiant_dans_l_adresse": (JUSTE.replace("https://", "https://moi@"), "sans « ? », « # » ni identifiant"),
    "cle_qui_n_en_est_pas_une": (JUSTE.replace('"premier"', '"Pre mier"'), "fournisseur.1.cle"),
    "uai_faux": (JUSTE.replace("0750001A", "75"), "fournisseur.1.domaine.1.uai"),
    "role_trop_large": (JUSTE.replace("creation = true", 'role = "administrateur"'), "fournisseur.1.domaine.1.role"),
    "hs256": (declarer("a", "https://sso.example", 'algorithmes = ["HS256"]'), "fournisseur.1.algorithmes.1"),
    "none": (declarer("a", "https://sso.example", 'algorithmes = ["none"]'), "fournisseur.1.algorithmes.1"),
    "sans_openid": (declarer("a", "https://sso.example", 'portees = ["email"]'), "« openid » doit y être"),
    "deux_secrets": (declarer("a", "https://sso.example", 'client_secret_fichier = "f"'), "l'un des deux"),
    "secret_dans_le_fichier": (declarer("a", "https://sso.example", 'client_secret = "s"'), "clé inconnue"),
    "secret_absent": (JUSTE.replace("SECRET_D_ESSAI", "ABSENTE"), "la variable ABSENTE est absent"),
    "rien": ("", "fournisseur : champ manquant"),
    "pas_du_toml": ("[[fournisseur", "TOML mal formé"),
}


@pytest.mark.parametrize("faute", list(FAUTES))
def test_un_fichier_douteux_est_refuse_en_nommant_le_fichier_et_le_champ(tmp_path: Path, faute: str) -> None:
    texte, attendu = FAUTES[faute]
    with pytest.raises(DonneesInvalides) as refus:
        charger_les_fournisseurs(_ecrire(tmp_path, texte), ENV)
    assert "declares.toml" in str(refus.value)
    assert attendu in str(refus.value)


def test_le_secret_peut_etre_dans_un_fichier_voisin(tmp_path: Path) -> None:
    texte = JUSTE.replace('client_secret_variable = "SECRET_D_ESSAI"', 'client_secret_fichier = "secret"')
    with pytest.raises(DonneesInvalides, match="le secret manque"):
        charger_les_fournisseurs(_ecrire(tmp_path, texte), {})
    (tmp_path / "secret").write_text("du-fichier\n", "utf-8")
    assert charger_les_fournisseurs(tmp_path / "declares.toml", {})[1]["premier"].get_secret_value() == "du-fichier"


def test_sans_fichier_il_n_y_a_rien_et_sans_adresse_publique_on_ne_demarre_pas(reglages: Reglages) -> None:
    assert ouvrir_les_fournisseurs(replace(reglages, fournisseurs=None)) is None
    with pytest.raises(DonneesInvalides, match="TRAJECTOIRE_ADRESSE_PUBLIQUE"):
        ouvrir_les_fournisseurs(replace(reglages, adresse_publique=""))
    with pytest.raises(DonneesInvalides, match="fichier absent"):
        ouvrir_les_fournisseurs(replace(reglages, fournisseurs=Path("/absent.toml")))


def test_le_chemin_vient_de_l_environnement(tmp_path: Path) -> None:
    env = {"TRAJECTOIRE_DOSSIER": str(tmp_path), "TRAJECTOIRE_FOURNISSEURS": "/etc/trajectoire/fournisseurs.toml"}
    assert charger_reglages(env).fournisseurs == Path("/etc/trajectoire/fournisseurs.toml")
    assert charger_reglages({"TRAJECTOIRE_DOSSIER": str(tmp_path)}).fournisseurs is None


def test_les_exemples_de_la_documentation_se_lisent(tmp_path: Path) -> None:
    page = (RACINE / "docs" / "connexion-unique.md").read_text("utf-8")
    exemples = [morceau.partition("```")[0] for morceau in page.split("```toml\n")[1:]]
    assert len(exemples) == 4
    for exemple in exemples:
        fichier, _ = charger_les_fournisseurs(_ecrire(tmp_path, exemple), {"SECRET_OIDC": "s"})
        assert [f.cle for f in fichier.fournisseur] != []
