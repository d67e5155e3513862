"""Charger les référentiels, le passage et les correspondances, en refusant un fichier incohérent (pur).

Tout est lu strictement : clé inconnue ou en double refusée, fichier nommé, identifiants confrontés à l'édition de la
charte et aux lignes des référentiels. Chaque fichier se lit une fois par processus.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from charte.chargement import EDITION_COURANTE, charger_edition
from charte.commun.donnees import DonneesInvalides, charger_modele, nom_affiche
from charte.concernes import elements_evalues
from charte.edition import Edition, Genre, parcourir
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
from charte.referentiels.passage import TableDePassage, fautes_du_passage
from charte.referentiels.referentiel import (
    CleReferentiel,
    Critere,
    EditionAbsente,
    EditionDeReferentiel,
    FicheEdition,
    FicheReferentiel,
    Fiches,
    Ligne,
    Lignes,
    Referentiel,
    Releve,
    Source,
)

DOSSIER = Path(__file__).parent / "donnees"
LIGNES_DE_LA_CHARTE = (Genre.ENGAGEMENT, Genre.EXIGENCE)
"""Ce qui fait une ligne quand la charte elle-même est le référentiel d'un audit."""


@lru_cache(maxsize=1)
def charger_referentiels() -> tuple[Referentiel, ...]:
    """Les référentiels externes, dans l'ordre du fichier ; lève `DonneesInvalides` si l'un est fautif."""
    return lire_referentiels(DOSSIER)


def charger_referentiel(cle: str, charte: str = EDITION_COURANTE) -> Referentiel:
    """Le référentiel de cette clé, la charte comprise ; lève `EditionAbsente` s'il n'existe pas."""
    if cle == CleReferentiel.CHARTE:
        return referentiel_de_la_charte(charger_edition(charte))
    for referentiel in charger_referentiels():
        if referentiel.cle == cle:
            return referentiel
    connus = ", ".join(CleReferentiel)
    raise EditionAbsente(f"aucun référentiel « {cle} » ; connus : {connus}")


@lru_cache(maxsize=1)
def charger_passage() -> TableDePassage:
    """Le passage de Qualiopi 2019 à 2026 ; lève `DonneesInvalides` s'il ne dit pas tout, ou se contredit."""
    return lire_passage(DOSSIER / "passage-qualiopi-2019-2026.yaml", charger_referentiels())


@lru_cache(maxsize=8)
def charger_correspondances(charte: str = EDITION_COURANTE) -> Correspondances:
    """Les correspondances de cette édition de la charte ; lève `DonneesInvalides` si la table est fautive."""
    return lire_correspondances(DOSSIER, charger_edition(charte), charger_referentiels(), charger_passage())


def lire_referentiels(dossier: Path) -> tuple[Referentiel, ...]:
    """Lit et vérifie les référentiels d'un dossier."""
    chemin = dossier / "referentiels.yaml"
    fiches = charger_modele(chemin, Fiches).referentiels
    _refuser(chemin, _fautes_des_fiches(fiches))
    return tuple(_lire_referentiel(dossier, fiche) for fiche in fiches)


def _fautes_des_fiches(fiches: Iterable[FicheReferentiel]) -> Iterator[str]:
    comptes = Counter(fiche.cle for fiche in fiches)
    yield from (f"le référentiel « {cle} » est donné {n} fois" for cle, n in comptes.items() if n > 1)
    for fiche in fiches:
        editions = Counter(edition.edition for edition in fiche.editions)
        yield from (f"{fiche.cle} : l'édition « {e} » est donnée {n} fois" for e, n in editions.items() if n > 1)
        for avant, apres in zip(fiche.editions, fiche.editions[1:], strict=False):
            if not (avant.jusqu_a and apres.depuis and avant.jusqu_a < apres.depuis):
                yield f"{fiche.cle} : l'édition {avant.edition} ne finit pas avant que {apres.edition} commence"


def _lire_referentiel(dossier: Path, fiche: FicheReferentiel) -> Referentiel:
    return Referentiel(fiche, tuple(_lire_edition(dossier, fiche.cle, edition) for edition in fiche.editions))


def _lire_edition(dossier: Path, cle: CleReferentiel, fiche: FicheEdition) -> EditionDeReferentiel:
    chemin = dossier / f"{cle}-{fiche.edition}.yaml"
    lues = charger_modele(chemin, Lignes)
    _refuser(chemin, _fautes_des_lignes(lues, cle, fiche.edition))
    return EditionDeReferentiel(cle, fiche, lues.criteres, lues.lignes)


def _fautes_des_lignes(lues: Lignes, cle: CleReferentiel, edition: str) -> Iterator[str]:
    if (lues.referentiel, lues.edition) != (cle, edition):
        yield f"attendu {cle} « {edition} », lu {lues.referentiel} « {lues.edition} »"
    comptes = Counter(ligne.reference for ligne in lues.lignes)
    yield from (f"lignes : la référence « {r} » est donnée {n} fois" for r, n in comptes.items() if n > 1)
    numeros = Counter(critere.numero for critere in lues.criteres)
    yield from (f"criteres : le critère « {c} » est donné {n} fois" for c, n in numeros.items() if n > 1)
    for ligne in lues.lignes:
        if ligne.critere not in (numeros or {""}):
            yield f"lignes : « {ligne.reference} » cite le critère « {ligne.critere} », qui n'est pas donné"


