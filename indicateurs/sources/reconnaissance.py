"""Reconnaître le format d'un fichier à son contenu : ses titres, ou le nombre et les valeurs de ses colonnes."""

from dataclasses import dataclass

from charte.commun.enveloppe import FichierIllisible
from indicateurs.imports.diagnostic import FORMAT_DES_APPRENTIS
from indicateurs.imports.format import FormatLisible, charger_format
from indicateurs.imports.lecture import SANS_ENTETE, Entete, reperer_entete
from indicateurs.sources.format import SOURCES, charger_source
from indicateurs.sources.sondage import Sonde, sonder

# Ce qui fait reconnaître le tableau des apprentis : aucun autre format n'a ces trois colonnes.
_SIGNATURE_DES_APPRENTIS = ("nom_apprenant", "date_entree_formation", "contrat_date_debut")


@dataclass(frozen=True, slots=True)
class Candidat:
    """Un format que le fichier peut avoir. `colonnes` : colonnes lues reconnues ; `raison` : ce qui le fait croire."""

    cle: str
    titre: str
    colonnes: int
    raison: str


@dataclass(frozen=True, slots=True)
class Reconnaissance:
    """`cle` : le format, s'il n'y en a qu'un ; None s'il faut demander. `candidats` : les plus complets d'abord."""

    cle: str | None
    candidats: tuple[Candidat, ...]
    phrase: str


def reconnaitre(octets: bytes, nom: str) -> Reconnaissance:
    """Dit de quel format est un fichier ; lève `FichierIllisible` s'il ne s'ouvre pas.

    Plusieurs candidats, ou aucun : `cle` vaut None, et `phrase` dit quoi demander.
    """
    sondes = sonder(octets, nom)
    trouves = [candidat for cle in (FORMAT_DES_APPRENTIS, *SOURCES) if (candidat := _essayer(cle, sondes))]
    candidats = tuple(sorted(trouves, key=lambda candidat: -candidat.colonnes))
    if len(candidats) == 1:
        return Reconnaissance(candidats[0].cle, candidats, f"« {nom} » : {candidats[0].raison}.")
    if candidats:
        titres = ", ".join(candidat.titre for candidat in candidats)
        return Reconnaissance(None, candidats, f"« {nom} » peut se lire de plusieurs façons : {titres}. Choisissez.")
    phrase = f"« {nom} » n'est d'aucun format connu : choisissez un format, et faites correspondre ses colonnes."
    return Reconnaissance(None, (), phrase)


def _essayer(cle: str, sondes: tuple[Sonde, ...]) -> Candidat | None:
    format_: FormatLisible
    signature: tuple[str, ...]
    if cle == FORMAT_DES_APPRENTIS:
        format_, signature = charger_format(), _SIGNATURE_DES_APPRENTIS
    else:
        format_ = source = charger_source(cle)
        signature = source.signature
    entetes = [entete for sonde in sondes if (entete := reperer_entete(sonde.cellules(format_), format_))]
    justes = [entete for entete in entetes if set(signature) <= set(entete.places)]
    if not justes:
        return None
    meilleur = max(justes, key=lambda entete: entete.utiles)
    return Candidat(cle, format_.titre, meilleur.utiles, _raison(meilleur, format_))


def _raison(entete: Entete, format_: FormatLisible) -> str:
    if entete.rang == SANS_ENTETE:
        return f"{len(format_.par_champ)} colonnes sans ligne de titres, c'est le format « {format_.titre} »"
    return f"{entete.utiles} colonnes du format « {format_.titre} » y sont reconnues à leur titre"


def exiger_un_format(reconnaissance: Reconnaissance) -> str:
    """La clé du format reconnu ; lève `FichierIllisible` s'il faut demander."""
    if reconnaissance.cle is None:
        raise FichierIllisible(reconnaissance.phrase)
    return reconnaissance.cle
