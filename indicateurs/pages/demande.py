"""Ce que demande une adresse : périmètre, jour, indicateur, ventilation ; et l'adresse qui redit la même chose."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal
from urllib.parse import urlencode

from sqlmodel import Session

from charte.acteur import Acteur, Geste, etendue, peut
from charte.commun.web import Introuvable
from indicateurs.services.lectures import jour_d_observation, jours_des_depots
from indicateurs.services.mesures import Perimetre, TableauDeMesures, mesurer

__all__ = ["RIEN", "Demande", "Lue", "lire", "lire_l_adresse"]

VUES = ("", "cinq-ans")
RIEN = Perimetre("formation", (), "Aucun diplôme de votre périmètre", "")
"""Ce que lit un compte dont le périmètre n'a encore aucune formation."""


@dataclass(frozen=True)
class Demande:
    """Les filtres d'une adresse. `au` None : le jour du dernier dépôt ; `brut` : petits effectifs montrés."""

    perimetre: str = ""
    au: date | None = None
    brut: bool = False
    vue: Literal["", "cinq-ans"] = ""
    par: str = ""

    def suite(self, **change: Any) -> str:
        """La requête d'une adresse, toujours dans le même ordre, sans ce qui est vide."""
        voulue = replace(self, **change)
        champs = {
            "perimetre": voulue.perimetre,
            "au": voulue.au.isoformat() if voulue.au else "",
            "vue": voulue.vue,
            "par": voulue.par,
            "brut": "1" if voulue.brut else "",
        }
        return urlencode({nom: valeur for nom, valeur in champs.items() if valeur})


@dataclass(frozen=True)
class Lue:
    """Une demande comprise : le tableau des mesures, le périmètre choisi, la demande complète (jour et périmètre).

    `tout_jour` : tout jour passé se choisit, sinon ceux des dépôts ; `ecarte` : le jour demandé, s'il ne se lit pas.
    """

    demande: Demande
    tableau: TableauDeMesures
    perimetre: Perimetre
    peut_voir_brut: bool
    tout_jour: bool = True
    ecarte: date | None = None

    @property
    def liens(self) -> Demande:
        """La demande pour les autres pages : sans la vue ni la ventilation de celle-ci."""
        return replace(self.demande, vue="", par="")


def lire_l_adresse(perimetre: str, au: str, brut: str = "", vue: str = "", par: str = "") -> Demande:
    """La demande d'une adresse ; ce qui ne se lit pas n'existe pas plus qu'une page (`Introuvable`)."""
    if vue not in VUES:
        raise Introuvable
    return Demande(perimetre, _jour(au), brut == "1", vue, par)  # type: ignore[arg-type]


def lire(session: Session, acteur: Acteur, demande: Demande, *, geste: Geste = Geste.LIRE) -> Lue:
    """Les mesures demandées et leur périmètre. Lève `Introuvable` si l'acteur ne voit pas ce périmètre."""
    peut_voir_brut = peut(acteur, Geste.LIRE_EFFECTIFS_BRUTS)
    brut = demande.brut and peut_voir_brut
    tout_jour = _lit_brut_partout(acteur)
    jour = _jour_lisible(session, acteur, demande.au, tout_jour=tout_jour)
    tableau = mesurer(session, acteur, jour, brut=brut, geste=geste)
    choisi = _perimetre(tableau, demande.perimetre)
    complete = replace(demande, perimetre=choisi.adresse, au=jour, brut=brut)
    ecarte = demande.au if demande.au not in (None, jour) else None
    return Lue(complete, tableau, choisi, peut_voir_brut, tout_jour, ecarte)


def _lit_brut_partout(acteur: Acteur) -> bool:
    brute = etendue(acteur, Geste.LIRE_EFFECTIFS_BRUTS)
    return brute.tout or (bool(brute) and brute == etendue(acteur, Geste.LIRE))


def _jour_lisible(session: Session, acteur: Acteur, au: date | None, *, tout_jour: bool) -> date:
    """Le jour d'observation : celui demandé, jamais au-delà du dernier dépôt, où les données ne savent plus.

    D'un jour au suivant, une cohorte gagne souvent une seule personne : leur différence dirait ce qu'il lui est
    arrivé. Qui ne lit pas les petits effectifs observe donc le jour d'un dépôt, le dernier avant celui demandé.
    """
    dernier = jour_d_observation(session, acteur)
    if au is None or au >= dernier:
        return dernier
    if tout_jour:
        return au
    jours = jours_des_depots(session, acteur) or [dernier]
    return max((jour for jour in jours if jour <= au), default=jours[0])


def _jour(au: str) -> date | None:
    try:
        return date.fromisoformat(au) if au else None
    except ValueError as erreur:
        raise Introuvable from erreur


def _perimetre(tableau: TableauDeMesures, adresse: str) -> Perimetre:
    choisi = tableau.perimetre(adresse) if adresse else next(iter(tableau.perimetres), RIEN)
    if choisi is None:
        raise Introuvable
    return choisi
