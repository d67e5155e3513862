"""Qui atteint quel dépôt, et de quel CFA un fichier déposé au nom d'un CFA peut parler."""

from dataclasses import replace

import pandas as pd
from sqlalchemy import ColumnElement, and_, select
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, Mandat, Partie, Portee, Role, etendue
from charte.commun.base import lignes
from charte.commun.typographie import pluriel
from charte.modeles import Cfa
from indicateurs.imports.diagnostic import FORMAT_DES_APPRENTIS, Diagnostic, tables_depuis
from indicateurs.modeles import Depot
from indicateurs.sources.format import charger_source


def depots_atteints(acteur: Acteur, geste: Geste = Geste.DEPOSER) -> ColumnElement[bool]:
    """La condition « ce dépôt est de l'étendue de l'acteur » : l'établissement entier, ou un de ses CFA."""
    atteint = etendue(acteur, geste)
    ici = col(Depot.etablissement_id) == acteur.etablissement_id
    return ici if atteint.tout else and_(ici, col(Depot.cfa_id).in_(sorted(atteint.cfas)))


def au_nom_de(acteur: Acteur, cfa_id: int | None) -> Acteur:
    """L'acteur, tel qu'il range un dépôt fait au nom d'un CFA : fût-il de l'établissement, il n'atteint que ce CFA."""
    if cfa_id is None:
        return acteur
    return replace(acteur, mandats=(Mandat(Role.REFERENT_QUALITE, Portee.CFA, cfa_id, partie=Partie.CFA),))


def attribuer_au_cfa(session: Session, acteur: Acteur, diagnostic: Diagnostic, cfa_id: int) -> tuple[int, str | None]:
    """Le CFA dont parle un fichier déposé par un référent de CFA, et la raison d'un refus (None s'il est juste)."""
    siens = _uais(session, acteur)
    if diagnostic.source != FORMAT_DES_APPRENTIS and charger_source(diagnostic.source).lignes == "repere":
        return cfa_id, "Un jeu de données ouvertes vaut pour tout l'établissement : confiez-lui ce fichier."
    cites = _cites(diagnostic)
    if cites.empty and len(siens) > 1:
        return cfa_id, (
            "Ce fichier ne dit pas duquel de vos CFA il parle : ajoutez la colonne de l'UAI responsable. "
            "Rien n'est rangé."
        )
    etrangers = sorted(code for code in cites.index if code not in siens)
    if etrangers:
        combien = int(cites[etrangers].sum())
        return cfa_id, (
            f"{pluriel(combien, 'parcours relève', 'parcours relèvent')} d'un CFA qui n'est pas le vôtre "
            f"(UAI responsable {', '.join(etrangers[:5])}). Votre rôle tient sur {', '.join(sorted(siens))} : ôtez ces "
            "lignes, ou confiez le fichier à l'établissement. Rien n'est rangé."
        )
    if len(cites) > 1:
        return cfa_id, f"Ce fichier parle de {len(cites)} de vos CFA : déposez un fichier par CFA. Rien n'est rangé."
    return (siens[cites.index[0]] if len(cites) else cfa_id), None


def _cites(diagnostic: Diagnostic) -> pd.Series:
    """Combien de parcours (ou de lignes) de chaque UAI responsable."""
    if diagnostic.source == FORMAT_DES_APPRENTIS:
        return tables_depuis(diagnostic)["parcours"]["uai_responsable"].value_counts()
    lignes_ = diagnostic.lignes
    dits = lignes_["uai_responsable"] if "uai_responsable" in lignes_ else pd.Series([], dtype="str")
    return dits.value_counts()


def _uais(session: Session, acteur: Acteur) -> dict[str, int]:
    """Le code UAI de chaque CFA au nom duquel l'acteur dépose."""
    requete = select(col(Cfa.uai), col(Cfa.id)).where(
        col(Cfa.etablissement_id) == acteur.etablissement_id,
        col(Cfa.id).in_(sorted(etendue(acteur, Geste.DEPOSER).cfas)),
    )
    return {str(code): int(identifiant) for code, identifiant in lignes(session, requete)}
