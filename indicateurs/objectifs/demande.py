"""Une page ou une écriture demandée sur les objectifs, et ce qu'on en rend."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from litestar.response import Redirect, Template
from sqlmodel import Session

from charte.acteur import Acteur, DroitManquant
from charte.commun.base import Base
from charte.commun.web import ErreurDeChamp, lire_formulaire, page, vers
from indicateurs.definitions import Definition
from indicateurs.objectifs.contenu import champs_de_l_objectif, contenu_de, peut_etre_vise
from indicateurs.objectifs.formulaires import RANGS, FormulaireObjectif
from indicateurs.objectifs.mots import dire_une_valeur
from indicateurs.objectifs.regles import Constat, Faute
from indicateurs.objectifs.services.lecture import (
    Lieu,
    Lieux,
    aujourd_hui,
    constats,
    lire_l_histoire,
    lire_un_objectif,
    voir,
)
from indicateurs.objectifs.services.saisie import ConflitDObjectif, Visee, convenir, lieux_ecrits, reviser
from indicateurs.objectifs.vues import ObjectifLu, ObjectifVu
from indicateurs.services.lectures import jour_d_observation
from indicateurs.services.mesures import TableauDeMesures, mesurer

ADRESSE = "/indicateurs/objectifs"
SAISIE = "indicateurs/objectifs/saisie.html"
CHOISIR_LE_PERIMETRE = "Choisissez un périmètre de la liste."
CHOISIR_L_INDICATEUR = "Choisissez un indicateur de la liste."


@dataclass(frozen=True)
class Cadre:
    """Les mesures que l'acteur lit, les lieux qui peuvent porter un objectif, ceux où il en fixe."""

    tableau: TableauDeMesures
    lieux: Lieux
    ecrits: frozenset[Lieu]

    @property
    def perimetres(self) -> list[tuple[str, str]]:
        """(adresse, libellé) des périmètres où l'acteur fixe un objectif."""
        return [(p.adresse, p.libelle) for lieu, p in self.lieux.perimetres.items() if lieu in self.ecrits]

    @property
    def indicateurs(self) -> list[tuple[str, str]]:
        """(clé, libellé) des indicateurs sur lesquels un objectif a un sens."""
        return [(cle, d.libelle) for cle, d in self.tableau.definitions.items() if peut_etre_vise(d)]

    def mesures(self, lieu: Lieu, cle: str) -> tuple[Constat, ...]:
        """Ce qui a été mesuré là, promotion par promotion."""
        return constats(self.tableau, cle, self.lieux.perimetres[lieu])


@dataclass(frozen=True)
class DemandeDObjectif:
    """Qui demande."""

    base: Base
    acteur: Acteur

    def cadre(self, session: Session) -> Cadre:
        """Les mesures du jour des données, sous le secret, et ce que l'acteur peut y fixer."""
        tableau = mesurer(session, self.acteur, jour_d_observation(session, self.acteur))
        lieux = Lieux.lire(session, self.acteur, tableau)
        return Cadre(tableau, lieux, lieux_ecrits(session, self.acteur, lieux.perimetres))

    def lire(self, objectif_id: int, *, ecrire: bool = False) -> tuple[Cadre, ObjectifVu, tuple[ObjectifLu, ...]]:
        """Un objectif, son cadre et son histoire ; `ecrire` exige de pouvoir le changer. Lève `Introuvable`."""
        with self.base.lecture() as session:
            cadre = self.cadre(session)
            objectif = lire_un_objectif(session, self.acteur, objectif_id)
            lieu = Lieu(objectif.formation_id, objectif.cfa_id)
            vu = voir(objectif, cadre.tableau, cadre.lieux)
            if ecrire and lieu not in cadre.ecrits:
                raise DroitManquant(f"L'objectif {objectif_id} se fixe ailleurs.")
            return cadre, vu, lire_l_histoire(session, self.acteur, lieu, objectif.indicateur)

    def page_neuve(self, perimetre: str, indicateur: str) -> Template:
        """Le formulaire vide, périmètre et indicateur choisis s'ils viennent de l'adresse."""
        with self.base.lecture() as session:
            cadre = self.cadre(session)
        if not cadre.ecrits:
            raise DroitManquant("Aucun périmètre où fixer un objectif.")
        champs = _vides() | {"perimetre": perimetre, "indicateur": indicateur, "convenu_le": f"{aujourd_hui()}"}
        return _page(cadre, _avec_les_annees(champs))

    def page_de_revision(self, objectif_id: int) -> Template | Redirect:
        """Le formulaire rempli de l'objectif ; ce qui n'est plus en vigueur ramène à sa page."""
        cadre, vu, _ = self.lire(objectif_id, ecrire=True)
        if not vu.objectif.vivant:
            return vers(vu.objectif.adresse)
        champs = _vides() | champs_de_l_objectif(vu.objectif.contenu, vu.unite)
        champs |= {"version": str(vu.objectif.version), "motif": "", "convenu_le": f"{aujourd_hui()}"}
        return _page(cadre, champs, vu=vu)

    def convenir(self, data: Mapping[str, Any]) -> Template | Redirect:
        """Range un objectif neuf ; 422 garde la saisie, 409 montre celui qui vaut déjà."""
        with self.base.lecture() as session:
            cadre = self.cadre(session)
        champs = _tapes(data)
        lieu = cadre.lieux.de_l_adresse(champs["perimetre"])
        definition = cadre.tableau.definitions.get(champs["indicateur"])
        if lieu is None or lieu not in cadre.ecrits or definition is None or not peut_etre_vise(definition):
            erreurs = _choix_refuses(cadre, champs)
            return _page(cadre, champs, erreurs=erreurs)
        return self._ranger(cadre, lieu, definition, champs, None)

    def reviser(self, objectif_id: int, data: Mapping[str, Any]) -> Template | Redirect:
        """Remplace un objectif ; 422 garde la saisie, 409 montre les deux textes."""
        cadre, vu, _ = self.lire(objectif_id, ecrire=True)
        lieu = Lieu(vu.objectif.formation_id, vu.objectif.cfa_id)
        return self._ranger(cadre, lieu, cadre.tableau.definitions[vu.objectif.indicateur], _tapes(data), vu)

    def _ranger(
        self, cadre: Cadre, lieu: Lieu, definition: Definition, champs: dict[str, str], vu: ObjectifVu | None
    ) -> Template | Redirect:
        saisi, erreurs = lire_formulaire(FormulaireObjectif, champs)
        if saisi is None:
            return _page(cadre, champs, vu=vu, erreurs=erreurs)
        lu = contenu_de(saisi, definition, cadre.mesures(lieu, definition.cle))
        if lu.fautes:
            return _page(cadre, champs, vu=vu, erreurs=en_erreurs(lu.fautes))
        visee = Visee(definition.cle, definition.identifiant)
        try:
            with self.base.ecriture() as session:
                if vu is None:
                    numero = convenir(session, self.acteur, lieu, visee, lu.contenu)
                else:
                    numero = reviser(session, self.acteur, vu.objectif.id, visee, lu.contenu, version=saisi.version)
        except ConflitDObjectif as conflit:
            return self._page_de_conflit(cadre, champs, conflit.autre, vu)
        return vers(f"{ADRESSE}/{numero}?fait={'convenu' if vu is None else 'revise'}")

    def _page_de_conflit(
        self, cadre: Cadre, champs: dict[str, str], autre: ObjectifLu, vu: ObjectifVu | None
    ) -> Template:
        """Les deux textes ; enregistrer remplace alors celui de l'autre, ou refait ce qu'il a retiré."""
        suivant = voir(autre, cadre.tableau, cadre.lieux)
        champs = champs | {"version": str(autre.version)}
        if not autre.vivant:
            champs |= {"perimetre": suivant.perimetre_adresse, "indicateur": autre.indicateur}
        return _page(cadre, champs, vu=suivant if autre.vivant else None, autre=suivant)


