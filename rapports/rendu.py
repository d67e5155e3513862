"""Du dossier à l'HTML du PDF et à ses pièces jointes ; rien d'autre que le dossier n'y entre."""

from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from charte.commun import typographie
from charte.commun.csv_francais import Cellule, ecrire_csv
from rapports import regles
from rapports.dessin import POLICES
from rapports.dossier import DossierConseil, ElementConseil, IndicateurConseil, PosteConseil, Valeur
from rapports.graphiques import (
    Graphique,
    graphique_effectifs,
    graphique_evolution,
    graphique_positions,
)
from rapports.themes import charger_conseil

GABARITS = Path(str(files("rapports"))) / "gabarits"
REMPLACANT = "□"


def rendre_html(dossier: DossierConseil) -> str:
    """L'HTML complet du dossier (feuille de style comprise), fixe pour un dossier donné."""
    indicateurs = {i.cle: i for i in dossier.indicateurs}
    conseil = charger_conseil()
    return _environnement().get_template("dossier_conseil.html").render(
        dossier=dossier,
        conseil=conseil,
        manques=regles.relever_manques(dossier),
        positions=graphique_positions(dossier.postes),
        evolutions={i.cle: graphique_evolution(i, dossier.seuil) for i in indicateurs.values() if _se_dessine(i)},
        effectifs=graphique_effectifs(dossier.effectifs, dossier.seuil) if dossier.effectifs else None,
        elements={e.id: e for p in dossier.postes for e in (*p.engagements, *p.exigences)},
        indicateurs=indicateurs,
        cles=[indicateurs[cle] for cle in conseil.indicateurs_cles if cle in indicateurs],
        style=Markup((GABARITS / "dossier_conseil.css").read_text("utf-8")),  # noqa: S704 (feuille du projet)
        polices=POLICES.as_uri(),
    )  # fmt: skip


def _se_dessine(indicateur: IndicateurConseil) -> bool:
    return any(v.connue for v in indicateur.valeurs)


@lru_cache(maxsize=1)
def _environnement() -> Environment:
    environnement = Environment(
        loader=FileSystemLoader(GABARITS),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_composer,
    )
    environnement.filters.update(
        nombre=typographie.nombre, part=typographie.part, jour=typographie.jour, moment=typographie.moment,
        pluriel=typographie.pluriel, lien=adresse_sure, promotion=regles.nom_de_promotion, svg=_svg,
        taux=regles.lire_taux, fraction=regles.lire_fraction, intervalle=regles.lire_intervalle,
        derniere=regles.derniere_connue, constat=regles.constater, phrase=phrase,
    )  # fmt: skip
    environnement.globals.update(
        niveau=regles.dire_le_niveau, signes=regles.SIGNES_DES_NIVEAUX, etats=regles.MOTS_DES_ETATS,
        actions=regles.MOTS_DES_ACTIONS, SIGNES_ABSENTS=regles.SIGNES_ABSENTS,
        compter=regles.compter_etats, favorable=regles.favorable, non_diffuse=regles.non_diffuse,
    )  # fmt: skip
    return environnement


def phrase(texte: str) -> str:
    """Le texte terminé par un point, une seule fois."""
    return texte if texte.endswith((".", "…", "?", "!")) else f"{texte}."


def _svg(graphique: Graphique) -> Markup:
    """Le SVG tel quel : il est produit ici, tout texte y est échappé."""
    return Markup(graphique.svg)  # noqa: S704


def adresse_sure(adresse: str) -> str | None:
    """L'adresse si elle s'ouvre sans risque dans un navigateur (http, https), None sinon."""
    try:
        morceaux = urlsplit(adresse)
    except ValueError:
        return None
    return adresse if morceaux.scheme in ("http", "https") and morceaux.netloc else None


def _composer(valeur: Any) -> Any:
    """Compose à la française tout texte écrit dans le gabarit ; une adresse (sans espace) n'en est pas changée."""
    if not isinstance(valeur, str) or isinstance(valeur, Markup):
        return valeur
    return composer(valeur)


def composer(texte: str) -> str:
    """Espaces insécables, apostrophes typographiques ; ce que la police ne sait pas dessiner devient « □ »."""
    if "://" not in texte:
        texte = texte.replace("'", "’")
    texte = typographie.espacer(texte)
    return "".join(c if ord(c) in caracteres_imprimables() or c == "\n" else _remplacer(c) for c in texte)


def _remplacer(caractere: str) -> str:
    return " " if caractere in "\t\r\u2003\u2002" else REMPLACANT


@lru_cache(maxsize=1)
def caracteres_imprimables() -> frozenset[int]:
    """Les points de code que la police embarquée dessine."""
    from fontTools.ttLib import TTFont

    with TTFont(POLICES / "Inter-Regular.otf", lazy=True) as police:
        return frozenset(police.getBestCmap())


def pieces_jointes(dossier: DossierConseil) -> tuple[tuple[str, str, str], ...]:
    """Les chiffres du dossier en CSV : (nom, description, contenu). Un chiffre masqué n'y est pas non plus."""
    return (
        (
            "indicateurs.csv",
            "Les indicateurs par année, avec effectifs et intervalles",
            _csv_indicateurs(dossier),
        ),
        ("positions.csv", "Les positions sur les engagements et les exigences de la charte", _csv_positions(dossier)),
    )


def _csv_indicateurs(dossier: DossierConseil) -> str:
    entetes = (
        "indicateur", "definition", "periode", "annee", "numerateur", "denominateur", "taux", "ic_bas", "ic_haut",
        "masque",
    )  # fmt: skip
    lignes = [
        (i.cle, i.definition.version, i.annee, regles.nom_de_promotion(v), *_nombres(v), "oui" if v.masque else "non")
        for i in dossier.indicateurs
        for v in (*i.valeurs, *((i.ensemble,) if i.ensemble else ()))
    ]
    return "\ufeff" + ecrire_csv(entetes, tuple(lignes))


def _nombres(valeur: Valeur) -> tuple[Cellule, ...]:
    return valeur.numerateur, valeur.denominateur, valeur.taux, valeur.ic_bas, valeur.ic_haut


def _csv_positions(dossier: DossierConseil) -> str:
    entetes = ("poste", "palier", "identifiant", "texte", "position", "motif", "commentaire", "preuves")
    lignes = [
        _ligne_de_position(poste, palier, element)
        for poste in dossier.postes
        for palier, puces in (("socle", poste.engagements), ("cible", poste.exigences))
        for element in puces
    ]
    return "\ufeff" + ecrire_csv(entetes, tuple(lignes))


def _ligne_de_position(poste: PosteConseil, palier: str, element: ElementConseil) -> tuple[str, ...]:
    preuves = " | ".join(f"{p.titre} ({p.adresse})" for p in element.preuves)
    position = regles.MOTS_DES_ETATS[element.etat]
    return (str(poste.numero), palier, element.id, element.texte, position, element.motif, element.commentaire, preuves)
