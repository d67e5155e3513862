"""Un chiffre cité dans une grille, un jalon ou une action : sa valeur en mots, et l'écart à ce qu'on vise.

Rien ici ne conclut : l'outil dit l'écart, ceux qui dialoguent disent ce qu'il vaut.
"""

from dataclasses import dataclass
from typing import Literal

from charte.commun.typographie import nombre, part, pluriel

Unite = Literal["part", "effectif"]
Sens = Literal["au_moins", "au_plus"]
SENS: tuple[Sens, ...] = ("au_moins", "au_plus")
AUCUNE_DONNEE = "aucune donnée"
_MOTS: dict[Sens, str] = {"au_moins": "au moins", "au_plus": "au plus"}


@dataclass(frozen=True)
class MesureCitee:
    """La valeur d'un indicateur pour un diplôme, telle qu'on la cite.

    `texte` : « 12,4 % (n = 45) », « n.d. (effectif < 20) », « aucune donnée ». `valeur` : dans l'unité de la mesure
    (0.124 pour 12,4 %), None si elle est masquée ou absente ; `masquee` dit laquelle des deux.
    `periode` : « promotion 2024-2025 » ou « au 12 mars 2026 ». `definition` : son identifiant daté
    (« abandon@2026-11 »). `source` : d'où viennent les données, sans nom de fichier.
    """

    cle: str
    libelle: str
    texte: str
    valeur: float | None
    unite: str
    periode: str
    definition: str
    source: str
    masquee: bool = False

    @property
    def connue(self) -> bool:
        """Vrai si un nombre se compare."""
        return self.valeur is not None


def dire_une_valeur(valeur: float, unite: str) -> str:
    """« 12,4 % » pour une part, « 45 » pour un effectif ; une décimale seulement s'il en faut une."""
    if unite != "part":
        return nombre(valeur, 0 if float(valeur).is_integer() else 1)
    return part(valeur, 0 if round(valeur * 1000) % 10 == 0 else 1)


def dire_la_visee(sens: str, visee: float, unite: str) -> str:
    """« au plus 10 % »."""
    return f"{_MOTS[_lire_le_sens(sens)]} {dire_une_valeur(visee, unite)}"


def dire_l_ecart(mesure: MesureCitee, visee: float) -> str:
    """« 2,4 points au-dessus de la valeur visée », « à la valeur visée » ; vide si rien ne se compare."""
    if mesure.valeur is None:
        return ""
    # L'écart se dit entre ce qui se lit : « 12,4 % » et « 10 % » s'écartent de 2,4 points, arrondis compris.
    echelle, decimales = (100, 1) if mesure.unite == "part" else (1, 0 if mesure.unite == "effectif" else 1)
    ecart = round(round(mesure.valeur * echelle, decimales) - round(visee * echelle, 1), 1)
    if ecart == 0:
        return "à la valeur visée"
    lequel = "au-dessus" if ecart > 0 else "au-dessous"
    return f"{_dire_un_ecart(abs(ecart), mesure.unite)} {lequel} de la valeur visée"


def _dire_un_ecart(ecart: float, unite: str) -> str:
    entier = float(ecart).is_integer()
    if unite != "part":
        return nombre(ecart, 0 if entier else 1)
    if entier:
        return pluriel(int(ecart), "point")
    return f"{nombre(ecart, 1)} point{'s' if ecart >= 2 else ''}"


def est_du_cote_vise(mesure: MesureCitee, sens: str, visee: float) -> bool | None:
    """Vrai si la valeur est du côté visé (bornes comprises), None si rien ne se compare."""
    if mesure.valeur is None:
        return None
    return mesure.valeur >= visee if _lire_le_sens(sens) == "au_moins" else mesure.valeur <= visee


def _lire_le_sens(sens: str) -> Sens:
    for permis in SENS:
        if permis == sens:
            return permis
    raise ValueError(f"« {sens} » n'est pas un sens ; attendu : {' ou '.join(SENS)}.")
