"""Ce qui ne va pas dans un classeur rempli, tout d'un coup : où, la valeur, pourquoi, le remède."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from charte.commun.saisies import lire_jour, lire_ligne
from charte.edition import Genre
from grilles.classeur.contenu import (
    FEUILLE,
    FEUILLE_REFERENCE,
    PAR_CLE,
    Dite,
    PreuveAAjouter,
    Proposee,
    Reference,
    Tire,
)
from grilles.classeur.lecture import ClasseurLu, Rangee
from grilles.echelle import charger_echelle
from grilles.formulaires import COMMENTAIRE_MAXIMAL, MOTIF_MAXIMAL, verifier_adresse
from grilles.presentation import POSITIONS

_TEXTES = {"motif": MOTIF_MAXIMAL, "commentaire": COMMENTAIRE_MAXIMAL, "preuve_titre": 200, "preuve_emplacement": 200}
_ERREUR_DE_TABLEUR = re.compile(r"#(?:N/A|REF!|VALEUR!|DIV/0!|NOM\?|NUL!|NOMBRE!|ERREUR!)")
_A_MINUIT = re.compile(r"(\d{4}-\d{2}-\d{2}) 00:00:00")
_PREUVE = ("preuve_titre", "preuve_adresse", "preuve_effet", "preuve_fin", "preuve_emplacement")
VALEUR_MONTREE = 120
"""Caractères d'une valeur fautive que la page montre."""


@dataclass(frozen=True)
class Anomalie:
    """Un constat : la feuille, la cellule (« F12 », ou « ligne 12 »), la valeur lue, ce qui ne va pas, le remède."""

    feuille: str
    cellule: str
    valeur: str
    message: str
    remede: str


@dataclass(frozen=True)
class Attendu:
    """L'élément que la grille connaît : son genre, son texte officiel."""

    genre: Genre
    texte: str


@dataclass(frozen=True)
class Examen:
    """Ce que l'examen d'un classeur a donné.

    `lues` = `intactes` + les `proposees` + `refusees`. `intactes` : lignes que personne n'a touchées. `bloque` : le
    fichier n'est pas de cette grille, rien n'en est repris. `absents` : éléments de la grille sans ligne.
    """

    nom: str
    lues: int
    intactes: int
    refusees: int
    proposees: tuple[Proposee, ...]
    anomalies: tuple[Anomalie, ...]
    absents: tuple[str, ...]
    bloque: bool = False


def examiner(lu: ClasseurLu, nom: str, attendue: Reference, elements: Mapping[str, Attendu]) -> Examen:
    """Confronte un classeur à la grille où il revient ; `elements` : ceux qu'elle évalue, dans leur ordre."""
    ailleurs = list(_comparer_les_references(lu.reference, attendue))
    repetes = Counter(rangee.cellules["element"] for rangee in lu.rangees)
    anomalies, bonnes = list(ailleurs), []
    for rangee in lu.rangees:
        ligne = _Ligne(rangee, lu.lettres, [])
        proposee = _lire_la_ligne(ligne, repetes, elements, lu.reference.tires)
        anomalies += ligne.fautes
        if proposee is not None:
            bonnes.append(proposee)
    utiles = tuple(p for p in bonnes if p.touchee or p.preuve)
    return Examen(
        nom=nom,
        lues=len(lu.rangees),
        intactes=len(bonnes) - len(utiles),
        refusees=len(lu.rangees) - len(bonnes),
        proposees=utiles,
        anomalies=tuple(anomalies),
        absents=tuple(element for element in elements if element not in repetes),
        bloque=bool(ailleurs),
    )


def _comparer_les_references(lue: Reference, attendue: Reference) -> Iterator[Anomalie]:
    """Une anomalie par ce qui n'est pas de cette grille : formation, année, position, édition."""
    remede = "Déposez-le à la page de la grille dont il vient, ou reprenez le classeur de celle-ci."
    dits = zip(lue.rubriques(), attendue.rubriques(), strict=True)
    for rang, ((libelle, valeur), (_, voulue)) in enumerate(dits, start=2):
        if valeur != voulue:
            edition = libelle.startswith(("Édition", "Empreinte"))
            constat = "ce fichier porte sur une autre édition" if edition else "ce fichier vient d'une autre grille"
            message = f"{libelle} : {constat} ; ici, on attend « {_en_clair(voulue)} »."
            yield Anomalie(FEUILLE_REFERENCE, f"B{rang}", _en_clair(valeur)[:VALEUR_MONTREE], message, remede)


def _en_clair(valeur: str) -> str:
    return next((nom for partie, nom in POSITIONS.items() if partie.value == valeur), valeur)


@dataclass(frozen=True)
class _Ligne:
    """Une ligne en cours d'examen, et les fautes qu'on lui trouve."""

    rangee: Rangee
    lettres: Mapping[str, str]
    fautes: list[Anomalie]

    def valeur(self, cle: str) -> str:
        return self.rangee.cellules.get(cle, "")

    def reprocher(self, cle: str, message: str, remede: str) -> None:
        cellule = f"{self.lettres[cle]}{self.rangee.ligne}" if cle in self.lettres else f"ligne {self.rangee.ligne}"
        self.fautes.append(Anomalie(FEUILLE, cellule, self.valeur(cle)[:VALEUR_MONTREE], message, remede))


