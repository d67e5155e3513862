"""Les mesures que les grilles citent : mêmes chiffres, même jour et même secret que les pages d'indicateurs."""

from collections.abc import Collection, Mapping
from datetime import date

from sqlmodel import Session

from charte.acteur import Acteur, Geste
from charte.commun.typographie import FUSEAU, jour, nombre
from grilles.mesure_citee import AUCUNE_DONNEE, MesureCitee
from indicateurs.definitions import Definition, charger_definitions
from indicateurs.finition import afficher_masque
from indicateurs.services.lectures import SourceDesDonnees, jour_d_observation, sources
from indicateurs.services.mesures import Mesure, TableauDeMesures, mesurer
from indicateurs.vues.valeurs import echelle_de, effectif

__all__ = ["MesuresDesIndicateurs"]


class MesuresDesIndicateurs:
    """Lit les mesures pour les grilles (protocole `grilles.mesures.LecteurDeMesures`)."""

    def libelles(self) -> Mapping[str, str]:
        """Clé → libellé, dans l'ordre des pages."""
        return {cle: definition.libelle for cle, definition in charger_definitions().items()}

    def unites(self) -> Mapping[str, str]:
        """Clé → « part » (fraction), « effectif » ou « moyenne »."""
        return {cle: _unite(definition) for cle, definition in charger_definitions().items()}

    def valeurs(
        self,
        session: Session,
        acteur: Acteur,
        formation_id: int,
        cles: Collection[str],
        au: date | None = None,
        *,
        geste: Geste = Geste.LIRE,
    ) -> Mapping[str, MesureCitee]:
        """Chaque clé connue → sa valeur pour ce diplôme (voir le protocole)."""
        demandees = {cle: definition for cle, definition in charger_definitions().items() if cle in cles}
        if not demandees:
            return {}
        le_jour = au or jour_d_observation(session, acteur)
        if not sources(session, acteur):
            return {cle: _citer(definition, None, le_jour, "", 0) for cle, definition in demandees.items()}
        tableau = mesurer(session, acteur, le_jour, geste=geste)
        source = _source(tableau.sources)
        return {
            cle: _citer(definition, _lire(tableau, definition, formation_id), le_jour, source, tableau.seuil(cle))
            for cle, definition in demandees.items()
        }


def _unite(definition: Definition) -> str:
    """Une probabilité et un rapport se lisent et se comparent comme une part."""
    return definition.unite if definition.unite in ("effectif", "moyenne") else "part"


def _lire(tableau: TableauDeMesures, definition: Definition, formation_id: int) -> Mesure | None:
    """La dernière promotion mesurée ; l'ensemble d'un effectif."""
    perimetre = tableau.formation(formation_id)
    if perimetre is None:
        return None
    if definition.unite == "effectif":
        return tableau.ensemble(definition.cle, perimetre)
    return tableau.derniere(definition.cle, perimetre)


def _citer(definition: Definition, mesure: Mesure | None, au: date, source: str, seuil: int) -> MesureCitee:
    promotion = mesure.promotion if mesure else None
    quoi = "enquête" if definition.par_enquete else "promotion"
    return MesureCitee(
        cle=definition.cle,
        libelle=definition.libelle,
        texte=_texte(definition, mesure, seuil),
        valeur=_valeur(definition, mesure),
        unite=_unite(definition),
        periode=f"{quoi} {promotion}" if promotion else f"au {jour(au)}",
        definition=definition.identifiant,
        source=source,
        masquee=mesure is not None and mesure.masque,
    )


def _valeur(definition: Definition, mesure: Mesure | None) -> float | None:
    if mesure is None or mesure.masque:
        return None
    if definition.unite != "effectif":
        return mesure.taux
    return None if mesure.numerateur is None else float(mesure.numerateur)


def _texte(definition: Definition, mesure: Mesure | None, seuil: int) -> str:
    valeur = _valeur(definition, mesure)
    if mesure is not None and mesure.masque:
        return afficher_masque(seuil)
    if mesure is None or valeur is None:
        return AUCUNE_DONNEE
    if definition.unite == "effectif":
        return nombre(valeur)
    return f"{echelle_de(definition).ecrire(valeur)} (n = {nombre(effectif(mesure) or 0)})"


def _source(lues: Collection[SourceDesDonnees]) -> str:
    """« dépôt confirmé le 12 mars 2026 (empreinte 0a1b2c3d4e5f) » ; le nom d'un fichier peut nommer quelqu'un."""
    derniere = max(lues, key=lambda source: source.confirme_le, default=None)
    if derniere is None:
        return ""
    quand = jour(derniere.confirme_le.astimezone(FUSEAU))
    quoi = "dépôt confirmé" if len(lues) == 1 else f"{len(lues)} dépôts, le dernier confirmé"
    return f"{quoi} le {quand} (empreinte {derniere.empreinte[:12]})"
