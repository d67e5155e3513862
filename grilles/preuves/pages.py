"""Ce que répondent les pages des preuves : la saisie relue, le service appelé, la page rendue ou la suite."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from litestar.datastructures import UploadFile
from litestar.response import Redirect, Template

from charte.acteur import Acteur, DroitManquant, Geste
from charte.commun.base import Base
from charte.commun.frein import DepotFreine
from charte.commun.reglages import Reglages
from charte.commun.telechargement import nom_sur
from charte.commun.web import ErreurDeChamp, Introuvable, lire_formulaire, page, vers
from charte.referentiels import CleReferentiel, charger_correspondances, charger_referentiel, lignes_a_couvrir
from grilles.preuves.diplome import FILTRES, lire_preuves_du_diplome
from grilles.preuves.formulaires import (
    FormulaireDeCitation,
    FormulaireDePreuve,
    FormulaireDeRattachement,
    FormulaireDeRecherche,
)
from grilles.preuves.reception import FICHIERS_PAR_ENVOI, Envoi, deposer_preuve, joindre_des_fichiers
from grilles.preuves.regles import LIBELLES
from grilles.preuves.services.ecriture import (
    CommandeDeCitation,
    CommandeDePreuve,
    ConflitDePreuve,
    PreuveSansContenu,
    citer,
    modifier_preuve,
)
from grilles.preuves.services.fichiers import TropDeFichiers
from grilles.preuves.services.lecture import (
    A_RENOUVELER,
    Recherche,
    aujourd_hui,
    formations_a_choisir,
    lire_bibliotheque,
    lire_fiche,
)
from grilles.preuves.services.references import LigneVisee, rattacher
from grilles.preuves.types import EN_CLAIR, EXTENSIONS, FichierRefuse
from grilles.preuves.vues import FichePreuve
from grilles.services import GrilleFigee

VALIDITES = (
    ("", "Toutes"),
    (A_RENOUVELER, "À renouveler"),
    *((cle, mot.capitalize()) for cle, mot in LIBELLES.items()),
)
_REFUS_DE_FICHIER = (FichierRefuse, TropDeFichiers, PreuveSansContenu)


def bibliotheque(base: Base, acteur: Acteur, brut: Mapping[str, Any]) -> Template:
    """La bibliothèque, filtrée."""
    formulaire, _ = lire_formulaire(FormulaireDeRecherche, brut)
    saisie = formulaire or FormulaireDeRecherche()
    recherche = Recherche(
        saisie.mots, saisie.validite, saisie.proprietaire, saisie.formation or None, max(1, saisie.page)
    )
    with base.lecture() as session:
        lue = lire_bibliotheque(session, acteur, recherche, aujourd_hui())
        formations = formations_a_choisir(session, acteur)
    suite = {c: v for c, v in saisie.model_dump(exclude={"page"}).items() if v}
    return page(
        "grilles/preuves/bibliotheque.html", b=lue, r=recherche, formations=formations, validites=VALIDITES,
        proprietaires=[("", "Tous"), *((nom, nom) for nom in lue.proprietaires)],
        base_des_pages=f"/preuves?{urlencode({**suite, 'numero': ''})}",
    )  # fmt: skip


def depot(
    base: Base,
    acteur: Acteur,
    reglages: Reglages,
    saisies: Mapping[str, Any],
    erreurs: Sequence[ErreurDeChamp] = (),
    *,
    statut: int = 200,
) -> Template:
    """Le formulaire d'une preuve neuve."""
    with base.lecture() as session:
        formations = formations_a_choisir(session, acteur, Geste.REMPLIR_GRILLE)
    choisie = next((f for f in formations if str(f.id) == str(saisies.get("formation") or "")), None)
    return page(
        "grilles/preuves/nouvelle.html", statut=statut, saisies=_lisibles(saisies), erreurs=list(erreurs),
        formation=choisie, element=str(saisies.get("element") or ""), **_limites(reglages),
    )  # fmt: skip


