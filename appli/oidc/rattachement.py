"""De qui le fournisseur parle : retrouver son compte, le lier, ou le créer là où c'est permis.

Le lien est (fournisseur, sujet). Le courriel ne sert qu'à le nouer, s'il est garanti et d'un domaine dont ce
fournisseur est déclaré répondre, vers un compte qui a des droits dans l'établissement de ce domaine. Raisons : 0028.
"""

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlmodel import Session, col

from appli.mandats import donner_un_mandat
from appli.modeles import Compte, IdentiteFederee
from appli.oidc.configuration import Domaine, Fournisseur
from appli.oidc.refus import ConnexionRefusee, Raison
from appli.sessions import CompteConnu, comptes_actifs
from charte.acteur import Acteur, Mandat, Origine, Role
from charte.commun.base import exiger_id, lignes, maintenant
from charte.commun.journal import journaliser
from charte.modeles import Etablissement


@dataclass(frozen=True)
class Identite:
    """Ce qu'un fournisseur dit, vérifié, de la personne. `courriel` : garanti et en minuscules, ou vide.

    `jeton` : le jeton d'identité, qu'il voudra revoir à la déconnexion.
    """

    sujet: str
    courriel: str
    nom: str
    jeton: str = field(default="", repr=False)


def trouver_le_compte(session: Session, fournisseur: Fournisseur, identite: Identite) -> CompteConnu:
    """Le compte actif de cette personne, lié ou créé au besoin.

    Lève `ConnexionRefusee` : rien n'est alors écrit.
    """
    lie = _compte_lie(session, fournisseur, identite.sujet)
    if lie is not None:
        return _exiger_actif(session, lie)
    if not identite.courriel:
        raise ConnexionRefusee(Raison.SANS_COURRIEL_SUR, "courriel absent ou non garanti")
    domaine = fournisseur.domaine_de(identite.courriel)
    etablissement_id = _etablissement(session, domaine) if domaine else None
    if domaine is None or etablissement_id is None:
        raise ConnexionRefusee(Raison.SANS_ACCES, "domaine non déclaré, ou établissement inconnu")
    sien = select(col(Compte.id)).where(col(Compte.courriel) == identite.courriel)
    # Le compte est tenu : deux sujets ne s'y lient pas au même instant.
    connus = lignes(session, sien.with_for_update())
    if connus:
        return _lier(session, fournisseur, identite, connus[0][0], etablissement_id)
    if not domaine.creation:
        raise ConnexionRefusee(Raison.SANS_ACCES, "courriel sans compte, création non permise")
    return _creer(session, fournisseur, identite, etablissement_id, Role(domaine.role))


def _compte_lie(session: Session, fournisseur: Fournisseur, sujet: str) -> int | None:
    lien = (col(IdentiteFederee.fournisseur) == fournisseur.cle, col(IdentiteFederee.sujet) == sujet)
    trouves = lignes(session, select(col(IdentiteFederee.compte_id)).where(*lien))
    return trouves[0][0] if trouves else None


def _etablissement(session: Session, domaine: Domaine) -> int | None:
    trouves = lignes(session, select(col(Etablissement.id)).where(col(Etablissement.uai) == domaine.uai))
    return trouves[0][0] if trouves else None


def _exiger_actif(session: Session, compte_id: int) -> CompteConnu:
    courriels = lignes(session, select(col(Compte.courriel)).where(col(Compte.id) == compte_id))
    actifs = [compte for (courriel,) in courriels for compte in comptes_actifs(session, courriel)]
    if not actifs:
        raise ConnexionRefusee(Raison.SANS_ACCES, "compte désactivé ou sans mandat")
    return actifs[0]


def _lier(
    session: Session, fournisseur: Fournisseur, identite: Identite, compte_id: int, etablissement_id: int
) -> CompteConnu:
    compte = _exiger_actif(session, compte_id)
    if etablissement_id not in {espace.etablissement_id for espace in compte.espaces}:
        raise ConnexionRefusee(Raison.SANS_ACCES, "compte d'un autre établissement")
    deja = (col(IdentiteFederee.fournisseur) == fournisseur.cle, col(IdentiteFederee.compte_id) == compte.id)
    sujets = [sujet for (sujet,) in lignes(session, select(col(IdentiteFederee.sujet)).where(*deja))]
    if identite.sujet in sujets:
        return compte  # lié à l'instant, d'un autre onglet
    # Un courriel rendu à une autre personne ne lui ouvre pas le compte de la précédente.
    if sujets:
        raise ConnexionRefusee(Raison.SANS_ACCES, "compte déjà lié à une autre personne")
    _retenir_le_lien(session, fournisseur, identite.sujet, compte.id)
    lien = {"fournisseur": fournisseur.cle, "par": "courriel"}
    journaliser(session, compte.acteur, "compte lié à un fournisseur", f"compte:{compte.id}", apres=lien)
    return compte


def _creer(
    session: Session, fournisseur: Fournisseur, identite: Identite, etablissement_id: int, role: Role
) -> CompteConnu:
    compte = Compte(
        etablissement_id=etablissement_id,
        courriel=identite.courriel,
        nom=identite.nom or identite.courriel.partition("@")[0],
        cree_le=maintenant(),
    )
    session.add(compte)
    session.flush()
    compte_id = exiger_id(compte.id)
    donner_un_mandat(session, compte_id, etablissement_id, Mandat(role))
    _retenir_le_lien(session, fournisseur, identite.sujet, compte_id)
    acteur = Acteur(etablissement_id, compte.nom, role, compte_id, Origine.WEB)
    recu = {"fournisseur": fournisseur.cle, "role": role.value}
    journaliser(session, acteur, "compte créé à la connexion", f"compte:{compte_id}", apres=recu)
    return _exiger_actif(session, compte_id)


def _retenir_le_lien(session: Session, fournisseur: Fournisseur, sujet: str, compte_id: int) -> None:
    lien = IdentiteFederee(compte_id=compte_id, fournisseur=fournisseur.cle, sujet=sujet, lie_le=maintenant())
    session.add(lien)
    session.flush()
