"""Conduire une campagne : la créer, la régler, choisir ses formations, passer d'un état à l'autre."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import CursorResult, Executable, delete, insert, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, exiger_partout
from charte.chargement import charger_edition
from charte.commun.base import exiger_id, maintenant
from charte.commun.journal import journaliser
from charte.commun.typographie import jour as dire_le_jour
from charte.services.saisie_parties import SaisieRefusee
from grilles.campagnes.regles import EtatDeCampagne, Passage, refus_du_passage, trouver_le_passage
from grilles.campagnes.services.lecture import campagne_de, lire_campagne, lire_faits, lire_formations
from grilles.campagnes.vues import FicheCampagne, FormationDeCampagne
from grilles.modeles import Campagne, CampagneFormation, RetourDeCampagne

NOMS = {
    "libelle": "Nom",
    "edition": "Édition de la charte",
    "toutes_formations": "Formations",
    "echeance_positions": "Échéance des positions",
    "echeance_concertation": "Échéance de la concertation",
    "relances": "Rappels",
    "consigne": "Consigne",
}
"""Les réglages, tels qu'on les nomme."""
TEXTES_LIBRES, CHANGE = ("libelle", "consigne"), "changé"
ARRETEE = "La campagne est arrêtée : ses réglages ne changent plus. Rouvrez-la d'abord, avec un motif."


@dataclass(frozen=True)
class CommandeCampagne:
    """Les réglages voulus. `version` : celle qu'on avait sous les yeux (0 à la création)."""

    libelle: str
    edition: str
    toutes_formations: bool
    echeance_positions: date | None = None
    echeance_concertation: date | None = None
    relances: str = "14,3,-1"
    consigne: str = ""
    version: int = 0

    @property
    def reglages(self) -> dict[str, str | bool | date | None]:
        """Les réglages, par nom de colonne."""
        return {nom: getattr(self, nom) for nom in NOMS}


class CampagneChangee(Exception):
    """Quelqu'un a changé la campagne entre-temps. `differences` : (réglage, ce que dit la base maintenant)."""

    def __init__(self, fiche: FicheCampagne, differences: tuple[tuple[str, str], ...]) -> None:
        super().__init__(f"La campagne {fiche.id} a changé entre-temps.")
        self.fiche = fiche
        self.differences = differences


def creer_campagne(session: Session, acteur: Acteur, annee: int, commande: CommandeCampagne) -> int:
    """Crée la campagne de cette année, en préparation ; rend son identifiant. Lève `SaisieRefusee`."""
    exiger_partout(acteur, Geste.PILOTER_CAMPAGNE)
    campagne = Campagne(
        etablissement_id=acteur.etablissement_id,
        annee=annee,
        empreinte_edition=charger_edition(commande.edition).empreinte,
        etat=EtatDeCampagne.PREPARATION.value,
        **commande.reglages,  # type: ignore[arg-type]
    )
    try:
        with session.begin_nested():
            session.add(campagne)
            session.flush()
    except IntegrityError:
        raise SaisieRefusee("annee", _deja_la(session, acteur, annee)) from None
    apres = {"annee": annee, **_au_journal(commande.reglages)}
    journaliser(session, acteur, "campagne créée", f"campagne:{campagne.id}", apres=apres)
    return exiger_id(campagne.id)


def _deja_la(session: Session, acteur: Acteur, annee: int) -> str:
    autre = campagne_de(session, acteur, annee)
    if autre is None:
        return "Cette campagne existe déjà."
    return (
        f"Il y a déjà une campagne pour {autre.annee_scolaire} : « {autre.libelle} », {autre.etat_en_clair}. "
        "Il n’y en a qu’une par année : changez l’année, ou ouvrez celle-là."
    )


def modifier_campagne(session: Session, acteur: Acteur, campagne_id: int, commande: CommandeCampagne) -> FicheCampagne:
    """Change les réglages et rend la campagne. Lève `CampagneChangee`, `SaisieRefusee`, `Introuvable`."""
    exiger_partout(acteur, Geste.PILOTER_CAMPAGNE)
    avant = lire_campagne(session, acteur, campagne_id)
    _exiger_modifiable(avant)
    if commande.edition != avant.edition and avant.etat != EtatDeCampagne.PREPARATION:
        raise SaisieRefusee("edition", "L’édition de la charte ne change plus une fois la campagne ouverte.")
    changes = {nom: valeur for nom, valeur in commande.reglages.items() if getattr(avant, nom) != valeur}
    if changes and not _ecrire(session, acteur, avant, commande):
        actuelle = lire_campagne(session, acteur, campagne_id)
        raise CampagneChangee(actuelle, differences(commande, actuelle))
    if changes.get("toutes_formations") is False:
        _garder_les_commencees(session, acteur, avant)
    if changes:
        anciens = _au_journal({nom: getattr(avant, nom) for nom in changes})
        objet = f"campagne:{campagne_id}"
        journaliser(session, acteur, "campagne réglée", objet, avant=anciens, apres=_au_journal(changes))
    return lire_campagne(session, acteur, campagne_id)


