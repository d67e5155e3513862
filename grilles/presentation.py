"""Ce que reçoivent les gabarits des grilles : la grille lue, le poste montré, et une saisie à rendre telle quelle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from charte.acteur import Acteur, Partie
from charte.commun.typographie import FUSEAU
from charte.commun.web import ErreurDeChamp, Introuvable
from charte.concernes import Concernes, EngagementPorte, charger_concernes
from grilles.campagnes.regles import peut_ecrire
from grilles.echelle import Etat, charger_echelle
from grilles.preuves.regles import PERIMEE
from grilles.regles import Manque
from grilles.services.presence import Present
from grilles.vues import GrilleLue, Groupe, Ligne, PosteLu, PreuveLue, ReponseLue

POSITIONS = {
    Partie.CONCERTEE: "Position concertée",
    Partie.ETABLISSEMENT: "Établissement",
    Partie.CFA: "CFA",
}
FILTRES = (
    ("", "Tout"),
    ("a_faire", "À faire"),
    ("a_confirmer", "À confirmer"),
    ("desaccords", "Désaccords"),
    ("sans_preuve", "Sans preuve"),
)


@dataclass(frozen=True)
class Saisie:
    """Ce qu'un formulaire montre. `autre` : la réponse de quelqu'un d'autre, s'il y a conflit."""

    etat: str
    motif: str
    commentaire: str
    version: int
    erreurs: tuple[ErreurDeChamp, ...] = ()
    autre: ReponseLue | None = None


@dataclass(frozen=True)
class SaisieDePreuve:
    """Une preuve refusée, rendue telle qu'elle a été tapée."""

    titre: str = ""
    adresse: str = ""
    date_effet: str = ""
    erreurs: tuple[ErreurDeChamp, ...] = ()


_PREUVE_VIDE = SaisieDePreuve()


