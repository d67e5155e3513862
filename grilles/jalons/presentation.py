"""Ce que reçoivent les gabarits des jalons : les jalons lus, ce qui presse, les valeurs à côté de ce qu'on vise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from charte.commun.typographie import jour, pluriel
from charte.edition import Edition
from charte.textes import Poste
from grilles.jalons.contenu import telle_qu_elle_se_lit
from grilles.jalons.regles import LIBELLES, Acte, Etat
from grilles.jalons.vues import Contenu, EvenementLu, JalonLu
from grilles.mesure_citee import MesureCitee, dire_l_ecart, dire_la_visee
from grilles.niveaux import Niveau, Palier
from grilles.services.lecture import FicheFormation

TONS = {
    Etat.PROPOSE: "neutre",
    Etat.CONVENU: "neutre",
    Etat.ATTEINT: "tenu",
    Etat.REPORTE: "partie",
    Etat.ABANDONNE: "neutre",
}
EVENEMENTS = {etat.value: mot for etat, mot in LIBELLES.items()} | {
    "change": "changé",
    "maintenu": "maintenu",
    "rouvert": "rouvert",
}
SENS = (("", "Sans valeur visée"), ("au_moins", "Au moins"), ("au_plus", "Au plus"))
CONVIENT = (("", "À dire"), ("oui", "Oui"), ("non", "Non, il est à remplacer"))


@dataclass(frozen=True)
class MotsDActe:
    """Les mots d'un acte : le bouton qui y mène, le titre de sa page, la phrase, et le bouton qui l'enregistre."""

    geste: str
    titre: str
    phrase: str
    bouton: str


MOTS_DES_ACTES = {
    Acte.CONVENIR: MotsDActe(
        "Convenir", "Noter l’accord",
        "Un jalon convenu engage : dites qui l’a accepté, quand, dans quelle instance.", "Noter l’accord",
    ),
    Acte.ATTEINDRE: MotsDActe(
        "Dire atteint", "Dire atteint",
        "Un jalon est atteint sur preuve, ou sur la valeur de son indicateur.", "Noter qu’il est atteint",
    ),
    Acte.REPORTER: MotsDActe(
        "Reporter", "Reporter", "Un jalon reporté reste convenu : dites pourquoi, et pour quand.", "Noter le report",
    ),
    Acte.ABANDONNER: MotsDActe(
        "Abandonner", "Abandonner", "Son histoire reste lisible ; il pourra être rouvert.", "Noter l’abandon",
    ),
    Acte.ROUVRIR: MotsDActe(
        "Rouvrir", "Rouvrir", "Il redevient convenu, ou proposé s’il ne l’avait jamais été.", "Rouvrir",
    ),
    Acte.MAINTENIR: MotsDActe("Maintenir", "Maintenir", "Il reste tel qu’il est convenu.", "Maintenir"),
}  # fmt: skip


@dataclass(frozen=True)
class ValeurVue:
    """Un indicateur à côté de ce qu'on en vise : « 12,4 % (n = 45) », « au plus 10 % », « 2,4 points au-dessus… »."""

    libelle: str
    texte: str
    periode: str
    visee: str
    ecart: str
    mesure: MesureCitee | None


