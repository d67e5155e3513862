"""Le serveur de courrier d'une installation : lu dans `TRAJECTOIRE_SMTP`, `TRAJECTOIRE_COURRIEL_DE`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

_PORTS = {"smtp": 587, "smtps": 465}
_COURRIEL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+")
ICI = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class ServeurDeCourrier:
    """Où et au nom de qui envoyer. `chiffre_d_emblee` : smtps ; sinon la connexion se chiffre par STARTTLS.

    Un serveur de cette même machine (`ici`) peut recevoir en clair ; tout autre doit chiffrer.
    """

    hote: str
    port: int
    de: str
    chiffre_d_emblee: bool = False
    utilisateur: str = ""
    mot_de_passe: str = field(default="", repr=False)

    @property
    def ici(self) -> bool:
        """Vrai si le courrier ne sort pas de la machine en clair."""
        return self.hote in ICI


def lire_le_serveur_de_courrier(env: Mapping[str, str]) -> ServeurDeCourrier | None:
    """Le serveur réglé, ou None. Lève `ValueError`, remède compris, si un réglage manque ou ne se lit pas."""
    url = env.get("TRAJECTOIRE_SMTP", "").strip()
    if not url:
        return None
    lue, de = urlsplit(url), env.get("TRAJECTOIRE_COURRIEL_DE", "").strip()
    if lue.scheme not in _PORTS or not lue.hostname:
        # L'adresse peut porter un mot de passe : le message ne la recopie pas.
        raise ValueError("TRAJECTOIRE_SMTP ne se lit pas ; écrivez smtps://nom:secret@courrier.exemple.fr:465.")
    if not _COURRIEL.fullmatch(de):
        raise ValueError("TRAJECTOIRE_COURRIEL_DE doit dire l'adresse d'envoi, par exemple qualite@exemple.fr.")
    if not lire_l_adresse_publique(env):
        raise ValueError("TRAJECTOIRE_ADRESSE_PUBLIQUE manque : les courriels y mènent, https://qualite.exemple.fr.")
    return ServeurDeCourrier(
        hote=lue.hostname,
        port=lue.port or _PORTS[lue.scheme],
        de=de,
        chiffre_d_emblee=lue.scheme == "smtps",
        utilisateur=unquote(lue.username or ""),
        mot_de_passe=unquote(lue.password or ""),
    )


def lire_l_adresse_publique(env: Mapping[str, str]) -> str:
    """L'adresse du site telle qu'on la tape, sans barre finale ; vide si elle n'est pas réglée. Lève `ValueError`."""
    adresse = env.get("TRAJECTOIRE_ADRESSE_PUBLIQUE", "").strip().rstrip("/")
    if adresse and not re.fullmatch(r"https?://[\w.\-:\[\]]+", adresse):
        raise ValueError(f"TRAJECTOIRE_ADRESSE_PUBLIQUE : « {adresse} » n'est pas une adresse https://….")
    return adresse
