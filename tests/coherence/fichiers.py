"""Les fichiers du projet, tels que les contrôles de cohérence les parcourent."""

from pathlib import Path

RACINE = Path(__file__).resolve().parents[2]
PAQUETS = ("charte", "grilles", "indicateurs", "rapports", "appli")


def modules(*dossiers: str) -> list[Path]:
    """Les modules Python de ces dossiers, migrations rédigées par l'outil mises à part."""
    return [
        chemin
        for dossier in dossiers
        for chemin in sorted((RACINE / dossier).rglob("*.py"))
        if "versions" not in chemin.parts
    ]


def gabarits() -> dict[str, Path]:
    """Les gabarits par le nom dont on les appelle : « charte/charte.html »."""
    return {
        f"{paquet}/{chemin.relative_to(RACINE / paquet / 'gabarits').as_posix()}": chemin
        for paquet in PAQUETS
        for chemin in sorted((RACINE / paquet / "gabarits").rglob("*.html"))
    }


def nom(chemin: Path) -> str:
    """Le chemin dans le projet, pour les messages."""
    return chemin.relative_to(RACINE).as_posix()
