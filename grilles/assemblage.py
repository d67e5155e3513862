"""Marier le texte de la charte et les réponses d'une grille : fonctions pures."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from charte.acteur import Partie
from charte.edition import Edition, Genre
from charte.textes import Action, Poste, Puce, SousAction
from grilles.echelle import charger_echelle
from grilles.regles import Position, dresser_bilan
from grilles.vues import Groupe, Ligne, PosteLu, PreuveLue, ReponseLue

_SANS_REPONSE = ReponseLue()


class _Assembleur:
    """Les réponses et les preuves d'une grille, prêtes à être posées sur chaque élément."""

    def __init__(self, reponses: Mapping[str, ReponseLue], preuves: Mapping[str, tuple[PreuveLue, ...]]) -> None:
        self.reponses = reponses
        self.preuves = preuves
        self.positions = {
            element: Position(lue.etat, lue.motif, len(preuves.get(element, ()))) for element, lue in reponses.items()
        }

    def ligne(self, element: Puce | Action | SousAction, genre: Genre) -> Ligne:
        """La ligne d'un élément, avec ses sous-actions s'il en a."""
        reponse = self.reponses.get(element.id, _SANS_REPONSE)
        etat = charger_echelle().etat(reponse.etat) if reponse.etat else None
        filles = element.sous_actions if isinstance(element, Action) else ()
        return Ligne(
            id=element.id,
            genre=genre,
            texte=element.texte,
            etat=etat,
            reponse=reponse,
            preuves=self.preuves.get(element.id, ()),
            sous_lignes=tuple(self.ligne(fille, Genre.SOUS_ACTION) for fille in filles),
        )

    def lignes(self, elements: Iterable[Puce | Action], genre: Genre) -> tuple[Ligne, ...]:
        """Les lignes d'un groupe."""
        return tuple(self.ligne(element, genre) for element in elements)

    def poste(self, poste: Poste) -> PosteLu:
        """Un poste entier."""
        return PosteLu(
            numero=poste.numero,
            titre=poste.titre,
            bilan=dresser_bilan(poste, self.positions),
            socle=tuple(
                Groupe(b.id, b.titre, Genre.BLOC_SOCLE, self.lignes(b.engagements, Genre.ENGAGEMENT))
                for b in poste.socle
            ),
            cible=tuple(
                Groupe(b.id, b.titre, Genre.BLOC_CIBLE, self.lignes(b.exigences, Genre.EXIGENCE)) for b in poste.cible
            ),
            perimetres=tuple(self.perimetres(poste)),
        )

    def perimetres(self, poste: Poste) -> Iterator[Groupe]:
        """Les périmètres d'un poste et leurs actions."""
        for perimetre in poste.perimetres:
            yield Groupe(perimetre.id, perimetre.titre, Genre.PERIMETRE, self.lignes(perimetre.actions, Genre.ACTION))


def assembler_pour(
    partie: Partie,
    edition: Edition,
    reponses: Mapping[str, Mapping[str, ReponseLue]],
    preuves: Mapping[str, tuple[PreuveLue, ...]],
) -> tuple[PosteLu, ...]:
    """Les postes aux réponses d'une partie (`reponses` : par partie, par élément) ; le niveau reste le concerté."""
    concertes = assembler_postes(edition, reponses.get(Partie.CONCERTEE.value, {}), preuves)
    if partie is Partie.CONCERTEE:
        return concertes
    siens = assembler_postes(edition, reponses.get(partie.value, {}), preuves)
    return tuple(_sous_le_niveau(concerte, sien) for concerte, sien in zip(concertes, siens, strict=True))


def _sous_le_niveau(concerte: PosteLu, sien: PosteLu) -> PosteLu:
    fait, actions = sien.bilan.avancement, sien.bilan.avancement_actions
    return replace(sien, bilan=replace(concerte.bilan, avancement=fait, avancement_actions=actions))


def assembler_postes(
    edition: Edition, reponses: Mapping[str, ReponseLue], preuves: Mapping[str, tuple[PreuveLue, ...]]
) -> tuple[PosteLu, ...]:
    """Tous les postes d'une édition, chaque élément portant sa réponse et ses preuves."""
    assembleur = _Assembleur(reponses, preuves)
    return tuple(assembleur.poste(poste) for poste in edition.postes)
