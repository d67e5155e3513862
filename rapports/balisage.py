"""Réparer le balisage du PDF : WeasyPrint 70 pose de bonnes balises, page par page ; ce module refait l'arbre entier.

Ce qu'il répare, par le crochet `finisher` de WeasyPrint :

- un élément coupé par un saut de page y fait deux balises : elles redeviennent une ;
- l'en-tête d'un tableau répété à chaque page, les en-têtes et pieds de page y sont lus : ils deviennent des artefacts ;
- une cellule d'en-tête y est sans portée (`Scope`), un sommaire sans `TOC`, un lien dit son ancre, une figure se
  mesure depuis le haut : tout cela est écrit comme le veut la norme ISO 14289-1 (PDF/UA-1).

WeasyPrint ne garde pas de quel élément HTML vient une balise : `observer` l'apprend pendant la fabrication. La version
est épinglée dans `pyproject.toml`, et un test échoue si la fonction observée change de nom.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

_PX_EN_POINTS = 0.75
_PORTEES = {"row": "/Row", "rowgroup": "/Row", "col": "/Column", "colgroup": "/Column"}
_NUMEROTATIONS = {"ul": "/Disc", "ol": "/Decimal"}


@dataclass(frozen=True)
class Origine:
    """D'où vient une balise : l'élément HTML, et si la boîte est la sienne ou une boîte anonyme."""

    html: Any
    balise: str


@dataclass
class Feuille:
    """Un contenu marqué d'une page (`page` : référence de la page, `mcid` : son numéro)."""

    page: Any
    mcid: int


@dataclass
class Annotation:
    """Une annotation (lien) rattachée à l'arbre : la référence de son `OBJR`, l'annotation, sa page."""

    reference: Any
    objet: Any
    page: Any

    def contient(self, autre: Annotation) -> bool:
        """Vrai si le cadre de l'autre est dans celui-ci, sur la même page."""
        (g1, b1, d1, h1), (g2, b2, d2, h2) = (_cadre(a.objet["Rect"]) for a in (self, autre))
        return bool(self.page == autre.page and g1 <= g2 and b1 <= b2 and d1 >= d2 and h1 >= h2)


@dataclass
class Noeud:
    """Une balise et ses enfants."""

    dictionnaire: Any
    origine: Origine | None
    enfants: list[Noeud | Feuille | Annotation] = field(default_factory=list)

    @property
    def nom(self) -> str:
        """Le nom de la balise (« /P »)."""
        return str(self.dictionnaire["S"])


def _cadre(rectangle: Any) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = rectangle
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


@contextmanager
def observer() -> Iterator[dict[int, Origine]]:
    """Note, pendant le rendu, l'élément HTML d'où vient chaque balise (clé : `id` du dictionnaire)."""
    from weasyprint.pdf import tags

    origines: dict[int, Origine] = {}
    fabrique = tags._build_box_tree

    def fabriquer(box: Any, *reste: Any) -> Iterator[Any]:
        vraie = getattr(box, "_box", box)
        for balise in fabrique(box, *reste):
            if vraie.element is not None:
                origines.setdefault(id(balise), Origine(vraie.element, str(balise["S"])))
            yield balise

    tags._build_box_tree = fabriquer
    try:
        yield origines
    finally:
        tags._build_box_tree = fabrique


def reparer(pdf: Any, origines: dict[int, Origine]) -> None:
    """Refait l'arbre des balises d'un `pydyf.PDF` prêt à s'écrire ; à appeler dans le `finisher`."""
    racine = _objet(pdf, pdf.catalog["StructTreeRoot"])
    arbre = _lire(pdf, _objet(pdf, racine["K"][0]), origines)
    orphelins: list[Any] = []
    renvois: dict[str, str] = {}
    arbre.enfants = _reunir(arbre.enfants, orphelins, renvois)
    _parfaire(pdf, arbre)
    _renvoyer(arbre, renvois)
    _ecrire(arbre)
    _indexer(pdf, racine, arbre)
    for dictionnaire in orphelins:
        dictionnaire.clear()


def _objet(pdf: Any, reference: Any) -> Any:
    return pdf.objects[int(reference.split()[0])]


def _lire(pdf: Any, dictionnaire: Any, origines: dict[int, Origine]) -> Noeud:
    noeud = Noeud(dictionnaire, origines.get(id(dictionnaire)))
    for enfant in dictionnaire["K"]:
        if isinstance(enfant, int):
            noeud.enfants.append(Feuille(dictionnaire["Pg"], enfant))
            continue
        objet = _objet(pdf, enfant)
        if objet["Type"] == "/OBJR":
            noeud.enfants.append(Annotation(enfant, _objet(pdf, objet["Obj"]), objet["Pg"]))
        else:
            _ajouter_balise(noeud, _lire(pdf, objet, origines))
    return noeud


