"""Du formulaire à ce qu'on range d'un jalon : ses renvois existent, sa valeur visée est dans la bonne unité. Pur."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from charte.textes import Poste
from grilles.jalons.regles import Faute
from grilles.jalons.vues import Contenu


@dataclass(frozen=True)
class Cadre:
    """Ce à quoi un jalon peut renvoyer : le poste de la charte, et l'unité de chaque indicateur, par clé."""

    poste: Poste
    unites: Mapping[str, str]


def verifier(contenu: Contenu, cadre: Cadre) -> list[Faute]:
    """Les fautes d'un contenu dont la valeur visée est telle qu'elle se lit (« 12,5 » pour 12,5 %)."""
    puces = {puce.id for puce in (*cadre.poste.engagements, *cadre.poste.exigences)}
    fautes = []
    if contenu.element is not None and contenu.element not in puces:
        fautes.append(Faute("element", "Choisissez un engagement ou une exigence de ce poste."))
    if contenu.indicateur is not None and contenu.indicateur not in cadre.unites:
        fautes.append(Faute("indicateur", "Choisissez un indicateur de la liste."))
    return fautes + _fautes_de_visee(contenu, cadre.unites)


def _fautes_de_visee(contenu: Contenu, unites: Mapping[str, str]) -> list[Faute]:
    if contenu.valeur_visee is None:
        return [Faute("valeur_visee", "Donnez la valeur visée, ou ôtez le sens.")] if contenu.sens else []
    if contenu.indicateur is None:
        return [Faute("indicateur", "Choisissez l'indicateur dont vous visez la valeur.")]
    fautes = [] if contenu.sens else [Faute("sens", "Dites s'il faut au moins, ou au plus, cette valeur.")]
    if unites.get(contenu.indicateur) == "part" and contenu.valeur_visee > 100:
        fautes.append(Faute("valeur_visee", "Un taux va de 0 à 100 %."))
    return fautes


def dans_l_unite_de_la_mesure(contenu: Contenu, unites: Mapping[str, str]) -> Contenu:
    """Le contenu vérifié, tel qu'il se range : 12,5 % devient 0.125."""
    if contenu.valeur_visee is None or unites.get(contenu.indicateur or "") != "part":
        return contenu
    return replace(contenu, valeur_visee=round(contenu.valeur_visee / 100, 6))


def telle_qu_elle_se_lit(contenu: Contenu, unites: Mapping[str, str]) -> str:
    """La valeur visée pour le champ du formulaire : « 12,5 » ; vide s'il n'y en a pas."""
    if contenu.valeur_visee is None:
        return ""
    echelle = 100 if unites.get(contenu.indicateur or "") == "part" else 1
    return f"{round(contenu.valeur_visee * echelle, 4):g}".replace(".", ",")
