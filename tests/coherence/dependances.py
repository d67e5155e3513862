"""L'inventaire des bibliothèques livrées et de leurs licences : `python -m tests.coherence.dependances` l'écrit."""

import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, metadata

from tests.coherence.fichiers import RACINE

DOCUMENT = RACINE / "docs" / "securite" / "dependances.md"
AILLEURS = "posée sur un autre système"
ENTETE = """# Les bibliothèques livrées

Celles que le projet demande et celles qu'elles demandent à leur tour, d'après `uv.lock` (versions et empreintes y
sont) ; les outils d'essai n'y sont pas. La licence est celle que la bibliothèque déclare. S'écrit par
`python -m tests.coherence.dependances`. À cela s'ajoutent, versés au dépôt, htmx (Zero-Clause BSD) et la police Inter
(SIL Open Font License 1.1).

| Bibliothèque | Demandée par le projet | Licence déclarée |
|---|---|---|
"""


def bibliotheques_livrees() -> dict[str, bool]:
    """Nom → vrai si le projet la demande lui-même ; fermeture des dépendances d'`uv.lock`, essais exclus."""
    paquets = {p["name"]: p for p in tomllib.loads((RACINE / "uv.lock").read_text("utf-8"))["package"]}
    attente = list(paquets["trajectoire"]["dependencies"])
    directes = {d["name"] for d in attente}
    vues: dict[str, bool] = {}
    while attente:
        demandee = attente.pop()
        paquet = paquets[demandee["name"]]
        for variante in demandee.get("extra", []):
            attente += paquet["optional-dependencies"][variante]
        if demandee["name"] not in vues:
            vues[demandee["name"]] = demandee["name"] in directes
            attente += paquet.get("dependencies", [])
    return dict(sorted(vues.items()))


def licence_de(nom: str) -> str:
    """La licence que déclare une bibliothèque installée."""
    try:
        lue = metadata(nom)
    except PackageNotFoundError:
        return AILLEURS
    classes = [c.rpartition(" :: ")[2] for c in lue.get_all("Classifier", []) if c.startswith("License ::")]
    breve = str(lue.get("License") or "").strip().splitlines()
    dite = lue.get("License-Expression") or ", ".join(classes) or (breve[0] if breve else "")
    return re.sub(r"[|\n]", " ", str(dite)) or "non déclarée"


def rediger() -> str:
    """Le document entier."""
    livrees = bibliotheques_livrees().items()
    lignes = [f"| {nom} | {'oui' if directe else ''} | {licence_de(nom)} |" for nom, directe in livrees]
    return ENTETE + "\n".join(lignes) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(rediger(), "utf-8")
    sys.stdout.write(f"{DOCUMENT.relative_to(RACINE)} est à jour.\n")
