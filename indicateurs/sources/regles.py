"""Les contrôles entre colonnes : de petites fonctions pures `(Releve) -> None`, nommées par les formats.

Un contrôle note des anomalies dans le relevé ; « bloquant » écarte la ligne. Ce qu'il ne dit pas est permis : une
rencontre tenue hors de sa période n'est pas une faute de saisie, c'est un fait que l'indicateur compte.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable

import numpy as np
import numpy.typing as npt

from indicateurs.imports.fautes import AVERTISSEMENT, BLOQUANT, Faute
from indicateurs.imports.releve import Masque, Releve
from indicateurs.sources.format import FormatSource

ReleveDeSource = Releve[FormatSource]
Regle = Callable[[ReleveDeSource], None]
_AGE_MINIMAL, _AGE_MAXIMAL = 13, 80
_ARRONDIS = 1.0
"""Points de pourcentage : ce que quatre taux publiés à deux décimales peuvent dépasser 100 sans être faux."""


def _nombres(releve: ReleveDeSource, champ: str) -> npt.NDArray[np.float64]:
    return np.array([np.nan if v is None else v for v in releve.valeur(champ)], dtype="float64")


def _vrais(releve: ReleveDeSource, champ: str) -> Masque:
    return np.fromiter((valeur is True for valeur in releve.valeur(champ)), dtype=bool, count=releve.n)


def _faux(releve: ReleveDeSource, champ: str) -> Masque:
    return np.fromiter((valeur is False for valeur in releve.valeur(champ)), dtype=bool, count=releve.n)


def _parmi(releve: ReleveDeSource, champ: str, *codes: str) -> Masque:
    return np.fromiter((valeur in codes for valeur in releve.valeur(champ)), dtype=bool, count=releve.n)


def admis_sans_presence(releve: ReleveDeSource) -> None:
    """Un admis absent est une contradiction ; un admis dont la présence est vide était présent, et on le dit."""
    admis, vides = _vrais(releve, "admis"), ~releve.present("present")
    faute = Faute(
        "admis_sans_presence",
        "Cet apprenti est admis sans avoir été présent.",
        "Corrigez la présence ou l'admission : les deux ne peuvent pas être justes.",
    )
    releve.noter_tous(admis & _faux(releve, "present"), "admis", BLOQUANT, faute)
    deduite = Faute(
        "presence_deduite",
        "La présence est vide : cet apprenti, admis, est compté présent.",
        "Remplissez la présence pour tous, absents compris.",
    )
    releve.noter_tous(admis & vides, "present", AVERTISSEMENT, deduite)
    presences = releve.valeur("present")
    releve.valeurs["present"] = [True if a and v else p for a, v, p in zip(admis, vides, presences, strict=True)]


def realisees_depassent_prevues(releve: ReleveDeSource) -> None:
    """Plus d'heures réalisées que prévues : possible, mais à vérifier."""
    faute = Faute(
        "realisees_depassent_prevues",
        "Les heures réalisées dépassent les heures prévues.",
        "Vérifiez les deux nombres ; s'ils sont justes, gardez-les.",
    )
    depassent = _nombres(releve, "heures_realisees") > _nombres(releve, "heures_prevues")
    releve.noter_tous(depassent, "heures_realisees", AVERTISSEMENT, faute)


def fenetre_inversee(releve: ReleveDeSource) -> None:
    """Une période prévue qui finit avant de commencer ne dit plus quand on attendait la rencontre."""
    faute = Faute("fenetre_inversee", "La période prévue finit avant de commencer.", "Corrigez prevue_du ou prevue_au.")
    releve.noter_tous(releve.date("prevue_au") < releve.date("prevue_du"), "prevue_au", BLOQUANT, faute)


def mission_validee_avant_sa_demande(releve: ReleveDeSource) -> None:
    """Une mission validée avant d'avoir été demandée."""
    faute = Faute(
        "mission_validee_avant_sa_demande",
        "La mission est validée avant d'avoir été demandée.",
        "Vérifiez la date de la demande (prevue_du) et celle de la validation (tenue_le).",
    )
    avant = releve.date("tenue_le") < releve.date("prevue_du")
    releve.noter_tous(avant & _parmi(releve, "nature", "validation_mission"), "tenue_le", AVERTISSEMENT, faute)


