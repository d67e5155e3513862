"""Une enquête à une ligne par répondant et une colonne par question, remise à une ligne par réponse. Pur.

C'est la forme des exports de LimeSurvey, de Sphinx ou d'un formulaire en ligne.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

from charte.commun.enveloppe import FichierIllisible
from charte.commun.typographie import nombre, pluriel
from indicateurs.imports.format import Format
from indicateurs.imports.lecture import Tableau
from indicateurs.sources.format import EnColonnes, FormatSource
from indicateurs.sources.valeurs import en_nombre, normaliser_code

AUTRE = "autre"
"""Le choix d'une question qui n'est aucune de celles que les indicateurs nomment."""
NOM_MAXIMAL = 60
REPONSES_MAXIMALES = 1_000_000
_NUMEROTEE = re.compile(r"(g\d+)?q\d+")
_COLONNE = "question-{}"


@dataclass(frozen=True, slots=True)
class QuestionProposee:
    """Ce qu'une colonne paraît demander : un code du format, « autre », ou rien (vide) ; et pourquoi."""

    choix: str
    raison: str


@dataclass(frozen=True)
class Etale:
    """Le tableau à une ligne par réponse. `titres` : la colonne d'où vient chacune ; `notes` : ce qu'il faut en dire.

    `noms` : colonne lue → titre du fichier, pour retrouver sa place.
    """

    tableau: Tableau
    titres: Sequence[str]
    notes: tuple[str, ...]
    noms: Mapping[str, str]


def codes_des_questions(format_: FormatSource) -> tuple[str, ...]:
    """Les questions que le format nomme ; vide s'il ne se lit pas en colonnes."""
    forme = format_.en_colonnes
    return () if forme is None else tuple(format_.par_champ[forme.question].codes)


def nom_de_question(titre: str) -> str:
    """Le nom sous lequel se range une question : son titre, ou ses deux bouts s'il est long (le début se répète)."""
    normal = normaliser_code(titre)
    moitie = (NOM_MAXIMAL - 1) // 2
    return normal if len(normal) <= NOM_MAXIMAL else f"{normal[:moitie]}…{normal[-moitie:]}"


def question_de(choix: str, titre: str, format_: FormatSource) -> str:
    """La question qu'une colonne donne, d'après ce qu'on en a choisi ; vide si ce n'en est pas une."""
    codes = codes_des_questions(format_)
    if choix in codes:
        return choix
    if choix != AUTRE or format_.en_colonnes is None:
        return ""
    ecritures = format_.par_champ[format_.en_colonnes.question].ecritures
    return ecritures.get(normaliser_code(titre), nom_de_question(titre))


def champ_de_question(rang: int) -> str:
    """Le nom de la colonne lue pour la question de ce rang : aucun champ d'un format ne s'écrit ainsi."""
    return _COLONNE.format(rang)


def proposer_les_questions(
    titres: Sequence[str], exemples: Mapping[str, Sequence[str]], format_: FormatSource
) -> dict[str, QuestionProposee]:
    """Pour chaque titre, ce qu'il paraît demander ; chaque question nommée n'est proposée qu'une fois."""
    proposees: dict[str, QuestionProposee] = {}
    prises: set[str] = set()
    for titre in titres:
        proposee = _proposer(titre, exemples.get(titre, ()), format_)
        if proposee.choix in prises:
            proposee = replace(proposee, choix=AUTRE)
        prises |= {proposee.choix} - {"", AUTRE}
        proposees[titre] = proposee
    return proposees


def _proposer(titre: str, exemples: Sequence[str], format_: FormatSource) -> QuestionProposee:
    forme = format_.en_colonnes
    if forme is None:
        return QuestionProposee("", "")
    normal, ecritures = normaliser_code(titre), format_.par_champ[forme.question].ecritures
    vides = _vides(forme)
    notes = [texte for texte in exemples if normaliser_code(texte) not in vides]
    if normal not in ecritures and not _est_une_question(normal, forme):
        return QuestionProposee("", "")
    # La moitié suffit : une réponse mal écrite se dira, ligne par ligne, au diagnostic.
    if 2 * sum(en_nombre(texte) is not None for texte in notes) < max(1, len(notes)):
        return QuestionProposee("", "intitulé de question, mais ses réponses ne sont pas des nombres" if notes else "")
    nommee = next((code for code, mots in forme.mots.items() if any(mot in normal for mot in mots)), AUTRE)
    return QuestionProposee(ecritures.get(normal, nommee), "intitulé de question, réponses en nombres")


def _est_une_question(normal: str, forme: EnColonnes) -> bool:
    return "?" in normal or _NUMEROTEE.match(normal) is not None or any(mot in normal for mot in forme.intitules)


def _vides(forme: EnColonnes) -> frozenset[str]:
    return frozenset({"", *map(normaliser_code, forme.sans_reponse)})


