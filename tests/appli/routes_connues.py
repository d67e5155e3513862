"""Toutes les routes, le geste de chacune, une saisie juste : ce que parcourent les essais de cloisonnement."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from appli.donnees_personnelles.registre import Duree
from charte.acteur import Geste
from charte.commun.base import maintenant
from charte.commun.typographie import FUSEAU
from grilles.services import annee_courante
from tests.appli.univers import (
    ECHEANCE_DU_JALON,
    ELEMENT,
    FICHIER_CSV,
    INDICATEUR,
)
from tests.conftest import MOT_DE_PASSE
from tests.grilles.classeur.fabrique import classeur_de
from tests.indicateurs.imports.fabrique import uai

ICI, AILLEURS, INCONNU = "marque-d-ici", "marque-d-ailleurs", 987_654_321
OBJETS = {
    "formation_id": "formation", "cfa_id": "cfa", "convention_id": "convention", "composante_id": "composante",
    "compte_id": "compte", "mandat_id": "mandat", "demande_id": "demande_avis",
    "jalon_id": "jalon", "campagne_id": "campagne", "objectif_id": "objectif",
    "action_id": "action", "risque_id": "risque",
    "lien_id": "lien", "archive_id": "archive", "revue_id": "revue", "arretee_id": "arretee",
    "publication_id": "publication",
    "preuve_id": "preuve", "depot_id": "depot", "rapport_id": "rapport", "travail_id": "travail",
}  # fmt: skip
"""Paramètre d'adresse → la sorte d'objet qu'il désigne."""
VALEURS = {
    "modele": "resultats.xlsx",
    "poste": "1", "element": ELEMENT, "cle": "obtention", "fichier": "positions.svg", "figure": "evolution.svg",
    "file_path": "icone.svg", "fournisseur": "inconnu", "referentiel": "qualiopi", "edition": "2026",
    "rang": "1", "revision": "1", "acte": "report", "annee": str(annee_courante()),
    "rentree": str(annee_courante() - 1), "version": "1", "indicateur": INDICATEUR, "famille": "ruptures",
    "uai": uai(350_000),
}  # fmt: skip
"""Paramètres d'adresse qui ne désignent rien qui appartienne à un établissement."""


@dataclass(frozen=True)
class Cas:
    """Ce qu'une route demande, et une saisie juste si elle écrit."""

    geste: Geste
    saisies: dict[str, str] = field(default_factory=dict)
    fichiers: dict[str, Any] | None = None


