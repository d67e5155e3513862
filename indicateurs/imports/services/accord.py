"""Ce que l'on a lu d'un dépôt avant de le confirmer, et rien d'autre : le fichier, son format, ses colonnes."""

from charte.commun.canonique import calculer_empreinte, ecrire_canonique
from indicateurs.imports.services.depots import A_PRECISER, DepotVu
from indicateurs.sources.correspondance import format_de

CHANGEE = (
    "Depuis que vous avez relu ce fichier, quelqu'un l'a fait lire autrement (un autre format, ou d'autres colonnes). "
    "Rien n'a été rangé : relisez ce qu'il changerait, puis confirmez de nouveau."
)


class LectureChangee(Exception):
    """Le dépôt ne se lit plus comme on l'a vu en le confirmant : rien ne se range sans être relu."""


def empreinte_de_lecture(depot: DepotVu) -> str:
    """64 chiffres hexadécimaux, tirés de l'empreinte du fichier, de la version du format et de la correspondance."""
    version = "" if depot.format == A_PRECISER else format_de(depot.format).version
    lecture = {"format": depot.format, "version": version, "correspondance": depot.correspondance}
    return calculer_empreinte(ecrire_canonique({"fichier": depot.empreinte, **lecture}))


def exiger_la_meme_lecture(depot: DepotVu, vue: str) -> None:
    """Lève `LectureChangee` si le dépôt ne se lit plus comme `vue` (vide : rien n'a été montré, rien à tenir)."""
    if vue and vue != empreinte_de_lecture(depot):
        raise LectureChangee(CHANGEE)
