"""Écrire un jalon : le proposer, le changer, le placer. Personne n'écrase ce qu'un autre vient d'écrire."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import CursorResult, func, select, update
from sqlmodel import Session, col

from charte.acteur import Acteur, DroitManquant, Geste, Partie, Situation, parties_tenues
from charte.commun.base import exiger_id, lignes, maintenant
from charte.commun.journal import journaliser
from charte.modeles import Formation
from charte.services.portee import situer
from grilles.jalons.modeles import EvenementDeJalon, Jalon
from grilles.jalons.regles import Etat, Faute, deplacer
from grilles.jalons.services.lecture import aujourd_hui, lire_jalons, lire_un_jalon
from grilles.jalons.vues import Contenu, JalonLu

NOMS_DES_CHAMPS = {
    "intitule": "l'intitulé",
    "preuve_attendue": "ce qui le montrera",
    "element": "l'exigence ou l'engagement",
    "indicateur": "l'indicateur",
    "sens": "le sens visé",
    "valeur_visee": "la valeur visée",
    "echeance": "l'échéance",
    "porteur": "qui le porte",
    "moyens": "les moyens",
}


class ConflitDeJalon(Exception):
    """Quelqu'un a changé ce jalon entre-temps. Ne porte que des valeurs : le jalon tel qu'il est en base."""

    def __init__(self, autre: JalonLu) -> None:
        super().__init__(f"Le jalon {autre.id} a changé entre-temps.")
        self.autre = autre


class SaisieDeJalonRefusee(ValueError):
    """Une saisie que les règles refusent : chaque faute dit le champ et le remède."""

    def __init__(self, fautes: Sequence[Faute]) -> None:
        super().__init__(" ".join(faute.message for faute in fautes))
        self.fautes = tuple(fautes)


def tient_la_concertee(acteur: Acteur, situation: Situation) -> bool:
    """Vrai si l'acteur note, pour cette formation, ce qui a été convenu dans le dialogue."""
    return Partie.CONCERTEE in parties_tenues(acteur, situation)


def exiger_la_concertee(session: Session, acteur: Acteur, formation_id: int) -> None:
    """Lève `Introuvable` hors de sa portée, `DroitManquant` si l'acteur ne tient pas la position concertée."""
    if not tient_la_concertee(acteur, situer(session, acteur, formation_id, Geste.REMPLIR_GRILLE)):
        raise DroitManquant("Ce qui est convenu se note au nom de la position concertée.")


def proposer(
    session: Session, acteur: Acteur, formation_id: int, poste: int, contenu: Contenu, *, nature: str = "jalon",
    origine: str = "local",
) -> int:  # fmt: skip
    """Ajoute un jalon (ou une cible locale) proposé, après ceux du poste ; rend son identifiant."""
    situer(session, acteur, formation_id, Geste.REMPLIR_GRILLE)
    _tenir_les_rangs(session, acteur, formation_id)
    jalon = Jalon(
        etablissement_id=acteur.etablissement_id,
        formation_id=formation_id,
        poste=poste,
        nature=nature,
        rang=_dernier_rang(session, acteur, formation_id, poste) + 1,
        origine=origine,
        modifie_par=acteur.nom,
        modifie_le=maintenant(),
        **asdict(contenu),
    )
    session.add(jalon)
    session.flush()
    jalon_id = exiger_id(jalon.id)
    noter(session, acteur, jalon_id, "propose", le=aujourd_hui(), intitule=contenu.intitule, echeance=contenu.echeance)
    apres = {"formation": formation_id, "poste": poste, "nature": nature, "origine": origine}
    journaliser(session, acteur, "jalon proposé", f"jalon:{jalon_id}", apres=apres)
    return jalon_id


def changer(
    session: Session, acteur: Acteur, formation_id: int, jalon_id: int, contenu: Contenu, *, version: int
) -> JalonLu:
    """Change ce qu'on a écrit d'un jalon, et rend ce qui est en base.

    Une proposition se change par qui remplit la grille ; un jalon convenu, au nom de la position concertée, et son
    échéance par un report. Lève `SaisieDeJalonRefusee`, `ConflitDeJalon`, `DroitManquant`, `Introuvable`.
    """
    jalon = lire_un_jalon(session, acteur, formation_id, jalon_id, geste=Geste.REMPLIR_GRILLE)
    if jalon.convenu:
        exiger_la_concertee(session, acteur, formation_id)
    if jalon.contenu == contenu:
        return jalon
    if fautes := _fautes_de_changement(jalon, contenu):
        raise SaisieDeJalonRefusee(fautes)
    ecrire(session, acteur, jalon, version, **asdict(contenu))
    changes = [nom for nom, valeur in asdict(contenu).items() if getattr(jalon.contenu, nom) != valeur]
    dit = "Changé : " + ", ".join(NOMS_DES_CHAMPS[nom] for nom in changes) + "."
    noter(
        session, acteur, jalon_id, "change", le=aujourd_hui(), intitule=contenu.intitule, motif=dit,
        echeance=contenu.echeance,
    )  # fmt: skip
    apres = {"champs": changes, "version": version + 1}
    journaliser(session, acteur, "jalon changé", f"jalon:{jalon_id}", avant={"version": version}, apres=apres)
    return lire_un_jalon(session, acteur, formation_id, jalon_id)