def deposer(base: Base, acteur: Acteur, reglages: Reglages, data: Mapping[str, Any]) -> Template | Redirect:
    """Range une preuve neuve, et la cite si le formulaire venait d'un diplôme."""
    formulaire, erreurs = lire_formulaire(FormulaireDePreuve, data)
    if formulaire is None:
        return depot(base, acteur, reglages, data, erreurs, statut=422)
    try:
        envois = lire_les_envois(data)
        citation = _citation(data)
        preuve_id = deposer_preuve(base, acteur, reglages, _commande(formulaire), envois, citation=citation)
    except _REFUS_DE_FICHIER as refus:
        return depot(base, acteur, reglages, data, [ErreurDeChamp("fichiers", str(refus))], statut=422)
    except GrilleFigee as refus:
        return depot(base, acteur, reglages, data, [ErreurDeChamp("", str(refus))], statut=409)
    except DepotFreine as frein:
        return _freine(depot(base, acteur, reglages, data, [ErreurDeChamp("fichiers", str(frein))], statut=429), frein)
    if citation is not None:
        return vers(f"/diplomes/{citation.formation_id}/preuves#e-{citation.element.replace('.', '-')}")
    return vers(f"/preuves/{preuve_id}")


def _citation(data: Mapping[str, Any]) -> CommandeDeCitation | None:
    """Où citer la preuve déposée : l'élément d'un diplôme, ou nulle part."""
    formation, element = str(data.get("formation") or ""), str(data.get("element") or "")
    if not (formation.isascii() and formation.isdecimal() and len(formation) <= 18 and element):
        return None
    formulaire, _ = lire_formulaire(FormulaireDeCitation, {**data, "preuve": "1"})
    if formulaire is None:
        raise Introuvable("Aucun élément de ce nom.")
    return CommandeDeCitation(int(formation), formulaire.element, 0, formulaire.emplacement)


def fiche(
    base: Base,
    acteur: Acteur,
    reglages: Reglages,
    preuve_id: int,
    *,
    refus: str = "",
    erreurs: Sequence[ErreurDeChamp] = (),
    statut: int = 200,
) -> Template:
    """Une preuve au complet ; `refus` : pourquoi un geste n'a pas été fait."""
    with base.lecture() as session:
        lue = lire_fiche(session, acteur, preuve_id, aujourd_hui())
    dites = [*erreurs, *([ErreurDeChamp("", refus)] if refus else [])]
    return page(
        "grilles/preuves/fiche.html", statut=statut, f=lue, erreurs=dites, lignes=lignes_a_choisir(),
        noms=_noms_des_references(lue), **_limites(reglages),
    )  # fmt: skip


def modification(
    base: Base,
    acteur: Acteur,
    preuve_id: int,
    saisies: Mapping[str, Any] | None = None,
    erreurs: Sequence[ErreurDeChamp] = (),
    *,
    statut: int = 200,
) -> Template:
    """Le formulaire d'une preuve existante ; lève `DroitManquant` si l'acteur ne la change pas."""
    with base.lecture() as session:
        lue = lire_fiche(session, acteur, preuve_id, aujourd_hui())
    if not lue.modifiable:
        raise DroitManquant("Cette preuve sert aussi ailleurs : elle ne se change pas d'ici.")
    montrees = _lisibles(saisies if saisies is not None else _saisies_de(lue))
    return page("grilles/preuves/modification.html", statut=statut, f=lue, saisies=montrees, erreurs=list(erreurs))


