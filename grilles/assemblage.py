"""Marier le texte de la charte et les réponses d'une grille : fonctions pures."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from charte.acteur import Partie
from charte.edition import Edition, Genre
from charte.textes import Action, Poste, Puce, SousAction
from grilles.echelle import charger_echelle
from grilles.jalons.paliers import AUCUN
from grilles.regles import Position, dresser_bilan
from grilles.vues import Groupe, Ligne, Materiaux, PosteLu, PreuveLue, ReponseLue

_SANS_REPONSE = ReponseLue()


class _Assembleur:
    """Les réponses et les preuves d'une grille, prêtes à être posées sur chaque élément."""

    def __init__(self, materiaux: Materiaux, partie: Partie) -> None:
        self.reponses = materiaux.reponses.get(partie.value, {})
        self.preuves = materiaux.preuves
        self.locaux = materiaux.locaux
        self.positions = {
            element: position_de(lue, self.preuves.get(element, ())) for element, lue in self.reponses.items()
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
            bilan=dresser_bilan(poste, self.positions, self.locaux.get(poste.numero, AUCUN)),
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


def position_de(lue: ReponseLue, preuves: tuple[PreuveLue, ...]) -> Position:
    """Ce que les règles regardent d'une réponse et de ses preuves."""
    valent = sum(preuve.compte for preuve in preuves)
    return Position(lue.etat, lue.motif, valent, len(preuves) - valent, lue.a_confirmer)


def assembler_pour(partie: Partie, edition: Edition, materiaux: Materiaux) -> tuple[PosteLu, ...]:
    """Les postes aux réponses d'une partie ; le niveau reste celui de la position concertée."""
    concertes = _assembler(edition, _Assembleur(materiaux, Partie.CONCERTEE))
    if partie is Partie.CONCERTEE:
        return concertes
    siens = _assembler(edition, _Assembleur(materiaux, partie))
    return tuple(_sous_le_niveau(concerte, sien) for concerte, sien in zip(concertes, siens, strict=True))


def _sous_le_niveau(concerte: PosteLu, sien: PosteLu) -> PosteLu:
    fait, actions = sien.bilan.avancement, sien.bilan.avancement_actions
    return replace(sien, bilan=replace(concerte.bilan, avancement=fait, avancement_actions=actions))


def _assembler(edition: Edition, assembleur: _Assembleur) -> tuple[PosteLu, ...]:
    return tuple(assembleur.poste(poste) for poste in edition.postes)