def verifier_les_questions(questions: Mapping[str, str], dits: Set[str], format_: Format | FormatSource) -> list[str]:
    """Fautes d'une lecture à une colonne par question, chacune avec son remède. `dits` : les champs déjà donnés."""
    if not questions:
        return []
    forme = format_.en_colonnes if isinstance(format_, FormatSource) else None
    if forme is None:
        return ["Ce format n'a pas de question en colonnes : laissez « Une colonne par question » vide."]
    fautes = [
        f"« {champ} » vient déjà des colonnes de questions : laissez ce champ vide, ou ne gardez aucune question."
        for champ in (forme.question, forme.valeur) if champ in dits
    ]  # fmt: skip
    par_question = Counter(questions.values())
    fautes += [
        f"Deux colonnes donnent la question « {question} » : gardez-en une, ou dites l'autre « autre question »."
        for question, combien in par_question.items() if combien > 1
    ]  # fmt: skip
    fautes += [
        f"Il manque « {champ} », qui vaut pour toutes les questions : donnez une colonne, ou la même valeur partout."
        for champ in forme.exigees if champ not in dits
    ]  # fmt: skip
    return fautes


def questions_dites(questions: Mapping[str, str], format_: Format | FormatSource) -> set[str]:
    """Les champs que des questions en colonnes donnent à elles seules."""
    forme = format_.en_colonnes if isinstance(format_, FormatSource) else None
    return {forme.question, forme.valeur} if questions and forme else set()


def etaler(tableau: Tableau, questions: Mapping[str, str], forme: EnColonnes) -> Etale:
    """Une ligne par réponse. `questions` : titre → question, dans l'ordre de `champ_de_question`.

    Une cellule vide, ou qui dit l'absence d'avis, n'est pas une réponse. Sans numéro de répondant, une ligne reçoit
    son rang. Lève `FichierIllisible` au-delà d'un million de réponses.
    """
    champs = [champ_de_question(rang) for rang in range(len(questions))]
    lues = [tableau.cellules[champ] for champ in champs]
    reponses = _reponses(lues, len(tableau.lignes), _vides(forme))
    if len(reponses) > REPONSES_MAXIMALES:
        raise FichierIllisible(
            f"Ce fichier porte {nombre(len(reponses))} réponses, et l'outil en lit {nombre(REPONSES_MAXIMALES)} à la "
            "fois : découpez-le par année ou par formation."
        )
    rangs = [rang for rang, _ in reponses]
    cellules = {champ: textes for champ, textes in tableau.cellules.items() if champ not in champs}
    cellules.setdefault(forme.repondant, [str(rang + 1) for rang in range(len(tableau.lignes))])
    etalees = {champ: [textes[rang] for rang in rangs] for champ, textes in cellules.items()}
    noms, dites = list(questions), list(questions.values())
    etalees[forme.valeur] = [lues[question][rang] for rang, question in reponses]
    etalees[forme.question] = [dites[question] for _, question in reponses]
    lignes = [tableau.lignes[rang] for rang in rangs]
    titres = [noms[question] for _, question in reponses]
    notes = _dire(tableau, questions, reponses, numerotes=forme.repondant not in tableau.cellules)
    return Etale(replace(tableau, lignes=lignes, cellules=etalees), titres, notes, dict(zip(champs, noms, strict=True)))


def _reponses(lues: Sequence[Sequence[str]], n: int, vides: frozenset[str]) -> list[tuple[int, int]]:
    """(rang de la ligne, rang de la question) de chaque réponse, dans l'ordre du fichier."""
    muets = {texte for textes in lues for texte in set(textes) if normaliser_code(texte) in vides}
    return [(rang, place) for rang in range(n) for place, textes in enumerate(lues) if textes[rang] not in muets]


def _dire(
    tableau: Tableau, questions: Mapping[str, str], reponses: Sequence[tuple[int, int]], *, numerotes: bool
) -> tuple[str, ...]:
    comptes = [0] * len(questions)
    for _, place in reponses:
        comptes[place] += 1
    repondants = len({rang for rang, _ in reponses})
    muettes = len(tableau.lignes) - repondants
    dits = [
        f"Une colonne par question : {pluriel(repondants, 'répondant')}, {pluriel(len(questions), 'question')}, "
        f"{pluriel(len(reponses), 'réponse')}."
    ]
    par_question = (f"« {titre} » {nombre(compte)}" for titre, compte in zip(questions, comptes, strict=True))
    dits.append(f"Réponses à chaque question : {' ; '.join(par_question)}.")
    if muettes:
        dits.append(f"{pluriel(muettes, 'ligne')} sans aucune réponse : rien n'en est lu.")
    if numerotes:
        dits.append("Aucun numéro de répondant : les lignes sont numérotées dans l'ordre du fichier.")
    return tuple(dits)
