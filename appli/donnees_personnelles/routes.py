"""Le registre, la notice, la conservation et sa purge."""

from collections.abc import Sequence
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery
from litestar.response import Redirect, Template
from sqlalchemy import select
from sqlmodel import Session, col

from appli.donnees_personnelles import routes_personne
from appli.donnees_personnelles.comptes import comptes_inactifs, effacer_les_comptes
from appli.donnees_personnelles.formulaires import lire_choix, lire_numero
from appli.donnees_personnelles.notice import notice_en_texte, rediger_la_notice
from appli.donnees_personnelles.purge import DEMAIN, limite_des_parcours, prevoir
from appli.donnees_personnelles.registre import A_COMPLETER, FICHIER_LOCAL, charger_politique
from charte.acteur import Acteur, Geste, etendue
from charte.commun.base import Base, lignes, maintenant
from charte.commun.reglages import Reglages
from charte.commun.saisies import lire_jour
from charte.commun.telechargement import joindre
from charte.commun.web import ErreurDeChamp, Saisies, acces, page, vers
from charte.modeles import Etablissement
from indicateurs.rgpd.conservation import ParcoursEchus, PurgeChangee, parcours_echus, purger_les_parcours

CONSERVATION = "/donnees-personnelles/conservation"
TITRE_DE_LA_NOTICE = "Vos données et le suivi de l’apprentissage"


@get("/donnees-personnelles", opt=acces(Geste.PUBLIC), sync_to_thread=True, name="donnees_personnelles")
def montrer_le_registre(reglages: NamedDependency[Reglages]) -> Template:
    """Ce que l'outil garde sur les personnes, pourquoi, combien de temps : le registre des traitements."""
    politique = charger_politique(reglages)
    return page("appli/donnees_personnelles.html", politique=politique, a_completer=A_COMPLETER, fichier=FICHIER_LOCAL)


def lire_l_etablissement(session: Session, acteur: Acteur) -> tuple[str, str | None]:
    """(nom, code UAI) de l'établissement de l'acteur."""
    ici = col(Etablissement.id) == acteur.etablissement_id
    nom, uai = lignes(session, select(col(Etablissement.nom), col(Etablissement.uai)).where(ici))[0]
    return str(nom), uai


def _notice(base: Base, acteur: Acteur, reglages: Reglages) -> dict[str, Any]:
    with base.lecture() as session:
        nom, uai = lire_l_etablissement(session, acteur)
    return {"etablissement": nom, "paragraphes": rediger_la_notice(charger_politique(reglages), nom, uai)}


@get("/donnees-personnelles/notice", opt=acces(Geste.LIRE), sync_to_thread=True, name="notice")
def montrer_la_notice(
    base: NamedDependency[Base], acteur: NamedDependency[Acteur], reglages: NamedDependency[Reglages]
) -> Template:
    """Le modèle de notice d'information des apprentis, à compléter et à imprimer."""
    return page("appli/notice.html", titre_de_la_notice=TITRE_DE_LA_NOTICE, **_notice(base, acteur, reglages))


@get("/donnees-personnelles/notice.md", opt=acces(Geste.LIRE), sync_to_thread=True, name="notice_en_texte")
def emporter_la_notice(
    base: NamedDependency[Base], acteur: NamedDependency[Acteur], reglages: NamedDependency[Reglages]
) -> Response[bytes]:
    """Le même modèle, en texte à reprendre dans un traitement de texte."""
    texte = notice_en_texte(TITRE_DE_LA_NOTICE, _notice(base, acteur, reglages)["paragraphes"])
    return joindre(texte, "notice-apprentis.md", "text/markdown")


@get(CONSERVATION, opt=acces(Geste.GERER_PERSONNES), sync_to_thread=True, name="conservation")
def montrer_la_conservation(
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
    fait: FromQuery[str] = "",
) -> Template:
    """Les durées de conservation, et ce que la prochaine purge effacera, avant de le faire."""
    return page("appli/conservation.html", erreurs=[], fait=fait, **_prevision(base, acteur, reglages))


def _prevision(base: Base, acteur: Acteur, reglages: Reglages) -> dict[str, Any]:
    politique, instant = charger_politique(reglages), maintenant()
    administre = etendue(acteur, Geste.ADMINISTRER).tout
    with base.lecture() as session:
        echeances = prevoir(session, acteur, politique, instant)
        limite = politique.categories["comptes_inactifs"].avant(instant)
        return {
            "politique": politique,
            "echeances": echeances,
            "parcours": parcours_echus(session, acteur, limite_des_parcours(politique, instant)),
            "comptes": comptes_inactifs(session, acteur, limite) if administre else [],
            "demain": instant + DEMAIN,
            "fichier": FICHIER_LOCAL,
        }


@post(CONSERVATION + "/parcours", opt=acces(Geste.GERER_PERSONNES), sync_to_thread=True)
def effacer_les_parcours_echus(
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
) -> Template | Redirect:
    """Efface les parcours gardés trop longtemps, s'ils sont bien ceux que la page montrait."""
    try:
        with base.ecriture() as session:
            purger_les_parcours(session, acteur, _attendus(data, reglages))
    except PurgeChangee:
        faute = ErreurDeChamp("confirmer", _CHANGEE if data.get("confirmer") == "oui" else _A_COCHER)
        return page(
            "appli/conservation.html", statut=422, erreurs=[faute], fait="", **_prevision(base, acteur, reglages)
        )
    return vers(CONSERVATION + "?fait=parcours")


_CHANGEE = "Ce qui serait effacé a changé depuis que la page est ouverte : relisez les nombres, puis confirmez."
_A_COCHER = "Cochez la case pour confirmer : un parcours effacé ne revient que si son fichier est déposé de nouveau."


def _attendus(data: dict[str, Any], reglages: Reglages) -> ParcoursEchus:
    """Ce que la page montrait, d'après ses champs. Lève `PurgeChangee` si rien n'est confirmé ou si la règle change."""
    limite = limite_des_parcours(charger_politique(reglages), maintenant())
    parcours, contrats, personnes = (lire_numero(data, champ) for champ in ("parcours", "contrats", "personnes"))
    try:
        montree, ancienne = lire_jour(data.get("limite")), lire_jour(data.get("plus_ancienne"))
    except ValueError as erreur:
        raise PurgeChangee from erreur
    if data.get("confirmer") != "oui" or montree != limite:
        raise PurgeChangee
    return ParcoursEchus(limite, parcours, contrats, personnes, ancienne)


@post(CONSERVATION + "/comptes", opt=acces(Geste.ADMINISTRER), sync_to_thread=True)
def effacer_les_comptes_inactifs(
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
) -> Redirect:
    """Ferme et anonymise les comptes cochés, parmi ceux qui ne servent plus."""
    limite = charger_politique(reglages).categories["comptes_inactifs"].avant(maintenant())
    with base.ecriture() as session:
        effacer_les_comptes(session, acteur, lire_choix(data, "compte"), limite)
    return vers(CONSERVATION + "?fait=comptes")


ROUTES: Sequence[HTTPRouteHandler] = (
    montrer_le_registre,
    montrer_la_notice,
    emporter_la_notice,
    montrer_la_conservation,
    effacer_les_parcours_echus,
    effacer_les_comptes_inactifs,
    *routes_personne.ROUTES,
)