def _lire_la_ligne(
    ligne: _Ligne, repetes: Counter[str], elements: Mapping[str, Attendu], tires: Mapping[str, Tire]
) -> Proposee | None:
    element = ligne.valeur("element")
    if not _verifier_l_element(ligne, repetes, elements):
        return None
    dite, preuve = _lire_la_reponse(ligne, elements[element].genre), _lire_la_preuve(ligne)
    if ligne.fautes:
        return None
    return Proposee(ligne.rangee.ligne, element, dite, tires.get(element, Tire()), preuve)


def _verifier_l_element(ligne: _Ligne, repetes: Counter[str], elements: Mapping[str, Attendu]) -> bool:
    element = ligne.valeur("element")
    if element not in elements:
        message = "Cette ligne ne dit pas son élément." if not element else "La charte n'évalue pas cet élément."
        ligne.reprocher("element", message, "Recopiez le renvoi de la charte (« 1.S1.1 »), ou supprimez la ligne.")
    elif repetes[element] > 1:
        ligne.reprocher("element", f"L'élément a {repetes[element]} lignes.", "Gardez-en une seule.")
    elif (texte := ligne.valeur("texte")) and _plat(texte) != _plat(elements[element].texte):
        remede = "Remettez le texte de la charte en face de son élément, ou reprenez le classeur de cette page."
        ligne.reprocher("texte", f"Ce n'est pas le texte de {element} : la ligne a pu être décalée.", remede)
    return not ligne.fautes


def _lire_la_reponse(ligne: _Ligne, genre: Genre) -> Dite:
    for cle, maximum in _TEXTES.items():
        _verifier_le_texte(ligne, cle, maximum)
    etat, motif = _lire_l_etat(ligne, genre), ligne.valeur("motif")
    if etat and charger_echelle().etat(etat).motif_exige and not motif:
        ligne.reprocher(
            "motif",
            "« Sans objet » demande un motif, qui figure dans les rapports.",
            "Dites en une phrase pourquoi cela ne concerne pas ce diplôme.",
        )
    return Dite(etat, motif, ligne.valeur("commentaire"))


def _verifier_le_texte(ligne: _Ligne, cle: str, maximum: int) -> None:
    texte = ligne.valeur(cle)
    if len(texte) > maximum:
        message = f"« {PAR_CLE[cle].entete} » fait {len(texte)} caractères ; {maximum} au plus."
        ligne.reprocher(cle, message, "Raccourcissez, ou citez un document en preuve.")
    elif _ERREUR_DE_TABLEUR.fullmatch(texte):
        ligne.reprocher(cle, "La cellule porte une erreur du tableur.", "Écrivez le texte à la main.")


def _lire_l_etat(ligne: _Ligne, genre: Genre) -> str | None:
    """La clé de l'état, écrit en toutes lettres, accents et majuscules indifférents."""
    texte, etats = ligne.valeur("etat"), charger_echelle().etats(genre)
    if not texte:
        return None
    par_nom = {_sans_accent(etat.libelle): etat.cle for etat in etats}
    if (cle := par_nom.get(_sans_accent(texte))) is None:
        permis = ", ".join(f"« {etat.libelle} »" for etat in etats)
        ligne.reprocher("etat", f"Cet état n'existe pas pour : {genre.value}.", f"Choisissez parmi : {permis}.")
    return cle


def _lire_la_preuve(ligne: _Ligne) -> PreuveAAjouter | None:
    if not any(ligne.valeur(cle) for cle in _PREUVE):
        return None
    titre, adresse = ligne.valeur("preuve_titre"), ligne.valeur("preuve_adresse")
    if not titre:
        ligne.reprocher("preuve_titre", "La preuve n'a pas de titre.", "Donnez-en un : c'est ce qu'on lira.")
    try:
        verifier_adresse(adresse)
    except ValueError as faute:
        ligne.reprocher("preuve_adresse", str(faute), "Un fichier se dépose à la page des preuves.")
    effet, fin = _lire_le_jour(ligne, "preuve_effet"), _lire_le_jour(ligne, "preuve_fin")
    if effet and fin and fin < effet:
        ligne.reprocher("preuve_fin", "La preuve finit avant de prendre effet.", "Vérifiez les deux dates.")
    emplacement = lire_ligne(ligne.valeur("preuve_emplacement"))
    return PreuveAAjouter(lire_ligne(titre), adresse, effet, fin, emplacement)


def _lire_le_jour(ligne: _Ligne, cle: str) -> date | None:
    try:
        return lire_jour(_A_MINUIT.sub(r"\1", ligne.valeur(cle)))
    except ValueError as faute:
        ligne.reprocher(cle, str(faute), "Écrivez le jour, le mois et l'année : 12/03/2026.")
        return None


def _plat(texte: str) -> str:
    return " ".join(texte.replace("’", "'").split())


def _sans_accent(texte: str) -> str:
    decompose = unicodedata.normalize("NFKD", texte)
    return " ".join("".join(c for c in decompose if not unicodedata.combining(c)).casefold().split())
