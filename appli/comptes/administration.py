"""Inviter, donner et retirer des mandats, désactiver : les gestes d'un administrateur dans SON établissement.

Chaque geste ferme les sessions de la personne (un rôle qui change veut un jeton neuf), s'inscrit au journal sans nom
ni courriel, et la prévient. Ces services lisent aussi les mandats tenus ailleurs, sans jamais les montrer : ils se
jouent hors de la cloison, chaque requête filtrée.
"""

from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from appli.comptes.courrier import Courriel, alerter, annoncer_un_mandat, annoncer_un_retrait
from appli.comptes.courrier import inviter as inviter_par_courriel
from appli.comptes.envoi import courrier_possible, mettre_au_courrier
from appli.comptes.liens import creer_un_lien, oublier_les_liens
from appli.comptes.personnes import lire_personne
from appli.comptes.regles import decrire
from appli.comptes.second_facteur import retirer_le_second_facteur
from appli.mandats import donner_un_mandat, retirer_les_mandats
from appli.modeles import Compte, IdentiteFederee, MandatTenu
from appli.securite import nouveau_jeton
from appli.sessions import fermer_les_sessions
from charte.acteur import Acteur, Geste, Mandat, Role, exiger_partout
from charte.commun.base import exiger_id, lignes, maintenant
from charte.commun.journal import journaliser
from charte.commun.reglages import Reglages
from charte.commun.web import Introuvable
from charte.modeles import Etablissement
from charte.services import SaisieRefusee

SANS_COURRIER = (
    "Aucun courrier n’est réglé, et cette installation sert plusieurs établissements : un lien remis en main propre ne "
    "prouve pas le courriel d’une personne qu’un autre pourrait inviter aussi. Faites régler le courrier, ou ouvrir le "
    "compte en ligne de commande, par qui tient l’installation."
)
DERNIER = "C’est le dernier administrateur de l’établissement : nommez-en d’abord un autre, puis recommencez."


@dataclass(frozen=True)
class Nomination:
    """Un mandat à donner et le nom de ce qu'il couvre."""

    mandat: Mandat
    objet: str = ""

    @property
    def en_clair(self) -> str:
        """Le mandat en mots."""
        return decrire(self.mandat, self.objet)


def inviter(
    session: Session, reglages: Reglages, acteur: Acteur, qui: tuple[str, str], nomination: Nomination
) -> str | None:
    """Crée le compte (`qui` : courriel, nom) ou y ajoute le mandat, et prévient ; sans courrier, rend un code.

    Que le compte existe déjà ailleurs ne se voit pas : le même texte, et un code dans les deux cas, sans effet si la
    personne a déjà de quoi se connecter. Lève `SaisieRefusee` si elle tient déjà ce mandat ici, ou sans courrier
    quand l'installation sert plusieurs établissements.
    """
    exiger_partout(acteur, Geste.ADMINISTRER)
    _exiger_une_preuve_du_courriel(session, reglages)
    courriel, nom = qui
    connu = lignes(session, select(col(Compte.id)).where(col(Compte.courriel) == courriel))
    compte_id = int(connu[0][0]) if connu else _creer(session, acteur, courriel, nom)
    _donner(session, acteur, compte_id, nomination, "courriel")
    journaliser(session, acteur, "compte invité", f"compte:{compte_id}", apres=_au_journal(nomination.mandat))
    return _prevenir_de_l_invitation(session, reglages, acteur, compte_id, nomination.en_clair)


def renvoyer_l_invitation(session: Session, reglages: Reglages, acteur: Acteur, compte_id: int) -> str | None:
    """Renvoie l'invitation d'une personne pas encore venue ; l'ancien lien ne vaut plus rien. Voir `inviter`."""
    personne = lire_personne(session, acteur, compte_id)
    if personne.etat != "invite":
        raise Introuvable
    _exiger_une_preuve_du_courriel(session, reglages)
    journaliser(session, acteur, "invitation renvoyée", f"compte:{compte_id}")
    roles = " ; ".join(mandat.en_clair for mandat in personne.tenus)
    return _prevenir_de_l_invitation(session, reglages, acteur, compte_id, roles)


def donner(session: Session, reglages: Reglages, acteur: Acteur, compte_id: int, nomination: Nomination) -> None:
    """Donne un mandat de plus. Lève `Introuvable`, `SaisieRefusee`."""
    lire_personne(session, acteur, compte_id)
    _donner(session, acteur, compte_id, nomination, "portee")
    journaliser(session, acteur, "mandat donné", f"compte:{compte_id}", apres=_au_journal(nomination.mandat))
    annonce = annoncer_un_mandat(_nom_de_l_etablissement(session, acteur), nomination.en_clair)
    _prevenir(session, reglages, acteur, compte_id, annonce)


