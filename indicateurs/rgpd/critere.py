"""Ce que l'établissement sait d'une personne, et les empreintes sous lesquelles elle peut être rangée (pur)."""

from dataclasses import dataclass
from datetime import date

from indicateurs.imports.identite import empreinte_ine, empreinte_personne


@dataclass(frozen=True)
class Critere:
    """Par quoi on cherche : l'INE, ou nom, prénom et naissance, ou le numéro interne. Ni gardé ni journalisé."""

    ine: str | None = None
    nom: str | None = None
    prenom: str | None = None
    naissance: date | None = None
    numero: int | None = None

    def identites(self, cles: tuple[bytes, ...]) -> tuple[str, ...]:
        """Empreintes de la personne sous chaque clé ; vide si nom, prénom ou naissance manque."""
        if not (self.nom and self.prenom and self.naissance):
            return ()
        return tuple(empreinte_personne(cle, self.nom, self.prenom, self.naissance) for cle in cles)

    def ines(self, cles: tuple[bytes, ...]) -> tuple[str, ...]:
        """Empreintes de l'INE sous chaque clé ; vide sans INE."""
        return tuple(empreinte_ine(cle, self.ine) for cle in cles) if self.ine else ()
