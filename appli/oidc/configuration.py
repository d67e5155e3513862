"""Les fournisseurs d'identité déclarés : un fichier TOML lu strictement, les secrets pris ailleurs.

Le secret d'un client n'est jamais dans ce fichier : il est dans une variable d'environnement ou dans un autre fichier,
nommés ici. Exemples pour ProConnect, Keycloak, CAS, Shibboleth : docs/connexion-unique.md.
"""

import re
import tomllib
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from charte.acteur import Role
from charte.commun.donnees import DonneeGelee, DonneesInvalides, nom_affiche, valider_modele

Algorithme = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Des signatures asymétriques seulement : ni « none », ni HS256, dont la clé serait le secret du client."""


class Donnees(DonneeGelee):
    """Sous quels noms le fournisseur dit le courriel, le prénom et le nom (« claims »)."""

    courriel: str = "email"
    prenom: str = "given_name"
    nom: str = "family_name"


class Domaine(DonneeGelee):
    """Un domaine de courriel dont ce fournisseur répond, et l'établissement (par son UAI) qu'il y désigne.

    `creation` : un courriel inconnu de ce domaine reçoit un compte, au moindre rôle ; sinon il faut y être invité.
    """

    nom: str = Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$", max_length=200)
    uai: str = Field(pattern=r"^\d{7}[A-Z]$")
    creation: bool = False
    role: Literal["membre_instance", "lecteur"] = Role.MEMBRE_INSTANCE.value


class Fournisseur(DonneeGelee):
    """Un fournisseur d'identité : comment le joindre, ce qu'on lui demande, ce qu'on croit de lui.

    `courriel_fait_foi` : il ne dit pas `email_verified`, mais ne donne que des courriels vérifiés (ProConnect).
    `second_facteur` : demander aussi le second facteur de l'outil à qui en a un. `acr_exiges` : les niveaux
    d'authentification (`acr`) sans l'un desquels la réponse est écartée ; vide, un seul facteur est supposé.
    """

    cle: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)
    libelle: str = Field(min_length=1, max_length=60)
    emetteur: str
    client_id: str = Field(min_length=1, max_length=200)
    client_secret_variable: str | None = None
    client_secret_fichier: Path | None = None
    authentification: Literal["client_secret_basic", "client_secret_post"] = "client_secret_basic"
    portees: tuple[str, ...] = ("openid", "profile", "email")
    algorithmes: tuple[Algorithme, ...] = Field(default=("RS256",), min_length=1)
    acr_values: str = Field(default="", max_length=200)
    acr_exiges: tuple[str, ...] = ()
    pkce: bool = True
    userinfo_signe: bool = False
    courriel_fait_foi: bool = False
    second_facteur: bool = False
    deconnexion: bool = False
    """Se déconnecter d'ici déconnecte aussi de chez lui."""
    donnees: Donnees = Donnees()
    domaine: tuple[Domaine, ...] = ()

    @field_validator("emetteur")
    @classmethod
    def _adresse_sure(cls, valeur: str) -> str:
        return exiger_une_adresse_sure(valeur)

    @field_validator("portees")
    @classmethod
    def _openid_demande(cls, valeur: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in valeur:
            raise ValueError("« openid » doit y être : sans lui, le fournisseur ne rend pas d'identité")
        return valeur

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if (self.client_secret_variable is None) is (self.client_secret_fichier is None):
            raise ValueError("donnez client_secret_variable ou client_secret_fichier, l'un des deux")
        _refuser_les_doubles("domaine", [domaine.nom for domaine in self.domaine])
        return self

    @property
    def acr_demandes(self) -> str:
        """Les niveaux à demander : ceux d'`acr_values`, sinon ceux que l'on exigera."""
        return self.acr_values or " ".join(self.acr_exiges)

    def domaine_de(self, courriel: str) -> Domaine | None:
        """Le domaine déclaré de ce courriel (en minuscules), ou None : ce fournisseur n'en répond pas."""
        nom = courriel.rpartition("@")[2]
        return next((domaine for domaine in self.domaine if domaine.nom == nom), None)


class Fichier(DonneeGelee):
    """Le fichier des fournisseurs."""

    fournisseur: tuple[Fournisseur, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        _refuser_les_doubles("fournisseur", [fournisseur.cle for fournisseur in self.fournisseur])
        return self


def _refuser_les_doubles(quoi: str, noms: list[str]) -> None:
    doubles = sorted({nom for nom in noms if noms.count(nom) > 1})
    if doubles:
        raise ValueError(f"{quoi} déclaré deux fois : {', '.join(doubles)}")


def exiger_une_adresse_sure(adresse: str) -> str:
    """L'adresse si elle est en https (ou en http sur la boucle locale), sans question ni ancre ; sinon `ValueError`."""
    lue = urlsplit(adresse)
    if lue.query or lue.fragment or "@" in lue.netloc or not lue.hostname or re.search(r"\s", adresse):
        raise ValueError("adresse attendue (https://…), sans « ? », « # » ni identifiant")
    if not adresse_sure(adresse):
        raise ValueError("adresse en https attendue (http n'est permis que sur la boucle locale)")
    return adresse


def adresse_sure(adresse: str) -> bool:
    """Vrai pour https, et pour http sur la boucle locale (essais)."""
    lue = urlsplit(adresse)
    return lue.scheme == "https" or (lue.scheme == "http" and _en_boucle(lue.hostname or ""))


def _en_boucle(hote: str) -> bool:
    try:
        return hote == "localhost" or ip_address(hote).is_loopback
    except ValueError:
        return False


def charger_les_fournisseurs(chemin: Path, env: Mapping[str, str]) -> tuple[Fichier, dict[str, SecretStr]]:
    """Le fichier et, par clé de fournisseur, le secret du client.

    Lève `DonneesInvalides` (fichier et champ nommés) : illisible, clé inconnue ou en double, secret introuvable.
    """
    nom = nom_affiche(chemin)
    fichier = valider_modele(_lire(chemin, nom), Fichier, nom)
    secrets = {f.cle: SecretStr(_secret(f, env, chemin.parent, nom)) for f in fichier.fournisseur}
    return fichier, secrets


def _lire(chemin: Path, nom: str) -> dict[str, Any]:
    try:
        return tomllib.loads(chemin.read_text("utf-8"))
    except OSError as erreur:
        raise DonneesInvalides(f"{nom} : fichier absent ou illisible") from erreur
    except UnicodeDecodeError as erreur:
        raise DonneesInvalides(f"{nom} : le fichier n'est pas en UTF-8 ; enregistrez-le en UTF-8") from erreur
    except tomllib.TOMLDecodeError as erreur:
        raise DonneesInvalides(f"{nom} : TOML mal formé, ou clé en double ({erreur})") from erreur


def _secret(fournisseur: Fournisseur, env: Mapping[str, str], dossier: Path, nom: str) -> str:
    if fournisseur.client_secret_variable is not None:
        source, lu = f"la variable {fournisseur.client_secret_variable}", env.get(fournisseur.client_secret_variable)
    else:
        chemin = dossier / (fournisseur.client_secret_fichier or "")
        source, lu = f"le fichier {chemin}", chemin.read_text("utf-8") if chemin.is_file() else None
    if not (lu or "").strip():
        raise DonneesInvalides(f"{nom} : fournisseur {fournisseur.cle} : le secret manque, {source} est absent ou vide")
    return (lu or "").strip()
