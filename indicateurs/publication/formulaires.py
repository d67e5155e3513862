"""Les saisies d'une publication. Chaque refus dit le champ et le remède."""

from pydantic import field_validator

from charte.commun.formulaire import Ligne, Saisie, Texte, borner

LONGUEUR = 2000


class FormulairePublication(Saisie):
    """Publier ce qu'on a sous les yeux (`marque`) ; `correction` : ce que cette version corrige, phrase publique."""

    marque: Ligne = ""
    correction: Texte = ""

    @field_validator("marque")
    @classmethod
    def _marque_bornee(cls, valeur: str) -> str:
        return valeur[:64]

    @field_validator("correction")
    @classmethod
    def _correction_bornee(cls, valeur: str) -> str:
        return borner(valeur, LONGUEUR)


class FormulaireRetrait(Saisie):
    """Retirer un tableau, et pourquoi."""

    motif: Texte = ""

    @field_validator("motif")
    @classmethod
    def _motif_donne(cls, valeur: str) -> str:
        if not valeur:
            raise ValueError("Dites en une phrase pourquoi le tableau se retire.")
        return borner(valeur, LONGUEUR)
