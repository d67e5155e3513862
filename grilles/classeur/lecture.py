"""Relire un classeur de grille : sûr avant tout, colonnes trouvées par leur en-tête, chaque cellule comme du texte."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

import fastexcel

from charte.acteur import Partie
from charte.commun.enveloppe import FichierIllisible, dire_un_ole, est_un_ole, examiner_l_enveloppe
from charte.commun.lecture_xlsx import (
    decalage_de,
    dire_abime,
    dire_erreur,
    lire_le_sommaire,
    refuser_l_etendue,
    refuser_les_formules,
)
from grilles.classeur.contenu import (
    FEUILLE,
    FEUILLE_REFERENCE,
    FORME,
    LIGNE_DES_VERSIONS,
    LUES,
    PAR_CLE,
    REQUISES,
    Reference,
    Tire,
    epurer,
)

TAILLE_MAXIMALE = 5 * 2**20
"""Octets du fichier envoyé ; une grille pleine en fait moins d'un million."""
DECOMPRESSE_MAXIMAL = 24 * 2**20
CELLULES_MAXIMALES = 200_000
LIGNES_MAXIMALES = 2_000
_ENTETES_SONDEES = 10
_VERSION = re.compile(r"[0-9]{1,9}")
_EMPREINTE = re.compile(r"[0-9a-f]{16}")
Grille = list[list[str]]


@dataclass(frozen=True)
class Rangee:
    """Une ligne de la feuille à remplir : son rang dans le tableur, le texte de chaque colonne lue."""

    ligne: int
    cellules: dict[str, str]


@dataclass(frozen=True)
class ClasseurLu:
    """Ce que dit un classeur. `lettres` : la colonne du tableur où est chaque colonne lue."""

    reference: Reference
    rangees: tuple[Rangee, ...]
    lettres: dict[str, str]


def lire_le_classeur(octets: bytes, nom: str) -> ClasseurLu:
    """Lit un classeur tiré d'une grille ; lève `FichierIllisible`, en une phrase et son remède."""
    _exiger_un_classeur(octets, nom)
    enveloppe = examiner_l_enveloppe(octets, nom)
    if enveloppe.taille > DECOMPRESSE_MAXIMAL:
        raise FichierIllisible(f"« {nom} » est trop grand pour une grille : reprenez le classeur de cette page.")
    refuser_l_etendue(octets, enveloppe, nom, CELLULES_MAXIMALES)
    try:
        _, pieces = lire_le_sommaire(octets)
        if not {FEUILLE, FEUILLE_REFERENCE} <= set(pieces):
            raise FichierIllisible(_SANS_FEUILLE.format(nom=nom))
        refuser_les_formules(enveloppe, pieces, (FEUILLE, FEUILLE_REFERENCE), nom)
        livre = fastexcel.read_excel(octets)
        textes, reference = _charger(livre, FEUILLE), _charger(livre, FEUILLE_REFERENCE)
    except (fastexcel.FastExcelError, KeyError, StopIteration, ElementTree.ParseError) as erreur:
        raise FichierIllisible(dire_abime(nom)) from erreur
    rang, places = _trouver_l_entete(textes, nom)
    rangees = _rangees(textes[rang + 1 :], rang + 2, places)
    return ClasseurLu(
        _lire_la_reference(reference, nom), rangees, {cle: _lettre(place) for cle, place in places.items()}
    )


_SANS_FEUILLE = (
    f"« {{nom}} » n'a pas les feuilles « {FEUILLE} » et « {FEUILLE_REFERENCE} » : reprenez le classeur de cette page, "
    "et recopiez-y vos réponses."
)
_AUTRE_REFERENCE = (
    f"La feuille « {FEUILLE_REFERENCE} » de « {{nom}} » a été changée : on ne sait plus de quelle grille il vient. "
    "Reprenez le classeur de cette page, et recopiez-y vos réponses."
)


def _exiger_un_classeur(octets: bytes, nom: str) -> None:
    if not octets:
        raise FichierIllisible(f"« {nom} » est vide : reprenez le classeur de cette page.")
    if len(octets) > TAILLE_MAXIMALE:
        raise FichierIllisible(f"« {nom} » dépasse {TAILLE_MAXIMALE // 2**20} Mo : ôtez-en les images et les copies.")
    if est_un_ole(octets):
        raise FichierIllisible(dire_un_ole(octets, nom))
    if not octets.startswith(b"PK"):
        raise FichierIllisible(
            f"« {nom} » n'est pas un classeur .xlsx : dans votre tableur, enregistrez la grille sous ce format."
        )


