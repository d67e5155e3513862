"""Ce que scelle un arrêté : le contenu d'une grille en JSON canonique, et son empreinte. Fonctions pures.

Le JSON a ses clés triées et aucune espace : les mêmes valeurs donnent toujours les mêmes octets, donc la même
empreinte.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from pydantic import TypeAdapter

from charte.commun.canonique import ecrire_canonique
from grilles.niveaux import Niveau, lire_niveau
from grilles.regles import Avancement, BilanPoste
from grilles.vues import Materiaux

FORMAT = 1


@dataclass(frozen=True)
class FichierScelle:
    """Une révision d'un fichier de preuve, telle qu'elle était ; `empreinte` : SHA-256 de ses octets."""

    nom: str
    revision: int
    taille: int
    empreinte: str


@dataclass(frozen=True)
class MesureScellee:
    """Un indicateur cité par un jalon, tel qu'il se lisait ce jour-là."""

    cle: str
    libelle: str
    texte: str
    valeur: float | None
    unite: str
    periode: str
    definition: str
    source: str


@dataclass(frozen=True)
class AvisScelle:
    """Un avis rendu par lien, sous son public, sans nom."""

    public: str
    element: str
    etat: str
    commentaire: str


@dataclass(frozen=True)
class Contenu:
    """Tout ce qu'il faut pour relire la grille arrêtée sans rien d'autre que l'édition de la charte.

    `fichiers` : par identifiant de preuve. `annee` : celle de la rentrée. `version` : 1, puis une par réouverture.
    """

    formation_code: str
    formation_libelle: str
    annee: int
    campagne: str
    edition: str
    empreinte_edition: str
    echelle: str
    version: int
    instance: str
    arrete_par: str
    arrete_le: datetime
    materiaux: Materiaux
    fichiers: dict[int, tuple[FichierScelle, ...]] = field(default_factory=dict)
    mesures: tuple[MesureScellee, ...] = ()
    avis: tuple[AvisScelle, ...] = ()
    format: int = FORMAT


@dataclass(frozen=True)
class Releve:
    """Ce que les listes montrent d'une grille arrêtée, sans relire son contenu.

    `preuves_a_citer` : par poste, ce que la concertée disait tenu (et confirmé) sans preuve qui valût ce jour-là ; None
    si le relevé, d'avant ce compte, ne le dit pas (`compter_les_preuves_a_citer` le relit dans le contenu).
    """

    niveaux: dict[int, Niveau]
    avancement: Avancement
    avancement_actions: Avancement
    tenus_sans_preuve: int
    preuves_a_citer: dict[int, int] | None = None


def ecrire_contenu(contenu: Contenu) -> str:
    """Le contenu en JSON canonique."""
    return ecrire_canonique(_adaptateur().dump_python(contenu, mode="json"))


def lire_contenu(texte: str) -> Contenu:
    """Le contenu d'un JSON scellé ; lève `pydantic.ValidationError` s'il n'a pas la forme attendue."""
    return _adaptateur().validate_json(texte)


def ecrire_releve(bilans: list[BilanPoste]) -> str:
    """Les niveaux et les comptes d'une grille arrêtée, en JSON court."""
    avance = sum((bilan.avancement for bilan in bilans), Avancement(0, 0))
    actions = sum((bilan.avancement_actions for bilan in bilans), Avancement(0, 0))
    return ecrire_canonique(
        {
            "niveaux": {str(b.poste): [b.niveau.cle, b.niveau.jalon] for b in bilans},
            "avancement": [avance.renseignes, avance.total],
            "actions": [actions.renseignes, actions.total],
            "sans_preuve": sum(len(b.tenus_sans_preuve) for b in bilans),
            "preuves_a_citer": {str(poste): nombre for poste, nombre in compter_les_preuves_a_citer(bilans).items()},
        }
    )


def compter_les_preuves_a_citer(bilans: list[BilanPoste]) -> dict[int, int]:
    """Par poste, ce qui est dit tenu sans preuve qui vaut ; une réponse reprise et pas confirmée n'y compte pas."""
    return {bilan.poste: len(set(bilan.tenus_sans_preuve) - set(bilan.a_confirmer)) for bilan in bilans}


def lire_releve(texte: str) -> Releve:
    """Les niveaux et les comptes écrits par `ecrire_releve`."""
    lu = json.loads(texte)
    return Releve(
        niveaux={int(poste): lire_niveau(cle, rang) for poste, (cle, rang) in lu["niveaux"].items()},
        avancement=Avancement(*lu["avancement"]),
        avancement_actions=Avancement(*lu["actions"]),
        tenus_sans_preuve=lu["sans_preuve"],
        preuves_a_citer=_par_poste(lu["preuves_a_citer"]) if "preuves_a_citer" in lu else None,
    )


def _par_poste(comptes: dict[str, int]) -> dict[int, int]:
    return {int(poste): nombre for poste, nombre in comptes.items()}


@cache
def _adaptateur() -> TypeAdapter[Contenu]:
    return TypeAdapter(Contenu)
