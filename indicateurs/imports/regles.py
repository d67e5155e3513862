"""Le diagnostic d'un tableau : chaque cellule lue, chaque cohérence vérifiée, toutes les anomalies d'un coup."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

import numpy as np

from indicateurs.imports.dates import DECALAGE_1904, Dates, ajouter_mois, lecteur_de_dates
from indicateurs.imports.fautes import AVERTISSEMENT, BLOQUANT, Anomalie, Faute, Gravite
from indicateurs.imports.format import Colonne, Format, GroupeContrat
from indicateurs.imports.lecture import Tableau
from indicateurs.imports.releve import Releve, lire_colonne
from indicateurs.imports.valeurs import LECTEURS, Lecteur, Lu

Avancement = Callable[[float], None]
_AGE_MINIMAL, _AGE_MAXIMAL = 13, 80


def controler(
    tableau: Tableau, format_: Format, avancer: Avancement | None = None, noms: Mapping[str, str] | None = None
) -> Releve[Format]:
    """Lit et contrôle tout un tableau ; `avancer` : part faite, de 0 à 1 ; `noms` : champ → nom cité."""
    releve = Releve(tableau, format_, bloquees=np.zeros(len(tableau.lignes), dtype=bool), noms=noms or {})
    colonnes = [colonne for colonne in format_.lues if colonne.champ in tableau.cellules]
    for rang, colonne in enumerate(colonnes):
        _lire_colonne(releve, colonne)
        if avancer:
            avancer((rang + 1) / len(colonnes))
    _exiger(releve)
    _verifier_formation(releve)
    for groupe in format_.contrats:
        _verifier_contrat(releve, groupe)
    _verifier_debuts_distincts(releve)
    _signaler_lignes(releve)
    return releve


def _lecteur(releve: Releve[Format], colonne: Colonne) -> Lecteur:
    if colonne.type not in ("date", "date_naissance"):
        return LECTEURS[colonne.type]
    pivots = releve.format.pivots
    pivot = pivots.naissance if colonne.type == "date_naissance" else pivots.formation
    decalage = DECALAGE_1904 if releve.tableau.calendrier_1904 else 0
    return lecteur_de_dates(pivot, releve.format.annees_lisibles, decalage)


def _lire_colonne(releve: Releve[Format], colonne: Colonne) -> None:
    est_date = colonne.type in ("date", "date_naissance")
    lire_colonne(releve, colonne.champ, _lecteur(releve, colonne), partial(_gravite, colonne), en_jours=est_date)


def _gravite(colonne: Colonne, lu: Lu) -> Gravite:
    # Un nom ou un UAI requis dont rien ne se lit (« #N/A », « ??? ») vaut un champ requis manquant.
    sans_valeur = colonne.requise == "oui" and colonne.type in ("nom", "uai") and lu.valeur is None
    return BLOQUANT if colonne.illisible_bloque or sans_valeur else AVERTISSEMENT


def _exiger(releve: Releve[Format]) -> None:
    for colonne in releve.format.lues:
        if colonne.requise == "oui":
            faute = Faute("champ_manquant", f"Il manque {colonne.champ}.", "Remplissez cette cellule.")
            releve.noter_tous(~releve.present(colonne.champ), colonne.champ, BLOQUANT, faute)
    un_des_deux = [colonne.champ for colonne in releve.format.lues if colonne.requise == "un_des_deux"]
    vides = np.ones(releve.n, dtype=bool)
    for champ in un_des_deux:
        vides &= np.fromiter((valeur is None for valeur in releve.valeur(champ)), dtype=bool, count=releve.n)
    faute = Faute(
        "champ_manquant",
        f"Il manque le code de la formation ({' ou '.join(un_des_deux)}).",
        "Remplissez au moins une de ces deux cellules.",
    )
    releve.noter_tous(vides, un_des_deux[0], BLOQUANT, faute)


def _verifier_formation(releve: Releve[Format]) -> None:
    entree, fin = releve.date("date_entree_formation"), releve.date("date_fin_formation")
    faute = Faute(
        "formation_inversee",
        "La formation finit avant son entrée.",
        "Corrigez date_entree_formation ou date_fin_formation.",
    )
    releve.noter_tous(fin < entree, "date_fin_formation", BLOQUANT, faute)
    exclusion = releve.date("date_exclusion_formation")
    faute = Faute(
        "exclusion_hors_formation",
        "L'exclusion ou l'abandon tombe hors de la formation.",
        "Vérifiez la date : elle se lit entre l'entrée et la fin de la formation.",
    )
    hors = (exclusion < entree) | (exclusion > fin)
    releve.noter_tous(hors & ~(fin < entree), "date_exclusion_formation", AVERTISSEMENT, faute)
    naissance = releve.date("date_de_naissance_apprenant")
    age = (entree - naissance) / np.timedelta64(1, "D") / 365.2425
    faute = Faute(
        "naissance_invraisemblable",
        f"À cette date de naissance, l'apprenant aurait eu moins de {_AGE_MINIMAL} ou plus de {_AGE_MAXIMAL} ans.",
        "Vérifiez l'année de naissance.",
    )
    etrange = (age < _AGE_MINIMAL) | (age > _AGE_MAXIMAL)
    releve.noter_tous(etrange, "date_de_naissance_apprenant", AVERTISSEMENT, faute)


def _verifier_contrat(releve: Releve[Format], groupe: GroupeContrat) -> None:
    suites = (groupe.fin, groupe.siret, groupe.rupture, groupe.cause)
    donnees = np.logical_or.reduce([releve.present(champ) for champ in suites])
    faute = Faute(
        "contrat_sans_debut",
        f"Le contrat {groupe.rang} a des données mais pas de date de début.",
        f"Remplissez {groupe.debut}, ou videz les autres cellules de ce contrat.",
    )
    releve.noter_tous(donnees & ~releve.present(groupe.debut), groupe.debut, BLOQUANT, faute)
    debut, fin, rupture = (releve.date(champ) for champ in (groupe.debut, groupe.fin, groupe.rupture))
    faute = Faute(
        "contrat_inverse",
        f"Le contrat {groupe.rang} finit avant son début.",
        f"Corrigez {groupe.debut} ou {groupe.fin}.",
    )
    releve.noter_tous(fin < debut, groupe.fin, BLOQUANT, faute)
    faute = Faute(
        "rupture_hors_contrat",
        f"La rupture tombe hors du contrat {groupe.rang}.",
        f"Vérifiez {groupe.rupture} : elle se lit entre le début et la fin du contrat.",
    )
    hors = (rupture < debut) | ((rupture > fin) & ~(fin < debut))
    releve.noter_tous(hors, groupe.rupture, AVERTISSEMENT, faute)
    _verifier_ecart(releve, groupe, debut, fin)


def _verifier_ecart(releve: Releve[Format], groupe: GroupeContrat, debut: Dates, fin: Dates) -> None:
    mois = releve.format.ecart_contrat_mois
    plus_tot = ajouter_mois(releve.date("date_entree_formation"), -mois)
    plus_tard = ajouter_mois(releve.date("date_fin_formation"), mois)
    debut_loin = (debut < plus_tot) | (debut > plus_tard)
    fin_loin = (fin > plus_tard) & ~debut_loin & ~(fin < debut)
    for masque, champ in ((debut_loin, groupe.debut), (fin_loin, groupe.fin)):
        faute = Faute(
            "contrat_eloigne",
            f"Le contrat {groupe.rang} est à plus de {mois} mois de la formation.",
            "Vérifiez les dates du contrat et celles de la formation.",
        )
        releve.noter_tous(masque, champ, AVERTISSEMENT, faute)


def _verifier_debuts_distincts(releve: Releve[Format]) -> None:
    groupes = releve.format.contrats
    for rang, groupe in enumerate(groupes):
        repete = np.zeros(releve.n, dtype=bool)
        for precedent in groupes[:rang]:
            repete |= releve.date(groupe.debut) == releve.date(precedent.debut)
        faute = Faute(
            "contrat_repete",
            f"Le contrat {groupe.rang} débute le même jour qu'un contrat précédent, qu'il remplace.",
            "Ne laissez qu'un contrat par date de début.",
        )
        releve.noter_tous(repete, groupe.debut, AVERTISSEMENT, faute)


def _signaler_lignes(releve: Releve[Format]) -> None:
    rangs = {ligne: rang for rang, ligne in enumerate(releve.tableau.lignes)}
    for ligne, nombre in releve.tableau.en_trop.items():
        faute = Faute(
            "cellules_en_trop",
            f"La ligne compte {nombre} cellule(s) de plus que l'en-tête : ses valeurs ont pu glisser.",
            "Mettez entre guillemets les textes qui contiennent le séparateur.",
        )
        if ligne in rangs:
            releve.noter(rangs[ligne], releve.format.colonnes[0].champ, AVERTISSEMENT, faute)
    faute = Faute(
        "ligne_exemple", "C'est la ligne d'exemple du modèle public.", "Supprimez cette ligne de votre fichier."
    )
    for rang in _lignes_exemple(releve):
        releve.noter(rang, releve.format.colonnes[0].champ, AVERTISSEMENT, faute)


def _lignes_exemple(releve: Releve[Format]) -> Iterator[int]:
    attendus = dict(releve.format.exemple)
    naissance = np.datetime64(attendus.pop("date_de_naissance_apprenant"))
    for rang in np.flatnonzero(releve.date("date_de_naissance_apprenant") == naissance):
        if all(releve.valeur(champ)[rang] == texte for champ, texte in attendus.items()):
            yield int(rang)


def ordonner(anomalies: Iterable[Anomalie], format_: Format, noms: Mapping[str, str]) -> list[Anomalie]:
    """Anomalies par ligne, puis dans l'ordre des colonnes du modèle ; `noms` : champ → nom cité."""
    ordre = {noms.get(colonne.champ, colonne.champ): rang for rang, colonne in enumerate(format_.colonnes)}
    return sorted(anomalies, key=lambda anomalie: (anomalie.ligne, ordre[anomalie.colonne]))
