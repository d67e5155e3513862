"""Pourquoi une connexion par un fournisseur n'aboutit pas : ce qu'on en dit au lecteur, ce qu'on en note."""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True)
class Texte:
    """Ce que montre la page : statut HTTP, titre, ce qui s'est passé, quoi faire. `{nom}` y devient le fournisseur."""

    statut: int
    titre: str
    message: str
    remede: str


_RECOMMENCER = "Repartez de la page de connexion et recommencez."
_PREVENIR = "Recommencez dans quelques minutes ; si cela persiste, prévenez l’administrateur de l’outil."


class Raison(Enum):
    """Les issues qu'une page distingue ; les fautes d'une réponse, elles, ne se distinguent que dans le journal."""

    PERIMEE = Texte(
        400,
        "Cette connexion n’est plus valable",
        "Elle a déjà servi, a attendu trop longtemps, ou n’a pas commencé dans ce navigateur. Rien n’a été ouvert.",
        _RECOMMENCER,
    )
    ANNULEE = Texte(
        403,
        "La connexion n’a pas été accordée",
        "{nom} a répondu que la connexion était annulée ou refusée. Rien n’a été ouvert.",
        _RECOMMENCER,
    )
    INJOIGNABLE = Texte(502, "{nom} ne répond pas", "Rien n’a été ouvert ni changé.", _PREVENIR)
    NON_VERIFIEE = Texte(
        502,
        "La réponse de {nom} n’a pas pu être vérifiée",
        "Par prudence, elle a été écartée. Rien n’a été ouvert ni changé.",
        _PREVENIR,
    )
    SANS_COURRIEL_SUR = Texte(
        403,
        "{nom} ne garantit pas votre courriel",
        "Sans courriel vérifié, l’outil ne peut pas vous reconnaître. Rien n’a été ouvert ni changé.",
        "Faites vérifier votre courriel chez {nom}, ou demandez un accès à l’administrateur de votre établissement.",
    )
    SANS_ACCES = Texte(
        403,
        "Votre établissement ne vous a pas encore ouvert d’accès",
        "{nom} vous a bien reconnu, mais aucun accès n’est ouvert ici à votre nom. Rien n’a été créé.",
        "Demandez-le au référent qualité ou à l’administrateur de votre établissement.",
    )
    TROP_DE_DEPARTS = Texte(
        503, "Trop de connexions sont en cours", "L’outil en limite le nombre.", "Réessayez dans quelques minutes."
    )


class ConnexionRefusee(Exception):
    """Rien ne s'ouvre. `detail` : quelques mots pour le journal technique, sans jeton, courriel ni adresse."""

    def __init__(self, raison: Raison, detail: str) -> None:
        super().__init__(detail)
        self.raison = raison
        self.detail = detail