def retirer(session: Session, reglages: Reglages, acteur: Acteur, compte_id: int, mandat_id: int) -> None:
    """Retire un mandat. Lève `Introuvable`, ou `SaisieRefusee` si l'établissement n'aurait plus d'administrateur."""
    personne = lire_personne(session, acteur, compte_id)
    tenu = next((m for m in personne.tenus if m.id == mandat_id), None)
    if tenu is None:
        raise Introuvable
    _lire_les_administrateurs(session, acteur)
    retrait = update(MandatTenu).where(
        col(MandatTenu.id) == mandat_id, col(MandatTenu.etablissement_id) == acteur.etablissement_id
    )
    session.connection().execute(retrait.values(retire_le=maintenant()))
    _exiger_un_administrateur(session, acteur)
    journaliser(session, acteur, "mandat retiré", f"compte:{compte_id}", avant=_au_journal(tenu.mandat))
    _annoncer_le_retrait(session, reglages, acteur, compte_id, tenu.en_clair)


def desactiver(session: Session, reglages: Reglages, acteur: Acteur, compte_id: int) -> None:
    """Retire tous les mandats tenus ici ; d'une personne jamais venue, annule l'invitation."""
    personne = lire_personne(session, acteur, compte_id)
    if not personne.tenus:
        return
    _lire_les_administrateurs(session, acteur)
    retirer_les_mandats(session, compte_id, acteur.etablissement_id)
    _exiger_un_administrateur(session, acteur)
    avant = {"mandats": [_au_journal(m.mandat) for m in personne.tenus]}
    acte = "invitation annulée" if personne.etat == "invite" else "compte désactivé"
    journaliser(session, acteur, acte, f"compte:{compte_id}", avant=avant)
    if not _mandats_ailleurs(session, acteur, compte_id):
        oublier_les_liens(session, compte_id)
    for mandat in personne.tenus:
        _annoncer_le_retrait(session, reglages, acteur, compte_id, mandat.en_clair)


def reactiver(session: Session, reglages: Reglages, acteur: Acteur, compte_id: int) -> None:
    """Rend les mandats du dernier retrait ; sans effet s'il en tient encore un."""
    personne = lire_personne(session, acteur, compte_id)
    retraits = [m.retire_le for m in personne.mandats if m.retire_le]
    if personne.tenus or not retraits:
        return
    rendus = [m for m in personne.mandats if m.retire_le == max(retraits)]
    for mandat in rendus:
        donner_un_mandat(session, compte_id, acteur.etablissement_id, mandat.mandat)
    apres = {"mandats": [_au_journal(m.mandat) for m in rendus]}
    journaliser(session, acteur, "compte réactivé", f"compte:{compte_id}", apres=apres)
    annonce = annoncer_un_mandat(_nom_de_l_etablissement(session, acteur), " ; ".join(m.en_clair for m in rendus))
    _prevenir(session, reglages, acteur, compte_id, annonce)


def fermer_ses_sessions(session: Session, acteur: Acteur, compte_id: int, *, sauf: int | None = None) -> None:
    """Ferme les sessions d'une personne d'ici (sauf celle de l'acteur) sans changer ses rôles. Lève `Introuvable`."""
    lire_personne(session, acteur, compte_id)
    nombre = _fermer(session, acteur, compte_id, sauf)
    journaliser(session, acteur, "sessions fermées", f"compte:{compte_id}", apres={"nombre": nombre})


def oter_le_second_facteur(session: Session, reglages: Reglages, acteur: Acteur, compte_id: int) -> None:
    """Ôte le second facteur d'une personne qui a perdu son téléphone. Lève `Introuvable`, `SaisieRefusee`.

    Refusé si le compte sert aussi ailleurs : un établissement n'affaiblit pas la porte d'un autre. D'une personne pas
    encore venue, rien ne se dit.
    """
    if lire_personne(session, acteur, compte_id).etat == "invite":
        raise Introuvable
    if _mandats_ailleurs(session, acteur, compte_id):
        refus = "Ce compte ne dépend pas de vous seul : la personne doit employer un de ses codes de secours."
        raise SaisieRefusee("", refus)
    if retirer_le_second_facteur(session, acteur, compte_id):
        _prevenir(session, reglages, acteur, compte_id, alerter("second_facteur_retire"))


def _creer(session: Session, acteur: Acteur, courriel: str, nom: str) -> int:
    compte = Compte(etablissement_id=acteur.etablissement_id, courriel=courriel, nom=nom, cree_le=maintenant())
    session.add(compte)
    session.flush()
    return exiger_id(compte.id)


def _donner(session: Session, acteur: Acteur, compte_id: int, nomination: Nomination, champ: str) -> None:
    requete = select(col(MandatTenu.role), col(MandatTenu.portee), col(MandatTenu.partie), _OBJET).where(
        col(MandatTenu.compte_id) == compte_id,
        col(MandatTenu.etablissement_id) == acteur.etablissement_id,
        col(MandatTenu.retire_le).is_(None),
    )
    voulu = nomination.mandat
    if (voulu.role, voulu.portee, voulu.partie, voulu.objet_id) in [tuple(ligne) for ligne in lignes(session, requete)]:
        raise SaisieRefusee(champ, f"Cette personne tient déjà ce rôle : {nomination.en_clair}.")
    donner_un_mandat(session, compte_id, acteur.etablissement_id, voulu)


