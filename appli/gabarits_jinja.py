"""L'environnement Jinja commun : un dossier de gabarits par paquet, toute variable absente est une erreur."""

from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined, select_autoescape

from charte.commun import typographie

PAQUETS = ("charte", "grilles", "indicateurs", "rapports", "appli")


def creer_environnement(**globaux: Any) -> Environment:
    """Environnement où `charte/charte.html` désigne `charte/gabarits/charte.html`, avec les filtres français."""
    chargeurs = {paquet: FileSystemLoader(Path(str(files(paquet))) / "gabarits") for paquet in PAQUETS}
    environnement = Environment(
        loader=PrefixLoader(chargeurs),
        undefined=StrictUndefined,
        autoescape=select_autoescape(default=True, default_for_string=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environnement.filters.update(
        nombre=typographie.nombre,
        part=typographie.part,
        jour=typographie.jour,
        moment=typographie.moment,
        pluriel=typographie.pluriel,
    )
    environnement.globals.update(globaux)
    return environnement
