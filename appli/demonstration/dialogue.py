"""Rejoue le dialogue de la démonstration par les services véritables : positions, jalons, actions, risques, arrêtés."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sqlmodel import Session

from appli.annuaire import AnnuaireDesComptes
from charte.acteur import Acteur, Partie
from charte.chargement import EDITION_COURANTE
from charte.commun.donnees import DonneeGelee, charger_modele
from grilles.arrete.services import CommandeArrete, arreter_grille
from grilles.campagnes.regles import EtatDeCampagne
from grilles.campagnes.services.conduite import CommandeCampagne, creer_campagne, passer
from grilles.campagnes.services.lecture import campagne_de
from grilles.jalons.regles import Acte, Decision
from grilles.jalons.services.actes import Circonstances, decider
from grilles.jalons.services.lecture import lire_un_jalon
from grilles.jalons.services.preuves import PreuveNouvelle, citer_un_lien
from grilles.jalons.services.saisie import proposer
from grilles.jalons.vues import Contenu
from grilles.mesures import LecteurDeMesures
from grilles.plan.formulaires import FormulaireAction, FormulaireRisque
from grilles.plan.services.risques import inscrire_risque
from grilles.plan.services.saisie import ouvrir_action
from grilles.regles import libelle_annee
from grilles.services import CommandeReponse, enregistrer_reponse

DESCRIPTION = Path(__file__).parent / "donnees" / "dialogue.yaml"


class CampagneDecrite(DonneeGelee):
    """Les échéances de la campagne, en jours depuis celui de la démonstration."""

    positions: int
    concertation: int
    consigne: str


class ArreteDecrit(DonneeGelee):
    """Une grille d'une campagne passée, arrêtée devant une instance."""

    formation: str
    recul: int
    instance: str


class PositionDecrite(DonneeGelee):
    """Ce qu'une partie dit d'un élément."""

    etat: str
    commentaire: str = ""


class PositionsDecrites(DonneeGelee):
    """Les positions des deux parties sur une formation, par élément."""

    formation: str
    etablissement: dict[str, PositionDecrite]
    cfa: dict[str, PositionDecrite]


class AccordDecrit(DonneeGelee):
    """Un accord : jours, instance, par qui."""

    jours: int
    instance: str
    par: str


class AtteinteDecrite(DonneeGelee):
    """Un jalon atteint : jours, instance, et la preuve qui le montre."""

    jours: int
    instance: str
    preuve: str
    adresse: str


class JalonDecrit(DonneeGelee):
    """Un jalon et ce qui lui est arrivé."""

    formation: str
    poste: int
    element: str
    intitule: str
    preuve_attendue: str
    porteur: str
    echeance: int
    convenu: AccordDecrit
    atteint: AtteinteDecrite | None = None
    indicateur: str | None = None
    sens: str | None = None
    valeur: float | None = None


class ActionDecrite(DonneeGelee):
    """Une action d'amélioration."""

    formation: str
    intitule: str
    origine: str
    porteur: str
    echeance: int
    element: str | None = None
    indicateur: str | None = None
    renvoi: str = ""
    gravite: str | None = None
    constate_le: int | None = None
    priorite: str = "moyenne"
    effet_attendu: str = ""


class RisqueDecrit(DonneeGelee):
    """Un risque."""

    formation: str
    intitule: str
    cause: str
    effet: str
    vraisemblance: int
    gravite: int
    prevention: str
    porteur: str
    origine: str = "autre"
    renvoi: str = ""


class Dialogue(DonneeGelee):
    """Tout le dialogue."""

    campagne: CampagneDecrite
    arretes: tuple[ArreteDecrit, ...]
    positions: tuple[PositionsDecrites, ...]
    jalons: tuple[JalonDecrit, ...]
    actions: tuple[ActionDecrite, ...]
    risques: tuple[RisqueDecrit, ...]


@dataclass(frozen=True)
class Scene:
    """Où le dialogue se joue : la session, les deux parties, les formations par code, le jour, l'année de rentrée."""

    session: Session
    referente: Acteur
    du_cfa: Acteur
    formations: Mapping[str, int]
    jour: date
    annee: int

    def le(self, jours: int) -> date:
        """Le jour à `jours` de celui de la démonstration."""
        return self.jour + timedelta(days=jours)


def charger_dialogue() -> Dialogue:
    """Le dialogue décrit ; lève `DonneesInvalides` si le fichier est fautif."""
    return charger_modele(DESCRIPTION, Dialogue)


