"""Ce qu'on relève d'une feuille sans la charger : ses formules, l'étendue que ses cellules demanderaient."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

FORMULES_CITEES = 3
_FORMULE = re.compile(rb"<(?:[\w.-]{1,20}:)?f[\s/>]")
_CELLULE_A_FORMULE = re.compile(
    rb"<(?:[\w.-]{1,20}:)?c\s[^<>]{0,100}?r=[\"']([A-Z]{1,3}[0-9]{1,7})[\"'][^<>]{0,200}>\s{0,9}<(?:[\w.-]{1,20}:)?f[\s/>]"
)
# Une adresse au-delà de la colonne CZ ou de la ligne 299 999, ou une cellule écrite autrement que par un tableur
# (adresse absente ou ailleurs qu'en tête) : on mesure alors l'étendue avec un vrai lecteur de XML.
_A_MESURER = re.compile(
    rb"\sr\s*=\s*[\"'](?:[A-Za-z]{0,3}(?:[3-9][0-9]{5}|[0-9]{7,})|(?:[D-Zd-z][A-Za-z]|[A-Za-z]{3,})[0-9]+)[\"']"
    rb"|<(?:[\w.-]{1,20}:)?c(?=[\s>/])(?!\sr=\"[A-Z]{1,3}[0-9]{1,7}\"[\s>/])"
    rb"|<(?:[\w.-]{1,20}:)?row(?=[\s>/])(?!\s[^<>]{0,9}r=\"[0-9])"
)


@dataclass
class ReleveDeFeuille:
    """Relevé tenu bloc après bloc. `formules` : adresses des premières cellules à formule ; `a_mesurer` : étendue."""

    a_formule: bool = False
    formules: list[str] = field(default_factory=list)
    a_mesurer: bool = False

    def noter(self, xml: bytes) -> None:
        """Note un bloc, coupé entre deux balises."""
        self.a_mesurer = self.a_mesurer or bool(_A_MESURER.search(xml))
        if len(self.formules) < FORMULES_CITEES and _FORMULE.search(xml):
            self.a_formule = True
            for trouvee in _CELLULE_A_FORMULE.finditer(xml):
                self.formules.append(trouvee[1].decode())
                if len(self.formules) == FORMULES_CITEES:
                    break


class _Mesure:
    """Étendue des cellules remplies : la plus grande ligne et la plus grande colonne, comptées à partir de 1."""

    def __init__(self) -> None:
        self.rang = self.place = self.ligne = self.colonne = 0

    def ouvrir(self, balise: str, attributs: dict[str, str]) -> None:
        genre = balise.rpartition(":")[2]
        if genre == "row":
            numero = attributs.get("r", "")
            self.rang, self.place = int(numero) if numero.isdecimal() else self.rang + 1, 0
        elif genre == "c":
            self._placer(attributs.get("r", ""))
        elif genre in ("v", "is", "f"):
            self.ligne, self.colonne = max(self.ligne, self.rang), max(self.colonne, self.place)

    def _placer(self, adresse: str) -> None:
        lettres = adresse.rstrip("0123456789")
        chiffres = adresse[len(lettres) :]
        self.place = rang_de_colonne(lettres) if lettres else self.place + 1
        if chiffres:
            self.rang = int(chiffres)


def rang_de_colonne(lettres: str) -> int:
    """Rang d'une colonne à partir de 1 (« A » : 1, « AA » : 27)."""
    rang = 0
    for lettre in lettres.upper():
        rang = rang * 26 + ord(lettre) - 64
    return rang


def mesurer_l_etendue(blocs: Iterable[bytes]) -> tuple[int, int]:
    """(dernière ligne, dernière colonne) des cellules remplies ; lève `ValueError` si la feuille est mal formée."""
    mesure, lecteur = _Mesure(), expat.ParserCreate()
    lecteur.StartElementHandler = mesure.ouvrir
    lecteur.StartDoctypeDeclHandler = _refuser
    try:
        for bloc in blocs:
            lecteur.Parse(bloc, False)
        lecteur.Parse(b"", True)
    except expat.ExpatError as erreur:
        raise ValueError("feuille mal formée") from erreur
    return mesure.ligne, mesure.colonne


def _refuser(*_: Any) -> None:
    raise ValueError("définition de document")
