"""Un établissement au complet (un objet de chaque sorte), pour vérifier que l'autre établissement ne l'atteint pas."""

import hashlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from appli.base import BaseSQL
from appli.mandats import donner_un_mandat
from appli.modeles import METADONNEES, Compte
from appli.travaux import executer_travail
from charte.acteur import Acteur, Mandat, Role
from charte.commun.base import exiger_id, lignes, maintenant
from charte.commun.canonique import calculer_empreinte
from charte.commun.reglages import Reglages
from charte.modeles import Composante, Convention, Formation
from grilles.arrete.services import CommandeArrete, arreter_grille
from grilles.avis.modeles import Avis
from grilles.avis.services import CommandeDemande, demander
from grilles.campagnes.services.lecture import campagne_de
from grilles.jalons.regles import Acte, Decision
from grilles.jalons.services.actes import Circonstances, decider
from grilles.jalons.services.saisie import proposer
from grilles.jalons.vues import Contenu
from grilles.plan.modeles import ActionAmelioration, Risque, SuiviDAction
from grilles.preuves.modeles import PreuveDAction, PreuveDeReference
from grilles.preuves.reception import Envoi, joindre_des_fichiers
from grilles.preuves.services.references import LigneVisee, rattacher
from grilles.preuves.travaux import TRAVAUX, Demande, demander_archive
from grilles.services import (
    CommandePreuve,
    CommandeReponse,
    ajouter_preuve,
    annee_courante,
    enregistrer_reponse,
)
from indicateurs.imports.reception import recevoir
from indicateurs.imports.services import FichierDepose
from indicateurs.objectifs.regles import Vise
from indicateurs.objectifs.services.lecture import Lieu
from indicateurs.objectifs.services.saisie import Visee, convenir
from indicateurs.objectifs.vues import Contenu as ContenuDObjectif
from indicateurs.publication.contenu import Contenu as ContenuPublie
from indicateurs.publication.contenu import ecrire_contenu as ecrire_le_publie
from indicateurs.publication.modeles import Publication
from indicateurs.revue.contenu import Contenu as ContenuDeRevue
from indicateurs.revue.contenu import ecrire_contenu
from indicateurs.revue.modeles import NoteDeRevue, Revue
from rapports.modeles import Rapport
from rapports.services import assembler_dossier, emettre_rapport
from tests.indicateurs.imports.fabrique import en_csv, ligne, uai
from tests.rapports.peuplement import creer_formation, ranger, ranger_apprentis, repondre

ELEMENT = "1.S1.1"
INDICATEUR = "rupture_brute_9_mois"
ECHEANCE_DU_JALON = date(2026, 1, 15)
FICHIER_CSV = en_csv([ligne(0)])
HORS_COMPARAISON = {"session_web"}
"""La seule table qu'une simple lecture peut changer (l'instant de la dernière vue)."""


def peupler_un_etablissement(base: BaseSQL, acteur: Acteur, reglages: Reglages, marque: str) -> dict[str, int]:
    """Range un objet de chaque sorte ; `marque` est dans tous ses textes. Rend les identifiants par sorte."""
    with base.ecriture() as session:
        rang = int(lignes(session, select(func.count()).select_from(Formation))[0][0])
        formation = creer_formation(session, acteur, code=marque, uai=uai(350_000 + rang))
        ranger_apprentis(session, acteur, formation, annee=2023 - rang, nombre=40, rompus=6)
        repondre(session, acteur, formation, ELEMENT, "tenu")
        campagne = _suivre_la_campagne_d_avant(session, acteur, formation)
        cfa = session.get_one(Formation, formation).cfa_id
        qui = acteur.etablissement_id
        composante = ranger(session, Composante(etablissement_id=qui, nom=f"Composante {marque}"))
        convention = ranger(session, Convention(
            etablissement_id=qui, cfa_id=cfa, nature="document_interne", reference_document=f"Note {marque}",
            date_debut=date(2023, 9, 1),
        ))  # fmt: skip
        adresse = f"https://intranet.exemple.invalid/{marque}.pdf"
        preuve = ajouter_preuve(session, acteur, CommandePreuve(formation, ELEMENT, f"Livret {marque}", adresse))
        rattacher(session, acteur, preuve, LigneVisee("qualiopi", "2026", "20"), f"Annexe {marque}")
        lien = int(lignes(session, select(func.max(col(PreuveDeReference.id))))[0][0])
        jalon = _convenir_d_un_jalon(session, acteur, formation, preuve, marque)
        echeance = maintenant().date() + timedelta(days=30)
        demande = demander(session, reglages, acteur, CommandeDemande(
            formation, "apprentis", f"Délégué {marque}", (ELEMENT,), echeance,
            hashlib.sha256(marque.encode()).hexdigest(), f"{marque}@rive.invalid",
        ))  # fmt: skip
        session.add(Avis(
            etablissement_id=qui, demande_id=demande.demande_id, element=ELEMENT, etat="en_partie",
            commentaire=f"Avis {marque}", donne_le=maintenant(),
        ))  # fmt: skip
        action, risque = _planifier(session, acteur, formation, preuve, marque)
        objectif = _viser(session, acteur, formation, marque)
        revue, arretee = _revoir(session, acteur, cfa, marque)
        publication = _publier(session, acteur, cfa, uai(350_000 + rang), marque)
    joindre_des_fichiers(base, acteur, reglages, preuve, [Envoi(f"{marque}.txt", marque.encode())])
    archive = _emporter_un_audit(base, acteur, reglages)
    compte, mandat = _venue(base, acteur, marque)
    rapport, travail = _emettre(base, acteur, reglages, formation)
    depot, _ = recevoir(base, acteur, reglages, FichierDepose(f"{marque}.csv", FICHIER_CSV))
    return {
        "formation": formation, "cfa": cfa, "composante": composante, "convention": convention, "preuve": preuve,
        "jalon": jalon, "campagne": campagne,
        "rapport": rapport, "travail": travail, "depot": depot,
        "action": action, "risque": risque, "objectif": objectif,
        "lien": lien, "archive": archive, "revue": revue, "arretee": arretee, "publication": publication,
        "compte": compte, "mandat": mandat, "demande_avis": demande.demande_id,
    }  # fmt: skip


