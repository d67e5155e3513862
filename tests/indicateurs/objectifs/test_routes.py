"""Les pages des objectifs : la liste et ses filtres, convenir, réviser à deux, retirer ; 404 ailleurs."""

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup

from appli.base import BaseSQL
from charte.acteur import Acteur
from indicateurs.objectifs.services.lecture import Lieu
from indicateurs.objectifs.services.saisie import reviser
from tests.indicateurs.objectifs.fabrique import CLE, CONTENU, SAISIES, VISEE, convenir_d_un, peupler
from tests.indicateurs.saisies_hostiles import HOSTILES

LISTE = "/indicateurs/objectifs"


def lire(reponse: Any, statut: int = 200) -> BeautifulSoup:
    assert reponse.status_code == statut, reponse.text[:500]
    page = BeautifulSoup(reponse.text, "html.parser")
    assert not page.select("[style], script:not([src])")
    return page


def test_une_liste_vide_dit_le_premier_geste(client: Any) -> None:
    page = lire(client.get(LISTE))
    assert "Aucun objectif pour l’instant" in page.text
    assert page.select_one(f'.vide a[href="{LISTE}/nouveau"]')


def test_un_objectif_se_note_se_lit_et_se_filtre(client: Any, base: BaseSQL, acteur: Acteur) -> None:
    formation, _ = peupler(base, acteur)
    ou = f"diplome-{formation}"
    vide = lire(client.get(f"{LISTE}/nouveau?perimetre={ou}&indicateur={CLE}"))
    assert "2022-2023, 20\u202f%" in vide.text
    assert "2021-2022, n.d. (effectif < 5)" in vide.text
    reponse = client.post(f"{LISTE}/nouveau", data={**SAISIES, "perimetre": ou})
    assert reponse.status_code == 303
    page = lire(client.get(reponse.headers["location"]))
    texte = page.select_one("main").text  # type: ignore[union-attr]
    assert "L’objectif est noté." in texte
    assert "Il manque 2\u00a0contrats tenus pour atteindre le jalon 2024 (12\u202f%)" in texte
    assert "Référence : 20\u202f% en 2022-2023" in " ".join(texte.replace("\u00a0:", " :").split(" "))
    assert "les intervalles se recouvrent" in texte
    for filtre, nombre in (("", 1), (f"?perimetre={ou}", 1), ("?perimetre=total", 0), ("?indicateur=abandon", 0)):
        assert len(lire(client.get(LISTE + filtre)).select(".objectifs > li")) == nombre, filtre


REFUS = (
    ({"cible": ""}, "cible", "Donnez la valeur à atteindre"),
    ({"cible": "120"}, "cible", "hors du possible"),
    ({"cible": "30"}, "cible", "on vise une baisse"),
    ({"palier_1": "25"}, "palier_1", "recule sur ce qui le précède"),
    ({"annee_1": "", "palier_1": "12"}, "annee_1", "Donnez l’année de ce jalon"),
    ({"reference_periode": "2021-2022"}, "reference_periode", "petit effectif"),
    ({"reference_periode": "2010-2011"}, "reference_valeur", "n’a pas de mesure"),
    ({"reference_valeur": "15"}, "reference_valeur", "mesure une autre valeur"),
    ({"echeance": "2026-01-01", "palier_1": ""}, "echeance", "vient après le jour de l’accord"),
    ({"convenu_par": ""}, "convenu_par", "Jamais un nom"),
    ({"convenu_le": "2090-01-01"}, "convenu_le", "pas encore venu"),
    ({"indicateur": "effectif_apprentis"}, "indicateur", "Choisissez un indicateur"),
    ({"perimetre": "diplome-999999"}, "perimetre", "Choisissez un périmètre"),
)
"""Ce qu'on tape, le champ en faute, ce que dit la page ; une seule installation pour tous."""


def test_un_refus_garde_la_saisie_et_dit_le_remede(client: Any, base: BaseSQL, acteur: Acteur) -> None:
    formation, _ = peupler(base, acteur)
    for saisies, champ, message in REFUS:
        envoi = {**SAISIES, "perimetre": f"diplome-{formation}", "instance": "Conseil de mars", **saisies}
        page = lire(client.post(f"{LISTE}/nouveau", data=envoi), 422)
        assert message in page.select_one("#resume-erreurs").text, saisies  # type: ignore[union-attr]
        assert page.select_one(f"#{champ}[aria-invalid]"), saisies
        assert page.select_one('#instance[value="Conseil de mars"]')
    assert not lire(client.get(LISTE)).select(".objectifs > li")


