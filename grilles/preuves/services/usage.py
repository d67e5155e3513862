"""À quoi sert une preuve, ou a servi : ce qui interdit de l'effacer."""

import json

from sqlalchemy import func, select
from sqlmodel import Session, col

from charte.acteur import Acteur
from charte.commun.base import lignes
from grilles.arrete.modeles import Instantane
from grilles.modeles import PreuveCitee
from grilles.preuves.modeles import PreuveDAction, PreuveDeJalon, PreuveDeReference

_LIENS = (PreuveCitee, PreuveDeReference, PreuveDeJalon, PreuveDAction)


def sert(session: Session, acteur: Acteur, preuve_id: int) -> bool:
    """Vrai si une grille, une ligne de référentiel, un jalon ou une action s'en sert, où que ce soit ici."""
    for lien in _LIENS:
        compte = (
            select(func.count())
            .select_from(lien)
            .where(col(lien.preuve_id) == preuve_id, col(lien.etablissement_id) == acteur.etablissement_id)
        )
        if lignes(session, compte)[0][0]:
            return True
    return False


def sert_ou_a_servi(session: Session, acteur: Acteur, preuve_id: int) -> bool:
    """Vrai si elle sert, ou si une grille arrêtée, rouverte ou non, l'a scellée."""
    if sert(session, acteur, preuve_id):
        return True
    requete = select(col(Instantane.contenu)).where(
        col(Instantane.etablissement_id) == acteur.etablissement_id,
        col(Instantane.contenu).contains(str(preuve_id), autoescape=True),
    )
    return any(preuve_id in preuves_scellees(contenu) for (contenu,) in lignes(session, requete))


def preuves_scellees(contenu: str) -> set[int]:
    """Les preuves qu'un instantané porte : celles de ses lignes, celles dont il garde les fichiers."""
    lu = json.loads(contenu)
    citees = lu.get("materiaux", {}).get("preuves", {}).values()
    return {int(p["id"]) for preuves in citees for p in preuves} | {int(cle) for cle in lu.get("fichiers", {})}
