"""Lire un PDF dans les tests : texte, arbre des balises, fautes de balisage ; avec pikepdf seul."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pikepdf

_BF = re.compile(rb"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>")


def ouvrir(contenu: bytes) -> pikepdf.Pdf:
    """Le PDF, ouvert."""
    return pikepdf.open(BytesIO(contenu))


def pieces(pdf: pikepdf.Pdf) -> dict[str, bytes]:
    """Les pièces jointes : nom → contenu."""
    return {nom: piece.get_file().read_bytes() for nom, piece in pdf.attachments.items()}


@dataclass
class Balise:
    """Une balise de l'arbre : nom, attributs, texte de remplacement, contenu (textes et balises, dans l'ordre)."""

    nom: str
    attributs: dict[str, Any]
    alternative: str
    parent: "Balise | None"
    contenu: "list[Balise | str]"

    @property
    def enfants(self) -> "list[Balise]":
        """Les balises contenues."""
        return [c for c in self.contenu if isinstance(c, Balise)]

    @property
    def texte(self) -> str:
        """Le texte de la balise et de ses descendantes, dans l'ordre de lecture, une espace entre deux morceaux."""
        morceaux = (c.texte if isinstance(c, Balise) else c for c in self.contenu)
        return re.sub(r" +", " ", " ".join(morceaux)).strip()

    def toutes(self, nom: str = "") -> "Iterator[Balise]":
        """La balise et ses descendantes (de ce nom), dans l'ordre de lecture."""
        if not nom or self.nom == nom:
            yield self
        for enfant in self.enfants:
            yield from enfant.toutes(nom)


def arbre(pdf: pikepdf.Pdf) -> Balise:
    """L'arbre des balises, chaque balise avec le texte qu'elle marque."""
    textes = {page.objgen: dict(textes_marques(pikepdf.Page(page))) for page in (p.obj for p in pdf.pages)}
    racine = pdf.Root.StructTreeRoot.K
    return _balise(racine[0] if isinstance(racine, pikepdf.Array) else racine, None, textes)


def _balise(objet: Any, parent: Balise | None, textes: dict[Any, dict[int, str]]) -> Balise:
    attributs = {str(k): v for k, v in objet.get("/A", {}).items()}
    balise = Balise(str(objet.S)[1:], attributs, str(objet.get("/Alt", "")), parent, [])
    for enfant in objet.get("/K", []):
        if isinstance(enfant, int):
            balise.contenu.append(textes[objet.Pg.objgen].get(enfant, ""))
        elif str(enfant.get("/Type", "")) == "/MCR":
            balise.contenu.append(textes[enfant.Pg.objgen].get(int(enfant.MCID), ""))
        elif str(enfant.get("/Type", "")) == "/StructElem":
            balise.contenu.append(_balise(enfant, balise, textes))
    return balise


def textes_marques(page: pikepdf.Page) -> Iterator[tuple[int, str]]:
    """(MCID, texte) de chaque contenu marqué d'une page."""
    polices = {str(nom): _table(police) for nom, police in page.obj.Resources.Font.items()}
    police: dict[int, str] = {}
    marque: int | None = None
    morceaux: list[str] = []
    for operandes, operateur in pikepdf.parse_content_stream(page):
        ordre = str(operateur)
        if ordre == "BDC" and isinstance(operandes[1], pikepdf.Dictionary) and "/MCID" in operandes[1]:
            marque, morceaux = int(operandes[1].MCID), []
        elif ordre == "EMC" and marque is not None:
            yield marque, "".join(morceaux)
            marque = None
        elif ordre == "Tf":
            police = polices[str(operandes[0])]
        elif ordre in ("TJ", "Tj") and marque is not None:
            morceaux.append(_lire(operandes, police))


