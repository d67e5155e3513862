"""Les saisies d'une campagne : réglages, formations, passages, désignations, reprise. Chaque refus dit le remède."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from charte.acteur import Partie
from charte.chargement import editions_disponibles
from charte.commun.rappels import lire_les_seuils
from charte.commun.saisies import lire_jour, lire_ligne

ANNEES = range(2020, 2101)
SEUILS_MAXIMAUX = 6
ETENDUE_DES_SEUILS = range(-60, 181)
"""Jours : deux mois après l'échéance, six mois avant."""


def _texte(brut: Any) -> str:
    return str(brut or "").replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip()


def _liste(brut: Any) -> list[str]:
    """Un champ répété : une liste ; seul : une liste d'un ; absent : vide."""
    if not brut:
        return []
    return [str(valeur) for valeur in brut] if isinstance(brut, list) else [str(brut)]


def _numero(brut: Any) -> int | None:
    texte = lire_ligne(brut)
    if not texte:
        return None
    if not (texte.isascii() and texte.isdecimal()) or len(texte) > 18:
        raise ValueError("Choisissez dans la liste.")
    return int(texte)


def _numeros(brut: Any) -> frozenset[int]:
    """« 3,7,12 », ou un champ répété."""
    morceaux = [morceau for valeur in _liste(brut) for morceau in valeur.split(",")]
    return frozenset(numero for morceau in morceaux if (numero := _numero(morceau)) is not None)


def _lire_les_designes(brut: Any) -> frozenset[tuple[int, Partie, int]]:
    return frozenset(_lire_un_designe(valeur) for valeur in _liste(brut))


def _lire_un_designe(valeur: str) -> tuple[int, Partie, int]:
    morceaux = valeur.split("-")
    try:
        formation, partie, compte = morceaux
        lus = _numero(formation), Partie(partie), _numero(compte)
    except ValueError:
        lus = (None, Partie.CONCERTEE, None)
    if lus[0] is None or lus[2] is None or lus[1] is Partie.CONCERTEE:
        raise ValueError("Cette désignation ne se lit pas ; rechargez la page et recommencez.")
    return lus[0], lus[1], lus[2]


Ligne = Annotated[str, BeforeValidator(lire_ligne)]
Mot = Annotated[str, BeforeValidator(lambda brut: lire_ligne(brut)[:40])]
TexteLibre = Annotated[str, BeforeValidator(_texte)]
Jour = Annotated[date | None, BeforeValidator(lire_jour)]
Version = Annotated[int, BeforeValidator(lambda brut: brut or 0), Field(ge=0, le=2**31 - 1)]
Numero = Annotated[int | None, BeforeValidator(_numero)]
Numeros = Annotated[frozenset[int], BeforeValidator(_numeros)]


