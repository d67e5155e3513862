"""L'appareil d'une session, assez vague pour ne pas suivre une personne, assez net pour qu'elle le reconnaisse."""

INCONNU = "appareil inconnu"
_NAVIGATEURS = (
    ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMES = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def reconnaitre_l_appareil(agent: str) -> str:
    """L'en-tête `User-Agent` → « Firefox, Windows » : deux familles, ni version ni modèle."""
    trouves = [
        next((nom for marque, nom in familles if marque in agent[:500]), "") for familles in (_NAVIGATEURS, _SYSTEMES)
    ]
    return ", ".join(filter(None, trouves)) or INCONNU
