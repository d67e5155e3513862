"""Le mode audit : ce qu'on montre de chaque ligne d'un référentiel, dit en français (pur)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from charte.commun.typographie import pluriel
from charte.referentiels import Decision, EtatDeLigne, LigneACouvrir, LigneDAudit, Releve
from charte.referentiels.correspondance import TEXTE_MEME
from grilles.preuves.vues import FichierVu, PreuveVue

ETATS = {
    EtatDeLigne.COUVERTE: ("tenu", "couverte"),
    EtatDeLigne.A_CONFIRMER: ("partie", "à confirmer"),
    EtatDeLigne.PERIMEE: ("manque", "preuves périmées"),
    EtatDeLigne.RIEN: ("manque", "sans preuve"),
}
"""Ton et mot de chaque état."""
FILTRES = (
    ("", "Toutes les lignes"),
    ("sans_preuve", "Sans preuve"),
    ("perimees", "Périmées"),
    ("a_confirmer", "À confirmer"),
)


@dataclass(frozen=True)
class Citation:
    """Une preuve citée à l'appui d'un élément de la charte, dans la grille d'une formation."""

    preuve_id: int
    element: str
    emplacement: str
    formation: str


@dataclass(frozen=True)
class Chemin:
    """Par où une preuve répond à une ligne. `element` vide : jointe directement. `ou` : formation, page."""

    element: str
    confiance: str
    confirmee: bool
    ou: tuple[str, ...]

    @property
    def dit(self) -> str:
        """« par 1.S1.2, correspondance confirmée », « jointe directement à cette ligne »."""
        if not self.element:
            return "jointe directement à cette ligne"
        if self.confirmee:
            return f"par {self.element}, correspondance confirmée"
        return f"par {self.element}, correspondance proposée par l’outil (confiance {self.confiance})"


@dataclass(frozen=True)
class PreuveDAudit:
    """Une preuve en face d'une ligne, ses fichiers en vigueur et par où elle y répond."""

    preuve: PreuveVue
    fichiers: tuple[FichierVu, ...]
    chemins: tuple[Chemin, ...]


@dataclass(frozen=True)
class Proposition:
    """Une correspondance d'une ligne. `decision` : « confirmee », « ecartee », ou vide si rien n'est décidé."""

    element: str
    confiance: str
    justification: str
    decision: str


@dataclass(frozen=True)
class LigneVue:
    """Une ligne d'un audit. `reserve` : ce qui reste à vérifier de son énoncé, vide sinon."""

    reference: str
    nom: str
    titre: str
    texte: str
    critere: str
    reserve: str
    etat: EtatDeLigne
    preuves: tuple[PreuveDAudit, ...]
    propositions: tuple[Proposition, ...]

    @property
    def ton(self) -> str:
        """La couleur de sa mention."""
        return ETATS[self.etat][0]

    @property
    def mot(self) -> str:
        """Son état en clair."""
        return ETATS[self.etat][1]

    @property
    def phrase(self) -> str:
        """Ce qu'on a en main, en une phrase."""
        valables = sum(p.preuve.compte for p in self.preuves)
        if self.etat is EtatDeLigne.COUVERTE:
            return f"{pluriel(valables, 'preuve valable', 'preuves valables')}."
        if self.etat is EtatDeLigne.A_CONFIRMER:
            return "Une preuve y répond peut-être : confirmez la correspondance proposée, ou écartez-la."
        if self.etat is EtatDeLigne.PERIMEE:
            return "Les preuves citées ont passé leur date de fin : il est temps de les renouveler."
        return "Il manque une preuve." if not self.preuves else "Il manque une preuve déjà en vigueur."

    @property
    def ancre(self) -> str:
        """Identifiant de la ligne dans la page."""
        return "l-" + self.reference.replace(".", "-")


@dataclass(frozen=True)
class Audit:
    """Un référentiel en face des preuves d'une portée."""

    referentiel: str
    nom: str
    titre: str
    avertissement: str
    edition: str
    titre_edition: str
    source: str
    portee: str
    lignes: tuple[LigneVue, ...]

    @property
    def comptes(self) -> tuple[tuple[str, str, int], ...]:
        """(ton, « 3 lignes couvertes », nombre) de chaque état, dans l'ordre ; les absents aussi."""
        comptes = Counter(ligne.etat for ligne in self.lignes)
        return tuple((ton, _compter(comptes[etat], etat), comptes[etat]) for etat, (ton, _) in ETATS.items())

    def garder(self, filtre: str) -> tuple[LigneVue, ...]:
        """Les lignes qu'un filtre garde."""
        return tuple(ligne for ligne in self.lignes if retenue(ligne, filtre))


