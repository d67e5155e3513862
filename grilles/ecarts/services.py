"""Lire les écarts d'une grille, et reprendre d'un geste ce sur quoi l'établissement et le CFA sont d'accord."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from charte.acteur import Acteur, DroitManquant, Geste, Partie, exiger, parties_tenues
from charte.chargement import charger_edition
from charte.commun.base import lignes
from charte.commun.journal import journaliser
from charte.concernes import charger_concernes, elements_evalues
from charte.edition import Element
from charte.services.portee import situer
from grilles.arrete.lecture import lire_instantane
from grilles.avis.lecture import GrilleVisee, viser
from grilles.avis.modeles import Avis, DemandeAvis
from grilles.ecarts.regles import Voix, accord, contredit_par_un_avis, mesurer
from grilles.ecarts.vues import (
    Accord,
    EcartLu,
    EcartsLus,
    Parole,
    parole_d_un_avis,
    parole_d_une_position,
    ranger,
)
from grilles.modeles import Reponse
from grilles.services import CommandeReponse, enregistrer_reponse
from grilles.vues import ReponseLue

LONGUEUR_CITEE, MOTIF_CITE = 2_000, 900
ACCORD = "L’établissement et le CFA disent la même chose."
_VIDE = Parole(None, "neutre")


class _Paroles:
    """Ce que chaque voix dit de chaque élément d'une grille : les états à comparer, et les paroles à montrer."""

    def __init__(self) -> None:
        self.dits: dict[str, dict[Voix, list[str]]] = defaultdict(dict)
        self.paroles: dict[str, dict[Voix, list[Parole]]] = defaultdict(dict)
        self.versions: dict[str, int] = {}

    def entendre(self, element: str, voix: Voix, parole: Parole, etat: str | None) -> None:
        """Ajoute une parole ; `etat` None : elle ne se compare pas (rien de dit, ou à confirmer)."""
        if not parole.vide:
            self.paroles[element].setdefault(voix, []).append(parole)
        if etat is not None:
            self.dits[element].setdefault(voix, []).append(etat)

    def poser(self, element: str, partie: str, lue: ReponseLue) -> None:
        """Ajoute la position d'une partie ; reprise et pas encore confirmée, elle se montre sans se comparer."""
        parole = parole_d_une_position(lue.etat, lue.motif, lue.commentaire, a_confirmer=lue.a_confirmer)
        if partie == Partie.CONCERTEE:
            self.versions[element] = lue.version
        self.entendre(element, Voix(partie), parole, None if lue.a_confirmer else lue.etat)

    def montrees(self, element: str) -> dict[Voix, tuple[Parole, ...]]:
        """Les paroles d'un élément ; celles d'un public dans un ordre qui ne suit personne d'un élément à l'autre."""
        return {
            voix: tuple(sorted(siennes, key=lambda parole: (parole.ton, parole.commentaire)))
            for voix, siennes in self.paroles.get(element, {}).items()
        }

    def seule(self, element: str, voix: Voix) -> Parole:
        """La parole d'une organisation, vide si elle n'a rien dit."""
        return next(iter(self.paroles.get(element, {}).get(voix, ())), _VIDE)


def lire_les_ecarts(session: Session, acteur: Acteur, formation_id: int, annee: int | None = None) -> EcartsLus:
    """Les éléments où les voix diffèrent, le plus grand écart d'abord ; lève `Introuvable`."""
    return _lire(session, acteur, viser(session, acteur, formation_id, annee))


def reprendre_les_accords(
    session: Session, acteur: Acteur, formation_id: int, annee: int | None = None, *, malgre_les_avis: bool = False
) -> int:
    """Écrit en position concertée ce que l'établissement et le CFA disent tous deux ; rend le nombre d'éléments.

    `malgre_les_avis` : aussi là où un avis dit autre chose. Lève `DroitManquant` sans la position concertée, et ce que
    lève `enregistrer_reponse` ; rien n'est alors écrit (une seule transaction). Le journal garde la liste.
    """
    exiger(acteur, Geste.REMPLIR_GRILLE)
    situation = situer(session, acteur, formation_id, Geste.REMPLIR_GRILLE)
    if Partie.CONCERTEE not in parties_tenues(acteur, situation):
        raise DroitManquant(f"{acteur.role} n'écrit pas la position concertée de cette formation")
    grille = viser(session, acteur, formation_id, annee, Geste.REMPLIR_GRILLE)
    repris = [a for a in _lire(session, acteur, grille).accords if malgre_les_avis or not a.contredit]
    for un in repris:
        enregistrer_reponse(session, acteur, _commande(grille, un))
    if repris:
        apres = {"elements": [un.element for un in repris], "malgre_les_avis": malgre_les_avis}
        journaliser(session, acteur, "accords repris", f"grille:{grille.id}", apres=apres)
    return len(repris)


