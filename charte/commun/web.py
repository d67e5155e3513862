"""Ce que les `routes.py` partagent : rendre une page, lire une saisie brute, dire introuvable ou conflit.

Écrire une route :

    @get("/formations/{formation_id:int}", opt=acces(Geste.LIRE), sync_to_thread=True, name="formation")
    def voir(formation_id: FromPath[int], base: NamedDependency[Base], acteur: NamedDependency[Acteur]) -> Template:
        with base.lecture() as session:
            fiche = lire_formation(session, acteur, formation_id)   # lève Introuvable
        return page("appli/formation.html", fiche=fiche)

    @post("/formations/{formation_id:int}", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True)
    def changer(formation_id: FromPath[int], data: Saisies, base: …, acteur: …) -> Template | Redirect:
        formulaire, erreurs = lire_formulaire(FormulaireFormation, data)
        ...                                                          # erreurs : page(..., statut=422)

Dépendances offertes par l'application : `base` (Base), `acteur` (Acteur), `reglages` (Reglages).

Tout formulaire POST porte `{{ csrf() }}` (champ caché `_csrf`), encodage simple ou avec fichiers ; htmx envoie le même
jeton dans l'en-tête `X-CSRF-Token`, posé une fois par la charpente. Sans jeton de la session, la réponse est 403. Un
envoi ordinaire est limité à 1 Mo ; une route de dépôt demande davantage par `request_max_body_size`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from litestar.enums import RequestEncodingType
from litestar.exceptions import NotFoundException
from litestar.params import Body
from litestar.response import Redirect, Template
from pydantic import BaseModel, ValidationError

from charte.acteur import Geste
from charte.commun.donnees import raison_de_faute

Saisies = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
"""Corps de formulaire brut : les types se vérifient dans le gestionnaire, pour rendre la page avec les valeurs."""

F = TypeVar("F", bound=BaseModel)


class Introuvable(NotFoundException):
    """Rien à cette adresse, ou rien que l'acteur puisse voir : la même page dans les deux cas."""


@dataclass(frozen=True)
class ErreurDeChamp:
    """Une saisie refusée : le champ, ce qui ne va pas et le remède."""

    champ: str
    message: str


def acces(geste: Geste) -> dict[str, Any]:
    """L'option d'une route qui dit le geste demandé ; une route sans geste ne démarre pas."""
    return {"geste": geste}


def page(gabarit: str, *, statut: int = 200, **contexte: Any) -> Template:
    """Une page rendue depuis un gabarit ; `contexte` ne porte que des valeurs (jamais une relation paresseuse)."""
    return Template(template_name=gabarit, context=contexte, status_code=statut)


def vers(adresse: str) -> Redirect:
    """Redirection après écriture (303 : le navigateur relit par GET)."""
    return Redirect(path=adresse, status_code=303)


def lire_formulaire(modele: type[F], saisies: Mapping[str, Any]) -> tuple[F | None, list[ErreurDeChamp]]:
    """Valide des saisies brutes ; rend (formulaire, []) ou (None, erreurs), jamais d'exception."""
    try:
        return modele.model_validate(dict(saisies)), []
    except ValidationError as erreur:
        fautes = [dict(faute) for faute in erreur.errors(include_url=False)]
        return None, [ErreurDeChamp(_champ(faute), raison_de_faute(faute)) for faute in fautes]


def _champ(faute: dict[str, Any]) -> str:
    return str(faute["loc"][0]) if faute["loc"] else ""
