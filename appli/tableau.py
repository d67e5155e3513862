"""Ce que montrent l'accueil et les pages d'un diplôme : niveaux, taux, données et gestes à faire, joints ici.

`grilles` et `indicateurs` s'ignorent : `appli` les lit tous deux. Rien n'est recalculé : les règles sont les leurs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, Partie, Situation, parties_tenues, peut
from charte.chargement import EDITION_COURANTE, charger_edition
from charte.commun.base import lignes, maintenant
from charte.commun.journal import EntreeJournal
from charte.commun.typographie import FUSEAU, jour, pluriel
from charte.commun.typographie import jour as ecrire_le_jour
from charte.commun.web import Introuvable
from charte.modeles import Cfa, Formation
from charte.services import ACompleter, compter_a_completer, formations_atteintes, situer
from grilles.campagnes.regles import EtatDeCampagne
from grilles.campagnes.services.lecture import campagne_de
from grilles.campagnes.suivi import echeance_courante
from grilles.controles.services import ARegarder, compter_a_regarder
from grilles.jalons.modeles import Jalon, RevisionDesJalons
from grilles.jalons.services.revision import rappels_de_jalons
from grilles.modeles import Grille
from grilles.plan.services.lecture import actions_en_retard
from grilles.plan.vues import Action
from grilles.preuves.regles import PERIMEE
from grilles.preuves.services.alertes import AlerteDePreuve, alertes_de_preuves
from grilles.services import annee_courante, niveaux
from grilles.vues import NiveauxFormation, PosteLu
from indicateurs.imports.services import DepotVu, lister_depots
from indicateurs.services.lectures import jour_d_observation, sources
from indicateurs.services.mesures import Mesure, TableauDeMesures, mesurer
from rapports.mesures_citees import MesuresDesIndicateurs
from rapports.services import RapportEmis, rapports_emis

RUPTURE = "rupture_brute_9_mois"
OBTENTION = "obtention"
GESTES_MONTRES = 5
FRAICHEUR = timedelta(days=90)
"""Au-delà, on propose un dépôt : deux conseils par an, une extraction par trimestre suffit à les nourrir."""
HISTORIQUE_MONTRE = 100
JOURS_AVANT_L_ECHEANCE = 14
"""Avant, l'échéance d'une campagne ne presse pas."""


@dataclass(frozen=True)
class LigneDiplome:
    """Un diplôme dans un tableau : niveaux par poste, deux taux de la dernière promotion mesurée."""

    id: int
    code: str
    libelle: str
    cfa: str
    a_completer: bool
    niveaux: NiveauxFormation
    rupture: Mesure | None
    obtention: Mesure | None
    dernier_dossier: RapportEmis | None
    situation: Situation


@dataclass(frozen=True)
class AFaire:
    """Un geste proposé : ce qu'il y a, et où aller le faire. Le plus petit rang est le plus pressant."""

    rang: int
    quoi: str
    detail: str
    adresse: str


@dataclass(frozen=True)
class TableauDeBord:
    """L'accueil d'un établissement."""

    a_faire: tuple[AFaire, ...]
    diplomes: tuple[LigneDiplome, ...]
    dernier_depot: DepotVu | None
    seuils: dict[str, int]


@dataclass(frozen=True)
class Evenement:
    """Une ligne de l'historique d'un diplôme."""

    quand: datetime
    auteur: str
    acte: str


def lire_tableau_de_bord(session: Session, acteur: Acteur) -> TableauDeBord:
    """L'accueil : gestes à faire (cinq au plus), diplômes, dernier dépôt confirmé."""
    depots = lister_depots(session, acteur) if peut(acteur, Geste.DEPOSER) else []
    confirmes = [depot for depot in lister_depots(session, acteur, geste=Geste.LIRE) if depot.etat == "confirme"]
    mesures = _mesurer(session, acteur) if sources(session, acteur) else None
    diplomes = lister_diplomes(session, acteur, mesures)
    a_completer = compter_a_completer(session, acteur) if peut(acteur, Geste.GERER_PARTIES) else ACompleter(0, 0)
    gestes = [*_gestes(acteur, diplomes, a_completer), *_gestes_de_jalons(session, acteur, diplomes)]
    if peut(acteur, Geste.DEPOSER):
        gestes += _gestes_de_depot(depots, vierge=mesures is None)
    gestes += _gestes_de_campagne(session, acteur)
    gestes += _gestes_du_plan(actions_en_retard(session, acteur))
    gestes += _gestes_des_controles(compter_a_regarder(session, acteur, MesuresDesIndicateurs().unites()))
    gestes += _gestes_de_preuves(alertes_de_preuves(session, acteur))
    gestes.sort(key=lambda geste: geste.rang)
    return TableauDeBord(tuple(gestes[:GESTES_MONTRES]), diplomes, _dernier(confirmes), seuils_de(mesures))


