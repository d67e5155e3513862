"""Les tableaux de `docs/roles.md` disent exactement ce que fait le code."""

import pytest

from charte.acteur import Acteur, Geste, Mandat, Partie, Portee, Role, Situation, etendue, parties_tenues
from tests.coherence.fichiers import RACINE

TEXTE = (RACINE / "docs" / "roles.md").read_text("utf-8")
GESTES = {
    "Lire les dossiers du conseil, les niveaux et les taux des diplômes": Geste.LIRE_DOSSIER,
    "Lire les grilles et les indicateurs": Geste.LIRE,
    "Lire les effectifs sous le seuil": Geste.LIRE_EFFECTIFS_BRUTS,
    "Lire le journal": Geste.LIRE_JOURNAL,
    "Déposer un fichier d'apprentis": Geste.DEPOSER,
    "Nommer CFA, conventions, composantes, formations": Geste.GERER_PARTIES,
    "Répondre à la demande d'une personne, purger": Geste.GERER_PERSONNES,
    "Remplir une grille, citer une preuve, tenir jalons et plan d'actions": Geste.REMPLIR_GRILLE,
    "Conduire la campagne : préparer, ouvrir, relancer, arrêter": Geste.PILOTER_CAMPAGNE,
    "Arrêter ou rouvrir une grille": Geste.ARRETER_GRILLE,
    "Éditer un dossier du conseil": Geste.EDITER_RAPPORT,
    "Mener la revue annuelle des indicateurs, l'arrêter": Geste.MENER_REVUE,
    "Publier, ou retirer, le tableau d'un CFA": Geste.PUBLIER,
    "Gérer les comptes et l'établissement": Geste.ADMINISTRER,
}
ROLES = {
    "Administrateur": Role.ADMINISTRATEUR,
    "Référent qualité": Role.REFERENT_QUALITE,
    "Responsable de formation": Role.RESPONSABLE_FORMATION,
    "Lecteur": Role.LECTEUR,
    "Membre d'instance": Role.MEMBRE_INSTANCE,
}
PORTEES = {"Un CFA": Portee.CFA, "Une composante": Portee.COMPOSANTE, "Une formation": Portee.FORMATION}


def tableau(titre: str) -> tuple[list[str], dict[str, list[str]]]:
    """(en-têtes, lignes par premier mot) du tableau qui suit ce titre."""
    rangs = [rang for rang in TEXTE.split(f"## {titre}", 1)[1].split("## ")[0].splitlines() if rang.startswith("|")]
    cellules = [[mot.strip() for mot in rang.strip("|").split("|")] for rang in rangs]
    return cellules[0][1:], {ligne[0]: ligne[1:] for ligne in cellules[2:]}


def tenant(mandat: Mandat) -> Acteur:
    return Acteur(1, "Compte fictif", mandat.role, mandats=(mandat,))


def test_les_droits_sur_l_etablissement() -> None:
    entetes, lignes = tableau("Sur l'établissement entier")
    assert set(entetes) == set(ROLES)
    assert set(lignes) == set(GESTES)
    for libelle, droits in lignes.items():
        for entete, dit in zip(entetes, droits, strict=True):
            permis = etendue(tenant(Mandat(ROLES[entete])), GESTES[libelle]).tout
            assert dit == ("oui" if permis else "–"), (libelle, entete)


def test_les_droits_sur_un_objet() -> None:
    entetes, lignes = tableau("Sur un objet, pour un référent qualité")
    assert set(lignes) == set(GESTES)
    for libelle, droits in lignes.items():
        for entete, dit in zip(entetes, droits, strict=True):
            portee = PORTEES[entete]
            partie = Partie.CFA if portee is Portee.CFA else Partie.ETABLISSEMENT
            atteint = etendue(tenant(Mandat(Role.REFERENT_QUALITE, portee, 3, partie)), GESTES[libelle])
            assert not atteint.tout
            assert dit == ("oui" if atteint else "–"), (libelle, entete)


@pytest.mark.parametrize(
    ("libelle", "mandats"),
    [
        ("l'établissement, une composante", [(Portee.ETABLISSEMENT, None, "e"), (Portee.COMPOSANTE, 3, "e")]),
        ("un CFA", [(Portee.CFA, 3, "c")]),
        ("une formation, au nom de l'établissement", [(Portee.FORMATION, 3, "e")]),
        ("une formation, au nom du CFA", [(Portee.FORMATION, 3, "c")]),
    ],
)
def test_les_positions_ecrites(libelle: str, mandats: list[tuple[Portee, int | None, str]]) -> None:
    dit = tableau("Une formation, deux organisations")[1][libelle][0]
    attendues = {"de l'établissement, et la concertée": {"etablissement", "concertee"}, "du CFA": {"cfa"}}[dit]
    for portee, objet, nom in mandats:
        partie = Partie.CFA if nom == "c" else Partie.ETABLISSEMENT
        acteur = tenant(Mandat(Role.REFERENT_QUALITE, portee, objet, partie))
        assert parties_tenues(acteur, Situation(3, 3, 3)) == attendues