def _suivre_la_campagne_d_avant(session: Session, acteur: Acteur, formation: int) -> int:
    """La même réponse dans la campagne d'avant, arrêtée, qui peut se reprendre ; rend la campagne de cette année."""
    annee = annee_courante()
    enregistrer_reponse(session, acteur, CommandeReponse(formation, ELEMENT, "en_partie", annee=annee - 1))
    arreter_grille(session, acteur, CommandeArrete(formation, annee - 1, "Conseil d'essai"))
    campagne = campagne_de(session, acteur, annee)
    assert campagne is not None
    return campagne.id


def _convenir_d_un_jalon(session: Session, acteur: Acteur, formation: int, preuve: int, marque: str) -> int:
    """Un jalon convenu, échu, et sa preuve ; rend son identifiant."""
    contenu = Contenu(
        f"Jalon {marque}", element="1.C1.2", indicateur="abandon", sens="au_plus", valeur_visee=0.1,
        echeance=ECHEANCE_DU_JALON, porteur="responsable de la formation",
    )  # fmt: skip
    jalon = proposer(session, acteur, formation, 1, contenu)
    accord = Decision(Acte.CONVENIR, le=date(2025, 9, 15), par="l'établissement et le CFA", instance="conseil")
    sous = Circonstances(1, preuve_id=preuve)
    return decider(session, acteur, formation, jalon, decision=accord, sous=sous).id


def _planifier(session: Session, acteur: Acteur, formation: int, preuve: int, marque: str) -> tuple[int, int]:
    """Un risque, et une action en retard qui en naît, avec une note et une preuve ; rend leurs numéros."""
    qui, instant = acteur.etablissement_id, maintenant()
    risque = ranger(session, Risque(
        etablissement_id=qui, formation_id=formation, intitule=f"Risque {marque}", vraisemblance=2, gravite=3,
        modifie_par=f"Compte {marque}", modifie_le=instant,
    ))  # fmt: skip
    action = ranger(session, ActionAmelioration(
        etablissement_id=qui, formation_id=formation, intitule=f"Action {marque}", origine="risque", risque_id=risque,
        porteur="direction", echeance=date(2026, 1, 31), cree_par=f"Compte {marque}", cree_le=instant,
        modifie_le=instant,
    ))  # fmt: skip
    session.add(SuiviDAction(
        etablissement_id=qui, action_id=action, etat="a_faire", texte=f"Note {marque}", auteur=f"Compte {marque}",
        note_le=instant,
    ))  # fmt: skip
    session.add(PreuveDAction(etablissement_id=qui, preuve_id=preuve, action_id=action))
    session.flush()
    return action, risque


def _revoir(session: Session, acteur: Acteur, cfa: int, marque: str) -> tuple[int, int]:
    """La revue annuelle d'un CFA, ouverte, où un indicateur demande d'agir, et celle de l'an passé, arrêtée."""
    qui, instant, annee = acteur.etablissement_id, maintenant(), annee_courante()
    signe: Any = {"etablissement_id": qui, "cfa_id": cfa, "modifie_par": marque, "modifie_le": instant}
    signe["observee_le"] = date(2026, 6, 30)
    contenu = ecrire_contenu(ContenuDeRevue(
        f"Université {marque}", "Tout l’établissement", "", annee - 1, 1, "", date(2025, 6, 30), True,
        f"Données {marque}", True, "", f"Conclusion {marque}", arretee_par=marque, arretee_le=instant,
    ))  # fmt: skip
    arretee = ranger(session, Revue(
        **signe, annee=annee - 1, etat="arretee", contenu=contenu, empreinte=calculer_empreinte(contenu),
        arretee_le=instant, arretee_par=marque,
    ))  # fmt: skip
    revue = ranger(session, Revue(**signe, annee=annee, note_donnees=f"Note {marque}"))
    ranger(session, NoteDeRevue(
        etablissement_id=qui, revue_id=revue, indicateur=INDICATEUR, avis="agir", commentaire=f"Note {marque}",
        modifie_par=marque, modifie_le=instant,
    ))  # fmt: skip
    return revue, arretee


