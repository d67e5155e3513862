"""Une enquête à une colonne par question : ce que la page en montre, et ce qu'elle renvoie."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from indicateurs.sources.correspondance import Correspondance, Entetes, format_de
from indicateurs.sources.etalement import (
    AUTRE,
    QuestionProposee,
    codes_des_questions,
    proposer_les_questions,
    question_de,
)
from indicateurs.sources.format import FormatSource
from indicateurs.sources.suggestion import SYNONYME, Suggestion

LIBELLES_DES_QUESTIONS = {
    "ensemble": "Satisfaction d’ensemble",
    "suivi": "Qualité du suivi",
    AUTRE: "Autre question",
}


@dataclass(frozen=True)
class LigneDeQuestion:
    """Une colonne du fichier. `choix` : la question qu'elle donne (un code, « autre »), vide si ce n'en est pas une."""

    rang: int
    titre: str
    choix: str
    raison: str
    exemples: tuple[str, ...]


def choix_de_questions(cle: str) -> tuple[tuple[str, str], ...]:
    """(valeur, libellé) de chaque choix ; vide si la source ne se lit pas en colonnes."""
    format_ = format_de(cle)
    codes = codes_des_questions(format_) if isinstance(format_, FormatSource) else ()
    return tuple((code, LIBELLES_DES_QUESTIONS.get(code, code)) for code in (*codes, AUTRE)) if codes else ()


def proposer(entetes: Entetes, cle: str, suggestions: Mapping[str, Suggestion]) -> dict[str, QuestionProposee]:
    """Les questions que portent les titres ; vide si le fichier a déjà une ligne par réponse, ou n'en porte aucune."""
    format_ = format_de(cle)
    if not isinstance(format_, FormatSource) or format_.en_colonnes is None:
        return {}
    sures = {champ: s.entete for champ, s in suggestions.items() if s.confiance >= SYNONYME}
    if {format_.en_colonnes.question, format_.en_colonnes.valeur} <= set(sures):
        return {}
    libres = [titre for titre in entetes.titres if titre not in (*entetes.doublons, *_autres(sures, format_))]
    return proposer_les_questions(libres, entetes.exemples, format_)


def _autres(sures: Mapping[str, str], format_: FormatSource) -> Iterable[str]:
    """Les titres sûrs des champs que des questions ne remplacent pas."""
    forme = format_.en_colonnes
    remplaces = () if forme is None else (forme.question, forme.valeur)
    return [titre for champ, titre in sures.items() if champ not in remplaces]


def sans_les_questions(
    suggestions: Mapping[str, Suggestion], proposees: Mapping[str, QuestionProposee], cle: str
) -> dict[str, Suggestion]:
    """Les suggestions d'un fichier à questions en colonnes : ni « question », ni « note », ni ces colonnes."""
    format_ = format_de(cle)
    questions = {titre for titre, proposee in proposees.items() if proposee.choix}
    if not questions or not isinstance(format_, FormatSource) or format_.en_colonnes is None:
        return dict(suggestions)
    remplaces = (format_.en_colonnes.question, format_.en_colonnes.valeur)
    return {c: s for c, s in suggestions.items() if c not in remplaces and s.entete not in questions}


def lignes_de_questions(
    entetes: Entetes, proposees: Mapping[str, QuestionProposee], choisies: Correspondance | None, cle: str
) -> tuple[LigneDeQuestion, ...]:
    """Une ligne par titre que l'on peut lire ; vide si la source ne se lit pas en colonnes."""
    codes = [code for code, _ in choix_de_questions(cle)]
    lignes = []
    for rang, titre in enumerate(entetes.titres):
        if not codes or titre in entetes.doublons:
            continue
        proposee = proposees.get(titre, QuestionProposee("", ""))
        choix = proposee.choix
        if choisies is not None:
            dite = choisies.questions.get(titre, "")
            choix = dite if dite in codes else AUTRE if dite else ""
        lignes.append(LigneDeQuestion(rang, titre, choix, proposee.raison, entetes.exemples.get(titre, ())))
    return tuple(lignes)


def lire_les_questions(saisies: Mapping[str, str], entetes: Entetes, cle: str) -> dict[str, str]:
    """Titre → question, de ce que la page renvoie."""
    format_ = format_de(cle)
    if not isinstance(format_, FormatSource):
        return {}
    dites = {
        titre: question_de(saisies.get(f"question-{rang}", ""), titre, format_)
        for rang, titre in enumerate(entetes.titres)
        if titre not in entetes.doublons
    }
    return {titre: question for titre, question in dites.items() if question}
