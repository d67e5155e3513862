"""Ce qu'une publication ne doit pas trahir de celles d'avant, restées en ligne. Fonctions pures.

Le secret d'une publication se décide sur tout l'établissement à la fois. Mais deux publications des mêmes personnes se
soustraient : si une promotion passe de 41 diplômés sur 50 à 42 sur 51, leur différence dit le résultat d'une personne.
Une promotion déjà publiée n'est donc refaite que si rien de ce que la différence dit ne porte sur moins de `seuil`
personnes ; sinon ses chiffres publiés sont repris tels quels, ce qui n'apprend rien de plus à personne.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from indicateurs.publication.contenu import CFA, Cellule, Ligne

Colonne = Mapping[str, Cellule]
"""Les cellules d'une rubrique et d'une promotion, par ligne."""
RIEN = Cellule("", 0, 0)


def se_remplace(ancienne: Colonne, nouvelle: Colonne, seuil: int) -> bool:
    """Vrai si publier `nouvelle` quand `ancienne` est connue ne dit rien d'un groupe de moins de `seuil`.

    Faux dès qu'une cellule masquée se montrerait, qu'un compte montré changerait de moins de `seuil`, ou que ce qui
    n'est pas montré (le CFA moins ses diplômes montrés) changerait de moins de `seuil`.
    """
    if any(cellule.masque and not _masquee(nouvelle, cle) for cle, cellule in ancienne.items()):
        return False
    montrees = [cle for cle, cellule in nouvelle.items() if not cellule.masque and not ancienne.get(cle, RIEN).masque]
    disparues = [cle for cle, cellule in ancienne.items() if cle not in nouvelle and not cellule.masque]
    ecarts = {cle: _ecart(ancienne.get(cle, RIEN), nouvelle.get(cle, RIEN)) for cle in (*montrees, *disparues)}
    if CFA in ecarts:
        autres = [ecart for cle, ecart in ecarts.items() if cle != CFA]
        sommes = tuple(sum(ecart[rang] for ecart in autres) for rang in (0, 1))
        ecarts["reste"] = (ecarts[CFA][0] - sommes[0], ecarts[CFA][1] - sommes[1])
    return not any(_petit(ecart, seuil) for ecart in ecarts.values())


def _masquee(colonne: Colonne, cle: str) -> bool:
    return cle in colonne and colonne[cle].masque


def _ecart(avant: Cellule, apres: Cellule) -> tuple[float, float]:
    """Ce qui change : (effectif, cas)."""
    return (
        (apres.denominateur or 0) - (avant.denominateur or 0),
        (apres.numerateur or 0) - (avant.numerateur or 0),
    )


def _petit(ecart: tuple[float, float], seuil: int) -> bool:
    return ecart != (0, 0) and max(abs(ecart[0]), abs(ecart[1])) < seuil


def refaire(anciennes: Iterable[Colonne], nouvelle: Colonne, seuil: int) -> bool:
    """Vrai si la colonne peut remplacer CHACUNE de celles qui sont en ligne."""
    return all(se_remplace(ancienne, nouvelle, seuil) for ancienne in anciennes)


def poser_les_gardees(
    lignes: tuple[Ligne, ...], gardees: Mapping[str, Colonne], libelles: Mapping[str, str]
) -> tuple[Ligne, ...]:
    """Les lignes, où les promotions de `gardees` reprennent leurs cellules d'avant, et elles seules.

    `libelles` : celui des lignes qui n'existent que dans ce qui est gardé.
    """
    cles = list(dict.fromkeys([*(ligne.cle for ligne in lignes), *(cle for c in gardees.values() for cle in c)]))
    presentes = {ligne.cle: ligne for ligne in lignes}
    rendues = []
    for cle in cles:
        ligne = presentes.get(cle, Ligne(cle, libelles.get(cle, cle), ()))
        neuves = [cellule for cellule in ligne.cellules if cellule.promotion not in gardees]
        reprises = [replace(colonne[cle], gardee=True) for colonne in gardees.values() if cle in colonne]
        cellules = tuple(sorted([*neuves, *reprises], key=lambda cellule: cellule.promotion))
        if cellules:
            rendues.append(replace(ligne, cellules=cellules))
    return tuple(rendues)
