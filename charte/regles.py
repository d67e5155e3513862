"""Règles pures sur les parties prenantes et les formations."""


def code_formation(rncp: str, cfd: str, uai_responsable: str, uai_formateur: str) -> str:
    """Code lisible et unique d'une formation dans un établissement : ses codes, puis ses lieux.

    Le lieu de formation n'est répété que s'il diffère du responsable. Exemple :
    `RNCP35345-25032608-0352756F`.
    """
    lieux = [uai_responsable] if uai_formateur == uai_responsable else [uai_responsable, uai_formateur]
    return "-".join(morceau for morceau in (rncp, cfd, *lieux) if morceau)
