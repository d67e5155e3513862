"""Les règles de la revue annuelle : ses étapes, ce qui manque, ce qui a changé, ce qui a vieilli. Fonctions pures.

La charte (exigence 1.C1.2) demande de réviser chaque année la liste des indicateurs ; les étapes, les mots et le délai
de fraîcheur sont de l'outil.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from charte.commun.typographie import INSECABLE, pluriel
from indicateurs.catalogue import charger_familles
from indicateurs.revue.contenu import ChangementDeDefinition, Contenu, IndicateurRevu, SourceScellee

AVIS = {
    "garder": "Garder tel quel",
    "revoir": "Revoir l’objectif",
    "agir": "Agir",
}
"""Ce qu'on fait d'un indicateur ; `a_voir` est l'absence de réponse."""
AVIS_LUS = {"a_voir": "À voir", **AVIS}
ANNEES_MONTREES = 5
FRAICHEUR = 365
"""Jours au-delà desquels une source est dite ancienne : choix de l'outil (une extraction par année scolaire)."""


@dataclass(frozen=True)
class Etape:
    """Une étape et son avancement. `faits` sur `total` ; `suite` : ce que son adresse ajoute à celle de la revue."""

    rang: int
    cle: str
    titre: str
    suite: str
    faits: int
    total: int

    @property
    def faite(self) -> bool:
        """Vrai si rien n'y reste."""
        return self.faits >= self.total

    @property
    def etat(self) -> str:
        """« fait », « 3 sur 12 », ou « à faire »."""
        if self.faite:
            return "fait"
        return f"{self.faits} sur {self.total}" if self.total > 1 else "à faire"


def etapes(contenu: Contenu) -> tuple[Etape, ...]:
    """Les cinq étapes, dans l'ordre, avec ce qui y est fait."""
    a_revoir = contenu.a_revoir
    vus = [indicateur for indicateur in a_revoir if indicateur.avis != "a_voir"]
    a_agir = [indicateur for indicateur in a_revoir if indicateur.avis == "agir"]
    ouvertes = [indicateur for indicateur in a_agir if indicateur.action]
    famille = famille_a_voir(contenu) or next((une.cle for une in familles(contenu)), "")
    suite = f"/familles/{famille}" if famille else "/decisions"
    return (
        Etape(1, "donnees", "Données", "/donnees", int(contenu.donnees_completes is not None), 1),
        Etape(2, "definitions", "Définitions", "/definitions", int(contenu.definitions_justes is not None), 1),
        Etape(3, "indicateurs", "Indicateurs", suite, len(vus), len(a_revoir)),
        # Tant que rien n'a été vu, aucune décision n'a pu naître : l'étape n'est pas faite.
        Etape(4, "decisions", "Décisions", "/decisions", len(ouvertes), len(a_agir) or int(not vus)),
        Etape(5, "arret", "Arrêter", "/arret", int(contenu.arretee_le is not None), 1),
    )


@dataclass(frozen=True)
class FamilleARevoir:
    """Les indicateurs d'une famille qui ont des données, dans l'ordre des définitions."""

    cle: str
    libelle: str
    indicateurs: tuple[IndicateurRevu, ...]

    @property
    def vus(self) -> int:
        """Combien ont une réponse."""
        return sum(indicateur.avis != "a_voir" for indicateur in self.indicateurs)

    @property
    def etat(self) -> str:
        """« fait », ou « 3 sur 7 »."""
        return "fait" if self.vus == len(self.indicateurs) else f"{self.vus} sur {len(self.indicateurs)}"


def familles(contenu: Contenu) -> tuple[FamilleARevoir, ...]:
    """Les familles que la revue passe, dans leur ordre ; une famille sans donnée n'y est pas."""
    par_cle: dict[str, list[IndicateurRevu]] = {cle: [] for cle in charger_familles()}
    for indicateur in contenu.a_revoir:
        par_cle.setdefault(indicateur.definition.famille, []).append(indicateur)
    return tuple(
        FamilleARevoir(cle, une.libelle, tuple(par_cle[cle])) for cle, une in charger_familles().items() if par_cle[cle]
    )


def famille_a_voir(contenu: Contenu, apres: str = "") -> str:
    """La clé de la famille où il reste à voir, en partant de celle qui suit `apres` ; vide s'il n'en reste aucune."""
    toutes = familles(contenu)
    rang = next((rang + 1 for rang, famille in enumerate(toutes) if famille.cle == apres), 0)
    tour = [*toutes[rang:], *toutes[:rang]]
    return next((famille.cle for famille in tour if famille.vus < len(famille.indicateurs)), "")


