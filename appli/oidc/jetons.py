"""Les jetons signés d'un fournisseur : ce qui doit être vrai pour les croire. Aucune entrée-sortie ici.

Règles : OpenID Connect Core 1.0, 3.1.3.7 (jeton d'identité), 5.3.2 et 5.3.4 (userinfo) ; RFC 8725 (bonnes pratiques
des jetons signés). La vérification des signatures est celle de joserfc.
"""

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet, OctKey

TOLERANCE = 30
"""Secondes d'écart permises entre les horloges."""
LONGUEUR_DU_SUJET = 255
Claims = dict[str, Any]


class JetonRefuse(Exception):
    """Un jeton ne peut pas être cru ; le message dit la règle qui manque, jamais le jeton ni une valeur lue."""


class CleInconnue(JetonRefuse):
    """La clé qui a signé n'est pas parmi celles connues : le fournisseur en a peut-être changé."""


def lire_le_jeton(texte: str, cles: KeySet, algorithmes: Collection[str]) -> Claims:
    """Le contenu d'un jeton bien signé par une de ces clés, selon un de ces algorithmes.

    Lève `CleInconnue` ou `JetonRefuse`.
    """
    try:
        entete = jws.extract_compact(texte.encode()).headers()
    except (JoseError, ValueError) as erreur:
        raise JetonRefuse("jeton mal formé") from erreur
    if entete.get("alg") not in algorithmes:
        raise JetonRefuse("algorithme non permis")
    cle = _cle_du_jeton(cles, entete.get("kid"))
    try:
        return dict(jwt.decode(texte, cle, algorithms=list(algorithmes)).claims)
    except (JoseError, ValueError) as erreur:
        raise JetonRefuse("signature refusée") from erreur


def _cle_du_jeton(cles: KeySet, kid: object) -> Key:
    # Une clé symétrique publiée serait connue de tous ; une clé de chiffrement ne signe pas.
    utiles = [c for c in cles.keys if not isinstance(c, OctKey) and c.as_dict().get("use", "sig") == "sig"]
    trouvees = [c for c in utiles if c.kid == kid] if kid is not None else utiles
    if len(trouvees) != 1:
        raise CleInconnue("clé de signature inconnue")
    return trouvees[0]


def valider_l_identite(claims: Mapping[str, Any], *, emetteur: str, client_id: str, nonce: str) -> str:
    """Le sujet d'un jeton d'identité où tout est juste : émetteur, destinataire, dates, nonce. Lève `JetonRefuse`."""
    _exiger_l_emetteur_et_le_destinataire(claims, emetteur, client_id)
    _exiger_les_dates(claims, obligatoires=("exp", "iat"))
    attendu, lu = nonce.encode(), claims.get("nonce")
    if not isinstance(lu, str) or not hmac.compare_digest(attendu, lu.encode()):
        raise JetonRefuse("nonce différent de celui envoyé")
    return _sujet(claims)


def valider_le_niveau(claims: Mapping[str, Any], exiges: Collection[str]) -> None:
    """Lève `JetonRefuse` si un niveau est exigé et que le jeton d'identité ne dit pas l'un d'eux (`acr`)."""
    if exiges and claims.get("acr") not in exiges:
        raise JetonRefuse("niveau d'authentification insuffisant (acr)")


def valider_l_userinfo(claims: Mapping[str, Any], *, sujet: str) -> None:
    """Lève `JetonRefuse` si ces données ne sont pas celles de la personne du jeton d'identité."""
    if _sujet(claims) != sujet:
        raise JetonRefuse("userinfo d'un autre sujet")


def valider_l_userinfo_signe(claims: Mapping[str, Any], *, emetteur: str, client_id: str) -> None:
    """Lève `JetonRefuse` si ces données signées viennent d'un autre émetteur, sont pour un autre client ou périmées."""
    _exiger_l_emetteur_et_le_destinataire(claims, emetteur, client_id)
    _exiger_les_dates(claims, obligatoires=())


def valider_l_empreinte_d_acces(claims: Mapping[str, Any], acces: str, algorithme: str) -> None:
    """Lève `JetonRefuse` si `at_hash`, quand il est là, n'est pas celui de ce jeton d'accès."""
    donnee = claims.get("at_hash")
    if donnee is None:
        return
    hachage = {"256": hashlib.sha256, "384": hashlib.sha384}.get(algorithme[-3:], hashlib.sha512)
    moitie = hachage(acces.encode()).digest()
    attendue = base64.urlsafe_b64encode(moitie[: len(moitie) // 2]).rstrip(b"=")
    if not isinstance(donnee, str) or not hmac.compare_digest(attendue, donnee.encode()):
        raise JetonRefuse("jeton d'accès substitué (at_hash)")


def algorithme_du_jeton(texte: str) -> str:
    """L'algorithme dit par un jeton déjà vérifié."""
    return str(jws.extract_compact(texte.encode()).headers().get("alg", ""))


def _exiger_l_emetteur_et_le_destinataire(claims: Mapping[str, Any], emetteur: str, client_id: str) -> None:
    if claims.get("iss") != emetteur:
        raise JetonRefuse("autre émetteur")
    lu = claims.get("aud")
    destinataires = [lu] if isinstance(lu, str) else lu if isinstance(lu, list) else []
    if client_id not in destinataires:
        raise JetonRefuse("autre destinataire")
    azp = claims.get("azp")
    if (azp is not None or len(destinataires) > 1) and azp != client_id:
        raise JetonRefuse("autre destinataire (azp)")


def _exiger_les_dates(claims: Mapping[str, Any], obligatoires: Iterable[str]) -> None:
    essentielles: dict[str, Any] = {nom: {"essential": True} for nom in obligatoires}
    try:
        jwt.JWTClaimsRegistry(now=int(time.time()), leeway=TOLERANCE, **essentielles).validate(
            {nom: claims[nom] for nom in ("exp", "iat", "nbf") if nom in claims}
        )
    except JoseError as erreur:
        raise JetonRefuse("dates refusées (périmé, futur ou absentes)") from erreur


def _sujet(claims: Mapping[str, Any]) -> str:
    sujet = claims.get("sub")
    if not isinstance(sujet, str) or not 0 < len(sujet) <= LONGUEUR_DU_SUJET or not sujet.isprintable():
        raise JetonRefuse("sujet absent, démesuré ou illisible")
    return sujet


def courriel_verifie(claims: Mapping[str, Any], champ: str, *, fait_foi: bool) -> str:
    """Le courriel, en minuscules, si le fournisseur le garantit (`email_verified` vrai, ou `fait_foi`) ; sinon vide."""
    lu = claims.get(champ)
    courriel = lu.strip().lower() if isinstance(lu, str) else ""
    bien_forme = len(courriel) <= 254 and courriel.isprintable() and re.fullmatch(r"[^@\s]+@[^@\s]+", courriel)
    garanti = claims.get("email_verified") is True or (fait_foi and "email_verified" not in claims)
    return courriel if bien_forme and garanti else ""
