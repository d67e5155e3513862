"""Des mesures d'`indicateurs` aux valeurs d'un dossier ou d'un graphique."""

from indicateurs.definitions import Definition
from indicateurs.services.mesures import Mesure
from rapports.dossier import DefinitionConseil, IndicateurConseil, Valeur

__all__ = ["indicateur_conseil", "valeur"]


def valeur(mesure: Mesure) -> Valeur:
    """Une mesure telle qu'un dossier la porte (promotion : année de rentrée ; aucun nombre si masquée)."""
    promotion = None if mesure.promotion is None else int(mesure.promotion[:4])
    if mesure.masque:
        return Valeur(promotion, masque=True)
    return Valeur(
        promotion, mesure.numerateur, mesure.denominateur, mesure.taux, mesure.ic_bas, mesure.ic_haut, masque=False
    )


def indicateur_conseil(
    definition: Definition, serie: tuple[Mesure, ...], ensemble: Mesure | None = None
) -> IndicateurConseil:
    """Un taux, sa définition en mots et ses valeurs par promotion."""
    return IndicateurConseil(
        cle=definition.cle,
        libelle=definition.libelle,
        unite=definition.unite_comptee + "s",
        sens=None if definition.sens == "aucun" else definition.sens,
        definition=definition_conseil(definition),
        valeurs=tuple(valeur(mesure) for mesure in serie),
        ensemble=None if ensemble is None else valeur(ensemble),
    )


def definition_conseil(definition: Definition) -> DefinitionConseil:
    """La définition en mots, telle qu'elle a servi au calcul."""
    return DefinitionConseil(
        version=definition.identifiant,
        numerateur=definition.numerateur,
        denominateur=definition.denominateur or "",
        exclusions=definition.exclusions,
        source=" ; ".join(f"{source.titre} ({source.reference})" for source in definition.sources),
        limites=definition.non_modelise,
        en_vigueur=definition.en_vigueur_depuis,
    )