def differences(commande: CommandeCampagne, actuelle: FicheCampagne) -> tuple[tuple[str, str], ...]:
    """(réglage, valeur en base) de chaque réglage qui n'est plus ce que l'on veut écrire."""
    voulus = commande.reglages
    return tuple(
        (NOMS[nom], _dire(nom, getattr(actuelle, nom))) for nom in NOMS if getattr(actuelle, nom) != voulus[nom]
    )


def _dire(nom: str, valeur: object) -> str:
    if nom == "toutes_formations":
        return "toutes" if valeur else "choisies une à une"
    if isinstance(valeur, date):
        return dire_le_jour(valeur)
    return str(valeur) if valeur else "rien"


def _ecrire(session: Session, acteur: Acteur, avant: FicheCampagne, commande: CommandeCampagne) -> bool:
    """Vrai si la campagne était bien à la version attendue."""
    requete = update(Campagne).where(
        col(Campagne.id) == avant.id,
        col(Campagne.etablissement_id) == acteur.etablissement_id,
        col(Campagne.version) == commande.version,
    )
    empreinte = charger_edition(commande.edition).empreinte
    valeurs = {**commande.reglages, "empreinte_edition": empreinte, "version": commande.version + 1}
    return _executer(session, requete.values(**valeurs)) == 1


def _garder_les_commencees(session: Session, acteur: Acteur, campagne: FicheCampagne) -> None:
    """Une formation dont la grille est commencée reste de la campagne quand on passe aux formations choisies."""
    formations = lire_formations(session, acteur, campagne, toutes=True, geste=Geste.PILOTER_CAMPAGNE)
    deja = {formation.id for formation in formations if formation.inscrite}
    _inscrire(session, acteur, campagne, {f.id: None for f in formations if f.grille_id and f.id not in deja})


def changer_les_formations(
    session: Session, acteur: Acteur, campagne_id: int, voulues: Mapping[int, tuple[bool, date | None]], version: int
) -> tuple[int, int]:
    """Retient ou ôte des formations, pose leur échéance ; rend (retenues, ôtées).

    `voulues` : formation → (retenue, échéance propre) ; les autres ne changent pas. Lève `CampagneChangee`, et
    `SaisieRefusee` si une formation ôtée a déjà sa grille.
    """
    exiger_partout(acteur, Geste.PILOTER_CAMPAGNE)
    campagne = lire_campagne(session, acteur, campagne_id)
    _exiger_modifiable(campagne)
    formations = lire_formations(session, acteur, campagne, toutes=True, geste=Geste.PILOTER_CAMPAGNE)
    visees = [formation for formation in formations if formation.id in voulues]
    garder = {f.id: voulues[f.id][1] for f in visees if _reste_inscrite(campagne, *voulues[f.id])}
    if garder == {f.id: f.echeance for f in visees if f.inscrite}:
        return 0, 0
    otees = [f for f in visees if f.inscrite and f.id not in garder]
    if not campagne.toutes_formations:
        _refuser_d_oter(otees)
    _avancer_la_version(session, acteur, campagne, version)
    _desinscrire(session, campagne, [f.id for f in visees if f.inscrite])
    _inscrire(session, acteur, campagne, garder)
    ajoutees = sum(f.id in garder and not f.inscrite for f in visees)
    apres = {"inscrites": ajoutees, "retirees": len(otees)}
    journaliser(session, acteur, "formations de la campagne", f"campagne:{campagne_id}", apres=apres)
    return ajoutees, len(otees)


def _reste_inscrite(campagne: FicheCampagne, retenue: bool, echeance: date | None) -> bool:
    """Une campagne de toutes les formations n'inscrit que celles qui ont une échéance à elles."""
    return echeance is not None if campagne.toutes_formations else retenue


def _refuser_d_oter(otees: Iterable[FormationDeCampagne]) -> None:
    for formation in otees:
        if formation.grille_id is not None:
            raise SaisieRefusee(
                f"retenue-{formation.id}",
                f"« {formation.libelle} » a déjà sa grille dans cette campagne : elle ne peut plus en être ôtée.",
            )


