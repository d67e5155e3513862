"""Dresser le tableau public d'un CFA : mesurer tout l'établissement au seuil public, puis n'en prendre que ce CFA."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import select
from sqlmodel import Session, col

from charte.acteur import Acteur
from charte.commun.base import lignes
from charte.commun.typographie import nombre
from charte.modeles import Cfa, Etablissement, Formation
from indicateurs.definitions import Definition, charger_definitions
from indicateurs.moteur import Niveau, calculer
from indicateurs.publication.contenu import (
    CFA,
    Cellule,
    Contenu,
    DefinitionPubliee,
    Ligne,
    Rubrique,
    ValeurImportee,
)
from indicateurs.publication.programme import RubriqueDeLaLoi, charger_programme
from indicateurs.publication.regles import Colonne, poser_les_gardees, refaire
from indicateurs.reperes.modeles import RepereImporte
from indicateurs.services.lectures import lire_tables

NIVEAUX_PUBLIES: tuple[Niveau, ...] = ("formation", "responsable")
VALEUR_AJOUTEE = "valeur_ajoutee"
PRODUCTEUR = "InserJeunes (DEPP et Dares), données ouvertes"


@dataclass(frozen=True)
class FicheCfa:
    """Le CFA dont on publie le tableau, et l'établissement qui le publie."""

    id: int
    nom: str
    uai: str
    etablissement: str


def lire_la_fiche(session: Session, acteur: Acteur, cfa_id: int) -> FicheCfa | None:
    """Un CFA de l'établissement de l'acteur, ou None."""
    requete = (
        select(col(Cfa.id), col(Cfa.nom), col(Cfa.uai), col(Etablissement.nom))
        .join(Etablissement, col(Etablissement.id) == col(Cfa.etablissement_id))
        .where(col(Cfa.id) == cfa_id, col(Cfa.etablissement_id) == acteur.etablissement_id)
    )
    trouvees = lignes(session, requete)
    return FicheCfa(*trouvees[0]) if trouvees else None


def assembler(
    session: Session, acteur: Acteur, fiche: FicheCfa, *, annee: int, au: date, en_ligne: Sequence[Contenu]
) -> Contenu:
    """Le tableau tel qu'il serait publié (rang et jour à poser) ; `en_ligne` : ce qui l'est, le dernier d'abord."""
    programme, definitions = charger_programme(), charger_definitions()
    # Tout se calcule à la fois, indicateurs non publiés compris : une cellule masquée l'est pour chaque page.
    mesures = calculer(lire_tables(session, acteur), definitions, au=au, par=NIVEAUX_PUBLIES, diffusion="publique")
    siennes = mesures[(mesures["uai_responsable"] == fiche.uai) & mesures["niveau"].isin(NIVEAUX_PUBLIES)]
    cellules = _par_mesure(siennes)
    libelles = {CFA: fiche.nom, **_libelles(session, acteur, fiche)}
    seuil = max(d.seuils.publique for d in definitions.values())
    dressees = (_rubrique(loi, definitions.get(loi.mesure or ""), cellules, libelles) for loi in programme.rubriques)
    retenues = tuple(_retenir(r, programme.promotions, en_ligne, seuil, libelles) for r in dressees)
    importees = _importer(session, acteur, fiche)
    rubriques = tuple(replace(r, importees=importees) if r.cle == VALEUR_AJOUTEE else r for r in retenues)
    return Contenu(
        etablissement=fiche.etablissement, cfa=fiche.nom, uai=fiche.uai, annee=annee, rang=1, observee_le=au,
        seuil=seuil, loi=programme.loi, reference=programme.reference, rubriques=rubriques,
    )  # fmt: skip


def _libelles(session: Session, acteur: Acteur, fiche: FicheCfa) -> dict[str, str]:
    """Code de chaque diplôme du CFA → son libellé."""
    f = Formation
    requete = (
        select(*(col(c) for c in (f.rncp, f.cfd, f.uai_formateur, f.libelle)))
        .where(col(f.etablissement_id) == acteur.etablissement_id, col(f.cfa_id) == fiche.id)
        .order_by(col(f.libelle), col(f.id))
    )
    return {code_du_diplome(*codes): libelle for *codes, libelle in lignes(session, requete)}


def code_du_diplome(*codes: str | None) -> str:
    """Ce qui désigne un diplôme d'une publication à l'autre : « RNCP35345/25032608/0352756F »."""
    return "/".join(code or "-" for code in codes)


Cellules = dict[str, dict[str, list[Cellule]]]
"""Clé d'indicateur → clé de ligne → cellules."""


def _par_mesure(mesures: pd.DataFrame) -> Cellules:
    rangees: Cellules = {}
    for m in mesures.astype(object).where(mesures.notna(), None).to_dict("records"):
        if m["promotion"] is None or not (m["masque"] or m["denominateur"]):
            continue
        est_un_diplome = m["niveau"] == "formation"
        cle = code_du_diplome(m["rncp"], m["cfd"], m["uai_formateur"]) if est_un_diplome else CFA
        rangees.setdefault(m["indicateur"], {}).setdefault(cle, []).append(_cellule(m))
    return rangees


