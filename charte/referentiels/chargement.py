"""Charger les référentiels et leurs passages, en refusant un fichier incohérent (pur).

Tout est lu strictement : clé inconnue ou en double refusée, fichier nommé, passages confrontés aux énoncés. Chaque
fichier se lit une fois par processus. Les correspondances sont chargées par `rapprochement`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from charte.chargement import EDITION_COURANTE, charger_edition
from charte.commun.donnees import DonneesInvalides, charger_modele, nom_affiche
from charte.edition import Edition, Genre, parcourir
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


@lru_cache(maxsize=16)
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
def charger_passages() -> tuple[TableDePassage, ...]:
    """Les passages d'une édition à la suivante ; lève `DonneesInvalides` si l'un ne dit pas tout, ou se contredit."""
    return lire_passages(DOSSIER, charger_referentiels())


def charger_passage(referentiel: str, apres: str) -> TableDePassage | None:
    """Le passage qui mène à cette édition ; None pour la première."""
    return next((t for t in charger_passages() if (t.referentiel, t.apres) == (referentiel, apres)), None)


def lire_referentiels(dossier: Path) -> tuple[Referentiel, ...]:
    """Lit et vérifie les référentiels d'un dossier."""
    chemin = dossier / "referentiels.yaml"
    fiches = charger_modele(chemin, Fiches).referentiels
    refuser(chemin, _fautes_des_fiches(fiches))
    return tuple(_lire_referentiel(dossier, fiche) for fiche in fiches)


def _fautes_des_fiches(fiches: Iterable[FicheReferentiel]) -> Iterator[str]:
    comptes = Counter(fiche.cle for fiche in fiches)
    yield from (f"le référentiel « {cle} » est donné {n} fois" for cle, n in comptes.items() if n > 1)
    for fiche in fiches:
        editions = Counter(edition.edition for edition in fiche.editions)
        yield from (f"{fiche.cle} : l'édition « {e} » est donnée {n} fois" for e, n in editions.items() if n > 1)
        for avant, apres in pairwise(fiche.editions):
            if not (avant.jusqu_a and apres.depuis and avant.jusqu_a < apres.depuis):
                yield f"{fiche.cle} : l'édition {avant.edition} ne finit pas avant que {apres.edition} commence"


def _lire_referentiel(dossier: Path, fiche: FicheReferentiel) -> Referentiel:
    return Referentiel(fiche, tuple(_lire_edition(dossier, fiche.cle, edition) for edition in fiche.editions))


def _lire_edition(dossier: Path, cle: CleReferentiel, fiche: FicheEdition) -> EditionDeReferentiel:
    chemin = dossier / f"{cle}-{fiche.edition}.yaml"
    lues = charger_modele(chemin, Lignes)
    refuser(chemin, _fautes_des_lignes(lues, cle, fiche.edition))
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


def lire_passages(dossier: Path, referentiels: Iterable[Referentiel]) -> tuple[TableDePassage, ...]:
    """Lit la table de passage de chaque édition à la suivante, confrontée aux énoncés des deux."""
    return tuple(_lire_passage(dossier, avant, apres) for r in referentiels for avant, apres in pairwise(r.editions))


def _lire_passage(dossier: Path, avant: EditionDeReferentiel, apres: EditionDeReferentiel) -> TableDePassage:
    chemin = dossier / f"passage-{avant.referentiel}-{avant.edition}-{apres.edition}.yaml"
    table = charger_modele(chemin, TableDePassage)
    lu, attendu = (table.referentiel, table.avant, table.apres), (avant.referentiel, avant.edition, apres.edition)
    refuser(chemin, [] if lu == attendu else [f"attendu {' '.join(attendu)}, lu {' '.join(lu)}"])
    refuser(chemin, fautes_du_passage(table, avant, apres))
    return table


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


def refuser(chemin: Path, fautes: Iterable[str]) -> None:
    """Lève `DonneesInvalides` s'il y a des fautes, toutes d'un coup, chacune précédée du nom du fichier."""
    if dites := [f"{nom_affiche(chemin)} : {faute}" for faute in fautes]:
        raise DonneesInvalides("\n".join(dites))
