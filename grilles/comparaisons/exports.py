"""Les comparaisons en CSV : les mêmes lignes que les pages, dans le même ordre."""

from charte.commun.csv_francais import ecrire_csv
from grilles.comparaisons.regles import CHANGEMENTS, SORTS, Comparaison
from grilles.comparaisons.services import EntreDiplomes
from grilles.echelle import charger_echelle

ENTETES = ("Poste", "Élément", "Genre", "Texte", "Avant", "Après", "Réponse", "Texte de la charte")


def en_mots(etat: str | None) -> str:
    """« Tenu » ; « Sans réponse » s'il n'y en a pas."""
    return charger_echelle().etat(etat).libelle if etat else "Sans réponse"


def csv_des_annees(comparaison: Comparaison) -> str:
    """Une ligne par élément, ceux que l'édition retire compris."""
    return ecrire_csv(
        ENTETES,
        [
            (
                un.element.poste,
                un.element.id,
                un.element.genre.value,
                un.element.texte,
                en_mots(un.etat_avant),
                en_mots(un.etat_apres),
                CHANGEMENTS[un.changement],
                SORTS[un.sort],
            )
            for un in comparaison.elements
        ],
    )


def csv_des_diplomes(vue: EntreDiplomes) -> str:
    """Une ligne par diplôme, par libellé : le niveau de chaque poste, en mots."""
    entetes = ("Diplôme", "Code", "CFA", "Composante", "Grille", *(f"Poste {numero}" for numero, _ in vue.postes))
    rangees = [
        (
            d.libelle,
            d.code,
            d.cfa,
            d.composante or "",
            "" if not d.niveaux.commencee else ("arrêtée" if d.niveaux.arretee else "ouverte"),
            *(d.niveaux.niveaux[numero].libelle if d.niveaux.commencee else "" for numero, _ in vue.postes),
        )
        for d in vue.diplomes
    ]
    return ecrire_csv(entetes, rangees)