class _Saisie(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", validate_default=True)


class FormulaireCampagne(_Saisie):
    """Les réglages d'une campagne. `relances` rendu sans espaces, du plus tôt au plus tard : « 14,3,-1 »."""

    libelle: Ligne = ""
    edition: Ligne = ""
    toutes_formations: Literal["toutes", "choisies"] = "toutes"
    echeance_positions: Jour = None
    echeance_concertation: Jour = None
    relances: Ligne = ""
    consigne: TexteLibre = ""
    version: Version = 0

    @field_validator("libelle")
    @classmethod
    def _libelle_donne(cls, valeur: str) -> str:
        if not valeur:
            raise ValueError("Donnez un nom à la campagne, par exemple « Auto-évaluation 2026-2027 ».")
        return _borner(valeur, 120)

    @field_validator("edition")
    @classmethod
    def _edition_livree(cls, valeur: str) -> str:
        if valeur not in editions_disponibles():
            raise ValueError("Choisissez une édition de la charte dans la liste.")
        return valeur

    @field_validator("echeance_concertation")
    @classmethod
    def _dans_l_ordre(cls, valeur: date | None, infos: ValidationInfo) -> date | None:
        positions = infos.data.get("echeance_positions")
        if valeur and positions and valeur < positions:
            raise ValueError("La concertation finit avant les positions ; donnez une date plus tardive, ou aucune.")
        return valeur

    @field_validator("relances")
    @classmethod
    def _seuils_lisibles(cls, valeur: str) -> str:
        try:
            seuils = lire_les_seuils(valeur)
        except ValueError:
            seuils = (10_000,)
        if any(seuil not in ETENDUE_DES_SEUILS for seuil in seuils) or len(seuils) > SEUILS_MAXIMAUX:
            raise ValueError(
                "Écrivez des nombres de jours séparés par des virgules, six au plus, entre -60 et 180 : « 14,3,-1 » "
                "rappelle quatorze jours avant l'échéance, trois jours avant, puis le lendemain."
            )
        return ",".join(map(str, seuils))

    @field_validator("consigne")
    @classmethod
    def _consigne_bornee(cls, valeur: str) -> str:
        return _borner(valeur, 2000)


class FormulaireNouvelleCampagne(FormulaireCampagne):
    """Une campagne à créer."""

    annee: Annotated[int, Field(ge=ANNEES.start, lt=ANNEES.stop), BeforeValidator(lire_ligne)] = 0

    @field_validator("annee", mode="wrap")
    @classmethod
    def _annee_juste(cls, brut: Any, suite: Any) -> int:
        try:
            return int(suite(brut))
        except ValueError as erreur:
            raise ValueError("Écrivez l'année de la rentrée en quatre chiffres, par exemple 2026.") from erreur


class FormulaireFormations(_Saisie):
    """Les formations retenues parmi celles montrées. Les échéances propres se lisent à part (`lire_les_echeances`)."""

    montrees: Numeros = frozenset()
    retenues: Numeros = frozenset()
    version: Version = 0


class FormulaireLotDeFormations(_Saisie):
    """Retenir ou ôter d'un geste les formations d'un CFA, d'une composante, ou toutes."""

    geste: Literal["retenir", "oter"] = "retenir"
    cfa: Numero = None
    composante: Numero = None
    version: Version = 0


class FormulairePassage(_Saisie):
    """Un passage d'état ; `depuis` : l'état qu'on avait sous les yeux ; `instance` : devant qui on arrête."""

    passage: Mot = ""
    depuis: Mot = ""
    motif: TexteLibre = ""
    instance: Ligne = ""

    @field_validator("motif")
    @classmethod
    def _motif_borne(cls, valeur: str) -> str:
        return _borner(valeur, 500)

    @field_validator("instance")
    @classmethod
    def _instance_bornee(cls, valeur: str) -> str:
        return _borner(valeur, 200)


class FormulaireDesignations(_Saisie):
    """Les comptes désignés pour les formations montrées : « 12-cfa-5 » (formation, partie, compte)."""

    montrees: Numeros = frozenset()
    designes: Annotated[frozenset[tuple[int, Partie, int]], BeforeValidator(_lire_les_designes)] = frozenset()


class FormulaireLotDeRepondants(_Saisie):
    """Désigner un compte d'un geste pour les formations d'un CFA, d'une composante, ou toutes, là où il écrit."""

    compte: Numero = None
    partie: Literal[Partie.ETABLISSEMENT, Partie.CFA] = Partie.ETABLISSEMENT
    cfa: Numero = None
    composante: Numero = None

    @field_validator("compte")
    @classmethod
    def _compte_choisi(cls, valeur: int | None) -> int | None:
        if valeur is None:
            raise ValueError("Choisissez qui désigner.")
        return valeur


class FormulaireReprise(_Saisie):
    """Ce que l'on reprend de l'an passé."""

    parties: Literal["toutes", "concertee"] = "toutes"
    depuis: Numero = None


def lire_les_echeances(saisies: dict[str, Any], montrees: frozenset[int]) -> tuple[dict[int, date | None], list[str]]:
    """Les échéances propres (« echeance-12 »), et le nom des champs qui ne se lisent pas."""
    lues: dict[int, date | None] = {}
    fautes = []
    for numero in sorted(montrees):
        try:
            lues[numero] = lire_jour(saisies.get(f"echeance-{numero}"))
        except ValueError:
            fautes.append(f"echeance-{numero}")
    return lues, fautes


def _borner(valeur: str, maximum: int) -> str:
    if len(valeur) > maximum:
        raise ValueError(f"Ce texte fait {len(valeur)} caractères ; {maximum} au plus. Il est gardé ci-dessous.")
    return valeur
