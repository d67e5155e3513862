"""De ce que rendent `indicateurs` et `grilles` aux valeurs d'un dossier ou d'un graphique."""

from typing import cast

from grilles.regles import Manque
from grilles.vues import Groupe, Ligne, PosteLu
from indicateurs.definitions import Definition
from indicateurs.mesures import Mesure
from rapports.dossier import (
    ActionConseil,
    BlocConseil,
    DefinitionConseil,
    EffectifConseil,
    ElementConseil,
    Etat,
    EtatAction,
    IndicateurConseil,
    Niveau,
    PerimetreConseil,
    PosteConseil,
    PreuveConseil,
    Valeur,
)

__all__ = ["effectif_conseil", "indicateur_conseil", "poste_conseil", "valeur"]


def valeur(mesure: Mesure) -> Valeur:
    """Une mesure telle qu'un dossier la porte (promotion : année de rentrée ; aucun nombre si masquée)."""
    promotion = None if mesure.promotion is None else int(mesure.promotion[:4])
    if mesure.masque:
        return Valeur(promotion, masque=True)
    comptes = (_entier(mesure.numerateur), _entier(mesure.denominateur))
    return Valeur(promotion, *comptes, mesure.taux, mesure.ic_bas, mesure.ic_haut, False, mesure.partielle)


def _entier(compte: float | None) -> int | None:
    """Un dossier ne porte que des comptes de personnes ou de contrats."""
    return None if compte is None else int(compte)


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
        par_enquete=definition.par_enquete,
    )


def definition_conseil(definition: Definition) -> DefinitionConseil:
    """La définition en mots, telle qu'elle a servi au calcul."""
    return DefinitionConseil(
        version=definition.identifiant,
        numerateur=definition.numerateur,
        denominateur=definition.denominateur or "",
        cohorte=definition.base_cohorte,
        fenetre=definition.fenetre,
        exclusions=definition.exclusions,
        source=" ; ".join(f"{source.titre} ({source.reference})" for source in definition.sources),
        limites=definition.non_modelise,
        en_vigueur=definition.en_vigueur_depuis,
    )


def effectif_conseil(cle: str, libelle: str, mesure: Mesure | None) -> EffectifConseil:
    """Un effectif à la date d'observation (aucun nombre si masqué ou absent)."""
    if mesure is None or mesure.masque:
        return EffectifConseil(cle, libelle, None, masque=mesure is not None)
    return EffectifConseil(cle, libelle, _entier(mesure.numerateur))


def poste_conseil(poste: PosteLu, *, commence: bool) -> PosteConseil:
    """Un poste de la grille ; sans grille (`commence` faux), ni niveau ni manque : rien n'a été évalué."""
    bilan = poste.bilan
    return PosteConseil(
        numero=poste.numero,
        titre=poste.titre,
        niveau=cast(Niveau, bilan.niveau.cle) if commence else None,
        manque=tuple(_manque(m) for m in bilan.manques) if commence else (),
        socle=tuple(_bloc(groupe) for groupe in poste.socle),
        cible=tuple(_bloc(groupe) for groupe in poste.cible),
        perimetres=tuple(_perimetre(groupe) for groupe in poste.perimetres),
        precedent=poste.precedent.libelle if poste.precedent else "",
        reserves=bilan.reserves if commence else (),
        jalon=bilan.niveau.jalon if commence else 0,
    )


def _manque(manque: Manque) -> str:
    repere = manque.element if manque.jalon is None else "Palier local"
    return f"{repere} : {manque.texte} ({manque.raison})"


def _bloc(groupe: Groupe) -> BlocConseil:
    return BlocConseil(groupe.id, groupe.titre, tuple(_element(ligne) for ligne in groupe.lignes))


def _element(ligne: Ligne) -> ElementConseil:
    preuves = tuple(PreuveConseil(p.titre, p.adresse, p.date_effet, p.emplacement, not p.compte) for p in ligne.preuves)
    etat = cast(Etat | None, ligne.etat.cle if ligne.etat else None)
    return ElementConseil(ligne.id, ligne.texte, etat, ligne.motif, ligne.commentaire, preuves)


def _perimetre(groupe: Groupe) -> PerimetreConseil:
    actions = [(ligne, tete is not ligne) for tete in groupe.lignes for ligne in (tete, *tete.sous_lignes)]
    return PerimetreConseil(
        groupe.id,
        groupe.titre,
        tuple(
            ActionConseil(a.id, a.texte, cast(EtatAction | None, a.etat.cle if a.etat else None), sous_action)
            for a, sous_action in actions
        ),
    )
