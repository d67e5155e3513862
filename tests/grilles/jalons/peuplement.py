"""Des jalons rangés par les services eux-mêmes, pour les tests."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from charte.acteur import Acteur
from charte.commun.base import Base
from grilles.jalons.regles import Acte, Decision
from grilles.jalons.services.actes import Circonstances, decider
from grilles.jalons.services.lecture import aujourd_hui, lire_jalons, lire_un_jalon
from grilles.jalons.services.preuves import PreuveNouvelle, citer_un_lien
from grilles.jalons.services.saisie import proposer
from grilles.jalons.vues import Contenu, JalonLu

HIER = aujourd_hui() - timedelta(days=1)
CONSEIL = "conseil de perfectionnement"
CONTENU = Contenu(
    intitule="Réunir deux fois par an les maîtres d'apprentissage.",
    preuve_attendue="Deux comptes rendus.",
    element="1.C1.2",
    echeance=aujourd_hui() + timedelta(days=200),
    porteur="responsable de la formation",
    moyens="Une demi-journée.",
)


def proposer_un(base: Base, acteur: Acteur, formation_id: int, *, poste: int = 1, nature: str = "jalon", **ecrit: Any):  # type: ignore[no-untyped-def]
    """Un jalon proposé ; rend son identifiant."""
    with base.ecriture() as session:
        return proposer(session, acteur, formation_id, poste, replace(CONTENU, **ecrit), nature=nature)


def convenir(base: Base, acteur: Acteur, formation_id: int, jalon_id: int) -> JalonLu:
    """L'accord, donné hier au conseil."""
    return noter(base, acteur, formation_id, jalon_id, Acte.CONVENIR, par="l'établissement et le CFA", instance=CONSEIL)


def noter(
    base: Base, acteur: Acteur, formation_id: int, jalon_id: int, acte: Acte, *, sous: Circonstances | None = None,
    **dits: Any,
) -> JalonLu:  # fmt: skip
    """Note une décision d'hier ; `sous` : la version courante, sans lui."""
    decision = Decision(**{"acte": acte, "le": HIER, **dits})
    with base.ecriture() as session:
        version = lire_un_jalon(session, acteur, formation_id, jalon_id).version
        autour = sous or Circonstances(version)
        return decider(session, acteur, formation_id, jalon_id, decision=decision, sous=autour)


def prouver(base: Base, acteur: Acteur, formation_id: int, jalon_id: int, titre: str = "Compte rendu", **dates: Any):  # type: ignore[no-untyped-def]
    """Cite un lien à l'appui ; rend l'identifiant de la preuve."""
    with base.ecriture() as session:
        jalon = lire_un_jalon(session, acteur, formation_id, jalon_id)
        nouvelle = PreuveNouvelle(titre, f"https://intranet.exemple.invalid/{titre}.pdf".replace(" ", "-"), **dates)
        return citer_un_lien(session, acteur, jalon, nouvelle, "page 4")


def lus(base: Base, acteur: Acteur, formation_id: int) -> tuple[JalonLu, ...]:
    """Les jalons du diplôme."""
    with base.lecture() as session:
        return lire_jalons(session, acteur, formation_id)
