"""Les comptes vus d'un établissement : lister, lire, savoir sur quoi donner un mandat. Rien d'ailleurs ne s'y voit."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Select, func, select
from sqlmodel import Session, col

from appli.comptes.regles import PARTOUT, MandatLu, Personne, code_de_portee, venue_ici
from appli.modeles import Compte, CourrielSortant, MandatTenu
from charte.acteur import Acteur, Geste, Mandat, Partie, Portee, Role, exiger_partout
from charte.commun.base import lignes
from charte.commun.web import Introuvable
from charte.modeles import Cfa, Composante, Formation

Choix = tuple[str, tuple[tuple[str, str], ...]]
"""Un groupe d'options : son titre, puis (code, mot) de chacune."""


def lister_les_personnes(session: Session, acteur: Acteur) -> list[Personne]:
    """Les comptes qui tiennent ou ont tenu un mandat ici, par nom ; une invitation annulée n'y est plus."""
    exiger_partout(acteur, Geste.ADMINISTRER)
    vues = _assembler(lignes(session, _requete(acteur)))
    return sorted((p for p in vues if p.tenus or p.venue_le), key=lambda p: (not p.tenus, p.appellation.casefold()))


def lire_personne(session: Session, acteur: Acteur, compte_id: int) -> Personne:
    """Un compte de l'établissement ; lève `Introuvable`."""
    exiger_partout(acteur, Geste.ADMINISTRER)
    trouvees = _assembler(lignes(session, _requete(acteur).where(col(Compte.id) == compte_id)))
    if not trouvees or not (trouvees[0].tenus or trouvees[0].venue_le):
        raise Introuvable
    return trouvees[0]


def lire_mes_mandats(session: Session, acteur: Acteur) -> tuple[MandatLu, ...]:
    """Les mandats que l'acteur tient dans l'établissement où il agit."""
    miens = _assembler(lignes(session, _requete(acteur).where(col(Compte.id) == acteur.compte_id)))
    return miens[0].tenus if miens else ()


def _requete(acteur: Acteur) -> Select[*tuple[Any, ...]]:
    colonnes = (
        Compte.id, Compte.nom, Compte.courriel, Compte.derniere_connexion, Compte.totp_depuis, MandatTenu.id,
        MandatTenu.role, MandatTenu.portee, MandatTenu.partie, MandatTenu.donne_le, MandatTenu.retire_le,
    )  # fmt: skip
    objet = func.coalesce(col(MandatTenu.cfa_id), col(MandatTenu.composante_id), col(MandatTenu.formation_id))
    nom_de_l_objet = func.coalesce(col(Cfa.nom), col(Composante.nom), col(Formation.libelle), "")
    return (
        select(*(col(c) for c in colonnes), objet, nom_de_l_objet)
        .select_from(MandatTenu)
        .join(Compte, col(Compte.id) == col(MandatTenu.compte_id))
        .outerjoin(Cfa, col(Cfa.id) == col(MandatTenu.cfa_id))
        .outerjoin(Composante, col(Composante.id) == col(MandatTenu.composante_id))
        .outerjoin(Formation, col(Formation.id) == col(MandatTenu.formation_id))
        .where(col(MandatTenu.etablissement_id) == acteur.etablissement_id)
        .order_by(col(Compte.id), col(MandatTenu.id))
    )


def _assembler(lus: Iterable[Sequence[Any]]) -> list[Personne]:
    personnes = []
    for _, groupe in groupby(lus, key=lambda ligne: ligne[0]):
        rangs = list(groupe)
        compte_id, nom, courriel, connexion, totp_depuis = rangs[0][:5]
        mandats = tuple(_mandat(rang[5:]) for rang in rangs)
        venue = venue_ici(connexion, (m.donne_le for m in mandats))
        personnes.append(Personne(compte_id, nom, courriel, venue, mandats, totp_depuis is not None))
    return personnes


def _mandat(rang: Sequence[Any]) -> MandatLu:
    mandat_id, role, portee, partie, donne_le, retire_le, objet_id, objet = rang
    mandat = Mandat(Role(role), Portee(portee), objet_id, Partie(partie))
    return MandatLu(mandat_id, mandat, objet, donne_le, retire_le)


def lister_les_portees(session: Session, acteur: Acteur) -> list[Choix]:
    """Ce sur quoi un mandat peut se donner dans cet établissement, en groupes d'options."""
    groupes: list[Choix] = [("Établissement", ((PARTOUT, "Tout l’établissement"),))]
    for portee, table, nom in (
        (Portee.CFA, Cfa, col(Cfa.nom)),
        (Portee.COMPOSANTE, Composante, col(Composante.nom)),
        (Portee.FORMATION, Formation, col(Formation.libelle)),
    ):
        requete = select(col(table.id), nom).where(col(table.etablissement_id) == acteur.etablissement_id).order_by(nom)
        options = tuple(option for ligne in lignes(session, requete) for option in _options(portee, ligne[0], ligne[1]))
        groupes += [(TITRES[portee], options)] if options else []
    return groupes


TITRES = {Portee.CFA: "CFA", Portee.COMPOSANTE: "Composantes", Portee.FORMATION: "Formations"}


def _options(portee: Portee, objet_id: int, nom: str) -> list[tuple[str, str]]:
    if portee is not Portee.FORMATION:
        partie = Partie.CFA if portee is Portee.CFA else Partie.ETABLISSEMENT
        return [(code_de_portee(portee, objet_id, partie), nom)]
    au_nom = ((Partie.ETABLISSEMENT, "au nom de l’établissement"), (Partie.CFA, "au nom du CFA"))
    return [(code_de_portee(portee, objet_id, partie), f"{nom} ({mots})") for partie, mots in au_nom]


def nommer_la_portee(portees: Sequence[Choix], code: str) -> str | None:
    """Le nom de l'objet de ce code, sans la mention du CFA ; None s'il n'est pas de l'établissement."""
    mots = {c: mot for _, options in portees for c, mot in options}
    return (
        mots[code].removesuffix(" (au nom de l’établissement)").removesuffix(" (au nom du CFA)")
        if code in mots
        else None
    )


def courriels_abandonnes(session: Session, acteur: Acteur) -> int:
    """Les courriels de l'établissement dont tous les essais ont échoué."""
    abandonnes = (
        col(CourrielSortant.etablissement_id) == acteur.etablissement_id,
        col(CourrielSortant.envoye_le).is_(None),
        col(CourrielSortant.contenu).is_(None),
    )
    return int(lignes(session, select(func.count()).select_from(CourrielSortant).where(*abandonnes))[0][0])
