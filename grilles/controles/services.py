"""Contrôler des diplômes : ce qu'il faut se lit d'un coup, quel que soit leur nombre."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import and_, select
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, peut
from charte.chargement import EDITION_COURANTE, charger_edition
from charte.commun.base import lignes
from charte.modeles import Cfa, Formation
from charte.services.portee import formations_atteintes, situer
from grilles.controles.etude import ActionSuivie, Constat, Etude
from grilles.controles.regles import compter, controler
from grilles.jalons.lecture import paliers_locaux
from grilles.jalons.services.lecture import aujourd_hui, jalons_des_diplomes
from grilles.mesures import LecteurDeMesures, MesureCitee
from grilles.modeles import Campagne, Grille, Preuve, PreuveCitee, Reponse
from grilles.plan.modeles import ActionAmelioration
from grilles.preuves.regles import validite
from grilles.regles import libelle_annee
from grilles.services.lecture import annee_courante, exiger_annee, jour_de_lecture
from grilles.vues import Materiaux, PreuveLue, ReponseLue

_CLOSE = "close"


@dataclass(frozen=True)
class Controles:
    """Un diplôme et ce que les contrôles en disent. `etat` : « ouverte », « arretee », ou vide sans grille."""

    formation_id: int
    code: str
    libelle: str
    cfa: str
    annee: int
    courante: bool
    etat: str
    constats: tuple[Constat, ...]

    @property
    def annee_scolaire(self) -> str:
        """« 2026-2027 »."""
        return libelle_annee(self.annee)

    @property
    def bloquants(self) -> int:
        """Constats qui bloquent un niveau."""
        return compter(self.constats)["bloque"]

    @property
    def a_regarder(self) -> int:
        """Constats à regarder."""
        return compter(self.constats)["a_regarder"]

    @property
    def suffixe(self) -> str:
        """Ce qui garde l'année dans une adresse, si ce n'est pas la courante."""
        return "" if self.courante else f"?annee={self.annee}"

    def lien(self, constat: Constat) -> tuple[str, str]:
        """(adresse, geste) pour remédier à un constat."""
        return constat.lien(self.formation_id, None if self.courante else self.annee)


@dataclass(frozen=True)
class _Fiche:
    id: int
    code: str
    libelle: str
    cfa: str
    grille_id: int | None
    etat_grille: str | None
    etat_campagne: str | None
    edition: str | None

    @property
    def etat(self) -> str:
        if self.grille_id is None:
            return ""
        return "arretee" if "arretee" in (self.etat_grille, self.etat_campagne) else "ouverte"


def controler_un_diplome(
    session: Session, acteur: Acteur, formation_id: int, mesures: LecteurDeMesures, annee: int | None = None
) -> Controles:
    """Tous les contrôles d'un diplôme, valeurs des indicateurs comprises ; lève `Introuvable`."""
    situer(session, acteur, formation_id)
    annee = annee_courante() if annee is None else annee
    exiger_annee(annee)
    [fiche] = _fiches(session, acteur, annee, Geste.LIRE, formation_id)
    etude = _etudier(session, acteur, [fiche], annee, mesures.unites())[formation_id]
    citees = {jalon.contenu.indicateur for jalon in etude.jalons} - {None}
    valeurs: Mapping[str, MesureCitee] = {}
    if citees:
        valeurs = mesures.valeurs(session, acteur, formation_id, [cle for cle in citees if cle])
    return _controler(fiche, replace(etude, mesures=valeurs), annee)


def controler_tout(
    session: Session, acteur: Acteur, unites: Mapping[str, str], *, geste: Geste = Geste.LIRE
) -> list[Controles]:
    """Les contrôles de chaque diplôme que l'acteur atteint, par libellé, cette année ; six requêtes en tout.

    Les valeurs des indicateurs n'y sont pas lues : elles se contrôlent diplôme par diplôme.
    """
    annee = annee_courante()
    fiches = _fiches(session, acteur, annee, geste)
    etudes = _etudier(session, acteur, fiches, annee, unites)
    return [_controler(fiche, etudes[fiche.id], annee) for fiche in fiches]


@dataclass(frozen=True)
class ARegarder:
    """Pour l'accueil : combien de constats, sur combien de diplômes."""

    bloquants: int = 0
    a_regarder: int = 0
    diplomes: int = 0


def compter_a_regarder(session: Session, acteur: Acteur, unites: Mapping[str, str]) -> ARegarder:
    """Ce que les contrôles demandent à qui remplit des grilles, sur les siennes ; rien à qui n'en remplit pas."""
    if not peut(acteur, Geste.REMPLIR_GRILLE):
        return ARegarder()
    vus = [lu for lu in controler_tout(session, acteur, unites, geste=Geste.REMPLIR_GRILLE) if lu.constats]
    return ARegarder(sum(lu.bloquants for lu in vus), sum(lu.a_regarder for lu in vus), len(vus))


def _controler(fiche: _Fiche, etude: Etude, annee: int) -> Controles:
    courante = annee == annee_courante()
    qui = (fiche.id, fiche.code, fiche.libelle, fiche.cfa)
    return Controles(*qui, annee, courante, fiche.etat, controler(etude))


