"""Rendre un SVG de matplotlib inséparable de rien : sans style en ligne, identifiants uniques, titre et description.

Une page servie sous une politique de sécurité stricte refuse `style="…"` et `<style>` : chaque propriété devient un
attribut de présentation. Deux graphiques d'une même page ne doivent pas partager d'identifiant.
"""

import re
from xml.etree import ElementTree as ET

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
FAMILLES = "Inter, sans-serif"

_POLICE = re.compile(
    r"^(?:(?P<allure>italic|oblique)\s+)?(?:(?P<graisse>\d{3}|bold|normal)\s+)?(?P<corps>[\d.]+px)\s+(?P<familles>.+)$"
)
_REFERENCE = re.compile(r"url\(#([^)]+)\)")


def assainir(brut: str, *, identifiant: str, titre: str, description: str) -> str:
    """Le SVG de matplotlib prêt à inclure : `role="img"`, titre, description, attributs au lieu de styles.

    `identifiant` préfixe tous les identifiants internes (lettres, chiffres, tirets).
    """
    racine = ET.fromstring(brut)  # noqa: S314 (le SVG vient d'être produit ici)
    _oter(racine, f"{{{SVG}}}metadata")
    _oter(racine, f"{{{SVG}}}style")
    noms: dict[str, str] = {}
    for element in racine.iter():
        _styles_en_attributs(element)
        if ancien := element.get("id"):
            noms[ancien] = f"{identifiant}-{len(noms)}"
    for element in racine.iter():
        _renommer(element, noms)
    _decrire(racine, identifiant, titre, description)
    _sans_prefixe(racine)
    return ET.tostring(racine, encoding="unicode")


def _sans_prefixe(racine: ET.Element) -> None:
    """Balises nues, l'espace de noms dit une fois : la table des préfixes d'ElementTree est commune au processus."""
    for element in racine.iter():
        element.tag = element.tag.removeprefix(f"{{{SVG}}}")
    racine.set("xmlns", SVG)


def _oter(parent: ET.Element, balise: str) -> None:
    for enfant in list(parent):
        if enfant.tag == balise:
            parent.remove(enfant)
        else:
            _oter(enfant, balise)


def _styles_en_attributs(element: ET.Element) -> None:
    style = element.attrib.pop("style", "")
    for regle in filter(None, (r.strip() for r in style.split(";"))):
        nom, _, valeur = (m.strip() for m in regle.partition(":"))
        if nom == "font":
            _police_en_attributs(element, valeur)
        elif nom == "font-family":
            element.set(nom, FAMILLES)
        else:
            element.set(nom, valeur)


def _police_en_attributs(element: ET.Element, valeur: str) -> None:
    police = _POLICE.match(valeur)
    if police is None:
        raise ValueError(f"Écriture de police imprévue dans le SVG : {valeur!r}")
    element.set("font-size", police["corps"])
    element.set("font-family", FAMILLES)
    if police["graisse"] not in (None, "normal"):
        element.set("font-weight", police["graisse"])
    if police["allure"]:
        element.set("font-style", police["allure"])


def _renommer(element: ET.Element, noms: dict[str, str]) -> None:
    for attribut, valeur in list(element.attrib.items()):
        if attribut == "id":
            element.set(attribut, noms[valeur])
        elif attribut == f"{{{XLINK}}}href":
            del element.attrib[attribut]
            element.set("href", f"#{noms[valeur[1:]]}" if valeur.startswith("#") else valeur)
        elif "url(#" in valeur:
            element.set(attribut, _REFERENCE.sub(lambda m: f"url(#{noms[m[1]]})", valeur))


def _decrire(racine: ET.Element, identifiant: str, titre: str, description: str) -> None:
    racine.set("role", "img")
    racine.set("aria-labelledby", f"{identifiant}-titre {identifiant}-description")
    racine.set("stroke-linejoin", "round")
    for attribut in ("width", "height"):
        racine.attrib.pop(attribut, None)
    for rang, (balise, texte) in enumerate((("title", titre), ("desc", description))):
        element = ET.Element(f"{{{SVG}}}{balise}", {"id": f"{identifiant}-{('titre', 'description')[rang]}"})
        element.text = texte
        racine.insert(rang, element)
