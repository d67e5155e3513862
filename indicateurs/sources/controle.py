"""Le contrôle d'une source : chaque cellule lue, chaque exigence vérifiée, toutes les anomalies d'un coup."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from indicateurs.imports.dates import DECALAGE_1904
from indicateurs.imports.fautes import AVERTISSEMENT, BLOQUANT, Anomalie, Faute, Gravite
from indicateurs.imports.lecture import Tableau
from indicateurs.imports.releve import Masque, Releve, lire_colonne
from indicateurs.imports.valeurs import Lu
from indicateurs.sources.format import ColonneSource, FormatSource, lecteur_de
from indicateurs.sources.regles import REGLES, ReleveDeSource
from indicateurs.sources.valeurs import normaliser_code

Avancement = Callable[[float], None]


def controler_source(
    tableau: Tableau,
    format_: FormatSource,
    noms: Mapping[str, str],
    avancer: Avancement | None = None,
    titres: Mapping[str, Sequence[str]] | None = None,
) -> ReleveDeSource:
    """Lit et contrôle tout un tableau ; `noms` : champ → nom cité par les anomalies ; `avancer` : part faite, 0 à 1.

    `titres` : champ → nom cité, ligne par ligne, s'il vient de plusieurs colonnes.
    """
    bloquees = np.zeros(len(tableau.lignes), dtype=bool)
    releve = Releve(tableau, format_, bloquees=bloquees, noms=noms, titres=titres or {})
    colonnes = [colonne for colonne in format_.lues if colonne.champ in tableau.cellules]
    for rang, colonne in enumerate(colonnes):
        _lire_colonne(releve, colonne)
        if avancer:
            avancer((rang + 1) / len(colonnes))
    _exiger(releve)
    _exiger_un_des(releve)
    if format_.rattachement == "identite":
        _exiger_la_personne(releve)
    elif format_.rattachement == "formation":
        _exiger_la_formation(releve)
    _signaler_largeurs(releve)
    _refuser_les_exemples(releve)
    for regle in format_.regles:
        REGLES[regle](releve)
    return releve


def _lire_colonne(releve: ReleveDeSource, colonne: ColonneSource) -> None:
    decalage = DECALAGE_1904 if releve.tableau.calendrier_1904 else 0
    lecteur = lecteur_de(releve.format, colonne, decalage)
    lire_colonne(releve, colonne.champ, lecteur, partial(_gravite, colonne), en_jours=colonne.en_jours)
    if vides := colonne.vides_normalises:
        textes = releve.tableau.cellules[colonne.champ]
        dits_vides = {texte for texte in set(textes) if normaliser_code(texte) in vides}
        absents = np.fromiter((texte in dits_vides for texte in textes), dtype=bool, count=len(textes))
        releve.presents[colonne.champ] &= ~absents


def _gravite(colonne: ColonneSource, lu: Lu) -> Gravite:
    if lu.faute is not None and not lu.faute.illisible and lu.valeur is not None:
        return AVERTISSEMENT
    sans_valeur = colonne.requise == "oui" and lu.valeur is None
    return BLOQUANT if colonne.illisible_bloque or sans_valeur else AVERTISSEMENT


def _nom(releve: ReleveDeSource, champ: str) -> str:
    return releve.noms.get(champ, champ)


def _exiger(releve: ReleveDeSource) -> None:
    for colonne in releve.format.lues:
        if colonne.requise == "oui":
            nom = _nom(releve, colonne.champ)
            faute = Faute("champ_manquant", f"Il manque {nom}.", "Remplissez cette cellule.")
            releve.noter_tous(~releve.present(colonne.champ), colonne.champ, BLOQUANT, faute)


def _aucun_present(releve: ReleveDeSource, champs: tuple[str, ...]) -> Masque:
    return np.asarray(~np.logical_or.reduce([releve.present(champ) for champ in champs]))


def _exiger_un_des(releve: ReleveDeSource) -> None:
    for groupe in releve.format.un_des:
        noms = " ou ".join(_nom(releve, champ) for champ in groupe)
        faute = Faute("champ_manquant", f"Il manque {noms}.", "Remplissez au moins une de ces cellules.")
        releve.noter_tous(_aucun_present(releve, groupe), groupe[0], BLOQUANT, faute)


def _exiger_la_formation(releve: ReleveDeSource) -> None:
    codes = ("formation_rncp", "formation_cfd")
    noms = " ou ".join(_nom(releve, champ) for champ in codes)
    faute = Faute("champ_manquant", f"Il manque le code de la formation ({noms}).", "Remplissez un des deux codes.")
    releve.noter_tous(_aucun_present(releve, codes), codes[0], BLOQUANT, faute)


def personne_complete(releve: ReleveDeSource) -> Masque:
    """Lignes qui portent nom, prénom et date de naissance, tous trois lisibles."""
    identite = releve.format.identite
    complete = ~np.isnat(releve.date(identite.naissance))
    for champ in (identite.nom, identite.prenom):
        complete &= np.fromiter((v is not None for v in releve.valeur(champ)), dtype=bool, count=releve.n)
    return np.asarray(complete)


def _exiger_la_personne(releve: ReleveDeSource) -> None:
    identite = releve.format.identite
    ine = np.fromiter((v is not None for v in releve.valeur(identite.ine)), dtype=bool, count=releve.n)
    noms = [_nom(releve, champ) for champ in (identite.nom, identite.prenom, identite.naissance)]
    faute = Faute(
        "identite_incomplete",
        f"Rien ne dit de qui parle cette ligne : il manque {noms[0]}, {noms[1]} ou {noms[2]}, et l'INE.",
        "Remplissez ces trois cellules, ou l'INE.",
    )
    inconnue = ~personne_complete(releve) & ~ine & ~_identite_illisible(releve)
    releve.noter_tous(inconnue, identite.nom, BLOQUANT, faute)


def _identite_illisible(releve: ReleveDeSource) -> Masque:
    """Lignes dont le nom, le prénom ou la naissance est écrit mais illisible : cette faute l'écarte déjà."""
    identite = releve.format.identite
    illisible = releve.present(identite.naissance) & np.isnat(releve.date(identite.naissance))
    for champ in (identite.nom, identite.prenom):
        lus = np.fromiter((v is not None for v in releve.valeur(champ)), dtype=bool, count=releve.n)
        illisible |= releve.present(champ) & ~lus
    return np.asarray(illisible)


