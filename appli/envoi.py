"""Lire le formulaire d'une requête, une fois pour toutes : ses champs sont comptés, rien n'en reste en mémoire."""

from litestar._parsers import parse_url_encoded_form_data
from litestar.datastructures import FormMultiDict
from litestar.enums import RequestEncodingType
from litestar.exceptions import ClientException, HTTPException

from appli.presentation import Requete

CHAMPS_MAXIMAUX = 500


class TropDeChamps(HTTPException):
    """Un envoi aux champs trop nombreux pour venir d'une de nos pages."""

    status_code = 413
    detail = "trop de champs"


async def lire_le_formulaire(requete: Requete) -> FormMultiDict:
    """Le formulaire envoyé ; lève `TropDeChamps`, ou `ClientException` (400) s'il ne se lit pas.

    Il reste prêt pour le gestionnaire.
    """
    simple = requete.content_type[0] == RequestEncodingType.URL_ENCODED
    if simple and (await requete.body()).count(b"&") >= CHAMPS_MAXIMAUX:
        raise TropDeChamps
    try:
        return await requete.form()
    except (UnicodeDecodeError, LookupError) as erreur:
        # Litestar 2.25 laisse échapper ces deux-là d'un envoi en morceaux (octets hors UTF-8, codage inconnu) : un 500.
        raise ClientException from erreur
    finally:
        # Il garde aussi les mille derniers corps lus, mots de passe compris.
        parse_url_encoded_form_data.cache_clear()