def _viser(session: Session, acteur: Acteur, formation: int, marque: str) -> int:
    """Un objectif convenu pour la formation ; rend son identifiant."""
    contenu = ContenuDObjectif(Vise(0.1, date(2030, 8, 31)), f"Parties {marque}", date(2026, 3, 12))
    visee = Visee("rupture_brute_9_mois", "rupture_brute_9_mois@2026-11")
    return convenir(session, acteur, Lieu(formation_id=formation), visee, contenu)


def _publier(session: Session, acteur: Acteur, cfa: int, code: str, marque: str) -> int:
    """Le tableau d'un CFA, en ligne ; rend son numéro."""
    instant, annee, jour = maintenant(), annee_courante(), date(2026, 6, 30)
    contenu = ecrire_le_publie(ContenuPublie(
        f"Université {marque}", f"CFA {marque}", code, annee, 1, jour, 20, "L6111-8", "", (), publiee_le=instant,
    ))  # fmt: skip
    return ranger(session, Publication(
        etablissement_id=acteur.etablissement_id, cfa_id=cfa, annee=annee, adresse=f"{code}/{annee}", contenu=contenu,
        empreinte=calculer_empreinte(contenu), publiee_par=marque, publiee_le=instant, observee_le=jour,
    ))  # fmt: skip


def _emporter_un_audit(base: BaseSQL, acteur: Acteur, reglages: Reglages) -> int:
    """Une archive d'audit composée ; rend le numéro de son travail."""
    with base.ecriture() as session:
        archive = demander_archive(session, acteur, reglages, Demande("qualiopi", "2026", ""))
    executer_travail(base, reglages, archive, TRAVAUX)
    return archive


def _venue(base: BaseSQL, acteur: Acteur, marque: str) -> tuple[int, int]:
    """Une personne déjà venue, lectrice ; rend son compte et son mandat."""
    with base.ecriture() as session:
        compte = Compte(
            etablissement_id=acteur.etablissement_id, courriel=f"{marque}@rive.invalid", nom=f"Compte {marque}",
            cree_le=maintenant(), derniere_connexion=maintenant() + timedelta(minutes=1),
        )  # fmt: skip
        session.add(compte)
        session.flush()
        compte_id = exiger_id(compte.id)
        return compte_id, donner_un_mandat(session, compte_id, acteur.etablissement_id, Mandat(Role.LECTEUR))


def _emettre(base: BaseSQL, acteur: Acteur, reglages: Reglages, formation: int) -> tuple[int, int]:
    """Un dossier émis, PDF rangé ; rend son identifiant et celui de son travail."""
    with base.lecture() as session:
        dossier = assembler_dossier(session, acteur, formation)
    with base.ecriture() as session:
        rapport = emettre_rapport(session, acteur, formation, dossier)
        nom = f"essai-{rapport}.pdf"
        session.execute(
            update(Rapport).where(col(Rapport.id) == rapport).values(fichier=nom, pages=1, empreinte="ab" * 32)
        )
        travail = session.get_one(Rapport, rapport).travail_id
    reglages.dossier_rapports.mkdir(exist_ok=True)
    (reglages.dossier_rapports / nom).write_bytes(b"%PDF-1.7 essai")
    assert travail is not None
    return rapport, travail


def empreintes(base: BaseSQL, reglages: Reglages) -> dict[str, tuple[int, str]]:
    """Par table (et par dossier de fichiers) : le nombre de lignes et le SHA-256 de leur contenu."""
    resultat = {}
    with base.lecture() as session:
        for table in METADONNEES.sorted_tables:
            if table.name not in HORS_COMPARAISON:
                contenu = sorted(repr(tuple(rang)) for rang in session.connection().execute(select(table)))
                resultat[table.name] = _condenser(contenu)
    dossiers = (reglages.dossier_depots, reglages.dossier_rapports, reglages.dossier_preuves, reglages.dossier_exports)
    for dossier in dossiers:
        resultat[dossier.name] = _condenser([_fichier(f) for f in sorted(dossier.rglob("*")) if f.is_file()])
    return resultat


def _fichier(fichier: Path) -> str:
    return f"{fichier.name} {hashlib.sha256(fichier.read_bytes()).hexdigest()}"


def _condenser(contenu: list[str]) -> tuple[int, str]:
    return len(contenu), hashlib.sha256("\n".join(contenu).encode()).hexdigest()
