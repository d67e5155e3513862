"""Le registre des risques : la table, un risque, l'inscrire, le changer, le clore ou le rouvrir."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from charte.acteur import Acteur, Geste
from charte.commun.base import Base
from charte.commun.classeur import en_classeur
from charte.commun.telechargement import XLSX, joindre
from charte.commun.web import ErreurDeChamp, Saisies, acces, lire_formulaire, page, vers
from grilles.mesures import LecteurDeMesures
from grilles.plan.delais import charger_echelle_des_risques
from grilles.plan.exports import ENTETES_DES_RISQUES, LARGES, table_des_risques
from grilles.plan.formulaires import FormulaireFinDeRisque, FormulaireRisque
from grilles.plan.pages import (
    champs_de,
    choix_du_risque,
    comparer,
    composer_le_registre,
    en_erreurs,
    en_valeurs,
    exiger_le_lieu,
    lire_le_lieu,
    page_d_un_risque,
)
from grilles.plan.services.origines import Provenance, preparer_risque
from grilles.plan.services.risques import (
    ConflitDeRisque,
    clore_ou_rouvrir,
    inscrire_risque,
    lire_risque,
    lister_risques,
    modifier_risque,
)
from grilles.plan.vues import Ecart
from grilles.services.saisie import SaisieRefusee

NOUVEAU, RISQUE = "/risques/nouveau", "/risques/{risque_id:int}"
LIRE, ECRIRE = acces(Geste.LIRE), acces(Geste.REMPLIR_GRILLE)


@get("/risques", opt=LIRE, sync_to_thread=True, name="risques")
def voir_le_registre(base: NamedDependency[Base], acteur: NamedDependency[Acteur]) -> Template:
    """Les risques que l'acteur lit."""
    with base.lecture() as session:
        registre = composer_le_registre(session, acteur)
    return page("grilles/plan/risques.html", registre=registre, echelle=charger_echelle_des_risques())


@get("/diplomes/{formation_id:int}/risques", opt=LIRE, sync_to_thread=True, name="risques_du_diplome")
def voir_le_registre_d_un_diplome(
    formation_id: FromPath[int], base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template:
    """Les risques d'un diplôme."""
    with base.lecture() as session:
        registre = composer_le_registre(session, acteur, formation_id)
    return page("grilles/plan/risques.html", registre=registre, echelle=charger_echelle_des_risques())


@get("/risques.xlsx", opt=LIRE, sync_to_thread=True, name="risques_xlsx")
def emporter_le_registre(
    base: NamedDependency[Base], acteur: NamedDependency[Acteur], diplome: FromQuery[int | None] = None
) -> Response[bytes]:
    """Le registre en classeur typé."""
    with base.lecture() as session:
        risques = lister_risques(session, acteur, diplome)
    table = table_des_risques(risques, charger_echelle_des_risques())
    return joindre(en_classeur("Risques", ENTETES_DES_RISQUES, table, larges=LARGES), "risques.xlsx", XLSX)


@get(NOUVEAU, opt=ECRIRE, sync_to_thread=True, name="risque_nouveau")
def preparer(
    *,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    mesures: NamedDependency[LecteurDeMesures],
    formation: FromQuery[int | None] = None,
    element: FromQuery[str] = "",
    indicateur: FromQuery[str] = "",
    origine: FromQuery[str] = "",
) -> Template:
    """Le formulaire d'un risque, déjà rempli de ce dont il part."""
    provenance = Provenance(formation, element, indicateur, origine=origine)
    with base.lecture() as session:
        champs = preparer_risque(session, acteur, provenance, mesures)
        exiger_le_lieu(session, acteur, champs["formation_id"])
    return _formulaire(base, acteur, champs)


@post(NOUVEAU, opt=ECRIRE, sync_to_thread=True)
def inscrire(data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]) -> Template | Redirect:
    """Inscrit un risque ; 422 garde la saisie."""
    formulaire, erreurs = lire_formulaire(FormulaireRisque, data)
    if formulaire is None:
        return _formulaire(base, acteur, data, erreurs=erreurs)
    try:
        with base.ecriture() as session:
            risque_id = inscrire_risque(session, acteur, formulaire)
    except SaisieRefusee as refus:
        return _formulaire(base, acteur, data, erreurs=en_erreurs(refus.champ, refus.message))
    return vers(f"/risques/{risque_id}")


