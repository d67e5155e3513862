"""Charger une édition de la charte, en refusant un fichier incohérent ou une édition employée puis changée."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from charte.commun.donnees import DonneeGelee, DonneesInvalides, charger_modele, nom_affiche
from charte.edition import Edition, parcourir
from charte.textes import Chapitre, EngagementPartie, Paragraphe, Partie, Poste, Puce

DOSSIER = Path(__file__).parent / "donnees"
EDITION_COURANTE = "2023-10"
_NOM_EDITION = re.compile(r"^\d{4}-\d{2}$")

Attente = tuple[str, str, str]
"""Chemin dans le fichier, valeur attendue à cette place, valeur lue."""


class EditionInconnue(LookupError):
    """Aucune édition de la charte ne porte cet identifiant."""


class EmpreinteGelee(DonneeGelee):
    """L'empreinte d'une édition déjà employée."""

    edition: str
    empreinte: str


class Empreintes(DonneeGelee):
    """Le fichier des empreintes gelées."""

    editions: tuple[EmpreinteGelee, ...]


def editions_disponibles() -> tuple[str, ...]:
    """Identifiants des éditions livrées, de la plus ancienne à la plus récente."""
    return tuple(sorted(f.stem for f in DOSSIER.glob("*.yaml") if _NOM_EDITION.match(f.stem)))


@lru_cache(maxsize=8)
def charger_edition(identifiant: str = EDITION_COURANTE) -> Edition:
    """L'édition de cet identifiant (« 2023-10 »), lue une fois par processus.

    Lève `EditionInconnue` si elle n'existe pas, `DonneesInvalides` si son fichier est fautif ou ne correspond
    plus à son empreinte gelée.
    """
    if identifiant not in editions_disponibles():
        connues = ", ".join(editions_disponibles())
        raise EditionInconnue(f"l'édition « {identifiant} » de la charte n'existe pas ; éditions : {connues}")
    return lire_edition(DOSSIER / f"{identifiant}.yaml", empreintes_gelees())


def empreintes_gelees(chemin: Path = DOSSIER / "empreintes.yaml") -> dict[str, str]:
    """Empreinte de chaque édition déjà employée."""
    return {gelee.edition: gelee.empreinte for gelee in charger_modele(chemin, Empreintes).editions}


def lire_edition(chemin: Path, gelees: Mapping[str, str]) -> Edition:
    """Lit et vérifie un fichier d'édition ; `gelees` donne les empreintes des éditions qui ne changent plus."""
    edition = charger_modele(chemin, Edition)
    nom = nom_affiche(chemin)
    fautes = [f"{nom} : {faute}" for faute in verifier(edition, chemin.stem)]
    if fautes:
        raise DonneesInvalides("\n".join(fautes))
    gelee = gelees.get(edition.edition)
    if gelee is not None and gelee != edition.empreinte:
        raise DonneesInvalides(
            f"{nom} : l'édition {edition.edition} est déjà employée et son texte a changé (empreinte lue "
            f"{edition.empreinte[:12]}…, gelée {gelee[:12]}…) ; rétablissez le fichier, ou créez une autre édition"
        )
    return edition


def verifier(edition: Edition, nom_du_fichier: str) -> list[str]:
    """Toutes les incohérences d'une édition, chacune avec son chemin ; liste vide si elle est saine."""
    attentes = [("edition", nom_du_fichier, edition.edition), *_attentes(edition)]
    fautes = [f"{chemin} : attendu « {voulu} », lu « {lu} »" for chemin, voulu, lu in attentes if voulu != lu]
    comptes = Counter(element.id for element in parcourir(edition))
    fautes += [f"identifiant « {i} » donné {n} fois" for i, n in comptes.items() if n > 1]
    return [*fautes, *_fautes_des_notes(edition), *_fautes_des_parties(edition), *_fautes_des_lectures(edition)]


def _attentes(edition: Edition) -> Iterator[Attente]:
    """Ce que chaque numéro et identifiant doit valoir d'après sa place : une place sautée se voit aussitôt."""
    yield from _suite("preambule.paragraphes", edition.preambule.id, edition.preambule.paragraphes)
    yield from _attentes_chapitre("valeurs", edition.valeurs)
    yield from _suite("parties.introduction", edition.parties.id, edition.parties.introduction)
    for rang, partie in enumerate(edition.parties.liste, 1):
        chemin = f"parties.liste.{rang}"
        yield f"{chemin}.numero", f"{edition.parties.numero}.{rang}", partie.numero
        yield from _attentes_partie(chemin, partie)
    yield from _attentes_chapitre("amelioration", edition.amelioration)
    for rang, note in enumerate(edition.notes, 1):
        yield f"notes.{rang}.numero", str(rang), str(note.numero)
    for rang, poste in enumerate(edition.postes, 1):
        yield f"annexe.postes.{rang}.numero", str(rang), str(poste.numero)
        yield from _attentes_poste(f"annexe.postes.{rang}", str(rang), poste)