def _avancer_la_version(session: Session, acteur: Acteur, campagne: FicheCampagne, version: int) -> None:
    requete = update(Campagne).where(
        col(Campagne.id) == campagne.id,
        col(Campagne.etablissement_id) == acteur.etablissement_id,
        col(Campagne.version) == version,
    )
    if _executer(session, requete.values(version=version + 1)) != 1:
        raise CampagneChangee(lire_campagne(session, acteur, campagne.id), ())


def _inscrire(session: Session, acteur: Acteur, campagne: FicheCampagne, echeances: Mapping[int, date | None]) -> None:
    cle = {"etablissement_id": acteur.etablissement_id, "campagne_id": campagne.id}
    rangees = [{**cle, "formation_id": numero, "echeance": echeance} for numero, echeance in echeances.items()]
    if rangees:
        session.connection().execute(insert(CampagneFormation), rangees)


def _desinscrire(session: Session, campagne: FicheCampagne, formations: list[int]) -> None:
    requete = delete(CampagneFormation).where(
        col(CampagneFormation.campagne_id) == campagne.id, col(CampagneFormation.formation_id).in_(formations)
    )
    _executer(session, requete)


def passer(session: Session, acteur: Acteur, campagne_id: int, cle: str, *, depuis: str, motif: str = "") -> str:
    """Fait passer la campagne d'un état à l'autre ; rend le nouvel état. Lève `CampagneChangee`, `SaisieRefusee`."""
    campagne = lire_campagne(session, acteur, campagne_id)
    passage = trouver_le_passage(depuis, cle)
    if passage is None:
        raise SaisieRefusee("", "Ce passage n’existe pas ; rechargez la page.")
    exiger_partout(acteur, passage.geste)
    if campagne.etat != depuis:
        raise CampagneChangee(campagne, (("État", campagne.etat_en_clair),))
    refus = refus_du_passage(passage, lire_faits(session, acteur, campagne), motif)
    if refus:
        raise SaisieRefusee("motif" if passage.motif_exige and not motif.strip() else "", refus)
    _changer_l_etat(session, acteur, campagne, passage.vers)
    apres: dict[str, object] = {"etat": passage.vers.value}
    if passage.motif_exige:
        apres["retour"] = _noter_le_retour(session, acteur, campagne, passage, motif.strip())
    journaliser(session, acteur, passage.acte, f"campagne:{campagne_id}", avant={"etat": depuis}, apres=apres)
    return passage.vers.value


def _noter_le_retour(session: Session, acteur: Acteur, campagne: FicheCampagne, passage: Passage, motif: str) -> int:
    """Range le motif d'un pas en arrière et rend son numéro : le journal n'en garde que lui."""
    retour = RetourDeCampagne(
        etablissement_id=acteur.etablissement_id,
        campagne_id=campagne.id,
        depuis=campagne.etat,
        vers=passage.vers.value,
        motif=motif,
        revenu_par=acteur.nom,
        revenu_le=maintenant(),
    )
    session.add(retour)
    session.flush()
    return exiger_id(retour.id)


def _changer_l_etat(session: Session, acteur: Acteur, campagne: FicheCampagne, vers: EtatDeCampagne) -> None:
    requete = update(Campagne).where(
        col(Campagne.id) == campagne.id,
        col(Campagne.etablissement_id) == acteur.etablissement_id,
        col(Campagne.etat) == campagne.etat,
    )
    if _executer(session, requete.values(etat=vers.value)) != 1:
        actuelle = lire_campagne(session, acteur, campagne.id)
        raise CampagneChangee(actuelle, (("État", actuelle.etat_en_clair),))


def _exiger_modifiable(campagne: FicheCampagne) -> None:
    if campagne.etat == EtatDeCampagne.ARRETEE:
        raise SaisieRefusee("", ARRETEE)


def _au_journal(reglages: Mapping[str, object]) -> dict[str, object]:
    """Le nom et la consigne sont des textes libres : le journal dit qu'ils ont changé, pas ce qu'ils disent."""
    dits = {nom: v.isoformat() if isinstance(v, date) else v for nom, v in reglages.items() if nom not in TEXTES_LIBRES}
    return dits | {nom: CHANGE for nom in TEXTES_LIBRES if nom in reglages}


def _executer(session: Session, requete: Executable) -> int:
    resultat = session.connection().execute(requete)
    return resultat.rowcount if isinstance(resultat, CursorResult) else 0
