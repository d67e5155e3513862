"""Rapprocher les colonnes d'un fichier de celles d'un format : ce que la page montre, et ce qu'elle renvoie."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from charte.commun.web import ErreurDeChamp
from indicateurs.imports.diagnostic import FORMAT_DES_APPRENTIS
from indicateurs.imports.format import ColonneLisible
from indicateurs.imports.limites import limites
from indicateurs.imports.questions import (
    LigneDeQuestion,
    lignes_de_questions,
    lire_les_questions,
    proposer,
    sans_les_questions,
)
from indicateurs.sources.correspondance import Correspondance, Entetes, format_de, verifier
from indicateurs.sources.format import SOURCES, charger_source
from indicateurs.sources.suggestion import Suggestion, lecteur_du_champ, suggerer

NOM_MAXIMAL = 120
NOURRIT = {
    FORMAT_DES_APPRENTIS: "Effectifs, ruptures, abandons, obtention : le fichier de base, à déposer d’abord.",
    "sifa_2024": "Effectifs et ruptures, avec l’effectif de l’employeur.",
    "resultats": "Obtention et échec : qui était présent, qui est admis.",
    "heures": "Réalisation : heures prévues et heures faites.",
    "rencontres": "Rencontres avec l’employeur, visites, missions validées.",
    "enquete_insertion": "Insertion de 6 à 30 mois, durée de recherche, adéquation, poursuite d’études.",
    "satisfaction": "Satisfaction de chaque public, taux de réponse, qualité du suivi.",
    "insersup": "Repères : l’insertion des diplômés publiée par le ministère.",
    "inserjeunes_cfa": "Repères : l’insertion des apprentis de chaque CFA, et la valeur ajoutée.",
    "inserjeunes_cfa_niveau": "Repères : l’insertion des apprentis de chaque CFA, par niveau.",
}
"""Ce que chaque source nourrit, en une ligne."""


LIBELLES = {
    "nom_apprenant": "Nom de l’apprenti",
    "prenom_apprenant": "Prénom de l’apprenti",
    "date_de_naissance_apprenant": "Date de naissance",
    "ine_apprenant": "INE",
    "sexe_apprenant": "Sexe",
    "rqth_apprenant": "Reconnaissance de travailleur handicapé",
    "formation_rncp": "Code RNCP",
    "formation_cfd": "Code formation diplôme",
    "libelle_court_formation": "Nom de la formation",
    "etablissement_responsable_uai": "UAI du CFA responsable",
    "etablissement_formateur_uai": "UAI du lieu de formation",
    "annee_scolaire": "Année scolaire",
    "annee_session": "Année de la session",
    "present": "Présent à l’examen",
    "admis": "Admis",
    "heures_prevues": "Heures prévues",
    "heures_realisees": "Heures réalisées",
    "nature": "Nature de la rencontre",
    "rang": "Rang de la rencontre",
    "prevue_du": "Prévue à partir du",
    "prevue_au": "Prévue jusqu’au",
    "tenue_le": "Tenue le",
    "mois_apres_sortie": "Mois depuis la sortie",
    "a_repondu": "A répondu",
    "situation": "Situation",
    "type_contrat": "Type de contrat",
    "adequation": "Emploi en rapport avec le diplôme",
    "duree_recherche_mois": "Durée de recherche, en mois",
    "public": "Public interrogé",
    "question": "Question",
    "numero_repondant": "Numéro du répondant",
    "note": "Note",
    "note_min": "Note la plus basse possible",
    "note_max": "Note la plus haute possible",
    "nombre_sollicites": "Personnes sollicitées",
    "date_entree_formation": "Entrée en formation",
    "date_fin_formation": "Fin de la formation",
    "contrat_date_debut": "Début du contrat",
    "contrat_date_fin": "Fin prévue du contrat",
    "contrat_date_rupture": "Rupture du contrat",
    "cause_rupture_contrat": "Cause de la rupture",
    "siret_employeur": "SIRET de l’employeur",
}
"""Les champs que l'on rapproche le plus, en clair ; un autre garde le nom de sa colonne."""


@dataclass(frozen=True)
class SourceProposee:
    """Une source que l'on peut déposer. `limites` : les indicateurs qu'elle ne peut pas nourrir, et pourquoi."""

    cle: str
    titre: str
    nourrit: str
    limites: tuple[str, ...]


def sources_proposees() -> tuple[SourceProposee, ...]:
    """Toutes les sources, le tableau des apprentis d'abord."""
    apprentis = SourceProposee(
        FORMAT_DES_APPRENTIS, "Tableau de bord de l’apprentissage", NOURRIT[FORMAT_DES_APPRENTIS], ()
    )
    autres = (charger_source(cle) for cle in SOURCES)
    return (
        apprentis,
        *(SourceProposee(f.cle, f.titre, NOURRIT[f.cle], limites(f)) for f in autres),
    )


