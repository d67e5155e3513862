"""La correspondance libre : les titres de l'utilisateur, ce que l'on suggère, ce qu'il choisit, ce qui a changé depuis.

Une correspondance est une donnée simple, gardée avec l'empreinte des titres : le fichier suivant, aux mêmes titres,
est reconnu ; des titres changés sont dits.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from charte.commun.enveloppe import FichierIllisible
from indicateurs.imports.diagnostic import FORMAT_DES_APPRENTIS, Diagnostic, Progression, diagnostiquer
from indicateurs.imports.format import ColonneLisible, Format, FormatLisible, charger_format, normaliser_entete
from indicateurs.imports.lecture import ENTETES_MINIMUM, Tableau, lire_fichier
from indicateurs.sources.diagnostic import diagnostiquer_tableau
from indicateurs.sources.etalement import champ_de_question, etaler, questions_dites, verifier_les_questions
from indicateurs.sources.format import FormatSource, charger_source
from indicateurs.sources.sondage import Sonde, sonder

EXEMPLES_MONTRES = 3
_VERSION = 1
_AUTRE_FORME = "Cette correspondance n'a pas la forme attendue : refaites-la."


@dataclass(frozen=True, slots=True)
class Entetes:
    """Les titres d'un fichier, et ce que portent ses premières lignes.

    `titres` : tels qu'écrits, dans l'ordre, sans les vides. `exemples` : par titre, trois valeurs non vides au plus.
    `doublons` : titres écrits deux fois (on ne saurait laquelle lire). `empreinte` : stable d'un fichier à l'autre
    tant que les titres, à la casse, aux accents et à l'ordre près, sont les mêmes. Les exemples peuvent être
    nominatifs : à montrer à qui a déposé le fichier, à ne pas journaliser.
    """

    feuille: str | None
    ligne: int
    titres: tuple[str, ...]
    exemples: Mapping[str, tuple[str, ...]]
    doublons: tuple[str, ...]

    @property
    def empreinte(self) -> str:
        """64 chiffres hexadécimaux."""
        return hashlib.sha256("\x1f".join(sorted(map(normaliser_entete, self.titres))).encode()).hexdigest()


@dataclass(frozen=True)
class Correspondance:
    """Ce que l'utilisateur a choisi. `champs` : champ du format → titre du fichier ; `constantes` : champ → texte.

    `questions` : titre du fichier → question, pour une enquête à une colonne par question (vide sinon).
    """

    format: str
    champs: Mapping[str, str]
    constantes: Mapping[str, str] = field(default_factory=dict)
    empreinte: str = ""
    questions: Mapping[str, str] = field(default_factory=dict)

    @property
    def titres(self) -> tuple[str, ...]:
        """Les titres dont elle se sert."""
        return (*self.champs.values(), *self.questions)

    def en_dict(self) -> dict[str, Any]:
        """Forme rangée (JSON)."""
        return {
            "version": _VERSION,
            "format": self.format,
            "empreinte": self.empreinte,
            "champs": dict(self.champs),
            "constantes": dict(self.constantes),
            "questions": dict(self.questions),
        }

    @classmethod
    def depuis_dict(cls, brut: Mapping[str, Any]) -> "Correspondance":
        """Relit `en_dict` ; lève `ValueError` si la forme n'est pas celle-là."""
        parts = [brut.get(nom, defaut) for nom, defaut in (("champs", None), ("constantes", {}), ("questions", {}))]
        if brut.get("version") != _VERSION or not isinstance(brut.get("format"), str):
            raise ValueError(_AUTRE_FORME)
        if not all(isinstance(part, dict) for part in parts):
            raise ValueError(_AUTRE_FORME)
        champs, constantes, questions = parts
        return cls(brut["format"], champs, constantes, str(brut.get("empreinte", "")), questions)


@dataclass(frozen=True, slots=True)
class EcartDeTitres:
    """Ce qui sépare un fichier d'une correspondance gardée.

    `manquants` : titres dont elle se sert, et que le fichier n'a plus ; `nouveaux` : titres du fichier dont elle ne
    se sert pas.
    """

    manquants: tuple[str, ...]
    nouveaux: tuple[str, ...]
    memes: bool

    @property
    def applicable(self) -> bool:
        """Vrai si tous les titres dont la correspondance se sert y sont."""
        return not self.manquants

    @property
    def phrase(self) -> str:
        """Ce qu'il faut en dire à l'utilisateur."""
        if self.memes:
            return "Ce fichier a les mêmes colonnes que le précédent : la correspondance gardée s'applique."
        dits = []
        if self.manquants:
            dits.append(f"colonnes qui n'y sont plus : {', '.join(self.manquants)}")
        if self.nouveaux:
            dits.append(f"colonnes non rapprochées : {', '.join(self.nouveaux)}")
        return f"Les colonnes ont changé ; {' ; '.join(dits)}. Vérifiez la correspondance."