_OBJET = func.coalesce(col(MandatTenu.cfa_id), col(MandatTenu.composante_id), col(MandatTenu.formation_id))


def _prevenir_de_l_invitation(
    session: Session, reglages: Reglages, acteur: Acteur, compte_id: int, role: str
) -> str | None:
    etablissement, compte = _nom_de_l_etablissement(session, acteur), session.get_one(Compte, compte_id)
    federes = select(func.count()).select_from(IdentiteFederee).where(col(IdentiteFederee.compte_id) == compte_id)
    jeton = None
    if compte.condense is None and not lignes(session, federes)[0][0]:
        jeton = creer_un_lien(session, compte_id, "invitation")
    courriel = inviter_par_courriel(etablissement, role, jeton) if jeton else annoncer_un_mandat(etablissement, role)
    _prevenir(session, reglages, acteur, compte_id, courriel)
    if courrier_possible(reglages):
        return None
    return jeton or nouveau_jeton()


def _exiger_une_preuve_du_courriel(session: Session, reglages: Reglages) -> None:
    """Sans courrier, qui invite le premier choisirait le mot de passe d'un compte où un autre donnera un mandat."""
    combien = select(func.count()).select_from(Etablissement)
    if not courrier_possible(reglages) and lignes(session, combien)[0][0] > 1:
        raise SaisieRefusee("courriel", SANS_COURRIER)


def _annoncer_le_retrait(session: Session, reglages: Reglages, acteur: Acteur, compte_id: int, role: str) -> None:
    annonce = annoncer_un_retrait(_nom_de_l_etablissement(session, acteur), role)
    _prevenir(session, reglages, acteur, compte_id, annonce)


def _prevenir(session: Session, reglages: Reglages, acteur: Acteur, compte_id: int, courriel: Courriel) -> None:
    """Ferme les sessions de la personne (sauf celle de l'acteur, à qui la page donne un jeton neuf) et la prévient."""
    if compte_id != acteur.compte_id:
        _fermer(session, acteur, compte_id)
    mettre_au_courrier(session, reglages, acteur, compte_id, courriel)


def _fermer(session: Session, acteur: Acteur, compte_id: int, sauf: int | None = None) -> int:
    """Ferme les sessions d'une personne ; d'un compte né ailleurs, celles où elle agit ici seulement.

    Sinon il suffirait de l'inviter, encore et encore, pour la chasser de l'autre établissement.
    """
    d_ici = session.get_one(Compte, compte_id).etablissement_id == acteur.etablissement_id
    ou = None if d_ici else acteur.etablissement_id
    return fermer_les_sessions(session, compte_id, sauf=sauf, etablissement_id=ou)


def _exiger_un_administrateur(session: Session, acteur: Acteur) -> None:
    if not _lire_les_administrateurs(session, acteur):
        raise SaisieRefusee("", DERNIER)


def _lire_les_administrateurs(session: Session, acteur: Acteur) -> list[int]:
    """Les mandats d'administrateur tenus ici, verrouillés : un autre retrait attend la fin de celui-ci.

    À appeler AVANT de retirer, puis après : deux administrateurs qui se retirent l'un l'autre au même instant ne
    passent pas tous les deux, et ne s'attendent pas l'un l'autre.
    """
    requete = (
        select(col(MandatTenu.id))
        .join(Compte, col(Compte.id) == col(MandatTenu.compte_id))
        .where(
            col(MandatTenu.etablissement_id) == acteur.etablissement_id,
            col(MandatTenu.role) == Role.ADMINISTRATEUR.value,
            col(MandatTenu.retire_le).is_(None),
            col(Compte.actif),
        )
        .order_by(col(MandatTenu.id))
    )
    return [int(mandat_id) for (mandat_id,) in lignes(session, requete.with_for_update(of=MandatTenu))]


def _mandats_ailleurs(session: Session, acteur: Acteur, compte_id: int) -> bool:
    ailleurs = (
        col(MandatTenu.compte_id) == compte_id,
        col(MandatTenu.etablissement_id) != acteur.etablissement_id,
        col(MandatTenu.retire_le).is_(None),
    )
    return bool(lignes(session, select(func.count()).select_from(MandatTenu).where(*ailleurs))[0][0])


def _nom_de_l_etablissement(session: Session, acteur: Acteur) -> str:
    return session.get_one(Etablissement, acteur.etablissement_id).nom


def _au_journal(mandat: Mandat) -> dict[str, str | int | None]:
    return {"role": mandat.role.value, "portee": mandat.portee.value, "objet": mandat.objet_id}
