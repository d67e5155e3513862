"""L'édition en JSON, pour qui veut la lire depuis un autre outil (forme publique, stable)."""

from typing import Any

from charte.edition import Edition
from charte.textes import (
    Action,
    BlocCible,
    BlocSocle,
    EngagementPartie,
    Paragraphe,
    Parametre,
    Partie,
    PointPartie,
    Poste,
    Puce,
)

Json = dict[str, Any]


def edition_en_json(edition: Edition) -> Json:
    """`{"edition", "empreinte", "postes": […], "parties": {clé: …}}`, dans l'ordre du texte.

    `missions`, `parametres` et `lecture_outil` n'accompagnent une puce que s'ils existent ; `lecture_outil`
    est une lecture de l'outil, pas un texte officiel. `sous_actions` est toujours là, vide au besoin.
    """
    return {
        "edition": edition.edition,
        "empreinte": edition.empreinte,
        "postes": [_poste(poste) for poste in edition.postes],
        "parties": {partie.cle: _partie(partie) for partie in edition.parties.liste},
    }


def _poste(poste: Poste) -> Json:
    return {
        "numero": poste.numero,
        "titre": poste.titre,
        "perimetres": [
            {"id": p.id, "titre": p.titre, "actions": [_action(action) for action in p.actions]}
            for p in poste.perimetres
        ],
        "socle": [_socle(bloc) for bloc in poste.socle],
        "cible": [_cible(bloc) for bloc in poste.cible],
    }


def _action(action: Action) -> Json:
    sous_actions = [{"id": s.id, "texte": s.texte} for s in action.sous_actions]
    return {"id": action.id, "texte": action.texte, "sous_actions": sous_actions}


def _socle(bloc: BlocSocle) -> Json:
    return {"id": bloc.id, "titre": bloc.titre, "engagements": [_puce(puce) for puce in bloc.engagements]}


def _cible(bloc: BlocCible) -> Json:
    return {"id": bloc.id, "titre": bloc.titre, "exigences": [_puce(puce) for puce in bloc.exigences]}


def _puce(puce: Puce) -> Json:
    lecture = {"perimetres": list(puce.lecture_outil.perimetres), "motif": puce.lecture_outil.motif}
    return {"id": puce.id, "texte": puce.texte, **_parametres(puce.parametres), "lecture_outil": lecture}


def _parametres(parametres: tuple[Parametre, ...]) -> Json:
    if not parametres:
        return {}
    return {"parametres": [{**p.model_dump(exclude_none=True), "libelle": p.libelle} for p in parametres]}


def _partie(partie: Partie) -> Json:
    return {
        "id": partie.id,
        "numero": partie.numero,
        "titre": partie.titre,
        "introduction": [_paragraphe(paragraphe) for paragraphe in partie.introduction],
        "engagements": [_engagement(engagement) for engagement in partie.engagements],
        "points": [_point(point) for point in partie.points],
    }


def _paragraphe(paragraphe: Paragraphe) -> Json:
    return {"id": paragraphe.id, "texte": paragraphe.texte}


def _point(point: PointPartie) -> Json:
    return {
        "id": point.id,
        "titre": point.titre,
        "texte": point.texte,
        **_missions(point.missions),
        "engagements": [_engagement(engagement) for engagement in point.engagements],
    }


def _engagement(engagement: EngagementPartie) -> Json:
    return {
        "id": engagement.id,
        "texte": engagement.texte,
        **_missions(engagement.missions),
        **_parametres(engagement.parametres),
    }


def _missions(missions: tuple[int, ...]) -> Json:
    return {"missions": list(missions)} if missions else {}