@dataclass(frozen=True)
class VueGrille:
    """Une page de grille. `element` : la ligne dont `saisie` ou `preuve` remplace ce qui est en base.

    `tenues` : les positions que l'acteur peut écrire pour cette formation ; `empechement` : pourquoi la position
    montrée, qu'il tient, ne s'écrit pas maintenant. `presents` : qui d'autre a cette grille sous les
    yeux. `concernes` : qui se prononce sur quoi (lecture de l'outil).
    """

    grille: GrilleLue
    modifiable: bool
    annee_affichee: bool
    brouillon: str
    concernes: Concernes
    empechement: str = ""
    presents: tuple[Present, ...] = ()
    tenues: frozenset[Partie] = frozenset()
    poste: PosteLu | None = None
    filtre: str = ""
    element: str = ""
    saisie: Saisie | None = None
    preuve: SaisieDePreuve = _PREUVE_VIDE

    @property
    def retire_des_preuves(self) -> bool:
        """Vrai si l'acteur peut retirer une preuve : elles servent la position concertée."""
        return self.modifiable and Partie.CONCERTEE in self.tenues

    @property
    def adresse(self) -> str:
        """Adresse de la grille."""
        return f"/diplomes/{self.grille.formation_id}/grille"

    @property
    def suffixe(self) -> str:
        """Ce qui garde, dans une adresse, l'année et la position montrées quand ce ne sont pas celles d'office."""
        return self._question()

    def adresse_du_poste(self, numero: int, filtre: str = "", partie: Partie | None = None) -> str:
        """Adresse de la page d'un poste."""
        return f"{self.adresse}/{numero}{self._question(filtre, partie)}"

    def _question(self, filtre: str = "", partie: Partie | None = None) -> str:
        montree = partie or self.grille.partie
        parametres = [f"annee={self.grille.annee}"] if self.annee_affichee else []
        parametres += [f"partie={montree}"] if montree is not partie_d_office(self.tenues) else []
        parametres += [f"filtre={filtre}"] if filtre else []
        return f"?{'&'.join(parametres)}" if parametres else ""

    def positions(self) -> list[tuple[str, str, bool, bool]]:
        """(adresse, mot, montrée, à moi) de chaque position, sur la page courante."""
        return [
            (
                self.adresse_du_poste(self.poste.numero, self.filtre, partie)
                if self.poste
                else f"{self.adresse}{self._question(partie=partie)}",
                POSITIONS[partie],
                partie is self.grille.partie,
                partie in self.tenues,
            )
            for partie in Partie
        ]

    @cached_property
    def citables(self) -> tuple[PreuveLue, ...]:
        """Les preuves que la grille cite déjà et qui peuvent servir à une autre ligne, la dernière déposée d'abord."""
        citees = {p.id: p for poste in self.grille.postes for ligne in poste.lignes for p in ligne.preuves}
        return tuple(citees[numero] for numero in sorted(citees, reverse=True) if citees[numero].validite != PERIMEE)

    def autres_positions(self, ligne: Ligne) -> list[tuple[str, Etat, ReponseLue]]:
        """(« CFA », état, réponse) pour chaque autre partie qui a répondu à cette ligne."""
        echelle = charger_echelle()
        dites = self.grille.autres_positions(ligne.id)
        return [(POSITIONS[partie], echelle.etat(lue.etat), lue) for partie, lue in dites if lue.etat]

    def engagements(self, ligne: Ligne) -> tuple[EngagementPorte, ...]:
        """Les engagements des parties (charte, titre 2) qui portent sur cette ligne, selon la lecture de l'outil."""
        return self.concernes.engagements(ligne.id)

    def hors_de_la_partie(self, ligne: Ligne) -> bool:
        """Vrai si, selon la lecture de l'outil, cette ligne ne demande rien à la partie dont on lit la position."""
        partie = self.grille.partie
        return partie is not Partie.CONCERTEE and partie not in self.concernes.parties(ligne.id)

    def saisie_de(self, ligne: Ligne) -> Saisie:
        """Ce que montre le formulaire d'une ligne : la saisie en cours, sinon ce qui est en base."""
        if self.saisie is not None and ligne.id == self.element:
            return self.saisie
        lue = ligne.reponse
        return Saisie(lue.etat or "", lue.motif, lue.commentaire, lue.version)

    def preuve_de(self, ligne: Ligne) -> SaisieDePreuve:
        """Ce que montre le formulaire de preuve d'une ligne."""
        return self.preuve if ligne.id == self.element else _PREUVE_VIDE

    def etats(self, ligne: Ligne) -> tuple[Etat, ...]:
        """Les états offerts à une ligne."""
        return charger_echelle().etats(ligne.genre)

    def etat_nomme(self, cle: str | None) -> str:
        """Le libellé d'un état, ou « Sans réponse »."""
        return charger_echelle().etat(cle).libelle if cle else "Sans réponse"

    def montre(self, ligne: Ligne) -> bool:
        """Vrai si le filtre garde la ligne (ou l'une de ses sous-actions)."""
        if any(self.montre(fille) for fille in ligne.sous_lignes) or ligne.id == self.element:
            return True
        return self._garde(self.filtre, ligne)

    def _garde(self, filtre: str, ligne: Ligne) -> bool:
        if filtre == "a_faire":
            return ligne.etat is None and not self.hors_de_la_partie(ligne)
        if filtre == "desaccords":
            return self.grille.en_desaccord(ligne.id)
        return {"a_confirmer": ligne.a_confirmer, "sans_preuve": ligne.sans_preuve}.get(filtre, True)

    def groupes(self, groupes: Sequence[Groupe]) -> list[Groupe]:
        """Les groupes où il reste quelque chose à montrer."""
        return [groupe for groupe in groupes if any(self.montre(ligne) for ligne in groupe.lignes)]

    def ouvert(self, groupe: Groupe) -> bool:
        """Vrai si un périmètre doit s'ouvrir : il contient la ligne en cours, ou le filtre l'a réduit."""
        ids = {ligne.id for tete in groupe.lignes for ligne in (tete, *tete.sous_lignes)}
        return self.element in ids

    def filtres(self, poste: PosteLu) -> list[tuple[str, str, int, bool]]:
        """(adresse, mot, nombre de lignes, courant) de chaque filtre."""
        comptes = {cle: sum(self._garde(cle, ligne) for ligne in poste.lignes) for cle, _ in FILTRES}
        return [
            (self.adresse_du_poste(poste.numero, cle), mot, comptes[cle], cle == self.filtre)
            for cle, mot in FILTRES
            if comptes[cle] or cle in ("", "a_faire", self.filtre)
        ]

    def lien_du_manque(self, manque: Manque, poste: int | None = None) -> str:
        """Où mener pour combler un manque : la ligne de la grille (de la page, ou d'un autre `poste`), ou le jalon."""
        if manque.jalon is not None:
            return f"/diplomes/{self.grille.formation_id}/jalons#jalon-{manque.jalon}"
        # Un filtre peut cacher la ligne sur cette page : on mène alors au poste entier.
        ailleurs = poste or (self.poste.numero if self.poste and self.filtre else 0)
        return f"{self.adresse_du_poste(ailleurs) if ailleurs else ''}#{ancre(manque.element)}"

    @property
    def a_continuer(self) -> PosteLu | None:
        """Le premier poste où il reste un engagement ou une exigence sans réponse."""
        return next((p for p in self.grille.postes if not p.bilan.avancement.complet), None)


