"""Suggérer à quel champ correspond chaque titre : même nom, synonyme, ressemblance, et ce que portent les cellules."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from functools import cache

from pydantic import model_validator

from charte.commun.donnees import DonneeGelee, charger_modele
from indicateurs.imports.dates import lecteur_de_dates
from indicateurs.imports.format import FORMATS, Colonne, Format
from indicateurs.imports.valeurs import LECTEURS, Lecteur
from indicateurs.sources.correspondance import Entetes, format_de
from indicateurs.sources.format import ColonneSource, FormatSource, lecteur_de
from indicateurs.sources.valeurs import normaliser_code

MEME_NOM, SYNONYME, CONTENU = 1.0, 0.9, 0.4
RESSEMBLANCE_MINIMALE = 0.8
_PENALITE = 0.3
_BANALS = frozenset(
    (
        "a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "n", "par", "un", "une",
        "apprenti", "apprentis", "code", "date", "etudiant", "formation", "libelle", "nb", "nom", "nombre", "numero",
        "type",
    )
)  # fmt: skip
# Types dont la seule forme des valeurs dit quelque chose : un nombre ou un texte ne désigne aucun champ.
_PARLANTS = {"ine": "un INE", "rncp": "un code RNCP", "siret": "un SIRET", "uai": "un UAI"}


class _Synonymes(DonneeGelee):
    date: date
    champs: dict[str, tuple[str, ...]]

    @model_validator(mode="after")
    def _sans_doublon(self) -> "_Synonymes":
        for champ, titres in self.champs.items():
            normaux = [_cle(titre) for titre in titres]
            if len(normaux) != len(set(normaux)):
                raise ValueError(f"{champ} : un synonyme est écrit deux fois")
        return self


@cache
def charger_synonymes() -> dict[str, tuple[str, ...]]:
    """Synonymes de chaque champ, tels qu'écrits ; lève `DonneesInvalides` si le fichier est mal formé."""
    return charger_modele(FORMATS.parent / "synonymes.yaml", _Synonymes).champs


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Un titre proposé pour un champ. `confiance` : de 0 à 1 ; `raison` : pourquoi lui, et ce qui en fait douter."""

    entete: str
    confiance: float
    raison: str


def suggerer(entetes: Entetes, cle_format: str) -> dict[str, Suggestion]:
    """Pour chaque champ du format, le titre le plus probable ; un titre n'est proposé qu'une fois.

    Rien n'est proposé sous une confiance de 0,4, ni pour un titre écrit deux fois : c'est à l'utilisateur de dire.
    """
    format_ = format_de(cle_format)
    pretendants = [
        (champ, suggestion)
        for titre in entetes.titres
        if titre not in entetes.doublons
        for champ, suggestion in _pretendants(titre, entetes.exemples.get(titre, ()), format_)
    ]
    choisies: dict[str, Suggestion] = {}
    pris: set[str] = set()
    for champ, suggestion in sorted(pretendants, key=lambda paire: -paire[1].confiance):
        if champ not in choisies and suggestion.entete not in pris:
            choisies[champ] = suggestion
            pris.add(suggestion.entete)
    return {champ: choisies[champ] for champ in format_.par_champ if champ in choisies}


def _pretendants(
    titre: str, exemples: Sequence[str], format_: Format | FormatSource
) -> Iterator[tuple[str, Suggestion]]:
    for champ, lecteur, type_, noms in _champs(format_):
        confiance, raison = _par_le_nom(titre, noms, charger_synonymes().get(champ, ()))
        lisibles = [lecteur(exemple).faute is None for exemple in exemples]
        if confiance == 0 and type_ in _PARLANTS and lisibles and all(lisibles):
            confiance, raison = CONTENU, f"les valeurs ressemblent à {_PARLANTS[type_]}"
        elif confiance and lisibles and not any(lisibles):
            confiance, raison = confiance - _PENALITE, f"{raison}, mais ses valeurs ne se lisent pas ainsi"
        if confiance >= CONTENU:
            yield champ, Suggestion(titre, round(confiance, 2), raison)


def lecteur_du_champ(format_: Format | FormatSource, champ: str) -> Lecteur:
    """Le lecteur d'un champ lu d'un format."""
    return _lecteur(format_, format_.par_champ[champ])


def _champs(format_: Format | FormatSource) -> Iterator[tuple[str, Lecteur, str, tuple[str, ...]]]:
    """(champ, lecteur, type, titres propres) de chaque colonne lue."""
    for colonne in format_.par_champ.values():
        if colonne.lue:
            yield colonne.champ, _lecteur(format_, colonne), colonne.type, _titres(colonne)


def _lecteur(format_: Format | FormatSource, colonne: Colonne | ColonneSource) -> Lecteur:
    if isinstance(format_, FormatSource) and isinstance(colonne, ColonneSource):
        return lecteur_de(format_, colonne)
    if colonne.type in ("date", "date_naissance"):
        return lecteur_de_dates(format_.pivots.formation, format_.annees_lisibles)
    return LECTEURS[colonne.type]


def _titres(colonne: Colonne | ColonneSource) -> tuple[str, ...]:
    if isinstance(colonne, ColonneSource):
        return (colonne.champ, colonne.nom, *colonne.autres_titres)
    return (colonne.champ,)


def _par_le_nom(titre: str, noms: Sequence[str], synonymes: Sequence[str]) -> tuple[float, str]:
    dit = _cle(titre)
    if not dit:
        return 0.0, ""
    if dit in map(_cle, noms):
        return MEME_NOM, "même nom"
    if dit in map(_cle, synonymes):
        return SYNONYME, "autre nom connu"
    proche = max((_ressemblance(dit, _cle(autre)) for autre in (*noms, *synonymes)), default=0.0)
    return (round(proche * 0.8, 2), "nom proche") if proche >= RESSEMBLANCE_MINIMALE else (0.0, "")


def _cle(titre: str) -> str:
    """Titre sans casse, accent ni ponctuation : « Né(e) le » et « ne_e_le » se valent."""
    return "".join(signe if signe.isalnum() else "_" for signe in normaliser_code(titre)).replace("__", "_").strip("_")


def _ressemblance(un: str, autre: str) -> float:
    """Part de signes communs ; 0,85 si l'un des deux titres contient tous les mots de l'autre, banals à part."""
    mots, autres = set(un.split("_")) - _BANALS, set(autre.split("_")) - _BANALS
    contenus = bool(mots & autres) and (mots <= autres or autres <= mots)
    return max(SequenceMatcher(None, un, autre).ratio(), 0.85 if contenus else 0.0)


def choisir(suggestions: Mapping[str, Suggestion], seuil: float = SYNONYME) -> dict[str, str]:
    """Les suggestions assez sûres pour être cochées d'avance : champ → titre."""
    return {champ: s.entete for champ, s in suggestions.items() if s.confiance >= seuil}
