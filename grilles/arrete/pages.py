"""Lire de quoi montrer un arrêté : avant, dans la liste, dans son instantané."""

from sqlalchemy import func, select
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, Partie
from charte.chargement import charger_edition
from charte.commun.base import lignes
from charte.commun.canonique import calculer_empreinte
from charte.commun.web import Introuvable
from grilles.arrete.contenu import MesureScellee, lire_contenu
from grilles.arrete.modeles import Instantane, Reouverture
from grilles.arrete.services import ReouvertureLue
from grilles.arrete.vues import ArreteRelu, Historique, Preparation, Version, nom_du_fichier
from grilles.assemblage import assembler_pour
from grilles.controles.services import controler_un_diplome
from grilles.jalons.services.lecture import jalons_des_diplomes
from grilles.mesures import LecteurDeMesures, MesureCitee
from grilles.modeles import Campagne, Grille
from grilles.preuves.modeles import FichierDePreuve
from grilles.services.lecture import exiger_formation, lire_grille
from grilles.vues import Scelle

VERSIONS = 1_000_000
"""Plus qu'une grille n'en aura jamais : au-delà, l'adresse est fausse."""


def mesures_a_sceller(
    session: Session, acteur: Acteur, formation_id: int, mesures: LecteurDeMesures, geste: Geste = Geste.ARRETER_GRILLE
) -> tuple[MesureScellee, ...]:
    """Les indicateurs que citent les jalons et cibles locales convenus, tels qu'ils se lisent ce jour, par clé."""
    jalons = jalons_des_diplomes(session, acteur, [formation_id]).get(formation_id, ())
    cles = {jalon.contenu.indicateur for jalon in jalons if jalon.convenu and jalon.contenu.indicateur}
    if not cles:
        return ()
    lues = mesures.valeurs(session, acteur, formation_id, sorted(cle for cle in cles if cle), geste=geste)
    return tuple(_sceller(lues[cle]) for cle in sorted(lues))


def _sceller(lue: MesureCitee) -> MesureScellee:
    return MesureScellee(
        cle=lue.cle,
        libelle=lue.libelle,
        texte=lue.texte,
        valeur=lue.valeur,
        unite=lue.unite,
        periode=lue.periode,
        definition=lue.definition,
        source=lue.source,
    )


def exiger_une_annee(annee: int | None, version: int = 1) -> None:
    """Lève `Introuvable` si l'année (None : celle en cours) ou la version d'une adresse ne peuvent pas exister."""
    if annee is not None and not (1000 <= annee <= 9999 and 1 <= version <= VERSIONS):
        raise Introuvable(f"Aucun arrêté {annee}.")


def preparer_l_arrete(
    session: Session, acteur: Acteur, formation_id: int, mesures: LecteurDeMesures, annee: int | None = None
) -> Preparation:
    """Ce qu'arrêter la grille va figer, et ce qui manque ; lève `Introuvable` (hors de portée, pas commencée)."""
    exiger_une_annee(annee)
    grille = lire_grille(session, acteur, formation_id, annee, geste=Geste.ARRETER_GRILLE)
    if not grille.commencee:
        raise Introuvable("Cette grille n'est pas commencée.")
    citees = {p.id for poste in grille.postes for ligne in poste.lignes for p in ligne.preuves}
    return Preparation(
        grille=grille,
        controles=controler_un_diplome(session, acteur, formation_id, mesures, grille.annee),
        mesures=mesures_a_sceller(session, acteur, formation_id, mesures),
        preuves=len(citees),
        fichiers=_compter_les_fichiers(session, acteur, citees),
    )


def _compter_les_fichiers(session: Session, acteur: Acteur, preuves: set[int]) -> int:
    f = FichierDePreuve
    rangs = (
        select(col(f.preuve_id), col(f.rang))
        .where(
            col(f.preuve_id).in_(sorted(preuves)),
            col(f.etablissement_id) == acteur.etablissement_id,
            col(f.retire_le).is_(None),
        )
        .distinct()
        .subquery()
    )
    return int(lignes(session, select(func.count()).select_from(rangs))[0][0])


