"""Le « Mode d'emploi » que le classeur emporte."""

from collections.abc import Iterator

from grilles.echelle import charger_echelle
from grilles.presentation import POSITIONS
from grilles.vues import GrilleLue

LARGEURS_DE_L_AIDE = {"A": 28, "B": 90}
_REMPLIR = (
    ("Où écrire", "Dans les colonnes blanches de la feuille « Grille » : état, motif, commentaire, preuve à ajouter."),
    ("L'état", "Se choisit dans la liste de la cellule. Un état retiré ne s'efface pas sans vous le demander."),
    ("Le motif", "Obligatoire avec « Sans objet » : il figure dans les rapports."),
    ("La preuve", "Une par ligne et par envoi : un titre et un lien ; les dates s'écrivent JJ/MM/AAAA."),
    (
        "Les autres colonnes",
        "Grisées, elles se lisent ; ce qu'on y écrit n'est pas repris.",
    ),
    ("Les lignes", "Une ligne retirée laisse la réponse comme elle est. Filtrer est permis."),
    ("Les formules", "Aucune : si vous en avez, collez leurs valeurs (Collage spécial, Valeurs)."),
    ("La feuille « Référence »", "Dit de quelle grille vient ce fichier et depuis quand : ne la changez pas."),
    (
        "Le retour",
        "Déposez ce fichier .xlsx à la page d'où il vient : tout se relit avant d'être enregistré.",
    ),
    ("Pendant ce temps", "Si quelqu'un change une réponse dans la grille, vous verrez les deux textes et choisirez."),
)


def lignes_de_l_aide(grille: GrilleLue) -> Iterator[tuple[bool, tuple[str, ...]]]:
    """(en gras, cellules) de chaque ligne de la feuille."""
    echelle = charger_echelle()
    yield True, (f"Grille {grille.annee_scolaire} : {grille.libelle}",)
    yield False, ("Position", POSITIONS[grille.partie])
    yield False, ("Charte", f"Édition {grille.edition}")
    yield False, ("",)
    yield True, ("Remplir",)
    for titre, texte in _REMPLIR:
        yield False, (titre, texte)
    for titre, etats in (("Engagements et exigences", echelle.engagements), ("Actions", echelle.actions)):
        yield False, ("",)
        yield True, (titre,)
        for etat in etats:
            yield False, (etat.libelle, etat.aide)
    yield False, ("",)
    yield False, ("L'échelle", echelle.avertissement)
