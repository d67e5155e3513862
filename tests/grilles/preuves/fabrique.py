"""Des fichiers de preuve, honnêtes et hostiles, engendrés à la volée."""

import zipfile
from io import BytesIO

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\x04IDATabcd\x00\x00\x00\x00" + b"\x00\x00\x00\x00IEND\xaeB\x60\x82"
TYPES = b'<?xml version="1.0" encoding="UTF-8"?><Types/>'
LIEN = b'<Relationship Type="%s" Target="https://ailleurs.invalid/x.dotm" TargetMode="External"/>'
HYPERLIEN = LIEN % b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
MODELE = LIEN % b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"


def archive(pieces: dict[str, bytes], methode: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Une archive zip de ces pièces."""
    flux = BytesIO()
    with zipfile.ZipFile(flux, "w", methode) as sortie:
        for nom, contenu in pieces.items():
            sortie.writestr(nom, contenu)
    return flux.getvalue()


def docx(**autres: bytes) -> bytes:
    """Un document de texte, et d'autres pièces (« word__x_bin » : word/x.bin)."""
    pieces = {"[Content_Types].xml": TYPES, "word/document.xml": b"<w:document/>"}
    return archive({**pieces, **{nom.replace("__", "/").replace("_", "."): o for nom, o in autres.items()}})


def xlsx(**autres: bytes) -> bytes:
    """Un classeur."""
    pieces = {"[Content_Types].xml": TYPES, "xl/workbook.xml": b"<workbook/>"}
    return archive({**pieces, **{nom.replace("__", "/").replace("_", "."): o for nom, o in autres.items()}})


def odt(contenu: bytes = b"<office:document-content/>", **autres: bytes) -> bytes:
    """Un OpenDocument de texte."""
    pieces = {"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": contenu}
    return archive({**pieces, **{nom.replace("__", "/").replace("_", "."): o for nom, o in autres.items()}})
