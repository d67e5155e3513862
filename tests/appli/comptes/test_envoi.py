"""Le courrier part sous TLS vérifié, se retente, s'abandonne en le disant, et ne laisse rien derrière lui."""

import datetime as dt
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from litestar.testing import TestClient
from sqlalchemy import select, update
from sqlmodel import col

from appli.application import creer_application
from appli.base import BaseSQL
from appli.comptes.envoi import DELAIS, EnvoiRate, Lettre, courriels_a_retenter, expedier
from appli.comptes.travaux import relancer_le_courrier
from appli.donnees_personnelles.purge import faire_le_menage
from appli.modeles import CourrielSortant
from appli.travaux import executer_en_attente
from charte.acteur import Acteur
from charte.commun.base import lignes, maintenant
from charte.commun.reglages import Reglages
from charte.commun.serveur_de_courrier import ServeurDeCourrier, lire_le_serveur_de_courrier
from tests.appli.comptes.conftest import ADMIN, Boite, inviter, port_libre
from tests.conftest import Client, se_connecter

LOU = "lou.bo@quatre-vents.invalid"
LETTRE = Lettre(LOU, "Un sujet accentué, été", "Bonjour,\n\n" + "un lien très long " * 20 + "\n")


def _etat(base: BaseSQL) -> tuple[bool, bool, int]:
    """(contenu encore là, parti, essais) du seul courriel."""
    with base.lecture() as session:
        colonnes = (col(CourrielSortant.contenu), col(CourrielSortant.envoye_le), col(CourrielSortant.essais))
        contenu, parti, essais = lignes(session, select(*colonnes))[0]
    return contenu is not None, parti is not None, essais


def _vieillir(base: BaseSQL, de: timedelta) -> None:
    with base.ecriture() as session:
        session.execute(update(CourrielSortant).values(cree_le=maintenant() - de))


def test_un_courriel_parti_n_a_plus_de_contenu(
    page_admin: Client, base: BaseSQL, courrier: Boite, poster_le_courrier: Callable[[], int]
) -> None:
    inviter(page_admin, LOU)
    assert _etat(base) == (True, False, 0)
    poster_le_courrier()
    assert _etat(base) == (False, True, 1)
    assert poster_le_courrier() == 0
    assert courrier.recus[0]["Auto-Submitted"] == "auto-generated"
    boite = page_admin.get("/boite-d-envoi").text
    assert "parti" in boite
    assert LOU not in boite
    assert "lien#" not in boite


def test_un_envoi_rate_se_retente_a_delais_croissants_puis_s_abandonne_en_le_disant(
    page_admin: Client, base: BaseSQL, reglages: Reglages, courrier: Boite, poster_le_courrier: Callable[[], int]
) -> None:
    courrier.refuser = "550 inconnu ici"
    inviter(page_admin, LOU)
    deja: set[tuple[int, int]] = set()
    for rang, delai in enumerate(DELAIS):
        _vieillir(base, delai + timedelta(seconds=1))
        relancer_le_courrier(base, deja)
        relancer_le_courrier(base, deja)
        assert poster_le_courrier() == 1, "un seul essai par délai"
        assert _etat(base)[2] == rang + 1
    assert _etat(base) == (False, False, len(DELAIS))
    with base.lecture() as session:
        assert courriels_a_retenter(session, maintenant() + timedelta(days=9)) == []
    assert "1 courriel n’a pas pu partir" in page_admin.get("/comptes").text.replace("\u00a0", " ")
    boite = page_admin.get("/boite-d-envoi").text
    assert "abandonné" in boite
    assert "refuse ce destinataire" in boite


def test_un_essai_rate_puis_reussi(
    page_admin: Client, base: BaseSQL, courrier: Boite, poster_le_courrier: Callable[[], int]
) -> None:
    courrier.refuser = "451 plus tard"
    inviter(page_admin, LOU)
    poster_le_courrier()
    courrier.refuser = ""
    with base.lecture() as session:
        assert courriels_a_retenter(session, maintenant()) == [], "pas avant une minute"
    _vieillir(base, timedelta(seconds=61))
    relancer_le_courrier(base, set())
    poster_le_courrier()
    assert _etat(base) == (False, True, 2)
    assert len(courrier.recus) == 1


def test_le_menage_efface_les_traces_anciennes(page_admin: Client, base: BaseSQL, reglages: Reglages) -> None:
    inviter(page_admin, LOU)
    faire_le_menage(base, reglages, maintenant())
    assert _etat(base)[0]
    _vieillir(base, timedelta(days=31))
    faire_le_menage(base, reglages, maintenant())
    with base.lecture() as session:
        assert lignes(session, select(col(CourrielSortant.id))) == []


