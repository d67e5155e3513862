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
    "code_incomplet": ("formation aux codes incomplets", "formations aux codes incomplets"),
}
