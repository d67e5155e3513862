"""La révision annuelle des jalons d'un diplôme (charte, exigence 1.C1.2) : elle s'interrompt et se reprend."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import and_, case, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from charte.acteur import Acteur
from charte.commun.base import lignes, maintenant
from charte.commun.journal import journaliser
from charte.commun.typographie import pluriel
from charte.commun.web import Introuvable
from grilles.jalons.modeles import EvenementDeJalon, Jalon, RevisionDesJalons
from grilles.jalons.regles import A_TENIR, Decision, Faute
from grilles.jalons.services.actes import Circonstances, decider
from grilles.jalons.services.lecture import aujourd_hui, lire_jalons
from grilles.jalons.services.saisie import ConflitDeJalon, SaisieDeJalonRefusee, executer, exiger_la_concertee
from grilles.jalons.vues import JalonLu, RevisionLue
from grilles.services.lecture import annee_courante

DEJA_FAITE = "La révision de cette année est faite : elle se lit, elle ne change plus."


@dataclass(frozen=True)
class SuiviDeRevision:
    """Une révision et ses jalons : ceux qu'il reste à revoir, puis ceux qui l'ont été."""

    annee: int
    revision: RevisionLue | None
    a_revoir: tuple[JalonLu, ...]
    revus: tuple[JalonLu, ...]

    @property
    def total(self) -> int:
        """Nombre de jalons à revoir cette année."""
        return len(self.a_revoir) + len(self.revus)

    @property
    def faite(self) -> bool:
        """Vrai si elle est close."""
        return self.revision is not None and self.revision.faite


@dataclass(frozen=True)
class Conclusion:
    """Ce qui clôt une révision : quand et dans quelle instance, et ce qu'on en retient."""

    le: date | None
    instance: str
    conclusion: str


@dataclass(frozen=True)
class RappelDeJalons:
    """Ce qui attend un diplôme : jalons échus, et jalons convenus qu'aucune révision de l'année n'a clos."""

    formation_id: int
    en_retard: int
    a_revoir: int


def suivre_la_revision(session: Session, acteur: Acteur, formation_id: int, annee: int) -> SuiviDeRevision:
    """Où en est la révision de cette année ; lire n'ouvre rien. Lève `Introuvable` hors d'une année qui se révise."""
    jalons = lire_jalons(session, acteur, formation_id)
    revision = chercher_la_revision(session, acteur, formation_id, annee)
    if revision is None:
        exiger_une_annee_ouverte(annee)
    faits = revision.revus if revision else frozenset()
    revus = tuple(jalon for jalon in jalons if jalon.id in faits)
    reste = () if revision and revision.faite else tuple(j for j in jalons if j.etat in A_TENIR and j.id not in faits)
    return SuiviDeRevision(annee, revision, _les_plus_pressants(reste), revus)


def exiger_une_annee_ouverte(annee: int) -> None:
    """Lève `Introuvable` si l'année n'est ni celle de la rentrée en cours, ni la précédente."""
    if not annee_courante() - 1 <= annee <= annee_courante():
        raise Introuvable(f"Aucune révision {annee}.")


def _les_plus_pressants(jalons: Sequence[JalonLu]) -> tuple[JalonLu, ...]:
    """Les échéances les plus anciennes d'abord, puis ceux qui n'en ont pas."""
    return tuple(sorted(jalons, key=lambda jalon: (jalon.suivi.echeance or date.max, jalon.poste, jalon.rang)))


def chercher_la_revision(session: Session, acteur: Acteur, formation_id: int, annee: int) -> RevisionLue | None:
    """La révision de cette année, ou None si elle n'est pas commencée."""
    r = RevisionDesJalons
    colonnes = (r.id, r.annee, r.etat, r.instance, r.conclusion, r.version, r.modifie_par, r.modifie_le, r.faite_le)
    requete = select(*(col(c) for c in colonnes)).where(
        col(r.etablissement_id) == acteur.etablissement_id, col(r.formation_id) == formation_id, col(r.annee) == annee
    )
    trouvees = lignes(session, requete)
    if not trouvees:
        return None
    lue = RevisionLue(*trouvees[0])
    evenements = select(col(EvenementDeJalon.jalon_id)).where(
        col(EvenementDeJalon.etablissement_id) == acteur.etablissement_id, col(EvenementDeJalon.revision_id) == lue.id
    )
    return replace(lue, revus=frozenset(jalon for (jalon,) in lignes(session, evenements)))


def revoir(
    session: Session,
    acteur: Acteur,
    formation_id: int,
    annee: int,
    jalon_id: int,
    *,
    decision: Decision,
    sous: Circonstances,
) -> JalonLu:
    """Note ce que la révision décide d'un jalon ; ouvre la révision au premier. Mêmes refus que `decider`."""
    exiger_la_concertee(session, acteur, formation_id)
    exiger_une_annee_ouverte(annee)
    suivi = suivre_la_revision(session, acteur, formation_id, annee)
    jalon = next((jalon for jalon in (*suivi.a_revoir, *suivi.revus) if jalon.id == jalon_id), None)
    if jalon is None:
        raise Introuvable(f"Aucun jalon {jalon_id} à revoir.")
    if suivi.faite:
        raise SaisieDeJalonRefusee([Faute("", DEJA_FAITE)])
    if jalon in suivi.revus:
        raise ConflitDeJalon(jalon)
    revision = suivi.revision or _ouvrir(session, acteur, formation_id, annee, decision.instance)
    en_revision = replace(sous, revision_id=revision.id)
    return decider(session, acteur, formation_id, jalon_id, decision=decision, sous=en_revision)


