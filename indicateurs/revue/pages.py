"""Composer les pages de la revue : l'atelier d'une requête, l'étape en cours, le conflit montré."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from litestar.di import NamedDependency, Provide
from litestar.response import Redirect, Template
from pydantic import BaseModel
from sqlmodel import Session

from charte.acteur import Acteur, Geste
from charte.commun.base import Base
from charte.commun.web import ErreurDeChamp, Introuvable, lire_formulaire, page, vers
from indicateurs.revue import affichage
from indicateurs.revue.contenu import Contenu, IndicateurRevu
from indicateurs.revue.plan import PlanDActions, PlanRefuse
from indicateurs.revue.regles import AVIS, AVIS_LUS, etapes, l_an_passe, par_source, trous
from indicateurs.revue.services.assemblage import Dossier, dresser
from indicateurs.revue.services.ecriture import (
    ConflitDeRevue,
    RevueFermee,
    SaisieDeRevueRefusee,
    aujourd_hui,
)
from indicateurs.revue.services.lecture import lire_une_revue

NOMS = {
    "donnees_completes": "Réponse", "note_donnees": "Note", "definitions_justes": "Réponse",
    "note_definitions": "Note", "avis": "Ce qu’on en fait", "commentaire": "Commentaire", "conclusion": "Conclusion",
}  # fmt: skip
OUI_NON = ((True, "oui", "Oui"), (False, "non", "Non"))


@dataclass(frozen=True)
class Refus:
    """Ce qui empêche d'enregistrer : des fautes de saisie, ou l'écrit d'un autre (409, les deux textes)."""

    erreurs: tuple[ErreurDeChamp, ...] = ()
    conflit: ConflitDeRevue | None = None
    statut: int = 200


AUCUN = Refus()


@dataclass(frozen=True)
class Atelier:
    """La base, qui agit, qui tient le plan d'actions."""

    base: Base
    acteur: Acteur
    plan: PlanDActions

    def dresser(self, revue_id: int, geste: Geste = Geste.LIRE) -> Dossier:
        """Le dossier d'une revue ; lève `Introuvable`."""
        with self.base.lecture() as session:
            return dresser(session, self.acteur, revue_id, self.plan, geste)

    def lieux(self, contenu: Contenu) -> list[tuple[str, str]]:
        """Où ouvrir une action : pour la revue d'un CFA, ses seuls diplômes (et tout l'établissement)."""
        siens = {formation.id for formation in contenu.formations}
        with self.base.lecture() as session:
            lus = self.plan.lieux(session, self.acteur)
        return [
            ("" if numero is None else str(numero), mot) for numero, mot in lus if numero is None or numero in siens
        ]

    def enregistrer(
        self,
        revue_id: int,
        modele: type[BaseModel],
        data: Mapping[str, Any],
        geste: Callable[[Session, Any], object],
    ) -> Refus:
        """Valide la saisie et l'écrit ; rend `AUCUN`, ou ce qui l'empêche. Hors d'atteinte : `Introuvable` d'abord."""
        with self.base.lecture() as session:
            lire_une_revue(session, self.acteur, revue_id, Geste.MENER_REVUE)
        saisie, erreurs = lire_formulaire(modele, data)
        if saisie is None:
            return Refus(tuple(erreurs), statut=422)
        return self.ecrire(lambda session: geste(session, saisie))

    def ecrire(self, geste: Callable[[Session], object]) -> Refus:
        """Fait un geste dans une transaction ; rend `AUCUN`, ou ce qui l'empêche."""
        try:
            with self.base.ecriture() as session:
                geste(session)
        except ConflitDeRevue as conflit:
            return Refus(conflit=conflit, statut=409)
        except RevueFermee as ferme:
            return Refus((ErreurDeChamp("", str(ferme)),), statut=409)
        except (SaisieDeRevueRefusee, PlanRefuse) as refus:
            return Refus((ErreurDeChamp(refus.champ, refus.message),), statut=422)
        return AUCUN


async def donner_atelier(
    base: NamedDependency[Base], acteur: NamedDependency[Acteur], plan: NamedDependency[PlanDActions]
) -> Atelier:
    """L'atelier d'une requête."""
    return Atelier(base, acteur, plan)


