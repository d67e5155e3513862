"""Demander un avis, donner un nouveau lien, retirer une demande, lire ce qui a été répondu.

Le secret d'un lien ne passe jamais par ici : l'appelant en donne l'empreinte (SHA-256).
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select, update
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, exiger, peut
from charte.chargement import charger_edition
from charte.commun.base import exiger_id, lignes, maintenant
from charte.commun.journal import journaliser
from charte.commun.reglages import Reglages
from charte.commun.sceau import Sceau, SceauBrise
from charte.commun.typographie import FUSEAU
from charte.commun.web import Introuvable
from charte.concernes import elements_evalues
from charte.services.portee import situer
from grilles.avis.formulaires import INCONNU
from grilles.avis.lecture import GrilleVisee, viser
from grilles.avis.modeles import Avis, DemandeAvis
from grilles.avis.regles import DELAI_D_OFFICE, PUBLICS, etat_de, pourquoi_clos, refus_d_echeance
from grilles.avis.selection import charger_preselection
from grilles.avis.vues import AvisDUnPublic, AvisSurUnElement, Choix, DemandeLue, PageAvis
from grilles.modeles import Campagne, Grille
from grilles.services import SaisieRefusee, ouvrir_grille

USAGE = "adresse d'avis"
SCELLES = "La grille est arrêtée : les avis reçus sont scellés avec elle. Pour en mettre un de côté, rouvrez la grille."


@dataclass(frozen=True)
class CommandeDemande:
    """Un avis à demander. `empreinte` : SHA-256 du secret du lien ; `courriel` vide : le lien se remet à la main."""

    formation_id: int
    public: str
    repere: str
    elements: tuple[str, ...]
    echeance: date
    empreinte: str
    courriel: str = ""
    annee: int | None = None


@dataclass(frozen=True)
class Invitation:
    """Ce qu'il faut pour dire à quelqu'un qu'on lui demande son avis. `courriel` vide : à remettre à la main."""

    demande_id: int
    formation: str
    echeance: date
    courriel: str


def aujourd_hui() -> date:
    """Le jour, à l'heure de Paris : un lien vaut jusqu'à la fin de son échéance."""
    return datetime.now(FUSEAU).date()


def demander(session: Session, reglages: Reglages, acteur: Acteur, commande: CommandeDemande) -> Invitation:
    """Range une demande. Lève `SaisieRefusee` (échéance, élément, avis clos), `Introuvable`, `DroitManquant`."""
    exiger(acteur, Geste.REMPLIR_GRILLE)
    visee = viser(session, acteur, commande.formation_id, commande.annee, Geste.REMPLIR_GRILLE)
    _exiger_possible(visee, commande)
    grille_id = visee.id or ouvrir_grille(session, acteur, commande.formation_id, commande.annee).id
    demande = DemandeAvis(
        etablissement_id=acteur.etablissement_id,
        grille_id=grille_id,
        public=commande.public,
        repere=commande.repere,
        jeton=commande.empreinte,
        elements=list(commande.elements),
        echeance=commande.echeance,
        demande_par=acteur.nom,
        demande_le=maintenant(),
    )
    session.add(demande)
    session.flush()
    numero = exiger_id(demande.id)
    if commande.courriel:
        demande.courriel = Sceau.de(reglages, USAGE).sceller(commande.courriel.encode(), _ligne(numero))
    apres = {"demande": numero, "public": commande.public, "elements": list(commande.elements)}
    echeance = commande.echeance.isoformat()
    journaliser(session, acteur, "avis demandé", f"grille:{grille_id}", apres={**apres, "echeance": echeance})
    session.flush()
    return Invitation(numero, visee.libelle, commande.echeance, commande.courriel)


def _exiger_possible(visee: GrilleVisee, commande: CommandeDemande) -> None:
    if clos := pourquoi_clos(visee.etat_campagne, visee.etat):
        raise SaisieRefusee("", clos)
    if refus := refus_d_echeance(commande.echeance, aujourd_hui()):
        raise SaisieRefusee("echeance", refus)
    connus = {element.id for element in elements_evalues(charger_edition(visee.edition))}
    if not connus.issuperset(commande.elements):
        raise SaisieRefusee("elements", INCONNU)


