"""Les réglages d'une installation : dossier, base, clés, durées. Lus dans l'environnement, sinon engendrés une fois."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from charte.commun.cles import lire_les_cles
from charte.commun.serveur_de_courrier import (
    ServeurDeCourrier,
    lire_l_adresse_publique,
    lire_le_serveur_de_courrier,
)

DOSSIER_PAR_DEFAUT = Path(".donnees")
CONSERVATION_DES_DEPOTS_JOURS = 90
SECONDS_FACTEURS = ("facultatif", "referents", "tous")
DEPOTS_PAR_HEURE, DEPOTS_MO_PAR_JOUR = 60, 2_000
PREUVE_MO, PREUVE_MO_MAXIMUM = 20, 50
"""Taille d'un fichier de preuve : celle d'office, et ce qu'un réglage peut demander au plus."""


@dataclass(frozen=True)
class Reglages:
    """Réglages d'une installation.

    `cle_identite` : 32 octets, empreinte à clé des personnes.
    `cle_fichiers` : 32 octets, chiffrement des fichiers déposés.
    `depots_par_heure`, `depots_mo_par_jour` : ce qu'un établissement peut déposer par les pages.
    `preuve_mo` : taille maximale d'un fichier de preuve, en Mo.
    `cle_web` : 32 octets, signature des formulaires.
    `cle_identite_ancienne`, `cle_fichiers_ancienne` : celles d'avant, le temps d'un changement de clé.
    `conservation_depots_jours` : délai de purge des fichiers bruts, en jours.
    `courrier` : par où partent les courriels (None : non réglé) ; `adresse_publique` : le site, tel qu'ils y mènent.
    `second_facteur` : de qui il est exigé à la connexion par mot de passe (facultatif, referents, tous).
    `contact_securite` : à qui signaler une faille (adresse « mailto: » ou « https: »), vide si personne.
    `fournisseurs` : le fichier des fournisseurs d'identité (docs/connexion-unique.md), None s'il n'y en a pas.
    `contact_accessibilite` : à qui dire qu'un contenu ne s'atteint pas (de même), montré par la page du pied.
    """

    dossier: Path
    url_base: str
    cle_identite: bytes
    cle_fichiers: bytes
    cle_web: bytes
    conservation_depots_jours: int = CONSERVATION_DES_DEPOTS_JOURS
    depots_par_heure: int = DEPOTS_PAR_HEURE
    depots_mo_par_jour: int = DEPOTS_MO_PAR_JOUR
    preuve_mo: int = PREUVE_MO
    https: bool = False
    demonstration: bool = False
    contact_securite: str = ""
    second_facteur: str = "facultatif"
    contact_accessibilite: str = ""
    cle_identite_ancienne: bytes | None = None
    cle_fichiers_ancienne: bytes | None = None
    courrier: ServeurDeCourrier | None = None
    adresse_publique: str = ""
    fournisseurs: Path | None = None

    @property
    def cles_identite(self) -> tuple[bytes, ...]:
        """Les clés d'identité sous lesquelles une personne peut être rangée : la courante, puis l'ancienne."""
        return (self.cle_identite, *([self.cle_identite_ancienne] if self.cle_identite_ancienne else []))

    @property
    def dossier_depots(self) -> Path:
        """Fichiers déposés, chiffrés, hors de tout dossier servi."""
        return self.dossier / "depots"

    @property
    def dossier_preuves(self) -> Path:
        """Fichiers des preuves, chiffrés, hors de tout dossier servi."""
        return self.dossier / "preuves"

    @property
    def dossier_exports(self) -> Path:
        """Archives d'audit, chiffrées, gardées un jour."""
        return self.dossier / "exports"

    @property
    def dossier_rapports(self) -> Path:
        """Rapports émis, gelés."""
        return self.dossier / "rapports"


def charger_reglages(environnement: Mapping[str, str] | None = None, *, demonstration: bool = False) -> Reglages:
    """Réglages tirés de `TRAJECTOIRE_*` ; ce qui manque est engendré dans le dossier et gardé."""
    env = os.environ if environnement is None else environnement
    dossier = Path(env.get("TRAJECTOIRE_DOSSIER") or DOSSIER_PAR_DEFAUT).resolve()
    dossier.mkdir(parents=True, exist_ok=True, mode=0o700)
    cles = lire_les_cles(dossier, env)
    return Reglages(
        dossier=dossier,
        url_base=env.get("TRAJECTOIRE_BASE") or f"sqlite:///{dossier / 'trajectoire.sqlite'}",
        cle_identite=cles["identite"],
        cle_fichiers=cles["fichiers"],
        cle_web=cles["web"],
        conservation_depots_jours=int(env.get("TRAJECTOIRE_CONSERVATION_JOURS") or CONSERVATION_DES_DEPOTS_JOURS),
        depots_par_heure=int(env.get("TRAJECTOIRE_DEPOTS_PAR_HEURE") or DEPOTS_PAR_HEURE),
        depots_mo_par_jour=int(env.get("TRAJECTOIRE_DEPOTS_MO_PAR_JOUR") or DEPOTS_MO_PAR_JOUR),
        preuve_mo=_taille_d_une_preuve(env),
        https=env.get("TRAJECTOIRE_HTTPS", "") in ("1", "oui"),
        demonstration=demonstration,
        second_facteur=_parmi(SECONDS_FACTEURS, env, "TRAJECTOIRE_SECOND_FACTEUR"),
        contact_securite=_contact(env, "TRAJECTOIRE_CONTACT_SECURITE"),
        contact_accessibilite=_contact(env, "TRAJECTOIRE_CONTACT_ACCESSIBILITE"),
        cle_identite_ancienne=cles.get("identite_ancienne"),
        cle_fichiers_ancienne=cles.get("fichiers_ancienne"),
        courrier=lire_le_serveur_de_courrier(env),
        adresse_publique=lire_l_adresse_publique(env),
        fournisseurs=Path(env["TRAJECTOIRE_FOURNISSEURS"]) if env.get("TRAJECTOIRE_FOURNISSEURS") else None,
    )


def _taille_d_une_preuve(env: Mapping[str, str]) -> int:
    """La taille d'un fichier de preuve, en Mo. Lève `ValueError` hors de 1 à `PREUVE_MO_MAXIMUM`."""
    valeur = int(env.get("TRAJECTOIRE_PREUVE_MO") or PREUVE_MO)
    if not 1 <= valeur <= PREUVE_MO_MAXIMUM:
        raise ValueError(f"TRAJECTOIRE_PREUVE_MO : {valeur} n'est pas entre 1 et {PREUVE_MO_MAXIMUM}.")
    return valeur


def _parmi(permises: tuple[str, ...], env: Mapping[str, str], variable: str) -> str:
    """La valeur d'une variable, la première permise par défaut. Lève `ValueError` sur une autre."""
    valeur = env.get(variable, "").strip() or permises[0]
    if valeur not in permises:
        raise ValueError(f"{variable} : « {valeur} » n'est pas connu ; écrivez {', '.join(permises)}.")
    return valeur


def _contact(env: Mapping[str, str], nom: str) -> str:
    """Le contact en adresse : un courriel reçoit « mailto: ». Lève `ValueError` s'il n'est ni l'un ni l'autre."""
    donne = env.get(nom, "").strip()
    adresse = donne if ":" in donne or not donne else f"mailto:{donne}"
    if adresse and not re.fullmatch(r"mailto:[^\s@:]+@[^\s@:]+|https://\S+", adresse):
        raise ValueError(f"{nom} : « {donne} » n'est ni un courriel ni une adresse https://….")
    return adresse