def en_erreurs(fautes: Sequence[Faute]) -> list[ErreurDeChamp]:
    """Les fautes des règles, telles que les pages les montrent."""
    return [ErreurDeChamp(faute.champ, faute.message) for faute in fautes]


def _choix_refuses(cadre: Cadre, champs: Mapping[str, str]) -> list[ErreurDeChamp]:
    erreurs = []
    if champs["perimetre"] not in dict(cadre.perimetres):
        erreurs.append(ErreurDeChamp("perimetre", CHOISIR_LE_PERIMETRE))
    if champs["indicateur"] not in dict(cadre.indicateurs):
        erreurs.append(ErreurDeChamp("indicateur", CHOISIR_L_INDICATEUR))
    return erreurs


def _vides() -> dict[str, str]:
    return dict.fromkeys(FormulaireObjectif.model_fields, "") | {"version": "0"}


def _tapes(data: Mapping[str, Any]) -> dict[str, str]:
    return {nom: str(data.get(nom) or "") for nom in FormulaireObjectif.model_fields}


def _avec_les_annees(champs: dict[str, str]) -> dict[str, str]:
    """Les années à venir, déjà écrites : il ne reste que les valeurs. Une année sans valeur ne fait pas de jalon."""
    premiere = aujourd_hui().year
    return champs | {f"annee_{rang}": str(premiere + rang - 1) for rang in RANGS}


def _page(
    cadre: Cadre, champs: Mapping[str, str], *, vu: ObjectifVu | None = None,
    erreurs: Sequence[ErreurDeChamp] = (), autre: ObjectifVu | None = None,
) -> Template:  # fmt: skip
    autres = champs_de_l_objectif(autre.objectif.contenu, autre.unite) if autre else {}
    return page(
        SAISIE,
        statut=409 if autre else 422 if erreurs else 200,
        cadre=cadre,
        champs=champs,
        vu=vu,
        rangs=RANGS,
        erreurs=list(erreurs),
        autre=autre,
        autres=_vides() | autres,
        deja=_deja_mesure(cadre, champs, vu),
        adresse=f"{vu.objectif.adresse}/revision" if vu else f"{ADRESSE}/nouveau",
    )


def _deja_mesure(cadre: Cadre, champs: Mapping[str, str], vu: ObjectifVu | None) -> list[tuple[str, str]]:
    """(promotion, valeur) de ce qui est déjà mesuré là, pour choisir la référence ; vide si rien n'est choisi."""
    cle = vu.objectif.indicateur if vu else champs["indicateur"]
    lieu = cadre.lieux.de_l_adresse(vu.perimetre_adresse if vu else champs["perimetre"])
    if lieu is None or cle not in cadre.tableau.definitions:
        return []
    unite, seuil = cadre.tableau.definitions[cle].unite, cadre.tableau.seuil(cle)
    return [
        (c.periode, f"n.d. (effectif < {seuil})" if c.masque else dire_une_valeur(c.valeur or 0.0, unite))
        for c in cadre.mesures(lieu, cle)
        if c.masque or c.valeur is not None
    ]
