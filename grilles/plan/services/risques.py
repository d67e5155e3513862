"""Le registre des risques sur la qualité : lire, inscrire, changer sans écraser un autre, clore, rouvrir."""

from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Select, and_, select, update
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste
from charte.commun.base import exiger_id, lignes, maintenant
from charte.commun.journal import journaliser
from charte.commun.web import Introuvable
from charte.modeles import Cfa, Formation
from grilles.plan.formulaires import FormulaireFinDeRisque, FormulaireRisque
from grilles.plan.modeles import Risque as RisqueTenu
from grilles.plan.services.lecture import atteint, exiger_l_endroit
from grilles.plan.vues import Risque

_COLONNES = (
    RisqueTenu.id, RisqueTenu.formation_id, RisqueTenu.intitule, RisqueTenu.cause, RisqueTenu.effet,
    RisqueTenu.vraisemblance, RisqueTenu.gravite, RisqueTenu.prevention, RisqueTenu.porteur, RisqueTenu.origine,
    RisqueTenu.renvoi, RisqueTenu.etat, RisqueTenu.motif_cloture, RisqueTenu.version, RisqueTenu.modifie_par,
    RisqueTenu.modifie_le, Formation.libelle, Formation.cfa_id, Cfa.nom,
)  # fmt: skip
CHANGEABLES = (
    "intitule", "cause", "effet", "vraisemblance", "gravite", "prevention", "porteur", "origine", "renvoi",
)  # fmt: skip


class ConflitDeRisque(Exception):
    """Quelqu'un a changé le risque entre-temps. Ne porte que des valeurs : la saisie, et ce qui est en base."""

    def __init__(self, formulaire: FormulaireRisque, autre: Risque) -> None:
        super().__init__(f"Le risque {autre.id} a changé entre-temps.")
        self.formulaire = formulaire
        self.autre = autre


def lister_risques(session: Session, acteur: Acteur, formation_id: int | None = None) -> list[Risque]:
    """Les risques que l'acteur lit : ouverts d'abord, par diplôme puis par numéro ; aucun classement entre eux."""
    requete = _requete(acteur, Geste.LIRE)
    if formation_id is not None:
        requete = requete.where(col(RisqueTenu.formation_id) == formation_id)
    lus = [Risque(*ligne) for ligne in lignes(session, requete)]
    return sorted(lus, key=lambda risque: (not risque.ouvert, risque.diplome or "", risque.id))


def lire_risque(session: Session, acteur: Acteur, risque_id: int, geste: Geste = Geste.LIRE) -> Risque:
    """Un risque que l'acteur atteint pour ce geste ; lève `Introuvable`."""
    trouves = lignes(session, _requete(acteur, geste).where(col(RisqueTenu.id) == risque_id))
    if not trouves:
        raise Introuvable(f"Aucun risque {risque_id}.")
    return Risque(*trouves[0])


def _requete(acteur: Acteur, geste: Geste) -> Select[*tuple[Any, ...]]:
    return (
        select(*(col(c) for c in _COLONNES))
        .outerjoin(Formation, col(Formation.id) == col(RisqueTenu.formation_id))
        .outerjoin(Cfa, col(Cfa.id) == col(Formation.cfa_id))
        .where(atteint(acteur, RisqueTenu, geste))
    )


def inscrire_risque(session: Session, acteur: Acteur, formulaire: FormulaireRisque) -> int:
    """Inscrit un risque et rend son numéro. Lève `Introuvable`, `SaisieRefusee` (le lieu)."""
    exiger_l_endroit(session, acteur, formulaire.formation_id)
    risque = RisqueTenu(
        etablissement_id=acteur.etablissement_id, **formulaire.model_dump(exclude={"version"}),
        modifie_par=acteur.nom, modifie_le=maintenant(),
    )  # fmt: skip
    session.add(risque)
    session.flush()
    risque_id = exiger_id(risque.id)
    apres = {"formation": formulaire.formation_id, **_degres(formulaire)}
    journaliser(session, acteur, "risque inscrit", f"risque:{risque_id}", apres=apres)
    return risque_id


def modifier_risque(session: Session, acteur: Acteur, risque_id: int, formulaire: FormulaireRisque) -> None:
    """Change un risque. Lève `Introuvable`, ou `ConflitDeRisque` si la version n'est plus celle de la base."""
    risque = lire_risque(session, acteur, risque_id, Geste.REMPLIR_GRILLE)
    voulues = {nom: getattr(formulaire, nom) for nom in CHANGEABLES}
    if all(getattr(risque, nom) == valeur for nom, valeur in voulues.items()):
        return
    if risque.version != formulaire.version or not _changer(session, acteur, risque, voulues):
        raise ConflitDeRisque(formulaire, lire_risque(session, acteur, risque_id))
    apres = {"version": risque.version + 1, **_degres(formulaire)}
    avant = {"version": risque.version, **_degres(risque)}
    journaliser(session, acteur, "risque modifié", f"risque:{risque_id}", avant=avant, apres=apres)


def clore_ou_rouvrir(session: Session, acteur: Acteur, risque_id: int, formulaire: FormulaireFinDeRisque) -> None:
    """Clôt ou rouvre un risque ; le motif reste avec lui. Rien ne change s'il y est déjà. Lève `Introuvable`."""
    risque = lire_risque(session, acteur, risque_id, Geste.REMPLIR_GRILLE)
    if risque.etat == formulaire.etat:
        return
    requete = (
        update(RisqueTenu)
        .where(_ce_risque(acteur, risque), col(RisqueTenu.etat) == risque.etat)
        .values(**formulaire.model_dump(), modifie_par=acteur.nom, modifie_le=maintenant())
        .execution_options(synchronize_session=False)
    )
    if _une_ligne(session, requete):
        acte = "risque clos" if risque.ouvert else "risque rouvert"
        apres = {"etat": formulaire.etat}
        journaliser(session, acteur, acte, f"risque:{risque_id}", avant={"etat": risque.etat}, apres=apres)


def _changer(session: Session, acteur: Acteur, risque: Risque, valeurs: dict[str, Any]) -> bool:
    """Vrai si la ligne était bien à la version lue."""
    requete = (
        update(RisqueTenu)
        .where(_ce_risque(acteur, risque), col(RisqueTenu.version) == risque.version)
        .values(**valeurs, version=risque.version + 1, modifie_par=acteur.nom, modifie_le=maintenant())
        .execution_options(synchronize_session=False)
    )
    return _une_ligne(session, requete)


def _ce_risque(acteur: Acteur, risque: Risque) -> ColumnElement[bool]:
    return and_(col(RisqueTenu.id) == risque.id, col(RisqueTenu.etablissement_id) == acteur.etablissement_id)


def _une_ligne(session: Session, requete: Any) -> bool:
    resultat = super(Session, session).execute(requete)
    return isinstance(resultat, CursorResult) and resultat.rowcount == 1


def _degres(risque: FormulaireRisque | Risque) -> dict[str, int]:
    return {"vraisemblance": risque.vraisemblance, "gravite": risque.gravite}