def lire_l_historique(session: Session, acteur: Acteur, formation_id: int) -> Historique:
    """Les arrêtés d'un diplôme, le dernier d'abord, et les réouvertures ; lève `Introuvable`."""
    formation = exiger_formation(session, acteur, formation_id)
    reouvertures = _reouvertures(session, acteur, formation_id)
    i = Instantane
    requete = (
        select(
            *(col(c) for c in (Campagne.annee, Campagne.libelle, Grille.etat, Grille.version)),
            *(col(c) for c in (i.version, i.empreinte, i.arrete_par, i.arrete_le, i.instance)),
        )
        .join(Grille, col(Grille.id) == col(i.grille_id))
        .join(Campagne, col(Campagne.id) == col(Grille.campagne_id))
        .where(col(Grille.formation_id) == formation_id, col(i.etablissement_id) == acteur.etablissement_id)
        .order_by(col(Campagne.annee).desc(), col(i.version).desc())
    )
    versions = []
    for annee, campagne, etat, courante, *reste in lignes(session, requete):
        scelle = Scelle(*reste)
        en_vigueur = etat == "arretee" and courante == scelle.version
        ouverte_par = reouvertures.pop((annee, scelle.version), None)
        versions.append(Version(annee, campagne, scelle, en_vigueur, ouverte_par))
    restent = tuple((annee, lue) for (annee, _), lue in sorted(reouvertures.items(), reverse=True))
    return Historique(formation_id, formation.libelle, tuple(versions), restent)


def _reouvertures(session: Session, acteur: Acteur, formation_id: int) -> dict[tuple[int, int], ReouvertureLue]:
    """(Année, version ouverte) → réouverture."""
    r = Reouverture
    requete = (
        select(col(Campagne.annee), *(col(c) for c in (r.version, r.motif, r.rouverte_par, r.rouverte_le)))
        .join(Grille, col(Grille.id) == col(r.grille_id))
        .join(Campagne, col(Campagne.id) == col(Grille.campagne_id))
        .where(col(Grille.formation_id) == formation_id, col(r.etablissement_id) == acteur.etablissement_id)
    )
    return {(annee, reste[0]): ReouvertureLue(*reste) for annee, *reste in lignes(session, requete)}


def lire_une_version(session: Session, acteur: Acteur, formation_id: int, annee: int, version: int) -> ArreteRelu:
    """Une version telle qu'elle était, relue dans son instantané ; lève `Introuvable`."""
    scelle, texte = _instantane(session, acteur, formation_id, annee, version)
    contenu = lire_contenu(texte)
    return ArreteRelu(
        formation_id=formation_id,
        scelle=scelle,
        contenu=contenu,
        postes=assembler_pour(Partie.CONCERTEE, charger_edition(contenu.edition), contenu.materiaux),
        intact=calculer_empreinte(texte) == scelle.empreinte,
        taille=len(texte.encode()),
    )


def lire_le_json(session: Session, acteur: Acteur, formation_id: int, annee: int, version: int) -> tuple[str, str]:
    """(nom du fichier, JSON canonique) d'une version, octet pour octet ce qui est scellé ; lève `Introuvable`."""
    code = exiger_formation(session, acteur, formation_id).code
    _, texte = _instantane(session, acteur, formation_id, annee, version)
    return nom_du_fichier(code, annee, version), texte


def _instantane(session: Session, acteur: Acteur, formation_id: int, annee: int, version: int) -> tuple[Scelle, str]:
    exiger_formation(session, acteur, formation_id)
    exiger_une_annee(annee, version)
    i = Instantane
    requete = (
        select(*(col(c) for c in (i.version, i.empreinte, i.arrete_par, i.arrete_le, i.instance, i.contenu)))
        .join(Grille, col(Grille.id) == col(i.grille_id))
        .join(Campagne, col(Campagne.id) == col(Grille.campagne_id))
        .where(
            col(Grille.formation_id) == formation_id,
            col(Campagne.annee) == annee,
            col(i.version) == version,
            col(i.etablissement_id) == acteur.etablissement_id,
        )
    )
    trouves = lignes(session, requete)
    if not trouves:
        raise Introuvable(f"Aucun arrêté {annee}, version {version}.")
    return Scelle(*trouves[0][:-1]), trouves[0][-1]
