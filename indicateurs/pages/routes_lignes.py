"""« Pourquoi ce chiffre ? », jusqu'aux lignes : à l'écran, ou dans un fichier dont le départ entre au journal."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Template
from sqlmodel import Session

from charte.acteur import Acteur, Geste
from charte.commun.base import Base
from charte.commun.csv_francais import ecrire_csv
from charte.commun.telechargement import joindre
from charte.commun.web import Introuvable, Saisies, acces, page
from indicateurs.definitions import Definition
from indicateurs.pages.demande import Lue, lire, lire_l_adresse
from indicateurs.services.lignes import LigneDeMesure, LignesDeMesure, lire_les_lignes, noter_l_extraction, se_detaille
from indicateurs.services.origines import DepotCite, Origine, Origines, lire_les_origines

__all__ = ["ROUTES"]

LIGNES_PAR_PAGE = 50
COMMUNS = ("Parcours", "Promotion", "Dans la cohorte", "Ce qui l’en écarte", "Compté", "Ce qui est lu")
ENTETES = (*COMMUNS, "Sources")
EMPORTES = (*COMMUNS, "Fichier", "Ligne", "Sources")


@get("/indicateurs/{cle:str}/lignes", opt=acces(Geste.LIRE_EFFECTIFS_BRUTS), sync_to_thread=True, name="lignes")
def voir_les_lignes(
    cle: FromPath[str],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    perimetre: FromQuery[str] = "",
    au: FromQuery[str] = "",
    promotion: FromQuery[str] = "",
    numero: FromQuery[str] = "1",
) -> Template:
    """Chaque ligne sous son numéro interne : dans la cohorte ou non, pourquoi, et où elle a été lue."""
    with base.lecture() as session:
        lue, lues = _lire(session, acteur, cle, (perimetre, au, promotion))
        definition, (rang, pages, montrees) = lue.tableau.definitions[cle], _page(lues, numero)
        origines, depots = lire_les_origines(session, acteur, definition, montrees)
    cellules = [(*_cellules(ligne), _sources(dites)) for ligne, dites in zip(montrees, origines, strict=True)]
    contexte: dict[str, Any] = {"lue": lue, "lues": lues, "numero": rang, "pages": pages, "promotion": promotion}
    return page(
        "indicateurs/lignes.html", definition=definition, lignes=cellules, entetes=ENTETES, depots=depots, **contexte
    )


def _page(lues: LignesDeMesure, numero: str) -> tuple[int, int, tuple[LigneDeMesure, ...]]:
    """(numéro de page, nombre de pages, lignes montrées)."""
    pages = max(1, -(-len(lues.lignes) // LIGNES_PAR_PAGE))
    rang = min(max(int(numero), 1), pages) if numero.isdecimal() and len(numero) < 7 else 1
    return rang, pages, lues.lignes[(rang - 1) * LIGNES_PAR_PAGE : rang * LIGNES_PAR_PAGE]


@post(
    "/indicateurs/{cle:str}/lignes.csv", opt=acces(Geste.LIRE_EFFECTIFS_BRUTS), sync_to_thread=True, status_code=200
)  # fmt: skip
def emporter_les_lignes(
    cle: FromPath[str], data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Response[bytes]:
    """Les mêmes lignes en CSV ; elles parlent de personnes : les emporter entre au journal."""
    demandee = (_texte(data, "perimetre"), _texte(data, "au"), _texte(data, "promotion"))
    with base.lecture() as session:
        lue, lues = _lire(session, acteur, cle, demandee)
        rangees = _a_emporter(session, acteur, lue.tableau.definitions[cle], lues)
    with base.ecriture() as session:
        noter_l_extraction(session, acteur, lue.tableau.definitions[cle], lue.perimetre)
    table = "\ufeff" + ecrire_csv(EMPORTES, rangees)
    return joindre(table, f"lignes-{cle}-{lue.perimetre.adresse}-{lue.tableau.au:%Y-%m-%d}.csv", "text/csv")


def _a_emporter(
    session: Session, acteur: Acteur, definition: Definition, lues: LignesDeMesure
) -> list[tuple[str, ...]]:
    origines, depots = lire_les_origines(session, acteur, definition, lues.lignes)
    return [
        (*_cellules(ligne), ligne.fichier, str(ligne.ligne), _sources(dites, depots))
        for ligne, dites in zip(lues.lignes, origines, strict=True)
    ]


def _texte(data: dict[str, Any], champ: str) -> str:
    valeur = data.get(champ, "")
    return valeur if isinstance(valeur, str) else ""


def _lire(session: Session, acteur: Acteur, cle: str, demandee: tuple[str, str, str]) -> tuple[Lue, LignesDeMesure]:
    perimetre, au, promotion = demandee
    lue = lire(session, acteur, lire_l_adresse(perimetre, au), geste=Geste.LIRE_EFFECTIFS_BRUTS)
    definition = lue.tableau.definitions.get(cle)
    if definition is None or not se_detaille(definition):
        raise Introuvable
    lues = lire_les_lignes(session, acteur, definition, lue.perimetre, au=lue.tableau.au, promotion=promotion)
    if promotion and promotion not in lues.promotions:
        raise Introuvable
    return lue, lues


def _cellules(ligne: LigneDeMesure) -> tuple[str, ...]:
    jugement = ligne.jugement
    return (
        f"n° {ligne.parcours}",
        ligne.promotion,
        "oui" if jugement.cohorte else "non",
        " ; ".join(f"n’est pas vrai : {raison}" for raison in jugement.raisons),
        jugement.apport,
        " ; ".join(f"{nom} : {_ecrire(valeur)}" for nom, valeur in ligne.faits),
    )


def _sources(origines: Origines, depots: Mapping[int, DepotCite] | None = None) -> str:
    """« n° 3, ligne 12 ; fin anticipée : n° 5, ligne 2 » ; avec `depots`, chacun dit son fichier et son jour."""
    par_origine: dict[tuple[Origine, ...], list[str]] = {}
    for nom, autres in origines.autres:
        par_origine.setdefault(autres, []).append(nom)
    dites = [_origine(origines.commune, depots)]
    for autres, noms in par_origine.items():
        dites.append(f"{', '.join(noms)} : {', '.join(_origine(autre, depots) for autre in autres)}")
    return " ; ".join(dites)


def _origine(origine: Origine, depots: Mapping[int, DepotCite] | None) -> str:
    cite = None if depots is None else depots.get(origine.depot)
    qui = [f"n° {origine.depot}"]
    if cite is not None:
        qui = [
            f"dépôt n° {origine.depot} ({', '.join(filter(None, (cite.nom, cite.source, f'{cite.jour:%d/%m/%Y}')))})"
        ]
    return ", ".join([*qui, *([f"ligne {origine.ligne}"] if origine.ligne else [])])


def _ecrire(valeur: object) -> str:
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, date):
        return f"{valeur:%d/%m/%Y}"
    return f"{valeur:g}".replace(".", ",") if isinstance(valeur, float) else str(valeur)


ROUTES: Sequence[HTTPRouteHandler] = (voir_les_lignes, emporter_les_lignes)
