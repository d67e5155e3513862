"""Charger les correspondances d'une édition de la charte, d'édition en édition des référentiels (pur).

La table relevée dit sur quelle édition de chaque référentiel elle porte. Chaque passage la porte à l'édition suivante,
et un fichier de propositions, s'il existe, la complète : une édition de plus ne demande que des fichiers.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from charte.chargement import EDITION_COURANTE, charger_edition
from charte.commun.donnees import charger_modele
from charte.concernes import elements_evalues
from charte.edition import Edition, parcourir
from charte.referentiels.chargement import (
    DOSSIER,
    LIGNES_DE_LA_CHARTE,
    charger_passages,
    charger_referentiels,
    refuser,
)
from charte.referentiels.correspondance import (
    TEXTE_MEME,
    Confiance,
    Correspondance,
    Correspondances,
    FichierDeCorrespondances,
    FichierDePropositions,
    completer,
    fautes_des_correspondances,
    relevees,
    reporter,
)
from charte.referentiels.passage import TableDePassage
from charte.referentiels.referentiel import CleReferentiel, Referentiel

Lignes = dict[tuple[CleReferentiel, str], Iterable[str]]


@lru_cache(maxsize=8)
def charger_correspondances(charte: str = EDITION_COURANTE) -> Correspondances:
    """Les correspondances de cette édition de la charte ; lève `DonneesInvalides` si une table est fautive."""
    return lire_correspondances(DOSSIER, charger_edition(charte), charger_referentiels(), charger_passages())


def lire_correspondances(
    dossier: Path, charte: Edition, referentiels: Iterable[Referentiel], passages: Iterable[TableDePassage]
) -> Correspondances:
    """Lit la table relevée d'un dossier, la porte d'édition en édition et la complète."""
    lignes: Lignes = {(r.cle, e.edition): e.par_reference for r in referentiels for e in r.editions}
    attendus = [e.id for e in elements_evalues(charte)]
    fichier = _lire_la_table(dossier, charte, lignes, attendus)
    toutes = list(relevees(fichier.elements, fichier.editions))
    propres = _lire_les_propres(dossier, charte)
    rang = {identifiant: n for n, identifiant in enumerate(attendus)}
    for passage in passages:
        portees = list(reporter(toutes, passage))
        if chemin := propres.pop(f"{passage.referentiel}-{passage.apres}", None):
            portees = list(completer(portees, _lire_un_propre(chemin, charte, passage)))
            refuser(chemin, fautes_des_correspondances(portees, lignes, attendus))
        toutes += sorted(portees, key=lambda c: rang[c.element])
    for chemin in propres.values():
        refuser(chemin, ["aucun passage ne mène à cette édition ; corrigez le nom du fichier, ou ôtez-le"])
    articles = {e.element: e.code_travail for e in fichier.elements if e.code_travail}
    return Correspondances(charte.edition, (*toutes, *_identites(charte)), articles)


def _lire_la_table(dossier: Path, charte: Edition, lignes: Lignes, attendus: list[str]) -> FichierDeCorrespondances:
    chemin = dossier / f"correspondances-{charte.edition}.yaml"
    fichier = charger_modele(chemin, FichierDeCorrespondances)
    refuser(chemin, _fautes_de_la_table(fichier, charte, lignes, attendus))
    refuser(chemin, fautes_des_correspondances(relevees(fichier.elements, fichier.editions), lignes, attendus))
    return fichier


def _fautes_de_la_table(
    fichier: FichierDeCorrespondances, charte: Edition, lignes: Lignes, attendus: list[str]
) -> Iterator[str]:
    if fichier.charte != charte.edition:
        yield f"attendu la charte « {charte.edition} », lu « {fichier.charte} »"
    for cle in sorted({cle for cle, _ in lignes}):
        if (cle, edition := fichier.editions.get(cle, "")) not in lignes:
            yield f"editions : « {cle} » porte sur « {edition} », une édition qui n'existe pas"
    lus = Counter(e.element for e in fichier.elements)
    yield from (f"l'élément « {e} » est donné {n} fois" for e, n in lus.items() if n > 1)
    yield from (f"« {e} » n'est ni une action, ni un engagement, ni une exigence" for e in lus if e not in attendus)
    yield from (f"il manque l'élément « {e} » de la charte" for e in attendus if e not in lus)


def _lire_les_propres(dossier: Path, charte: Edition) -> dict[str, Path]:
    """Les fichiers de propositions pour cette édition de la charte, par « référentiel-édition »."""
    prefixe = f"propositions-{charte.edition}-"
    return {chemin.stem.removeprefix(prefixe): chemin for chemin in sorted(dossier.glob(f"{prefixe}*.yaml"))}


def _lire_un_propre(chemin: Path, charte: Edition, passage: TableDePassage) -> FichierDePropositions:
    fichier = charger_modele(chemin, FichierDePropositions)
    comptes = Counter((p.element, p.reference) for p in fichier.propositions)
    fautes = [f"propositions : {e} vers « {r} » est donné {n} fois" for (e, r), n in comptes.items() if n > 1]
    lu = (fichier.charte, fichier.referentiel, fichier.edition)
    attendu = (charte.edition, passage.referentiel, passage.apres)
    if lu != attendu:
        fautes.append(f"attendu {' '.join(attendu)}, lu {' '.join(lu)}")
    refuser(chemin, fautes)
    return fichier


def _identites(charte: Edition) -> Iterator[Correspondance]:
    """La charte en regard d'elle-même : chaque engagement et chaque exigence est sa propre ligne."""
    for element in parcourir(charte):
        if element.genre in LIGNES_DE_LA_CHARTE:
            yield Correspondance(
                element.id, CleReferentiel.CHARTE, charte.edition, element.id, Confiance.HAUTE, statut=TEXTE_MEME
            )