def renouveler(
    session: Session, reglages: Reglages, acteur: Acteur, formation_id: int, *, demande_id: int, empreinte: str
) -> Invitation:
    """Donne un secret neuf à une demande, même échue ou retirée ; l'ancien lien ne s'ouvre plus.

    L'échéance est repoussée à quatorze jours au moins. Lève `SaisieRefusee` si l'avis est clos, `Introuvable`.
    """
    visee, lue = _chercher(session, acteur, formation_id, demande_id)
    if clos := pourquoi_clos(visee.etat_campagne, visee.etat):
        raise SaisieRefusee("", clos)
    echeance = max(lue.echeance, aujourd_hui() + DELAI_D_OFFICE)
    _changer(session, acteur, demande_id, jeton=empreinte, echeance=echeance, retire_le=None)
    apres = {"demande": demande_id, "echeance": echeance.isoformat()}
    journaliser(session, acteur, "lien d’avis renouvelé", f"grille:{visee.id}", apres=apres)
    return Invitation(demande_id, visee.libelle, echeance, _ouvrir(reglages, demande_id, lue.courriel))


def retirer(session: Session, acteur: Acteur, formation_id: int, demande_id: int) -> None:
    """Retire une demande : son lien ne s'ouvre plus, ses réponses ne comptent plus, l'adresse est effacée.

    Lève `SaisieRefusee` si la grille est arrêtée : ses avis sont scellés avec elle.
    """
    visee, lue = _chercher(session, acteur, formation_id, demande_id)
    if visee.arretee:
        raise SaisieRefusee("", SCELLES)
    if lue.retire_le is None:
        _changer(session, acteur, demande_id, retire_le=maintenant(), courriel=None)
        journaliser(session, acteur, "demande d’avis retirée", f"grille:{visee.id}", avant={"demande": demande_id})


def _chercher(
    session: Session, acteur: Acteur, formation_id: int, demande_id: int
) -> tuple[GrilleVisee, Row[*tuple[Any, ...]]]:
    """La grille et la demande, si l'acteur écrit dans cette formation et que la demande en est ; `Introuvable`."""
    exiger(acteur, Geste.REMPLIR_GRILLE)
    situer(session, acteur, formation_id, Geste.REMPLIR_GRILLE)
    colonnes = (DemandeAvis.courriel, DemandeAvis.echeance, DemandeAvis.retire_le, Campagne.annee)
    requete = (
        select(*(col(c) for c in colonnes))
        .join(Grille, col(Grille.id) == col(DemandeAvis.grille_id))
        .join(Campagne, col(Campagne.id) == col(Grille.campagne_id))
        .where(
            col(DemandeAvis.id) == demande_id,
            col(Grille.formation_id) == formation_id,
            col(DemandeAvis.etablissement_id) == acteur.etablissement_id,
        )
    )
    trouvees = lignes(session, requete)
    if not trouvees:
        raise Introuvable(f"Aucune demande d'avis {demande_id}.")
    return viser(session, acteur, formation_id, trouvees[0].annee, Geste.REMPLIR_GRILLE), trouvees[0]


def _changer(session: Session, acteur: Acteur, demande_id: int, **valeurs: Any) -> None:
    sienne = (col(DemandeAvis.id) == demande_id, col(DemandeAvis.etablissement_id) == acteur.etablissement_id)
    session.connection().execute(update(DemandeAvis).where(*sienne).values(**valeurs))


def _ouvrir(reglages: Reglages, demande_id: int, scelle: bytes | None) -> str:
    """L'adresse, vide s'il n'y en a plus, ou si la clé a changé : le lien se remet alors à la main."""
    if scelle is None:
        return ""
    try:
        return Sceau.de(reglages, USAGE).ouvrir(scelle, _ligne(demande_id)).decode()
    except SceauBrise:
        return ""


def _ligne(demande_id: int) -> str:
    return f"demande_avis:{demande_id}"


def lire_les_avis(session: Session, acteur: Acteur, formation_id: int, annee: int | None = None) -> PageAvis:
    """Les demandes (pour qui écrit dans la grille) et ce qui a été répondu, par public ; lève `Introuvable`."""
    visee = viser(session, acteur, formation_id, annee)
    ecrit = peut(acteur, Geste.REMPLIR_GRILLE, situer(session, acteur, formation_id))
    demandes = _demandes(session, acteur, visee.id) if ecrit and visee.id else ()
    publics = _publics(session, acteur, visee) if visee.id else ()
    return PageAvis(visee, demandes, publics, pourquoi_clos(visee.etat_campagne, visee.etat))