def ouvrir_la_campagne(scene: Scene) -> None:
    """Prépare et ouvre la campagne de l'année, avec ses échéances."""
    decrite = charger_dialogue().campagne
    commande = CommandeCampagne(
        libelle=f"Auto-évaluation {libelle_annee(scene.annee)}",
        edition=EDITION_COURANTE,
        toutes_formations=True,
        echeance_positions=scene.le(decrite.positions),
        echeance_concertation=scene.le(decrite.concertation),
        consigne=decrite.consigne,
    )
    numero = creer_campagne(scene.session, scene.referente, scene.annee, commande)
    passer(scene.session, scene.referente, numero, "ouvrir", depuis=EtatDeCampagne.PREPARATION)


def dialoguer(scene: Scene, mesures: LecteurDeMesures) -> None:
    """Dit les positions des parties, convient des jalons, ouvre les actions et les risques, arrête le passé."""
    dialogue = charger_dialogue()
    for positions in dialogue.positions:
        _dire_les_positions(scene, positions)
    for jalon in dialogue.jalons:
        _convenir(scene, jalon)
    for action in dialogue.actions:
        _ouvrir(scene, action, mesures)
    for risque in dialogue.risques:
        champs = {**risque.model_dump(), "formation_id": scene.formations[risque.formation]}
        inscrire_risque(scene.session, scene.referente, FormulaireRisque.model_validate(champs))
    for arrete in dialogue.arretes:
        _arreter(scene, arrete)


def _dire_les_positions(scene: Scene, positions: PositionsDecrites) -> None:
    formation_id = scene.formations[positions.formation]
    parties = (
        (scene.referente, Partie.ETABLISSEMENT, positions.etablissement),
        (scene.du_cfa, Partie.CFA, positions.cfa),
    )
    for acteur, partie, dites in parties:
        for element, dite in dites.items():
            commande = CommandeReponse(
                formation_id, element, dite.etat, commentaire=dite.commentaire, annee=scene.annee, partie=partie
            )
            enregistrer_reponse(scene.session, acteur, commande)


def _convenir(scene: Scene, decrit: JalonDecrit) -> None:
    session, acteur, formation_id = scene.session, scene.referente, scene.formations[decrit.formation]
    contenu = Contenu(
        intitule=decrit.intitule,
        element=decrit.element,
        preuve_attendue=decrit.preuve_attendue,
        indicateur=decrit.indicateur,
        sens=decrit.sens,
        valeur_visee=decrit.valeur,
        echeance=scene.le(decrit.echeance),
        porteur=decrit.porteur,
    )
    numero = proposer(session, acteur, formation_id, decrit.poste, contenu)
    accord = Decision(
        Acte.CONVENIR, scene.le(decrit.convenu.jours), decrit.convenu.instance, decrit.convenu.par,
        echeance=contenu.echeance,
    )  # fmt: skip
    decider(session, acteur, formation_id, numero, decision=accord, sous=Circonstances(version=1))
    if decrit.atteint is None:
        return
    jalon = lire_un_jalon(session, acteur, formation_id, numero)
    preuve = PreuveNouvelle(decrit.atteint.preuve, decrit.atteint.adresse, scene.le(decrit.atteint.jours))
    citer_un_lien(session, acteur, jalon, preuve)
    constat = Decision(Acte.ATTEINDRE, scene.le(decrit.atteint.jours), decrit.atteint.instance)
    decider(session, acteur, formation_id, numero, decision=constat, sous=Circonstances(version=jalon.version))


def _ouvrir(scene: Scene, decrite: ActionDecrite, mesures: LecteurDeMesures) -> None:
    constate = scene.le(decrite.constate_le).isoformat() if decrite.constate_le is not None else None
    champs = {
        **decrite.model_dump(),
        "formation_id": scene.formations[decrite.formation],
        "echeance": scene.le(decrite.echeance).isoformat(),
        "constate_le": constate,
    }
    ouvrir_action(
        scene.session, scene.referente, FormulaireAction.model_validate(champs), AnnuaireDesComptes(), mesures
    )


def _arreter(scene: Scene, arrete: ArreteDecrit) -> None:
    session, acteur, annee = scene.session, scene.referente, scene.annee - arrete.recul
    arreter_grille(session, acteur, CommandeArrete(scene.formations[arrete.formation], annee, arrete.instance))
    campagne = campagne_de(session, acteur, annee)
    if campagne is not None and campagne.etat == EtatDeCampagne.OUVERTE:
        passer(session, acteur, campagne.id, "concerter", depuis=EtatDeCampagne.OUVERTE)
        passer(session, acteur, campagne.id, "arreter", depuis=EtatDeCampagne.EN_CONCERTATION)