def modifier(base: Base, acteur: Acteur, preuve_id: int, data: Mapping[str, Any]) -> Template | Redirect:
    """Change une preuve ; un conflit rend la saisie et dit ce que l'autre a fait."""
    formulaire, erreurs = lire_formulaire(FormulaireDePreuve, data)
    if formulaire is None:
        return modification(base, acteur, preuve_id, data, erreurs, statut=422)
    try:
        with base.ecriture() as session:
            modifier_preuve(session, acteur, preuve_id, _commande(formulaire), version=formulaire.version)
    except PreuveSansContenu as refus:
        return modification(base, acteur, preuve_id, data, [ErreurDeChamp("adresse", str(refus))], statut=422)
    except ConflitDePreuve as conflit:
        reprise = {**data, "version": conflit.autre.version}
        return modification(base, acteur, preuve_id, reprise, [ErreurDeChamp("", _dire(conflit))], statut=409)
    return vers(f"/preuves/{preuve_id}")


def _dire(conflit: ConflitDePreuve) -> str:
    autre = conflit.autre
    return (
        f"Quelqu'un a changé cette preuve pendant que vous l'écriviez : elle s'appelle « {autre.titre} », et "
        "ses valeurs sont sous le formulaire. Votre saisie est gardée ; enregistrez-la de nouveau si elle vaut."
    )


def joindre(
    base: Base, acteur: Acteur, reglages: Reglages, preuve_id: int, data: Mapping[str, Any]
) -> Template | Redirect:
    """Joint des fichiers, ou une révision de celui dont le rang est donné."""
    rang = str(data.get("rang") or "")
    champ = f"fichier-{rang}" if rang else "fichiers"
    try:
        envois = lire_les_envois(data)
        if not envois:
            raise PreuveSansContenu("Choisissez un fichier.")
        vise = int(rang) if rang.isascii() and rang.isdecimal() and len(rang) < 4 else None
        joindre_des_fichiers(base, acteur, reglages, preuve_id, envois, rang=vise)
    except _REFUS_DE_FICHIER as refus:
        return fiche(base, acteur, reglages, preuve_id, erreurs=[ErreurDeChamp(champ, str(refus))], statut=422)
    except DepotFreine as frein:
        erreurs = [ErreurDeChamp(champ, str(frein))]
        return _freine(fiche(base, acteur, reglages, preuve_id, erreurs=erreurs, statut=429), frein)
    return vers(f"/preuves/{preuve_id}#fichiers")


def rattacher_a_une_ligne(
    base: Base, acteur: Acteur, reglages: Reglages, preuve_id: int, data: Mapping[str, Any]
) -> Template | Redirect:
    """Rattache une preuve à une ligne d'un référentiel."""
    formulaire, erreurs = lire_formulaire(FormulaireDeRattachement, data)
    if formulaire is None:
        return fiche(base, acteur, reglages, preuve_id, erreurs=erreurs, statut=422)
    with base.ecriture() as session:
        rattacher(session, acteur, preuve_id, LigneVisee(*formulaire.ligne.split("/")), formulaire.emplacement)
    return vers(f"/preuves/{preuve_id}#references")


def preuves_du_diplome(
    base: Base,
    acteur: Acteur,
    formation_id: int,
    filtre: str = "",
    *,
    saisies: Mapping[str, Any],
    erreurs: Sequence[ErreurDeChamp] = (),
    statut: int = 200,
) -> Template:
    """L'onglet « Preuves » d'un diplôme."""
    filtre = filtre if filtre in dict(FILTRES) else ""
    with base.lecture() as session:
        vue = lire_preuves_du_diplome(session, acteur, formation_id, aujourd_hui(), filtre)
    return page(
        "grilles/preuves/diplome.html", statut=statut, vue=vue, filtre=filtre, filtres=FILTRES,
        saisies=_lisibles(saisies), erreurs=list(erreurs),
        preuves_a_choisir=[("", "Choisissez"), *((p.id, f"{p.titre} ({p.mot})") for p in vue.preuves)],
    )  # fmt: skip


