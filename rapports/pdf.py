"""Fabriquer le PDF d'un dossier : PDF/UA-1 et PDF/A-3a dans le même fichier, chiffres joints, polices embarquées.

WeasyPrint et Pango ne sont importés qu'au premier rendu ; sans eux, `PdfIndisponible` dit quoi installer. Le rendu se
fait dans un processus à part, recyclé : il ne bloque ni une page ni un autre travail. Le même dossier donne le même
fichier, à l'octet près.
"""

import atexit
import base64
import multiprocessing
import os
import re
import threading
import warnings
import zlib
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from rapports.dessin import POLICES
from rapports.dossier import DossierConseil
from rapports.xmp import ajouter_pdfua

RENDUS_PAR_PROCESSUS = 40
ESSAIS = 16
_FIN_AMBIGUE = re.compile(rb"[\r\n]\r?\nendstream")
"""Un flux dont le dernier octet se confond avec le séparateur qui le suit : sa longueur paraît fausse."""
REMEDE = (
    "Le PDF a besoin de la bibliothèque Pango. Debian ou Ubuntu : "
    "apt-get install --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 ; "
    "macOS : brew install pango. Puis recommencez ; `trajectoire diagnostic` vérifie l'installation."
)


class PdfIndisponible(RuntimeError):
    """Le PDF ne peut pas se faire sur cette machine ; le message dit quoi installer."""


@dataclass(frozen=True)
class PdfProduit:
    """Un PDF et son nombre de pages."""

    contenu: bytes
    pages: int


class Imprimerie:
    """Une réserve d'un processus de rendu, ouverte au premier besoin et recyclée tous les `RENDUS_PAR_PROCESSUS`."""

    def __init__(self) -> None:
        self._verrou = threading.Lock()
        self._reserve: ProcessPoolExecutor | None = None

    def imprimer(self, dossier: DossierConseil) -> PdfProduit:
        """Le PDF du dossier, rendu dans le processus de la réserve (relancé une fois s'il meurt)."""
        try:
            return self._ouvrir().submit(produire, dossier).result()
        except BrokenProcessPool:
            self.fermer()
            return self._ouvrir().submit(produire, dossier).result()

    def fermer(self) -> None:
        """Arrête le processus de rendu."""
        with self._verrou:
            reserve, self._reserve = self._reserve, None
        if reserve is not None:
            reserve.shutdown(wait=False, cancel_futures=True)

    def _ouvrir(self) -> ProcessPoolExecutor:
        with self._verrou:
            if self._reserve is None:
                contexte = multiprocessing.get_context("spawn")
                self._reserve = ProcessPoolExecutor(
                    1, contexte, initializer=_finir_avec_le_parent, max_tasks_per_child=RENDUS_PAR_PROCESSUS
                )
            return self._reserve


def _finir_avec_le_parent() -> None:
    """Dans le processus de rendu : si le serveur est tué net, ne pas rester orphelin à attendre un travail."""
    parent = multiprocessing.parent_process()

    def veiller() -> None:
        if parent is not None:
            parent.join()
            os._exit(0)

    threading.Thread(target=veiller, name="veille", daemon=True).start()


_IMPRIMERIE = Imprimerie()
atexit.register(_IMPRIMERIE.fermer)


def rendre_pdf(dossier: DossierConseil) -> PdfProduit:
    """Le PDF d'un dossier, rendu hors de ce processus. Lève `PdfIndisponible` si Pango manque."""
    return _IMPRIMERIE.imprimer(dossier)


def produire(dossier: DossierConseil) -> PdfProduit:
    """Le PDF d'un dossier, rendu dans CE processus (l'imprimerie, la ligne de commande). Lève `PdfIndisponible`."""
    from rapports.rendu import rendre_html

    weasyprint = importer_weasyprint()
    from weasyprint.text.fonts import FontConfiguration

    polices = FontConfiguration()
    racine = POLICES.as_uri() + "/"
    html = weasyprint.HTML(string=rendre_html(dossier), base_url=racine, url_fetcher=chargeur())
    document = html.render(font_config=polices)
    _preparer_metadonnees(document, dossier)
    for ajouts in range(ESSAIS):
        contenu = _ecrire(document, dossier, ajouts)
        if not _FIN_AMBIGUE.search(contenu):
            break
    return PdfProduit(contenu, len(document.pages))


