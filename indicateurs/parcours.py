"""Les parcours : la suite datée des statuts de chaque apprenti, calculée par intervalles pour toute une table.

Règle publique du Tableau de bord de l'apprentissage (dépôt public mission-apprentissage/flux-retour-cfas,
règle en vigueur le 20 août 2026). Bases légales : L6222-12-1 (trois mois sans employeur), L6222-18-2 et
L6231-2 5° (six mois après une rupture). Le détail de la règle, cas limites compris, est dans
`docs/parcours.md`.

Les jours sont des entiers (jours depuis 1970) : aucun jour n'est déroulé, chaque apprenti ne coûte que ses
contrats et ses changements de statut.
"""

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from indicateurs.lecture import TableInvalide, citer, exiger_colonnes, exiger_presence, exiger_unicite, lire_jours

__all__ = [
    "ABANDON",
    "APPRENTI",
    "FIN_DE_FORMATION",
    "INSCRIT",
    "JOURS_INSCRIT",
    "JOURS_RUPTURANT",
    "JOURS_TOLERANCE",
    "RUPTURANT",
    "STATUTS",
    "calculer_parcours",
    "derniers_de_chacun",
    "statuts_au",
]

INSCRIT, APPRENTI, RUPTURANT, ABANDON, FIN_DE_FORMATION = STATUTS = (
    "INSCRIT",
    "APPRENTI",
    "RUPTURANT",
    "ABANDON",
    "FIN_DE_FORMATION",
)
JOURS_INSCRIT = 90
JOURS_RUPTURANT = 180
JOURS_TOLERANCE = 60

_CODES = {statut: code for code, statut in enumerate(STATUTS)}
_JAMAIS = 1 << 22  # plus tard que toute date lisible (an 9999) : tient dans les bits réservés aux jours
_DECALAGE = 1 << 22
_BITS_JOUR, _BITS_STATUT, _BITS_RANG = 23, 3, 2

Entiers = NDArray[np.int64]
Booleens = NDArray[np.bool_]


@dataclass(frozen=True)
class _Apprentis:
    """Les apprentis, un par rang ; les dates en jours, `exclusion` vaut `_JAMAIS` faute d'exclusion."""

    ids: pd.Series
    entree: Entiers
    fin: Entiers
    exclusion: Entiers


@dataclass(frozen=True)
class _Contrats:
    """Les contrats retenus, triés par apprenti puis début ; `rang_apprenti` désigne la ligne d'apprenti."""

    rang_apprenti: Entiers
    debut: Entiers
    fin_effective: Entiers
    rompu: Booleens

    def premiers(self) -> Entiers:
        """Indices du premier contrat de chaque apprenti qui en a."""
        return np.flatnonzero(np.r_[True, self.rang_apprenti[1:] != self.rang_apprenti[:-1]])


@dataclass(frozen=True)
class _Frise:
    """Bornes de chaque frise ; `limite` est le dernier jour que l'exclusion ne prend pas."""

    debut: Entiers
    fin: Entiers
    exclusion: Entiers
    limite: Entiers
    naturelle: Booleens
    fin_terminale: Entiers


@dataclass(frozen=True)
class _Vides:
    """Périodes sans contrat, bornes incluses."""

    rang_apprenti: Entiers
    debut: Entiers
    fin: Entiers
    deja_contrat: Booleens


def calculer_parcours(apprentis: pd.DataFrame, contrats: pd.DataFrame) -> pd.DataFrame:
    """Rend les changements de statut datés de chaque apprenti, dates futures comprises.

    `apprentis` : `id_apprenti` (unique), `date_entree`, `date_fin`, `date_exclusion` (facultative).
    `contrats` : `id_apprenti`, `rang` (ordre dans le fichier), `date_debut`, `date_fin` et `date_rupture`
    (facultatives). Les dates sont des datetime64, des dates Python ou du texte ISO ; une valeur absente est
    NaT, None ou vide ; une valeur illisible est refusée, jamais prise pour une absence.

    Rend `id_apprenti`, `depuis` (datetime64 à minuit), `statut` (texte), dans l'ordre d'`apprentis` puis des
    dates ; deux lignes qui se suivent n'ont jamais le même statut. Une formation qui finit avant la plus
    précoce de ses dates (entrée, débuts de contrat) n'a aucun jour, donc aucune ligne.

    Lève `TableInvalide` (une `ValueError`) : colonne absente, identifiant absent ou en double, date
    obligatoire absente, date illisible, contrat d'un apprenti inconnu.
    """
    lus = _lire_apprentis(apprentis)
    retenus = _lire_contrats(contrats, lus)
    frise = _borner(lus, retenus)
    return _en_table(lus.ids, _changements(frise, retenus))