def citer_au_diplome(base: Base, acteur: Acteur, formation_id: int, data: Mapping[str, Any]) -> Template | Redirect:
    """Cite une preuve de la bibliothèque."""
    formulaire, erreurs = lire_formulaire(FormulaireDeCitation, data)
    if formulaire is None:
        return preuves_du_diplome(base, acteur, formation_id, saisies=data, erreurs=erreurs, statut=422)
    commande = CommandeDeCitation(formation_id, formulaire.element, formulaire.preuve, formulaire.emplacement)
    try:
        with base.ecriture() as session:
            citer(session, acteur, commande)
    except GrilleFigee as refus:
        dites = [ErreurDeChamp("", str(refus))]
        return preuves_du_diplome(base, acteur, formation_id, saisies=data, erreurs=dites, statut=409)
    return vers(f"/diplomes/{formation_id}/preuves#e-{formulaire.element.replace('.', '-')}")


def lire_les_envois(data: Mapping[str, Any]) -> list[Envoi]:
    """Les fichiers du champ « fichiers » ; lève `TropDeFichiers` s'il y en a trop d'un coup."""
    brut = data.get("fichiers")
    envoyes = [e for e in (brut if isinstance(brut, list) else [brut]) if isinstance(e, UploadFile) and e.filename]
    if len(envoyes) > FICHIERS_PAR_ENVOI:
        raise TropDeFichiers(f"Choisissez {FICHIERS_PAR_ENVOI} fichiers au plus à la fois.")
    return [Envoi(nom_sur(envoye.filename), envoye.file.read()) for envoye in envoyes]


def lignes_a_choisir() -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """(édition, lignes) de chaque référentiel externe, l'édition la plus récente d'abord, pour une liste."""
    groupes = []
    for cle in CleReferentiel:
        if cle is CleReferentiel.CHARTE:
            continue
        referentiel = charger_referentiel(cle)
        for edition in reversed(referentiel.editions):
            nom = f"{referentiel.fiche.nom}, {edition.fiche.titre.lower()}"
            lignes = tuple(
                (f"{cle}/{edition.edition}/{v.ligne.reference}", f"{v.ligne.reference} {v.ligne.texte}"[:110])
                for v in lignes_a_couvrir(edition, charger_correspondances())
            )
            groupes.append((nom, lignes))
    return tuple(groupes)


def _noms_des_references(lue: FichePreuve) -> dict[int, str]:
    noms = {}
    for lien in lue.references:
        fiche_du_referentiel = charger_referentiel(lien.referentiel).fiche
        noms[lien.id] = f"{fiche_du_referentiel.nom} {lien.edition}, {fiche_du_referentiel.prefixe.lower()}"
    return noms


def _commande(formulaire: FormulaireDePreuve) -> CommandeDePreuve:
    return CommandeDePreuve(**formulaire.model_dump(exclude={"version"}))


def _saisies_de(lue: FichePreuve) -> dict[str, Any]:
    p = lue.preuve
    return {
        "titre": p.titre, "adresse": p.adresse, "date_effet": p.date_effet or "", "date_fin": p.date_fin or "",
        "proprietaire": p.proprietaire, "partagee": "oui" if p.partagee else "", "version": p.version,
    }  # fmt: skip


_CHAMPS = (
    "titre", "adresse", "date_effet", "date_fin", "proprietaire", "partagee", "version", "emplacement", "preuve",
    "element",
)  # fmt: skip


def _lisibles(brut: Mapping[str, Any]) -> dict[str, str]:
    """Ce qui a été tapé, à rendre tel quel ; un champ absent est vide."""
    return {champ: valeur if isinstance(valeur := brut.get(champ), str) else str(valeur or "") for champ in _CHAMPS}


def _limites(reglages: Reglages) -> dict[str, Any]:
    return {"accepte": ",".join(EXTENSIONS), "sortes": EN_CLAIR, "mo": reglages.preuve_mo}


def _freine(reponse: Template, frein: DepotFreine) -> Template:
    reponse.headers["Retry-After"] = str(frein.secondes)
    return reponse
