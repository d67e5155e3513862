"""Reconnaître un motif de fin anticipée dans une cause de rupture écrite librement ; dans le doute, non précisé."""

import datetime
import re
from functools import cache, lru_cache

from pydantic import Field, model_validator

from charte.commun.donnees import DonneeGelee, charger_modele
from indicateurs.imports.format import FORMATS
from indicateurs.sources.valeurs import normaliser_code


class MotsDuMotif(DonneeGelee):
    """Suites de mots qui désignent un motif, celles qui disent le contraire, les motifs sur lesquels il prime."""

    mots: tuple[str, ...] = Field(min_length=1)
    sauf: tuple[str, ...] = ()
    prime_sur: tuple[str, ...] = ()

    def designe(self, texte: str) -> bool:
        """Vrai si le texte normalisé (`_suite_de_mots`) désigne ce motif."""
        for contraire in self.sauf:
            if _suite_de_mots(contraire) in texte:
                return False
        return any(_suite_de_mots(mots) in texte for mots in self.mots)


class MotsDesMotifs(DonneeGelee):
    """Les mots de chaque motif, datés et sourcés. `non_precise` : clé d'une cause que l'on ne sait pas classer."""

    date: datetime.date
    source: str
    consulte_le: datetime.date
    non_precise: str
    motifs: dict[str, MotsDuMotif]

    @model_validator(mode="after")
    def _une_ecriture_par_motif(self) -> "MotsDesMotifs":
        paires = {(_suite_de_mots(mots), cle) for cle, motif in self.motifs.items() for mots in motif.mots}
        if len(paires) != len({mots for mots, _ in paires}):
            raise ValueError("les mêmes mots désignent deux motifs")
        return self


@cache
def charger_mots_des_motifs() -> MotsDesMotifs:
    """Charge `donnees/mots_des_motifs.yaml` ; lève `DonneesInvalides` s'il est mal formé."""
    return charger_modele(FORMATS.parent / "mots_des_motifs.yaml", MotsDesMotifs)


@lru_cache(maxsize=10_000)
def reconnaitre_motif(texte: str | None) -> str | None:
    """Clé du motif (`donnees/motifs_de_rupture.yaml`) qu'une cause désigne.

    None si rien n'est écrit ; « non_precise » si la cause ne désigne aucun motif légal, ou en désigne deux.
    """
    if texte is None or not texte.strip():
        return None
    regles, suite = charger_mots_des_motifs(), _suite_de_mots(texte)
    trouves = [cle for cle, motif in regles.motifs.items() if texte.strip() == cle or motif.designe(suite)]
    moindres = {autre for cle in trouves for autre in regles.motifs[cle].prime_sur}
    trouves = [cle for cle in trouves if cle not in moindres]
    return trouves[0] if len(trouves) == 1 else regles.non_precise


def _suite_de_mots(texte: str) -> str:
    """Mots sans casse ni accent, une espace entre eux et à chaque bout : un mot ne se lit pas dans un autre."""
    return f" {re.sub(r'[^a-z0-9]+', ' ', normaliser_code(texte)).strip()} "