def reponse_contradictoire(releve: ReleveDeSource) -> None:
    """Qui n'a pas répondu n'a pas de situation ; qui a répondu en a une."""
    reponses = ("situation", "type_contrat", "adequation", "duree_recherche_mois")
    remplie = np.logical_or.reduce([releve.present(champ) for champ in reponses])
    faute = Faute(
        "reponse_contradictoire",
        "Cette personne n'a pas répondu, et une réponse est pourtant écrite.",
        "Corrigez a_repondu, ou videz les réponses.",
    )
    releve.noter_tous(remplie & _faux(releve, "a_repondu"), "a_repondu", BLOQUANT, faute)
    sans = Faute(
        "reponse_sans_situation",
        "Cette personne a répondu, mais sa situation est vide.",
        "Écrivez sa situation ; vide, la réponse ne compte dans aucun taux d'emploi.",
    )
    releve.noter_tous(_vrais(releve, "a_repondu") & ~releve.present("situation"), "situation", AVERTISSEMENT, sans)


def recherche_plus_longue_que_l_echeance(releve: ReleveDeSource) -> None:
    """Une recherche d'emploi ne dure pas plus que le temps écoulé depuis la sortie."""
    faute = Faute(
        "recherche_trop_longue",
        "La recherche d'emploi dure plus que le temps écoulé depuis la sortie.",
        "Vérifiez la durée (en mois) et l'échéance.",
    )
    trop = _nombres(releve, "duree_recherche_mois") > _nombres(releve, "mois_apres_sortie")
    releve.noter_tous(trop, "duree_recherche_mois", AVERTISSEMENT, faute)


def contrat_sans_emploi(releve: ReleveDeSource) -> None:
    """Un type de contrat se lit pour qui est en emploi."""
    faute = Faute(
        "contrat_sans_emploi",
        "Un type de contrat est écrit pour une personne en recherche d'emploi ou en études.",
        "Vérifiez la situation ; le contrat n'est compté que pour les personnes en emploi.",
    )
    hors_emploi = _parmi(releve, "situation", "recherche", "etudes")
    releve.noter_tous(hors_emploi & releve.present("type_contrat"), "type_contrat", AVERTISSEMENT, faute)


def echelle_inversee(releve: ReleveDeSource) -> None:
    """La plus petite note possible est plus petite que la plus grande."""
    faute = Faute("echelle_inversee", "L'échelle est vide ou inversée.", "Écrivez note_min plus petit que note_max.")
    releve.noter_tous(_nombres(releve, "note_min") >= _nombres(releve, "note_max"), "note_max", BLOQUANT, faute)


def note_hors_echelle(releve: ReleveDeSource) -> None:
    """Une note se lit dans son échelle, bornes comprises."""
    note, bas, haut = (_nombres(releve, champ) for champ in ("note", "note_min", "note_max"))
    faute = Faute("note_hors_echelle", "La note est hors de son échelle.", "Corrigez la note, note_min ou note_max.")
    releve.noter_tous(((note < bas) | (note > haut)) & ~(bas >= haut), "note", BLOQUANT, faute)


def note_incomplete(releve: ReleveDeSource) -> None:
    """Une note sans échelle, sans question ou sans numéro de répondant ne se compte pas."""
    for champ in ("question", "numero_repondant", "note_min", "note_max"):
        faute = Faute("note_incomplete", f"La note n'a pas de {champ}.", "Remplissez cette cellule, ou videz la note.")
        releve.noter_tous(releve.present("note") & ~releve.present(champ), champ, BLOQUANT, faute)


def _enquetes(releve: ReleveDeSource) -> dict[Hashable, list[int]]:
    """Rangs des lignes non écartées de chaque enquête (formation, année, public)."""
    cles = ("formation_rncp", "formation_cfd", "etablissement_responsable_uai", "etablissement_formateur_uai")
    colonnes = [releve.valeur(champ) for champ in (*cles, "annee_scolaire", "public")]
    groupes: dict[Hashable, list[int]] = defaultdict(list)
    for rang in np.flatnonzero(~releve.bloquees):
        groupes[tuple(colonne[rang] for colonne in colonnes)].append(int(rang))
    return groupes


def sollicites_contradictoires(releve: ReleveDeSource) -> None:
    """Deux nombres de sollicités pour une même enquête : le premier compte, et on le dit."""
    sollicites = releve.valeur("nombre_sollicites")
    for rangs in _enquetes(releve).values():
        remplis = [rang for rang in rangs if sollicites[rang] is not None]
        for rang in remplis:
            if sollicites[rang] != sollicites[remplis[0]]:
                faute = Faute(
                    "sollicites_contradictoires",
                    f"La ligne {releve.tableau.lignes[remplis[0]]} donne un autre nombre de sollicités pour la même "
                    "enquête : c'est lui qui compte.",
                    "Écrivez le même nombre sur toutes les lignes d'une enquête.",
                )
                releve.noter(rang, "nombre_sollicites", AVERTISSEMENT, faute)


