"""Ce qu'une personne reçoit quand elle demande ses données (RGPD, art. 15) : les données, et de quoi les comprendre."""

import json
from datetime import datetime
from typing import Any

from appli.donnees_personnelles.notice import dire_le_contact
from appli.donnees_personnelles.registre import Politique
from charte.commun.typographie import moment
from indicateurs.rgpd.classeur import en_classeur
from indicateurs.rgpd.personne import Fiche

DROITS = (
    "Faire rectifier ou effacer ces données, en limiter l’usage, s’opposer au traitement (RGPD, art. 16 à 18 et 21), "
    "se plaindre à la CNIL (art. 77)."
)


def informations(politique: Politique, etablissement: str, uai: str | None) -> dict[str, str]:
    """Ce qui accompagne les données : responsable, délégué, finalité, base légale, origine, lecteurs, durée, droits."""
    suivi = next(t for t in politique.registre.traitements if t.cle == "suivi")
    declare = politique.responsable_de(uai)
    return {
        "Établissement": etablissement,
        "Responsable du traitement": dire_le_contact(declare.responsable if declare else None, "responsable"),
        "Délégué à la protection des données": dire_le_contact(declare.delegue if declare else None, "délégué"),
        "Pourquoi": suivi.finalite,
        "Base légale": suivi.base_legale,
        "Origine": suivi.origine,
        "Qui les voit": " ; ".join((*suivi.lecteurs, *(declare.destinataires if declare else ()))),
        "Combien de temps": politique.duree_de(suivi),
        "Ce qui n’y est pas": "Nom, prénom, date de naissance et INE : il n’en est gardé que des empreintes à clé.",
        "Vos droits": DROITS,
    }


def en_json(fiche: Fiche, infos: dict[str, str], instant: datetime) -> bytes:
    """L'extraction en JSON : `extrait_le`, `informations`, `donnees`."""
    contenu: dict[str, Any] = {
        "extrait_le": instant.isoformat(),
        "informations": infos,
        "donnees": fiche.en_json(),
    }
    return json.dumps(contenu, ensure_ascii=False, indent=1).encode()


def en_xlsx(fiche: Fiche, infos: dict[str, str], instant: datetime) -> bytes:
    """L'extraction en classeur lisible."""
    return en_classeur(fiche, [("Vos données dans Trajectoire", ""), ("Extrait le", moment(instant)), *infos.items()])