def _mesurer(session: Session, acteur: Acteur) -> TableauDeMesures:
    return mesurer(session, acteur, jour_d_observation(session, acteur), geste=Geste.LIRE_DOSSIER)


def lister_diplomes(
    session: Session, acteur: Acteur, mesures: TableauDeMesures | None = None, seulement: int | None = None
) -> tuple[LigneDiplome, ...]:
    """Les diplômes dont l'acteur lit le dossier (ou un seul), par libellé."""
    trouvees = lignes(session, _requete(acteur, seulement))
    par_poste = niveaux(session, acteur, [ligne[0] for ligne in trouvees])
    dossiers: dict[int, RapportEmis] = {}
    for rapport in rapports_emis(session, acteur, seulement):
        dossiers.setdefault(rapport.formation_id, rapport)
    return tuple(
        LigneDiplome(
            identifiant, code, libelle, cfa, a_completer, par_poste[identifiant], *_taux(mesures, identifiant),
            dossiers.get(identifiant), Situation(identifiant, cfa_id, composante_id),
        )
        for identifiant, code, libelle, cfa, a_completer, cfa_id, composante_id in trouvees
    )  # fmt: skip


def lire_diplome(session: Session, acteur: Acteur, formation_id: int) -> tuple[LigneDiplome, dict[str, int]]:
    """Un diplôme de l'établissement et les seuils de ses taux ; lève `Introuvable`."""
    if not lignes(session, _requete(acteur, formation_id)):
        raise Introuvable
    mesures = _mesurer(session, acteur)
    return lister_diplomes(session, acteur, mesures, formation_id)[0], seuils_de(mesures)


def historique(session: Session, acteur: Acteur, formation_id: int) -> tuple[LigneDiplome, list[Evenement]]:
    """Ce qui a été fait sur un diplôme (grilles, jalons, dossiers), le plus récent d'abord ; lève `Introuvable`."""
    situer(session, acteur, formation_id)
    [diplome] = lister_diplomes(session, acteur, seulement=formation_id)
    objets = [f"formation:{formation_id}"]
    for table, cle in ((Grille, "grille"), (Jalon, "jalon"), (RevisionDesJalons, "revision_des_jalons")):
        siens = lignes(session, select(col(table.id)).where(col(table.formation_id) == formation_id))
        objets += [f"{cle}:{identifiant}" for (identifiant,) in siens]
    objets += [f"rapport:{rapport.id}" for rapport in rapports_emis(session, acteur, formation_id)]
    requete = (
        select(*(col(c) for c in (EntreeJournal.quand, EntreeJournal.auteur, EntreeJournal.acte)))
        .where(col(EntreeJournal.etablissement_id) == acteur.etablissement_id, col(EntreeJournal.objet).in_(objets))
        .order_by(col(EntreeJournal.id).desc())
        .limit(HISTORIQUE_MONTRE)
    )
    return diplome, [Evenement(*ligne) for ligne in lignes(session, requete)]


def titres_des_postes() -> tuple[tuple[int, str], ...]:
    """Numéro et titre de chaque poste de la charte."""
    return tuple((poste.numero, poste.titre) for poste in charger_edition(EDITION_COURANTE).postes)


def dire_le_manque(poste: PosteLu) -> str:
    """« Il vous manque 2 engagements pour atteindre le socle »."""
    return poste.bilan.titre


def seuils_de(mesures: TableauDeMesures | None) -> dict[str, int]:
    """L'effectif sous lequel chaque taux montré se masque."""
    return {cle: mesures.seuil(cle) for cle in (RUPTURE, OBTENTION)} if mesures else {}


