"""Le retour d'un fournisseur : vérifier chaque pièce dans l'ordre, jusqu'à savoir de qui il parle."""

from collections.abc import Mapping
from typing import Any

from appli.oidc.configuration import Fournisseur
from appli.oidc.distant import FournisseurInjoignable, Fournisseurs
from appli.oidc.etats import Aller
from appli.oidc.jetons import (
    Claims,
    JetonRefuse,
    algorithme_du_jeton,
    courriel_verifie,
    valider_l_empreinte_d_acces,
    valider_l_identite,
    valider_l_userinfo,
    valider_l_userinfo_signe,
    valider_le_niveau,
)
from appli.oidc.rattachement import Identite
from appli.oidc.refus import ConnexionRefusee, Raison
from charte.commun.saisies import lire_ligne

LONGUEUR_DU_NOM = 200
LONGUEUR_DU_CODE = 4096


def identifier(
    fournisseurs: Fournisseurs, fournisseur: Fournisseur, aller: Aller, retour: Mapping[str, Any]
) -> Identite:
    """La personne dont parle ce retour (les paramètres de l'adresse). Lève `ConnexionRefusee`."""
    try:
        _exiger_le_meme_emetteur(fournisseurs, fournisseur, retour.get("iss"))
        code = _code(retour)
        return _identifier(fournisseurs, fournisseur, aller, code)
    except FournisseurInjoignable as panne:
        raise ConnexionRefusee(Raison.INJOIGNABLE, str(panne)) from None
    except JetonRefuse as faute:
        raise ConnexionRefusee(Raison.NON_VERIFIEE, str(faute)) from None


def _exiger_le_meme_emetteur(fournisseurs: Fournisseurs, fournisseur: Fournisseur, iss: str | None) -> None:
    # RFC 9207 : le retour dit qui répond ; un autre que celui d'où l'on revient mélangerait deux fournisseurs.
    if iss is None and not fournisseurs.decouvrir(fournisseur).emetteur_au_retour:
        return
    if iss != fournisseur.emetteur:
        raise JetonRefuse("retour d'un autre émetteur")


def _code(retour: Mapping[str, Any]) -> str:
    erreur, code = retour.get("error"), retour.get("code")
    if erreur in ("access_denied", "login_required", "interaction_required", "consent_required"):
        raise ConnexionRefusee(Raison.ANNULEE, "accès non accordé par le fournisseur")
    if erreur is not None or not isinstance(code, str) or not 0 < len(code) <= LONGUEUR_DU_CODE:
        raise ConnexionRefusee(Raison.INJOIGNABLE, "erreur dite par le fournisseur, ou retour sans code")
    return code


def _identifier(fournisseurs: Fournisseurs, fournisseur: Fournisseur, aller: Aller, code: str) -> Identite:
    jeton, acces = fournisseurs.echanger(fournisseur, code, aller.verificateur)
    claims = fournisseurs.verifier(fournisseur, jeton)
    qui = {"emetteur": fournisseur.emetteur, "client_id": fournisseur.client_id}
    sujet = valider_l_identite(claims, **qui, nonce=aller.nonce)
    valider_le_niveau(claims, fournisseur.acr_exiges)
    valider_l_empreinte_d_acces(claims, acces, algorithme_du_jeton(jeton))
    lu = fournisseurs.lire_l_userinfo(fournisseur, acces)
    if lu is not None:
        donnees, signees = lu
        if signees:
            valider_l_userinfo_signe(donnees, **qui)
        valider_l_userinfo(donnees, sujet=sujet)
        # Le courriel et sa garantie se prennent au même endroit.
        claims = donnees if fournisseur.donnees.courriel in donnees else claims
    return Identite(sujet, _courriel(fournisseur, claims), _nom(fournisseur, claims), jeton)


def _courriel(fournisseur: Fournisseur, claims: Claims) -> str:
    return courriel_verifie(claims, fournisseur.donnees.courriel, fait_foi=fournisseur.courriel_fait_foi)


def _nom(fournisseur: Fournisseur, claims: Claims) -> str:
    parties = (lire_ligne(claims.get(champ)) for champ in (fournisseur.donnees.prenom, fournisseur.donnees.nom))
    return " ".join(filter(None, parties))[:LONGUEUR_DU_NOM] or lire_ligne(claims.get("name"))[:LONGUEUR_DU_NOM]