def _compter(nombre: int, etat: EtatDeLigne) -> str:
    if etat is EtatDeLigne.COUVERTE:
        return pluriel(nombre, "ligne couverte", "lignes couvertes")
    if etat is EtatDeLigne.PERIMEE:
        return pluriel(nombre, "ligne aux preuves périmées", "lignes aux preuves périmées")
    return pluriel(nombre, f"ligne {ETATS[etat][1]}", f"lignes {ETATS[etat][1]}")


def retenue(ligne: LigneVue, filtre: str) -> bool:
    """Vrai si le filtre garde la ligne ; un filtre inconnu garde tout."""
    if filtre == "sans_preuve":
        return ligne.etat is EtatDeLigne.RIEN
    if filtre == "perimees":
        return any(p.preuve.perimee for p in ligne.preuves)
    return filtre != "a_confirmer" or ligne.etat is EtatDeLigne.A_CONFIRMER


@dataclass(frozen=True)
class Matieres:
    """Ce dont se dressent les lignes : preuves et fichiers par identifiant, citations, emplacements, décisions.

    `directes` : par référence, (preuve, emplacement).
    """

    preuves: Mapping[int, PreuveVue]
    fichiers: Mapping[int, tuple[FichierVu, ...]]
    citations: Sequence[Citation]
    directes: Mapping[str, Sequence[tuple[int, str]]]
    decisions: Sequence[Decision]


def presenter(visee: LigneACouvrir, auditee: LigneDAudit, matieres: Matieres, prefixe: str) -> LigneVue:
    """Une ligne et ses preuves, chacune une seule fois, avec tous les chemins qui y mènent."""
    ligne = visee.ligne
    return LigneVue(
        reference=ligne.reference,
        nom=f"{prefixe} {ligne.reference}",
        titre=ligne.titre,
        texte=ligne.texte,
        critere=ligne.critere,
        reserve="" if ligne.releve.sur or ligne.releve is Releve.OFFICIEL else ligne.releve.dit,
        etat=auditee.etat,
        preuves=_preuves(auditee, matieres),
        propositions=_propositions(visee, matieres.decisions),
    )


def _preuves(auditee: LigneDAudit, matieres: Matieres) -> tuple[PreuveDAudit, ...]:
    chemins: dict[int, list[Chemin]] = {}
    for lien in auditee.preuves:
        ou = _emplacements(lien.preuve, lien.element, auditee.reference, matieres)
        confiance = str(lien.confiance or "")
        chemins.setdefault(lien.preuve, []).append(Chemin(lien.element or "", confiance, lien.confirmee, ou))
    return tuple(
        PreuveDAudit(matieres.preuves[preuve], matieres.fichiers.get(preuve, ()), tuple(trouves))
        for preuve, trouves in chemins.items()
    )


def _emplacements(preuve: int, element: str | None, reference: str, matieres: Matieres) -> tuple[str, ...]:
    if element is None:
        return tuple(ou for numero, ou in matieres.directes.get(reference, ()) if numero == preuve and ou)
    citees = (c for c in matieres.citations if (c.preuve_id, c.element) == (preuve, element))
    return tuple(dict.fromkeys(f"{c.formation}, {c.emplacement}" if c.emplacement else c.formation for c in citees))


def _propositions(visee: LigneACouvrir, decisions: Sequence[Decision]) -> tuple[Proposition, ...]:
    ici = (visee.referentiel, visee.edition, visee.ligne.reference)
    dites = {d.element: "confirmee" if d.confirmee else "ecartee" for d in decisions if d.cle[1:] == ici}
    proposees = [c for c in visee.correspondances if c.statut != TEXTE_MEME]
    vues = [Proposition(c.element, str(c.confiance), c.justification, dites.pop(c.element, "")) for c in proposees]
    return (*vues, *(Proposition(e, "", "ajoutée par l’établissement", d) for e, d in dites.items()))
