"""Le classeur d'une grille : le tirer, le déposer rempli, l'enregistrer."""

from typing import Annotated, Any

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, FromQuery
from litestar.response import Redirect, Template

from charte.acteur import Acteur, Geste
from charte.commun.base import Base
from charte.commun.reglages import Reglages
from charte.commun.telechargement import XLSX, joindre, nom_sur
from charte.commun.web import Saisies, acces
from grilles.classeur.ecriture import ecrire_le_classeur
from grilles.classeur.lecture import TAILLE_MAXIMALE
from grilles.classeur.pages import PERIME, Retour, rendre_la_page
from grilles.classeur.pli import TAILLE_MAXIMALE as PLI_MAXIMAL
from grilles.demande import lire_vue

CLASSEUR = "/diplomes/{formation_id:int}/grille/classeur"
Envoi = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)]


@get(CLASSEUR, opt=acces(Geste.LIRE), sync_to_thread=True, name="grille_classeur")
def voir_le_classeur(
    *,
    formation_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    annee: FromQuery[int | None] = None,
    partie: FromQuery[str] = "",
    enregistrees: FromQuery[int | None] = None,
    preuves: FromQuery[int] = 0,
    apercu: FromQuery[str] = "",
) -> Template:
    """La page du classeur : le tirer, le déposer, ce qui vient d'être enregistré."""
    vue = lire_vue(base, acteur, formation_id, annee, partie)
    message = PERIME if apercu == "perime" else ""
    return rendre_la_page(vue, message=message, enregistrees=enregistrees, preuves=preuves)


@get(CLASSEUR + ".xlsx", opt=acces(Geste.LIRE), sync_to_thread=True)
def tirer_le_classeur(
    *,
    formation_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    annee: FromQuery[int | None] = None,
    partie: FromQuery[str] = "",
) -> Response[bytes]:
    """Le classeur de la grille entière, pour une position."""
    grille = lire_vue(base, acteur, formation_id, annee, partie).grille
    nom = f"grille-{grille.code}-{grille.annee}-{grille.partie}.xlsx"
    return joindre(ecrire_le_classeur(grille), nom, XLSX)


@post(
    CLASSEUR, opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True, status_code=200,
    request_max_body_size=TAILLE_MAXIMALE + 1_000_000,
)  # fmt: skip
def deposer_le_classeur(
    *,
    formation_id: FromPath[int],
    data: Envoi,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
) -> Template:
    """L'aperçu d'un classeur rempli : ce qui changerait, ce qui ne se lit pas ; rien n'est encore écrit."""
    retour = Retour.de(base, reglages, acteur, formation_id, data)
    envoye = data.get("fichier")
    if not isinstance(envoye, UploadFile) or not envoye.filename:
        return rendre_la_page(retour.vue, statut=422, message="Choisissez le classeur rempli, au format .xlsx.")
    return retour.montrer(nom_sur(envoye.filename), envoye.file.read())


@post(
    CLASSEUR + "/confirmation", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True,
    request_max_body_size=PLI_MAXIMAL,
)  # fmt: skip
def ranger(
    *,
    formation_id: FromPath[int],
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
) -> Template | Redirect:
    """Enregistre tout en une transaction ; un second clic n'écrit rien de plus."""
    return Retour.de(base, reglages, acteur, formation_id, data).ranger(data)


ROUTES = (voir_le_classeur, tirer_le_classeur, deposer_le_classeur, ranger)
