"""Lire de quoi comparer ; une grille arrêtée se lit dans son instantané."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, Partie
from charte.chargement import EDITION_COURANTE, charger_edition
from charte.commun.base import lignes
from charte.concernes import elements_evalues
from charte.modeles import Cfa, Composante, Formation
from charte.services.portee import formations_atteintes
from grilles.arrete.contenu import lire_contenu
from grilles.arrete.modeles import Instantane
from grilles.comparaisons.regles import Comparaison, Cote, GrandEcart, comparer_les_grilles, grands_ecarts
from grilles.modeles import Campagne, Grille, Reponse
from grilles.regles import libelle_annee
from grilles.services.lecture import annee_courante, exiger_formation, lire_grille, niveaux
from grilles.vues import GrilleLue, NiveauxFormation


@dataclass(frozen=True)
class EntreAnnees:
    """Un diplôme comparé à lui-même. `comparaison` None : il n'a pas deux grilles à comparer, ou le choix est faux.

    `annees` : celles où il a une grille, la plus ancienne d'abord ; `erreur` : pourquoi le choix n'est pas bon.
    """

    formation_id: int
    libelle: str
    annees: tuple[int, ...]
    avant: int | None = None
    apres: int | None = None
    comparaison: Comparaison | None = None
    grilles: tuple[GrilleLue, GrilleLue] | None = None
    erreur: str = ""

    @property
    def choix(self) -> list[tuple[int, str]]:
        """(année, « 2026-2027 ») de chaque grille."""
        return [(annee, libelle_annee(annee)) for annee in self.annees]


def comparer_les_annees(
    session: Session, acteur: Acteur, formation_id: int, avant: int | None = None, apres: int | None = None
) -> EntreAnnees:
    """Deux grilles d'un diplôme ; sans choix, les deux dernières. Lève `Introuvable` (diplôme hors de portée)."""
    formation = exiger_formation(session, acteur, formation_id)
    annees = _annees(session, acteur, formation_id)
    vide = EntreAnnees(formation_id, formation.libelle, annees)
    if len(annees) < 2 and avant is None and apres is None:
        return vide
    apres = apres or annees[-1]
    avant = avant or max((annee for annee in annees if annee < apres), default=apres)
    if avant not in annees or apres not in annees or avant == apres:
        dites = " et ".join(libelle_annee(annee) for annee in annees) or "aucune"
        return EntreAnnees(
            formation_id,
            formation.libelle,
            annees,
            erreur=f"Choisissez deux années parmi celles de ses grilles : {dites}.",
        )
    lues = tuple(lire_grille(session, acteur, formation_id, annee) for annee in (avant, apres))
    grilles = (lues[0], lues[1])
    comparaison = comparer_les_grilles(_cote(grilles[0]), _cote(grilles[1]))
    return EntreAnnees(formation_id, formation.libelle, annees, avant, apres, comparaison, grilles)


def _annees(session: Session, acteur: Acteur, formation_id: int) -> tuple[int, ...]:
    requete = (
        select(col(Campagne.annee))
        .join(Grille, col(Grille.campagne_id) == col(Campagne.id))
        .where(col(Grille.formation_id) == formation_id, col(Grille.etablissement_id) == acteur.etablissement_id)
        .order_by(col(Campagne.annee))
    )
    return tuple(annee for (annee,) in lignes(session, requete))


def _cote(grille: GrilleLue) -> Cote:
    lues = [ligne for poste in grille.postes for ligne in poste.lignes]
    etats = {ligne.id: ligne.etat.cle for ligne in lues if ligne.etat is not None}
    return Cote(charger_edition(grille.edition), etats, {poste.numero: poste.bilan.niveau for poste in grille.postes})


@dataclass(frozen=True)
class Filtre:
    """Les diplômes à mettre côte à côte ; vide : tous."""

    cfa: int | None = None
    composante: int | None = None
    poste: int | None = None


@dataclass(frozen=True)
class DiplomeCompare:
    """Un diplôme dans le tableau."""

    id: int
    code: str
    libelle: str
    cfa_id: int
    cfa: str
    composante_id: int | None
    composante: str
    grille_id: int | None
    etat: str | None
    version: int | None
    niveaux: NiveauxFormation

    @property
    def nom(self) -> str:
        """Son libellé et son code, qui le distinguent d'un homonyme."""
        return f"{self.libelle} ({self.code})"


@dataclass(frozen=True)
class EntreDiplomes:
    """Les diplômes d'une campagne, par libellé. `postes` : (numéro, titre) montrés ; `ecarts` : ceux de ces postes."""

    annee: int
    annees: tuple[int, ...]
    diplomes: tuple[DiplomeCompare, ...]
    postes: tuple[tuple[int, str], ...]
    ecarts: tuple[GrandEcart, ...]
    cfas: tuple[tuple[int, str], ...]
    composantes: tuple[tuple[int, str], ...]

    @property
    def annee_scolaire(self) -> str:
        """« 2026-2027 »."""
        return libelle_annee(self.annee)

    @property
    def choix(self) -> list[tuple[int, str]]:
        """(année, « 2026-2027 ») de chaque campagne, et de l'année en cours."""
        return [(annee, libelle_annee(annee)) for annee in self.annees]