def _suite(
    chemin: str, parent: str, enfants: tuple[Paragraphe | EngagementPartie | Puce, ...], lettre: str = ""
) -> Iterator[Attente]:
    for rang, enfant in enumerate(enfants, 1):
        yield f"{chemin}.{rang}.id", f"{parent}.{lettre}{rang}", enfant.id


def _attentes_chapitre(chemin: str, chapitre: Chapitre) -> Iterator[Attente]:
    for rang, section in enumerate(chapitre.sections, 1):
        ici = f"{chemin}.sections.{rang}"
        yield f"{ici}.id", f"{chapitre.id}.{rang}", section.id
        yield f"{ici}.numero", f"{chapitre.numero}.{rang}", section.numero
        yield from _suite(f"{ici}.paragraphes", section.id, section.paragraphes)


def _attentes_partie(chemin: str, partie: Partie) -> Iterator[Attente]:
    yield from _suite(f"{chemin}.introduction", partie.id, partie.introduction, "I")
    yield from _suite(f"{chemin}.engagements", partie.id, partie.engagements)
    for rang, point in enumerate(partie.points, 1):
        yield f"{chemin}.points.{rang}.id", f"{partie.id}.{rang}", point.id
        yield from _suite(f"{chemin}.points.{rang}.engagements", point.id, point.engagements)


def _attentes_poste(chemin: str, numero: str, poste: Poste) -> Iterator[Attente]:
    for rang, perimetre in enumerate(poste.perimetres, 1):
        ici = f"{chemin}.perimetres.{rang}"
        yield f"{ici}.id", f"{numero}.{rang}", perimetre.id
        for n, action in enumerate(perimetre.actions, 1):
            yield f"{ici}.actions.{n}.id", f"{perimetre.id}.{n}", action.id
            for m, sous_action in enumerate(action.sous_actions, 1):
                yield f"{ici}.actions.{n}.sous_actions.{m}.id", f"{action.id}.{m}", sous_action.id
    for rang, socle in enumerate(poste.socle, 1):
        yield f"{chemin}.socle.{rang}.id", f"{numero}.S{rang}", socle.id
        yield from _suite(f"{chemin}.socle.{rang}.engagements", socle.id, socle.engagements)
    for rang, cible in enumerate(poste.cible, 1):
        yield f"{chemin}.cible.{rang}.id", f"{numero}.C{rang}", cible.id
        yield from _suite(f"{chemin}.cible.{rang}.exigences", cible.id, cible.exigences)


def _fautes_des_notes(edition: Edition) -> Iterator[str]:
    """Chaque note est appelée une fois, à un passage que le paragraphe contient une seule fois."""
    appelees: list[int] = []
    for paragraphe in edition.paragraphes():
        for appel in paragraphe.appels:
            appelees.append(appel.note)
            if paragraphe.texte.count(appel.apres) != 1:
                yield f"{paragraphe.id} : le passage « {appel.apres} » (note {appel.note}) n'y est pas une fois"
    if sorted(appelees) != [note.numero for note in edition.notes]:
        yield f"notes : les appels {sorted(appelees)} ne répondent pas une à une aux notes"


def _fautes_des_parties(edition: Edition) -> Iterator[str]:
    """Chaque partie prenante est donnée une fois, avec au moins un engagement ou un point."""
    comptes = Counter(partie.cle for partie in edition.parties.liste)
    yield from (f"parties.liste : la partie « {cle} » est donnée {n} fois" for cle, n in comptes.items() if n > 1)
    for rang, partie in enumerate(edition.parties.liste, 1):
        if not partie.engagements and not partie.points:
            yield f"parties.liste.{rang} : ni engagement ni point"


def _fautes_des_lectures(edition: Edition) -> Iterator[str]:
    """Une lecture de l'outil ne rattache une puce qu'à des périmètres de son propre poste."""
    for poste in edition.postes:
        connus = {perimetre.id for perimetre in poste.perimetres}
        for puce in (*poste.engagements, *poste.exigences):
            for etranger in sorted(set(puce.lecture_outil.perimetres) - connus):
                yield f"{puce.id}.lecture_outil : le périmètre « {etranger} » n'est pas du poste {poste.numero}"