def partie_d_office(tenues: frozenset[Partie]) -> Partie:
    """La position montrée sans rien demander : la concertée, ou celle du CFA pour qui n'écrit qu'elle."""
    return Partie.CFA if tenues == {Partie.CFA} else Partie.CONCERTEE


def voir(grille: GrilleLue, acteur: Acteur, annee_courante: int, tenues: frozenset[Partie]) -> VueGrille:
    """La vue d'une grille ; une année passée sans grille n'existe pas."""
    if not grille.commencee and grille.annee != annee_courante:
        raise Introuvable(f"Aucune grille en {grille.annee_scolaire}.")
    raison = peut_ecrire(grille.etat_campagne or "ouverte", grille.etat_grille, grille.partie)
    tenue = grille.partie in tenues
    return VueGrille(
        grille=grille,
        modifiable=tenue and raison is None,
        empechement=raison if tenue and raison and not grille.figee else "",
        concernes=charger_concernes(grille.edition),
        annee_affichee=grille.annee != annee_courante,
        brouillon=f"{acteur.compte_id or 0}:{grille.formation_id}:{grille.annee}:{grille.partie}",
        tenues=tenues,
    )


def avec_poste(vue: VueGrille, numero: int, filtre: str = "") -> VueGrille:
    """La même vue, sur un poste ; lève `Introuvable` s'il n'existe pas."""
    try:
        poste = vue.grille.poste(numero)
    except KeyError as erreur:
        raise Introuvable(f"La charte n'a pas de poste {numero}.") from erreur
    return replace(vue, poste=poste, filtre=filtre if filtre in dict(FILTRES) else "")


def ligne_suivante(poste: PosteLu, element: str) -> str | None:
    """L'identifiant de la ligne qui suit, None si c'était la dernière du poste."""
    ids = [ligne.id for ligne in poste.lignes]
    rang = ids.index(element) + 1
    return ids[rang] if rang < len(ids) else None


def saisie_brute(
    brut: Mapping[str, Any], erreurs: Sequence[ErreurDeChamp] = (), autre: ReponseLue | None = None
) -> Saisie:
    """Ce qui a été tapé, à rendre tel quel à côté de ce qui ne va pas."""
    version = str(brut.get("version") or "0")
    return Saisie(
        etat=str(brut.get("etat") or ""),
        motif=str(brut.get("motif") or ""),
        commentaire=str(brut.get("commentaire") or ""),
        version=int(version) if version.isdecimal() else 0,
        erreurs=tuple(erreurs),
        autre=autre,
    )


def preuve_brute(brut: Mapping[str, Any], erreurs: Sequence[ErreurDeChamp]) -> SaisieDePreuve:
    """Une preuve refusée, telle qu'elle a été tapée."""
    return SaisieDePreuve(
        str(brut.get("titre") or ""),
        str(brut.get("adresse") or ""),
        str(brut.get("date_effet") or ""),
        tuple(erreurs),
    )


def heure(reponse: ReponseLue) -> str:
    """« 14:32 », heure de Paris."""
    return reponse.modifie_le.astimezone(FUSEAU).strftime("%H:%M") if reponse.modifie_le else ""


def ancre(element: str) -> str:
    """Identifiant d'une ligne dans la page : `1.S1.5` → `e-1-S1-5`."""
    return "e-" + element.replace(".", "-")


def poste_de(element: str) -> int:
    """Le poste d'un élément, d'après son identifiant ; lève `Introuvable` s'il n'en a pas."""
    premier = element.split(".", 1)[0]
    if not (premier.isascii() and premier.isdigit()):
        raise Introuvable(f"La charte n'a pas d'élément « {element} ».")
    return int(premier)
