"""Une base volée : rien de ce qu'elle contient, tel quel ou recopié, n'ouvre l'outil ni ne dit un secret."""

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from appli.base import BaseSQL
from appli.comptes.totp import reduire_le_code
from appli.modeles import METADONNEES
from charte.acteur import Acteur
from charte.commun.reglages import Reglages
from charte.commun.sceau import Sceau, SceauBrise
from tests.appli.comptes.conftest import ADMIN, Boite, inviter
from tests.appli.comptes.test_second_facteur import Horloge, _activer, horloge
from tests.conftest import MOT_DE_PASSE, Client, jeton_de, se_connecter

__all__ = ("horloge",)
LOU, SANS = "lou.bo@quatre-vents.invalid", "ines.cal@quatre-vents.invalid"


def _tout(base: BaseSQL) -> list[Any]:
    """Chaque valeur de chaque ligne de chaque table."""
    with base.lecture() as session:
        return [
            valeur
            for table in METADONNEES.sorted_tables
            for rang in session.connection().execute(select(table))
            for valeur in rang
            if valeur is not None
        ]


def _formes(secret: str) -> list[bytes]:
    """Le secret en clair, en base 64, en hexadécimal."""
    octets = secret.encode()
    return [octets, base64.b64encode(octets).rstrip(b"="), octets.hex().encode(), octets.hex().upper().encode()]


def _octets(valeur: Any) -> bytes:
    return valeur if isinstance(valeur, bytes) else str(valeur).encode()


def test_rien_dans_la_base_n_ouvre_l_outil(
    page_admin: Client, navigateur: Callable[[], Client], connecter: Callable[[Acteur], Client], base: BaseSQL,
    reglages: Reglages, admin: Acteur, horloge: Horloge, courrier: Boite, poster_le_courrier: Callable[[], int],
) -> None:  # fmt: skip
    secret, codes = _activer(page_admin, horloge)
    inviter(page_admin, LOU)
    poster_le_courrier()
    code_du_lien = courrier.code(LOU)
    inviter(page_admin, SANS)  # celui-ci attend encore dans la boîte d'envoi, scellé
    attente = navigateur()
    page = attente.get("/connexion").text
    attente.post("/connexion", data={"_csrf": jeton_de(page), "courriel": ADMIN, "mot_de_passe": MOT_DE_PASSE})
    secrets = {
        "jeton de session": page_admin.cookies["trajectoire"],
        "jeton en attente": attente.cookies["trajectoire-attente"],
        "jeton de formulaire": page_admin.headers["X-CSRF-Token"],
        "mot de passe": MOT_DE_PASSE,
        "secret du second facteur": secret,
        "code du lien": code_du_lien,
        **{f"code de secours {rang}": code for rang, code in enumerate(codes)},
        **{f"code de secours {rang}, sans tirets": reduire_le_code(code) for rang, code in enumerate(codes)},
        "texte d'un courriel": "Choisissez votre mot de passe",
    }
    valeurs = _tout(base)
    tout = b"\n".join(_octets(valeur) for valeur in valeurs)
    assert len(valeurs) > 100
    assert b"lou.bo" in tout, "le témoin : ce qui est en clair se trouve bien"
    fuites = [nom for nom, texte in secrets.items() for forme in _formes(texte) if forme in tout]
    assert fuites == []
    _tout_rejouer(navigateur(), valeurs)
    _rien_ne_s_ouvre_sous_une_autre_cle(reglages, valeurs)


def _tout_rejouer(client: Client, valeurs: list[Any]) -> None:
    """Chaque valeur, essayée comme cookie, comme lien, comme mot de passe et comme code."""
    jeton = jeton_de(client.get("/connexion").text)
    textes = {str(v) for v in valeurs if isinstance(v, str) and len(v) >= 16 and v.isascii()}
    textes |= {v.hex() for v in valeurs if isinstance(v, bytes)}
    textes |= {base64.urlsafe_b64encode(v).decode() for v in valeurs if isinstance(v, bytes)}
    assert len(textes) > 20
    for texte in textes:
        lien = client.post("/lien", data={"_csrf": jeton, "jeton": texte})
        assert lien.status_code == 422, texte
        if re.fullmatch(r"[\w-]+", texte):
            for nom in ("trajectoire", "trajectoire-attente"):
                client.cookies.set(nom, texte)
            assert client.get("/mon-compte").status_code == 303, texte
            assert client.get("/connexion/code").headers["location"] == "/connexion"
            for nom in ("trajectoire", "trajectoire-attente"):
                client.cookies.delete(nom)
    condenses = [t for t in textes if t.startswith("$argon2id$")]
    assert condenses
    for condense in condenses[:3]:
        assert se_connecter(client, ADMIN, condense).status_code == 422


def _rien_ne_s_ouvre_sous_une_autre_cle(reglages: Reglages, valeurs: list[Any]) -> None:
    """Les textes scellés demandent la clé de l'installation, qui n'est pas dans la base."""
    ailleurs = replace(reglages, cle_fichiers=bytes(32))
    scelles = [v for v in valeurs if isinstance(v, bytes)]
    assert len(scelles) >= 2
    for scelle in scelles:
        for usage in ("courriel", "second facteur"):
            for contexte in ("courriel:1", "courriel:2", "compte:1"):
                try:
                    Sceau.de(ailleurs, usage).ouvrir(scelle, contexte)
                except SceauBrise:
                    continue
                raise AssertionError(f"ouvert sans la clé, {datetime.now().astimezone()}")