def _signaler_largeurs(releve: ReleveDeSource) -> None:
    rangs = {ligne: rang for rang, ligne in enumerate(releve.tableau.lignes)}
    premier, au_rang = releve.format.colonnes[0].champ, releve.tableau.ligne_entete == 0
    for ligne, nombre in releve.tableau.en_trop.items():
        if ligne in rangs:
            faute = _faute_de_largeur(nombre)
            releve.noter(rangs[ligne], premier, BLOQUANT if au_rang else AVERTISSEMENT, faute)


def _faute_de_largeur(nombre: int) -> Faute:
    remede = "Mettez entre guillemets les textes qui contiennent le séparateur."
    if nombre < 0:
        message = f"Il manque {-nombre} cellule(s) à la ligne : ses valeurs ont pu glisser."
        return Faute("cellules_manquantes", message, "Exportez de nouveau le fichier depuis votre logiciel.")
    message = f"La ligne compte {nombre} cellule(s) de plus que l'en-tête : ses valeurs ont pu glisser."
    return Faute("cellules_en_trop", message, remede)


def _refuser_les_exemples(releve: ReleveDeSource) -> None:
    """La ligne d'exemple du modèle vide : toutes ses cellules remplies, et elles seules, avec les mêmes textes."""
    attendus = {c.champ: c.exemple for c in releve.format.lues if c.champ in releve.tableau.cellules}
    if sum(map(bool, attendus.values())) < 2:
        return
    egales = np.ones(releve.n, dtype=bool)
    for champ, attendu in attendus.items():
        textes = releve.tableau.cellules[champ]
        egales &= np.fromiter((texte == attendu for texte in textes), dtype=bool, count=releve.n)
    faute = Faute("ligne_exemple", "C'est la ligne d'exemple du modèle.", "Supprimez cette ligne de votre fichier.")
    releve.noter_tous(egales, releve.format.colonnes[0].champ, BLOQUANT, faute)


def ordonner(anomalies: list[Anomalie], format_: FormatSource, noms: Mapping[str, str]) -> list[Anomalie]:
    """Anomalies par ligne, puis dans l'ordre des colonnes du format ; les questions en colonnes viennent après."""
    ordre = {noms.get(colonne.champ, colonne.champ): rang for rang, colonne in enumerate(format_.colonnes)}
    return sorted(anomalies, key=lambda anomalie: (anomalie.ligne, ordre.get(anomalie.colonne, len(ordre))))