def _demandes(session: Session, acteur: Acteur, grille_id: int) -> tuple[DemandeLue, ...]:
    d = DemandeAvis
    colonnes = (d.id, d.public, d.repere, d.rendu_le, d.retire_le, d.echeance, d.demande_le, d.elements)
    reponses = select(func.count()).where(col(Avis.demande_id) == col(d.id)).correlate(d).scalar_subquery()
    requete = (
        select(*(col(c) for c in colonnes), reponses)
        .where(col(d.grille_id) == grille_id, col(d.etablissement_id) == acteur.etablissement_id)
        .order_by(col(d.id).desc())
    )
    jour = aujourd_hui()
    return tuple(
        DemandeLue(n, public, repere, etat_de(rendu, retire, fin, jour), fin, le, len(elements), repondues)
        for n, public, repere, rendu, retire, fin, le, elements, repondues in lignes(session, requete)
    )


def _publics(session: Session, acteur: Acteur, visee: GrilleVisee) -> tuple[AvisDUnPublic, ...]:
    """Les avis par public, sauf ceux d'une demande retirée ; un public qui n'a rien rendu n'y est pas."""
    requete = (
        select(*(col(c) for c in (DemandeAvis.public, DemandeAvis.id, Avis.element, Avis.etat, Avis.commentaire)))
        .join(Avis, col(Avis.demande_id) == col(DemandeAvis.id))
        .where(
            col(DemandeAvis.grille_id) == visee.id,
            col(DemandeAvis.retire_le).is_(None),
            col(DemandeAvis.etablissement_id) == acteur.etablissement_id,
        )
    )
    personnes: dict[str, set[int]] = defaultdict(set)
    dits: dict[str, dict[str, list[tuple[str, str]]]] = defaultdict(lambda: defaultdict(list))
    for public, demande_id, element, etat, commentaire in lignes(session, requete):
        personnes[public].add(demande_id)
        dits[public][element].append((etat, commentaire))
    return tuple(
        AvisDUnPublic(public, len(personnes[public]), tuple(_par_element(visee, dits[public])))
        for public in PUBLICS
        if personnes[public]
    )


def _par_element(visee: GrilleVisee, dits: dict[str, list[tuple[str, str]]]) -> list[AvisSurUnElement]:
    return [
        AvisSurUnElement(
            element.id,
            element.texte,
            Counter(etat for etat, _ in dits[element.id]),
            tuple(sorted((etat, texte) for etat, texte in dits[element.id] if texte)),
        )
        for element in elements_evalues(charger_edition(visee.edition))
        if element.id in dits
    ]


def choix_par_poste(visee: GrilleVisee, public: str) -> list[tuple[int, str, list[Choix]]]:
    """(numéro, titre, éléments) de chaque poste, avec ce qui est proposé d'office à ce public."""
    edition = charger_edition(visee.edition)
    proposes = charger_preselection(visee.edition)[public]
    par_poste: dict[int, list[Choix]] = defaultdict(list)
    for element in elements_evalues(edition):
        choix = Choix(element.id, element.genre, element.texte, proposes.get(element.id, ""))
        par_poste[element.poste or 0].append(choix)
    return [(poste.numero, poste.titre, par_poste[poste.numero]) for poste in edition.postes]


def adresses_echues(session: Session, acteur: Acteur, jour: date) -> tuple[int, date | None]:
    """Ce que ce ménage effacera dans l'établissement : le nombre d'adresses, et le jour de la plus ancienne demande."""
    requete = select(func.count(), func.min(col(DemandeAvis.demande_le))).where(
        *_adresse_echue(jour), col(DemandeAvis.etablissement_id) == acteur.etablissement_id
    )
    nombre, ancienne = lignes(session, requete)[0]
    return int(nombre), ancienne.date() if ancienne else None


def _adresse_echue(jour: date) -> tuple[ColumnElement[bool], ...]:
    return col(DemandeAvis.courriel).is_not(None), col(DemandeAvis.echeance) < jour


def effacer_les_adresses_echues(session: Session, jour: date) -> int:
    """Efface les adresses des demandes dont le lien ne vaut plus ce jour-là, tous établissements ; rend leur nombre."""
    echues = update(DemandeAvis).where(*_adresse_echue(jour)).values(courriel=None)
    return int(session.connection().execute(echues).rowcount)