def _ajouter_balise(parent: Noeud, enfant: Noeud) -> None:
    """Une ligne de texte (un `Span` sans origine), une boîte anonyme rendent leur contenu à la balise porteuse."""
    meme = parent.origine is not None and enfant.origine is not None and parent.origine.html is enfant.origine.html
    if (enfant.origine is None and enfant.nom == "/Span") or (meme and enfant.nom in ("/Div", "/Link")):
        parent.enfants.extend(enfant.enfants)
        enfant.dictionnaire.clear()
    else:
        parent.enfants.append(enfant)


def _reunir(enfants: list[Any], orphelins: list[Any], renvois: dict[str, str]) -> list[Any]:
    """Réunit les morceaux d'un même élément HTML ; un en-tête de tableau déjà lu disparaît de l'arbre."""
    reunis: list[Any] = []
    premiers: dict[tuple[int, str], Noeud] = {}
    for enfant in enfants:
        if not isinstance(enfant, Noeud) or enfant.origine is None:
            reunis.append(enfant)
            continue
        cle = (id(enfant.origine.html), enfant.nom)
        premier = premiers.get(cle)
        if premier is None or premier.dictionnaire["Pg"] == enfant.dictionnaire["Pg"]:
            premiers[cle] = enfant
            reunis.append(enfant)
        elif enfant.nom == "/THead":
            _oublier(enfant, premier, orphelins, renvois)
        else:
            _noter_renvoi(enfant, premier, renvois)
            premier.enfants.extend(enfant.enfants)
            orphelins.append(enfant.dictionnaire)
    for noeud in reunis:
        if isinstance(noeud, Noeud):
            noeud.enfants = _reunir(noeud.enfants, orphelins, renvois)
    return reunis


def _oublier(repete: Noeud, premier: Noeud, orphelins: list[Any], renvois: dict[str, str]) -> None:
    """Retire un en-tête répété ; les cellules qui le citaient citeront le premier."""
    originaux = {id(n.origine.html): n for n in _parcourir(premier) if n.origine and n.nom == "/TH"}
    for noeud in _parcourir(repete):
        if noeud.origine and noeud.nom == "/TH" and id(noeud.origine.html) in originaux:
            _noter_renvoi(noeud, originaux[id(noeud.origine.html)], renvois)
        orphelins.append(noeud.dictionnaire)


def _noter_renvoi(doublon: Noeud, original: Noeud, renvois: dict[str, str]) -> None:
    if "ID" in doublon.dictionnaire and "ID" in original.dictionnaire:
        renvois[doublon.dictionnaire["ID"].string] = original.dictionnaire["ID"].string


def _parcourir(noeud: Noeud) -> Iterator[Noeud]:
    yield noeud
    for enfant in noeud.enfants:
        if isinstance(enfant, Noeud):
            yield from _parcourir(enfant)


def _filiations(noeud: Noeud) -> Iterator[tuple[Noeud, Noeud]]:
    for enfant in noeud.enfants:
        if isinstance(enfant, Noeud):
            yield noeud, enfant
            yield from _filiations(enfant)


def _parfaire(pdf: Any, arbre: Noeud) -> None:
    """Complète chaque balise selon l'élément HTML d'où elle vient."""
    import pydyf

    for parent, noeud in _filiations(arbre):
        if noeud.origine is None:
            continue
        html = noeud.origine.html
        anonyme = parent.origine is not None and parent.origine.html is html
        if noeud.nom == "/TH":
            noeud.dictionnaire["A"]["Scope"] = _PORTEES.get(html.get("scope", "col"), "/Column")
        elif noeud.nom == "/L":
            numerotation = _NUMEROTATIONS.get(html.tag, "/None")
            noeud.dictionnaire["A"] = pydyf.Dictionary({"O": "/List", "ListNumbering": numerotation})
        elif noeud.nom == "/Figure":
            _redresser_le_cadre(pdf, noeud.dictionnaire)
        elif noeud.nom == "/Link":
            _garder_un_lien(pdf, noeud)
            _nommer_le_lien(noeud)
        if (voulue := html.get("data-balise")) and not anonyme:
            noeud.dictionnaire["S"] = f"/{voulue}"


def _redresser_le_cadre(pdf: Any, figure: Any) -> None:
    """Le cadre d'une figure se compte en points depuis le bas de la page."""
    import pydyf

    hauteur = _objet(pdf, figure["Pg"])["MediaBox"][3]
    x1, y1, x2, y2 = (c * _PX_EN_POINTS for c in figure["A"]["BBox"])
    figure["A"]["BBox"] = pydyf.Array((x1, hauteur - y2, x2, hauteur - y1))


