"""Préparer, publier, corriger, retirer le tableau public d'un CFA. Publié, il ne change plus : un autre le suit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, and_, func, select, update
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, etendue
from charte.commun.base import exiger_id, lignes, maintenant
from charte.commun.canonique import calculer_empreinte
from charte.commun.journal import journaliser
from charte.commun.typographie import FUSEAU
from charte.commun.web import Introuvable
from charte.modeles import Cfa
from charte.services.verrou import tenir_l_etablissement
from indicateurs.publication.assemblage import FicheCfa, assembler, lire_la_fiche
from indicateurs.publication.contenu import Contenu, ecrire_contenu, lire_contenu
from indicateurs.publication.modeles import Publication
from indicateurs.services.lectures import jour_d_observation

A_CHANGE = "Les chiffres ont changé depuis que vous avez ouvert cette page : relisez le tableau, puis publiez."
CORRECTION_EXIGEE = "Dites en une phrase ce que cette version corrige : la phrase est publique."
MOTIF_EXIGE = "Dites en une phrase pourquoi le tableau se retire."
SANS_DONNEE = "Il n’y a encore rien à publier : aucune rubrique n’a de données pour ce CFA."


class PublicationRefusee(Exception):
    """Ce qui empêche de publier ou de retirer : le champ, ce qui ne va pas et le remède."""

    def __init__(self, champ: str, message: str) -> None:
        super().__init__(message)
        self.champ = champ
        self.message = message


@dataclass(frozen=True)
class Publiee:
    """Une publication dans une liste. `derniere` : celle que montre la page publique."""

    id: int
    cfa_id: int
    cfa: str
    uai: str
    annee: int
    rang: int
    empreinte: str
    publiee_par: str
    publiee_le: datetime
    retiree_le: datetime | None
    motif: str
    derniere: bool = False


@dataclass(frozen=True)
class Apercu:
    """Ce qui serait publié, la marque de ce qu'on a sous les yeux (le jour de publication n'en est pas), ce qui est
    déjà en ligne et dont la différence a été comptée.
    """

    fiche: FicheCfa
    contenu: Contenu
    marque: str
    en_ligne: tuple[Contenu, ...]


_COLONNES = (
    Publication.id, Publication.cfa_id, Cfa.nom, Cfa.uai, Publication.annee, Publication.rang, Publication.empreinte,
    Publication.publiee_par, Publication.publiee_le, Publication.retiree_le, Publication.motif,
)  # fmt: skip


def cfas_entiers(acteur: Acteur, geste: Geste) -> ColumnElement[bool]:
    """La condition « ce CFA est de l'étendue de l'acteur pour ce geste » : l'établissement entier, ou ce CFA."""
    ou = etendue(acteur, geste)
    ici = col(Cfa.etablissement_id) == acteur.etablissement_id
    return ici if ou.tout else and_(ici, col(Cfa.id).in_(sorted(ou.cfas)))


def lister_les_cfas(session: Session, acteur: Acteur, geste: Geste = Geste.LIRE) -> list[tuple[int, str, str]]:
    """(numéro, nom, UAI) de chaque CFA que l'acteur atteint, par nom."""
    requete = select(col(Cfa.id), col(Cfa.nom), col(Cfa.uai)).where(cfas_entiers(acteur, geste)).order_by(col(Cfa.nom))
    return [(int(numero), nom, uai) for numero, nom, uai in lignes(session, requete)]


def lister_les_publications(session: Session, acteur: Acteur) -> list[Publiee]:
    """Les publications que l'acteur lit, la plus récente d'abord."""
    requete = (
        select(*(col(c) for c in _COLONNES))
        .join(Cfa, col(Cfa.id) == col(Publication.cfa_id))
        .where(col(Publication.etablissement_id) == acteur.etablissement_id, cfas_entiers(acteur, Geste.LIRE))
        .order_by(col(Publication.annee).desc(), col(Cfa.nom), col(Publication.rang).desc())
    )
    vues: set[tuple[int, int]] = set()
    publiees = []
    for ligne in lignes(session, requete):
        lue = Publiee(*ligne)
        derniere = lue.retiree_le is None and (lue.cfa_id, lue.annee) not in vues
        vues |= {(lue.cfa_id, lue.annee)} if derniere else set()
        publiees.append(replace(lue, derniere=derniere))
    return publiees