def format_de(cle: str) -> Format | FormatSource:
    """Le format d'une clé, tableau des apprentis compris ; lève `DonneesInvalides` s'il est inconnu."""
    return charger_format() if cle == FORMAT_DES_APPRENTIS else charger_source(cle)


def lire_entetes(octets: bytes, nom: str) -> Entetes:
    """Titres d'un fichier quelconque ; lève `FichierIllisible` s'il ne s'ouvre pas ou n'a pas de ligne de titres.

    La ligne de titres est, des douze premières, celle qui a le plus de textes (ni nombres, ni dates) ; la feuille ou le
    séparateur, ceux qui en donnent le plus.
    """
    trouves = [(sonde, rang, titres) for sonde in sonder(octets, nom) for rang, titres in [_ligne_de_titres(sonde)]]
    sonde, rang, titres = max(trouves, key=lambda trouve: len(trouve[2]))
    if len(titres) < ENTETES_MINIMUM:
        raise FichierIllisible(
            f"« {nom} » n'a pas de ligne de titres : ajoutez-en une au-dessus de vos données, qui nomme les colonnes."
        )
    normaux = [normaliser_entete(titre) for titre in titres.values()]
    doublons = tuple(t for t, normal in zip(titres.values(), normaux, strict=True) if normaux.count(normal) > 1)
    return Entetes(
        sonde.feuille, sonde.rangees[rang][0], tuple(titres.values()), _exemples(sonde, rang, titres), doublons
    )


def _ligne_de_titres(sonde: Sonde) -> tuple[int, dict[int, str]]:
    """(rang parmi les rangées sondées, place → titre) de celle qui porte le plus de titres ; à égalité, la première."""
    meilleure: tuple[int, dict[int, str]] = (0, {})
    for rang, (_, rangee) in enumerate(sonde.rangees):
        titres = {place: texte for place, texte in enumerate(rangee) if _est_un_titre(texte)}
        if len(titres) > len(meilleure[1]) and len(titres) >= sum(map(bool, rangee)):
            meilleure = (rang, titres)
    return meilleure


def _est_un_titre(texte: str) -> bool:
    return any(signe.isalpha() for signe in texte) and len(texte) <= 200


def _exemples(sonde: Sonde, rang: int, titres: Mapping[int, str]) -> dict[str, tuple[str, ...]]:
    suivantes = [rangee for _, rangee in sonde.rangees[rang + 1 :]]
    return {
        titre: tuple(rangee[place] for rangee in suivantes if place < len(rangee) and rangee[place])[:EXEMPLES_MONTRES]
        for place, titre in titres.items()
    }


def comparer_titres(correspondance: Correspondance, entetes: Entetes) -> EcartDeTitres:
    """Ce que le fichier a de moins et de plus que la correspondance gardée."""
    connus = {normaliser_entete(titre) for titre in entetes.titres}
    employes = {normaliser_entete(titre): titre for titre in correspondance.titres}
    return EcartDeTitres(
        manquants=tuple(titre for normal, titre in employes.items() if normal not in connus),
        nouveaux=tuple(titre for titre in entetes.titres if normaliser_entete(titre) not in employes),
        memes=correspondance.empreinte == entetes.empreinte,
    )


def verifier(correspondance: Correspondance) -> tuple[str, ...]:
    """Fautes d'une correspondance, chacune avec son remède ; vide si elle s'applique."""
    format_ = format_de(correspondance.format)
    lus = {colonne.champ for colonne in format_.par_champ.values() if colonne.lue}
    dits = {*correspondance.champs, *correspondance.constantes}
    fautes = [f"« {champ} » n'est pas une colonne lue de ce format." for champ in sorted(dits - lus)]
    titres = [normaliser_entete(titre) for titre in correspondance.titres]
    doubles = sorted({t for t in correspondance.titres if titres.count(normaliser_entete(t)) > 1})
    fautes += [f"La colonne « {titre} » est donnée à deux champs : gardez-en un." for titre in doubles]
    fautes += [
        f"« {champ} » vient d'une colonne et d'une valeur fixe : choisissez."
        for champ in sorted(set(correspondance.champs) & set(correspondance.constantes))
    ]
    fautes += verifier_les_questions(correspondance.questions, dits, format_)
    fautes += _ce_qui_manque(format_, dits | questions_dites(correspondance.questions, format_))
    if len(titres) < ENTETES_MINIMUM:
        fautes.append("Faites correspondre au moins deux colonnes.")
    return tuple(fautes)


