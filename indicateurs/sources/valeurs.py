"""Les types de valeurs propres aux sources : dates SIFA, nombres, années, codes, taux des données ouvertes.

Chaque lecteur suit la règle des imports : `(texte) -> Lu`, sans exception ; une valeur illisible porte une faute.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Literal

from indicateurs.imports.dates import lecteur_de_dates
from indicateurs.imports.fautes import Faute
from indicateurs.imports.format import normaliser_entete
from indicateurs.imports.valeurs import (
    LECTEURS,
    Lecteur,
    Lu,
    en_numero,
    lire_annee_formation,
    lire_booleen,
)

TypeSource = Literal[
    "texte", "nom", "date", "date_naissance", "booleen", "siret", "uai", "rncp", "cfd", "ine", "sexe", "duree",
    "annee_formation", "annee_formation_sifa", "date_compacte", "naissance_compacte", "annee_civile", "annee_debut",
    "entier", "nombre", "nombre_signe", "heures", "echeance", "code", "code_booleen", "question",
    "promotion", "millesime", "effectif_marque", "taux_marque", "ecart_marque",
]  # fmt: skip
DATES = ("date", "date_naissance", "date_compacte", "naissance_compacte")
MARQUES = ("effectif_marque", "taux_marque", "ecart_marque")
ECHEANCES = (6, 12, 18, 24, 30)
_BLANCS = re.compile(r"[\s\u00a0\u202f\u200b\ufeff]+")
_NOMBRE = re.compile(r"-?\d{1,12}(?:[.,]\d{1,6})?$", re.A)
_MILLIERS = re.compile(r"-?\d{1,3}(?:[\s\u00a0\u202f]\d{3})+(?:[.,]\d+)?$", re.A)
_DUREE = re.compile(r"(\d{1,5})(?:h|:)([0-5]\d)?(?::00)?$", re.I | re.A)
_ECHEANCE = re.compile(r"(?:a|m|\+|à|t)*(\d{1,2})(?:m|mois)?$", re.I | re.A)
_COMPACTE = re.compile(r"(\d{1,2})(\d{2})(\d{4})$", re.A)
_ANNEES = re.compile(r"([12]\d{3})(?:[-/–]([12]\d{3}|\d{2}))?$", re.A)
_PROMOTION = re.compile(r"[12]\d{3}(?:,[12]\d{3})*$", re.A)
_MILLESIME = re.compile(r"(?:cumul)?([12]\d{3})(?:[-/–,]([12]\d{3}))?$", re.I | re.A)
_MARQUES_SEULES = {"nd": "nd", "n.d.": "nd", "na": "na", "n.a.": "na", "": ""}


def _faute(cause: str, message: str, remede: str) -> Lu:
    return Lu(None, Faute(cause, message, remede, illisible=True))


def en_nombre(texte: str) -> float | None:
    """Nombre écrit à la française ou non (« 1 234,5 », « 12.5 », « 12,0 ») ; None s'il est illisible."""
    if not _NOMBRE.match(texte) and not _MILLIERS.match(texte):
        return None
    return float(_BLANCS.sub("", texte).replace(",", "."))


def lire_nombre_signe(texte: str) -> Lu:
    """Nombre décimal, négatif ou non."""
    valeur = en_nombre(texte)
    if valeur is None:
        return _faute("nombre_illisible", "Ce nombre est illisible.", "Écrivez un nombre, par exemple 12 ou 12,5.")
    return Lu(valeur)


def lire_nombre(texte: str) -> Lu:
    """Nombre décimal, zéro ou plus."""
    lu = lire_nombre_signe(texte)
    if isinstance(lu.valeur, float) and lu.valeur < 0:
        return _faute("nombre_negatif", "Ce nombre est négatif.", "Écrivez un nombre positif ou nul.")
    return lu