def lire_passage(chemin: Path, referentiels: Iterable[Referentiel]) -> TableDePassage:
    """Lit une table de passage et la confronte aux deux éditions qu'elle relie."""
    table = charger_modele(chemin, TableDePassage)
    referentiel = next(r for r in referentiels if r.cle == table.referentiel)
    fautes = fautes_du_passage(table, referentiel.edition(table.avant), referentiel.edition(table.apres))
    _refuser(chemin, fautes)
    return table


def lire_correspondances(
    dossier: Path, charte: Edition, referentiels: tuple[Referentiel, ...], passage: TableDePassage
) -> Correspondances:
    """Lit la table relevée d'un dossier, la porte à l'édition suivante de Qualiopi et la complète."""
    chemin = dossier / f"correspondances-{charte.edition}.yaml"
    propres = dossier / f"propositions-{passage.referentiel}-{passage.apres}.yaml"
    fichier, fichier_propre = charger_modele(chemin, FichierDeCorrespondances), _lire_propres(propres, charte, passage)
    attendus = [e.id for e in elements_evalues(charte)]
    _refuser(chemin, _fautes_de_la_table(fichier, charte, attendus))
    lignes = {(r.cle, e.edition): e.par_reference for r in referentiels for e in r.editions}
    premieres = {r.cle: r.editions[0].edition for r in referentiels}
    lues = tuple(relevees(fichier.elements, premieres))
    _refuser(chemin, fautes_des_correspondances(lues, lignes, attendus))
    portees = tuple(completer(reporter(lues, passage), fichier_propre))
    _refuser(propres, fautes_des_correspondances(portees, lignes, attendus))
    articles = {e.element: e.code_travail for e in fichier.elements if e.code_travail}
    rang = {identifiant: n for n, identifiant in enumerate(attendus)}
    portees = tuple(sorted(portees, key=lambda c: rang[c.element]))
    return Correspondances(charte.edition, (*lues, *portees, *_identites(charte)), articles)


def _lire_propres(chemin: Path, charte: Edition, passage: TableDePassage) -> FichierDePropositions:
    fichier = charger_modele(chemin, FichierDePropositions)
    comptes = Counter((p.element, p.reference) for p in fichier.propositions)
    fautes = [f"propositions : {e} vers « {r} » est donné {n} fois" for (e, r), n in comptes.items() if n > 1]
    lu = (fichier.charte, fichier.referentiel, fichier.edition)
    attendu = (charte.edition, passage.referentiel, passage.apres)
    if lu != attendu:
        fautes.append(f"attendu {' '.join(attendu)}, lu {' '.join(lu)}")
    _refuser(chemin, fautes)
    return fichier


def _fautes_de_la_table(fichier: FichierDeCorrespondances, charte: Edition, attendus: list[str]) -> Iterator[str]:
    if fichier.charte != charte.edition:
        yield f"attendu la charte « {charte.edition} », lu « {fichier.charte} »"
    lus = Counter(e.element for e in fichier.elements)
    yield from (f"l'élément « {e} » est donné {n} fois" for e, n in lus.items() if n > 1)
    yield from (
        f"l'élément « {e} » n'est pas une action, un engagement ou une exigence" for e in lus if e not in attendus
    )
    yield from (f"il manque l'élément « {e} » de la charte" for e in attendus if e not in lus)


def _identites(charte: Edition) -> Iterator[Correspondance]:
    """La charte en regard d'elle-même : chaque engagement et chaque exigence est sa propre ligne."""
    for element in parcourir(charte):
        if element.genre in LIGNES_DE_LA_CHARTE:
            yield Correspondance(
                element.id, CleReferentiel.CHARTE, charte.edition, element.id, Confiance.HAUTE, statut=TEXTE_MEME
            )


def referentiel_de_la_charte(charte: Edition) -> Referentiel:
    """La charte vue comme un référentiel d'audit : ses engagements et ses exigences, rangés par poste."""
    source = Source(reference=charte.source.reference, adresse=charte.source.adresse)
    note = "Engagements du socle et exigences de la cible ; les actions des périmètres n'en sont pas des lignes."
    fiche = FicheEdition(edition=charte.edition, titre=f"Édition {charte.edition}", source=source, note=note)
    lignes = tuple(
        Ligne(reference=e.id, texte=e.texte, releve=Releve.OFFICIEL, critere=str(e.poste), titre=str(e.genre))
        for e in parcourir(charte)
        if e.genre in LIGNES_DE_LA_CHARTE
    )
    criteres = tuple(Critere(numero=str(p.numero), titre=p.titre) for p in charte.postes)
    referentiel = FicheReferentiel(
        cle=CleReferentiel.CHARTE,
        nom="Charte",
        titre=charte.titre,
        prefixe="Puce",
        avertissement="La charte est une trajectoire : ni audit, ni inspection.",
        editions=(fiche,),
    )
    return Referentiel(referentiel, (EditionDeReferentiel(CleReferentiel.CHARTE, fiche, criteres, lignes),))


def _refuser(chemin: Path, fautes: Iterable[str]) -> None:
    """Lève `DonneesInvalides` s'il y a des fautes, toutes d'un coup, chacune précédée du nom du fichier."""
    if dites := [f"{nom_affiche(chemin)} : {faute}" for faute in fautes]:
        raise DonneesInvalides("\n".join(dites))
