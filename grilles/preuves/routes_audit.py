"""Le mode audit : un référentiel en face de nos preuves, la décision sur les correspondances, l'archive."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from litestar import get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Stream, Template

from charte.acteur import Acteur, Geste, etendue
from charte.commun.base import Base
from charte.commun.reglages import Reglages
from charte.commun.telechargement import disposition
from charte.commun.web import ErreurDeChamp, Introuvable, Saisies, acces, lire_formulaire, page, vers
from charte.referentiels import CleReferentiel, charger_referentiel
from grilles.preuves.audit import FILTRES
from grilles.preuves.coffre import coffre_des_exports
from grilles.preuves.formulaires import FormulaireDAudit, FormulaireDeDecision
from grilles.preuves.services.audit import GENRES, choisir_edition, choisir_portee, dresser_audit, portees_a_choisir
from grilles.preuves.services.lecture import aujourd_hui
from grilles.preuves.services.references import LigneVisee, decider
from grilles.preuves.travaux import Demande, demander_archive, piece_de_l_archive


@get("/audit", opt=acces(Geste.LIRE), sync_to_thread=True, name="audit")
def voir_l_audit(
    *,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    referentiel: FromQuery[str] = "",
    edition: FromQuery[str] = "",
    portee: FromQuery[str] = "",
    filtre: FromQuery[str] = "",
    archive: FromQuery[str] = "",
) -> Template:
    """Chaque ligne d'un référentiel, couverte ou non, et les preuves à ouvrir."""
    demande = Demande(*_cles(referentiel, edition), portee)
    return _page(base, acteur, demande, filtre, archive=archive)


@post("/audit/correspondances", opt=acces(Geste.PILOTER_CAMPAGNE), sync_to_thread=True)
def decider_des_correspondances(
    data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Confirme ou écarte les correspondances cochées d'une ligne, ou revient à la proposition."""
    formulaire, erreurs = lire_formulaire(FormulaireDeDecision, data)
    if formulaire is None:
        demande = Demande(*_cles(_texte(data, "referentiel"), _texte(data, "edition")), _texte(data, "portee"))
        return _page(base, acteur, demande, _texte(data, "filtre"), erreurs=erreurs)
    visee = LigneVisee(formulaire.referentiel, formulaire.edition, formulaire.reference)
    decision = None if formulaire.decision == "proposition" else formulaire.decision
    with base.ecriture() as session:
        for element in formulaire.elements:
            decider(session, acteur, element, visee, decision=decision)
    ici = Demande(formulaire.referentiel, formulaire.edition, formulaire.portee)
    return vers(f"{_adresse(ici, formulaire.filtre)}#l-{visee.reference.replace('.', '-')}")


@post("/audit/archive", opt=acces(Geste.EDITER_RAPPORT), sync_to_thread=True)
def demander_l_archive(
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
) -> Redirect:
    """Demande l'archive d'un audit, composée en fond."""
    formulaire, _ = lire_formulaire(FormulaireDAudit, data)
    if formulaire is None:
        raise Introuvable("Aucun audit de ce nom.")
    demande = Demande(*_cles(formulaire.referentiel, formulaire.edition), formulaire.portee)
    with base.ecriture() as session:
        travail_id = demander_archive(session, acteur, reglages, demande)
    suite = f"{_adresse(demande)}&archive={travail_id}"
    return vers(f"/travaux/{travail_id}?{urlencode({'suite': suite})}")


@get("/audit/archives/{archive_id:int}", opt=acces(Geste.LIRE), sync_to_thread=True, name="archive_d_audit")
def telecharger_l_archive(
    archive_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
) -> Stream:
    """L'archive prête, déchiffrée à mesure ; passé un jour, elle se redemande."""
    with base.lecture() as session:
        piece, nom = piece_de_l_archive(session, acteur, archive_id)
    coffre = coffre_des_exports(reglages)
    if piece not in coffre.pieces():
        raise Introuvable(f"L'archive {archive_id} n'est plus gardée.")
    morceaux: Iterator[bytes] = coffre.morceaux(piece)
    return Stream(morceaux, media_type="application/zip", headers={"Content-Disposition": disposition(nom)})


def _page(
    base: Base,
    acteur: Acteur,
    demande: Demande,
    filtre: str,
    *,
    archive: str = "",
    erreurs: Sequence[ErreurDeChamp] = (),
) -> Template:
    jour = aujourd_hui()
    referentiel, edition = choisir_edition(demande.referentiel, demande.edition, jour)
    with base.lecture() as session:
        portee = choisir_portee(session, acteur, demande.portee)
        audit = dresser_audit(session, acteur, referentiel, edition, portee=portee, jour=jour)
        portees = {genre: [c for c in portees_a_choisir(session, acteur) if c.genre == genre] for genre in GENRES}
        prete = _archive_prete(session, acteur, archive)
    filtre = filtre if filtre in dict(FILTRES) else ""
    return page(
        "grilles/preuves/audit.html", statut=422 if erreurs else 200, audit=audit, filtre=filtre, jour=jour,
        filtres=[(cle, mot, len(audit.garder(cle))) for cle, mot in FILTRES], portees=portees, portee=portee,
        editions=editions_a_choisir(), adresse=_adresse(demande), erreurs=list(erreurs), archive=prete,
        par_critere=[(c, list(lot)) for c, lot in groupby(audit.garder(filtre), key=lambda ligne: ligne.critere)],
        criteres={c.numero: c.titre for c in edition.criteres}, decide=etendue(acteur, Geste.PILOTER_CAMPAGNE).tout,
    )  # fmt: skip


def _archive_prete(session: Any, acteur: Acteur, archive: str) -> int | None:
    """Le numéro d'une archive prête que l'acteur peut prendre, ou None."""
    if not (archive.isascii() and archive.isdecimal() and len(archive) <= 18):
        return None
    try:
        piece_de_l_archive(session, acteur, int(archive))
    except Introuvable:
        return None
    return int(archive)


def editions_a_choisir() -> list[tuple[str, str]]:
    """(clé, nom) de chaque édition de chaque référentiel, la charte à la fin, pour une liste."""
    externes = [cle for cle in CleReferentiel if cle is not CleReferentiel.CHARTE]
    return [
        (f"{referentiel.cle}/{edition.edition}", f"{referentiel.fiche.nom}, {edition.fiche.titre.lower()}")
        for referentiel in map(charger_referentiel, (*externes, CleReferentiel.CHARTE))
        for edition in reversed(referentiel.editions)
    ]


def _cles(referentiel: str, edition: str) -> tuple[str, str]:
    """Référentiel et édition ; la liste de la page donne les deux d'un coup (« qualiopi/2026 »)."""
    cle, barre, suite = referentiel.partition("/")
    return (cle, suite) if barre else (cle, edition)


def _adresse(demande: Demande, filtre: str = "") -> str:
    parametres = {**vars(demande), **({"filtre": filtre} if filtre else {})}
    return f"/audit?{urlencode(parametres)}"


def _texte(data: Mapping[str, Any], champ: str) -> str:
    valeur = data.get(champ)
    return valeur if isinstance(valeur, str) else ""


ROUTES: Sequence[HTTPRouteHandler] = (
    voir_l_audit,
    decider_des_correspondances,
    demander_l_archive,
    telecharger_l_archive,
)