def statuts_au(parcours: pd.DataFrame, date: date | datetime | str) -> pd.DataFrame:
    """Rend le statut de chaque apprenti de `parcours` à une date : `id_apprenti`, `statut`.

    Le statut est le dernier changement daté d'au plus `date` ; INSCRIT si la frise n'a pas commencé (règle,
    point 8). Un apprenti par ligne, dans l'ordre de `parcours`.
    """
    exiger_colonnes(parcours, ("id_apprenti", "depuis", "statut"), "parcours")
    limite = np.datetime64(pd.Timestamp(date).tz_localize(None).normalize(), "D")
    rangs, ids = pd.factorize(parcours["id_apprenti"])
    depuis = parcours["depuis"].to_numpy().astype("datetime64[D]")
    passes = np.flatnonzero(depuis <= limite)
    if not _deja_ordonnes(rangs[passes], depuis[passes]):
        passes = passes[np.lexsort((depuis[passes], rangs[passes]))]
    derniers = passes[derniers_de_chacun(rangs[passes])]
    codes = np.full(len(ids), _CODES[INSCRIT], dtype=np.int64)
    codes[rangs[derniers]] = parcours["statut"].take(derniers).map(_CODES).to_numpy()
    return pd.DataFrame({"id_apprenti": pd.Series(ids), "statut": _en_statuts(codes)})


def derniers_de_chacun(rangs: Entiers) -> Entiers:
    """Position de la dernière ligne de chaque suite de rangs égaux (lignes groupées par apprenti)."""
    return np.flatnonzero(np.r_[rangs[1:] != rangs[:-1], True]) if len(rangs) else np.empty(0, dtype=np.int64)


def _deja_ordonnes(rangs: Entiers, depuis: NDArray[np.datetime64]) -> bool:
    """Vrai pour un résultat de `calculer_parcours` laissé dans son ordre : inutile de le trier à nouveau."""
    memes = rangs[1:] == rangs[:-1]
    return bool(np.all((rangs[1:] > rangs[:-1]) | (memes & (depuis[1:] > depuis[:-1]))))


def _lire_apprentis(table: pd.DataFrame) -> _Apprentis:
    nom = "apprentis"
    exiger_colonnes(table, ("id_apprenti", "date_entree", "date_fin", "date_exclusion"), nom)
    ids = table["id_apprenti"].reset_index(drop=True)
    exiger_unicite(ids, nom)
    dates = {
        colonne: lire_jours(table[colonne], ids, f"{nom}.{colonne}", absente=_JAMAIS)
        for colonne in ("date_entree", "date_fin", "date_exclusion")
    }
    for colonne in ("date_entree", "date_fin"):
        exiger_presence(dates[colonne] != _JAMAIS, ids, f"{nom}.{colonne}")
    return _Apprentis(ids, dates["date_entree"], dates["date_fin"], dates["date_exclusion"])


def _lire_contrats(table: pd.DataFrame, apprentis: _Apprentis) -> _Contrats:
    """Lit, trie et ne garde que le dernier contrat de chaque jour de début."""
    if not len(table):
        vide = np.empty(0, dtype=np.int64)
        return _Contrats(vide, vide, vide, np.empty(0, dtype=np.bool_))
    nom = "contrats"
    exiger_colonnes(table, ("id_apprenti", "rang", "date_debut", "date_fin", "date_rupture"), nom)
    ids = table["id_apprenti"].reset_index(drop=True)
    apprenti = _retrouver(ids, apprentis.ids)
    debut, fin, rupture = (
        lire_jours(table[colonne], ids, f"{nom}.{colonne}", absente=_JAMAIS)
        for colonne in ("date_debut", "date_fin", "date_rupture")
    )
    exiger_presence(debut != _JAMAIS, ids, f"{nom}.date_debut")
    rang = pd.to_numeric(table["rang"]).to_numpy()
    exiger_presence(~pd.isna(rang), ids, f"{nom}.rang")
    rompu = rupture != _JAMAIS
    fin_prevue = np.where(fin != _JAMAIS, fin, apprentis.fin[apprenti])
    fin_effective = np.where(rompu, rupture - 1, fin_prevue)
    ordre = np.lexsort((rang, (apprenti << _BITS_JOUR) + debut))
    apprenti, debut = apprenti[ordre], debut[ordre]
    remplaces = (apprenti[1:] == apprenti[:-1]) & (debut[1:] == debut[:-1])
    gardes = np.r_[~remplaces, True]
    return _Contrats(apprenti[gardes], debut[gardes], fin_effective[ordre][gardes], rompu[ordre][gardes])