def _requete(acteur: Acteur, seulement: int | None) -> Select[*tuple[Any, ...]]:
    colonnes = (
        Formation.id, Formation.code, Formation.libelle, Cfa.nom, Formation.a_completer, Formation.cfa_id,
        Formation.composante_id,
    )  # fmt: skip
    requete = (
        select(*(col(c) for c in colonnes))
        .join(Cfa, col(Cfa.id) == col(Formation.cfa_id))
        .where(formations_atteintes(acteur, Geste.LIRE_DOSSIER))
        .order_by(col(Formation.libelle), col(Formation.code))
    )
    return requete if seulement is None else requete.where(col(Formation.id) == seulement)


def _taux(mesures: TableauDeMesures | None, formation_id: int) -> tuple[Mesure | None, Mesure | None]:
    perimetre = mesures.formation(formation_id) if mesures else None
    if mesures is None or perimetre is None:
        return None, None
    return mesures.derniere(RUPTURE, perimetre), mesures.derniere(OBTENTION, perimetre)


def _dernier(confirmes: Sequence[DepotVu]) -> DepotVu | None:
    return max(confirmes, key=lambda depot: depot.depose_le, default=None)


def _gestes(acteur: Acteur, diplomes: Sequence[LigneDiplome], a_completer: ACompleter) -> Iterator[AFaire]:
    if peut(acteur, Geste.GERER_PARTIES):
        yield from _gestes_de_nommage(a_completer)
    # L'avancement montré est celui de la position concertée : il ne presse que ceux qui l'écrivent.
    yield from _gestes_de_grille([d for d in diplomes if Partie.CONCERTEE in parties_tenues(acteur, d.situation)])
    yield from _gestes_de_conseil([d for d in diplomes if peut(acteur, Geste.EDITER_RAPPORT, d.situation)])


def _gestes_de_depot(depots: Sequence[DepotVu], *, vierge: bool) -> Iterator[AFaire]:
    for depot in depots:
        if depot.etat in ("recu", "diagnostique"):
            yield AFaire(
                0, f"Confirmer le dépôt « {depot.nom_fichier} »", "rien n’est encore rangé", f"/depots/{depot.id}"
            )
    dernier = _dernier([depot for depot in depots if depot.etat == "confirme"])
    if dernier is None:
        if vierge and not depots:
            yield AFaire(1, "Déposer un premier fichier", "les diplômes et les indicateurs en naissent", "/depots")
    elif maintenant() - dernier.depose_le > FRAICHEUR:
        age = (maintenant() - dernier.depose_le).days
        yield AFaire(4, "Déposer une extraction récente", f"la dernière a {pluriel(age, 'jour')}", "/depots")


def _gestes_de_nommage(a_completer: ACompleter) -> Iterator[AFaire]:
    cfas, formations = a_completer.cfas, a_completer.formations
    comptes = [pluriel(cfas, "CFA", "CFA")] if cfas else []
    comptes += [pluriel(formations, "diplôme")] if formations else []
    if comptes:
        nes = "nés" if cfas + formations > 1 else "né"
        yield AFaire(1, f"Nommer {' et '.join(comptes)}", f"{nes} d’un fichier déposé", "/parties")


def _gestes_de_grille(diplomes: Sequence[LigneDiplome]) -> Iterator[AFaire]:
    sans = [d for d in diplomes if not d.niveaux.commencee]
    if sans:
        detail = f"{pluriel(len(sans), 'diplôme')} sans grille cette année"
        yield AFaire(2, f"Commencer la grille : {sans[0].libelle}", detail, f"/diplomes/{sans[0].id}/grille")
    for diplome in diplomes:
        suivi = diplome.niveaux
        if suivi.commencee and not suivi.avancement.complet:
            reste = suivi.avancement.total - suivi.avancement.renseignes
            detail = f"il reste {pluriel(reste, 'réponse')} à donner"
            yield AFaire(3, f"Continuer la grille : {diplome.libelle}", detail, f"/diplomes/{diplome.id}/grille")
        elif suivi.tenus_sans_preuve:
            detail = f"il manque une preuve pour {pluriel(suivi.tenus_sans_preuve, 'réponse')}"
            yield AFaire(5, f"Citer des preuves : {diplome.libelle}", detail, f"/diplomes/{diplome.id}/grille")