@dataclass(frozen=True)
class Contexte:
    """Un diplôme, le jour, ce que l'acteur peut y écrire, et les indicateurs.

    `remplit` : il propose ; `tient` : il note ce qui est convenu, au nom de la position concertée.
    """

    formation: FicheFormation
    edition: Edition
    jour: date
    remplit: bool
    tient: bool
    libelles: Mapping[str, str]
    unites: Mapping[str, str]
    citees: Mapping[str, MesureCitee]

    @property
    def adresse(self) -> str:
        """L'onglet des jalons."""
        return f"/diplomes/{self.formation.id}/jalons"

    def adresse_de(self, jalon: JalonLu) -> str:
        """La page d'un jalon."""
        return f"{self.adresse}/{jalon.id}"

    def texte(self, element: str) -> str:
        """Le texte officiel d'un engagement ou d'une exigence ; vide si l'édition courante ne l'a plus."""
        try:
            return self.edition.element(element).texte
        except KeyError:
            return ""

    def valeur(self, jalon: JalonLu) -> ValeurVue | None:
        """La valeur de l'indicateur du jalon et l'écart à ce qu'on vise ; None sans indicateur."""
        dit = jalon.contenu
        if dit.indicateur is None:
            return None
        mesure = self.citees.get(dit.indicateur)
        if mesure is None:
            return ValeurVue(dit.indicateur, "indicateur que l’outil ne connaît plus", "", "", "", None)
        vise = dit.sens is not None and dit.valeur_visee is not None
        visee = dire_la_visee(dit.sens or "", dit.valeur_visee or 0, mesure.unite) if vise else ""
        ecart = dire_l_ecart(mesure, dit.valeur_visee or 0) if vise else ""
        return ValeurVue(mesure.libelle, mesure.texte, mesure.periode, visee, ecart, mesure)

    def quand(self, jalon: JalonLu) -> str:
        """« échéance le 30 mai 2026, dépassée de 16 jours », « atteint le 3 mars 2026 » ; vide si rien n'est dit."""
        if jalon.suivi.atteint_le:
            return f"atteint le {jour(jalon.suivi.atteint_le)}"
        echeance = jalon.suivi.echeance
        if echeance is None or jalon.etat is Etat.ABANDONNE:
            return "" if jalon.etat is Etat.ABANDONNE else "sans échéance"
        return f"échéance le {jour(echeance)}{self._delai(jalon, echeance)}"

    def _delai(self, jalon: JalonLu, echeance: date) -> str:
        match jalon.presse(self.jour):
            case "en_retard":
                return f", dépassée de {pluriel((self.jour - echeance).days, 'jour')}"
            case "proche":
                reste = (echeance - self.jour).days
                return f", dans {pluriel(reste, 'jour')}" if reste else ", aujourd’hui"
        return ""

    def etat(self, jalon: JalonLu) -> tuple[str, str]:
        """(ton, mot) de l'état : le retard se dit d'abord."""
        if jalon.presse(self.jour) == "en_retard":
            return "manque", "en retard" if jalon.etat is Etat.CONVENU else "reporté, en retard"
        if jalon.presse(self.jour) == "proche":
            return "partie", "échéance proche"
        return TONS[jalon.etat], LIBELLES[jalon.etat]

    def actes(self, jalon: JalonLu) -> list[tuple[str, str]]:
        """(adresse, mot) de ce que l'acteur peut noter de ce jalon."""
        if not self.tient:
            return []
        return [(f"{self.adresse_de(jalon)}/actes/{acte}", MOTS_DES_ACTES[acte].geste) for acte in jalon.actes]

    def se_change(self, jalon: JalonLu) -> bool:
        """Vrai si l'acteur peut récrire ce jalon."""
        return jalon.se_change and (self.tient if jalon.convenu else self.remplit)


@dataclass(frozen=True)
class PosteDeJalons:
    """Un poste et ce qui a été convenu ou proposé pour lui, dans l'ordre. `niveau` : celui d'aujourd'hui."""

    numero: int
    titre: str
    niveau: Niveau
    jalons: tuple[JalonLu, ...]
    cibles: tuple[JalonLu, ...]
    abandonnes: tuple[JalonLu, ...]

    @property
    def socle_atteint(self) -> bool:
        """Vrai si le socle est tenu."""
        return self.niveau.palier >= Palier.SOCLE

    @property
    def cible_atteinte(self) -> bool:
        """Vrai si la cible est atteinte."""
        return self.niveau.palier is Palier.CIBLE


def ranger_par_poste(
    postes: Sequence[Poste], jalons: Sequence[JalonLu], niveaux: Mapping[int, Niveau]
) -> tuple[PosteDeJalons, ...]:
    """Les postes de la charte, chacun avec ses jalons."""
    return tuple(
        PosteDeJalons(
            poste.numero,
            poste.titre,
            niveaux[poste.numero],
            tuple(j for j in jalons if j.poste == poste.numero and j.nature == "jalon" and _vit(j)),
            tuple(j for j in jalons if j.poste == poste.numero and j.nature == "cible" and _vit(j)),
            tuple(j for j in jalons if j.poste == poste.numero and not _vit(j)),
        )
        for poste in postes
    )


def _vit(jalon: JalonLu) -> bool:
    return jalon.etat is not Etat.ABANDONNE


def mot_de_l_evenement(evenement: EvenementLu) -> str:
    """« reporté », « changé »…"""
    return EVENEMENTS.get(evenement.etat, evenement.etat)


def champs_du_contenu(contenu: Contenu, unites: Mapping[str, str]) -> dict[str, str]:
    """Ce qu'on a écrit d'un jalon, tel que le formulaire le montre."""
    return {
        "intitule": contenu.intitule,
        "preuve_attendue": contenu.preuve_attendue,
        "element": contenu.element or "",
        "indicateur": contenu.indicateur or "",
        "sens": contenu.sens or "",
        "valeur_visee": telle_qu_elle_se_lit(contenu, unites),
        "echeance": contenu.echeance.isoformat() if contenu.echeance else "",
        "porteur": contenu.porteur,
        "moyens": contenu.moyens,
    }