def _retrouver(cherches: pd.Series, connus: pd.Series) -> Entiers:
    rangs: Entiers = pd.Index(connus).get_indexer(pd.Index(cherches)).astype(np.int64)
    inconnus = np.flatnonzero(rangs < 0)
    if len(inconnus):
        raise TableInvalide(
            f"contrats.id_apprenti : {len(inconnus)} contrat(s) sans apprenti correspondant "
            f"(exemple : {citer(cherches, inconnus[0])}) ; ajoutez l'apprenti ou retirez le contrat."
        )
    return rangs


def _borner(apprentis: _Apprentis, contrats: _Contrats) -> _Frise:
    """Bornes de la frise (1), exclusion (3), contrat terminal et fin naturelle (5)."""
    debut = apprentis.entree.copy()
    naturelle = np.zeros(len(debut), dtype=np.bool_)
    fin_terminale = np.full(len(debut), _JAMAIS, dtype=np.int64)
    if len(contrats.debut):
        premiers = contrats.premiers()
        porteurs = contrats.rang_apprenti[premiers]
        debut[porteurs] = np.minimum(debut[porteurs], contrats.debut[premiers])
        # Le bit de poids faible départage les fins égales : le contrat rompu l'emporte.
        terminal = np.maximum.reduceat(2 * contrats.fin_effective + contrats.rompu, premiers)
        fin_terminale[porteurs] = terminal >> 1
        naturelle[porteurs] = ((terminal & 1) == 0) & (apprentis.exclusion[porteurs] == _JAMAIS)
    limite = np.minimum(apprentis.fin, apprentis.exclusion - 1)
    return _Frise(debut, apprentis.fin, apprentis.exclusion, limite, naturelle, fin_terminale)


def _changements(frise: _Frise, contrats: _Contrats) -> tuple[Entiers, Entiers, Entiers]:
    """Tous les changements (rang d'apprenti, jour, code de statut), triés et sans répétition."""
    blocs, dernier_couvert = _couvrir(frise, contrats)
    entre, finaux = _vides(frise, blocs, dernier_couvert)
    exclus = np.flatnonzero((frise.exclusion <= frise.fin) & (frise.debut <= frise.fin))
    evenements = [
        _coder(blocs[0], blocs[1], APPRENTI, 0),
        *_coder_vides(entre),
        *_coder_vides(finaux),
        _coder(exclus, np.maximum(frise.exclusion, frise.debut)[exclus], ABANDON, 0),
        _coder_fin_naturelle(frise, finaux),
        _coder_dernier_jour(frise, finaux, dernier_couvert),
    ]
    return _decoder(np.sort(np.concatenate(evenements)))


def _couvrir(frise: _Frise, contrats: _Contrats) -> tuple[tuple[Entiers, Entiers, Entiers], Entiers]:
    """Union des jours couverts (2).

    Rend les débuts de blocs (rang d'apprenti, premier jour, dernier jour couvert AVANT ce bloc) et, par
    apprenti, le dernier jour couvert ; « veille du début de la frise » s'il n'y en a aucun.
    """
    veille = frise.debut - 1
    fin = np.minimum(contrats.fin_effective, frise.limite[contrats.rang_apprenti])
    utiles = contrats.debut <= fin
    apprenti, debut, fin = contrats.rang_apprenti[utiles], contrats.debut[utiles], fin[utiles]
    if not len(apprenti):
        return (apprenti, debut, fin), veille
    premier = np.r_[True, apprenti[1:] != apprenti[:-1]]
    # Un décalage par apprenti fait du maximum courant de la table un maximum courant par apprenti.
    pas = np.int64(1) << (_BITS_JOUR + 1)
    atteint = np.maximum.accumulate(fin + apprenti * pas) - apprenti * pas
    avant = np.where(premier, veille[apprenti], np.r_[0, atteint[:-1]])
    ouvre = premier | (debut > avant + 1)
    dernier = veille.copy()
    fermants = np.r_[premier[1:], True]
    dernier[apprenti[fermants]] = atteint[fermants]
    return (apprenti[ouvre], debut[ouvre], avant[ouvre]), dernier


