"""Le diagnostic d'une source, quel que soit son format : le même objet que celui du tableau des apprentis."""

from collections.abc import Mapping

from indicateurs.imports.diagnostic import Diagnostic, Progression
from indicateurs.imports.identite import repere_de_cle
from indicateurs.imports.lecture import Tableau, lire_fichier
from indicateurs.sources.controle import controler_source, ordonner
from indicateurs.sources.etalement import Etale
from indicateurs.sources.format import FormatSource, charger_source
from indicateurs.sources.rangement import (
    empreintes_d_avant,
    personnes_des_ecartees,
    retenir_source,
    signaler_les_repetitions,
)


def diagnostiquer_source(
    octets: bytes,
    nom: str,
    source: str,
    cle: bytes,
    *,
    progression: Progression | None = None,
    ancienne: bytes | None = None,
) -> Diagnostic:
    """Diagnostique un fichier d'un format connu (`SOURCES`).

    `nom` : nom montré dans les messages. `cle` : clé des empreintes d'identité ; `ancienne` : celle d'avant, pendant un
    changement de clé. `progression(fait, total)` : en lignes. Lève `FichierIllisible` si rien ne peut être lu.
    `Diagnostic.lignes` : voir `retenir_source`.
    """
    format_ = charger_source(source)
    tableau = lire_fichier(octets, nom, format_)
    noms = noms_cites(tableau, format_)
    return diagnostiquer_tableau(tableau, format_, nom, noms=noms, cle=cle, progression=progression, ancienne=ancienne)


def noms_cites(tableau: Tableau, format_: FormatSource) -> dict[str, str]:
    """Champ → nom que citent les anomalies : le titre, précédé de son rang si le fichier n'a pas d'en-tête."""
    if tableau.ligne_entete:
        return {colonne.champ: colonne.nom for colonne in format_.colonnes}
    return {colonne.champ: f"{rang} – {colonne.nom}" for rang, colonne in enumerate(format_.colonnes, start=1)}


def diagnostiquer_tableau(
    tableau: Tableau,
    format_: FormatSource,
    nom: str,
    *,
    noms: Mapping[str, str],
    cle: bytes,
    progression: Progression | None = None,
    ancienne: bytes | None = None,
    etale: Etale | None = None,
) -> Diagnostic:
    """Diagnostique un tableau déjà lu ; `noms` : champ → nom cité par les anomalies.

    `etale` : d'où vient ce tableau, s'il avait une colonne par question.
    """
    total = len(tableau.lignes)
    titres = {format_.en_colonnes.valeur: etale.titres} if etale and format_.en_colonnes else {}

    def avancer(part: float) -> None:
        if progression:
            progression(int(part * total), total)

    releve = controler_source(tableau, format_, noms, lambda part: avancer(part * 0.8), titres)
    lignes = retenir_source(releve, cle)
    signaler_les_repetitions(releve, lignes)
    avancer(1.0)
    return Diagnostic(
        nom=nom,
        lues=total,
        retenues=len(lignes),
        ecartees=total - len(lignes),
        # Étalée, une ligne revient autant de fois qu'elle a de réponses : sa faute ne se dit qu'une fois.
        anomalies=tuple(dict.fromkeys(ordonner(releve.anomalies, format_, noms))),
        colonnes_inconnues=tableau.inconnues,
        colonnes_absentes=_absentes(tableau, format_, noms),
        feuille=tableau.feuille,
        feuilles_ignorees=tableau.feuilles_ignorees,
        encodage=tableau.encodage,
        ligne_entete=tableau.ligne_entete,
        lignes=lignes,
        personnes_ecartees=personnes_des_ecartees(releve, cle),
        repere_cle=repere_de_cle(cle),
        anciennes={} if ancienne is None else empreintes_d_avant(releve, cle, ancienne),
        source=format_.cle,
        separateur=tableau.separateur,
        places={noms.get(champ, champ): place for champ, place in tableau.places.items()},
        notes=_notes(tableau, format_) + (etale.notes if etale else ()),
        par_question=etale is not None,
    )


def _absentes(tableau: Tableau, format_: FormatSource, noms: Mapping[str, str]) -> tuple[str, ...]:
    schema = schema_de(tableau, format_)
    hors_schema = {c for cle, champs in format_.schemas.items() if cle != schema for c in champs}
    return tuple(
        noms.get(colonne.champ, colonne.champ)
        for colonne in format_.lues
        if colonne.champ not in tableau.cellules and colonne.champ not in hors_schema
    )


def schema_de(tableau: Tableau, format_: FormatSource) -> str | None:
    """Le schéma dont le fichier porte le plus de colonnes ; None si le format n'en a pas, ou s'il n'en porte aucune."""
    comptes = {cle: sum(c in tableau.cellules for c in champs) for cle, champs in format_.schemas.items()}
    return max(comptes, key=lambda cle: comptes[cle]) if any(comptes.values()) else None


def _notes(tableau: Tableau, format_: FormatSource) -> tuple[str, ...]:
    notes = []
    if format_.sans_entete and not tableau.ligne_entete:
        notes.append(f"{len(format_.colonnes)} colonnes sans ligne de titres : lu au rang de chaque colonne.")
    if format_.sans_entete and tableau.ligne_entete:
        notes.append("Ce fichier porte ses titres en première ligne : chaque colonne est lue à son titre.")
    if format_.schemas:
        schema = schema_de(tableau, format_)
        notes.append(f"Schéma {schema} reconnu." if schema else "Aucun effectif : les taux n'ont pas de dénominateur.")
    return tuple(notes)
