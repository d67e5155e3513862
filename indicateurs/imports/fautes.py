"""Ce que le diagnostic reproche à une cellule : cause, message, remède ; jamais une exception."""

from dataclasses import dataclass
from typing import Literal

Gravite = Literal["bloquant", "avertissement"]
BLOQUANT: Gravite = "bloquant"
AVERTISSEMENT: Gravite = "avertissement"


@dataclass(frozen=True, slots=True)
class Faute:
    """Une faute de lecture ; `illisible` : aucune valeur n'a pu être tirée du texte."""

    cause: str
    message: str
    remede: str
    illisible: bool = False


@dataclass(frozen=True, slots=True)
class Anomalie:
    """Un constat du diagnostic. `ligne` : rang dans le fichier (en-tête comprise) ; `colonne` : nom du champ.

    `valeur` peut être nominative : elle est montrée à qui a déposé le fichier, jamais journalisée.
    """

    ligne: int
    colonne: str
    valeur: str
    gravite: Gravite
    message: str
    remede: str
    cause: str

    def en_dict(self) -> dict[str, str | int]:
        """Les six clés publiques, dans l'ordre annoncé."""
        return {
            "ligne": self.ligne,
            "colonne": self.colonne,
            "valeur": self.valeur,
            "gravite": self.gravite,
            "message": self.message,
            "remede": self.remede,
        }


# Par cause : ce que l'on compte à l'écran, au singulier et au pluriel.
LIBELLES: dict[str, tuple[str, str]] = {
    "champ_manquant": ("valeur obligatoire absente", "valeurs obligatoires absentes"),
    "nom_sans_lettre": ("nom sans aucune lettre", "noms sans aucune lettre"),
    "erreur_tableur": ("erreur de formule", "erreurs de formule"),
    "date_illisible": ("date illisible", "dates illisibles"),
    "booleen_illisible": ("réponse oui/non illisible", "réponses oui/non illisibles"),
    "siret_forme": ("SIRET mal formé", "SIRET mal formés"),
    "siret_cle": ("SIRET à la clé fausse", "SIRET à la clé fausse"),
    "uai_forme": ("UAI mal formé", "UAI mal formés"),
    "uai_cle": ("UAI à la lettre fausse", "UAI à la lettre fausse"),
    "uai_zero": ("UAI sans son zéro de tête", "UAI sans leur zéro de tête"),
    "rncp_forme": ("code RNCP mal formé", "codes RNCP mal formés"),
    "cfd_forme": ("code diplôme mal formé", "codes diplôme mal formés"),
    "ine_forme": ("INE mal formé", "INE mal formés"),
    "numero_arrondi": ("numéro arrondi par le tableur", "numéros arrondis par le tableur"),
    "annee_scolaire_forme": ("année scolaire mal formée", "années scolaires mal formées"),
    "annee_formation_forme": ("année de formation imprévue", "années de formation imprévues"),
    "sexe_forme": ("sexe imprévu", "sexes imprévus"),
    "duree_forme": ("durée imprévue", "durées imprévues"),
    "formation_inversee": ("formation finie avant son entrée", "formations finies avant leur entrée"),
    "contrat_sans_debut": ("contrat sans date de début", "contrats sans date de début"),
    "contrat_inverse": ("contrat fini avant son début", "contrats finis avant leur début"),
    "rupture_hors_contrat": ("rupture hors de son contrat", "ruptures hors de leur contrat"),
    "contrat_eloigne": ("contrat loin de la formation", "contrats loin de la formation"),
    "contrat_repete": ("contrat au même début qu'un autre", "contrats au même début qu'un autre"),
    "exclusion_hors_formation": ("exclusion hors de la formation", "exclusions hors de la formation"),
    "naissance_invraisemblable": ("naissance invraisemblable", "naissances invraisemblables"),
    "cellules_en_trop": ("ligne aux cellules en trop", "lignes aux cellules en trop"),
    "ligne_exemple": ("ligne d'exemple du modèle", "lignes d'exemple du modèle"),
    "ine_change": ("INE différent pour la même personne", "INE différents pour la même personne"),
    "ine_partage": ("INE porté par deux personnes", "INE portés par deux personnes"),
    "date_zero": ("date sans son zéro de tête", "dates sans leur zéro de tête"),
    "nombre_illisible": ("nombre illisible", "nombres illisibles"),
    "nombre_negatif": ("nombre négatif", "nombres négatifs"),
    "entier_attendu": ("nombre à virgule", "nombres à virgule"),
    "heures_illisibles": ("durée illisible", "durées illisibles"),
    "echeance_forme": ("échéance imprévue", "échéances imprévues"),
    "annee_forme": ("année illisible", "années illisibles"),
    "promotion_forme": ("promotion illisible", "promotions illisibles"),
    "millesime_forme": ("millésime illisible", "millésimes illisibles"),
    "donnee_ouverte_illisible": ("donnée ouverte illisible", "données ouvertes illisibles"),
    "code_inconnu": ("valeur imprévue", "valeurs imprévues"),
    "identite_incomplete": ("personne impossible à reconnaître", "personnes impossibles à reconnaître"),
    "ligne_repetee": ("ligne répétée", "lignes répétées"),
    "ligne_contredite": ("ligne qui en contredit une autre", "lignes qui en contredisent une autre"),
    "cellules_manquantes": ("ligne aux cellules manquantes", "lignes aux cellules manquantes"),
    "admis_sans_presence": ("admission sans présence", "admissions sans présence"),
    "presence_deduite": ("présence déduite de l'admission", "présences déduites de l'admission"),
    "realisees_depassent_prevues": ("réalisé au-delà du prévu", "réalisés au-delà du prévu"),
    "fenetre_inversee": ("période finie avant son début", "périodes finies avant leur début"),
    "mission_validee_avant_sa_demande": (
        "mission validée avant sa demande",
        "missions validées avant leur demande",
    ),
    "reponse_contradictoire": ("réponse contradictoire", "réponses contradictoires"),
    "reponse_sans_situation": ("réponse sans situation", "réponses sans situation"),
    "recherche_trop_longue": ("recherche plus longue que l'échéance", "recherches plus longues que l'échéance"),
    "contrat_sans_emploi": ("contrat sans emploi", "contrats sans emploi"),
    "echelle_inversee": ("échelle inversée", "échelles inversées"),
    "note_hors_echelle": ("note hors de son échelle", "notes hors de leur échelle"),
    "note_incomplete": ("note incomplète", "notes incomplètes"),
    "sollicites_contradictoires": ("nombre de sollicités contradictoire", "nombres de sollicités contradictoires"),
    "plus_de_repondants": ("plus de répondants que de sollicités", "plus de répondants que de sollicités"),
    "composantes_depassent_le_total": ("somme de taux au-delà de 100", "sommes de taux au-delà de 100"),
    "code_incomplet": ("formation aux codes incomplets", "formations aux codes incomplets"),
}