def _gestes_du_plan(retards: Sequence[Action]) -> Iterator[AFaire]:
    """Une ligne pour les actions en retard : la plus ancienne, et combien d'autres."""
    if retards:
        autres = f", et {pluriel(len(retards) - 1, 'autre')}" if len(retards) > 1 else ""
        detail = f"échéance passée de {pluriel(retards[0].retard, 'jour')}{autres}"
        adresse = f"/actions/{retards[0].id}" if len(retards) == 1 else "/actions?retard=oui"
        yield AFaire(1, f"Faire avancer : {retards[0].intitule}", detail, adresse)


def _gestes_des_controles(vus: ARegarder) -> Iterator[AFaire]:
    """Une ligne, après ce qui a une échéance : seulement si un niveau en dépend."""
    if vus.bloquants:
        combien = pluriel(vus.bloquants, "remarque bloque un niveau", "remarques bloquent un niveau")
        yield AFaire(
            4, "Lire les contrôles de cohérence", f"{combien}, sur {pluriel(vus.diplomes, 'diplôme')}", "/controles"
        )


def _gestes_de_jalons(session: Session, acteur: Acteur, diplomes: Sequence[LigneDiplome]) -> Iterator[AFaire]:
    """Les jalons échus, puis les révisions à faire ; ils ne pressent que ceux qui écrivent la position concertée."""
    libelles = {d.id: d.libelle for d in diplomes if Partie.CONCERTEE in parties_tenues(acteur, d.situation)}
    annee = annee_courante()
    for rappel in rappels_de_jalons(session, acteur, libelles, annee):
        libelle, adresse = libelles[rappel.formation_id], f"/diplomes/{rappel.formation_id}/jalons"
        if rappel.en_retard:
            detail = f"{pluriel(rappel.en_retard, 'jalon échu', 'jalons échus')} à dire atteint ou à reporter"
            yield AFaire(3, f"Suivre les jalons : {libelle}", detail, adresse)
        if rappel.a_revoir:
            detail = f"{pluriel(rappel.a_revoir, 'jalon')}, une révision par an"
            yield AFaire(5, f"Réviser les jalons : {libelle}", detail, f"{adresse}/revision/{annee}")


def _gestes_de_campagne(session: Session, acteur: Acteur) -> Iterator[AFaire]:
    """La campagne de l'année : l'ouvrir, ou ce qu'il reste avant son échéance quand elle approche."""
    campagne = campagne_de(session, acteur, annee_courante()) if peut(acteur, Geste.LIRE) else None
    if campagne is None:
        return
    if campagne.etat == EtatDeCampagne.PREPARATION and peut(acteur, Geste.PILOTER_CAMPAGNE):
        adresse = f"{campagne.adresse}/conduite"
        yield AFaire(2, f"Ouvrir la campagne « {campagne.libelle} »", "elle est en préparation", adresse)
    echeance = echeance_courante(campagne, None)
    reste = (echeance - datetime.now(FUSEAU).date()).days if echeance else None
    if reste is not None and reste <= JOURS_AVANT_L_ECHEANCE:
        dit = f"échéance dans {pluriel(reste, 'jour')}" if reste >= 0 else f"échéance passée le {jour(echeance)}"
        yield AFaire(2, f"Suivre la campagne « {campagne.libelle} »", dit, campagne.adresse)


def _gestes_de_preuves(alertes: Sequence[AlerteDePreuve]) -> Iterator[AFaire]:
    """Les preuves citées qui ne valent plus, puis celles qui périment bientôt."""
    perimees = sum(alerte.validite == PERIMEE for alerte in alertes)
    if perimees:
        quoi = f"Renouveler {pluriel(perimees, 'preuve périmée', 'preuves périmées')}"
        yield AFaire(2, quoi, "elles ne comptent plus", "/preuves?validite=a_renouveler")
    elif alertes:
        quoi = f"Renouveler {pluriel(len(alertes), 'preuve')}"
        detail = f"la première vaut jusqu’au {ecrire_le_jour(alertes[0].date_fin)}"
        yield AFaire(5, quoi, detail, "/preuves?validite=a_renouveler")


def _gestes_de_conseil(diplomes: Sequence[LigneDiplome]) -> Iterator[AFaire]:
    prets = [d for d in diplomes if d.niveaux.commencee and d.niveaux.avancement.complet and d.dernier_dossier is None]
    for diplome in prets:
        adresse = f"/diplomes/{diplome.id}/conseil"
        yield AFaire(4, f"Éditer le dossier du conseil : {diplome.libelle}", "sa grille est complète", adresse)
