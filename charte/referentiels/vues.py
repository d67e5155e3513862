"""Ce que les pages des référentiels montrent : des valeurs, dites en français (pur)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from charte.commun.typographie import jour as ecrire_le_jour
from charte.commun.typographie import pluriel
from charte.comparaison import Segment, segmenter
from charte.edition import Edition
from charte.referentiels.correspondance import Confiance, Correspondance, Correspondances
from charte.referentiels.passage import Difference, TableDePassage, differences
from charte.referentiels.referentiel import (
    Critere,
    EditionAbsente,
    EditionDeReferentiel,
    FicheEdition,
    Ligne,
    Referentiel,
)

ADRESSE = "/charte/referentiels"


@dataclass(frozen=True)
class EditionResumee:
    """Une édition sur la page d'accueil : ses dates, et combien de ses lignes rencontrent la charte."""

    titre: str
    adresse: str
    dates: str
    etat: str
    lignes: int
    rapprochees: int
    changements: str
    """Adresse de la page des changements ; vide pour la première édition."""


@dataclass(frozen=True)
class ReferentielResume:
    """Un référentiel et ses éditions, la plus récente d'abord."""

    nom: str
    titre: str
    avertissement: str
    editions: tuple[EditionResumee, ...]


@dataclass(frozen=True)
class ElementVu:
    """Un élément de la charte en face d'une ligne."""

    id: str
    genre: str
    texte: str
    confiance: str
    justification: str
    provenance: str


@dataclass(frozen=True)
class LigneVue:
    """Une ligne et ses éléments ; `note` et `hors_charte` : ce qui a changé, et ce que la charte ne demande pas."""

    ancre: str
    nom: str
    titre: str
    texte: str
    releve: str
    a_verifier: bool
    specifique: bool
    changement: str
    note: str
    hors_charte: str
    elements: tuple[ElementVu, ...]
    resume: str
    """« 6 éléments de la charte : 2 de confiance haute, 4 moyenne » ; vide s'il n'y en a pas."""


@dataclass(frozen=True)
class Groupe:
    """Les lignes d'un critère ; `titre` vide si le référentiel n'en a pas."""

    numero: str
    titre: str
    lignes: tuple[LigneVue, ...]


@dataclass(frozen=True)
class VueEdition:
    """La page d'une édition."""

    referentiel: Referentiel
    fiche: FicheEdition
    dates: str
    etat: str
    onglets: tuple[tuple[str, str], ...]
    adresse: str
    groupes: tuple[Groupe, ...]
    lignes: int
    seules: tuple[tuple[str, str], ...]
    """(ancre, référence) des lignes que la charte ne rencontre pas."""


@dataclass(frozen=True)
class Changement:
    """Une ligne qui change : le texte d'une édition à l'autre mot à mot, et les deux en entier."""

    nom: str
    sort: str
    note: str
    hors_charte: str
    segments: tuple[Segment, ...]
    avant: str
    apres: str


@dataclass(frozen=True)
class VueChangements:
    """La page des changements d'une édition à la suivante."""

    referentiel: Referentiel
    avant: FicheEdition
    apres: FicheEdition
    onglets: tuple[tuple[str, str], ...]
    adresse: str
    source: str
    gardees: int
    changements: tuple[Changement, ...]


def dire_les_dates(fiche: FicheEdition) -> str:
    """« du 8 juin 2019 au 31 octobre 2026 », « depuis le 1er novembre 2026 », « dates non établies »."""
    if fiche.depuis and fiche.jusqu_a:
        return f"du {ecrire_le_jour(fiche.depuis)} au {ecrire_le_jour(fiche.jusqu_a)}"
    if fiche.depuis:
        return f"depuis le {ecrire_le_jour(fiche.depuis)}"
    return f"jusqu’au {ecrire_le_jour(fiche.jusqu_a)}" if fiche.jusqu_a else "dates non établies"


def dire_l_etat(fiche: FicheEdition, jour: date) -> str:
    """« en vigueur », « pas encore en vigueur », « n’est plus en vigueur » ; sans aucune date, « à vérifier »."""
    if fiche.depuis is None and fiche.jusqu_a is None:
        return "à vérifier"
    if fiche.en_vigueur(jour):
        return "en vigueur"
    return "n’est plus en vigueur" if fiche.jusqu_a and fiche.jusqu_a < jour else "pas encore en vigueur"


def resumer(
    referentiels: Iterable[Referentiel], correspondances: Correspondances, jour: date
) -> tuple[ReferentielResume, ...]:
    """La page d'accueil : chaque référentiel, ses éditions, leurs comptes."""
    return tuple(
        ReferentielResume(
            r.fiche.nom,
            r.fiche.titre,
            r.fiche.avertissement,
            tuple(_resumer_edition(r, e, correspondances, jour) for e in reversed(r.editions)),
        )
        for r in referentiels
    )


def _resumer_edition(
    referentiel: Referentiel, edition: EditionDeReferentiel, correspondances: Correspondances, jour: date
) -> EditionResumee:
    adresse = f"{ADRESSE}/{referentiel.cle}/{edition.edition}"
    rapprochees = sum(bool(_de_la_ligne(edition, ligne, correspondances)) for ligne in edition.lignes)
    premiere = edition is referentiel.editions[0]
    return EditionResumee(
        edition.fiche.titre,
        adresse,
        dire_les_dates(edition.fiche),
        dire_l_etat(edition.fiche, jour),
        len(edition.lignes),
        rapprochees,
        "" if premiere else f"{adresse}/changements",
    )


