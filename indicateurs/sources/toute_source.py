"""Diagnostiquer un fichier de n'importe quel format, le tableau des apprentis compris, ou le reconnaître d'abord."""

from indicateurs.imports.diagnostic import FORMAT_DES_APPRENTIS, Diagnostic, Progression, diagnostiquer
from indicateurs.sources.diagnostic import diagnostiquer_source
from indicateurs.sources.format import SOURCES
from indicateurs.sources.reconnaissance import exiger_un_format, reconnaitre

AUTO = "auto"
FORMATS_CONNUS = (AUTO, FORMAT_DES_APPRENTIS, *SOURCES)


def diagnostiquer_toute_source(
    octets: bytes,
    nom: str,
    source: str,
    cle: bytes,
    *,
    progression: Progression | None = None,
    ancienne: bytes | None = None,
) -> Diagnostic:
    """Le diagnostic d'un fichier ; `source` : un format de `FORMATS_CONNUS`, ou « auto » pour le reconnaître.

    Lève `FichierIllisible` si rien ne peut être lu, ou si le format ne se reconnaît pas.
    """
    cle_format = exiger_un_format(reconnaitre(octets, nom)) if source == AUTO else source
    if cle_format == FORMAT_DES_APPRENTIS:
        return diagnostiquer(octets, nom, cle, progression, ancienne)
    return diagnostiquer_source(octets, nom, cle_format, cle, progression=progression, ancienne=ancienne)