def est_une_source(cle: str) -> bool:
    """Vrai si cette clé est celle d'un format connu."""
    return cle == FORMAT_DES_APPRENTIS or cle in SOURCES


@dataclass(frozen=True)
class LigneDeColonne:
    """Un champ du format et la colonne proposée. `fixe` : la valeur à donner à toutes les lignes, s'il n'y en a pas."""

    champ: str
    nom: str
    requise: bool
    titre: str
    fixe: str
    raison: str
    exemples: tuple[str, ...]


@dataclass(frozen=True)
class Rapprochement:
    """Ce que la page montre : les champs d'un format et leur colonne, puis les colonnes qui seraient des questions."""

    lignes: tuple[LigneDeColonne, ...]
    questions: tuple[LigneDeQuestion, ...]

    @property
    def par_question(self) -> bool:
        """Vrai si une colonne au moins est prise pour une question."""
        return any(ligne.choix for ligne in self.questions)


def rapprocher(entetes: Entetes, cle: str, choisies: Correspondance | None = None) -> Rapprochement:
    """Les champs lus d'un format et les questions, chacun avec la colonne choisie, à défaut celle que l'on suggère."""
    suggestions = suggerer(entetes, cle)
    proposees = proposer(entetes, cle, suggestions)
    suggestions = sans_les_questions(suggestions, proposees, cle)
    lues = [colonne for colonne in format_de(cle).par_champ.values() if colonne.lue]
    lignes = tuple(_ligne(colonne, suggestions.get(colonne.champ), entetes, choisies) for colonne in lues)
    return Rapprochement(lignes, lignes_de_questions(entetes, proposees, choisies, cle))


def _ligne(
    colonne: ColonneLisible, suggestion: Suggestion | None, entetes: Entetes, choisies: Correspondance | None
) -> LigneDeColonne:
    titre = suggestion.entete if suggestion else ""
    if choisies is not None:
        titre = choisies.champs.get(colonne.champ, "")
    return LigneDeColonne(
        colonne.champ,
        nom_du_champ(colonne),
        getattr(colonne, "requise", None) == "oui",
        titre,
        choisies.constantes.get(colonne.champ, "") if choisies else "",
        suggestion.raison if suggestion and suggestion.entete == titre else "",
        entetes.exemples.get(titre, ()),
    )


def nom_du_champ(colonne: ColonneLisible) -> str:
    """Le champ, en clair s'il est de ceux que l'on rapproche souvent."""
    return LIBELLES.get(colonne.champ, str(getattr(colonne, "nom", colonne.champ)))


def lire_les_choix(
    saisies: Mapping[str, str], entetes: Entetes, cle: str
) -> tuple[Correspondance, str, list[ErreurDeChamp]]:
    """La correspondance envoyée, le nom sous lequel la garder, et ce qui l'empêche de s'appliquer."""
    connus = [champ for champ, colonne in format_de(cle).par_champ.items() if colonne.lue]
    champs = {champ: titre for champ in connus if (titre := saisies.get(f"colonne-{champ}", "")) in entetes.titres}
    dites = {champ: saisies.get(f"fixe-{champ}", "").strip()[:200] for champ in connus}
    constantes = {champ: texte for champ, texte in dites.items() if texte}
    questions = lire_les_questions(saisies, entetes, cle)
    correspondance = Correspondance(cle, champs, constantes, entetes.empreinte, questions)
    nom = " ".join(saisies.get("nom", "").split())
    erreurs = [ErreurDeChamp("", faute) for faute in verifier(correspondance)]
    erreurs += [ErreurDeChamp("", faute) for faute in _constantes_illisibles(constantes, cle)]
    if len(nom) > NOM_MAXIMAL:
        erreurs.append(ErreurDeChamp("nom", f"Ce nom dépasse {NOM_MAXIMAL} caractères : raccourcissez-le."))
    return correspondance, nom, erreurs


def _constantes_illisibles(constantes: Mapping[str, str], cle: str) -> Iterator[str]:
    """Une valeur donnée pour toutes les lignes, illisible, les écarterait toutes : autant le dire tout de suite."""
    format_ = format_de(cle)
    for champ, texte in constantes.items():
        lu = lecteur_du_champ(format_, champ)(texte)
        if lu.faute is not None and (lu.faute.illisible or lu.valeur is None):
            yield f"{nom_du_champ(format_.par_champ[champ])}, « {texte} » : {lu.faute.message} {lu.faute.remede}"
