"""Le PDF passe les contrôles automatiques (PDF/UA-1, PDF/A-3a) et nos propres contrôles de balisage."""

import csv
import os
import re
import subprocess
import sys
import time
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import page
import pikepdf
import pytest

from rapports import pdf as module_pdf
from rapports.balisage import observer
from rapports.dossier import DossierConseil
from rapports.pdf import Imprimerie, PdfIndisponible, PdfProduit, produire
from tests.rapports.exemples import PREUVE, dossier, dossier_vide, postes
from tests.rapports.lecture_pdf import arbre, fautes, ouvrir, pieces, polices, texte_des_artefacts

DEUX_NORMES = ("ua1", "3a")


@pytest.mark.parametrize("norme", DEUX_NORMES)
@pytest.mark.parametrize("lequel", ["pdf_complet", "pdf_vide"])
def test_les_deux_normes_passent_les_controles_automatiques(
    norme: str, lequel: str, request: pytest.FixtureRequest
) -> None:
    produit: PdfProduit = request.getfixturevalue(lequel)
    constat = page.validate_pdf_bytes(produit.contenu, profile=norme)
    assert [f"{f.rule_id} {f.message}" for f in constat.failures] == []
    assert constat.is_compliant


@pytest.mark.parametrize("lequel", ["pdf_complet", "pdf_vide"])
def test_nos_controles_de_balisage_ne_trouvent_rien(lequel: str, request: pytest.FixtureRequest) -> None:
    assert fautes(ouvrir(request.getfixturevalue(lequel).contenu)) == []


def test_les_metadonnees_declarent_les_deux_normes_en_clair(pdf_complet: PdfProduit) -> None:
    assert b"pdfuaid:part>1<" in pdf_complet.contenu
    assert b'pdfaid:part="3"' in pdf_complet.contenu
    assert b'pdfaid:conformance="A"' in pdf_complet.contenu


def test_seule_inter_sert_et_elle_est_embarquee(pdf_complet: PdfProduit) -> None:
    trouvees = polices(ouvrir(pdf_complet.contenu))
    assert len(trouvees) >= 3
    assert all(embarquee for embarquee in trouvees.values())
    assert all(re.match(r"[A-Z]{6}\+Inter\b", nom) for nom in trouvees), trouvees


def test_le_meme_dossier_donne_le_meme_fichier(pdf_complet: PdfProduit) -> None:
    assert produire(dossier()).contenu == pdf_complet.contenu


def test_l_ordre_de_lecture_suit_le_plan(pdf_complet: PdfProduit) -> None:
    document = arbre(ouvrir(pdf_complet.contenu))
    titres = [(b.nom, b.texte) for b in document.toutes() if b.nom in ("H1", "H2")]
    assert titres[0] == ("H1", "Dossier du conseil de perfectionnement")
    assert [t for nom, t in titres if nom == "H2"] == [
        "Sommaire", "L’essentiel", "Les positions par poste", "Les indicateurs", "Les huit sujets du conseil",
        "Annexe A. Avancement des actions", "Annexe B. Définitions des indicateurs", "Annexe C. Sources et fichiers",
        "Annexe D. Méthode",
    ]  # fmt: skip


def test_un_tableau_coupe_par_une_page_reste_un_seul_tableau(pdf_complet: PdfProduit) -> None:
    document = arbre(ouvrir(pdf_complet.contenu))
    legendes = [c.texte for t in document.toutes("Table") for c in t.toutes("Caption")]
    assert len(legendes) == len(set(legendes)) + legendes.count("Décisions du conseil") - 1 + 7
    engagements = next(t for t in document.toutes("Table") if "Engagements du socle, poste 3" in t.texte)
    assert len(list(engagements.toutes("TR"))) == 1 + 9


def test_entetes_et_pieds_de_page_sont_des_artefacts(pdf_complet: PdfProduit) -> None:
    document = ouvrir(pdf_complet.contenu)
    pied = texte_des_artefacts(pikepdf.Page(document.pages[4].obj))
    assert "BUT Génie mécanique et productique" in pied
    assert f"5 / {pdf_complet.pages}" in pied
    assert f"5 / {pdf_complet.pages}" not in arbre(document).texte