def comparer_les_diplomes(
    session: Session, acteur: Acteur, annee: int | None = None, filtre: Filtre = Filtre()
) -> EntreDiplomes:
    """Les diplômes que l'acteur lit, côte à côte ; une année inconnue montre celle en cours."""
    annees = _campagnes(session, acteur)
    annee = annee if annee in annees else annee_courante()
    tous = _diplomes(session, acteur, annee)
    gardes = tuple(d for d in tous if filtre.cfa in (None, d.cfa_id) and filtre.composante in (None, d.composante_id))
    edition = charger_edition(_edition(session, acteur, annee))
    elements = [e for e in elements_evalues(edition) if filtre.poste in (None, e.poste)]
    return EntreDiplomes(
        annee,
        annees,
        gardes,
        tuple((p.numero, p.titre) for p in edition.postes if filtre.poste in (None, p.numero)),
        grands_ecarts(_etats(session, acteur, gardes), elements),
        _choix((d.cfa_id, d.cfa) for d in tous),
        _choix((d.composante_id, d.composante) for d in tous),
    )


def _choix(paires: Iterable[tuple[int | None, str]]) -> tuple[tuple[int, str], ...]:
    uniques = {numero: nom for numero, nom in paires if numero is not None}
    return tuple(sorted(uniques.items(), key=lambda paire: paire[1].casefold()))


def _campagnes(session: Session, acteur: Acteur) -> tuple[int, ...]:
    requete = select(col(Campagne.annee)).where(col(Campagne.etablissement_id) == acteur.etablissement_id)
    return tuple(sorted({annee_courante(), *(annee for (annee,) in lignes(session, requete))}, reverse=True))


def _edition(session: Session, acteur: Acteur, annee: int) -> str:
    requete = select(col(Campagne.edition)).where(
        col(Campagne.etablissement_id) == acteur.etablissement_id, col(Campagne.annee) == annee
    )
    trouvees = lignes(session, requete)
    return str(trouvees[0][0]) if trouvees else EDITION_COURANTE


def _diplomes(session: Session, acteur: Acteur, annee: int) -> list[DiplomeCompare]:
    campagne = and_(col(Campagne.etablissement_id) == col(Formation.etablissement_id), col(Campagne.annee) == annee)
    grille = and_(col(Grille.formation_id) == col(Formation.id), col(Grille.campagne_id) == col(Campagne.id))
    requete = (
        select(
            *(col(c) for c in (Formation.id, Formation.code, Formation.libelle, Formation.cfa_id, Cfa.nom)),
            *(col(c) for c in (Formation.composante_id, Composante.nom, Grille.id, Grille.etat, Grille.version)),
        )
        .select_from(Formation)
        .join(Cfa, col(Cfa.id) == col(Formation.cfa_id))
        .outerjoin(Composante, col(Composante.id) == col(Formation.composante_id))
        .outerjoin(Campagne, campagne)
        .outerjoin(Grille, grille)
        .where(formations_atteintes(acteur, Geste.LIRE))
        .order_by(col(Formation.libelle), col(Formation.code))
    )
    lues = lignes(session, requete)
    par_diplome = niveaux(session, acteur, [ligne[0] for ligne in lues], annee)
    return [DiplomeCompare(*(*ligne, par_diplome[ligne[0]])) for ligne in lues]


def _etats(session: Session, acteur: Acteur, diplomes: Sequence[DiplomeCompare]) -> dict[str, Mapping[str, str]]:
    """Diplôme → élément → état concerté, dans l'instantané si la grille est arrêtée."""
    noms = {d.grille_id: d.nom for d in diplomes if d.grille_id is not None}
    arretees = {d.grille_id: d.version for d in diplomes if d.grille_id is not None and d.etat == "arretee"}
    etats: dict[str, dict[str, str]] = {nom: {} for nom in noms.values()}
    requete = select(col(Reponse.grille_id), col(Reponse.element), col(Reponse.etat)).where(
        col(Reponse.etablissement_id) == acteur.etablissement_id,
        col(Reponse.grille_id).in_([grille for grille in noms if grille not in arretees]),
        col(Reponse.partie) == Partie.CONCERTEE.value,
        col(Reponse.etat).is_not(None),
        col(Reponse.a_confirmer).is_(False),
    )
    for grille, element, etat in lignes(session, requete):
        etats[noms[grille]][element] = etat
    i = Instantane
    scelles = select(col(i.grille_id), col(i.version), col(i.contenu)).where(
        col(i.etablissement_id) == acteur.etablissement_id, col(i.grille_id).in_(list(arretees))
    )
    for grille, version, texte in lignes(session, scelles):
        if arretees[grille] == version:
            concertee = lire_contenu(texte).materiaux.reponses.get(Partie.CONCERTEE.value, {})
            etats[noms[grille]] = {e: lue.etat for e, lue in concertee.items() if lue.etat and not lue.a_confirmer}
    return dict(etats)