def _charger(livre: fastexcel.ExcelReader, feuille: str) -> Grille:
    """Toutes les cellules d'une feuille, depuis A1, comme du texte (vide : "")."""
    lue = livre.load_sheet(feuille, header_row=None, skip_rows=0, n_rows=LIGNES_MAXIMALES + 1, dtypes="string")
    decalage = decalage_de(lue)
    lot, erreurs = lue.to_arrow_with_errors()
    colonnes = [[""] * lot.num_rows for _ in range(decalage)]
    colonnes += [[epurer(texte or "") for texte in colonne.to_pylist()] for colonne in lot.columns]
    for erreur in erreurs.errors if erreurs else ():
        ligne, place = erreur.position
        colonnes[place + decalage][ligne] = dire_erreur(erreur.detail)
    return [list(rangee) for rangee in zip(*colonnes, strict=True)]


def _cle(entete: str) -> str:
    return " ".join(entete.replace("’", "'").casefold().split())


_CLES = {_cle(PAR_CLE[cle].entete): cle for cle in LUES}


def _trouver_l_entete(textes: Grille, nom: str) -> tuple[int, dict[str, int]]:
    """Le rang de la ligne d'en-tête et la place de chaque colonne lue, où qu'elles aient été déplacées."""
    for rang, rangee in enumerate(textes[:_ENTETES_SONDEES]):
        trouvees = [(_CLES[_cle(texte)], place) for place, texte in enumerate(rangee) if _cle(texte) in _CLES]
        if "element" in dict(trouvees):
            _exiger_les_colonnes([cle for cle, _ in trouvees], nom)
            return rang, dict(trouvees)
    raise FichierIllisible(
        f"La feuille « {FEUILLE} » de « {nom} » n'a plus sa ligne d'en-têtes (« Élément », « État »…) : remettez-la, "
        "ou reprenez le classeur de cette page."
    )


def _exiger_les_colonnes(cles: list[str], nom: str) -> None:
    absentes = [PAR_CLE[cle].entete for cle in REQUISES if cle not in cles]
    doubles = sorted({PAR_CLE[cle].entete for cle in cles if cles.count(cle) > 1})
    if absentes:
        raise FichierIllisible(f"La feuille « {FEUILLE} » de « {nom} » n'a plus {_citer(absentes)} : remettez-la.")
    if doubles:
        raise FichierIllisible(f"La feuille « {FEUILLE} » de « {nom} » a deux fois {_citer(doubles)} : ôtez-en une.")


def _citer(entetes: list[str]) -> str:
    noms = ", ".join(f"« {entete} »" for entete in entetes)
    return f"la colonne {noms}" if len(entetes) == 1 else f"les colonnes {noms}"


def _rangees(textes: Sequence[list[str]], premiere: int, places: dict[str, int]) -> tuple[Rangee, ...]:
    """Les lignes où une colonne lue porte quelque chose."""
    if len(textes) >= LIGNES_MAXIMALES:
        raise FichierIllisible(
            f"La feuille « {FEUILLE} » a plus de {LIGNES_MAXIMALES} lignes : une grille en a une centaine. Reprenez le "
            "classeur de cette page."
        )
    lues = (
        Rangee(rang, {cle: rangee[place] for cle, place in places.items()})
        for rang, rangee in enumerate(textes, start=premiere)
    )
    return tuple(lue for lue in lues if any(lue.cellules.values()))


def _lire_la_reference(textes: Grille, nom: str) -> Reference:
    paires = {rangee[0]: rangee[1] for rangee in textes[: LIGNE_DES_VERSIONS - 1] if len(rangee) > 1}
    attendus = [libelle for libelle, _ in Reference("", 0, Partie.CONCERTEE, "", "").rubriques()]
    forme, code, annee, partie, edition, empreinte = (paires.get(libelle, "") for libelle in attendus)
    complete = bool(code and edition and empreinte and re.fullmatch("[0-9]{4}", annee))
    if forme != FORME or partie not in tuple(Partie) or not complete:
        raise FichierIllisible(_AUTRE_REFERENCE.format(nom=nom))
    tirees = [rangee for rangee in textes[LIGNE_DES_VERSIONS:] if _est_un_tire(rangee)]
    tires = {rangee[0]: Tire(int(rangee[1]), rangee[2]) for rangee in tirees}
    return Reference(code, int(annee), Partie(partie), edition, empreinte, tires)


def _est_un_tire(rangee: list[str]) -> bool:
    return len(rangee) > 2 and bool(rangee[0] and _VERSION.fullmatch(rangee[1]) and _EMPREINTE.fullmatch(rangee[2]))


def _lettre(place: int) -> str:
    lettres, reste = "", place + 1
    while reste:
        reste, rang = divmod(reste - 1, 26)
        lettres = chr(65 + rang) + lettres
    return lettres
