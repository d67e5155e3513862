"""Qui répond : parmi ceux qui tiennent la plume, les comptes désignés ; à défaut, les plus proches de la formation.

Fonctions pures. Désigner ne donne ni n'ôte aucun droit : ce sont les mandats qui ouvrent l'écriture. Cela dit à qui
l'on écrit, et qui le tableau nomme. « Les plus proches » : ceux dont le mandat porte sur la formation, sinon sur sa
composante ou son CFA, sinon sur l'établissement, l'administrateur en dernier ; un référent n'est pas rappelé pour deux
cents diplômes quand chacun a son responsable.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from charte.acteur import Geste, Mandat, Partie, Portee, Role, Situation, permet
from charte.commun.annuaire import Plume

PARTIES_QUI_REPONDENT = (Partie.ETABLISSEMENT, Partie.CFA)
"""La position concertée est tenue par l'établissement : ses répondants sont les siens."""

Designations = Mapping[tuple[int, Partie], Collection[int]]
"""(formation, partie) vers les comptes désignés."""


@dataclass(frozen=True)
class Encrier:
    """Les plumes d'un établissement, rangées par ce que leurs mandats couvrent : une recherche ne les parcourt pas."""

    _rangees: dict[tuple[Partie, Portee, int | None, bool], list[Plume]] = field(default_factory=dict)

    @classmethod
    def de(cls, plumes: Iterable[Plume]) -> "Encrier":
        """L'encrier de ces plumes, dans leur ordre."""
        encrier = cls()
        for plume in plumes:
            for mandat in plume.acteur.tenus:
                encrier._ranger(plume, mandat)
        return encrier

    def _ranger(self, plume: Plume, mandat: Mandat) -> None:
        if permet(mandat, Geste.REMPLIR_GRILLE):
            cle = (mandat.partie, mandat.portee, mandat.objet_id, mandat.role is Role.ADMINISTRATEUR)
            places = self._rangees.setdefault(cle, [])
            if plume not in places:
                places.append(plume)

    def par_proximite(self, situation: Situation, partie: Partie) -> list[list[Plume]]:
        """Ceux qui tiennent la plume pour cette partie, du plus proche au plus lointain ; chacun une fois."""
        tenue = Partie.ETABLISSEMENT if partie is Partie.CONCERTEE else partie
        cercles = (
            ((Portee.FORMATION, situation.formation_id, False),),
            ((Portee.COMPOSANTE, situation.composante_id, False), (Portee.CFA, situation.cfa_id, False)),
            ((Portee.ETABLISSEMENT, None, False),),
            ((Portee.ETABLISSEMENT, None, True),),
        )
        vus: set[int] = set()
        trouves = []
        for cercle in cercles:
            du_cercle = [plume for place in cercle for plume in self._rangees.get((tenue, *place), ())]
            neufs = [plume for plume in du_cercle if plume.compte_id not in vus]
            vus |= {plume.compte_id for plume in neufs}
            trouves.append(list({plume.compte_id: plume for plume in neufs}.values()))
        return trouves

    def tenants(self, situation: Situation, partie: Partie) -> list[Plume]:
        """Tous ceux qui tiennent la plume pour cette partie, les plus proches d'abord."""
        return [plume for cercle in self.par_proximite(situation, partie) for plume in cercle]

    def repondants(self, situation: Situation, partie: Partie, designes: Designations) -> list[Plume]:
        """Ceux qui répondent : les désignés qui tiennent encore la plume, sinon le cercle le plus proche."""
        qui_designe = Partie.ETABLISSEMENT if partie is Partie.CONCERTEE else partie
        choisis = designes.get((situation.formation_id, qui_designe), ())
        cercles = self.par_proximite(situation, partie)
        retenus = [plume for cercle in cercles for plume in cercle if plume.compte_id in choisis]
        return retenus or next((cercle for cercle in cercles if cercle), [])