def _cellule(mesure: Mapping[Any, Any]) -> Cellule:
    if mesure["masque"]:
        return Cellule(mesure["promotion"], masque=True)
    return Cellule(
        promotion=mesure["promotion"], numerateur=_ou_rien(mesure["numerateur"]),
        denominateur=_ou_rien(mesure["denominateur"]), taux=_ou_rien(mesure["taux"]),
        ic_bas=_ou_rien(mesure["ic_bas"]), ic_haut=_ou_rien(mesure["ic_haut"]),
    )  # fmt: skip


def _ou_rien(nombre_lu: Any) -> float | None:
    return None if nombre_lu is None else float(nombre_lu)


def _rubrique(
    loi: RubriqueDeLaLoi, definition: Definition | None, cellules: Cellules, libelles: Mapping[str, str]
) -> Rubrique:
    par_ligne = cellules.get(loi.mesure or "", {})
    dressees = (Ligne(cle, libelle, tuple(par_ligne.get(cle, ()))) for cle, libelle in libelles.items())
    return Rubrique(
        cle=loi.cle, loi=loi.loi, titre=loi.titre, note=loi.note, definition=_publier_la_definition(definition),
        lignes=tuple(ligne for ligne in dressees if ligne.cellules),
    )  # fmt: skip


def _publier_la_definition(definition: Definition | None) -> DefinitionPubliee | None:
    if definition is None:
        return None
    return DefinitionPubliee(
        identifiant=definition.identifiant, empreinte=definition.empreinte, libelle=definition.libelle,
        numerateur=definition.numerateur or "", denominateur=definition.denominateur or "",
        exclusions=tuple(definition.exclusions), fenetre=definition.fenetre,
        non_modelise=tuple(definition.non_modelise),
        sources=tuple(f"{source.titre} ({source.reference})" for source in definition.sources),
    )  # fmt: skip


def _retenir(
    rubrique: Rubrique, montrees: int, en_ligne: Sequence[Contenu], seuil: int, libelles: Mapping[str, str]
) -> Rubrique:
    """Les dernières promotions de la rubrique ; celles qu'une différence trahirait gardent leurs chiffres publiés."""
    connues = [(contenu, lue) for contenu in en_ligne if (lue := contenu.rubrique(rubrique.cle)) is not None]
    toutes = {promotion for _, lue in connues for promotion in lue.promotions}
    dernieres = sorted({*rubrique.promotions, *toutes})[-montrees:]
    gardees: dict[str, Colonne] = {}
    jours = []
    for promotion in dernieres:
        anciennes = [(contenu, colonne) for contenu, lue in connues if (colonne := lue.colonne(promotion))]
        if not refaire((colonne for _, colonne in anciennes), rubrique.colonne(promotion), seuil):
            contenu, gardees[promotion] = anciennes[0]
            jours.append((promotion, contenu.publiee_le.date() if contenu.publiee_le else contenu.observee_le))
    anciens = {ligne.cle: ligne.libelle for _, lue in reversed(connues) for ligne in lue.lignes}
    posees = poser_les_gardees(rubrique.lignes, gardees, {**anciens, **libelles})
    coupees = (
        replace(ligne, cellules=tuple(c for c in ligne.cellules if c.promotion in dernieres)) for ligne in posees
    )
    return replace(rubrique, lignes=tuple(ligne for ligne in coupees if ligne.cellules), gardees=tuple(jours))


def _importer(session: Session, acteur: Acteur, fiche: FicheCfa) -> tuple[ValeurImportee, ...]:
    """La valeur ajoutée du CFA au dernier millésime importé ; vide s'il n'y en a pas."""
    r = RepereImporte
    requete = (
        select(*(col(c) for c in (r.millesime, r.mois, r.valeur, r.marqueur)))
        .where(
            col(r.etablissement_id) == acteur.etablissement_id,
            col(r.perimetre) == fiche.uai,
            col(r.diplome) == "",
            col(r.indicateur).like("valeur_ajoutee%"),
        )
        .order_by(col(r.millesime).desc(), col(r.mois))
    )
    lues = lignes(session, requete)
    return tuple(
        ValeurImportee(
            libelle=f"Emploi à {mois} mois, écart au taux attendu" if mois else "Écart au taux attendu",
            valeur=_points(valeur) if valeur is not None else f"n.d. ({marqueur or 'non diffusée'})",
            millesime=millesime, source=PRODUCTEUR,
        )
        for millesime, mois, valeur, marqueur in lues
        if millesime == lues[0][0]
    )  # fmt: skip


def _points(valeur: float) -> str:
    signe = "+" if valeur > 0 else "−" if valeur < 0 else ""
    return f"{signe}{nombre(abs(valeur), 1)} point{'s' if abs(valeur) >= 2 else ''}"
