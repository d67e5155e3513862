"""Une personne : la retrouver, montrer ce qui est gardé d'elle, l'extraire, l'effacer.

Tout passe par des envois de formulaire : ni l'identité ni le numéro n'entrent dans une adresse, donc dans aucun
journal de serveur ni historique de navigateur.
"""

from collections.abc import Sequence
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery
from litestar.response import Redirect, Template
from sqlalchemy import select
from sqlmodel import col

from appli.donnees_personnelles.extraction import en_json, en_xlsx, informations
from appli.donnees_personnelles.formulaires import FormulairePersonne, lire_choix, lire_numero
from appli.donnees_personnelles.registre import charger_politique
from charte.acteur import Acteur, Geste, exiger_partout
from charte.commun.base import Base, lignes, maintenant
from charte.commun.reglages import Reglages
from charte.commun.telechargement import XLSX, joindre
from charte.commun.web import ErreurDeChamp, Saisies, acces, lire_formulaire, page, vers
from charte.modeles import Etablissement
from indicateurs.imports.coffre import Coffre
from indicateurs.rgpd.classeur import decrire_tout
from indicateurs.rgpd.effacement import depots_concernes, effacer, lever_l_effacement
from indicateurs.rgpd.personne import chercher, extraire, lire_fiche

PERSONNE = "/donnees-personnelles/personne"
GESTE = Geste.GERER_PERSONNES
CHAMPS = ("ine", "nom", "prenom", "naissance", "numero")
FORMES = {
    "json": (en_json, "application/json"),
    "xlsx": (en_xlsx, XLSX),
}


@get(PERSONNE, opt=acces(GESTE), sync_to_thread=True, name="personne")
def chercher_une_personne(acteur: NamedDependency[Acteur], fait: FromQuery[str] = "") -> Template:
    """Le formulaire de recherche, et ce qui vient d'être fait."""
    exiger_partout(acteur, GESTE)
    return _page_de_recherche(fait=fait)


def _page_de_recherche(**contexte: Any) -> Template:
    vide: dict[str, Any] = {
        "saisies": dict.fromkeys(CHAMPS, ""),
        "erreurs": [],
        "fait": "",
        "fiche": None,
        "cherche": False,
    }
    return page("appli/personne.html", **{**vide, "apprentis": (), "effacees": (), "blocs": (), **contexte})


@post(PERSONNE, opt=acces(GESTE), sync_to_thread=True)
def montrer_la_personne(
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
) -> Template:
    """Ce qui est gardé de la personne qui répond à la recherche ; rien de la recherche n'est gardé."""
    formulaire, erreurs = lire_formulaire(FormulairePersonne, data)
    saisies = {champ: str(data.get(champ) or "") for champ in CHAMPS}
    if formulaire is None:
        dites = [ErreurDeChamp(e.champ or "ine", e.message) for e in erreurs]
        return _page_de_recherche(statut=422, saisies=saisies, erreurs=dites)
    with base.lecture() as session:
        vues = chercher(session, acteur, formulaire.critere, reglages.cles_identite)
        fiche = lire_fiche(session, acteur, vues.apprentis[0]) if len(vues.apprentis) == 1 else None
    trouvees = {
        "apprentis": vues.apprentis,
        "effacees": vues.effacees,
        "blocs": list(decrire_tout(fiche)) if fiche else (),
    }
    return _page_de_recherche(saisies=saisies, cherche=True, fiche=fiche, **trouvees)


@post(PERSONNE + "/extraction", opt=acces(GESTE), sync_to_thread=True, status_code=200)
def emporter_la_personne(
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
) -> Response[bytes]:
    """L'extraction à remettre à la personne ; elle entre au journal, dans la même transaction que sa lecture."""
    forme = "json" if data.get("forme") == "json" else "xlsx"
    with base.ecriture() as session:
        fiche = extraire(session, acteur, lire_numero(data), forme)
        ici = select(col(Etablissement.nom), col(Etablissement.uai)).where(
            col(Etablissement.id) == acteur.etablissement_id
        )
        nom, uai = lignes(session, ici)[0]
    rendre, genre = FORMES[forme]
    contenu = rendre(fiche, informations(charger_politique(reglages), nom, uai), maintenant())
    return joindre(contenu, f"donnees-personnelles.{forme}", genre)


@post(PERSONNE + "/effacement", opt=acces(GESTE), sync_to_thread=True)
def demander_l_effacement(
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
) -> Template:
    """La page qui dit ce qui va disparaître, et demande deux confirmations ; n'efface rien."""
    return _page_d_effacement(data, base, acteur, reglages)


def _page_d_effacement(
    data: dict[str, Any], base: Base, acteur: Acteur, reglages: Reglages, *erreurs: ErreurDeChamp
) -> Template:
    numero = lire_numero(data)
    with base.lecture() as session:
        fiche = lire_fiche(session, acteur, numero)
        depots = depots_concernes(session, acteur, numero, Coffre.de(reglages))
    choisis = lire_choix(data, "depot") if erreurs else [depot.id for depot in depots if depot.sur]
    statut = 422 if erreurs else 200
    return page("appli/effacement.html", statut=statut, fiche=fiche, depots=depots, choisis=choisis, erreurs=erreurs)


@post(PERSONNE + "/effacement/confirmation", opt=acces(GESTE), sync_to_thread=True)
def effacer_la_personne(
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
) -> Template | Redirect:
    """Efface tout d'un coup, si la case est cochée et le mot écrit."""
    if erreurs := _confirmations_manquantes(data):
        return _page_d_effacement(data, base, acteur, reglages, *erreurs)
    with base.ecriture() as session:
        effacer(session, acteur, lire_numero(data), lire_choix(data, "depot"), Coffre.de(reglages))
    return vers(PERSONNE + "?fait=effacement")


def _confirmations_manquantes(data: dict[str, Any]) -> list[ErreurDeChamp]:
    erreurs = []
    if data.get("confirmer") != "oui":
        erreurs.append(ErreurDeChamp("confirmer", "Cochez la case : elle dit que la demande est vérifiée."))
    if str(data.get("mot") or "").strip().lower() != "effacer":
        erreurs.append(ErreurDeChamp("mot", "Écrivez le mot « effacer » pour confirmer."))
    return erreurs


@post(PERSONNE + "/effacement/levee", opt=acces(GESTE), sync_to_thread=True)
def lever_un_effacement(data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]) -> Redirect:
    """Ôte la marque d'effacement : un prochain fichier pourra ranger la personne de nouveau."""
    with base.ecriture() as session:
        lever_l_effacement(session, acteur, lire_numero(data, "effacement"))
    return vers(PERSONNE + "?fait=levee")


ROUTES: Sequence[HTTPRouteHandler] = (
    chercher_une_personne,
    montrer_la_personne,
    emporter_la_personne,
    demander_l_effacement,
    effacer_la_personne,
    lever_un_effacement,
)
