"""Rendre les pages du classeur, et suivre un envoi : examiner, montrer, ranger."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar.response import Redirect, Template

from charte.acteur import Acteur
from charte.commun.base import Base, maintenant
from charte.commun.enveloppe import FichierIllisible
from charte.commun.reglages import Reglages
from charte.commun.web import ErreurDeChamp, Introuvable, page, vers
from grilles.classeur.comparaison import comparer
from grilles.classeur.diagnostic import Examen, examiner
from grilles.classeur.ecriture import reference_de
from grilles.classeur.formulaires import lire_les_decisions
from grilles.classeur.lecture import lire_le_classeur
from grilles.classeur.pli import deplier, plier
from grilles.classeur.services import Cible, ConflitsRestants, Decisions, actuelles_de, attendus_de, ranger_le_classeur
from grilles.classeur.vues import adresse_du_classeur, dresser_l_apercu, etat_nomme, positions_du_classeur
from grilles.demande import annee_saisie, lire_vue
from grilles.presentation import VueGrille
from grilles.services import Conflit, GrilleFigee, SaisieRefusee

PERIME = "Cet aperçu date de plus de douze heures, ou vient d'une autre page : déposez de nouveau le fichier."
CHANGEE = "La grille a changé depuis l’aperçu : rien n’a été enregistré. Voici ce qui reste à choisir."


def rendre_la_page(vue: VueGrille, *, statut: int = 200, message: str = "", **contexte: Any) -> Template:
    """La page du classeur : le tirer, le déposer ; `message` : ce qui ne va pas avec le fichier déposé."""
    erreurs = [ErreurDeChamp("fichier", message)] if message else []
    return page(
        "grilles/classeur/classeur.html",
        statut=statut,
        vue=vue,
        erreurs=erreurs,
        adresse=adresse_du_classeur,
        positions=positions_du_classeur(vue),
        **contexte,
    )


@dataclass(frozen=True)
class Retour:
    """Un classeur qui revient : où, et qui le dépose."""

    base: Base
    reglages: Reglages
    acteur: Acteur
    vue: VueGrille

    @classmethod
    def de(cls, base: Base, reglages: Reglages, acteur: Acteur, formation_id: int, brut: Mapping[str, Any]) -> "Retour":
        """Le retour que demande un envoi ; lève `Introuvable` si la position n'est pas de celles que l'acteur tient."""
        vue = lire_vue(base, acteur, formation_id, annee_saisie(brut), str(brut.get("partie") or ""))
        if vue.grille.partie not in vue.tenues:
            raise Introuvable("Cette position n'est pas la vôtre.")
        return cls(base, reglages, acteur, vue)

    @property
    def cible(self) -> Cible:
        """La grille où il revient."""
        return Cible(self.vue.grille.formation_id, self.vue.grille.annee, self.vue.grille.partie)

    def montrer(self, nom: str, octets: bytes) -> Template:
        """L'aperçu d'un fichier déposé ; 422 s'il ne se lit pas ou vient d'ailleurs, 409 si rien ne s'écrit ici."""
        if not self.vue.modifiable:
            return rendre_la_page(self.vue, statut=409)
        try:
            lu = lire_le_classeur(octets, nom)
        except FichierIllisible as refus:
            return rendre_la_page(self.vue, statut=422, message=str(refus))
        grille = self.vue.grille
        examen = examiner(lu, nom, reference_de(grille), attendus_de(grille))
        return self._rendre_l_apercu(examen, Decisions(), statut=422 if examen.bloque else 200)

    def ranger(self, brut: Mapping[str, Any]) -> Template | Redirect:
        """Enregistre ce que l'aperçu annonçait ; si la grille a changé entre-temps, redemande (409)."""
        examen = deplier(self.reglages, self.acteur, self.cible, str(brut.get("pli") or ""), maintenant())
        if examen is None or examen.bloque:
            return vers(f"{adresse_du_classeur(self.vue)}&apercu=perime")
        decisions = lire_les_decisions(brut)
        try:
            with self.base.ecriture() as session:
                range_ = ranger_le_classeur(session, self.acteur, self.cible, examen.proposees, decisions)
        except (ConflitsRestants, Conflit):
            return self._relire()._rendre_l_apercu(examen, decisions, statut=409, message=CHANGEE)
        except (GrilleFigee, SaisieRefusee) as refus:
            return self._relire()._rendre_l_apercu(examen, decisions, statut=409, message=str(refus))
        suite = f"&enregistrees={range_.reponses}&preuves={range_.preuves}"
        return vers(f"{adresse_du_classeur(self.vue)}{suite}")

    def _relire(self) -> "Retour":
        cible = self.cible
        vue = lire_vue(self.base, self.acteur, cible.formation_id, cible.annee, cible.partie)
        return Retour(self.base, self.reglages, self.acteur, vue)

    def _rendre_l_apercu(
        self, examen: Examen, decisions: Decisions, *, statut: int = 200, message: str = ""
    ) -> Template:
        comparees = () if examen.bloque else comparer(examen.proposees, actuelles_de(self.vue.grille))
        pli = plier(self.reglages, self.acteur, self.cible, examen, maintenant())
        return page(
            "grilles/classeur/apercu.html",
            statut=statut,
            vue=self.vue,
            apercu=dresser_l_apercu(self.vue, examen, comparees, pli, decisions),
            message=message,
            adresse=adresse_du_classeur,
            etat_nomme=etat_nomme,
        )
