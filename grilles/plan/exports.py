"""Le plan et les risques en tables, pour un tableur : ni nom de compte, ni auteur. Pur."""

from collections.abc import Iterable

from charte.commun.classeur import Valeur
from charte.commun.csv_francais import Cellule
from grilles.plan.delais import EchelleDesRisques
from grilles.plan.vues import Action, Risque

ENTETES_DES_ACTIONS = (
    "N°", "Diplôme", "CFA", "Action", "Description", "Origine", "Renvoi", "Gravité du constat", "Notifiée le",
    "Porteur (fonction)", "Échéance", "Jours de retard", "Priorité", "Moyens", "Effet attendu", "État",
    "Effet constaté", "Réévaluation", "Close le",
)  # fmt: skip
ENTETES_DES_RISQUES = (
    "N°", "Diplôme", "CFA", "Risque", "Cause", "Effet", "Vraisemblance (degré)", "Vraisemblance", "Gravité (degré)",
    "Gravité", "Prévention", "Porteur (fonction)", "Origine", "Renvoi", "État", "Motif de clôture",
)  # fmt: skip
LARGES = ("Action", "Description", "Moyens", "Effet attendu", "Réévaluation", "Risque", "Cause", "Effet", "Prévention")


def table_des_actions(actions: Iterable[Action]) -> list[tuple[Valeur, ...]]:
    """Une rangée par action, dans l'ordre donné ; jours et nombres typés."""
    return [
        (
            a.id, a.ou, a.cfa, a.intitule, a.description, a.origine_lue, a.renvoi, a.gravite_lue, a.constate_le,
            a.porteur, a.echeance, a.retard or None, a.priorite_lue, a.moyens, a.effet_attendu, a.etat_lu,
            a.effet_lu, a.reevaluation, a.close_le,
        )
        for a in actions
    ]  # fmt: skip


def table_des_risques(risques: Iterable[Risque], echelle: EchelleDesRisques) -> list[tuple[Valeur, ...]]:
    """Une rangée par risque ; les degrés en nombres et en mots, jamais multipliés."""
    return [
        (
            r.id, r.ou, r.cfa, r.intitule, r.cause, r.effet, r.vraisemblance, echelle.vraisemblance_de(r.vraisemblance),
            r.gravite, echelle.gravite_de(r.gravite), r.prevention, r.porteur, r.origine_lue, r.renvoi,
            "Ouvert" if r.ouvert else "Clos", r.motif_cloture,
        )
        for r in risques
    ]  # fmt: skip


def en_cellules(table: Iterable[Iterable[Valeur]]) -> list[list[Cellule]]:
    """La même table pour un CSV : un jour s'y écrit JJ/MM/AAAA."""
    return [
        [v if v is None or isinstance(v, str | int | float) else f"{v:%d/%m/%Y}" for v in rangee] for rangee in table
    ]
