"""Ce que disent les rappels d'une campagne : des textes simples, sans donnée d'apprenti. Fonctions pures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from charte.acteur import Partie
from charte.commun.typographie import jour as dire_le_jour
from charte.commun.typographie import pluriel

LIGNES_MONTREES = 15
AU_NOM_DE = {
    Partie.ETABLISSEMENT: "la position de l’établissement",
    Partie.CFA: "la position du CFA",
    Partie.CONCERTEE: "la position concertée",
}


@dataclass(frozen=True)
class ResteAFaire:
    """Ce qu'il reste à un compte dans une grille : réponses à donner, preuves à citer."""

    formation_id: int
    formation: str
    partie: Partie
    manquent: int
    sans_preuve: int = 0

    @property
    def en_clair(self) -> str:
        """« BUT Chimie : il reste 12 réponses à donner pour la position du CFA »."""
        dits = [f"{pluriel(self.manquent, 'réponse')} à donner"] if self.manquent else []
        dits += [f"{pluriel(self.sans_preuve, 'preuve')} à citer"] if self.sans_preuve else []
        return f"{self.formation} : il reste {' et '.join(dits)} pour {AU_NOM_DE[self.partie]}"

    def lien(self, annee: int) -> str:
        """L'adresse de la grille, sur la position à écrire."""
        return f"/diplomes/{self.formation_id}/grille?annee={annee}&partie={self.partie}"


def sujet(libelle: str, echeance: date | None, jour: date) -> str:
    """Le sujet du rappel."""
    return f"{libelle} : {_echeance_courte(echeance, jour)}"


def _echeance_courte(echeance: date | None, jour: date) -> str:
    if echeance is None:
        return "votre réponse est attendue"
    reste = (echeance - jour).days
    if reste < 0:
        return f"l’échéance est passée depuis {pluriel(-reste, 'jour')}"
    return "l’échéance est aujourd’hui" if reste == 0 else f"il reste {pluriel(reste, 'jour')}"


def paragraphes(
    adresse: str, annee: int, restes: Sequence[ResteAFaire], echeance: date | None, consigne: str = ""
) -> tuple[str, ...]:
    """Le corps du rappel : ce qu'il reste, l'échéance, la consigne, un lien par grille. `adresse` : celle du site."""
    quand = f", pour le {dire_le_jour(echeance)}" if echeance else ""
    blocs = [f"Votre réponse est attendue dans l’auto-évaluation de la charte de l’apprentissage{quand} :"]
    blocs += [f"- {reste.en_clair}\n  {adresse}{reste.lien(annee)}" for reste in restes[:LIGNES_MONTREES]]
    if len(restes) > LIGNES_MONTREES:
        autres = pluriel(len(restes) - LIGNES_MONTREES, "autre grille", "autres grilles")
        blocs.append(f"… et {autres} : {adresse}/campagnes")
    if consigne:
        blocs.append(f"La consigne de votre établissement :\n{consigne}")
    blocs.append("Vous ne recevrez plus ce rappel dès que vos réponses seront données.")
    return tuple(blocs)
