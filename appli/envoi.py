"""Lire le formulaire d'une requête, une fois pour toutes."""

from litestar.datastructures import FormMultiDict
from litestar.exceptions import ClientException

from appli.presentation import Requete


async def lire_le_formulaire(requete: Requete) -> FormMultiDict:
    """Le formulaire envoyé ; lève `ClientException` (400) s'il ne se lit pas. Il reste prêt pour le gestionnaire."""
    try:
        return await requete.form()
    except (UnicodeDecodeError, LookupError) as erreur:
        # Litestar 2.25 laisse échapper ces deux-là d'un envoi en morceaux (octets hors UTF-8, codage inconnu) : un 500.
        raise ClientException from erreur
