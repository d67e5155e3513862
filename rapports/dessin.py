"""Dessiner à la maison : palette, style de matplotlib, et un SVG sans style en ligne."""

import io
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from charte.commun.csv_francais import ecrire_csv
from charte.commun.typographie import espacer
from rapports.svg import assainir

POLICES = Path(__file__).parent / "donnees" / "polices"
ENCRE, SECONDAIRE, FILET = "#1d2433", "#565f73", "#d9d7cf"
PRINCIPAL, ACCENT, BANDE = "#1f4e8c", "#a8480a", "#d6e0ec"
TENU, EN_PARTIE, MANQUE = "#1e6b45", "#7a5200", "#a3262a"
LARGEUR = 6.4
"""Pouces : la largeur de toute figure."""

_verrou = threading.Lock()


@dataclass(frozen=True)
class Graphique:
    """Un graphique prêt à montrer : SVG à inclure tel quel, constat en titre, description, table de ses données."""

    identifiant: str
    svg: str
    titre: str
    description: str
    entetes: tuple[str, ...]
    lignes: tuple[tuple[str, ...], ...]

    @property
    def csv(self) -> str:
        """La table en CSV français (point-virgule, UTF-8), comme elle se lit."""
        return ecrire_csv(self.entetes, self.lignes)


Taille = tuple[float, float]
Tracer = Callable[[Any], None]


def dessiner(taille: Taille, tracer: Tracer, identifiant: str, titre: str, description: str) -> str:
    """Le SVG d'une figure (pouces), à inclure dans une page : le titre est lu, il n'est pas dessiné."""
    with _style() as matplotlib:
        figure = matplotlib.figure.Figure(figsize=taille, layout="constrained")
        tracer(figure.add_subplot())
        sortie = io.StringIO()
        figure.savefig(sortie, format="svg", transparent=True, metadata={"Date": None})
    return assainir(sortie.getvalue(), identifiant=identifiant, titre=titre, description=description)


def emporter(taille: Taille, tracer: Tracer, titre: str, pied: str, genre: str) -> bytes:
    """La figure seule, sur fond blanc, titre au-dessus et `pied` au-dessous ; `genre` : « svg » ou « png »."""
    tete, bas = _plier(titre, 88), _plier(pied, 118)
    hauteur = taille[1] + 0.2 * (tete.count("\n") + 1) + 0.16 * (bas.count("\n") + 2)
    with _style() as matplotlib:
        figure = matplotlib.figure.Figure(figsize=(taille[0], hauteur), layout="constrained")
        tracer(figure.add_subplot())
        figure.suptitle(tete, x=0.01, ha="left", fontsize=10.5, fontweight=600, color=ENCRE)
        figure.supxlabel(bas, x=0.01, ha="left", fontsize=7, color=SECONDAIRE)
        sortie = io.BytesIO()
        sans_date = {"Date": None} if genre == "svg" else {"Software": None}
        figure.savefig(sortie, format=genre, dpi=200, facecolor="white", metadata=sans_date)
    return sortie.getvalue()


def _plier(texte: str, largeur: int) -> str:
    return "\n".join(ligne for bloc in espacer(texte).splitlines() for ligne in textwrap.wrap(bloc, largeur) or [""])


def prechauffer() -> None:
    """Charge matplotlib et ses polices d'avance : le premier graphique d'un processus attendrait sinon des secondes."""
    with _style():
        pass


@contextmanager
def _style() -> Iterator[Any]:
    """Le style de la maison, le temps d'un dessin : les réglages de matplotlib sont ceux du processus entier."""
    import matplotlib
    import matplotlib.figure

    reglages: Any = {
        "svg.fonttype": "none", "svg.hashsalt": "trajectoire", "font.family": _police(), "font.size": 8.5,
        "text.color": ENCRE, "axes.edgecolor": SECONDAIRE, "axes.linewidth": 0.8, "axes.spines.top": False,
        "axes.spines.right": False, "axes.spines.left": False, "xtick.color": SECONDAIRE, "ytick.color": SECONDAIRE,
        "xtick.labelcolor": ENCRE, "ytick.labelcolor": SECONDAIRE, "xtick.major.size": 0, "ytick.major.size": 0,
        "axes.axisbelow": True, "text.parse_math": False,
    }  # fmt: skip
    with _verrou, matplotlib.rc_context(reglages):
        yield matplotlib


@lru_cache(maxsize=1)
def _police() -> str:
    from matplotlib import font_manager

    for fichier in sorted(POLICES.glob("*.otf")):
        font_manager.fontManager.addfont(fichier)
    return "Inter"
