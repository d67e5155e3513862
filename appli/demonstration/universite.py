"""La description de l'université fictive : lue strictement, codes à clé complétés."""

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from charte.acteur import Role
from charte.commun.donnees import DonneeGelee, charger_modele
from charte.identifiants import lettre_uai

DESCRIPTION = Path(__file__).parent / "donnees" / "universite.yaml"
MOT_DE_PASSE = "valmont-demonstration"
PROMOTIONS = 5


def uai(chiffres: str) -> str:
    """UAI complet : 7 chiffres puis leur lettre clé (reste par 23)."""
    return chiffres + lettre_uai(chiffres)


def avec_cle_de_luhn(chiffres: str) -> str:
    """Les chiffres suivis de leur clé de Luhn."""
    doubles = (int(c) * (2 if rang % 2 == 0 else 1) for rang, c in enumerate(reversed(chiffres)))
    return chiffres + str(-sum(d - 9 if d > 9 else d for d in doubles) % 10)


def siret(siren: str, nic: str = "00010") -> str:
    """SIRET : SIREN (8 chiffres et sa clé), puis NIC dont le dernier chiffre devient la clé de l'ensemble."""
    return avec_cle_de_luhn(avec_cle_de_luhn(siren) + nic[:4])


class EtablissementDecrit(DonneeGelee):
    """L'université."""

    nom: str
    uai: str
    siren: str
    ville: str


class CfaDecrit(DonneeGelee):
    """Un CFA et ce qui le lie à l'université ; `fichier` : début du nom de ses extractions."""

    cle: str
    nom: str
    uai: str
    siren: str
    interne: bool
    nature: Literal["convention", "document_interne"]
    reference_document: str
    fichier: str


class Lieu(DonneeGelee):
    """Un lieu de formation ; ceux de l'université sont aussi ses composantes."""

    cle: str
    nom: str
    uai: str
    siren: str
    nic: str


class FormationDecrite(DonneeGelee):
    """Une formation et ce qui s'y passe, promotion par promotion (de la plus ancienne à la plus récente)."""

    code: str
    libelle: str
    niveau: int
    rncp: str
    cfd: str
    cfa: str
    lieu: str
    annees: tuple[int, ...]
    effectifs: Annotated[tuple[int, ...], Field(min_length=PROMOTIONS, max_length=PROMOTIONS)]
    rupture: Annotated[tuple[float, ...], Field(min_length=PROMOTIONS, max_length=PROMOTIONS)]
    obtention: Annotated[tuple[float, ...], Field(min_length=PROMOTIONS, max_length=PROMOTIONS)]
    resultats_communiques: bool = True
    poursuite_de: str | None = None


class CompteDecrit(DonneeGelee):
    """Un compte de démonstration ; son rôle est tenu sur un CFA ou une formation s'il les cite, sinon sur tout."""

    courriel: str
    nom: str
    role: Role
    cfa: str | None = None
    formation: str | None = None


class Personnes(DonneeGelee):
    """De quoi inventer des personnes : prénoms courants, noms composés de morceaux."""

    prenoms_f: tuple[str, ...]
    prenoms_h: tuple[str, ...]
    debuts_de_nom: tuple[str, ...]
    fins_de_nom: tuple[str, ...]


class Universite(DonneeGelee):
    """Toute la description."""

    etablissement: EtablissementDecrit
    cfas: tuple[CfaDecrit, ...]
    lieux: tuple[Lieu, ...]
    formations: tuple[FormationDecrite, ...]
    comptes: tuple[CompteDecrit, ...]
    personnes: Personnes

    @model_validator(mode="after")
    def _renvois_connus(self) -> "Universite":
        cfas, lieux = {c.cle for c in self.cfas}, {lieu.cle for lieu in self.lieux}
        for formation in self.formations:
            if formation.cfa not in cfas or formation.lieu not in lieux:
                raise ValueError(f"{formation.code} : CFA ou lieu inconnu")
        codes = {formation.code for formation in self.formations}
        for compte in self.comptes:
            if compte.cfa not in cfas | {None} or compte.formation not in codes | {None}:
                raise ValueError(f"{compte.courriel} : CFA ou formation inconnus")
        return self

    def cfa(self, cle: str) -> CfaDecrit:
        """Le CFA de cette clé."""
        return next(c for c in self.cfas if c.cle == cle)

    def lieu(self, cle: str) -> Lieu:
        """Le lieu de cette clé."""
        return next(lieu for lieu in self.lieux if lieu.cle == cle)

    def est_composante(self, lieu: Lieu) -> bool:
        """Vrai si le lieu appartient à l'université elle-même."""
        return lieu.siren == self.etablissement.siren


@cache
def charger_universite() -> Universite:
    """La description livrée ; lève `DonneesInvalides` si elle est fautive."""
    return charger_modele(DESCRIPTION, Universite)