def test_deux_revisions_au_meme_instant_montrent_les_deux_textes(client: Any, base: BaseSQL, acteur: Acteur) -> None:
    formation, _ = peupler(base, acteur)
    objectif = convenir_d_un(base, acteur, Lieu(formation_id=formation))
    ouvert = lire(client.get(f"{LISTE}/{objectif}/revision"))
    assert ouvert.select_one('input[name="cible"][value="8"]')
    with base.ecriture() as session:
        suivant = reviser(session, acteur, objectif, VISEE, CONTENU, version=1)
    envoi = {**SAISIES, "cible": "6", "motif": "Deux ruptures de moins.", "version": "1"}
    page = lire(client.post(f"{LISTE}/{objectif}/revision", data=envoi), 409)
    assert "Rien n’est perdu" in page.text
    assert {"6", "8"} <= {p.text.split()[-1] for p in page.select(".deux-textes p")}
    formulaire = page.select_one("form.formulaire")
    assert formulaire is not None
    assert formulaire["action"] == f"{LISTE}/{suivant}/revision"
    encore = {champ["name"]: champ.get("value", "") for champ in formulaire.select("input")} | {"motif": "Fondu."}
    assert client.post(str(formulaire["action"]), data=encore).status_code == 303
    assert lire(client.get(LISTE)).select_one(".objectifs h2").text.endswith("6\u202f%")  # type: ignore[union-attr]
    histoire = lire(client.get(f"{LISTE}/{objectif}"))
    assert "Cet objectif a été révisé" in histoire.text
    assert len(histoire.select("table tbody tr")) == 2
    assert client.get(f"{LISTE}/{objectif}/revision").status_code == 303


def test_un_retrait_se_motive_et_se_relit(client: Any, base: BaseSQL, acteur: Acteur) -> None:
    objectif = convenir_d_un(base, acteur)
    adresse = f"{LISTE}/{objectif}/retrait"
    assert lire(client.get(adresse)).select_one("#motif")
    lire(client.post(adresse, data={"version": "1"}), 422)
    lire(client.post(adresse, data={"version": "9", "motif": "Il ferme."}), 409)
    assert client.post(adresse, data={"version": "1", "motif": "Le diplôme ferme."}).status_code == 303
    page = lire(client.get(f"{LISTE}/{objectif}?fait=retire"))
    assert "Motif : Le diplôme ferme." in page.text.replace("\u00a0", " ")
    assert client.get(adresse).status_code == 303
    retire = lire(client.post(f"{LISTE}/{objectif}/revision", data={**SAISIES, "reference_valeur": "20"}), 409)
    assert "retiré entre-temps" in retire.text
    assert retire.select_one(f'form.formulaire[action="{LISTE}/nouveau"]')


def test_l_objectif_d_un_autre_etablissement_repond_404(
    client: Any, base: BaseSQL, autre_acteur: Acteur, connecter: Callable[[Acteur], Any]
) -> None:
    ailleurs = convenir_d_un(base, autre_acteur)
    for suite in ("", "/revision", "/retrait"):
        lire(client.get(f"{LISTE}/{ailleurs}{suite}"), 404)
    lire(client.post(f"{LISTE}/{ailleurs}/revision", data={}), 404)
    lire(client.post(f"{LISTE}/{ailleurs}/retrait", data={}), 404)
    lire(client.get(f"{LISTE}?perimetre=cfa-9999999Z"), 404)
    lire(connecter(autre_acteur).get(f"{LISTE}/{ailleurs}"))


@pytest.mark.parametrize("sorte", sorted(HOSTILES))
def test_une_saisie_hostile_revient_en_422_ou_se_garde_comme_un_texte(
    client: Any, base: BaseSQL, acteur: Acteur, sorte: str
) -> None:
    formation, _ = peupler(base, acteur)
    saisies, texte = {**SAISIES, "perimetre": f"diplome-{formation}"}, HOSTILES[sorte]
    for champ in (*saisies, "reference_valeur", "instance", "motif", "version"):
        reponse = client.post(f"{LISTE}/nouveau", data={**saisies, champ: texte})
        assert reponse.status_code in (303, 404, 409, 422), (champ, reponse.status_code)
        assert "<script>alert" not in reponse.text
    objectif = client.post(f"{LISTE}/nouveau", data=saisies).headers.get("location") or f"{LISTE}/1"
    for suite, champs in (("revision", ("cible", "motif", "version")), ("retrait", ("motif", "version"))):
        for champ in champs:
            adresse = f"{objectif.partition('?')[0]}/{suite}"
            statut = client.post(adresse, data={**saisies, "motif": "Un motif.", champ: texte}).status_code
            assert statut in (303, 404, 409, 422), (adresse, champ, statut)
    assert "<script>alert" not in client.get(LISTE).text
