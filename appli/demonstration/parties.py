"""Range les parties prenantes de la démonstration : université, CFA, conventions, composantes, formations, comptes."""

from datetime import date

from sqlalchemy import select
from sqlmodel import Session, col

from appli.demonstration.universite import MOT_DE_PASSE, CompteDecrit, Universite, siret, uai
from appli.mandats import donner_un_mandat
from appli.modeles import Compte
from appli.securite import condenser
from charte.acteur import Mandat, Partie, Portee
from charte.commun.base import exiger_id, lignes, maintenant
from charte.modeles import Cfa, Composante, Convention, Etablissement, Formation


def etablissements_ranges(session: Session) -> dict[str, int]:
    """Les établissements de la base : UAI (ou nom, à défaut) vers identifiant."""
    requete = select(col(Etablissement.uai), col(Etablissement.nom), col(Etablissement.id))
    return {code or nom: identifiant for code, nom, identifiant in lignes(session, requete)}


def ranger_les_parties(session: Session, universite: Universite, annee: int) -> tuple[int, dict[str, int]]:
    """Rend l'identifiant de l'université et celui de chaque formation par code. `annee` : rentrée en cours."""
    decrit = universite.etablissement
    etablissement = Etablissement(nom=decrit.nom, uai=uai(decrit.uai), siret=siret(decrit.siren), ville=decrit.ville)
    etablissement_id = _ranger(session, etablissement)
    cfas = _cfas(session, universite, etablissement_id, annee)
    composantes = {
        lieu.cle: _ranger(session, Composante(etablissement_id=etablissement_id, nom=lieu.nom))
        for lieu in universite.lieux
        if universite.est_composante(lieu)
    }
    formations = _formations(session, universite, etablissement_id, cfas=cfas, composantes=composantes)
    return etablissement_id, formations


def _cfas(session: Session, universite: Universite, etablissement_id: int, annee: int) -> dict[str, int]:
    """Chaque CFA et ce qui le lie à l'université depuis la plus ancienne promotion."""
    cfas = {}
    for decrit in universite.cfas:
        cfas[decrit.cle] = _ranger(
            session,
            Cfa(
                etablissement_id=etablissement_id,
                nom=decrit.nom,
                uai=uai(decrit.uai),
                siret=siret(decrit.siren),
                interne=decrit.interne,
            ),
        )
        lien = Convention(
            etablissement_id=etablissement_id,
            cfa_id=cfas[decrit.cle],
            nature=decrit.nature,
            reference_document=decrit.reference_document,
            date_debut=date(annee - 2, 9, 1),
        )
        _ranger(session, lien)
    return cfas


def _formations(
    session: Session,
    universite: Universite,
    etablissement_id: int,
    *,
    cfas: dict[str, int],
    composantes: dict[str, int],
) -> dict[str, int]:
    rangees = {}
    for decrite in universite.formations:
        lieu = universite.lieu(decrite.lieu)
        formation = Formation(
            etablissement_id=etablissement_id,
            cfa_id=cfas[decrite.cfa],
            composante_id=composantes.get(decrite.lieu),
            code=decrite.code,
            libelle=decrite.libelle,
            rncp=decrite.rncp,
            cfd=decrite.cfd,
            niveau=decrite.niveau,
            uai_formateur=uai(lieu.uai),
            siret_formateur=siret(lieu.siren, lieu.nic),
        )
        rangees[decrite.code] = _ranger(session, formation)
    return rangees


def creer_les_comptes(
    session: Session, universite: Universite, etablissement_id: int, formations: dict[str, int]
) -> None:
    """Un compte par rôle, tous au même mot de passe, montré sur la page de connexion."""
    condense = condenser(MOT_DE_PASSE)
    for decrit in universite.comptes:
        compte = Compte(
            etablissement_id=etablissement_id,
            courriel=decrit.courriel,
            nom=decrit.nom,
            condense=condense,
            cree_le=maintenant(),
        )
        _ranger(session, compte)
        donner_un_mandat(
            session, exiger_id(compte.id), etablissement_id, _mandat(session, universite, decrit, formations)
        )


def _mandat(session: Session, universite: Universite, decrit: CompteDecrit, formations: dict[str, int]) -> Mandat:
    if decrit.formation:
        return Mandat(decrit.role, Portee.FORMATION, formations[decrit.formation])
    if decrit.cfa:
        code = uai(universite.cfa(decrit.cfa).uai)
        [(cfa_id,)] = lignes(session, select(col(Cfa.id)).where(col(Cfa.uai) == code))
        return Mandat(decrit.role, Portee.CFA, cfa_id, Partie.CFA)
    return Mandat(decrit.role)


def _ranger(session: Session, ligne: Etablissement | Cfa | Convention | Composante | Formation | Compte) -> int:
    session.add(ligne)
    session.flush()
    return exiger_id(ligne.id)
