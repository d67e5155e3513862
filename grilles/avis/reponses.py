"""Ce que fait la personne qui ouvre un lien : elle n'a pas de compte, son secret est tout ce qui la désigne.

Un lien inconnu, échu ou retiré donne la même réponse : rien.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlmodel import Session, col

from charte.acteur import Acteur, Origine, Role
from charte.chargement import charger_edition
from charte.commun.base import lignes
from charte.commun.journal import journaliser
from charte.concernes import elements_evalues
from charte.edition import Edition, Genre
from charte.modeles import Etablissement, Formation
from grilles.avis.formulaires import AvisSaisi
from grilles.avis.modeles import Avis, DemandeAvis
from grilles.avis.regles import pourquoi_clos
from grilles.avis.vues import PageDuLien, Question
from grilles.modeles import Campagne, Grille
from grilles.regles import libelle_annee

AUTEUR = "Avis par lien"


@dataclass(frozen=True)
class LienDAvis:
    """Un lien encore bon : de quel établissement, pour quelle demande."""

    etablissement_id: int
    demande_id: int
    empreinte: str


class LienPerdu(Exception):
    """Le lien ne vaut plus : inconnu, échu, retiré ou remplacé. On ne dit pas lequel."""


class AvisClos(Exception):
    """Le lien est bon, mais l'auto-évaluation n'attend plus d'avis ; le message dit pourquoi."""


class AvisChange(Exception):
    """Une autre fenêtre du même lien a répondu entre-temps ; `elements` : où."""

    def __init__(self, elements: Sequence[str]) -> None:
        super().__init__("des réponses ont changé entre-temps")
        self.elements = tuple(elements)


def reconnaitre_le_lien(session: Session, empreinte: str, jour: date) -> LienDAvis | None:
    """Le lien de cette empreinte s'il vaut ce jour-là, dans quelque établissement que ce soit ; sinon None."""
    requete = select(col(DemandeAvis.etablissement_id), col(DemandeAvis.id)).where(*_bon(empreinte, jour))
    trouves = lignes(session, requete)
    return LienDAvis(int(trouves[0][0]), int(trouves[0][1]), empreinte) if trouves else None


def lire_la_page(session: Session, lien: LienDAvis, jour: date) -> PageDuLien:
    """Ce que la personne voit. Lève `LienPerdu`."""
    colonnes = (
        Etablissement.nom, Formation.libelle, Campagne.annee, Campagne.edition, Campagne.etat, Grille.etat,
        DemandeAvis.public, DemandeAvis.echeance, DemandeAvis.rendu_le, DemandeAvis.elements,
    )  # fmt: skip
    requete = (
        select(*(col(c) for c in colonnes))
        .select_from(DemandeAvis)
        .join(Grille, col(Grille.id) == col(DemandeAvis.grille_id))
        .join(Campagne, col(Campagne.id) == col(Grille.campagne_id))
        .join(Formation, col(Formation.id) == col(Grille.formation_id))
        .join(Etablissement, col(Etablissement.id) == col(DemandeAvis.etablissement_id))
        .where(col(DemandeAvis.etablissement_id) == lien.etablissement_id, *_bon(lien.empreinte, jour))
    )
    trouves = lignes(session, requete)
    if not trouves:
        raise LienPerdu
    ou, formation, annee, edition, campagne, grille, public, fin, rendu, elements = trouves[0]
    return PageDuLien(
        demande_id=lien.demande_id,
        etablissement=ou,
        formation=formation,
        annee_scolaire=libelle_annee(annee),
        public=public,
        echeance=fin,
        rendu=rendu is not None,
        clos=pourquoi_clos(campagne, grille),
        postes=_questions(charger_edition(edition), frozenset(elements), _deja_dits(session, lien)),
    )


def rendre(session: Session, lien: LienDAvis, avis: Sequence[AvisSaisi], instant: datetime, jour: date) -> int:
    """Range les réponses, efface l'adresse, et rend le nombre de réponses écrites ou changées.

    Lève `LienPerdu` (le lien est revérifié ici), `AvisClos`, et `AvisChange` sans rien écrire si une réponse n'est plus
    à la version qu'on avait sous les yeux et dit autre chose.
    """
    _prendre(session, lien, instant, jour)
    lue = lire_la_page(session, lien, jour)
    if lue.clos:
        raise AvisClos(lue.clos)
    connues = {question.element: question for question in lue.questions}
    a_ecrire = [a for a in avis if a.element in connues and _differe(a, connues[a.element])]
    heurtes = [a.element for a in a_ecrire if a.version != connues[a.element].version]
    if heurtes:
        raise AvisChange(heurtes)
    for un in a_ecrire:
        _ecrire(session, lien, un, instant)
    if a_ecrire:
        _journaliser(session, lien, len(a_ecrire), deja=any(question.version for question in lue.questions))
    return len(a_ecrire)