def plus_de_repondants_que_de_sollicites(releve: ReleveDeSource) -> None:
    """Une enquête ne reçoit pas plus de réponses qu'elle n'a été adressée."""
    sollicites, repondants = releve.valeur("nombre_sollicites"), releve.valeur("numero_repondant")
    for rangs in _enquetes(releve).values():
        vus = {repondants[rang] for rang in rangs if repondants[rang] is not None}
        annonces = {sollicites[rang] for rang in rangs if sollicites[rang] is not None}
        if len(annonces) == 1 and isinstance(annonce := annonces.pop(), int) and len(vus) > annonce:
            faute = Faute(
                "plus_de_repondants",
                f"{len(vus)} personnes ont répondu, pour {annonce} sollicitées.",
                "Vérifiez le nombre de sollicités et les numéros de répondant.",
            )
            releve.noter(rangs[0], "nombre_sollicites", AVERTISSEMENT, faute)


def contrat_sans_debut(releve: ReleveDeSource) -> None:
    """Une rupture ou un employeur sans date de début : on ne sait pas de quel contrat il s'agit."""
    donnees = releve.present("date_rupt_cont") | releve.present("siret_emp")
    faute = Faute(
        "contrat_sans_debut",
        "Un contrat a des données mais pas de date de début.",
        "Remplissez DATE_DEB_CONT, ou videz DATE_RUPT_CONT et SIRET_EMP.",
    )
    releve.noter_tous(donnees & ~releve.present("date_deb_cont"), "date_deb_cont", BLOQUANT, faute)


def rupture_avant_le_debut(releve: ReleveDeSource) -> None:
    """Une rupture d'avant le début du contrat."""
    faute = Faute(
        "rupture_hors_contrat", "La rupture précède le début du contrat.", "Vérifiez DATE_RUPT_CONT et DATE_DEB_CONT."
    )
    avant = releve.date("date_rupt_cont") < releve.date("date_deb_cont")
    releve.noter_tous(avant, "date_rupt_cont", AVERTISSEMENT, faute)


def naissance_invraisemblable(releve: ReleveDeSource) -> None:
    """Un âge impossible au début du contrat (ou, sans lui, à l'entrée au CFA)."""
    naissance = releve.date(releve.format.identite.naissance)
    debut, entree = releve.date("date_deb_cont"), releve.date("date_entree_cfa")
    age = (np.where(np.isnat(debut), entree, debut) - naissance) / np.timedelta64(1, "D") / 365.2425
    faute = Faute(
        "naissance_invraisemblable",
        f"À cette date de naissance, l'apprenti aurait eu moins de {_AGE_MINIMAL} ou plus de {_AGE_MAXIMAL} ans.",
        "Vérifiez l'année de naissance.",
    )
    etrange = (age < _AGE_MINIMAL) | (age > _AGE_MAXIMAL)
    releve.noter_tous(etrange, releve.format.identite.naissance, AVERTISSEMENT, faute)


def composantes_depassent_le_total(releve: ReleveDeSource) -> None:
    """Salarié, non salarié et étranger s'ajoutent : leur somme ne passe pas 100 %, aux arrondis près."""
    for mois in (6, 12, 18):
        champs = [f"tx_sortants_en_emploi_{genre}_{mois}" for genre in ("sal_fr", "non_sal", "etranger")]
        somme = np.zeros(releve.n)
        for champ in champs:
            paires = releve.valeur(champ)
            somme += np.array([v[0] if isinstance(v, tuple) and v[0] is not None else 0.0 for v in paires])
        faute = Faute(
            "composantes_depassent_le_total",
            f"Les taux d'emploi à {mois} mois (salarié, non salarié, étranger) dépassent ensemble 100 %.",
            "Vérifiez que le fichier est celui du portail, sans modification.",
        )
        releve.noter_tous(somme > 100 + _ARRONDIS, champs[0], AVERTISSEMENT, faute)


REGLES: dict[str, Regle] = {
    regle.__name__: regle
    for regle in (
        admis_sans_presence,
        realisees_depassent_prevues,
        fenetre_inversee,
        mission_validee_avant_sa_demande,
        reponse_contradictoire,
        recherche_plus_longue_que_l_echeance,
        contrat_sans_emploi,
        echelle_inversee,
        note_hors_echelle,
        note_incomplete,
        sollicites_contradictoires,
        plus_de_repondants_que_de_sollicites,
        contrat_sans_debut,
        rupture_avant_le_debut,
        naissance_invraisemblable,
        composantes_depassent_le_total,
    )
}
