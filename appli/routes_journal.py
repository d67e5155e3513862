"""Le journal : le chercher, vérifier sa chaîne, l'emporter. Emporter s'y inscrit ; rien d'autre ici n'écrit."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Response, Template

from appli.portee_du_journal import portee_du_journal
from charte.acteur import Acteur, Geste, exiger_partout
from charte.commun.base import Base
from charte.commun.journal import journaliser
from charte.commun.registre import (
    ORIGINES_EN_CLAIR,
    Recherche,
    actes_connus,
    compter,
    derniere_empreinte,
    exporter,
    lire_page,
    verifier_le_journal,
)
from charte.commun.saisies import lire_jour, lire_ligne
from charte.commun.telechargement import joindre
from charte.commun.web import ErreurDeChamp, Saisies, acces, page

ENTREES_PAR_PAGE = 50
LONGUEUR_CHERCHEE = 100


@dataclass(frozen=True)
class Demande:
    """Une recherche telle qu'elle est tapée, telle qu'elle se lit, et ce qui n'y va pas."""

    saisies: dict[str, str]
    recherche: Recherche
    erreurs: tuple[ErreurDeChamp, ...]

    @property
    def adresse(self) -> str:
        """Les saisies non vides, en fin d'adresse."""
        return urlencode({nom: valeur for nom, valeur in self.saisies.items() if valeur})


def lire_la_demande(texte: str, acte: str, du: str, au: str) -> Demande:
    """Lit une recherche ; une date illisible ou une période à l'envers se dit et ne restreint rien."""
    saisies = {"texte": lire_ligne(texte)[:LONGUEUR_CHERCHEE], "acte": lire_ligne(acte), "du": du, "au": au}
    jours: dict[str, Any] = {"du": None, "au": None}
    erreurs = []
    for champ in jours:
        try:
            jours[champ] = lire_jour(saisies[champ])
        except ValueError as erreur:
            erreurs.append(ErreurDeChamp(champ, str(erreur)))
    if jours["du"] and jours["au"] and jours["du"] > jours["au"]:
        erreurs.append(ErreurDeChamp("au", "La fin de la période vient avant son début ; échangez les deux dates."))
        jours["au"] = None
    return Demande(saisies, Recherche(saisies["texte"], saisies["acte"], **jours), tuple(erreurs))


@get("/journal", opt=acces(Geste.LIRE_JOURNAL), sync_to_thread=True, name="journal")
def montrer_le_journal(
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    texte: FromQuery[str] = "",
    acte: FromQuery[str] = "",
    du: FromQuery[str] = "",
    au: FromQuery[str] = "",
    numero: FromQuery[int] = 1,
) -> Template:
    """Qui a fait quoi dans l'établissement, du plus récent au plus ancien, et ce qu'on y cherche."""
    demande = lire_la_demande(texte, acte, du, au)
    contexte = _lire(base, acteur, _bornee(acteur, demande), numero)
    return page("appli/journal.html", statut=422 if demande.erreurs else 200, demande=demande, **contexte)


def _bornee(acteur: Acteur, demande: Demande) -> Recherche:
    """La recherche, bornée à ce que l'acteur lit du journal."""
    return replace(demande.recherche, portee=portee_du_journal(acteur))


def _lire(base: Base, acteur: Acteur, recherche: Recherche, numero: int) -> dict[str, Any]:
    with base.lecture() as session:
        total = compter(session, acteur, recherche)
        pages = max(1, -(-total // ENTREES_PAR_PAGE))
        numero = min(max(1, numero), pages)
        return {
            "entrees": lire_page(session, acteur, recherche, numero, ENTREES_PAR_PAGE),
            "actes": [("", "Tous"), *((acte, acte) for acte in actes_connus(session, acteur, recherche.portee))],
            "entier": recherche.portee is None,
            "empreinte": derniere_empreinte(session, acteur) if recherche.portee is None else "",
            "origines": ORIGINES_EN_CLAIR,
            "numero": numero,
            "pages": pages,
            "total": total,
        }


@get("/journal/verification", opt=acces(Geste.LIRE_JOURNAL), sync_to_thread=True, name="journal_verifie")
def verifier_la_chaine(base: NamedDependency[Base], acteur: NamedDependency[Acteur]) -> Template:
    """Recalcule toute la chaîne de l'établissement et dit où elle se rompt, si elle se rompt."""
    exiger_partout(acteur, Geste.LIRE_JOURNAL)
    with base.lecture() as session:
        etat = verifier_le_journal(session, acteur.etablissement_id)
    return page("appli/journal_verification.html", etat=etat)


@post("/journal.csv", opt=acces(Geste.LIRE_JOURNAL), sync_to_thread=True, name="journal_csv", status_code=200)
def emporter_le_journal(data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]) -> Response[bytes]:
    """Les entrées trouvées, en CSV ; elles portent des noms de comptes : les emporter entre au journal."""
    demande = lire_la_demande(*(str(data.get(champ) or "") for champ in ("texte", "acte", "du", "au")))
    recherche = _bornee(acteur, demande)
    with base.ecriture() as session:
        contenu = exporter(session, acteur, recherche)
        nombre = compter(session, acteur, recherche)
        journaliser(session, acteur, "journal emporté", "journal", apres={"entrees": nombre})
    return joindre(contenu, "journal.csv", "text/csv")


ROUTES = (montrer_le_journal, verifier_la_chaine, emporter_le_journal)