def _vides(frise: _Frise, blocs: tuple[Entiers, Entiers, Entiers], dernier_couvert: Entiers) -> tuple[_Vides, _Vides]:
    """Périodes sans contrat avant chaque bloc, puis après le dernier."""
    apprenti, debut, avant = blocs
    trous = avant + 1 < debut
    apprenti, debut, avant = apprenti[trous], debut[trous], avant[trous]
    entre = _Vides(apprenti, avant + 1, debut - 1, avant >= frise.debut[apprenti])
    restants = np.flatnonzero(dernier_couvert < frise.limite)
    couverts = dernier_couvert[restants]
    finaux = _Vides(restants, couverts + 1, frise.limite[restants], couverts >= frise.debut[restants])
    return entre, finaux


def _bascule(vides: _Vides) -> Entiers:
    """Jour où la période sans contrat devient un abandon (4), qu'elle dure assez ou non."""
    return vides.debut + np.where(vides.deja_contrat, JOURS_RUPTURANT, JOURS_INSCRIT)


def _coder_vides(vides: _Vides) -> list[Entiers]:
    bascule = _bascule(vides)
    longs = bascule <= vides.fin
    codes = np.where(vides.deja_contrat, _CODES[RUPTURANT], _CODES[INSCRIT])
    return [
        _coder(vides.rang_apprenti, vides.debut, codes, 0),
        _coder(vides.rang_apprenti[longs], bascule[longs], ABANDON, 0),
    ]


def _coder_fin_naturelle(frise: _Frise, finaux: _Vides) -> Entiers:
    """Les jours INSCRIT ou RUPTURANT qui suivent de près une fin naturelle (6)."""
    apprenti = finaux.rang_apprenti
    terminale = frise.fin_terminale[apprenti]
    depuis = np.maximum(finaux.debut, terminale + 1)
    dernier = np.minimum(_bascule(finaux) - 1, finaux.fin)
    proche = frise.fin[apprenti] - terminale <= JOURS_TOLERANCE
    touches = frise.naturelle[apprenti] & proche & (depuis <= dernier)
    return _coder(apprenti[touches], depuis[touches], FIN_DE_FORMATION, 1)


def _coder_dernier_jour(frise: _Frise, finaux: _Vides, dernier_couvert: Entiers) -> Entiers:
    """Le dernier jour (7), d'après son statut d'avant l'étape 6."""
    termine = frise.naturelle | (dernier_couvert == frise.fin)
    encore_inscrit = ~finaux.deja_contrat & (finaux.fin < _bascule(finaux))
    non_exclus = finaux.fin == frise.fin[finaux.rang_apprenti]
    termine[finaux.rang_apprenti[encore_inscrit & non_exclus]] = True
    termines = np.flatnonzero(termine & (frise.debut <= frise.fin))
    return _coder(termines, frise.fin[termines], FIN_DE_FORMATION, 2)


def _coder(apprenti: Entiers, jour: Entiers, statut: str | Entiers, rang: int) -> Entiers:
    """Un changement = un entier, dont l'ordre naturel est (apprenti, jour, rang d'application)."""
    code = _CODES[statut] if isinstance(statut, str) else statut
    cle = (apprenti << _BITS_JOUR) + (jour + _DECALAGE)
    return (((cle << _BITS_RANG) + rang) << _BITS_STATUT) + code


def _decoder(evenements: Entiers) -> tuple[Entiers, Entiers, Entiers]:
    """Le dernier appliqué de chaque jour l'emporte ; un statut répété n'est pas un changement."""
    jours = evenements >> (_BITS_RANG + _BITS_STATUT)
    evenements = evenements[np.r_[jours[1:] != jours[:-1], True]] if len(evenements) else evenements
    cle = evenements >> (_BITS_RANG + _BITS_STATUT)
    apprenti, code = cle >> _BITS_JOUR, evenements & ((1 << _BITS_STATUT) - 1)
    change = np.ones(len(code), dtype=np.bool_)
    change[1:] = (apprenti[1:] != apprenti[:-1]) | (code[1:] != code[:-1])
    jour = (cle & ((1 << _BITS_JOUR) - 1)) - _DECALAGE
    return apprenti[change], jour[change], code[change]


def _en_table(ids: pd.Series, changements: tuple[Entiers, Entiers, Entiers]) -> pd.DataFrame:
    apprenti, jour, code = changements
    return pd.DataFrame(
        {
            "id_apprenti": ids.take(apprenti).reset_index(drop=True),
            "depuis": jour.astype("datetime64[D]").astype("datetime64[us]"),
            "statut": _en_statuts(code),
        }
    )


def _en_statuts(codes: Entiers) -> pd.Series:
    """Passe par un dictionnaire Arrow : cinq textes seulement, au lieu d'un objet Python par ligne."""
    textes = pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int8)), pa.array(STATUTS, pa.large_string()))
    return pd.Series(textes.cast(pa.large_string()), dtype="str")