def _fiches(session: Session, acteur: Acteur, annee: int, geste: Geste, seulement: int | None = None) -> list[_Fiche]:
    campagne = and_(col(Campagne.etablissement_id) == col(Formation.etablissement_id), col(Campagne.annee) == annee)
    grille = and_(col(Grille.formation_id) == col(Formation.id), col(Grille.campagne_id) == col(Campagne.id))
    requete = (
        select(
            *(col(c) for c in (Formation.id, Formation.code, Formation.libelle, Cfa.nom)),
            *(col(c) for c in (Grille.id, Grille.etat, Campagne.etat, Campagne.edition)),
        )
        .select_from(Formation)
        .join(Cfa, col(Cfa.id) == col(Formation.cfa_id))
        .outerjoin(Campagne, campagne)
        .outerjoin(Grille, grille)
        .where(formations_atteintes(acteur, geste))
        .order_by(col(Formation.libelle), col(Formation.code))
    )
    if seulement is not None:
        requete = requete.where(col(Formation.id) == seulement)
    return [_Fiche(*ligne) for ligne in lignes(session, requete)]


def _etudier(
    session: Session, acteur: Acteur, fiches: Sequence[_Fiche], annee: int, unites: Mapping[str, str]
) -> dict[int, Etude]:
    """Ce que les contrôles regardent de chaque diplôme ; une grille arrêtée ne se contrôle plus."""
    jour, formations = aujourd_hui(), [fiche.id for fiche in fiches]
    ouvertes = {fiche.grille_id: fiche.id for fiche in fiches if fiche.grille_id and fiche.etat == "ouverte"}
    reponses = _reponses(session, acteur, list(ouvertes))
    preuves = _preuves(session, acteur, list(ouvertes), jour_de_lecture(annee))
    jalons = jalons_des_diplomes(session, acteur, formations)
    actions, locaux = _actions(session, acteur, formations), paliers_locaux(session, acteur, formations)
    materiaux = {
        formation: Materiaux(
            jour_de_lecture(annee), reponses.get(grille, {}), preuves.get(grille, {}), locaux.get(formation, {})
        )
        for grille, formation in ouvertes.items()
    }
    return {
        fiche.id: Etude(
            edition=charger_edition(fiche.edition or EDITION_COURANTE),
            jour=jour,
            materiaux=materiaux.get(fiche.id),
            jalons=jalons.get(fiche.id, ()),
            actions=actions.get(fiche.id, ()),
            unites=unites,
        )
        for fiche in fiches
    }


def _reponses(session: Session, acteur: Acteur, grilles: list[int]) -> dict[int, dict[str, dict[str, ReponseLue]]]:
    """Grille → partie → élément → réponse."""
    r = Reponse
    requete = select(
        *(col(c) for c in (r.grille_id, r.partie, r.element, r.etat, r.motif, r.commentaire)),
        *(col(c) for c in (r.version, r.modifie_par, r.modifie_le, r.a_confirmer)),
    ).where(col(r.etablissement_id) == acteur.etablissement_id, col(r.grille_id).in_(grilles))
    ranges: dict[int, dict[str, dict[str, ReponseLue]]] = defaultdict(lambda: defaultdict(dict))
    for grille, partie, element, *reste in lignes(session, requete):
        ranges[grille][partie][element] = ReponseLue(*reste)
    return ranges


def _preuves(
    session: Session, acteur: Acteur, grilles: list[int], jour: date
) -> dict[int, dict[str, tuple[PreuveLue, ...]]]:
    """Grille → élément → preuves, avec ce qu'elles valent ce jour-là."""
    requete = (
        select(
            *(col(c) for c in (PreuveCitee.grille_id, PreuveCitee.element, Preuve.id, Preuve.titre, Preuve.adresse)),
            *(col(c) for c in (Preuve.date_effet, Preuve.depose_par, Preuve.depose_le, Preuve.date_fin)),
            col(PreuveCitee.emplacement),
        )
        .join(Preuve, col(Preuve.id) == col(PreuveCitee.preuve_id))
        .where(col(PreuveCitee.etablissement_id) == acteur.etablissement_id, col(PreuveCitee.grille_id).in_(grilles))
        .order_by(col(PreuveCitee.id))
    )
    ranges: dict[int, dict[str, tuple[PreuveLue, ...]]] = defaultdict(dict)
    for grille, element, *reste in lignes(session, requete):
        lue = PreuveLue(*reste)
        vue = replace(lue, validite=validite(lue.date_effet, lue.date_fin, jour))
        ranges[grille][element] = (*ranges[grille].get(element, ()), vue)
    return ranges


def _actions(session: Session, acteur: Acteur, formations: list[int]) -> dict[int, tuple[ActionSuivie, ...]]:
    """Les actions closes du plan, par diplôme : elles seules se contrôlent ici."""
    a = ActionAmelioration
    requete = (
        select(*(col(c) for c in (a.formation_id, a.id, a.intitule, a.etat, a.element, a.jalon_id)))
        .where(
            col(a.etablissement_id) == acteur.etablissement_id,
            col(a.formation_id).in_(formations),
            col(a.etat) == _CLOSE,
        )
        .order_by(col(a.id))
    )
    ranges: dict[int, tuple[ActionSuivie, ...]] = defaultdict(tuple)
    for formation, *reste in lignes(session, requete):
        ranges[formation] = (*ranges[formation], ActionSuivie(*reste))
    return ranges
