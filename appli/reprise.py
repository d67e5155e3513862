"""Reprendre une saisie qu'une session finie a empêché d'enregistrer : le texte reste dans la page, jamais ici.

Tout formulaire donné à quelqu'un porte sa marque (une empreinte à clé de son compte et de son établissement). Quand
l'envoi arrive sans session, ou sous un jeton d'avant, la page répond avec la saisie en champs cachés : rien n'est
gardé au serveur ni mis dans une adresse. Renvoyée par le même compte, la saisie se montre et repart d'un clic, sous un
jeton neuf, à la même adresse. Choix : docs/decisions/0025.
"""

import hmac
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from litestar.datastructures import UploadFile
from litestar.response import Template

from appli.envoi import lire_le_formulaire
from appli.presentation import CHAMP_DE_L_AUTEUR, Requete, marque_d_auteur, reglages_de, visite_de
from charte.commun.web import page

CHAMP_DU_JETON = "_csrf"
OCTETS_MAXIMAUX = 1_000_000
"""Au-delà, l'envoi n'est pas lu : seul un fichier pèse autant, et un fichier ne se reprend pas."""
CHAMPS_MAXIMAUX = 200
_SECRET = re.compile(r"passe|secret|jeton|totp|secours", re.IGNORECASE)
_MARQUE = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Saisie:
    """Ce qui a été envoyé : l'adresse (locale), les champs de texte dans leur ordre, les noms des champs de fichier.

    `lue` est fausse quand l'envoi, trop gros, n'a pas été lu : `champs` est alors vide.
    """

    adresse: str
    champs: tuple[tuple[str, str], ...] = ()
    fichiers: tuple[str, ...] = ()
    auteur: str = ""
    lue: bool = True

    @property
    def a_montrer(self) -> tuple[tuple[str, str], ...]:
        """Les champs remplis, sous un nom lisible."""
        return tuple((nom.replace("_", " ").strip().capitalize(), texte) for nom, texte in self.champs if texte)


async def lire_la_saisie(requete: Requete) -> Saisie | None:
    """Ce que cet envoi permet de reprendre ; None si rien ne prouve qu'il vient d'un formulaire de ce site.

    Un envoi de htmx n'est pas repris (la grille garde ses propres brouillons), ni un formulaire qui porte un secret.
    """
    if requete.method != "POST" or requete.headers.get("hx-request") or not _d_ici(requete):
        return None
    adresse = _adresse(requete)
    taille = requete.headers.get("content-length", "")
    if not taille.isdecimal() or int(taille) > OCTETS_MAXIMAUX:
        return Saisie(adresse, lue=False)
    formulaire = await lire_le_formulaire(requete)
    saisie = _trier(adresse, list(formulaire.items()))
    await formulaire.close()
    return saisie


def _trier(adresse: str, envoyes: list[tuple[str, object]]) -> Saisie | None:
    """La saisie de ces champs, ou None si elle n'a pas de marque, porte un secret ou trop de champs."""
    textes = [(nom, valeur) for nom, valeur in envoyes if isinstance(valeur, str)]
    fichiers = [nom for nom, valeur in envoyes if isinstance(valeur, UploadFile)]
    auteur = dict(textes).get(CHAMP_DE_L_AUTEUR, "")
    if not _MARQUE.fullmatch(auteur) or len(envoyes) > CHAMPS_MAXIMAUX or any(_SECRET.search(nom) for nom, _ in textes):
        return None
    champs = tuple((nom, texte) for nom, texte in textes if nom not in (CHAMP_DU_JETON, CHAMP_DE_L_AUTEUR))
    return Saisie(adresse, champs, tuple(fichiers), auteur)


def _d_ici(requete: Requete) -> bool:
    """Vrai si le navigateur AFFIRME que l'envoi part d'une page de ce site ; son silence ne suffit pas ici."""
    if requete.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    origine = requete.headers.get("origin")
    return origine is not None and urlsplit(origine).netloc == requete.headers.get("host", "")


def _adresse(requete: Requete) -> str:
    # Un chemin qui commence par deux barres désignerait un autre site dans l'attribut `action`.
    chemin = "/" + requete.url.path.lstrip("/")
    return f"{chemin}?{requete.url.query}" if requete.url.query else chemin


def reprise_permise(requete: Requete, saisie: Saisie | None) -> bool:
    """Vrai si la saisie a été faite sous le compte et dans l'établissement d'aujourd'hui."""
    acteur = visite_de(requete).acteur
    if saisie is None or acteur is None:
        return False
    return hmac.compare_digest(saisie.auteur, marque_d_auteur(reglages_de(requete).cle_web, acteur))


def demander_de_se_reconnecter(saisie: Saisie) -> Template:
    """401 : la session a pris fin, rien n'est enregistré, la saisie attend dans cette page."""
    return page("appli/reprise.html", statut=401, saisie=saisie, etape="connexion")


def proposer_de_renvoyer(saisie: Saisie) -> Template:
    """403 : la saisie, telle qu'elle partira, et le bouton qui l'envoie sous un jeton neuf."""
    return page("appli/reprise.html", statut=403, saisie=saisie, etape="envoi")


def refuser_un_autre_compte() -> Template:
    """403 : cette saisie a été faite sous un autre compte ; elle ne part pas sous celui-ci."""
    return page("appli/reprise.html", statut=403, saisie=None, etape="autre_compte")
