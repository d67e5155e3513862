"""L'empreinte de structure d'une page : ce que les contrôles du navigateur regardent d'elle, son texte mis à part.

Deux rôles qui voient la même structure n'ont pas à la faire contrôler deux fois. Une empreinte est un ENSEMBLE de
traits (un élément, ses attributs, ses ancêtres) : vingt lignes d'un tableau n'en font qu'une, un bouton de plus en est
un nouveau. Ce qui MANQUE (une étiquette, une légende, la cible d'un lien, un nom) est un trait aussi : une page n'est
tenue pour déjà vue que si elle n'a rien de moins.
"""

from collections import Counter
from html.parser import HTMLParser

PORTES = {"class", "role", "type", "tabindex", "scope", "lang", "aria-current", "aria-hidden", "aria-invalid", "hidden"}
"""Les attributs dont la valeur compte ; des autres, on retient s'ils sont là et s'ils sont vides."""
RENVOIS = ("aria-labelledby", "aria-describedby", "aria-controls", "for", "form")
SEULS = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
NOMMES = {"a", "button", "caption", "h1", "h2", "h3", "h4", "h5", "h6", "label", "legend", "summary", "th", "title"}
"""Ce qui doit avoir un texte : vide, c'est un autre trait."""
CHAMPS = {"input", "select", "textarea"}
PROFONDEUR = 4
"""Combien d'ancêtres un trait retient : assez pour une règle de style ou un rôle hérité."""


class _Ouvert:
    def __init__(self, balise: str, trait: str) -> None:
        self.balise, self.trait = balise, trait
        self.texte = self.legende = False


class _Lecteur(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.traits: set[str] = set()
        self.ids: Counter[str] = Counter()
        self.compte: Counter[str] = Counter()
        self.renvois: set[tuple[str, str]] = set()
        self.etiquettes: set[str] = set()
        self.champs: list[tuple[str, str]] = []
        self.pile: list[_Ouvert] = []
        self.niveau = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        donnes = {nom: valeur or "" for nom, valeur in attrs}
        trait = tag + "".join(sorted(_attribut(nom, valeur) for nom, valeur in donnes.items()))
        self.traits.add(" > ".join([*(ouvert.trait for ouvert in self.pile[-PROFONDEUR:]), trait]))
        self._retenir(tag, trait, donnes)
        if tag == "caption" and self.pile:
            self.pile[-1].legende = True
        if tag not in SEULS:
            self.pile.append(_Ouvert(tag, trait))

    def _retenir(self, tag: str, trait: str, donnes: dict[str, str]) -> None:
        """Ce qui ne se juge qu'à la fin de la page, et l'ordre des titres."""
        self.compte[tag] += 1
        self.ids.update([donnes["id"]] if donnes.get("id") else [])
        self.renvois |= {(nom, cible) for nom in RENVOIS for cible in donnes.get(nom, "").split()}
        if donnes.get("href", "").startswith("#"):
            self.renvois.add(("href", donnes["href"][1:]))
        if tag == "label":
            self.etiquettes.add(donnes.get("for", ""))
        if tag in CHAMPS:
            self.champs.append((trait, donnes.get("id", "")))
        if tag in {"h1", "h2", "h3", "h4", "h5", "h6"}:
            self.traits.add(f"h{self.niveau} puis {tag}")
            self.niveau = int(tag[1])

    def handle_endtag(self, tag: str) -> None:
        while self.pile:
            ferme = self.pile.pop()
            if ferme.balise in NOMMES and not ferme.texte:
                self.traits.add(f"sans texte : {ferme.trait}")
            if ferme.balise == "table" and not ferme.legende:
                self.traits.add(f"sans légende : {ferme.trait}")
            if ferme.texte and self.pile:
                self.pile[-1].texte = True
            if ferme.balise == tag:
                return

    def handle_data(self, data: str) -> None:
        if self.pile and data.strip():
            self.pile[-1].texte = True

    def manques(self) -> set[str]:
        """Ce qui est en double, sans cible ou sans étiquette, et le nombre de ce qui doit être seul."""
        return {
            *(f"id en double : {cle}" for cle, nombre in self.ids.items() if nombre > 1),
            *(f"{nom} sans cible" for nom, cible in self.renvois if cible and cible not in self.ids),
            *(f"{trait} : étiquette {cle in self.etiquettes}" for trait, cle in self.champs),
            *(f"{nom} : {self.compte[nom]}" for nom in ("h1", "main", "header", "footer", "nav")),
        }


def _attribut(nom: str, valeur: str) -> str:
    if nom in PORTES:
        return f"[{nom}={valeur}]"
    return f"[{nom}]" if valeur else f"[{nom} vide]"


def empreinte(html: str) -> frozenset[str]:
    """Les traits d'une page entière."""
    lecteur = _Lecteur()
    lecteur.feed(html)
    return frozenset(lecteur.traits | lecteur.manques())
