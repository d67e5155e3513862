"""Déclarer deux normes dans les métadonnées d'un PDF : PDF/A-3a (par WeasyPrint) et PDF/UA-1 (ici).

WeasyPrint ne permet qu'une variante par fichier. PDF/A n'admet une propriété étrangère que si son schéma est décrit
dans le fichier (ISO 19005-3, 6.6.2.3) : le bloc d'extension décrit celle de PDF/UA.
"""

from xml.etree import ElementTree as ET

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
PDFUA = "http://www.aiim.org/pdfua/ns/id/"
_ESPACES = {
    "rdf": RDF,
    "pdfuaid": PDFUA,
    "pdfaExtension": "http://www.aiim.org/pdfa/ns/extension/",
    "pdfaSchema": "http://www.aiim.org/pdfa/ns/schema#",
    "pdfaProperty": "http://www.aiim.org/pdfa/ns/property#",
}
_DECLARATION = f"""<rdf:RDF {" ".join(f'xmlns:{p}="{uri}"' for p, uri in _ESPACES.items())}>
<rdf:Description rdf:about=""><pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about=""><pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>{PDFUA}</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 to which the file conforms</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
</rdf:RDF>"""


def ajouter_pdfua(rdf: bytes) -> bytes:
    """Le bloc RDF donné, complété de la déclaration PDF/UA-1 et de la description de son schéma."""
    for prefixe, uri in _ESPACES.items():
        ET.register_namespace(prefixe, uri)
    racine = ET.fromstring(rdf)  # noqa: S314 (écrit par WeasyPrint)
    racine.extend(ET.fromstring(_DECLARATION))  # noqa: S314 (constante)
    complet: bytes = ET.tostring(racine, encoding="utf-8")
    return complet
