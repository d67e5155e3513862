"""Noter ce qui se décide d'un jalon : accord, atteinte, report, abandon, réouverture ; au nom de la concertée."""

from dataclasses import dataclass, replace

from sqlmodel import Session

from charte.acteur import Acteur, Geste
from charte.commun.journal import journaliser
from grilles.jalons.regles import Acte, Decision, Faute, appliquer, fautes_de
from grilles.jalons.services.lecture import aujourd_hui, lire_un_jalon
from grilles.jalons.services.preuves import citer_pour_un_jalon
from grilles.jalons.services.saisie import (
    ConflitDeJalon,
    SaisieDeJalonRefusee,
    ecrire,
    exiger_la_concertee,
    noter,
)
from grilles.jalons.vues import JalonLu
from grilles.mesure_citee import MesureCitee

ACTES_AU_JOURNAL = {
    Acte.CONVENIR: "jalon convenu",
    Acte.MAINTENIR: "jalon maintenu",
    Acte.ATTEINDRE: "jalon atteint",
    Acte.REPORTER: "jalon reporté",
    Acte.ABANDONNER: "jalon abandonné",
    Acte.ROUVRIR: "jalon rouvert",
}
_EVENEMENTS = {Acte.MAINTENIR: "maintenu", Acte.ROUVRIR: "rouvert"}


@dataclass(frozen=True)
class Circonstances:
    """Ce qui entoure une décision.

    `version` : celle qu'on avait sous les yeux. `preuve_id` : une preuve à citer du même geste. `mesure` : la valeur de
    l'indicateur qu'on a regardée, gardée dans l'histoire si l'on s'appuie dessus. `revision_id` et `pertinent` : la
    révision annuelle où cela se décide, et si l'indicateur convient encore.
    """

    version: int
    preuve_id: int | None = None
    mesure: MesureCitee | None = None
    revision_id: int | None = None
    pertinent: bool | None = None


def decider(
    session: Session, acteur: Acteur, formation_id: int, jalon_id: int, *, decision: Decision, sous: Circonstances
) -> JalonLu:
    """Note une décision et rend le jalon.

    Lève `SaisieDeJalonRefusee`, `ConflitDeJalon`, `DroitManquant` et `Introuvable`.
    """
    jalon = lire_un_jalon(session, acteur, formation_id, jalon_id, geste=Geste.REMPLIR_GRILLE)
    exiger_la_concertee(session, acteur, formation_id)
    if jalon.version != sous.version:
        raise ConflitDeJalon(jalon)
    if sous.preuve_id is not None:
        citer_pour_un_jalon(session, acteur, jalon, sous.preuve_id)
        jalon = lire_un_jalon(session, acteur, formation_id, jalon_id)
    dite = _completer(jalon, decision, sous.mesure)
    if fautes := _fautes(jalon, dite, sous.preuve_id):
        raise SaisieDeJalonRefusee(fautes)
    _ranger(session, acteur, jalon, dite, sous)
    return lire_un_jalon(session, acteur, formation_id, jalon_id)


def _completer(jalon: JalonLu, decision: Decision, mesure: MesureCitee | None) -> Decision:
    """La décision, avec ce que la base sait de ses appuis."""
    vue = decision.valeur_vue and mesure is not None and mesure.connue
    preuves = jalon.preuves_qui_valent(decision.le) if decision.le else 0
    return replace(decision, preuves=preuves, valeur_vue=vue)


def _fautes(jalon: JalonLu, decision: Decision, preuve_id: int | None) -> tuple[Faute, ...]:
    fautes = fautes_de(jalon.suivi, decision, aujourd_hui())
    choisie = next((preuve for preuve in jalon.preuves if preuve.id == preuve_id), None)
    if choisie is None or decision.le is None or choisie.vaut_le(decision.le):
        return fautes
    dite = f"« {choisie.titre} » ne vaut pas le {decision.le:%d/%m/%Y} : choisissez-en une autre, ou un autre jour."
    return (*(faute for faute in fautes if faute.champ != "preuve"), Faute("preuve", dite))


def _ranger(session: Session, acteur: Acteur, jalon: JalonLu, decision: Decision, sous: Circonstances) -> None:
    """Écrit le nouvel état, l'événement et l'entrée de journal."""
    suivi = appliquer(jalon.suivi, decision)
    valeurs = {nom: getattr(suivi, nom) for nom in ("convenu_le", "convenu_par", "instance", "atteint_le", "echeance")}
    ecrire(session, acteur, jalon, jalon.version, etat=suivi.etat.value, motif=suivi.motif, **valeurs)
    noter(
        session,
        acteur,
        jalon.id,
        _EVENEMENTS.get(decision.acte, suivi.etat.value),
        le=decision.le or aujourd_hui(),
        intitule=jalon.intitule,
        instance=decision.instance,
        motif=_motif_de_l_evenement(decision, sous.mesure),
        echeance=suivi.echeance,
        revision_id=sous.revision_id,
        pertinent=sous.pertinent,
    )
    avant = {"etat": jalon.etat.value, "version": jalon.version}
    apres: dict[str, object] = {"etat": suivi.etat.value, "version": jalon.version + 1}
    if sous.revision_id is not None:
        apres["revision"] = sous.revision_id
    journaliser(session, acteur, ACTES_AU_JOURNAL[decision.acte], f"jalon:{jalon.id}", avant=avant, apres=apres)


def _motif_de_l_evenement(decision: Decision, mesure: MesureCitee | None) -> str:
    """Le motif ; pour un accord, qui l'a donné ; pour une atteinte, la valeur sur laquelle on s'appuie."""
    dits = [decision.motif]
    if decision.acte is Acte.CONVENIR:
        dits.insert(0, f"Accord : {decision.par}.")
    if decision.acte is Acte.ATTEINDRE and decision.valeur_vue and mesure is not None:
        dits.append(f"Valeur vue : {mesure.libelle}, {mesure.texte}, {mesure.periode} ({mesure.definition}).")
    return " ".join(dit for dit in dits if dit)[:2000]
