"""La valeur ajoutée d'InserJeunes, du fichier publié aux pages : reconnue, rangée en points, montrée avec son année.

`inserjeunes_cfa_trois_lignes.csv` : les 15 champs du jeu ouvert fr-en-inserjeunes-cfa (DEPP et Dares), dans leur ordre
et leur écriture (« cumul 2022-2023 », nombres entiers, échéances non encore parues vides) ; les valeurs sont fictives.
"""

import re
from pathlib import Path

from bs4 import BeautifulSoup

from appli.base import BaseSQL
from indicateurs.reperes.modeles import RepereImporte
from indicateurs.sources.format import charger_source
from tests.indicateurs.publication.test_publier import AN, UAI, garnir, mettre_en_ligne
from tests.indicateurs.sources.test_depots_routes import confirmer, envoyer, tout
from tests.reserve import Client

PUBLIE = (Path(__file__).parent / "inserjeunes_cfa_trois_lignes.csv").read_bytes()


def texte(client: Client, adresse: str) -> str:
    principal = BeautifulSoup(client.get(adresse).text, "html.parser").select_one("main")
    assert principal is not None
    return re.sub(r"\s+", " ", principal.text)


def test_le_fichier_d_essai_a_les_colonnes_publiees() -> None:
    titres = PUBLIE.decode("utf-8-sig").splitlines()[0].split(";")
    assert titres == [colonne.nom for colonne in charger_source("inserjeunes_cfa").colonnes]


def test_la_valeur_ajoutee_va_du_fichier_aux_pages(base: BaseSQL, connecter: object, client_anonyme: Client) -> None:
    acteur, cfa = garnir(base)
    client: Client = connecter(acteur)  # type: ignore[operator]
    adresse = envoyer(client, PUBLIE)
    assert "InserJeunes par CFA" in texte(client, adresse)
    assert "3 lignes lues = 3 retenues" in texte(client, adresse)
    confirmer(client, adresse)
    r = RepereImporte
    lues = [
        lue[1:] for lue in tout(base, r.id, r.millesime, r.perimetre, r.indicateur, r.mois, r.valeur, r.marqueur)
        if lue[3] in ("valeur_ajoutee", "taux_emploi_attendu")
    ]  # fmt: skip
    assert sorted(lues) == [
        ("2021-2022", UAI, "taux_emploi_attendu", 6, 0.7, ""),
        ("2021-2022", UAI, "valeur_ajoutee", 6, 2.0, ""),
        ("2022-2023", UAI, "taux_emploi_attendu", 6, 0.7, ""),
        ("2022-2023", UAI, "valeur_ajoutee", 6, -3.0, ""),
        ("2022-2023", "0352757G", "taux_emploi_attendu", 6, None, "nd"),
        ("2022-2023", "0352757G", "valeur_ajoutee", 6, None, "nd"),
    ]
    reperes = texte(client, "/indicateurs/reperes?jeu=inserjeunes_cfa")
    for attendu in ("Valeur ajoutée sur l’emploi à 6 mois", "−3,0 points", "+2,0 points", "n.d. (non diffusé)"):
        assert attendu in reperes, attendu
    sienne = "Emploi à 6 mois, écart au taux attendu : −3,0 points (2022-2023"
    assert sienne in texte(client, f"/publications/cfa/{cfa}/{AN}")
    mettre_en_ligne(base, acteur, cfa)
    public = texte(client_anonyme, f"/ouvert/{UAI}")
    assert sienne in public
    assert "+2,0 points" not in public, "un millésime remplacé ne se publie plus"