def suivant(contenu: Contenu, cle: str) -> str:
    """La clé de l'indicateur encore à voir qui suit celui-ci (en reprenant au début) ; vide s'il n'en reste aucun."""
    cles = [indicateur.cle for indicateur in contenu.a_revoir]
    ici = cles.index(cle) + 1 if cle in cles else 0
    tour = [*contenu.a_revoir[ici:], *contenu.a_revoir[:ici]]
    return next((autre.cle for autre in tour if autre.avis == "a_voir" and autre.cle != cle), "")


def manques(contenu: Contenu) -> tuple[str, ...]:
    """Ce qui manque encore, une phrase par manque, dans l'ordre des étapes ; rien n'empêche, tout se dit."""
    dits = []
    if contenu.donnees_completes is None:
        dits.append("Étape 1 : dites si les données sont complètes.")
    if contenu.definitions_justes is None:
        dits.append("Étape 2 : dites si les définitions sont toujours justes.")
    if reste := [i.definition.libelle for i in contenu.a_revoir if i.avis == "a_voir"]:
        dits.append(f"Étape 3 : {pluriel(len(reste), 'indicateur')} à voir ({', '.join(reste)}).")
    dits += [
        f"Étape 4 : « {i.definition.libelle} » demande d’agir, et aucune action n’est encore ouverte."
        for i in contenu.a_revoir
        if i.avis == "agir" and i.action is None
    ]
    if not contenu.conclusion:
        dits.append("Étape 5 : écrivez en une phrase ce que la revue retient.")
    return tuple(dits)


def changements(precedente: Contenu | None, contenu: Contenu) -> tuple[ChangementDeDefinition, ...]:
    """Ce qui a changé dans les définitions depuis la revue d'avant ; sans revue d'avant, rien ne se compare."""
    if precedente is None:
        return ()
    avant = {i.cle: i.definition for i in precedente.indicateurs}
    apres = {i.cle: i.definition for i in contenu.indicateurs}
    dits = []
    for cle, neuve in apres.items():
        ancienne = avant.get(cle)
        if ancienne is None:
            dits.append(ChangementDeDefinition(neuve.libelle, "nouvelle", "", neuve.identifiant))
        elif ancienne.empreinte != neuve.empreinte:
            dits.append(ChangementDeDefinition(neuve.libelle, "changée", ancienne.identifiant, neuve.identifiant))
    otees = (definition for cle, definition in avant.items() if cle not in apres)
    return (*dits, *(ChangementDeDefinition(d.libelle, "retirée", d.identifiant, "") for d in otees))


@dataclass(frozen=True)
class SourceLue:
    """Une sorte de fichier : son dernier dépôt confirmé, et s'il a vieilli."""

    titre: str
    dernier: SourceScellee
    depots: int
    ancienne: bool


def par_source(sources: Iterable[SourceScellee], jour: date) -> tuple[SourceLue, ...]:
    """Le dernier dépôt de chaque sorte de fichier, par titre ; ancien au-delà de `FRAICHEUR` jours avant `jour`."""
    groupes: dict[str, list[SourceScellee]] = {}
    for source in sources:
        groupes.setdefault(source.titre, []).append(source)
    lues = []
    for titre, depots in sorted(groupes.items()):
        dernier = max(depots, key=lambda source: source.confirme_le)
        vieux = (jour - dernier.confirme_le.date()).days > FRAICHEUR
        lues.append(SourceLue(titre, dernier, len(depots), vieux))
    return tuple(lues)


def annees_attendues(observee_le: date) -> tuple[int, ...]:
    """Les rentrées des cinq dernières promotions au jour de l'observation (une rentrée compte dès le 1er août)."""
    derniere = observee_le.year - (observee_le.month < 8)
    return tuple(range(derniere - ANNEES_MONTREES + 1, derniere + 1))


def libelle_annee(rentree: int) -> str:
    """« 2023-2024 », sans coupure de ligne."""
    return f"{rentree}-{rentree + 1}".replace(" ", INSECABLE)


def l_an_passe(precedente: Contenu | None, cle: str) -> IndicateurRevu | None:
    """Ce que la revue d'avant disait de cet indicateur, si elle en disait quelque chose."""
    dit = precedente.indicateur(cle) if precedente else None
    return dit if dit and (dit.commentaire or dit.avis != "a_voir") else None


def trous(contenu: Contenu) -> Sequence[tuple[str, tuple[int, ...]]]:
    """(diplôme, rentrées sans aucun parcours) de chaque diplôme à qui il en manque parmi les années attendues.

    Une rentrée d'avant la première connue n'est pas un trou : le diplôme n'existait peut-être pas.
    """
    attendues = annees_attendues(contenu.observee_le)
    dits = []
    for formation in contenu.formations:
        debut = min(formation.annees, default=attendues[0])
        absentes = tuple(a for a in attendues if a >= debut and a not in formation.annees)
        if absentes:
            dits.append((formation.libelle, absentes))
    return dits
