"""Un secret scellé ne s'ouvre que sous sa clé, pour son usage, dans sa ligne."""

from dataclasses import replace

import pytest

from charte.commun.reglages import Reglages
from charte.commun.sceau import Sceau, SceauBrise, deriver

NEUVE = bytes(reversed(range(32)))


def test_un_secret_scelle_se_rouvre_et_ne_se_lit_pas(reglages: Reglages) -> None:
    sceau = Sceau.de(reglages, "courriel")
    scelle = sceau.sceller(b"un secret fictif", "courriel:1")
    assert b"secret" not in scelle
    assert scelle != sceau.sceller(b"un secret fictif", "courriel:1")
    assert sceau.ouvrir(scelle, "courriel:1") == b"un secret fictif"


def test_ni_un_autre_usage_ni_une_autre_ligne_ni_un_octet_change_ne_l_ouvrent(reglages: Reglages) -> None:
    scelle = Sceau.de(reglages, "courriel").sceller(b"un secret fictif", "courriel:1")
    essais = [(Sceau.de(reglages, "second facteur"), scelle, "courriel:1")]
    essais += [(Sceau.de(reglages, "courriel"), scelle, "courriel:2")]
    essais += [
        (Sceau.de(reglages, "courriel"), scelle[:i] + bytes([scelle[i] ^ 1]) + scelle[i + 1 :], "courriel:1")
        for i in range(len(scelle))
    ]
    essais += [(Sceau.de(reglages, "courriel"), scelle[:taille], "courriel:1") for taille in range(len(scelle))]
    for sceau, texte, contexte in essais:
        with pytest.raises(SceauBrise):
            sceau.ouvrir(texte, contexte)


def test_pendant_un_changement_de_cle_l_ancien_s_ouvre_et_le_neuf_est_sous_la_neuve(reglages: Reglages) -> None:
    ancien = Sceau.de(reglages, "courriel").sceller(b"x", "a")
    change = replace(reglages, cle_fichiers=NEUVE, cle_fichiers_ancienne=reglages.cle_fichiers)
    sceau = Sceau.de(change, "courriel")
    assert sceau.ouvrir(ancien, "a") == b"x"
    assert not sceau.sous_la_cle_courante(ancien, "a")
    assert sceau.sous_la_cle_courante(sceau.sceller(b"x", "a"), "a")
    with pytest.raises(SceauBrise):
        Sceau.de(replace(change, cle_fichiers_ancienne=None), "courriel").ouvrir(ancien, "a")


def test_deux_usages_n_ont_pas_la_meme_cle() -> None:
    assert deriver(NEUVE, "courriel") != deriver(NEUVE, "second facteur") != NEUVE
    assert len(deriver(NEUVE, "courriel")) == 32