def _bon(empreinte: str, jour: date) -> tuple[ColumnElement[bool], ...]:
    return (
        col(DemandeAvis.jeton) == empreinte,
        col(DemandeAvis.retire_le).is_(None),
        col(DemandeAvis.echeance) >= jour,
    )


def _prendre(session: Session, lien: LienDAvis, instant: datetime, jour: date) -> None:
    """Tient la demande jusqu'à la fin de la transaction : deux envois du même lien passent l'un après l'autre."""
    sienne = (col(DemandeAvis.etablissement_id) == lien.etablissement_id, *_bon(lien.empreinte, jour))
    rendu = func.coalesce(col(DemandeAvis.rendu_le), instant)
    pris = update(DemandeAvis).where(*sienne).values(rendu_le=rendu, courriel=None)
    if int(session.connection().execute(pris).rowcount) != 1:
        raise LienPerdu


def _deja_dits(session: Session, lien: LienDAvis) -> dict[str, tuple[str, str, int]]:
    requete = select(col(Avis.element), col(Avis.etat), col(Avis.commentaire), col(Avis.version)).where(
        col(Avis.demande_id) == lien.demande_id, col(Avis.etablissement_id) == lien.etablissement_id
    )
    return {element: (etat, texte, version) for element, etat, texte, version in lignes(session, requete)}


def _questions(
    edition: Edition, elements: frozenset[str], dits: dict[str, tuple[str, str, int]]
) -> tuple[tuple[int, str, tuple[Question, ...]], ...]:
    """Les questions par poste ; une sous-action garde le texte de l'action qui l'introduit."""
    par_poste: dict[int, list[Question]] = {poste.numero: [] for poste in edition.postes}
    for element in elements_evalues(edition):
        if element.id in elements:
            introduite = element.genre is Genre.SOUS_ACTION and element.parent is not None
            parent = edition.element(str(element.parent)).texte if introduite else ""
            question = Question(element.id, element.texte, parent, *dits.get(element.id, ()))
            par_poste[element.poste or 0].append(question)
    titres = {poste.numero: poste.titre for poste in edition.postes}
    return tuple((numero, titres[numero], tuple(siennes)) for numero, siennes in par_poste.items() if siennes)


def _differe(avis: AvisSaisi, connue: Question) -> bool:
    return (avis.etat, avis.commentaire) != (connue.etat, connue.commentaire)


def _ecrire(session: Session, lien: LienDAvis, avis: AvisSaisi, instant: datetime) -> None:
    valeurs: dict[str, Any] = {"etat": avis.etat, "commentaire": avis.commentaire, "donne_le": instant}
    if avis.version == 0:
        ou: dict[str, Any] = {"etablissement_id": lien.etablissement_id, "demande_id": lien.demande_id}
        session.add(Avis(**ou, element=avis.element, **valeurs))
        session.flush()
        return
    sien = (
        col(Avis.demande_id) == lien.demande_id,
        col(Avis.element) == avis.element,
        col(Avis.etablissement_id) == lien.etablissement_id,
    )
    session.connection().execute(update(Avis).where(*sien).values(version=avis.version + 1, **valeurs))


def _journaliser(session: Session, lien: LienDAvis, nombre: int, *, deja: bool) -> None:
    """Le journal dit qu'un avis est venu, jamais de qui ni ce qu'il dit."""
    acteur = Acteur(lien.etablissement_id, AUTEUR, Role.MEMBRE_INSTANCE, origine=Origine.WEB)
    requete = select(col(DemandeAvis.grille_id)).where(
        col(DemandeAvis.id) == lien.demande_id, col(DemandeAvis.etablissement_id) == lien.etablissement_id
    )
    grille_id = lignes(session, requete)[0][0]
    apres = {"demande": lien.demande_id, "reponses": nombre}
    journaliser(session, acteur, "avis changé" if deja else "avis rendu", f"grille:{grille_id}", apres=apres)
