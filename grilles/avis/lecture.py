"""La grille qu'un avis vise : de quelle formation, de quelle campagne, et ce qui s'y écrit encore."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste
from charte.chargement import EDITION_COURANTE
from charte.commun.base import lignes
from charte.commun.web import Introuvable
from grilles.campagnes.regles import GRILLE_ARRETEE
from grilles.modeles import Campagne, Grille
from grilles.regles import libelle_annee
from grilles.services.lecture import annee_courante, exiger_formation

ANNEES = range(1000, 10_000)


@dataclass(frozen=True)
class GrilleVisee:
    """Une formation et sa grille d'une année ; `id` None : la grille n'est pas commencée."""

    formation_id: int
    libelle: str
    annee: int
    courante: bool
    edition: str = EDITION_COURANTE
    id: int | None = None
    etat: str | None = None
    etat_campagne: str | None = None
    version: int = 1

    @property
    def annee_scolaire(self) -> str:
        """« 2026-2027 »."""
        return libelle_annee(self.annee)

    @property
    def arretee(self) -> bool:
        """Vrai si la grille est arrêtée : elle se lit dans son instantané."""
        return self.etat == GRILLE_ARRETEE

    @property
    def adresse(self) -> str:
        """L'adresse du diplôme."""
        return f"/diplomes/{self.formation_id}"

    @property
    def suffixe(self) -> str:
        """Ce qui garde l'année dans une adresse quand ce n'est pas celle en cours."""
        return "" if self.courante else f"?annee={self.annee}"


def viser(
    session: Session, acteur: Acteur, formation_id: int, annee: int | None = None, geste: Geste = Geste.LIRE
) -> GrilleVisee:
    """La grille de cette formation pour cette année ; lève `Introuvable` hors du droit de ce geste.

    Une année passée sans grille n'existe pas ; celle en cours se lit avant d'être commencée.
    """
    courante = annee_courante()
    voulue = courante if annee is None else annee
    if voulue not in ANNEES:
        raise Introuvable(f"Aucune grille {voulue}.")
    formation = exiger_formation(session, acteur, formation_id, geste)
    requete = (
        select(*(col(c) for c in (Campagne.edition, Grille.id, Grille.etat, Campagne.etat, Grille.version)))
        .join(Campagne, col(Campagne.id) == col(Grille.campagne_id))
        .where(
            col(Grille.formation_id) == formation_id,
            col(Grille.etablissement_id) == acteur.etablissement_id,
            col(Campagne.annee) == voulue,
        )
    )
    trouvees = lignes(session, requete)
    if not trouvees and voulue != courante:
        raise Introuvable(f"Aucune grille en {libelle_annee(voulue)}.")
    connue = (formation.id, formation.libelle, voulue, voulue == courante)
    return GrilleVisee(*connue, *(trouvees[0] if trouvees else ()))