def _ce_qui_manque(format_: Format | FormatSource, dits: set[str]) -> Iterator[str]:
    for groupe in _exigences(format_):
        if not dits & set(groupe):
            noms = " ou ".join(f"« {champ} »" for champ in groupe)
            yield f"Il manque la colonne de {noms}, sans laquelle aucune ligne ne se garde."
    if isinstance(format_, FormatSource) and format_.rattachement == "identite" and not _dit_la_personne(format_, dits):
        yield "Rien ne dit de qui parle une ligne : donnez le nom, le prénom et la date de naissance, ou l'INE."


def _exigences(format_: Format | FormatSource) -> list[tuple[str, ...]]:
    """Groupes de champs dont il faut au moins un."""
    groupes: list[tuple[str, ...]] = [(c.champ,) for c in format_.par_champ.values() if c.requise == "oui"]
    if isinstance(format_, Format):
        return [*groupes, tuple(c.champ for c in format_.colonnes if c.requise == "un_des_deux")]
    if format_.rattachement == "formation":
        groupes.append(("formation_rncp", "formation_cfd"))
    return [*groupes, *format_.un_des]


def _dit_la_personne(format_: FormatSource, dits: set[str]) -> bool:
    identite = format_.identite
    return identite.ine in dits or {identite.nom, identite.prenom, identite.naissance} <= dits


@dataclass(frozen=True)
class _Colonne:
    """La colonne d'une question : elle se charge, et ne se range qu'étalée."""

    champ: str
    lue: bool = True


@dataclass(frozen=True)
class _FormatCorrespondu:
    """Un format lu sous les titres de l'utilisateur. `champs` : titre normalisé → champ du format."""

    format: FormatLisible
    champs: Mapping[str, str]
    questions: int = 0

    @property
    def titre(self) -> str:
        return self.format.titre

    @property
    def date(self) -> date:
        return self.format.date

    @property
    def par_champ(self) -> Mapping[str, ColonneLisible]:
        en_plus = {nom: _Colonne(nom) for nom in map(champ_de_question, range(self.questions))}
        return {**self.format.par_champ, **en_plus}

    @property
    def sans_entete(self) -> bool:
        return False

    @property
    def titres_cites(self) -> str:
        return ", ".join(list(self.champs)[:3])

    def champ_de(self, titre: str) -> str:
        return self.champs.get(titre, "")

    def porte_ses_valeurs(self, _rangee: object) -> bool:
        return False


def appliquer(
    correspondance: Correspondance,
    octets: bytes,
    nom: str,
    cle: bytes,
    *,
    progression: Progression | None = None,
    ancienne: bytes | None = None,
) -> Diagnostic:
    """Diagnostique un fichier sous une correspondance ; les anomalies citent les titres de l'utilisateur.

    Lève `FichierIllisible` si le fichier ne se lit pas, si la correspondance est fautive, ou si une colonne dont elle
    se sert n'y est plus.
    """
    if fautes := verifier(correspondance):
        raise FichierIllisible(f"La correspondance ne s'applique pas : {' '.join(fautes)}")
    ecart = comparer_titres(correspondance, lire_entetes(octets, nom))
    if not ecart.applicable:
        raise FichierIllisible(f"« {nom} » : {ecart.phrase[0].lower()}{ecart.phrase[1:]}")
    tableau = _lire(correspondance, octets, nom)
    noms = _noms(correspondance)
    if correspondance.format == FORMAT_DES_APPRENTIS:
        return diagnostiquer(
            octets, nom, cle, progression, ancienne, lecture=(_completer(tableau, correspondance), noms)
        )
    format_ = charger_source(correspondance.format)
    etale = None
    if correspondance.questions and format_.en_colonnes:
        etale = etaler(tableau, correspondance.questions, format_.en_colonnes)
        tableau, noms = etale.tableau, {**noms, **etale.noms}
    tableau = _completer(tableau, correspondance)
    dits: dict[str, Any] = {"progression": progression, "ancienne": ancienne, "etale": etale}
    return diagnostiquer_tableau(tableau, format_, nom, noms=noms, cle=cle, **dits)


def _lire(correspondance: Correspondance, octets: bytes, nom: str) -> Tableau:
    champs = {normaliser_entete(titre): champ for champ, titre in correspondance.champs.items()}
    champs |= {normaliser_entete(titre): champ_de_question(rang) for rang, titre in enumerate(correspondance.questions)}
    format_ = _FormatCorrespondu(format_de(correspondance.format), champs, len(correspondance.questions))
    return lire_fichier(octets, nom, format_)


def _completer(tableau: Tableau, correspondance: Correspondance) -> Tableau:
    """Le tableau, avec les valeurs données pour toutes les lignes."""
    fixes = {champ: [texte.strip()] * len(tableau.lignes) for champ, texte in correspondance.constantes.items()}
    return replace(tableau, cellules={**tableau.cellules, **fixes})


def _noms(correspondance: Correspondance) -> dict[str, str]:
    fixes = {champ: f"{champ} (valeur fixe)" for champ in correspondance.constantes}
    return {**correspondance.champs, **fixes}
