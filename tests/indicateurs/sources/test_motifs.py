"""Le motif d'une rupture, lu dans un texte libre : reconnu s'il est dit, « non précisé » dans le doute."""

import pytest

from charte.commun.donnees import DonneesInvalides, charger_modele, lire_yaml
from indicateurs.imports.format import FORMATS
from indicateurs.sources.motifs import MotsDesMotifs, charger_mots_des_motifs, reconnaitre_motif

CAUSES = [
    ("Rupture pendant la période d’essai", "quarante_cinq_jours"),
    ("45 jours, à l'initiative de l'apprenti", "quarante_cinq_jours"),
    ("Après les 45 jours : démission", "initiative_apprenti"),
    ("D'un commun accord", "accord"),
    ("RUPTURE AMIABLE", "accord"),
    ("Désaccord avec l'employeur", "non_precise"),
    ("Force majeure", "force_majeure"),
    ("Licenciement pour faute grave", "faute_grave"),
    ("faute grave de l'employeur", "non_precise"),
    ("Déclarée inapte par le médecin du travail", "inaptitude"),
    ("Décès de l'employeur", "deces_employeur"),
    ("Liquidation judiciaire", "liquidation_judiciaire"),
    ("Démission", "initiative_apprenti"),
    ("Exclusion définitive", "exclusion_du_cfa"),
    ("Obtention du diplôme", "diplome_obtenu"),
    ("Non obtention du diplôme", "non_precise"),
    ("Commun accord après obtention du diplôme", "non_precise"),
    ("Contrat annulé", "contrat_annule"),
    ("contrat_annule", "contrat_annule"),
    ("Absences répétées et injustifiées", "non_precise"),
    ("Réorientation", "non_precise"),
    ("Accordéoniste", "non_precise"),
    ("…", "non_precise"),
    ("", None),
    ("  ", None),
    (None, None),
]


@pytest.mark.parametrize(("texte", "cle"), CAUSES)
def test_une_cause_libre_mene_a_son_motif(texte, cle):
    assert reconnaitre_motif(texte) == cle


def test_chaque_motif_de_la_liste_a_ses_mots_et_aucun_autre():
    regles = charger_mots_des_motifs()
    connus = {motif["cle"] for motif in lire_yaml(FORMATS.parent / "motifs_de_rupture.yaml")["motifs"]}
    assert {*regles.motifs, regles.non_precise, "autre"} == connus
    assert {autre for motif in regles.motifs.values() for autre in motif.prime_sur} <= set(regles.motifs)


def test_les_memes_mots_ne_designent_pas_deux_motifs(tmp_path):
    texte = (FORMATS.parent / "mots_des_motifs.yaml").read_text("utf-8")
    chemin = tmp_path / "mots.yaml"
    chemin.write_text(texte.replace("[force majeure]", "[force majeure, démission]"), "utf-8")
    with pytest.raises(DonneesInvalides, match="deux motifs"):
        charger_modele(chemin, MotsDesMotifs)