ATELIER = {"atelier": Provide(donner_atelier)}


def montrer(
    gabarit: str,
    etape: str,
    dossier: Dossier,
    refus: Refus = AUCUN,
    **contexte: Any,
) -> Template | Redirect:
    """La page d'une étape ; une revue arrêtée ne se lit plus que dans ce qu'elle a scellé (saisie refusée : 409)."""
    if dossier.revue.arretee and refus is AUCUN:
        return vers(dossier.revue.adresse)
    if dossier.revue.arretee:
        return montrer_la_scellee(dossier, refus)
    return page(
        gabarit, statut=refus.statut, **_commun(dossier), etape=etape, erreurs=list(refus.erreurs),
        ecarts=_ecarts(refus, contexte.get("champs", {})), **contexte,
    )  # fmt: skip


def montrer_la_scellee(dossier: Dossier, refus: Refus = AUCUN, **contexte: Any) -> Template:
    """Une revue arrêtée, relue dans son contenu scellé."""
    suite = {"motif": "", "peut_mener": False, "suivie": False, "intacte": True, "taille": 0, **contexte}
    return page(
        "indicateurs/revue/scellee.html", statut=refus.statut, **_commun(dossier), erreurs=list(refus.erreurs), **suite
    )


def _commun(dossier: Dossier) -> dict[str, Any]:
    contenu = dossier.contenu
    jour = contenu.arretee_le.date() if contenu.arretee_le else aujourd_hui()
    return {
        "revue": dossier.revue,
        "contenu": contenu,
        "precedente": dossier.precedente,
        "etapes": etapes(contenu),
        "sources": par_source(contenu.sources, jour),
        "trous": trous(contenu),
        "dit": affichage,
        "avis_lus": AVIS_LUS,
    }


def _ecarts(refus: Refus, champs: Mapping[str, str]) -> list[tuple[str, str, str, str]]:
    """(champ, nom, ma saisie, ce qui est enregistré) de ce qui diffère."""
    if refus.conflit is None:
        return []
    siens = {champ: _mot(champ, valeur) for champ, valeur in refus.conflit.autre.items()}
    miens = {champ: _mot(champ, champs.get(champ, "")) for champ in siens}
    return [(champ, NOMS[champ], miens[champ], sien) for champ, sien in siens.items() if miens[champ] != sien]


def _mot(champ: str, valeur: Any) -> str:
    if champ == "avis":
        return AVIS_LUS.get(str(valeur), "")
    if isinstance(valeur, bool):
        return "Oui" if valeur else "Non"
    return {"oui": "Oui", "non": "Non"}.get(str(valeur), str(valeur)) if valeur is not None else ""


def champs_de(noms: Sequence[str], valeurs: Mapping[str, Any], refus: Refus = AUCUN) -> dict[str, str]:
    """Ce que le formulaire remontre ; après un conflit, avec la version de l'autre : la saisie peut l'emporter."""
    dits = {nom: _en_champ(valeurs.get(nom)) for nom in noms}
    if refus.conflit is not None:
        dits["version"] = str(refus.conflit.version)
    return dits


def _en_champ(valeur: Any) -> str:
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    return "" if valeur is None else str(valeur)


def exiger_l_indicateur(dossier: Dossier, cle: str) -> IndicateurRevu:
    """L'indicateur de cette clé, s'il est de ceux que la revue passe ; lève `Introuvable`."""
    indicateur = dossier.contenu.indicateur(cle)
    if indicateur is None or not indicateur.a_des_donnees:
        raise Introuvable(f"Aucun indicateur « {cle} » à revoir.")
    return indicateur


def choix_de_l_avis() -> tuple[tuple[str, str], ...]:
    """(clé, mot) de ce qu'on peut faire d'un indicateur."""
    return tuple(AVIS.items())


def rappel(dossier: Dossier, cle: str) -> IndicateurRevu | None:
    """Ce que la revue d'avant disait de cet indicateur."""
    return l_an_passe(dossier.precedente, cle)