def texte_des_artefacts(page: pikepdf.Page) -> str:
    """Le texte des en-têtes, pieds et en-têtes répétés : marqué artefact."""
    polices = {str(nom): _table(police) for nom, police in page.obj.Resources.Font.items()}
    police: dict[int, str] = {}
    artefact, morceaux = False, []
    for operandes, operateur in pikepdf.parse_content_stream(page):
        ordre = str(operateur)
        if ordre in ("BDC", "BMC"):
            artefact = str(operandes[0]) == "/Artifact"
        elif ordre == "Tf":
            police = polices[str(operandes[0])]
        elif ordre in ("TJ", "Tj") and artefact:
            morceaux.append(_lire(operandes, police))
    return " ".join(morceaux)


def _lire(operandes: Any, police: dict[int, str]) -> str:
    morceaux = operandes[0] if isinstance(operandes[0], pikepdf.Array) else operandes
    lus = (bytes(m) for m in morceaux if isinstance(m, pikepdf.String))
    return "".join(police.get(int.from_bytes(o[i : i + 2]), "") for o in lus for i in range(0, len(o), 2))


def _table(police: Any) -> dict[int, str]:
    brut = police.ToUnicode.read_bytes()
    return {int(a, 16): bytes.fromhex(b.decode()).decode("utf-16-be") for a, b in _BF.findall(brut)}


def polices(pdf: pikepdf.Pdf) -> dict[str, bool]:
    """Nom de chaque police du document → vrai si elle est embarquée."""
    trouvees: dict[str, bool] = {}
    for page in pdf.pages:
        for police in page.obj.Resources.Font.values():
            for fille in police.get("/DescendantFonts", [police]):
                descripteur = fille.get("/FontDescriptor", {})
                embarquee = any(f"/FontFile{suite}" in descripteur for suite in ("", "2", "3"))
                trouvees[str(fille.BaseFont)[1:]] = embarquee
    return trouvees


def fautes(pdf: pikepdf.Pdf) -> list[str]:
    """Ce que les validateurs ne voient pas : langue, titre, sens des textes, ordre des titres, tableaux, sommaire."""
    document = arbre(pdf)
    return [
        *_fautes_du_document(pdf),
        *(f"figure sans texte sensé : {f.alternative!r}" for f in document.toutes("Figure") if len(f.alternative) < 15),
        *_fautes_des_titres(document),
        *(faute for table in document.toutes("Table") for faute in _fautes_du_tableau(table)),
        *_fautes_du_sommaire(document),
        *(f"lien sans texte : {lien.texte!r}" for lien in document.toutes("Link") if not lien.texte),
    ]


def _fautes_du_document(pdf: pikepdf.Pdf) -> Iterator[str]:
    if str(pdf.Root.get("/Lang", "")) != "fr-FR":
        yield "langue absente"
    if not str(pdf.docinfo.get("/Title", "")):
        yield "titre absent"
    if "/AcroForm" in pdf.Root:
        yield "champ de formulaire"
    if "/Outlines" not in pdf.Root:
        yield "signets absents"


def _fautes_des_titres(document: Balise) -> Iterator[str]:
    niveau = 0
    for balise in document.toutes():
        if re.fullmatch(r"H[1-6]", balise.nom):
            nouveau = int(balise.nom[1])
            if nouveau > niveau + 1:
                yield f"titre de niveau {nouveau} après {niveau} : {balise.texte}"
            niveau = nouveau


def _fautes_du_tableau(table: Balise) -> Iterator[str]:
    cellules = list(table.toutes("TH"))
    if not cellules:
        yield f"tableau sans en-tête : {table.texte[:60]}"
    yield from (f"en-tête sans portée : {th.texte}" for th in cellules if "/Scope" not in th.attributs)
    tetes = [t for t in table.enfants if t.nom == "THead"]
    if len(tetes) > 1:
        yield f"en-tête répété : {table.texte[:60]}"


def _fautes_du_sommaire(document: Balise) -> Iterator[str]:
    sommaires = list(document.toutes("TOC"))
    if len(sommaires) != 1:
        yield f"{len(sommaires)} sommaire(s)"
    for entree in (e for sommaire in sommaires for e in sommaire.enfants):
        if entree.nom != "TOCI" or not list(entree.toutes("Link")):
            yield f"entrée de sommaire sans lien : {entree.texte}"