def _fautes_de_changement(jalon: JalonLu, contenu: Contenu) -> list[Faute]:
    if not jalon.se_change:
        return [Faute("", "Ce jalon est atteint ou abandonné : rouvrez-le avant de le changer.")]
    if jalon.convenu and jalon.contenu.echeance and jalon.contenu.echeance != contenu.echeance:
        return [Faute("echeance", "L'échéance convenue se change par un report, avec son motif.")]
    return []


def placer(session: Session, acteur: Acteur, formation_id: int, jalon_id: int, sens: str) -> None:
    """Échange un jalon avec son voisin, « monter » ou « descendre » ; au nom de la position concertée.

    Les voisins sont ceux de même nature dans le poste, abandons à part : ce que montre la page.
    """
    exiger_la_concertee(session, acteur, formation_id)
    _tenir_les_rangs(session, acteur, formation_id)
    jalon = lire_un_jalon(session, acteur, formation_id, jalon_id)
    freres = [
        frere.id
        for frere in lire_jalons(session, acteur, formation_id)
        if (frere.poste, frere.nature) == (jalon.poste, jalon.nature)
        and (frere.etat is not Etat.ABANDONNE or frere.id == jalon_id)
    ]
    ordre = deplacer(freres, jalon_id, sens)
    if list(ordre) == freres:
        return
    for rang, frere in enumerate(ordre, start=1):
        executer(
            session,
            update(Jalon)
            .where(col(Jalon.id) == frere, col(Jalon.etablissement_id) == acteur.etablissement_id)
            .values(rang=rang),
        )
    apres = {"poste": jalon.poste, "ordre": list(ordre)}
    journaliser(session, acteur, "jalons ordonnés", f"jalon:{jalon_id}", avant={"ordre": freres}, apres=apres)


def ecrire(session: Session, acteur: Acteur, jalon: JalonLu, version: int, **valeurs: Any) -> None:
    """Change ces colonnes si le jalon est encore à cette version ; lève `ConflitDeJalon` sinon."""
    requete = (
        update(Jalon)
        .where(
            col(Jalon.id) == jalon.id,
            col(Jalon.etablissement_id) == acteur.etablissement_id,
            col(Jalon.version) == version,
        )
        .values(version=version + 1, modifie_par=acteur.nom, modifie_le=maintenant(), **valeurs)
    )
    if executer(session, requete) != 1:
        raise ConflitDeJalon(lire_un_jalon(session, acteur, jalon.formation_id, jalon.id))


def noter(
    session: Session, acteur: Acteur, jalon_id: int, etat: str, *, le: date, intitule: str, instance: str = "",
    motif: str = "", echeance: date | None = None, revision_id: int | None = None, pertinent: bool | None = None,
) -> None:  # fmt: skip
    """Ajoute un événement à l'histoire d'un jalon ; aucun service n'en change ni n'en efface."""
    session.add(
        EvenementDeJalon(
            etablissement_id=acteur.etablissement_id,
            jalon_id=jalon_id,
            revision_id=revision_id,
            etat=etat,
            le=le,
            instance=instance,
            motif=motif,
            echeance=echeance,
            intitule=intitule,
            indicateur_pertinent=pertinent,
            auteur=acteur.nom,
            note_le=maintenant(),
        )
    )
    session.flush()


def executer(session: Session, requete: Any) -> int:
    """Exécute une écriture et rend le nombre de lignes touchées."""
    resultat = super(Session, session).execute(requete.execution_options(synchronize_session=False))
    return resultat.rowcount if isinstance(resultat, CursorResult) else 0


def _tenir_les_rangs(session: Session, acteur: Acteur, formation_id: int) -> None:
    """Fait passer l'un après l'autre ceux qui placent un jalon de ce diplôme : deux ordres croisés s'attendraient."""
    ici = (col(Formation.id) == formation_id, col(Formation.etablissement_id) == acteur.etablissement_id)
    lignes(session, select(col(Formation.id)).where(*ici).with_for_update(key_share=True))


def _dernier_rang(session: Session, acteur: Acteur, formation_id: int, poste: int) -> int:
    requete = select(func.coalesce(func.max(col(Jalon.rang)), 0)).where(
        col(Jalon.etablissement_id) == acteur.etablissement_id,
        col(Jalon.formation_id) == formation_id,
        col(Jalon.poste) == poste,
    )
    return int(lignes(session, requete)[0][0])
