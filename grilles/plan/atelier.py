"""L'atelier d'une page du plan : ce qu'il faut pour lire et écrire, et les trois pages que les gestes rendent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from litestar.di import NamedDependency, Provide
from litestar.response import Template

from charte.acteur import Acteur, Geste
from charte.commun.annuaire import Annuaire
from charte.commun.base import Base
from charte.commun.web import ErreurDeChamp, page
from grilles.mesures import LecteurDeMesures
from grilles.plan.formulaires import FormulaireAction, FormulaireCloture
from grilles.plan.pages import champs_de, choix_de_l_action, composer_la_fiche, exiger_le_lieu, lire_le_lieu
from grilles.plan.regles import EFFETS
from grilles.plan.services.lecture import lire_action
from grilles.plan.vues import Ecart
from grilles.preuves.regles import LIBELLES

_SAISIES_DE_LA_FICHE = ("texte", "motif", "preuve_id", "titre", "adresse", "date_effet", "emplacement")


@dataclass(frozen=True)
class Atelier:
    """La base, qui agit, qui connaît les comptes, qui lit les mesures."""

    base: Base
    acteur: Acteur
    annuaire: Annuaire
    mesures: LecteurDeMesures

    def exiger(self, action_id: int) -> None:
        """Lève `Introuvable` si l'acteur n'écrit pas dans cette action : avant toute validation, qui la trahirait."""
        with self.base.lecture() as session:
            lire_action(session, self.acteur, action_id, Geste.REMPLIR_GRILLE)

    def fiche(
        self,
        action_id: int,
        *,
        statut: int = 200,
        erreurs: Sequence[ErreurDeChamp] = (),
        saisies: Mapping[str, Any] | None = None,
    ) -> Template:
        """La page d'une action, avec ce qui vient d'être refusé."""
        with self.base.lecture() as session:
            fiche = composer_la_fiche(session, self.acteur, action_id, self.annuaire, self.mesures)
        champs = {nom: str((saisies or {}).get(nom, "")) for nom in _SAISIES_DE_LA_FICHE}
        return page(
            "grilles/plan/action.html", statut=statut,
            fiche=fiche, lue=fiche.action, erreurs=list(erreurs), champs=champs, validites=LIBELLES,
        )  # fmt: skip

    def formulaire(
        self,
        valeurs: Mapping[str, Any],
        *,
        action_id: int | None = None,
        erreurs: Sequence[ErreurDeChamp] = (),
        ecarts: Sequence[Ecart] = (),
        conflit: bool = False,
    ) -> Template:
        """Le formulaire d'une action, nouvelle ou non, avec ses fautes ou l'autre version."""
        champs = champs_de(FormulaireAction, valeurs)
        with self.base.lecture() as session:
            action = None if action_id is None else lire_action(session, self.acteur, action_id, Geste.REMPLIR_GRILLE)
            lieu = action.formation_id if action else lire_le_lieu(champs["formation_id"])
            exiger_le_lieu(session, self.acteur, lieu)
            choix = choix_de_l_action(session, self.acteur, self.annuaire, lieu)
        return page(
            "grilles/plan/action_formulaire.html", statut=409 if ecarts or conflit else 422 if erreurs else 200,
            lue=action, champs=champs, choix=choix, erreurs=list(erreurs), ecarts=list(ecarts),
        )  # fmt: skip

    def cloture(
        self,
        action_id: int,
        saisies: Mapping[str, Any] | None = None,
        *,
        statut: int = 200,
        erreurs: Sequence[ErreurDeChamp] = (),
    ) -> Template:
        """La page où l'on réévalue avant de clore."""
        self.exiger(action_id)
        with self.base.lecture() as session:
            fiche = composer_la_fiche(session, self.acteur, action_id, self.annuaire, self.mesures)
        champs = champs_de(FormulaireCloture, saisies or {})
        return page(
            "grilles/plan/cloture.html", statut=statut,
            fiche=fiche, lue=fiche.action, champs=champs, erreurs=list(erreurs), effets=EFFETS, validites=LIBELLES,
        )  # fmt: skip


async def donner_atelier(
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    annuaire: NamedDependency[Annuaire],
    mesures: NamedDependency[LecteurDeMesures],
) -> Atelier:
    """L'atelier d'une requête."""
    return Atelier(base, acteur, annuaire, mesures)


ATELIER = {"atelier": Provide(donner_atelier)}
"""La dépendance à joindre aux routes qui s'en servent."""