def _lire(session: Session, acteur: Acteur, grille: GrilleVisee) -> EcartsLus:
    edition = charger_edition(grille.edition)
    paroles = _Paroles()
    if grille.id is not None and not _entendre_l_arrete(session, acteur, grille, paroles):
        _entendre_les_positions(session, acteur, grille.id, paroles)
        _entendre_les_avis(session, acteur, grille.id, paroles)
    elements = elements_evalues(edition)
    return EcartsLus(
        grille=grille,
        ecarts=ranger(_ecarts(grille, elements, paroles)),
        accords=tuple(_accords(elements, paroles)),
        titres={poste.numero: poste.titre for poste in edition.postes},
    )


def _entendre_l_arrete(session: Session, acteur: Acteur, grille: GrilleVisee, paroles: _Paroles) -> bool:
    """Vrai si la grille est arrêtée : les voix sont celles de son instantané, quoi qu'il soit advenu depuis."""
    if grille.id is None or not grille.arretee:
        return False
    lu = lire_instantane(session, acteur, grille.id, grille.version)
    if lu is None:
        return False
    for partie, reponses in lu[1].materiaux.reponses.items():
        for element, reponse in reponses.items():
            paroles.poser(element, partie, reponse)
    for avis in lu[1].avis:
        paroles.entendre(avis.element, Voix(avis.public), parole_d_un_avis(avis.etat, avis.commentaire), avis.etat)
    return True


def _entendre_les_positions(session: Session, acteur: Acteur, grille_id: int, paroles: _Paroles) -> None:
    colonnes = (Reponse.etat, Reponse.motif, Reponse.commentaire, Reponse.version, Reponse.a_confirmer)
    requete = select(*(col(c) for c in (Reponse.element, Reponse.partie, *colonnes))).where(
        col(Reponse.grille_id) == grille_id, col(Reponse.etablissement_id) == acteur.etablissement_id
    )
    for element, partie, etat, motif, commentaire, version, a_confirmer in lignes(session, requete):
        paroles.poser(element, partie, ReponseLue(etat, motif, commentaire, version, a_confirmer=a_confirmer))


def _entendre_les_avis(session: Session, acteur: Acteur, grille_id: int, paroles: _Paroles) -> None:
    """Les avis donnés, sauf ceux d'une demande retirée."""
    requete = (
        select(col(Avis.element), col(DemandeAvis.public), col(Avis.etat), col(Avis.commentaire))
        .join(DemandeAvis, col(DemandeAvis.id) == col(Avis.demande_id))
        .where(
            col(DemandeAvis.grille_id) == grille_id,
            col(DemandeAvis.retire_le).is_(None),
            col(Avis.etablissement_id) == acteur.etablissement_id,
        )
    )
    for element, public, etat, commentaire in lignes(session, requete):
        paroles.entendre(element, Voix(public), parole_d_un_avis(etat, commentaire), etat)


def _ecarts(grille: GrilleVisee, elements: Sequence[Element], paroles: _Paroles) -> Iterator[EcartLu]:
    concernes = charger_concernes(grille.edition)
    for element in elements:
        dits = paroles.dits.get(element.id, {})
        ecart = mesurer(dits, frozenset(Voix(partie.value) for partie in concernes.parties(element.id)))
        if ecart:
            yield EcartLu(
                element=element.id,
                genre=element.genre,
                poste=element.poste or 0,
                texte=element.texte,
                ecart=ecart,
                paroles=paroles.montrees(element.id),
                concertee=Voix.CONCERTEE in dits,
            )


def _accords(elements: Sequence[Element], paroles: _Paroles) -> Iterator[Accord]:
    """Les accords que rien d'écrit en position concertée ne devance."""
    for element in elements:
        dits: Mapping[Voix, Sequence[str]] = paroles.dits.get(element.id, {})
        etat = accord(dits)
        if etat is not None and paroles.seule(element.id, Voix.CONCERTEE).vide:
            yield Accord(
                element=element.id,
                etat=etat,
                etablissement=paroles.seule(element.id, Voix.ETABLISSEMENT),
                cfa=paroles.seule(element.id, Voix.CFA),
                version=paroles.versions.get(element.id, 0),
                contredit=contredit_par_un_avis(dits),
            )


def _commande(grille: GrilleVisee, un: Accord) -> CommandeReponse:
    dits = (("Établissement", un.etablissement), ("CFA", un.cfa))
    commentaires = [f"{qui} : « {_couper(p.commentaire, LONGUEUR_CITEE)} »" for qui, p in dits if p.commentaire]
    motifs = [f"{qui} : {_couper(p.motif, MOTIF_CITE)}" for qui, p in dits if p.motif]
    memes = un.etablissement.motif == un.cfa.motif
    return CommandeReponse(
        formation_id=grille.formation_id,
        element=un.element,
        etat=un.etat,
        motif=un.etablissement.motif if memes else "\n".join(motifs),
        commentaire="\n".join([ACCORD, *commentaires]),
        version=un.version,
        annee=grille.annee,
    )


def _couper(texte: str, longueur: int) -> str:
    return texte if len(texte) <= longueur else texte[: longueur - 1] + "…"
