"""Le PDF ne charge que les polices du projet : ni réseau, ni autre fichier du serveur."""

import socket
import threading
from contextlib import closing
from pathlib import Path

import pytest

from rapports.dessin import POLICES
from rapports.pdf import chargeur, importer_weasyprint

ICI = Path(__file__).resolve()


@pytest.mark.parametrize(
    "adresse",
    [
        "http://127.0.0.1:9/a.png",
        "https://exemple.invalid/a.png",
        "ftp://exemple.invalid/a",
        "data:text/plain,a",
        ICI.as_uri(),
        "file:///etc/hostname",
        POLICES.as_uri() + "/../../pdf.py",
        POLICES.as_uri() + "/..%2F..%2Fpdf.py",
        "file://localhost" + str(POLICES / "fonts.conf"),
        "a.png",
    ],
)
def test_le_pdf_ne_lit_que_les_fichiers_du_projet(adresse: str) -> None:
    importer_weasyprint()
    with pytest.raises(ValueError, match="Ressource refusée"):
        chargeur().fetch(adresse)


def test_les_polices_du_projet_se_chargent() -> None:
    importer_weasyprint()
    police = next(POLICES.glob("*.otf"))
    with closing(chargeur().fetch(police.as_uri())) as reponse:
        assert reponse.read() == police.read_bytes()


def test_une_page_qui_appelle_un_serveur_ne_l_atteint_pas() -> None:
    weasyprint = importer_weasyprint()
    with socket.create_server(("127.0.0.1", 0)) as ecoute:
        ecoute.settimeout(1)
        adresse = f"http://127.0.0.1:{ecoute.getsockname()[1]}/a.png"
        html = f'<html lang="fr"><link rel="stylesheet" href="{adresse}"><img src="{adresse}" alt=""></html>'
        fil = threading.Thread(target=lambda: weasyprint.HTML(string=html, url_fetcher=chargeur()).render())
        fil.start()
        with pytest.raises(TimeoutError):
            ecoute.accept()
        fil.join(20)
