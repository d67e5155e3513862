"""Lecture stricte des données de règles : un YAML douteux est refusé, avec le fichier et l'endroit nommés.

Les règles de l'outil (texte de la charte, définitions, formats) sont des fichiers YAML datés et sourcés.
Une clé en double y effacerait en silence la première, une faute de frappe y passerait pour un oubli :
les deux sont refusées ici, une fois pour tous les paquets.
"""

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

__all__ = [
    "DonneeGelee",
    "DonneesInvalides",
    "charger_modele",
    "lire_yaml",
    "nom_affiche",
    "raison_de_faute",
    "valider_modele",
]

_RACINE = Path(__file__).resolve().parents[2]
_LecteurRapide: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class DonneesInvalides(ValueError):
    """Un fichier de données est absent, illisible ou contraire à son modèle ; le message nomme le fichier."""


class DonneeGelee(BaseModel):
    """Base des modèles de données : immuable, toute clé inconnue refusée."""

    model_config = ConfigDict(frozen=True, extra="forbid")


ModeleLu = TypeVar("ModeleLu", bound=BaseModel)


class _CleRefusee(yaml.MarkedYAMLError):
    """Clé en double ou inutilisable, levée pendant la construction des dictionnaires."""


class _LecteurStrict(_LecteurRapide):  # type: ignore[misc]
    """Lecteur YAML sûr qui refuse deux fois la même clé dans un même groupe."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Construit le dictionnaire d'un groupe de clés, ou lève `_CleRefusee` à la première clé répétée."""
        vues: set[Hashable] = set()
        for noeud_cle, _ in node.value:
            cle = self.construct_object(noeud_cle, deep=True)
            if not isinstance(cle, Hashable):
                raise _CleRefusee(problem="une clé doit être un texte ou un nombre", problem_mark=noeud_cle.start_mark)
            if cle in vues:
                raise _CleRefusee(
                    problem=f"la clé « {cle} » est donnée deux fois ; gardez-en une seule",
                    problem_mark=noeud_cle.start_mark,
                )
            vues.add(cle)
        construit: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        return construit


def nom_affiche(chemin: Path) -> str:
    """Nom d'un fichier pour les messages : relatif au projet quand il en fait partie, tel quel sinon."""
    absolu = chemin.resolve()
    return absolu.relative_to(_RACINE).as_posix() if absolu.is_relative_to(_RACINE) else str(chemin)


def lire_yaml(chemin: Path | str) -> Any:
    """Lit un fichier YAML (UTF-8) et rend son contenu brut.

    Lève `DonneesInvalides`, avec fichier et ligne, si le fichier est absent, vide, mal encodé, mal formé,
    ou si une clé y est donnée deux fois dans le même groupe.
    """
    chemin = Path(chemin)
    nom = nom_affiche(chemin)
    try:
        texte = chemin.read_text(encoding="utf-8")
    except OSError as erreur:
        raise DonneesInvalides(f"{nom} : fichier absent ou illisible") from erreur
    except UnicodeDecodeError as erreur:
        raise DonneesInvalides(
            f"{nom} : le fichier n'est pas en UTF-8 (octet {erreur.start + 1}) ; enregistrez-le en UTF-8"
        ) from erreur
    contenu = _construire(texte, nom)
    if contenu is None:
        raise DonneesInvalides(f"{nom} : le fichier est vide")
    return contenu


def _construire(texte: str, nom: str) -> Any:
    """Analyse le texte YAML ; traduit toute faute de forme en `DonneesInvalides`."""
    try:
        return yaml.load(texte, Loader=_LecteurStrict)  # noqa: S506 (le lecteur hérite du lecteur sûr)
    except yaml.MarkedYAMLError as erreur:
        repere = erreur.problem_mark or erreur.context_mark
        endroit = f", ligne {repere.line + 1}, colonne {repere.column + 1}" if repere else ""
        raison = erreur.problem if isinstance(erreur, _CleRefusee) else f"YAML mal formé ({erreur.problem})"
        raise DonneesInvalides(f"{nom}{endroit} : {raison}") from erreur
    except (yaml.YAMLError, ValueError) as erreur:
        raise DonneesInvalides(f"{nom} : YAML mal formé ({erreur})") from erreur


def charger_modele(chemin: Path | str, Modele: type[ModeleLu]) -> ModeleLu:  # noqa: N803 (une classe)
    """Lit un fichier YAML et le valide contre un modèle pydantic (de préférence un `DonneeGelee`).

    Lève `DonneesInvalides` : une ligne par faute, « fichier : chemin.dans.le.fichier : raison ». Les rangs
    dans les listes sont comptés à partir de 1.
    """
    chemin = Path(chemin)
    return valider_modele(lire_yaml(chemin), Modele, nom_affiche(chemin))