def conclure(session: Session, acteur: Acteur, formation_id: int, annee: int, dite: Conclusion) -> None:
    """Clôt la révision ; lève `SaisieDeJalonRefusee` s'il reste un jalon à revoir ou un champ à remplir."""
    exiger_la_concertee(session, acteur, formation_id)
    exiger_une_annee_ouverte(annee)
    suivi = suivre_la_revision(session, acteur, formation_id, annee)
    if fautes := _fautes_de_conclusion(suivi, dite):
        raise SaisieDeJalonRefusee(fautes)
    revision = suivi.revision or _ouvrir(session, acteur, formation_id, annee, dite.instance)
    requete = (
        update(RevisionDesJalons)
        .where(
            col(RevisionDesJalons.id) == revision.id,
            col(RevisionDesJalons.etablissement_id) == acteur.etablissement_id,
            col(RevisionDesJalons.version) == revision.version,
        )
        .values(
            etat="faite", faite_le=dite.le, instance=dite.instance, conclusion=dite.conclusion,
            version=revision.version + 1, modifie_par=acteur.nom, modifie_le=maintenant(),
        )
    )  # fmt: skip
    if executer(session, requete) != 1:
        raise SaisieDeJalonRefusee([Faute("", DEJA_FAITE)])
    apres = {"formation": formation_id, "annee": annee, "revus": len(suivi.revus)}
    journaliser(session, acteur, "révision des jalons faite", f"revision_des_jalons:{revision.id}", apres=apres)


def _fautes_de_conclusion(suivi: SuiviDeRevision, dite: Conclusion) -> list[Faute]:
    if suivi.faite:
        return [Faute("", DEJA_FAITE)]
    fautes = []
    if suivi.a_revoir:
        fautes.append(Faute("", f"Il reste {pluriel(len(suivi.a_revoir), 'jalon')} à revoir avant de conclure."))
    if dite.le is None:
        fautes.append(Faute("le", "Donnez le jour, par exemple 12/03/2026."))
    elif dite.le > aujourd_hui():
        fautes.append(Faute("le", "Ce jour n'est pas encore venu : concluez quand l'instance s'est tenue."))
    if not dite.instance:
        fautes.append(Faute("instance", "Dites dans quelle instance, par exemple « conseil de perfectionnement »."))
    if not dite.conclusion:
        fautes.append(Faute("conclusion", "Dites en une phrase ce que la révision retient, même si rien ne change."))
    return fautes


def _ouvrir(session: Session, acteur: Acteur, formation_id: int, annee: int, instance: str) -> RevisionLue:
    """Crée la révision de l'année ; si un autre vient de le faire, c'est la sienne."""
    nouvelle = RevisionDesJalons(
        etablissement_id=acteur.etablissement_id,
        formation_id=formation_id,
        annee=annee,
        instance=instance,
        modifie_par=acteur.nom,
        modifie_le=maintenant(),
    )
    try:
        with session.begin_nested():
            session.add(nouvelle)
            session.flush()
    except IntegrityError:
        pass
    else:
        objet = f"revision_des_jalons:{nouvelle.id}"
        apres = {"formation": formation_id, "annee": annee}
        journaliser(session, acteur, "révision des jalons ouverte", objet, apres=apres)
    ouverte = chercher_la_revision(session, acteur, formation_id, annee)
    if ouverte is None:
        raise Introuvable(f"Aucune révision {annee}.")
    return ouverte


def rappels_de_jalons(
    session: Session, acteur: Acteur, formation_ids: Collection[int], annee: int, jour: date | None = None
) -> tuple[RappelDeJalons, ...]:
    """Ce qui attend chaque diplôme au jour dit, en UNE requête ; un diplôme sans jalon à tenir n'y figure pas."""
    le_jour = jour or aujourd_hui()
    faite = and_(
        col(RevisionDesJalons.formation_id) == col(Jalon.formation_id),
        col(RevisionDesJalons.annee) == annee,
        col(RevisionDesJalons.etat) == "faite",
    )
    retard: Any = func.sum(case((col(Jalon.echeance) < le_jour, 1), else_=0))
    requete = (
        select(col(Jalon.formation_id), retard, func.count(), func.count(col(RevisionDesJalons.id)))
        .outerjoin(RevisionDesJalons, faite)
        .where(
            col(Jalon.etablissement_id) == acteur.etablissement_id,
            col(Jalon.formation_id).in_(sorted(set(formation_ids))),
            col(Jalon.etat).in_(sorted(etat.value for etat in A_TENIR)),
        )
        .group_by(col(Jalon.formation_id))
        .order_by(col(Jalon.formation_id))
    )
    return tuple(
        RappelDeJalons(formation, int(en_retard), 0 if revues else int(total))
        for formation, en_retard, total, revues in lignes(session, requete)
    )