_PREUVE = {"titre": "Livret", "adresse": "https://intranet.exemple.invalid/livret.pdf"}
_CONVENTION = {"nature": "document_interne", "date_debut": "2024-09-01"}
GRILLE, CONSEIL = "/diplomes/{formation_id:int}/grille", "/diplomes/{formation_id:int}/conseil"
COMPTE, SECOND_FACTEUR = "/comptes/{compte_id:int}", "/mon-compte/second-facteur"
_MANDAT = {"role": "lecteur", "portee": "etablissement"}
_MOT_DE_PASSE = dict.fromkeys(("nouveau", "encore"), "sept bougies vertes au port") | {"actuel": MOT_DE_PASSE}
CFA, DEPOT = "/parties/cfa/{cfa_id:int}", "/depots/{depot_id:int}"
REFERENTIEL = "/charte/referentiels/{referentiel:str}/{edition:str}"
AVIS = "/diplomes/{formation_id:int}/avis"
DEMANDE_D_AVIS = {
    "public": "employeurs", "repere": "Atelier", "elements": ELEMENT,
    "echeance": f"{maintenant().astimezone(FUSEAU) + timedelta(days=9):%Y-%m-%d}",
}  # fmt: skip
JALONS, JALON = "/diplomes/{formation_id:int}/jalons", "/diplomes/{formation_id:int}/jalons/{jalon_id:int}"
ARRETES = "/diplomes/{formation_id:int}/arretes"
VERSION = ARRETES + "/{rentree:int}/{version:int}"
REVISION = JALONS + "/revision/{annee:int}"
_JALON = {"intitule": "Jalon repris", "echeance": f"{ECHEANCE_DU_JALON:%Y-%m-%d}"}
_REPORT = {"le": "2025-10-01", "motif": "Le forum est décalé.", "echeance": "2027-06-30", "version": "3"}
_SEANCE = {"le": "2025-10-02", "instance": "conseil de perfectionnement"}
CAMPAGNE = "/campagnes/{campagne_id:int}"
_CAMPAGNE = {"libelle": "Campagne réglée", "edition": "2023-10", "relances": "7", "version": "1"}
PUBLICATION, PUBLIER = "/publications/{publication_id:int}", "/publications/cfa/{cfa_id:int}/{annee:int}"
OUVERT = "/ouvert/{uai:str}"
REVUE, ARRETEE = "/revues/{revue_id:int}", "/revues/arretees/{arretee_id:int}"
_DECISION = {"intitule": "Rencontrer les employeurs", "porteur": "direction", "echeance": "2027-06-30"}
ACTION, RISQUE = "/actions/{action_id:int}", "/risques/{risque_id:int}"
OBJECTIFS = "/indicateurs/objectifs"
OBJECTIF = OBJECTIFS + "/{objectif_id:int}"
_OBJECTIF = {
    "cible": "5", "echeance": "2030-08-31", "convenu_par": "l’établissement et le CFA", "convenu_le": "2026-03-12",
}  # fmt: skip
_ACTION = {
    "intitule": "Agir", "origine": "audit", "gravite": "majeure", "constate_le": "2026-03-12", "porteur": "direction",
    "priorite": "haute", "version": "1",
}  # fmt: skip
_RISQUE = {"intitule": "Manquer d’entreprises", "vraisemblance": "2", "gravite": "3", "version": "1"}
PREUVE, PREUVES = "/preuves/{preuve_id:int}", "/diplomes/{formation_id:int}/preuves"
_TEXTE = ("note.txt", b"Une note.")
_LIGNE = {"referentiel": "qualiopi", "edition": "2026", "reference": "20", "elements": ELEMENT}
PURGE, PERSONNE = "/donnees-personnelles/conservation", "/donnees-personnelles/personne"
# Les gestes qui ferment ou retirent un objet viennent après ceux qui le lisent : le contrôle des droits les suit.
ROUTES_CONNUES: dict[tuple[str, str], Cas] = {
    # Avant ce qui change le code de la formation : un classeur revient à celle dont il porte le code.
    ("POST", GRILLE + "/classeur"): Cas(Geste.REMPLIR_GRILLE, {"partie": "concertee"}, {"fichier": classeur_de(ICI)}),
    ("GET", "/charte"): Cas(Geste.PUBLIC),
    ("GET", "/charte/comparaison"): Cas(Geste.PUBLIC),
    ("GET", "/charte.json"): Cas(Geste.PUBLIC),
    ("GET", "/charte/referentiels"): Cas(Geste.PUBLIC),
    ("GET", REFERENTIEL): Cas(Geste.PUBLIC),
    ("GET", REFERENTIEL + "/changements"): Cas(Geste.PUBLIC),
    ("GET", "/openapi.json"): Cas(Geste.PUBLIC),
    ("GET", "/accessibilite"): Cas(Geste.PUBLIC),
    ("GET", "/donnees-personnelles"): Cas(Geste.PUBLIC),
    ("GET", "/donnees-personnelles/notice"): Cas(Geste.LIRE),
    ("GET", "/donnees-personnelles/notice.md"): Cas(Geste.LIRE),
    ("GET", PURGE): Cas(Geste.GERER_PERSONNES),
    ("POST", PURGE + "/parcours"): Cas(
        Geste.GERER_PERSONNES,
        {
            "confirmer": "oui",
            "parcours": "0",
            "contrats": "0",
            "personnes": "0",
            "limite": f"{Duree(duree=6, unite='ans').avant(maintenant().astimezone(FUSEAU)):%Y-%m-%d}",
        },
    ),
    ("POST", PURGE + "/comptes"): Cas(Geste.ADMINISTRER),
    ("GET", PERSONNE): Cas(Geste.GERER_PERSONNES),
    ("POST", PERSONNE): Cas(Geste.GERER_PERSONNES, {"numero": "1"}),
    ("POST", PERSONNE + "/extraction"): Cas(Geste.GERER_PERSONNES, {"apprenti": "1"}),
    ("POST", PERSONNE + "/effacement"): Cas(Geste.GERER_PERSONNES, {"apprenti": "1"}),
    ("POST", PERSONNE + "/effacement/confirmation"): Cas(
        Geste.GERER_PERSONNES, {"apprenti": "1", "confirmer": "oui", "mot": "effacer"}
    ),
    ("POST", PERSONNE + "/effacement/levee"): Cas(Geste.GERER_PERSONNES, {"effacement": "1"}),
    ("GET", "/.well-known/security.txt"): Cas(Geste.PUBLIC),
    ("GET", "/connexion"): Cas(Geste.PUBLIC),
    ("POST", "/connexion"): Cas(Geste.PUBLIC),
    ("POST", "/deconnexion"): Cas(Geste.PUBLIC),
    ("POST", "/connexion/fournisseurs/{fournisseur:str}"): Cas(Geste.PUBLIC),
    ("GET", "/connexion/retour/{fournisseur:str}"): Cas(Geste.PUBLIC),
    ("GET", "/connexion/code"): Cas(Geste.PUBLIC),
    ("POST", "/connexion/code"): Cas(Geste.PUBLIC),
    ("GET", "/mot-de-passe-oublie"): Cas(Geste.PUBLIC),
    ("POST", "/mot-de-passe-oublie"): Cas(Geste.PUBLIC),
    ("GET", "/lien"): Cas(Geste.PUBLIC),
    ("POST", "/lien"): Cas(Geste.PUBLIC),
    ("POST", "/lien/mot-de-passe"): Cas(Geste.PUBLIC),
    ("GET", "/mon-compte"): Cas(Geste.AVOIR_UN_COMPTE),
    ("GET", "/mon-compte/mot-de-passe"): Cas(Geste.AVOIR_UN_COMPTE),
    ("POST", "/mon-compte/mot-de-passe"): Cas(Geste.AVOIR_UN_COMPTE, _MOT_DE_PASSE),
    ("POST", "/mon-compte/sessions"): Cas(Geste.AVOIR_UN_COMPTE, {"lesquelles": "autres"}),
    ("POST", "/espace"): Cas(Geste.AVOIR_UN_COMPTE, {"etablissement_id": "1"}),
    ("GET", SECOND_FACTEUR): Cas(Geste.AVOIR_UN_COMPTE),
    ("POST", SECOND_FACTEUR + "/mise-en-service"): Cas(Geste.AVOIR_UN_COMPTE),
    ("POST", SECOND_FACTEUR + "/codes"): Cas(Geste.AVOIR_UN_COMPTE),
    ("POST", SECOND_FACTEUR + "/retrait"): Cas(Geste.AVOIR_UN_COMPTE),
    ("POST", SECOND_FACTEUR + "/preparation"): Cas(Geste.AVOIR_UN_COMPTE, {"mot_de_passe": _MOT_DE_PASSE["nouveau"]}),
    ("GET", "/boite-d-envoi"): Cas(Geste.ADMINISTRER),
    ("GET", "/comptes"): Cas(Geste.ADMINISTRER),
    ("GET", "/comptes/invitation"): Cas(Geste.ADMINISTRER),
    ("POST", "/comptes/invitation"): Cas(
        Geste.ADMINISTRER, {**_MANDAT, "courriel": "neuf@rive.invalid", "nom": "Neuf"}
    ),
    ("GET", COMPTE): Cas(Geste.ADMINISTRER),
    ("POST", COMPTE + "/invitation"): Cas(Geste.ADMINISTRER),
    ("POST", COMPTE + "/second-facteur/retrait"): Cas(Geste.ADMINISTRER),
    ("POST", COMPTE + "/mandats"): Cas(Geste.ADMINISTRER, {**_MANDAT, "role": "referent_qualite"}),
    ("POST", COMPTE + "/mandats/{mandat_id:int}/retrait"): Cas(Geste.ADMINISTRER),
    ("POST", COMPTE + "/sessions"): Cas(Geste.ADMINISTRER),
    ("POST", COMPTE + "/desactivation"): Cas(Geste.ADMINISTRER),
    ("POST", COMPTE + "/reactivation"): Cas(Geste.ADMINISTRER),
    ("GET", "/statique/{file_path:path}"): Cas(Geste.PUBLIC),
    ("HEAD", "/statique/{file_path:path}"): Cas(Geste.PUBLIC),
    ("GET", "/"): Cas(Geste.LIRE_DOSSIER),
    ("GET", "/diplomes"): Cas(Geste.LIRE_DOSSIER),
    ("GET", "/diplomes/{formation_id:int}"): Cas(Geste.LIRE_DOSSIER),
    ("GET", "/diplomes/{formation_id:int}/historique"): Cas(Geste.LIRE),
    ("GET", "/diplomes/{formation_id:int}/indicateurs"): Cas(Geste.LIRE),
    ("GET", "/indicateurs"): Cas(Geste.LIRE),
    ("GET", "/indicateurs/mesures.csv"): Cas(Geste.LIRE),
    ("GET", "/indicateurs/mesures.xlsx"): Cas(Geste.LIRE),
    ("GET", "/indicateurs/mesures.parquet"): Cas(Geste.LIRE),
    ("GET", "/indicateurs/{cle:str}"): Cas(Geste.LIRE),
    ("GET", "/indicateurs/{cle:str}/figures/{figure:str}"): Cas(Geste.LIRE),
    ("GET", "/indicateurs/{cle:str}/lignes"): Cas(Geste.LIRE_EFFECTIFS_BRUTS),
    ("POST", "/indicateurs/{cle:str}/lignes.csv"): Cas(Geste.LIRE_EFFECTIFS_BRUTS),
    ("GET", "/indicateurs/reperes"): Cas(Geste.LIRE),
    ("GET", OBJECTIFS): Cas(Geste.LIRE),
    ("GET", OBJECTIFS + "/nouveau"): Cas(Geste.REMPLIR_GRILLE),
    ("POST", OBJECTIFS + "/nouveau"): Cas(
        Geste.REMPLIR_GRILLE, {**_OBJECTIF, "perimetre": "diplome-1", "indicateur": "abandon"}
    ),
    ("GET", OBJECTIF): Cas(Geste.LIRE),
    ("GET", OBJECTIF + "/revision"): Cas(Geste.REMPLIR_GRILLE),
    ("GET", OBJECTIF + "/retrait"): Cas(Geste.REMPLIR_GRILLE),
    ("POST", OBJECTIF + "/revision"): Cas(Geste.REMPLIR_GRILLE, {**_OBJECTIF, "version": "1"}),
    # Révisé à la ligne d'avant : à sa version d'alors, il n'y a plus rien à retirer, et la page le dit.
    ("POST", OBJECTIF + "/retrait"): Cas(Geste.REMPLIR_GRILLE, {"motif": "Le diplôme ferme.", "version": "2"}),
    ("GET", "/travaux/{travail_id:int}"): Cas(Geste.LIRE),
    ("GET", "/journal"): Cas(Geste.LIRE_JOURNAL),
    ("POST", "/journal.csv"): Cas(Geste.LIRE_JOURNAL),
    ("GET", "/journal/verification"): Cas(Geste.LIRE_JOURNAL),
    ("GET", "/parties"): Cas(Geste.LIRE),
    ("GET", "/parties/etablissement"): Cas(Geste.ADMINISTRER),
    ("POST", "/parties/etablissement"): Cas(Geste.ADMINISTRER, {"nom": "Université renommée"}),
    ("GET", CFA): Cas(Geste.GERER_PARTIES),
    ("POST", CFA): Cas(Geste.GERER_PARTIES, {"nom": "CFA renommé", "interne": "oui"}),
    ("GET", CFA + "/conventions/nouvelle"): Cas(Geste.GERER_PARTIES),
    ("POST", CFA + "/conventions/nouvelle"): Cas(Geste.GERER_PARTIES, _CONVENTION),
    ("GET", "/parties/conventions/{convention_id:int}"): Cas(Geste.GERER_PARTIES),
    ("POST", "/parties/conventions/{convention_id:int}"): Cas(
        Geste.GERER_PARTIES, {**_CONVENTION, "date_debut": "2022-09-01"}
    ),
    ("GET", "/parties/composantes/nouvelle"): Cas(Geste.GERER_PARTIES),
    ("POST", "/parties/composantes/nouvelle"): Cas(Geste.GERER_PARTIES, {"nom": "IUT nouveau"}),
    ("GET", "/parties/composantes/{composante_id:int}"): Cas(Geste.GERER_PARTIES),
    ("POST", "/parties/composantes/{composante_id:int}"): Cas(Geste.GERER_PARTIES, {"nom": "IUT renommé"}),
    ("GET", "/parties/formations/{formation_id:int}"): Cas(Geste.GERER_PARTIES),
    ("POST", "/parties/formations/{formation_id:int}"): Cas(
        Geste.GERER_PARTIES, {"libelle": "BUT renommé", "code": "but-renomme"}
    ),
    ("GET", "/conseils"): Cas(Geste.LIRE_DOSSIER),
    ("GET", CONSEIL): Cas(Geste.LIRE_DOSSIER),
    ("POST", CONSEIL): Cas(Geste.EDITER_RAPPORT, {"au": ""}),
    ("GET", CONSEIL + "/graphiques/{fichier:str}"): Cas(Geste.LIRE_DOSSIER),
    ("GET", "/conseils/dossiers/{rapport_id:int}"): Cas(Geste.LIRE_DOSSIER),
    ("GET", JALONS): Cas(Geste.LIRE),
    ("GET", JALONS + "/propositions"): Cas(Geste.LIRE),
    ("GET", JALONS + "/nouveau"): Cas(Geste.REMPLIR_GRILLE),
    ("POST", JALONS): Cas(Geste.REMPLIR_GRILLE, {**_JALON, "poste": "1"}),
    ("GET", JALON): Cas(Geste.LIRE),
    ("GET", JALON + "/modifier"): Cas(Geste.REMPLIR_GRILLE),
    ("POST", JALON + "/modifier"): Cas(Geste.REMPLIR_GRILLE, {**_JALON, "version": "2"}),
    ("POST", JALON + "/rang"): Cas(Geste.REMPLIR_GRILLE, {"sens": "monter"}),
    ("GET", JALON + "/preuves"): Cas(Geste.REMPLIR_GRILLE),
    ("POST", JALON + "/preuves"): Cas(Geste.REMPLIR_GRILLE, _PREUVE),
    ("POST", JALON + "/preuves/{preuve_id:int}/retrait"): Cas(Geste.REMPLIR_GRILLE),
    ("GET", JALON + "/actes/{acte:str}"): Cas(Geste.REMPLIR_GRILLE),
    ("POST", JALON + "/actes/{acte:str}"): Cas(Geste.REMPLIR_GRILLE, _REPORT),
    ("GET", REVISION): Cas(Geste.LIRE),
    ("POST", REVISION + "/jalons/{jalon_id:int}"): Cas(
        Geste.REMPLIR_GRILLE, {**_SEANCE, "acte": "maintien", "version": "4"}
    ),
    ("POST", REVISION): Cas(Geste.REMPLIR_GRILLE, {**_SEANCE, "conclusion": "Rien ne change."}),
    ("GET", GRILLE): Cas(Geste.LIRE),
    ("GET", GRILLE + "/classeur"): Cas(Geste.LIRE),
    ("GET", GRILLE + "/classeur.xlsx"): Cas(Geste.LIRE),
    ("POST", GRILLE + "/classeur/confirmation"): Cas(Geste.REMPLIR_GRILLE, {"pli": "zzz"}),
    ("POST", GRILLE): Cas(Geste.REMPLIR_GRILLE),
    ("GET", GRILLE + "/{poste:int}"): Cas(Geste.LIRE),
    ("POST", GRILLE + "/presence"): Cas(Geste.REMPLIR_GRILLE, {"poste": "1"}),
    ("POST", GRILLE + "/reponses/{element:str}"): Cas(Geste.REMPLIR_GRILLE, {"etat": "en_partie", "version": "1"}),
    ("POST", GRILLE + "/preuves/{element:str}"): Cas(Geste.REMPLIR_GRILLE, _PREUVE),
    ("POST", GRILLE + "/preuves/{element:str}/{preuve_id:int}/retrait"): Cas(Geste.REMPLIR_GRILLE),
    ("GET", "/preuves"): Cas(Geste.LIRE),
    ("GET", "/preuves/nouvelle"): Cas(Geste.REMPLIR_GRILLE),
    ("POST", "/preuves/nouvelle"): Cas(Geste.REMPLIR_GRILLE, {"titre": "Note"}, {"fichiers": _TEXTE}),
    ("GET", PREUVE): Cas(Geste.LIRE),
    ("GET", PREUVE + "/modification"): Cas(Geste.REMPLIR_GRILLE),
    ("POST", PREUVE + "/modification"): Cas(Geste.REMPLIR_GRILLE, {**_PREUVE, "version": "1"}),
    ("POST", PREUVE + "/fichiers"): Cas(Geste.REMPLIR_GRILLE, {"rang": "1"}, {"fichiers": _TEXTE}),
    ("GET", PREUVE + "/fichiers/{rang:int}/{revision:int}"): Cas(Geste.LIRE),
    ("POST", PREUVE + "/fichiers/{rang:int}/retrait"): Cas(Geste.REMPLIR_GRILLE),
    ("POST", PREUVE + "/references"): Cas(Geste.REMPLIR_GRILLE, {"ligne": "qualiopi/2026/33"}),
    ("POST", PREUVE + "/references/{lien_id:int}/retrait"): Cas(Geste.REMPLIR_GRILLE),
    ("GET", PREUVES): Cas(Geste.LIRE),
    ("POST", PREUVES): Cas(Geste.REMPLIR_GRILLE, {"preuve": "1", "element": ELEMENT}),
    ("POST", PREUVE + "/suppression"): Cas(Geste.REMPLIR_GRILLE),
    ("GET", "/audit"): Cas(Geste.LIRE),
    ("POST", "/audit/correspondances"): Cas(Geste.PILOTER_CAMPAGNE, {**_LIGNE, "decision": "confirmee"}),
    ("POST", "/audit/archive"): Cas(Geste.EDITER_RAPPORT, {"referentiel": "qualiopi", "edition": "2026"}),
    ("GET", "/audit/archives/{archive_id:int}"): Cas(Geste.LIRE),
    ("GET", "/avis"): Cas(Geste.PUBLIC),
    ("POST", "/avis"): Cas(Geste.PUBLIC),
    ("GET", "/avis/reponses"): Cas(Geste.PUBLIC),
    ("POST", "/avis/reponses"): Cas(Geste.PUBLIC),
    ("GET", "/avis/merci"): Cas(Geste.PUBLIC),
    ("POST", "/avis/fin"): Cas(Geste.PUBLIC),
    ("GET", AVIS): Cas(Geste.LIRE),
    ("GET", AVIS + "/demande"): Cas(Geste.REMPLIR_GRILLE),
    ("POST", AVIS + "/demande"): Cas(Geste.REMPLIR_GRILLE, DEMANDE_D_AVIS),
    ("POST", AVIS + "/{demande_id:int}/renouvellement"): Cas(Geste.REMPLIR_GRILLE),
    ("POST", AVIS + "/{demande_id:int}/retrait"): Cas(Geste.REMPLIR_GRILLE),
    ("GET", "/diplomes/{formation_id:int}/controles"): Cas(Geste.LIRE),
    ("GET", "/controles"): Cas(Geste.LIRE),
    ("GET", "/comparaisons"): Cas(Geste.LIRE),
    ("GET", "/comparaisons.csv"): Cas(Geste.LIRE),
    ("GET", "/diplomes/{formation_id:int}/comparaison"): Cas(Geste.LIRE),
    ("GET", "/diplomes/{formation_id:int}/comparaison.csv"): Cas(Geste.LIRE),
    ("GET", "/diplomes/{formation_id:int}/ecarts"): Cas(Geste.LIRE),
    ("POST", "/diplomes/{formation_id:int}/ecarts/accords"): Cas(Geste.REMPLIR_GRILLE),
    ("GET", "/actions"): Cas(Geste.LIRE),
    ("GET", "/diplomes/{formation_id:int}/actions"): Cas(Geste.LIRE),
    ("GET", "/actions.xlsx"): Cas(Geste.LIRE),
    ("GET", "/actions.csv"): Cas(Geste.LIRE),
    ("GET", "/actions.ics"): Cas(Geste.LIRE),
    ("GET", "/actions/nouvelle"): Cas(Geste.REMPLIR_GRILLE),
    ("POST", "/actions/nouvelle"): Cas(Geste.REMPLIR_GRILLE, _ACTION),
    ("GET", ACTION): Cas(Geste.LIRE),
    ("GET", ACTION + "/modification"): Cas(Geste.REMPLIR_GRILLE),
    ("POST", ACTION + "/modification"): Cas(Geste.REMPLIR_GRILLE, _ACTION),
    ("POST", ACTION + "/suivi"): Cas(Geste.REMPLIR_GRILLE, {"texte": "La moitié est vue."}),
    ("POST", ACTION + "/preuves"): Cas(Geste.REMPLIR_GRILLE, _PREUVE),
    ("POST", ACTION + "/preuves/{preuve_id:int}/retrait"): Cas(Geste.REMPLIR_GRILLE),
    ("POST", ACTION + "/etat"): Cas(Geste.REMPLIR_GRILLE, {"passage": "commencer"}),
    ("GET", ACTION + "/cloture"): Cas(Geste.REMPLIR_GRILLE),
    ("POST", ACTION + "/cloture"): Cas(
        Geste.REMPLIR_GRILLE, {"effet_constate": "obtenu", "reevaluation": "Deux ruptures au lieu de six."}
    ),
    ("GET", "/risques"): Cas(Geste.LIRE),
    ("GET", "/diplomes/{formation_id:int}/risques"): Cas(Geste.LIRE),
    ("GET", "/risques.xlsx"): Cas(Geste.LIRE),
    ("GET", "/risques/nouveau"): Cas(Geste.REMPLIR_GRILLE),
    ("POST", "/risques/nouveau"): Cas(Geste.REMPLIR_GRILLE, _RISQUE),
    ("GET", RISQUE): Cas(Geste.LIRE),
    ("GET", RISQUE + "/modification"): Cas(Geste.REMPLIR_GRILLE),
    ("POST", RISQUE + "/modification"): Cas(Geste.REMPLIR_GRILLE, _RISQUE),
    ("POST", RISQUE + "/etat"): Cas(Geste.REMPLIR_GRILLE, {"etat": "clos", "motif_cloture": "Le vivier est là."}),
    ("GET", "/campagnes"): Cas(Geste.LIRE),
    ("GET", "/campagnes/nouvelle"): Cas(Geste.PILOTER_CAMPAGNE),
    ("POST", "/campagnes/nouvelle"): Cas(Geste.PILOTER_CAMPAGNE, {**_CAMPAGNE, "annee": "2040"}),
    ("GET", CAMPAGNE): Cas(Geste.LIRE),
    ("GET", CAMPAGNE + "/suivi.csv"): Cas(Geste.LIRE),
    ("GET", CAMPAGNE + "/conduite"): Cas(Geste.PILOTER_CAMPAGNE),
    ("GET", CAMPAGNE + "/reglages"): Cas(Geste.PILOTER_CAMPAGNE),
    ("POST", CAMPAGNE + "/reglages"): Cas(Geste.PILOTER_CAMPAGNE, _CAMPAGNE),
    ("GET", CAMPAGNE + "/formations"): Cas(Geste.PILOTER_CAMPAGNE),
    ("POST", CAMPAGNE + "/formations"): Cas(Geste.PILOTER_CAMPAGNE, {"version": "2"}),
    ("POST", CAMPAGNE + "/formations/lot"): Cas(Geste.PILOTER_CAMPAGNE, {"geste": "retenir", "version": "2"}),
    ("GET", CAMPAGNE + "/repondants"): Cas(Geste.PILOTER_CAMPAGNE),
    ("POST", CAMPAGNE + "/repondants"): Cas(Geste.PILOTER_CAMPAGNE),
    ("POST", CAMPAGNE + "/repondants/lot"): Cas(Geste.PILOTER_CAMPAGNE, {"compte": "1", "partie": "etablissement"}),
    ("GET", CAMPAGNE + "/relance"): Cas(Geste.PILOTER_CAMPAGNE),
    ("POST", CAMPAGNE + "/relance"): Cas(Geste.PILOTER_CAMPAGNE),
    ("POST", CAMPAGNE + "/reprise"): Cas(Geste.PILOTER_CAMPAGNE, {"parties": "concertee"}),
    ("POST", CAMPAGNE + "/passage"): Cas(Geste.PILOTER_CAMPAGNE, {"passage": "concerter", "depuis": "ouverte"}),
    ("GET", "/depots"): Cas(Geste.DEPOSER),
    ("POST", "/depots"): Cas(Geste.DEPOSER, fichiers={"fichier": ("apprentis.csv", FICHIER_CSV)}),
    ("GET", "/depots/modele.xlsx"): Cas(Geste.DEPOSER),
    ("GET", "/depots/modeles/{modele:str}"): Cas(Geste.DEPOSER),
    ("GET", DEPOT): Cas(Geste.DEPOSER),
    ("GET", DEPOT + "/colonnes"): Cas(Geste.DEPOSER),
    ("POST", DEPOT + "/colonnes"): Cas(Geste.DEPOSER, {"source": "tableau_de_bord_v3", "tel_quel": "1"}),
    ("POST", DEPOT + "/annote.xlsx"): Cas(Geste.DEPOSER),
    ("GET", DEPOT + "/confirmation"): Cas(Geste.DEPOSER),
    ("POST", DEPOT + "/confirmation"): Cas(Geste.DEPOSER),
    ("POST", DEPOT + "/abandon"): Cas(Geste.DEPOSER),
    ("GET", "/revues"): Cas(Geste.LIRE),
    ("POST", "/revues"): Cas(Geste.MENER_REVUE, {"annee": "2019", "cfa_id": "1", "observee_le": "2026-06-30"}),
    ("GET", REVUE): Cas(Geste.LIRE),
    ("GET", REVUE + "/donnees"): Cas(Geste.MENER_REVUE),
    ("POST", REVUE + "/donnees"): Cas(Geste.MENER_REVUE, {"donnees_completes": "oui", "version": "1"}),
    ("GET", REVUE + "/definitions"): Cas(Geste.MENER_REVUE),
    ("POST", REVUE + "/definitions"): Cas(Geste.MENER_REVUE, {"definitions_justes": "oui", "version": "2"}),
    ("GET", REVUE + "/indicateurs/{indicateur:str}"): Cas(Geste.MENER_REVUE),
    ("POST", REVUE + "/decisions/{indicateur:str}"): Cas(Geste.MENER_REVUE, _DECISION),
    ("POST", REVUE + "/indicateurs/{indicateur:str}"): Cas(Geste.MENER_REVUE, {"avis": "garder", "version": "2"}),
    ("GET", REVUE + "/familles/{famille:str}"): Cas(Geste.MENER_REVUE),
    ("POST", REVUE + "/familles/{famille:str}"): Cas(Geste.MENER_REVUE, {f"avis_{INDICATEUR}": "garder"}),
    ("GET", REVUE + "/decisions"): Cas(Geste.MENER_REVUE),
    ("GET", REVUE + "/revue.csv"): Cas(Geste.LIRE),
    ("GET", ARRETEE + "/contenu.json"): Cas(Geste.LIRE),
    ("GET", REVUE + "/arret"): Cas(Geste.MENER_REVUE),
    ("POST", REVUE + "/arret"): Cas(Geste.MENER_REVUE, {"conclusion": "Rien ne presse.", "version": "3"}),
    ("POST", ARRETEE + "/reouverture"): Cas(Geste.MENER_REVUE, {"motif": "Un fichier retrouvé."}),
    ("GET", "/publications"): Cas(Geste.LIRE),
    ("GET", PUBLIER): Cas(Geste.PUBLIER),
    ("POST", PUBLIER): Cas(Geste.PUBLIER),
    ("GET", PUBLICATION): Cas(Geste.LIRE),
    ("POST", PUBLICATION + "/retrait"): Cas(Geste.PUBLIER, {"motif": "Un chiffre à revoir."}),
    ("GET", OUVERT): Cas(Geste.PUBLIC),
    ("GET", OUVERT + "/{annee:int}"): Cas(Geste.PUBLIC),
    ("GET", OUVERT + "/{annee:int}/versions/{version:int}"): Cas(Geste.PUBLIC),
    ("GET", OUVERT + "/{annee:int}/extrait"): Cas(Geste.PUBLIC),
    ("GET", OUVERT + "/{annee:int}/taux.csv"): Cas(Geste.PUBLIC),
    ("GET", OUVERT + "/{annee:int}/definitions.csv"): Cas(Geste.PUBLIC),
    ("GET", GRILLE + "/arreter"): Cas(Geste.ARRETER_GRILLE),
    ("GET", ARRETES): Cas(Geste.LIRE),
    ("GET", VERSION): Cas(Geste.LIRE),
    ("GET", VERSION + "/contenu.json"): Cas(Geste.LIRE),
    ("POST", ARRETES + "/{rentree:int}/reouverture"): Cas(Geste.ARRETER_GRILLE, {"motif": "Une preuve retrouvée."}),
    ("POST", GRILLE + "/arreter"): Cas(Geste.ARRETER_GRILLE, {"instance": "Conseil d’essai"}),
}