def valider_modele(brut: Any, Modele: type[ModeleLu], nom: str) -> ModeleLu:  # noqa: N803 (une classe)
    """Valide un contenu déjà lu ; `nom` est le nom de fichier mis en tête de chaque faute."""
    try:
        return Modele.model_validate(brut)
    except ValidationError as erreur:
        fautes = [_dire_faute(nom, dict(faute)) for faute in erreur.errors(include_url=False)]
        raise DonneesInvalides("\n".join(fautes)) from erreur


def _dire_faute(nom: str, faute: dict[str, Any]) -> str:
    etapes = [str(etape + 1) if isinstance(etape, int) else str(etape) for etape in faute["loc"]]
    raison = raison_de_faute(faute)
    return " : ".join([nom, ".".join(etapes), raison] if etapes else [nom, raison])


_RAISONS_FIXES = {
    "missing": "champ manquant",
    "extra_forbidden": "clé inconnue",
    "string_type": "texte attendu",
    "int_type": "nombre entier attendu",
    "int_parsing": "nombre entier attendu",
    "int_from_float": "nombre entier attendu",
    "float_type": "nombre attendu",
    "float_parsing": "nombre attendu",
    "decimal_type": "nombre attendu",
    "decimal_parsing": "nombre attendu",
    "bool_type": "vrai ou faux attendu (true, false)",
    "bool_parsing": "vrai ou faux attendu (true, false)",
    "date_type": "date attendue (AAAA-MM-JJ)",
    "date_parsing": "date attendue (AAAA-MM-JJ)",
    "date_from_datetime_parsing": "date attendue (AAAA-MM-JJ)",
    "list_type": "liste attendue",
    "tuple_type": "liste attendue",
    "set_type": "liste attendue",
    "frozen_set_type": "liste attendue",
    "dict_type": "groupe de clés attendu",
    "model_type": "groupe de clés attendu",
    "model_attributes_type": "groupe de clés attendu",
    "none_required": "champ qui doit rester vide",
    "url_parsing": "adresse attendue (https://…)",
}

_RAISONS_CALCULEES: dict[str, Callable[[dict[str, Any]], str]] = {
    "literal_error": lambda ctx: f"valeur imprévue, attendu : {_lister(ctx['expected'])}",
    "enum": lambda ctx: f"valeur imprévue, attendu : {_lister(ctx['expected'])}",
    "string_too_short": lambda ctx: f"texte trop court, {ctx['min_length']} caractère(s) au moins",
    "string_too_long": lambda ctx: f"texte trop long, {ctx['max_length']} caractère(s) au plus",
    "string_pattern_mismatch": lambda ctx: f"texte qui ne suit pas le motif {ctx['pattern']}",
    "too_short": lambda ctx: f"liste trop courte, {ctx['min_length']} élément(s) au moins",
    "too_long": lambda ctx: f"liste trop longue, {ctx['max_length']} élément(s) au plus",
    "greater_than": lambda ctx: f"valeur trop petite, plus de {ctx['gt']} attendu",
    "greater_than_equal": lambda ctx: f"valeur trop petite, {ctx['ge']} au moins",
    "less_than": lambda ctx: f"valeur trop grande, moins de {ctx['lt']} attendu",
    "less_than_equal": lambda ctx: f"valeur trop grande, {ctx['le']} au plus",
    "union_tag_invalid": lambda ctx: f"genre imprévu « {ctx['tag']} », attendu : {_lister(ctx['expected_tags'])}",
    "union_tag_not_found": lambda ctx: f"champ {ctx['discriminator']} manquant",
    "value_error": lambda ctx: str(ctx["error"]),
    "assertion_error": lambda ctx: str(ctx["error"]),
}

_SANS_VALEUR = {"missing", "extra_forbidden", "value_error", "assertion_error", "model_type", "dict_type"}


def _lister(attendus: object) -> str:
    return str(attendus).replace(" or ", " ou ")


def raison_de_faute(faute: dict[str, Any]) -> str:
    """Raison en français d'une faute pydantic, avec la valeur lue quand elle aide à la retrouver."""
    genre = str(faute["type"])
    if genre in _RAISONS_CALCULEES:
        raison = _RAISONS_CALCULEES[genre](faute.get("ctx", {}))
    else:
        raison = _RAISONS_FIXES.get(genre, f"valeur refusée ({genre})")
    lue = faute.get("input")
    if genre in _SANS_VALEUR or isinstance(lue, dict | list | tuple):
        return raison
    return f"{raison} ; lu : « {'vide' if lue is None else lue} »"
