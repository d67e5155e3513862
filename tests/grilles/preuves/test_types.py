"""Ce qui peut être une preuve : le nom et le contenu s'accordent, rien ne s'exécute, rien ne déborde."""

import struct
import warnings
import zipfile
from io import BytesIO
from time import process_time
from typing import Any

import pytest
from PIL import Image

from grilles.preuves import archives
from grilles.preuves.types import EXTENSIONS, FichierRefuse, reconnaitre
from tests.grilles.preuves.fabrique import HYPERLIEN, MODELE, PDF, PNG, TYPES, archive, docx, odt, xlsx

MO = 2**20


def image(sorte: str, **options: Any) -> bytes:
    """Une vraie image, bruitée pour que ses données portent de tout."""
    flux = BytesIO()
    bruit = Image.effect_noise((61, 43), 90).convert("RGB")
    autres = {"save_all": True, "append_images": [bruit.rotate(90)]} if options.pop("animee", False) else {}
    bruit.save(flux, sorte, **options, **autres)
    return flux.getvalue()


IMAGES: list[tuple[str, dict[str, Any]]] = [
    ("png", {}), ("jpeg", {}), ("jpeg", {"progressive": True}), ("gif", {}), ("gif", {"animee": True}),
    ("webp", {}), ("webp", {"lossless": True}),
]  # fmt: skip
PERMIS = [
    ("livret.pdf", PDF, "application/pdf"),
    ("LIVRET.PDF", PDF, "application/pdf"),
    ("photo.png", PNG, "image/png"),
    *((f"image.{sorte}", image(sorte, **options), f"image/{sorte}") for sorte, options in IMAGES),
    *((f"image.{sorte}", image(sorte, **options) + bytes(64), f"image/{sorte}") for sorte, options in IMAGES),
    ("photo.jpg", image("jpeg") + bytes(8) + image("jpeg"), "image/jpeg"),
    ("note.docx", docx(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("note.docx", docx(word___rels__document_xml_rels=HYPERLIEN), "application/vnd"),
    ("note.docx", docx(word__embeddings__tableau_xlsx=xlsx()), "application/vnd"),
    ("suivi.xlsx", xlsx(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("diaporama.pptx", archive({"[Content_Types].xml": TYPES, "ppt/presentation.xml": b"<p/>"}), "application/vnd"),
    ("note.odt", odt(), "application/vnd.oasis.opendocument.text"),
    ("liste.csv", "é;à\r\n".encode("utf-8-sig"), "text/csv"),
    ("liste.csv", "é;à\r\n".encode("latin-1"), "text/csv"),
    ("compte-rendu.txt", b"Une ligne.\n", "text/plain"),
]


@pytest.mark.parametrize(("nom", "octets", "mime"), PERMIS, ids=lambda v: v if isinstance(v, str) else "")
def test_une_preuve_ordinaire_est_admise(nom: str, octets: bytes, mime: str) -> None:
    assert reconnaitre(nom, octets, MO).startswith(mime)


def chiffree() -> bytes:
    """Une archive dont chaque pièce se dit chiffrée."""
    octets = bytearray(docx())
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        debut = 0
        while (trouve := octets.find(signature, debut)) >= 0:
            octets[trouve + place] |= 1
            debut = trouve + 4
    return bytes(octets)


def doublee() -> bytes:
    flux = BytesIO(docx())
    with warnings.catch_warnings(), zipfile.ZipFile(flux, "a") as sortie:
        warnings.simplefilter("ignore")
        sortie.writestr("word/document.xml", b"<autre/>")
    return flux.getvalue()


def menteuse() -> bytes:
    """Une pièce qui annonce dix octets et en décompresse un million."""
    octets = bytearray(docx(word__gros_xml=b"a" * 1_000_000))
    entree = octets.rfind(b"PK\x01\x02")
    octets[entree + 24 : entree + 28] = struct.pack("<I", 10)
    return bytes(octets)


def lien_symbolique() -> bytes:
    flux = BytesIO(docx())
    with zipfile.ZipFile(flux, "a") as sortie:
        fiche = zipfile.ZipInfo("word/lien.xml")
        fiche.external_attr = 0o120777 << 16
        sortie.writestr(fiche, "/etc/passwd")
    return flux.getvalue()


HOSTILES = [
    ("vide.pdf", b"", "vide"),
    ("sans extension", PDF, "n'est pas d'une sorte admise"),
    ("facture.pdf.exe", b"MZ\x90", "n'est pas d'une sorte admise"),
    ("facture.pdf", b"MZ\x90" + b"\x00" * 100, "n'est pas un PDF"),
    ("page.html", b"<script>alert(1)</script>", "enregistrez la page en PDF"),
    ("dessin.svg", b"<svg onload='x'/>", "en PDF ou en .png"),
    ("tout.zip", archive({"a.txt": b"x"}), "un par un"),
    ("vieux.doc", b"\xd0\xcf\x11\xe0", "au format .docx"),
    ("macros.xlsm", xlsx(), "sans macros"),
    ("a.pdf", b"<html>%PDF-1.7 %%EOF", "n'est pas un PDF"),
    ("a.pdf", PDF[:40], "incomplet"),
    ("a.pdf", PDF.replace(b"/Catalog", b"/Catalog /OpenAction << /S /JavaScript /JS (x) >>"), "script"),
    ("a.pdf", PDF.replace(b"/Catalog", b"/Catalog /S /Launch /F (cmd.exe)"), "script"),
    ("a.png", PDF, "n'a pas le contenu"),
    ("a.jpg", PNG, "n'a pas le contenu"),
    ("a.webp", b"RIFF0000AVI ", "n'a pas le contenu"),
    ("a.txt", b"MZ\x90\x00\x03", "n'est pas du texte"),
    ("a.csv", "é;à".encode("utf-16"), "texte UTF-8"),
    ("a.docx", xlsx(), "abîmé"),
    ("a.docx", archive({"a.txt": b"x"}), "abîmé"),
    ("a.docx", b"PK\x03\x04 abime", "abîmé"),
    ("a.docx", docx()[:-30], "abîmé"),
    ("a.docx", b"\xd0\xcf\x11\xe0" + b"\x00" * 500, "mot de passe"),
    ("a.docx", chiffree(), "mot de passe"),
    ("a.docx", doublee(), "abîmé"),
    ("a.docx", menteuse(), "abîmé"),
    ("a.docx", lien_symbolique(), "abîmé"),
    ("a.docx", archive({"[Content_Types].xml": TYPES, "word/document.xml": b"", "../../x.xml": b""}), "abîmé"),
    ("a.docx", archive({"[Content_Types].xml": TYPES, "word/document.xml": b"", "C:x.xml": b""}), "abîmé"),
    ("a.docx", docx(word__document2_xml=b'<!DOCTYPE x [<!ENTITY a "b">]>'), "abîmé"),
    ("a.docx", docx(word__vbaProject_bin=b"x"), "macros"),
    ("a.docx", docx(word___rels__settings_xml_rels=MODELE), "macros"),
    ("a.docx", docx(word__embeddings__oleObject1_bin=b"x"), "macros"),
    ("a.docx", docx(word__embeddings__tableau_xlsx=xlsx(xl__vbaProject_bin=b"x")), "macros"),
    ("a.docx", archive({"[Content_Types].xml": b"<x macroEnabled/>", "word/document.xml": b""}), "macros"),
    ("a.xlsx", xlsx(xl__externalLinks__externalLink1_xml=b"<x/>"), "macros"),
    ("a.xlsx", xlsx(xl__macrosheets__sheet1_xml=b"<x/>"), "macros"),
    ("a.odt", odt(Basic__Standard__Module1_xml=b"<x/>"), "macros"),
    ("a.odt", odt(Scripts__python__x_py=b"x"), "macros"),
    ("a.odt", odt(b'<script:event-listener xlink:href="vnd.sun.star.script:x"/>'), "macros"),
    ("a.ods", odt(), "abîmé"),
    ("a.odt", archive({"content.xml": b"<x/>"}), "abîmé"),
]


@pytest.mark.parametrize(("sorte", "options"), IMAGES, ids=str)
def test_rien_ne_suit_la_fin_d_une_image(sorte: str, options: dict[str, Any]) -> None:
    entiere = image(sorte, **options)
    for suite in (b"<?php system($_GET['x']); ?>", b"PK\x03\x04", bytes(8) + b"un texte"):
        with pytest.raises(FichierRefuse, match="après la fin de l'image"):
            reconnaitre(f"a.{sorte}", entiere + suite, MO)
    for coupee in (entiere[: len(entiere) // 2], entiere[:-9]):
        with pytest.raises(FichierRefuse, match="incomplète"):
            reconnaitre(f"a.{sorte}", coupee, MO)


@pytest.mark.parametrize(
    ("sorte", "sans_fin"),
    [
        ("jpeg", b"\xff\xd8\xff" + b"\xff" * 4 * MO), ("jpeg", b"\xff\xd8\xff\xe0\x00\x02" * MO),
        ("jpeg", b"\xff\xd8" + b"\xff\xda\x00\x02" * MO), ("jpeg", b"\xff\xd8\xff\xd9" * MO),
        ("png", b"\x89PNG\r\n\x1a\n" + bytes(4 * MO)), ("gif", b"GIF89a" + bytes(7) + b"\x21\x00\x00" * MO),
        ("gif", b"GIF89a" + bytes(7) + b"\x21\x00" + b"\x01\x01" * 2 * MO),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)  # fmt: skip
def test_une_image_faite_pour_qu_on_s_y_perde_est_refusee_vite(sorte: str, sans_fin: bytes) -> None:
    debut = process_time()
    with pytest.raises(FichierRefuse):
        reconnaitre(f"a.{sorte}", sans_fin, 8 * MO)
    assert process_time() - debut < 3


@pytest.mark.parametrize(("nom", "octets", "message"), HOSTILES, ids=[f"{n} {m}" for n, _, m in HOSTILES])
def test_un_fichier_hostile_est_refuse_et_le_remede_dit(nom: str, octets: bytes, message: str) -> None:
    with pytest.raises(FichierRefuse) as refus:
        reconnaitre(nom, octets, MO)
    assert message in str(refus.value)
    assert f"« {nom} »" in str(refus.value)


def test_un_fichier_trop_grand_est_refuse() -> None:
    with pytest.raises(FichierRefuse, match="dépasse 1 Mo"):
        reconnaitre("grand.txt", b"a" * (MO + 1), MO)


def test_une_bombe_est_refusee_sans_etre_decompressee(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "TOTAL_MAXIMAL", 5 * MO)
    monkeypatch.setattr(archives.examiner_l_archive, "__defaults__", (5 * MO, 0))
    bombe = docx(word__gros_xml=b"\x00" * (8 * MO))
    assert len(bombe) < 20_000
    with pytest.raises(FichierRefuse, match="démesuré"):
        reconnaitre("bombe.docx", bombe, MO)


def test_des_documents_emboites_sans_fin_sont_refuses() -> None:
    poupee = xlsx()
    for _ in range(archives.PROFONDEUR_MAXIMALE + 1):
        poupee = xlsx(xl__embeddings__un_xlsx=poupee)
    with pytest.raises(FichierRefuse, match="démesuré"):
        reconnaitre("poupee.xlsx", poupee, MO)


def test_le_choix_d_un_fichier_propose_ce_qui_est_admis() -> None:
    assert {".pdf", ".docx", ".ods", ".png"} < set(EXTENSIONS)
    assert not {".zip", ".html", ".svg", ".xlsm", ".doc", ".exe"} & set(EXTENSIONS)