def lire_entier(texte: str) -> Lu:
    """Nombre entier, zéro ou plus (« 12,0 » et « 1 200 » compris)."""
    lu = lire_nombre(texte)
    if isinstance(lu.valeur, float):
        if lu.valeur.is_integer():
            return Lu(int(lu.valeur))
        return _faute("entier_attendu", "On attend un nombre entier.", "Écrivez le nombre sans virgule.")
    return lu


def lire_heures(texte: str) -> Lu:
    """Durée en heures : « 35 », « 35,5 », « 35 h », « 35h30 », « 35:30 »."""
    sans_blanc = _BLANCS.sub("", texte)
    if trouve := _DUREE.match(sans_blanc):
        return Lu(int(trouve[1]) + int(trouve[2] or 0) / 60)
    lu = lire_nombre(re.sub(r"\s*h(?:eures?)?$", "", texte, flags=re.I))
    if lu.faute and lu.faute.cause == "nombre_illisible":
        return _faute("heures_illisibles", "Cette durée est illisible.", "Écrivez des heures, par exemple 35 ou 35,5.")
    return lu


def lire_echeance(texte: str) -> Lu:
    """Mois après la sortie : 6, 12, 18, 24 ou 30 (« 6 mois », « M+6 »)."""
    trouve = _ECHEANCE.match(_BLANCS.sub("", en_numero(texte)[0]))
    if trouve and int(trouve[1]) in ECHEANCES:
        return Lu(int(trouve[1]))
    return _faute(
        "echeance_forme",
        "L'échéance n'est pas de celles que l'on suit.",
        "Écrivez 6, 12, 18, 24 ou 30 (mois après la sortie).",
    )


def lire_annee_civile(texte: str) -> Lu:
    """Année civile à quatre chiffres, de 2000 à 2099 ; une année scolaire est refusée, car elle en porte deux."""
    numero = en_numero(texte)[0]
    if re.fullmatch(r"20\d\d", numero, re.A):
        return Lu(int(numero))
    raison = "On attend une seule année." if _ANNEES.match(numero) else "Cette année est illisible."
    return _faute("annee_forme", raison, "Écrivez l'année sur quatre chiffres, par exemple 2025.")


def lire_annee_debut(texte: str) -> Lu:
    """Année scolaire « 2024-2025 », « 2024/25 », ou sa première année (2024) ; rendue par sa première année."""
    trouve = _ANNEES.match(en_numero(texte)[0])
    if trouve and trouve[1].startswith("20"):
        debut, suite = int(trouve[1]), trouve[2]
        if suite is None or int(suite) in (debut + 1, (debut + 1) % 100):
            return Lu(debut)
    return _faute(
        "annee_scolaire_forme", "L'année scolaire est illisible.", "Écrivez deux années qui se suivent : 2024-2025."
    )


def lire_annee_formation_sifa(texte: str) -> Lu:
    """Année dans la formation, écrite « 1A » ou « 1 »."""
    return lire_annee_formation(re.sub(r"A$", "", texte.strip().upper()))


def lire_promotion(texte: str) -> Lu:
    """Promotion d'InserSup : « 2022 », ou deux années cumulées « 2021,2022 » (rendue « 2021,2022 »)."""
    propre = re.sub(r"[\[\]\"']", "", _BLANCS.sub("", texte)).replace("-", ",").replace("/", ",")
    if _PROMOTION.match(propre):
        return Lu(propre)
    return _faute("promotion_forme", "Cette promotion est illisible.", "Écrivez 2022, ou 2021,2022 pour un cumul.")


def lire_millesime(texte: str) -> Lu:
    """Millésime d'InserJeunes : « cumul 2022-2023 » → « 2022-2023 », ou « 2023 »."""
    trouve = _MILLESIME.match(_BLANCS.sub("", texte))
    if trouve:
        return Lu(f"{trouve[1]}-{trouve[2]}" if trouve[2] else trouve[1])
    return _faute(
        "millesime_forme", "Ce millésime est illisible.", "Gardez celui du jeu ouvert, par exemple « cumul 2022-2023 »."
    )