def test_les_cellules_citent_des_entetes_qui_existent(pdf_complet: PdfProduit) -> None:
    document = ouvrir(pdf_complet.contenu)
    noms = {str(nom) for nom in document.Root.StructTreeRoot.IDTree.Names[::2]}
    cites = {
        str(cite)
        for objet in document.objects
        if isinstance(objet, pikepdf.Dictionary) and objet.get("/S") == "/TD" and "/A" in objet
        for cite in objet.A.get("/Headers", [])
    }
    assert cites
    assert cites <= noms


def test_le_sommaire_mene_aux_pages_annoncees(pdf_complet: PdfProduit) -> None:
    document = ouvrir(pdf_complet.contenu)
    entrees = [e.texte for e in arbre(document).toutes("TOCI")]
    assert len(entrees) == 8 + 4 + 6 + 8
    pages = [int(m[1]) for e in entrees if (m := re.search(r"(\d+)$", e))]
    assert len(pages) == len(entrees)
    assert pages == sorted(pages)
    assert pages[-1] <= pdf_complet.pages
    liens = [a for a in document.pages[1].obj.Annots if str(a.Subtype) == "/Link"]
    assert len(liens) == len(entrees)
    assert str(liens[0].Contents) == "Aller à : L’essentiel"


def test_les_figures_disent_le_constat_et_tiennent_dans_la_page(pdf_complet: PdfProduit) -> None:
    figures = list(arbre(ouvrir(pdf_complet.contenu)).toutes("Figure"))
    assert any("en baisse depuis la promotion 2022-2023" in f.alternative for f in figures)
    for figure in figures:
        gauche, bas, droite, haut = (float(c) for c in figure.attributs["/BBox"])
        assert 0 < gauche < droite < 596
        assert 0 < bas < haut < 842


def test_les_chiffres_sont_joints_et_rattaches(pdf_complet: PdfProduit) -> None:
    document = ouvrir(pdf_complet.contenu)
    assert set(pieces(document)) == {"indicateurs.csv", "positions.csv"}
    assert [str(f.AFRelationship) for f in document.Root.AF] == ["/Data", "/Data"]
    lignes = list(csv.DictReader(StringIO(pieces(document)["indicateurs.csv"].decode("utf-8-sig")), delimiter=";"))
    premiere = lignes[0]
    assert (premiere["periode"], premiere["annee"]) == ("promotion", "2022-2023")
    assert premiere["indicateur"] == "rupture_brute_9_mois"
    assert (premiere["numerateur"], premiere["denominateur"], premiere["masque"]) == ("41", "118", "non")
    assert premiere["taux"].startswith("0,347")
    masquee = next(ligne for ligne in lignes if ligne["masque"] == "oui")
    assert [masquee[c] for c in ("numerateur", "denominateur", "taux", "ic_bas", "ic_haut")] == [""] * 5
    positions = list(csv.DictReader(StringIO(pieces(document)["positions.csv"].decode("utf-8-sig")), delimiter=";"))
    assert len(positions) == 23 + 18


def test_une_formation_sans_rien_dit_ce_qui_manque_et_ou(pdf_vide: PdfProduit) -> None:
    texte = arbre(ouvrir(pdf_vide.contenu)).texte
    assert "La grille de cette formation n’est pas ouverte" in texte
    assert "Aucun fichier d’apprentis n’est rangé pour cette formation" in texte
    assert "Diplômes, la formation, onglet «\u00a0Grille\u00a0»" in texte
    assert "Non évalué" in texte


def test_un_commentaire_hostile_ou_immense_reste_du_texte_et_passe_les_normes() -> None:
    hostile = '<script>alert("x")</script> & </td><h1>Faux titre</h1> {{ 7*7 }} 😀 Ж'
    immense = "Un commentaire qui ne finit pas. " * 180
    premier, *autres = postes()
    bloc = premier.socle[0]
    elements = (
        replace(bloc.elements[0], commentaire=hostile, preuves=(replace(PREUVE, adresse="javascript:alert(1)"),)),
        replace(bloc.elements[1], commentaire=immense),
        replace(bloc.elements[2], commentaire="M" * 900),
        *bloc.elements[3:],
    )
    change = replace(premier, socle=(replace(bloc, elements=elements),))
    produit = produire(dossier(postes=(change, *autres)))
    document = ouvrir(produit.contenu)
    texte = arbre(document).texte
    assert '<script>alert("x")</script>' in texte
    assert "<h1>Faux titre</h1> {{ 7*7 }} □" in texte
    assert [b.texte for b in arbre(document).toutes("H1")] == ["Dossier du conseil de perfectionnement"]
    assert b"javascript:" not in b"".join(
        bytes(a.A.URI) for p in document.pages for a in p.obj.get("/Annots", []) if "/A" in a
    )
    assert fautes(document) == []
    for norme in DEUX_NORMES:
        assert page.validate_pdf_bytes(produit.contenu, profile=norme).is_compliant


