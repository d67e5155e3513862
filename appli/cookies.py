"""Les cookies de l'outil : leur nom, et comment ils se posent."""

from litestar.response import Redirect, Template

from appli.sessions import DUREE
from charte.commun.reglages import Reglages


def nom_du_cookie(reglages: Reglages, suffixe: str = "") -> str:
    """`__Host-` sous https : le navigateur refuse alors qu'un sous-domaine pose le cookie à notre place."""
    return f"{'__Host-' if reglages.https else ''}trajectoire{suffixe}"


def poser_le_cookie(
    reponse: Template | Redirect, reglages: Reglages, suffixe: str, valeur: str, *, duree: float = DUREE.total_seconds()
) -> None:
    """Pose un cookie ; `duree=0` l'efface. `delete_cookie` oublie `Secure` : un navigateur garde alors un `__Host-`."""
    reponse.set_cookie(
        nom_du_cookie(reglages, suffixe),
        valeur,
        max_age=int(duree),
        path="/",
        httponly=True,
        secure=reglages.https,
        samesite="lax",
    )