def test_la_demonstration_montre_et_n_envoie_rien(
    base: BaseSQL, reglages: Reglages, admin: Acteur, courrier: Boite
) -> None:
    demonstration = replace(reglages, courrier=None, demonstration=True, adresse_publique="")
    with TestClient(creer_application(demonstration, base, ouvriers=False)) as client:
        client.follow_redirects = False
        se_connecter(client, ADMIN)
        inviter(client, LOU)
        page = client.get("/boite-d-envoi").text
    assert LOU in page
    assert "/lien#" in page
    assert executer_en_attente(base, demonstration) == 0
    assert courrier.recus == []


@pytest.fixture
def certificat(tmp_path: Path) -> Path:
    """Un certificat pour 127.0.0.1, signé par lui-même, et sa clé à côté."""
    cle, nom = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "essai")])
    debut = dt.datetime.now(dt.UTC) - timedelta(days=1)
    contenu = (
        x509.CertificateBuilder()
        .subject_name(nom)
        .issuer_name(nom)
        .public_key(cle.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(debut)
        .not_valid_after(debut + timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(cle, hashes.SHA256())
    )
    fichier = tmp_path / "certificat.pem"
    fichier.write_bytes(contenu.public_bytes(serialization.Encoding.PEM))
    formes = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "cle.pem").write_bytes(cle.private_bytes(*formes))
    return fichier


@pytest.fixture
def serveur_tls(certificat: Path) -> Iterator[tuple[Boite, ServeurDeCourrier]]:
    """Un serveur smtps véritable."""
    contexte = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    contexte.load_cert_chain(certificat, certificat.with_name("cle.pem"))
    recu, port = Boite(), port_libre()
    serveur = Controller(recu, hostname="127.0.0.1", port=port, ssl_context=contexte)
    serveur.start()
    yield recu, ServeurDeCourrier("127.0.0.1", port, "qualite@exemple.invalid", chiffre_d_emblee=True)
    serveur.stop()


def test_un_certificat_inconnu_est_refuse(serveur_tls: tuple[Boite, ServeurDeCourrier]) -> None:
    recu, serveur = serveur_tls
    with pytest.raises(EnvoiRate, match="certificat"):
        expedier(serveur, LETTRE)
    assert recu.recus == []


def test_un_certificat_reconnu_laisse_partir(
    serveur_tls: tuple[Boite, ServeurDeCourrier], certificat: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificat))
    recu, serveur = serveur_tls
    expedier(serveur, LETTRE)
    assert recu.recus[0]["Subject"] == LETTRE.sujet
    assert recu.recus[0].get_content().split() == LETTRE.corps.split()


def test_rien_ne_part_en_clair_vers_un_autre_serveur(boite: tuple[Boite, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("charte.commun.serveur_de_courrier.ICI", frozenset())
    with pytest.raises(EnvoiRate, match="ne sait pas chiffrer"):
        expedier(ServeurDeCourrier("127.0.0.1", boite[1], "qualite@exemple.invalid"), LETTRE)
    assert boite[0].recus == []


def test_un_serveur_absent_se_dit_sans_adresse() -> None:
    with pytest.raises(EnvoiRate, match="ne répond pas") as rate:
        expedier(ServeurDeCourrier("127.0.0.1", port_libre(), "qualite@exemple.invalid"), LETTRE)
    assert "lou" not in str(rate.value)


@pytest.mark.parametrize(
    ("env", "dit"),
    [
        ({"TRAJECTOIRE_SMTP": "courrier.exemple.fr"}, "TRAJECTOIRE_SMTP ne se lit pas"),
        ({"TRAJECTOIRE_SMTP": "smtps://moi:secret@c.fr"}, "TRAJECTOIRE_COURRIEL_DE"),
        ({"TRAJECTOIRE_SMTP": "smtps://c.fr", "TRAJECTOIRE_COURRIEL_DE": "a@b.fr"}, "TRAJECTOIRE_ADRESSE_PUBLIQUE"),
    ],
)
def test_un_reglage_de_courrier_incomplet_dit_lequel(env: dict[str, str], dit: str) -> None:
    with pytest.raises(ValueError, match=dit) as faute:
        lire_le_serveur_de_courrier(env)
    assert "secret" not in str(faute.value).replace("nom:secret", "")


def test_le_serveur_de_courrier_se_lit_et_ne_montre_pas_son_mot_de_passe() -> None:
    env = {
        "TRAJECTOIRE_SMTP": "smtp://moi%40b.fr:p%2Fw@courrier.exemple.fr",
        "TRAJECTOIRE_COURRIEL_DE": "qualite@exemple.fr",
        "TRAJECTOIRE_ADRESSE_PUBLIQUE": "https://qualite.exemple.fr/",
    }
    lu = lire_le_serveur_de_courrier(env)
    assert lu == ServeurDeCourrier("courrier.exemple.fr", 587, "qualite@exemple.fr", False, "moi@b.fr", "p/w")
    assert "p/w" not in repr(lu)
    assert lire_le_serveur_de_courrier({}) is None
