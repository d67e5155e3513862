"""Noter ce que l'application refuse : qui, d'où, par quelle route ; ni adresse, ni courriel, ni valeur saisie."""

from appli.presentation import Requete, reglages_de, visite_de
from appli.traces import consigner_un_refus, marquer

_QUOI = {
    400: "demande malformée",
    403: "formulaire refusé",
    404: "introuvable ou interdit",
    405: "méthode refusée",
    413: "envoi trop gros",
    429: "rythme dépassé",
}


def noter_le_refus(requete: Requete, statut: int, quoi: str = "", *, courriel: str = "") -> None:
    """Écrit un refus au journal technique ; `courriel`, tel que tapé, n'y laisse qu'une marque.

    Un visiteur sans session qui demande une adresse inconnue n'est pas noté : ce n'est que du bruit.
    """
    acteur, cle = visite_de(requete).acteur, reglages_de(requete).cle_web
    if statut == 404 and acteur is None:
        return
    consigner_un_refus(
        quoi or _QUOI.get(statut, "demande refusée"),
        statut=statut,
        methode=requete.method,
        route=route_de(requete),
        compte=acteur.compte_id if acteur else None,
        courriel=marquer(cle, "courriel", courriel.strip().lower()),
        source=marquer(cle, "source", requete.client.host if requete.client else ""),
    )


def route_de(requete: Requete) -> str:
    """Le modèle de l'adresse demandée, jamais l'adresse : elle peut porter le jeton d'un lien à usage unique."""
    return requete.scope.get("path_template") or "(aucune)"
