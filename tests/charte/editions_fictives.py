"""Des éditions fictives, nées de l'édition livrée : on retouche ses puces, puis on les renumérote selon leur place."""

from collections.abc import Callable
from typing import Any

from charte.chargement import charger_edition, verifier
from charte.edition import Edition

Brut = dict[str, Any]
FICTIVE = "2031-01"


def brute() -> Brut:
    """L'édition livrée, prête à retoucher."""
    return charger_edition().model_dump(mode="json", exclude_defaults=True)


def fictive(*retouches: Callable[[Brut], None], nom: str = FICTIVE) -> Edition:
    """L'édition livrée, retouchée puis renumérotée ; elle passe les contrôles d'une édition."""
    brut = brute() | {"edition": nom, "date": nom}
    for retouche in retouches:
        retouche(brut)
    renumeroter(brut)
    edition = Edition.model_validate(brut)
    assert verifier(edition, nom) == []
    return edition


def listes(brut: Brut) -> list[tuple[str, list[Brut]]]:
    """Toutes les listes d'éléments évalués d'une édition, avec le préfixe de leurs identifiants."""
    trouvees: list[tuple[str, list[Brut]]] = []
    for poste in brut["annexe"]["postes"]:
        for perimetre in poste["perimetres"]:
            trouvees.append((perimetre["id"], perimetre["actions"]))
            trouvees += [(a["id"], a["sous_actions"]) for a in perimetre["actions"] if a.get("sous_actions")]
        trouvees += [(bloc["id"], bloc["engagements"]) for bloc in poste["socle"]]
        trouvees += [(bloc["id"], bloc["exigences"]) for bloc in poste["cible"]]
    return trouvees


def liste(brut: Brut, prefixe: str) -> list[Brut]:
    """La liste d'éléments d'un périmètre (« 1.1 »), d'une action (« 1.1.6 ») ou d'un bloc (« 3.S1 »)."""
    return dict(listes(brut))[prefixe]


def renumeroter(brut: Brut) -> None:
    """Donne à chaque élément l'identifiant de sa place ; une action renumérotée renumérote ses sous-actions."""
    for poste in brut["annexe"]["postes"]:
        for perimetre in poste["perimetres"]:
            _renumeroter(perimetre["id"], perimetre["actions"])
            for action in perimetre["actions"]:
                _renumeroter(action["id"], action.get("sous_actions", []))
        for bloc in poste["socle"]:
            _renumeroter(bloc["id"], bloc["engagements"])
        for bloc in poste["cible"]:
            _renumeroter(bloc["id"], bloc["exigences"])


def _renumeroter(prefixe: str, elements: list[Brut]) -> None:
    for rang, element in enumerate(elements, 1):
        element["id"] = f"{prefixe}.{rang}"


def inserer(prefixe: str, rang: int, texte: str) -> Callable[[Brut], None]:
    """Insère une action avant ce rang (compté à partir de 0)."""
    return lambda brut: liste(brut, prefixe).insert(rang, {"id": "x", "texte": texte})


def retirer(prefixe: str, rang: int) -> Callable[[Brut], None]:
    """Retire l'élément de ce rang."""
    return lambda brut: liste(brut, prefixe).__delitem__(rang)


def reecrire(prefixe: str, rang: int, avant: str, apres: str) -> Callable[[Brut], None]:
    """Change un passage de l'élément de ce rang, qui doit s'y trouver."""

    def retouche(brut: Brut) -> None:
        element = liste(brut, prefixe)[rang]
        assert avant in element["texte"]
        element["texte"] = element["texte"].replace(avant, apres)

    return retouche


def deplacer(prefixe: str, rang: int, vers: str) -> Callable[[Brut], None]:
    """Déplace l'élément de ce rang à la fin d'une autre liste."""

    def retouche(brut: Brut) -> None:
        element = liste(brut, prefixe).pop(rang)
        if "lecture_outil" in element:
            element["lecture_outil"]["perimetres"] = [f"{vers[0]}.1"]
        liste(brut, vers).append(element)

    return retouche