def _de_la_ligne(
    edition: EditionDeReferentiel, ligne: Ligne, correspondances: Correspondances
) -> tuple[Correspondance, ...]:
    return correspondances.par_ligne.get((edition.referentiel, edition.edition, ligne.reference), ())


def _onglets(referentiel: Referentiel) -> tuple[tuple[str, str], ...]:
    """Les pages d'un référentiel, la plus récente d'abord ; aucune s'il n'a qu'une édition."""
    if len(referentiel.editions) == 1:
        return ()
    base = f"{ADRESSE}/{referentiel.cle}"
    editions = [(f"{base}/{e.edition}", e.fiche.titre) for e in reversed(referentiel.editions)]
    changements = [
        (f"{base}/{apres.edition}/changements", f"De {avant.edition} à {apres.edition}")
        for avant, apres in pairwise(referentiel.editions)
    ]
    return (*editions, *reversed(changements))


def voir_edition(
    referentiel: Referentiel,
    edition: EditionDeReferentiel,
    correspondances: Correspondances,
    charte: Edition,
    *,
    table: TableDePassage | None,
    jour: date,
) -> VueEdition:
    """La page d'une édition ; `table` : le passage qui y mène, s'il y en a un."""
    ecarts = _ecarts(referentiel, edition, table)
    vues = [
        (ligne, _voir_ligne(referentiel, ligne, _de_la_ligne(edition, ligne, correspondances), charte, ecarts))
        for ligne in edition.lignes
    ]
    return VueEdition(
        referentiel,
        edition.fiche,
        dire_les_dates(edition.fiche),
        dire_l_etat(edition.fiche, jour),
        _onglets(referentiel),
        f"{ADRESSE}/{referentiel.cle}/{edition.edition}",
        tuple(_grouper(edition.criteres, vues)),
        len(vues),
        tuple((vue.ancre, ligne.reference) for ligne, vue in vues if not vue.elements),
    )


def _ecarts(
    referentiel: Referentiel, edition: EditionDeReferentiel, table: TableDePassage | None
) -> Mapping[str, Difference]:
    if table is None:
        return {}
    changees = differences(referentiel.edition(table.avant), edition, table)
    return {d.apres.reference: d for d in changees if d.apres}


def _grouper(criteres: tuple[Critere, ...], vues: list[tuple[Ligne, LigneVue]]) -> Iterable[Groupe]:
    if not criteres:
        yield Groupe("", "", tuple(vue for _, vue in vues))
    for critere in criteres:
        siennes = tuple(vue for ligne, vue in vues if ligne.critere == critere.numero)
        yield Groupe(critere.numero, critere.titre, siennes)


def _voir_ligne(
    referentiel: Referentiel,
    ligne: Ligne,
    correspondances: tuple[Correspondance, ...],
    charte: Edition,
    ecarts: Mapping[str, Difference],
) -> LigneVue:
    ecart = ecarts.get(ligne.reference)
    elements = tuple(_voir_element(c, charte) for c in sorted(correspondances, key=lambda c: c.confiance.rang))
    return LigneVue(
        f"l-{ligne.reference}",
        f"{referentiel.fiche.prefixe} {ligne.reference}",
        ligne.titre,
        ligne.texte,
        ligne.releve.dit,
        not ligne.releve.sur,
        ligne.specifique,
        ecart.nature.dit if ecart else "",
        ecart.note if ecart else "",
        ecart.hors_charte if ecart else "",
        elements,
        _resumer_les_elements(correspondances),
    )


def _voir_element(c: Correspondance, charte: Edition) -> ElementVu:
    element = charte.element(c.element)
    return ElementVu(c.element, str(element.genre), element.texte, str(c.confiance), c.justification, c.provenance)


def _resumer_les_elements(correspondances: tuple[Correspondance, ...]) -> str:
    if not correspondances:
        return ""
    comptes = Counter(c.confiance for c in correspondances)
    detail = ", ".join(f"{comptes[n]} {n}" for n in Confiance if comptes[n])
    nombre = pluriel(len(correspondances), "élément de la charte", "éléments de la charte")
    return f"{nombre} (confiance : {detail})"


def voir_changements(referentiel: Referentiel, cle_apres: str, table: TableDePassage | None) -> VueChangements:
    """La page des changements ; lève `EditionAbsente` pour une première édition."""
    apres = referentiel.edition(cle_apres)
    rang = referentiel.editions.index(apres)
    if rang == 0:
        raise EditionAbsente(f"{referentiel.fiche.nom} {cle_apres} n'a pas d'édition avant elle")
    avant = referentiel.editions[rang - 1]
    trouvees = differences(avant, apres, table)
    return VueChangements(
        referentiel,
        avant.fiche,
        apres.fiche,
        _onglets(referentiel),
        f"{ADRESSE}/{referentiel.cle}/{cle_apres}/changements",
        table.source if table else "",
        len(apres.lignes) - sum(d.apres is not None for d in trouvees),
        tuple(_voir_changement(referentiel, d) for d in trouvees),
    )


def _voir_changement(referentiel: Referentiel, d: Difference) -> Changement:
    avant, apres = d.avant.texte if d.avant else "", d.apres.texte if d.apres else ""
    reference = d.apres.reference if d.apres else d.avant.reference if d.avant else ""
    segments = segmenter(avant, apres) if avant and apres else ()
    return Changement(
        f"{referentiel.fiche.prefixe} {reference}", d.nature.dit, d.note, d.hors_charte, segments, avant, apres
    )
