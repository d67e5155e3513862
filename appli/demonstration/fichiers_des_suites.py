"""Écrit les autres fichiers de l'université fictive, chacun dans un format connu (`indicateurs.donnees.formats`)."""

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from appli.demonstration.fichiers import Valeur
from appli.demonstration.generateur import ApprentiEngendre
from appli.demonstration.suites import Devenir, Suites
from appli.demonstration.universite import FormationDecrite, Universite, uai

FORMATS = ("resultats", "heures", "rencontres", "enquete_insertion", "satisfaction")
"""Les formats écrits, dans l'ordre où la démonstration les dépose."""
SONDAGE = "sondage-maison-a-rapprocher.csv"
"""Un fichier aux titres inconnus de l'outil, à rapprocher soi-même."""
SONDAGE_LIGNES = 40

Lignes = list[dict[str, Valeur]]


def lignes_des_suites(universite: Universite, suites: Suites) -> dict[str, Lignes]:
    """Les lignes de chaque fichier : nom de colonne du format vers valeur."""
    ecrire: dict[str, Callable[[], Iterable[dict[str, Valeur]]]] = {
        "resultats": lambda: (
            _qui(universite, e.apprenti)
            | {"annee_session": str(e.annee), "present": _oui(e.present), "admis": _oui(e.admis)}
            for e in suites.examens
        ),
        "heures": lambda: (
            _qui(universite, h.apprenti)
            | {
                "annee_scolaire": _scolaire(h.annee),
                "heures_prevues": str(h.prevues),
                "heures_realisees": str(h.realisees),
            }
            for h in suites.heures
        ),
        "rencontres": lambda: (
            _qui(universite, r.apprenti)
            | {"nature": r.nature, "rang": str(r.rang), "prevue_du": r.du}
            | {"prevue_au": r.au or "", "tenue_le": r.tenue or ""}
            for r in suites.rencontres
        ),
        "enquete_insertion": lambda: (_qui(universite, d.apprenti) | _devenir(d) for d in suites.devenirs),
        "satisfaction": lambda: (
            _ou(universite, a.formation)
            | {"annee_scolaire": _scolaire(a.annee), "public": a.public, "question": a.question}
            | {"numero_repondant": str(a.repondant), "note": str(a.note), "note_min": "1", "note_max": "5"}
            | {"nombre_sollicites": str(a.sollicites)}
            for a in suites.avis
        ),
    }
    return {format_: list(ecrire[format_]()) for format_ in FORMATS}


def _qui(universite: Universite, apprenti: ApprentiEngendre) -> dict[str, Valeur]:
    return {
        "nom_apprenant": apprenti.personne.nom,
        "prenom_apprenant": apprenti.personne.prenom,
        "date_de_naissance_apprenant": apprenti.personne.naissance,
        "ine_apprenant": apprenti.personne.ine,
        **_ou(universite, apprenti.formation),
    }


def _ou(universite: Universite, formation: FormationDecrite) -> dict[str, Valeur]:
    return {
        "formation_rncp": formation.rncp,
        "formation_cfd": formation.cfd,
        "etablissement_responsable_uai": uai(universite.cfa(formation.cfa).uai),
        "etablissement_formateur_uai": uai(universite.lieu(formation.lieu).uai),
    }


def _devenir(devenir: Devenir) -> dict[str, Valeur]:
    return {
        "mois_apres_sortie": str(devenir.mois),
        "a_repondu": _oui(devenir.situation is not None),
        "situation": devenir.situation or "",
        "type_contrat": devenir.contrat or "",
        "adequation": _oui(devenir.adequation),
        "duree_recherche_mois": "" if devenir.recherche is None else str(devenir.recherche).replace(".", ","),
    }


def _oui(valeur: bool | None) -> str:
    return "" if valeur is None else "OUI" if valeur else "NON"


def _scolaire(annee: int) -> str:
    return f"{annee}-{annee + 1}"


def ecrire_les_suites(dossier: Path, universite: Universite, suites: Suites) -> dict[str, Path]:
    """Écrit un csv par format, et le sondage maison ; rend le chemin de chaque format."""
    dossier.mkdir(parents=True, exist_ok=True)
    chemins = {}
    for format_, lignes in lignes_des_suites(universite, suites).items():
        chemins[format_] = dossier / f"{format_.replace('_', '-')}.csv"
        _ecrire(chemins[format_], lignes)
    _ecrire(dossier / SONDAGE, _sondage(universite, suites))
    return chemins


def _sondage(universite: Universite, suites: Suites) -> Lignes:
    """Le même devenir, sous des titres qu'aucun format ne connaît."""
    titres = {
        "nom_apprenant": "Nom de famille",
        "prenom_apprenant": "Prénom",
        "date_de_naissance_apprenant": "Né(e) le",
        "formation_rncp": "Fiche RNCP",
        "mois_apres_sortie": "Mois depuis le diplôme",
        "a_repondu": "Réponse reçue",
        "situation": "Que faites-vous ?",
    }
    repondants = [d for d in suites.devenirs if d.mois == 6 and d.situation][:SONDAGE_LIGNES]
    lignes = [_qui(universite, d.apprenti) | _devenir(d) for d in repondants]
    return [{titre: ligne[champ] for champ, titre in titres.items()} for ligne in lignes]


def _ecrire(chemin: Path, lignes: Sequence[Mapping[str, Valeur]]) -> None:
    with chemin.open("w", encoding="utf-8-sig", newline="") as flux:
        plume = csv.writer(flux, delimiter=";")
        plume.writerow(lignes[0] if lignes else [])
        plume.writerows([[_texte(valeur) for valeur in ligne.values()] for ligne in lignes])


def _texte(valeur: Valeur) -> str:
    return f"{valeur:%d/%m/%Y}" if isinstance(valeur, date) else valeur
