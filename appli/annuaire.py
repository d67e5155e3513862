"""L'annuaire d'un établissement (protocole `charte.commun.annuaire.Annuaire`) : ses comptes et leurs mandats."""

from itertools import groupby

from sqlalchemy import func, select
from sqlmodel import Session, col

from appli.comptes.regles import venue_ici
from appli.modeles import Compte, MandatTenu
from charte.acteur import Acteur, Mandat, Partie, Portee, Role, le_plus_large
from charte.commun.annuaire import Plume
from charte.commun.base import lignes

_OBJET = func.coalesce(col(MandatTenu.cfa_id), col(MandatTenu.composante_id), col(MandatTenu.formation_id))


class AnnuaireDesComptes:
    """Lit les comptes de la base."""

    def plumes(self, session: Session, etablissement_id: int) -> tuple[Plume, ...]:
        """Les comptes actifs qui tiennent un mandat dans cet établissement, par nom.

        D'une personne pas encore venue, le courriel tient lieu de nom : son nom dirait qu'elle a un compte ailleurs.
        """
        requete = (
            select(
                *(col(c) for c in (Compte.id, Compte.nom, Compte.courriel, Compte.derniere_connexion)),
                *(col(c) for c in (MandatTenu.donne_le, MandatTenu.role, MandatTenu.portee, MandatTenu.partie)),
                _OBJET,
            )
            .join(Compte, col(Compte.id) == col(MandatTenu.compte_id))
            .where(
                col(MandatTenu.etablissement_id) == etablissement_id,
                col(MandatTenu.retire_le).is_(None),
                col(Compte.actif),
            )
            .order_by(col(Compte.id), col(MandatTenu.id))
        )
        plumes = []
        for (compte_id, nom, courriel, connexion), groupe in groupby(lignes(session, requete), key=lambda r: r[:4]):
            rangs = [tuple(rang)[4:] for rang in groupe]
            mandats = tuple(Mandat(Role(r), Portee(p), objet, Partie(au_nom)) for _, r, p, au_nom, objet in rangs)
            connu = nom if venue_ici(connexion, (rang[0] for rang in rangs)) else courriel
            acteur = Acteur(etablissement_id, connu, le_plus_large(mandats), compte_id, mandats=mandats)
            plumes.append(Plume(compte_id, connu, acteur))
        return tuple(sorted(plumes, key=lambda plume: plume.nom.casefold()))