def _lecteur_marque(minimum: float, maximum: float, unite: str) -> Lecteur:
    """Nombre d'un jeu ouvert et son marqueur : valeur `(nombre | None, marqueur)`.

    Marqueurs : "" (aucun), "nd" (non diffusé), "na" (sans objet), "*" (cumul de deux années), "**" (cumul impossible).
    """

    def lire(texte: str) -> Lu:
        if (seule := _MARQUES_SEULES.get(texte.casefold())) is not None:
            return Lu((None, seule))
        etoiles = re.search(r"\s*(\*{1,2})$", texte)
        corps = texte[: etoiles.start()] if etoiles else texte
        valeur = en_nombre(corps.removesuffix("%").rstrip())
        if valeur is None or not minimum <= valeur <= maximum:
            return _faute(
                "donnee_ouverte_illisible",
                f"On attend {unite}, ou un des marqueurs nd, na, * et **.",
                "Déposez le fichier tel que le portail l'a donné, sans l'ouvrir dans un tableur.",
            )
        return Lu((valeur, etoiles[1] if etoiles else ""))

    return lire


def lire_code(ecritures: Mapping[str, str], *, libre: bool = False) -> Lecteur:
    """Lecteur d'un code, d'après ses écritures normalisées ; `libre` : un texte inconnu devient son propre code."""
    permis = ", ".join(dict.fromkeys(ecritures.values()))

    def lire(texte: str) -> Lu:
        normal = normaliser_code(texte)
        if (code := ecritures.get(normal)) is not None:
            return Lu(code)
        if libre and normal:
            return Lu(normal[:60])
        return _faute("code_inconnu", "Cette valeur n'est pas de celles qu'on attend.", f"Écrivez une de : {permis}.")

    return lire


def lire_code_booleen(ecritures: Mapping[str, str]) -> Lecteur:
    """Lecteur d'un oui/non qui s'écrit aussi autrement (« présent », « ajourné »)."""

    def lire(texte: str) -> Lu:
        code = ecritures.get(normaliser_code(texte))
        return lire_booleen(texte) if code is None else Lu(code == "oui")

    return lire


def normaliser_code(texte: str) -> str:
    """Texte d'un code sans casse, accent ni espace ; les apostrophes courbes valent les droites."""
    return normaliser_entete(texte.replace("’", "'")).strip(".")


def lecteur_compact(pivot: int, annees: tuple[int, int], decalage: int = 0) -> Lecteur:
    """Lecteur de dates JJMMAAAA ; sept chiffres se lisent JMMAAAA, avec un avertissement ; à défaut, date ordinaire."""
    autres = lecteur_de_dates(pivot, annees, decalage)

    def lire(texte: str) -> Lu:
        trouve = _COMPACTE.match(en_numero(texte)[0])
        if trouve is None:
            return autres(texte)
        lu = autres(f"{trouve[1]}/{trouve[2]}/{trouve[3]}")
        if isinstance(lu.valeur, date) and len(trouve[1]) == 1:
            remede = "Mettez la colonne au format Texte : SIFA attend huit chiffres, JJMMAAAA."
            return Lu(lu.valeur, Faute("date_zero", f"Le zéro de tête manque : lu {lu.valeur:%d/%m/%Y}.", remede))
        return lu

    return lire


LECTEURS_DES_SOURCES: dict[str, Callable[[str], Lu]] = {
    **LECTEURS,
    "annee_formation_sifa": lire_annee_formation_sifa,
    "annee_civile": lire_annee_civile,
    "annee_debut": lire_annee_debut,
    "entier": lire_entier,
    "nombre": lire_nombre,
    "nombre_signe": lire_nombre_signe,
    "heures": lire_heures,
    "echeance": lire_echeance,
    "promotion": lire_promotion,
    "millesime": lire_millesime,
    "effectif_marque": _lecteur_marque(0, 10_000_000, "un effectif"),
    "taux_marque": _lecteur_marque(0, 100, "un pourcentage de 0 à 100"),
    "ecart_marque": _lecteur_marque(-100, 100, "un écart de −100 à 100 points"),
}