def _ecrire(document: Any, dossier: DossierConseil, ajouts: int) -> bytes:
    """Les octets du PDF ; `ajouts` objets vides de plus changent la compression de la table des objets."""
    import weasyprint

    from rapports.balisage import observer
    from rapports.rendu import pieces_jointes

    jointes = [_piece(weasyprint, dossier.edite_le, *piece) for piece in pieces_jointes(dossier)]
    with observer() as origines, warnings.catch_warnings():
        # WeasyPrint 70 laisse à Python le soin de fermer son profil de couleurs.
        warnings.simplefilter("ignore", ResourceWarning)
        contenu: bytes = document.write_pdf(
            pdf_variant="pdf/a-3a",
            pdf_identifier=dossier.empreinte_edition[:16].encode(),
            attachments=jointes,
            finisher=lambda _document, pdf: _finir(pdf, origines, ajouts),
        )
    return contenu


def importer_weasyprint() -> Any:
    """WeasyPrint, avec les seules polices du projet ; lève `PdfIndisponible` si Pango manque."""
    os.environ["FONTCONFIG_FILE"] = str(POLICES / "fonts.conf")
    try:
        import weasyprint
    except (ImportError, OSError) as erreur:
        raise PdfIndisponible(REMEDE) from erreur
    return weasyprint


def chargeur() -> Any:
    """Ce qui charge les ressources du PDF : les polices du projet et rien d'autre, ni réseau ni autre fichier."""
    from weasyprint.urls import URLFetcher

    class Chargeur(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            # Un chemin « ..%2F » se décode et se replie avant d'être comparé.
            chemin = Path(url2pathname(urlsplit(url).path)).resolve()
            if not url.startswith("file:///") or not chemin.is_relative_to(POLICES.resolve()):
                raise ValueError(f"Ressource refusée : {url}")
            return super().fetch(url, headers)

    return Chargeur(allowed_protocols={"file"}, allow_redirects=False)


def _finir(pdf: Any, origines: Any, ajouts: int) -> None:
    from pydyf import Dictionary, Stream, _to_bytes

    from rapports.balisage import reparer

    reparer(pdf, origines)
    pdf.catalog["AF"][:] = dict.fromkeys(pdf.catalog["AF"])  # chaque pièce jointe y est deux fois
    for objet in pdf.objects:
        if isinstance(objet, Stream):
            _comprimer(objet, _to_bytes)
    for _ in range(ajouts):
        pdf.add_object(Dictionary({"Type": "/Trajectoire"}))


def _comprimer(flux: Any, octets: Callable[[Any], bytes]) -> None:
    """Comprime un flux, sauf les métadonnées (un archiveur les lit sans rien décoder).

    Un flux comprimé qui finirait par un retour à la ligne se confondrait avec le séparateur du format, et sa longueur
    paraîtrait fausse d'un octet : celui-là s'écrit de plus en texte (ASCII85), qui finit toujours par « ~> ».
    """
    a_comprimer, flux.compress = flux.compress, False
    if flux.extra.get("Type") == "/Metadata" or not a_comprimer:
        return
    comprime = zlib.compress(b"\n".join(octets(morceau) for morceau in flux.stream), 9)
    flux.extra["Filter"] = "/FlateDecode"
    if comprime.endswith((b"\r", b"\n")):
        comprime = base64.a85encode(comprime) + b"~>"
        flux.extra["Filter"] = "[/ASCII85Decode /FlateDecode]"
    flux.stream = [comprime]


def _preparer_metadonnees(document: Any, dossier: DossierConseil) -> None:
    """Dates du dossier, et les deux normes déclarées : WeasyPrint n'en permet qu'une par fichier."""
    quand = dossier.edite_le.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    document.metadata.created = document.metadata.modified = quand
    document.metadata.generator = "Trajectoire"
    declarer_pdfa = document.metadata.generate_rdf_metadata
    document.metadata.generate_rdf_metadata = lambda *norme: ajouter_pdfua(declarer_pdfa(*norme))


def _piece(weasyprint: Any, quand: datetime, nom: str, description: str, contenu: str) -> Any:
    instant = quand.astimezone(UTC)
    return weasyprint.Attachment(
        string=contenu.encode(),
        name=nom,
        description=description,
        created=instant,
        modified=instant,
        relationship="Data",
    )