def lire_une_publication(
    session: Session, acteur: Acteur, publication_id: int, geste: Geste = Geste.LIRE
) -> tuple[Publiee, Contenu]:
    """Une publication que l'acteur atteint pour ce geste ; lève `Introuvable`."""
    requete = (
        select(*(col(c) for c in (*_COLONNES, Publication.contenu)))
        .join(Cfa, col(Cfa.id) == col(Publication.cfa_id))
        .where(
            col(Publication.id) == publication_id,
            col(Publication.etablissement_id) == acteur.etablissement_id,
            cfas_entiers(acteur, geste),
        )
    )
    trouvees = lignes(session, requete)
    if not trouvees:
        raise Introuvable(f"Aucune publication {publication_id}.")
    *dits, texte = trouvees[0]
    return Publiee(*dits), lire_contenu(texte)


def preparer(session: Session, acteur: Acteur, cfa_id: int, annee: int) -> Apercu:
    """Ce qui serait publié maintenant ; lève `Introuvable` (CFA hors d'atteinte, année qui ne se publie pas)."""
    fiche = exiger_le_cfa(session, acteur, cfa_id, annee)
    en_ligne = _en_ligne(session, acteur, cfa_id)
    dresse = assembler(session, acteur, fiche, annee=annee, au=jour_d_observation(session, acteur), en_ligne=en_ligne)
    contenu = replace(dresse, rang=_dernier_rang(session, acteur, cfa_id, annee) + 1)
    return Apercu(fiche, contenu, calculer_empreinte(ecrire_contenu(contenu)), tuple(en_ligne))


def exiger_le_cfa(session: Session, acteur: Acteur, cfa_id: int, annee: int) -> FicheCfa:
    """Le CFA à publier ; lève `Introuvable` : hors d'atteinte, ou année ni en cours ni précédente."""
    courante = maintenant().astimezone(FUSEAU).year
    siens = {numero for numero, _, _ in lister_les_cfas(session, acteur, Geste.PUBLIER)}
    fiche = lire_la_fiche(session, acteur, cfa_id) if cfa_id in siens else None
    if fiche is None or not courante - 1 <= annee <= courante:
        raise Introuvable(f"Aucun tableau {annee} du CFA {cfa_id}.")
    return fiche


def publier(session: Session, acteur: Acteur, apercu: Apercu, *, marque: str, correction: str = "") -> int:
    """Fige et publie ce tableau ; rend son numéro. Une version de plus dit ce qu'elle corrige.

    Lève `PublicationRefusee` : rien à publier, chiffres changés depuis la page (`marque`), correction sans phrase.
    """
    cfa_id, contenu = apercu.fiche.id, apercu.contenu
    tenir_l_etablissement(session, acteur)
    if not any(rubrique.disponible for rubrique in contenu.rubriques):
        raise PublicationRefusee("", SANS_DONNEE)
    if marque != apercu.marque or contenu.rang != _dernier_rang(session, acteur, cfa_id, contenu.annee) + 1:
        raise PublicationRefusee("marque", A_CHANGE)
    if tuple(_en_ligne(session, acteur, cfa_id)) != apercu.en_ligne:
        # Un autre tableau de ce CFA vient de paraître : la différence avec lui n'a pas été comptée.
        raise PublicationRefusee("marque", A_CHANGE)
    if contenu.rang > 1 and not correction.strip():
        raise PublicationRefusee("correction", CORRECTION_EXIGEE)
    instant = maintenant()
    texte = ecrire_contenu(replace(contenu, correction=correction.strip(), publiee_le=instant))
    neuve = Publication(
        etablissement_id=acteur.etablissement_id, cfa_id=cfa_id, annee=contenu.annee, rang=contenu.rang,
        adresse=f"{contenu.uai}/{contenu.annee}", observee_le=contenu.observee_le, contenu=texte,
        empreinte=calculer_empreinte(texte), publiee_par=acteur.nom, publiee_le=instant,
    )  # fmt: skip
    session.add(neuve)
    session.flush()
    apres = {"cfa": cfa_id, "annee": contenu.annee, "rang": contenu.rang, "empreinte": neuve.empreinte}
    journaliser(session, acteur, "tableau publié", f"publication:{neuve.id}", apres=apres)
    return exiger_id(neuve.id)