def _garder_un_lien(pdf: Any, lien: Noeud) -> None:
    """Un lien en bloc porte une annotation par boîte emboîtée : seule reste celle qui contient les autres."""
    annotations = [e for e in lien.enfants if isinstance(e, Annotation)]
    for petite in tuple(annotations):
        if any(grande.contient(petite) for grande in annotations if grande is not petite):
            annotations.remove(petite)
            lien.enfants.remove(petite)
            notes = _objet(pdf, petite.page)["Annots"]
            notes[:] = [n for n in notes if n != petite.objet.reference]


def _nommer_le_lien(lien: Noeud) -> None:
    import pydyf

    if lien.origine is None:
        return
    texte = " ".join("".join(lien.origine.html.itertext()).split())
    for enfant in lien.enfants:
        if isinstance(enfant, Annotation):
            verbe = "Ouvrir" if "A" in enfant.objet else "Aller à"
            enfant.objet["Contents"] = pydyf.String(f"{verbe} : {texte}")


def _renvoyer(arbre: Noeud, renvois: dict[str, str]) -> None:
    """Chaque cellule cite les en-têtes qui restent dans l'arbre, une fois chacun."""
    import pydyf

    for noeud in _parcourir(arbre):
        attributs = noeud.dictionnaire.get("A")
        if noeud.nom == "/TD" and attributs and "Headers" in attributs:
            cites = dict.fromkeys(_suivre(h.string, renvois) for h in attributs["Headers"])
            attributs["Headers"] = pydyf.Array(pydyf.String(c) for c in cites)
            if not cites:
                del attributs["Headers"]


def _suivre(identifiant: str, renvois: dict[str, str]) -> str:
    while identifiant in renvois:
        identifiant = renvois[identifiant]
    return identifiant


def _ecrire(noeud: Noeud) -> None:
    """Réécrit enfants, parents et pages de l'arbre."""
    import pydyf

    page = noeud.dictionnaire.get("Pg")
    enfants = pydyf.Array()
    for enfant in noeud.enfants:
        if isinstance(enfant, Noeud):
            enfant.dictionnaire["P"] = noeud.dictionnaire.reference
            enfants.append(enfant.dictionnaire.reference)
            _ecrire(enfant)
        elif isinstance(enfant, Annotation):
            enfants.append(enfant.reference)
        elif enfant.page == page:
            enfants.append(enfant.mcid)
        else:
            enfants.append(pydyf.Dictionary({"Type": "/MCR", "Pg": enfant.page, "MCID": enfant.mcid}))
    noeud.dictionnaire["K"] = enfants


def _indexer(pdf: Any, racine: Any, arbre: Noeud) -> None:
    """Refait l'index contenu → balise ; tout contenu sans balise devient un artefact."""
    import pydyf

    lus: dict[tuple[str, int], Any] = {}
    identifiants: list[tuple[str, Any]] = []
    nombres = _objet(pdf, racine["ParentTree"])["Nums"]
    rangs = {rang: place for place, rang in enumerate(nombres) if place % 2 == 0}
    for noeud in _parcourir(arbre):
        reference = noeud.dictionnaire.reference
        if "ID" in noeud.dictionnaire:
            identifiants.append((noeud.dictionnaire["ID"].string, reference))
        for enfant in noeud.enfants:
            if isinstance(enfant, Feuille):
                lus[str(enfant.page), enfant.mcid] = reference
            elif isinstance(enfant, Annotation):
                nombres[rangs[enfant.objet["StructParent"]] + 1] = reference
    for numero, page in enumerate(pdf.page_references):
        feuilles = nombres[rangs[numero] + 1]
        feuilles[:] = [lus.get((str(page), mcid), "null") for mcid in range(len(feuilles))]
        _en_artefacts(_objet(pdf, _objet(pdf, page)["Contents"]), {m for m, f in enumerate(feuilles) if f == "null"})
    if identifiants:
        noms = [morceau for nom, reference in sorted(identifiants) for morceau in (pydyf.String(nom), reference)]
        racine["IDTree"] = pydyf.Dictionary({"Names": pydyf.Array(noms)})


def _en_artefacts(flux: Any, mcids: set[int]) -> None:
    """Dans le contenu d'une page, marque comme artefacts de pagination les contenus `mcids`."""
    import pydyf

    for place, morceau in enumerate(flux.stream):
        if isinstance(morceau, pydyf.Dictionary) and morceau.get("MCID") in mcids:
            flux.stream[place - 1] = "/Artifact"
            flux.stream[place] = pydyf.Dictionary({"Type": "/Pagination"})
