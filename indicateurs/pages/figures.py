"""Les figures d'un indicateur sur une page : lesquelles, et leurs adresses."""

from collections.abc import Mapping
from dataclasses import dataclass

from indicateurs.catalogue import NON_RENSEIGNE, Ventilation, charger_ventilations
from indicateurs.graphiste import Trace
from indicateurs.mesures import Mesure
from indicateurs.pages.demande import Lue
from indicateurs.vues.cartes import cinq_dernieres
from indicateurs.vues.objectifs import ObjectifVu
from indicateurs.vues.survie import trace_de_survie
from indicateurs.vues.traces import RepereTrace, trace_d_evolution, trace_de_ventilation, trace_des_situations

__all__ = ["PREFIXE_DE_VENTILATION", "Figures", "figures_de", "pied_de_figure"]

PREFIXE_DE_VENTILATION = "par-"
SITUATIONS = "insertion_"
COURBE = "rupture_"


@dataclass(frozen=True)
class Figures:
    """Les traces d'un indicateur, par nom d'adresse : « evolution », « par-sexe », « survie », « situations »."""

    traces: Mapping[str, Trace]
    ventilations: tuple[Ventilation, ...]

    def ventilation(self, cle: str) -> Ventilation | None:
        """La ventilation demandée, sinon la première qui a des données."""
        voulue = next((v for v in self.ventilations if v.cle == cle), None)
        return voulue or next(iter(self.ventilations), None)


def figures_de(lue: Lue, cle: str, objectif: ObjectifVu | None = None, repere: RepereTrace | None = None) -> Figures:
    """Toutes les figures d'un indicateur dans ce périmètre ; celles qui n'auraient rien à montrer n'y sont pas."""
    tableau, definition = lue.tableau, lue.tableau.definitions[cle]
    traces: dict[str, Trace] = {}
    serie = cinq_dernieres(tableau.serie(cle, lue.perimetre))
    if serie and definition.unite != "effectif":
        ensemble = tableau.ensemble(cle, lue.perimetre)
        traces["evolution"] = trace_d_evolution(
            definition, serie, tableau.seuil(cle), ensemble=ensemble, objectif=objectif, repere=repere
        )
    ventilations = tuple(_ventilations(lue, cle))
    for ventilation in ventilations:
        parts = _parts(lue, cle, ventilation)
        nom = f"{PREFIXE_DE_VENTILATION}{ventilation.cle}"
        traces[nom] = trace_de_ventilation(definition, ventilation, parts, tableau.seuil(cle))
    traces |= _du_temps(lue, cle)
    return Figures(traces, ventilations)


def _ventilations(lue: Lue, cle: str) -> list[Ventilation]:
    """Celles où une modalité au moins est connue : « non renseigné » seul n'apprend rien."""
    connues = [charger_ventilations()[axe] for axe in lue.tableau.definitions[cle].ventilations]
    return [v for v in connues if any(modalite != NON_RENSEIGNE for modalite, _ in _parts(lue, cle, v))]


def _parts(lue: Lue, cle: str, ventilation: Ventilation) -> list[tuple[str, Mesure]]:
    """Les modalités à montrer ; quand elles se partagent les cas, celles qui en ont (ou n'en disent rien)."""
    parts = lue.tableau.ventilation(cle, ventilation.cle, lue.perimetre)
    return [(modalite, m) for modalite, m in parts if not ventilation.sur_les_cas or m.masque or m.numerateur]


def _du_temps(lue: Lue, cle: str) -> dict[str, Trace]:
    """Ce qui se lit selon le temps écoulé : la courbe des ruptures, la situation des sortants."""
    if cle.startswith(COURBE):
        courbe = lue.tableau.courbe(lue.perimetre)
        trace = trace_de_survie(courbe, lue.tableau.seuil(cle)) if courbe else None
        return {"survie": trace} if trace else {}
    if not cle.startswith(SITUATIONS):
        return {}
    tableau = lue.tableau
    echeances = sorted((d.parametres["mois"], d) for d in tableau.definitions.values() if d.cle.startswith(SITUATIONS))
    mesures = [(int(str(mois)), d, tableau.ensemble(d.cle, lue.perimetre)) for mois, d in echeances]
    connues = [mesure for mesure in mesures if mesure[2] and (mesure[2].masque or mesure[2].denominateur)]
    return {"situations": trace_des_situations(connues, tableau.seuil(cle))} if len(connues) > 1 else {}


def pied_de_figure(lue: Lue, cle: str) -> str:
    """Ce qu'une figure emportée dit d'elle-même : périmètre, jour, calcul, définition, seuil."""
    definition = lue.tableau.definitions[cle]
    calcul = definition.numerateur + (f" Parmi : {definition.denominateur}" if definition.denominateur else "")
    return (
        f"{lue.perimetre.libelle}, observé le {lue.tableau.au:%d/%m/%Y}. {definition.libelle} : {calcul}\n"
        f"Définition {definition.identifiant} ; un résultat sous {lue.tableau.seuil(cle)} n'est pas montré."
    )