def retirer(session: Session, acteur: Acteur, publication_id: int, motif: str) -> None:
    """Retire le tableau de cette année, toutes ses versions : sa page n'existe plus.

    Une version qui paraît au même instant est retirée avec les autres, ou se relit avant de paraître : jamais l'une en
    ligne et les autres retirées. Lève `Introuvable`, `PublicationRefusee` (motif absent, déjà retiré).
    """
    tenir_l_etablissement(session, acteur)
    lue, _ = lire_une_publication(session, acteur, publication_id, Geste.PUBLIER)
    if not motif.strip():
        raise PublicationRefusee("motif", MOTIF_EXIGE)
    requete = (
        update(Publication)
        .where(
            col(Publication.etablissement_id) == acteur.etablissement_id,
            col(Publication.cfa_id) == lue.cfa_id,
            col(Publication.annee) == lue.annee,
            col(Publication.retiree_le).is_(None),
        )
        .values(retiree_le=maintenant(), motif=motif.strip())
        .execution_options(synchronize_session=False)
    )
    resultat: Any = super(Session, session).execute(requete)
    if not isinstance(resultat, CursorResult) or resultat.rowcount == 0:
        raise PublicationRefusee("", "Ce tableau est déjà retiré.")
    apres = {"cfa": lue.cfa_id, "annee": lue.annee, "versions": resultat.rowcount}
    journaliser(session, acteur, "tableau retiré", f"publication:{publication_id}", apres=apres)


def _en_ligne(session: Session, acteur: Acteur, cfa_id: int) -> list[Contenu]:
    """Tout ce que ce CFA a en ligne, de toutes les années, le plus récent d'abord."""
    requete = (
        select(col(Publication.contenu))
        .where(
            col(Publication.etablissement_id) == acteur.etablissement_id,
            col(Publication.cfa_id) == cfa_id,
            col(Publication.retiree_le).is_(None),
        )
        .order_by(col(Publication.publiee_le).desc(), col(Publication.id).desc())
    )
    return [lire_contenu(texte) for (texte,) in lignes(session, requete)]


def _dernier_rang(session: Session, acteur: Acteur, cfa_id: int, annee: int) -> int:
    requete = select(func.max(col(Publication.rang))).where(
        col(Publication.etablissement_id) == acteur.etablissement_id,
        col(Publication.cfa_id) == cfa_id,
        col(Publication.annee) == annee,
    )
    return int(lignes(session, requete)[0][0] or 0)


@dataclass(frozen=True)
class Ouverte:
    """Une version en ligne, telle que n'importe qui la lit. `remplacee_le` : quand une autre l'a suivie."""

    contenu: Contenu
    empreinte: str
    remplacee_le: datetime | None = None


def lire_l_ouvert(session: Session, uai: str, annee: int | None) -> list[list[Ouverte]]:
    """Ce qui est en ligne pour un CFA et une année (None : la dernière), par établissement, dernière version d'abord.

    Ne lit QUE des publications non retirées : à employer sans acteur, toutes cloisons levées.
    """
    en_ligne = col(Publication.retiree_le).is_(None)
    if annee is None:
        requete = select(func.max(col(Publication.annee))).where(col(Publication.adresse).like(f"{uai}/%"), en_ligne)
        annee = lignes(session, requete)[0][0]
    p = Publication
    lues = lignes(
        session,
        select(*(col(c) for c in (p.etablissement_id, p.contenu, p.empreinte, p.publiee_le)))
        .where(col(p.adresse) == f"{uai}/{annee}", en_ligne)
        .order_by(col(p.etablissement_id), col(p.rang).desc()),
    )
    groupes: dict[int, list[Ouverte]] = {}
    suivante: dict[int, datetime] = {}
    for etablissement, texte, empreinte, publiee_le in lues:
        versions = groupes.setdefault(etablissement, [])
        versions.append(Ouverte(lire_contenu(texte), empreinte, suivante.get(etablissement)))
        suivante[etablissement] = publiee_le
    return sorted(groupes.values(), key=lambda versions: versions[0].contenu.etablissement)


def annees_ouvertes(session: Session, uai: str) -> Sequence[int]:
    """Les années en ligne d'un CFA, la dernière d'abord."""
    requete = (
        select(col(Publication.annee))
        .where(col(Publication.adresse).like(f"{uai}/%"), col(Publication.retiree_le).is_(None))
        .distinct()
        .order_by(col(Publication.annee).desc())
    )
    return [int(annee) for (annee,) in lignes(session, requete)]


def annee_a_publier(jour: date | None = None) -> int:
    """L'année civile en cours, à Paris."""
    return (jour or maintenant().astimezone(FUSEAU).date()).year