def test_une_fin_de_flux_ambigue_fait_recommencer(monkeypatch: pytest.MonkeyPatch) -> None:
    """La table des objets est comprimée hors de notre portée : un octet final malheureux se répare en la changeant."""
    ecrits: list[int] = []
    veritable = module_pdf._ecrire

    def ecrire(document: Any, dossier_ecrit: DossierConseil, ajouts: int) -> bytes:
        ecrits.append(ajouts)
        return b"stream\nx\r\nendstream" if ajouts < 2 else veritable(document, dossier_ecrit, ajouts)

    monkeypatch.setattr(module_pdf, "_ecrire", ecrire)
    produit = produire(dossier_vide())
    assert ecrits[:3] == [0, 1, 2]
    for norme in DEUX_NORMES:
        assert page.validate_pdf_bytes(produit.contenu, profile=norme).is_compliant


@pytest.mark.parametrize(
    ("balise", "cle"), [("/Figure", "/Alt"), ("/TH", "/A"), ("/TOC", "/S"), ("/H1", "/S")], ids=str
)
def test_nos_controles_voient_une_faute_semee(pdf_complet: PdfProduit, balise: str, cle: str) -> None:
    document = ouvrir(pdf_complet.contenu)
    for objet in document.objects:
        if isinstance(objet, pikepdf.Dictionary) and objet.get("/S") == balise:
            if cle == "/S":
                objet.S = pikepdf.Name("/P")
            else:
                del objet[cle]
    assert fautes(document)


def test_sans_pango_le_message_dit_quoi_installer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(PdfIndisponible, match=r"apt-get install --no-install-recommends libpango-1\.0-0"):
        produire(dossier())


def test_importer_le_module_n_importe_pas_weasyprint() -> None:
    code = "import sys, rapports.pdf, rapports.routes; sys.exit('weasyprint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_l_imprimerie_rend_le_meme_fichier_dans_un_autre_processus(pdf_vide: PdfProduit) -> None:
    imprimerie = Imprimerie()
    try:
        assert imprimerie.imprimer(dossier_vide()).contenu == pdf_vide.contenu
    finally:
        imprimerie.fermer()


def test_l_observation_des_balises_est_defaite_meme_apres_une_erreur() -> None:
    module_pdf.importer_weasyprint()
    from weasyprint.pdf import tags

    avant = tags._build_box_tree
    with pytest.raises(ZeroDivisionError), observer():
        _ = 1 / 0
    assert tags._build_box_tree is avant


def test_le_processus_de_rendu_ne_survit_pas_a_un_serveur_tue() -> None:
    programme = (
        "import os, sys, time\n"
        "from rapports.pdf import Imprimerie\n"
        "if __name__ == '__main__':\n"
        "    print(Imprimerie()._ouvrir().submit(os.getpid).result(), flush=True)\n"
        "    time.sleep(60)\n"
    )
    serveur = subprocess.Popen([sys.executable, "-c", programme], stdout=subprocess.PIPE, text=True)
    try:
        assert serveur.stdout is not None
        rendu = int(serveur.stdout.readline())
        assert _vivant(rendu)
    finally:
        serveur.kill()
        serveur.wait(timeout=10)
        if serveur.stdout is not None:
            serveur.stdout.close()
    limite = time.monotonic() + 20
    while _vivant(rendu) and time.monotonic() < limite:
        time.sleep(0.1)
    assert not _vivant(rendu)


def _vivant(processus: int) -> bool:
    """Vrai si le processus tourne ; un processus fini que personne n'a encore relevé (zombie) ne compte pas."""
    try:
        os.kill(processus, 0)
        etat = Path(f"/proc/{processus}/stat")
        return not etat.exists() or etat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