@get(RISQUE, opt=LIRE, sync_to_thread=True, name="risque")
def voir(risque_id: FromPath[int], base: NamedDependency[Base], acteur: NamedDependency[Acteur]) -> Template:
    """Un risque et les actions qui le préviennent."""
    with base.lecture() as session:
        lue = page_d_un_risque(session, acteur, risque_id)
    return page("grilles/plan/risque.html", **lue, erreurs=[], motif="")


@get(RISQUE + "/modification", opt=ECRIRE, sync_to_thread=True, name="risque_modification")
def preparer_le_changement(
    risque_id: FromPath[int], base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template:
    """Le formulaire d'un risque déjà inscrit."""
    with base.lecture() as session:
        risque = lire_risque(session, acteur, risque_id, Geste.REMPLIR_GRILLE)
    return _formulaire(base, acteur, en_valeurs(risque), risque_id=risque_id)


@post(RISQUE + "/modification", opt=ECRIRE, sync_to_thread=True)
def changer(
    risque_id: FromPath[int], data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Change un risque ; 422 et 409 gardent la saisie, 409 montre aussi celle de l'autre."""
    formulaire, erreurs = lire_formulaire(FormulaireRisque, data)
    if formulaire is None:
        return _formulaire(base, acteur, data, risque_id=risque_id, erreurs=erreurs)
    try:
        with base.ecriture() as session:
            modifier_risque(session, acteur, risque_id, formulaire)
    except ConflitDeRisque as conflit:
        champs, ecarts = {**data, "version": conflit.autre.version}, comparer(conflit.formulaire, conflit.autre)
        return _formulaire(base, acteur, champs, risque_id=risque_id, ecarts=ecarts)
    return vers(f"/risques/{risque_id}")


def _formulaire(
    base: Base,
    acteur: Acteur,
    valeurs: Mapping[str, Any],
    *,
    risque_id: int | None = None,
    erreurs: Sequence[ErreurDeChamp] = (),
    ecarts: Sequence[Ecart] = (),
) -> Template:
    """Le formulaire d'un risque, nouveau ou non, avec ses fautes ou l'autre version."""
    champs = champs_de(FormulaireRisque, valeurs)
    with base.lecture() as session:
        risque = None if risque_id is None else lire_risque(session, acteur, risque_id, Geste.REMPLIR_GRILLE)
        if risque is None:
            exiger_le_lieu(session, acteur, lire_le_lieu(champs["formation_id"]))
        choix = choix_du_risque(session, acteur)
    return page(
        "grilles/plan/risque_formulaire.html", statut=409 if ecarts else 422 if erreurs else 200,
        risque=risque, champs=champs, choix=choix, erreurs=list(erreurs), ecarts=list(ecarts),
    )  # fmt: skip


@post(RISQUE + "/etat", opt=ECRIRE, sync_to_thread=True)
def changer_l_etat(
    risque_id: FromPath[int], data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Clôt ou rouvre un risque, avec son motif ; 422 garde la saisie."""
    formulaire, erreurs = lire_formulaire(FormulaireFinDeRisque, data)
    with base.lecture() as session:
        lire_risque(session, acteur, risque_id, Geste.REMPLIR_GRILLE)
        lue = page_d_un_risque(session, acteur, risque_id)
    if formulaire is None:
        motif = str(data.get("motif_cloture", ""))
        return page("grilles/plan/risque.html", statut=422, **lue, erreurs=erreurs, motif=motif)
    with base.ecriture() as session:
        clore_ou_rouvrir(session, acteur, risque_id, formulaire)
    return vers(f"/risques/{risque_id}")


ROUTES: Sequence[HTTPRouteHandler] = (
    voir_le_registre,
    voir_le_registre_d_un_diplome,
    emporter_le_registre,
    preparer,
    inscrire,
    voir,
    preparer_le_changement,
    changer,
    changer_l_etat,
)
