"""L'environnement Jinja commun : un dossier de gabarits par paquet, toute variable absente est une erreur."""

from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined, Template, select_autoescape

from charte.commun import typographie

PAQUETS = ("charte", "grilles", "indicateurs", "rapports", "appli")


class GabaritDePage(Template):
    """Gabarit qui, rendu pour une requête, reçoit aussi l'acteur, l'adresse et le jeton de formulaire."""

    def render(self, *args: Any, **kwargs: Any) -> str:
        """Rend le gabarit, composé à la française ; les variables données l'emportent sur celles de la requête."""
        requete = kwargs.get("request")
        if requete is not None:
            from appli.presentation import variables_de_gabarit

            kwargs = {**variables_de_gabarit(requete), **kwargs}
        return typographie.composer_une_page(super().render(*args, **kwargs))


class EnvironnementDePages(Environment):
    """Environnement dont les gabarits connaissent la requête."""

    template_class = GabaritDePage


def creer_environnement(**globaux: Any) -> Environment:
    """Environnement où `charte/charte.html` désigne `charte/gabarits/charte.html`, avec les filtres français."""
    chargeurs = {paquet: FileSystemLoader(Path(str(files(paquet))) / "gabarits") for paquet in PAQUETS}
    environnement = EnvironnementDePages(
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
