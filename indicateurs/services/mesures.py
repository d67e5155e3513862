"""Les mesures d'un établissement à une date : calculées d'un coup pour tous ses diplômes, puis lues par clé."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

import pandas as pd
from sqlalchemy import select
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, etendue, exiger
from charte.commun.base import exiger_id, lignes
from charte.commun.memoire import Memoire
from charte.modeles import Cfa, Composante, Formation
from charte.services.portee import formations_atteintes
from indicateurs.catalogue import charger_ventilations
from indicateurs.courbes import lire_les_courbes
from indicateurs.definitions import Definition, Diffusion, charger_definitions
from indicateurs.maturite import Maturite, lire_la_maturite
from indicateurs.mesures import Cle, CleCroisee, CleDeMesure, Compte, Mesure, Modalites, Perimetre, TableauDeMesures
from indicateurs.moteur import CLES_PAR_NIVEAU, calculer
from indicateurs.services.lectures import lire_tables, sources, version_des_donnees

__all__ = ["Mesure", "Perimetre", "TableauDeMesures", "mesurer"]

Nombre = TypeVar("Nombre", int, float)
MESURES_GARDEES = 16


_gardes: WeakKeyDictionary[Any, Memoire[TableauDeMesures]] = WeakKeyDictionary()


def mesurer(
    session: Session, acteur: Acteur, au: date, *, brut: bool = False, geste: Geste = Geste.LIRE
) -> TableauDeMesures:
    """Le tableau des mesures que l'acteur peut lire, observé au jour `au`.

    Tout l'établissement se calcule, puis seuls les périmètres de l'étendue de l'acteur (pour `geste`) sont rendus :
    une cellule masquée l'est pour tous, et deux lecteurs ne peuvent pas la retrouver en rapprochant leurs pages.
    `brut` laisse le secret de côté : réservé à qui peut voir les effectifs (`DroitManquant` sinon).
    """
    demande = Geste.LIRE_EFFECTIFS_BRUTS if brut else geste
    exiger(acteur, demande)
    tableau = _tableau_entier(session, acteur, au, brut=brut)
    if etendue(acteur, demande).tout:
        return tableau
    visibles = _perimetres_visibles(session, acteur, tableau.perimetres, demande)
    return replace(tableau, perimetres=visibles, sources=tuple(sources(session, acteur, demande)))


def _perimetres_visibles(
    session: Session, acteur: Acteur, perimetres: Sequence[Perimetre], geste: Geste
) -> tuple[Perimetre, ...]:
    """Les diplômes de l'étendue ; un CFA, un lieu, une composante seulement s'il n'a pas d'autre formation."""
    requete = select(col(Formation.id)).where(formations_atteintes(acteur, geste))
    atteintes = {identifiant for (identifiant,) in lignes(session, requete)}
    ailleurs: set[tuple[str, Cle]] = {("total", ())}
    for f in _formations(session, acteur):
        if f.id not in atteintes:
            ailleurs |= {("responsable", (f.responsable,)), ("formateur", (f.formateur,))}
            ailleurs |= {("composante", (f.composante,))}
    return tuple(
        perimetre
        for perimetre in perimetres
        if perimetre.formation_id in atteintes
        or (perimetre.formation_id is None and (perimetre.niveau, perimetre.cle) not in ailleurs)
    )


def _tableau_entier(session: Session, acteur: Acteur, au: date, *, brut: bool) -> TableauDeMesures:
    """Le tableau de tout l'établissement ; déjà calculé sur les mêmes données, il est rendu tel quel."""
    cle = (acteur.etablissement_id, version_des_donnees(session, acteur), au, brut)
    return _gardes_de(session).lire(cle, lambda: _calculer(session, acteur, au, None if brut else "interne"))


def _gardes_de(session: Session) -> Memoire[TableauDeMesures]:
    """Les tableaux gardés pour cette base (la réserve de connexions la désigne, et disparaît avec elle)."""
    return _gardes.setdefault(session.get_bind().pool, Memoire(MESURES_GARDEES))  # type: ignore[union-attr]


def _calculer(session: Session, acteur: Acteur, au: date, diffusion: Diffusion | None) -> TableauDeMesures:
    """Tout se calcule ensemble : le masque d'une cellule dépend des autres. Les ventilations, au cumul seulement."""
    definitions, tables = charger_definitions(), lire_tables(session, acteur)
    axes = tuple(charger_ventilations())
    calculees = calculer(
        tables, definitions, au=au, ventiler=axes, diffusion=diffusion, cumul=True, ventiler_par_promotion=False
    )
    mesures, ventilations = _ranger(calculees)
    maturite = lire_la_maturite(tables, au)
    return TableauDeMesures(
        au=au,
        diffusion=diffusion,
        definitions=dict(definitions),
        perimetres=tuple(p for p in _perimetres(session, acteur) if p.niveau != "composante" or _mesure_au(p, mesures)),
        sources=tuple(sources(session, acteur)),
        _mesures={cle: _murir(definitions[cle[0]], cle, siennes, maturite) for cle, siennes in mesures.items()},
        _ventilations=ventilations,
        _courbes=lire_les_courbes(tables, definitions, au),
    )


def _murir(
    definition: Definition, cle: CleDeMesure, mesures: tuple[Mesure, ...], maturite: Maturite
) -> tuple[Mesure, ...]:
    """Les mêmes mesures, où une promotion encore partielle le dit."""
    _, niveau, perimetre = cle
    return tuple(
        replace(m, partielle=True) if maturite.partielle(definition, niveau, perimetre, m.promotion) else m
        for m in mesures
    )


def _mesure_au(perimetre: Perimetre, mesures: dict[CleDeMesure, tuple[Mesure, ...]]) -> bool:
    """Vrai si ce périmètre a des mesures."""
    return any((niveau, cle) == (perimetre.niveau, perimetre.cle) for _, niveau, cle in mesures)


def _ranger(calculees: pd.DataFrame) -> tuple[dict[CleDeMesure, tuple[Mesure, ...]], dict[CleCroisee, Modalites]]:
    """Les mesures par indicateur et périmètre, et celles de chaque modalité, toutes promotions ensemble."""
    rangees: dict[CleDeMesure, list[Mesure]] = {}
    croisees: dict[CleCroisee, list[tuple[str, Mesure]]] = {}
    lues = calculees.astype(object).where(calculees.notna(), None)
    lignes_lues: Iterator[Any] = lues.itertuples(index=False)
    for ligne in lignes_lues:
        cle = tuple(getattr(ligne, nom) for nom in CLES_PAR_NIVEAU[ligne.niveau])
        if ligne.ventilation is None:
            rangees.setdefault((ligne.indicateur, ligne.niveau, cle), []).append(_mesure(ligne))
        elif ligne.promotion is None and ligne.effectif != 0:
            croisee = croisees.setdefault((ligne.indicateur, ligne.ventilation, ligne.niveau, cle), [])
            croisee.append((ligne.modalite, _mesure(ligne)))
    return {c: tuple(m) for c, m in rangees.items()}, {c: _completer(c[1], m) for c, m in croisees.items()}


def _completer(axe: str, modalites: list[tuple[str, Mesure]]) -> Modalites:
    """Une ventilation masquée l'est toute, et les a toutes : l'absence d'une modalité dirait qu'elle est vide."""
    if not any(mesure.masque for _, mesure in modalites):
        return tuple(modalites)
    masquee = Mesure(None, None, None, None, None, None, masque=True)
    return tuple((modalite, masquee) for modalite in charger_ventilations()[axe].cles)


def _mesure(ligne: Any) -> Mesure:
    return Mesure(
        promotion=ligne.promotion,
        numerateur=_compte(ligne.numerateur),
        denominateur=_compte(ligne.denominateur),
        taux=_ou_rien(float, ligne.taux),
        ic_bas=_ou_rien(float, ligne.ic_bas),
        ic_haut=_ou_rien(float, ligne.ic_haut),
        masque=bool(ligne.masque),
        effectif=_ou_rien(int, ligne.effectif),
    )


def _compte(valeur: Any) -> Compte | None:
    """Un compte entier reste entier ; une somme d'heures ou de notes ne l'est pas."""
    if valeur is None:
        return None
    return int(valeur) if float(valeur).is_integer() else float(valeur)


def _ou_rien(genre: type[Nombre], valeur: Any) -> Nombre | None:
    return None if valeur is None else genre(valeur)


def _perimetres(session: Session, acteur: Acteur) -> Iterator[Perimetre]:
    yield Perimetre("total", (), "Tout l'établissement", "total")
    formations = _formations(session, acteur)
    composantes = {f.composante: f.composante_id for f in formations if f.composante is not None}
    for nom, identifiant in sorted(composantes.items()):
        yield Perimetre("composante", (nom,), nom, f"composante-{identifiant}", composante=nom)
    responsables = {f.responsable: f.cfa for f in formations}
    for uai, nom in sorted(responsables.items(), key=lambda paire: paire[1]):
        yield Perimetre("responsable", (uai,), nom, f"cfa-{uai}")
    lieux = {f.formateur for f in formations}
    for uai in sorted(lieux) if lieux - set(responsables) else ():
        yield Perimetre("formateur", (uai,), f"Lieu de formation {uai}", f"lieu-{uai}")
    for f in formations:
        cle = (f.rncp or None, f.cfd or None, f.responsable, f.formateur)
        yield Perimetre("formation", cle, f.libelle, f"diplome-{f.id}", exiger_id(f.id), f.composante)


class _Formation(NamedTuple):
    id: int
    libelle: str
    rncp: str
    cfd: str
    formateur: str
    responsable: str
    cfa: str
    composante_id: int | None
    composante: str | None


def _formations(session: Session, acteur: Acteur) -> list[_Formation]:
    colonnes: tuple[Any, ...] = (
        Formation.id,
        Formation.libelle,
        Formation.rncp,
        Formation.cfd,
        Formation.uai_formateur,
        Cfa.uai,
        Cfa.nom,
        Composante.id,
        Composante.nom,
    )
    requete = (
        select(*(col(colonne) for colonne in colonnes))
        .select_from(Formation)
        .join(Cfa, col(Cfa.id) == col(Formation.cfa_id))
        .outerjoin(Composante, col(Composante.id) == col(Formation.composante_id))
        .where(col(Formation.etablissement_id) == acteur.etablissement_id)
        .order_by(col(Formation.libelle), col(Formation.id))
    )
    return [_Formation(*ligne) for ligne in lignes(session, requete)]
