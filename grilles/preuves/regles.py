"""Les règles des preuves : ce qu'une preuve vaut un jour donné. Fonctions pures."""

from datetime import date, timedelta

VALABLE, A_VENIR, PERIMEE, BIENTOT = "valable", "a_venir", "perimee", "bientot"
COMPTE = frozenset({VALABLE, BIENTOT})
"""Les validités qui comptent pour un niveau : ni périmée, ni pas encore en vigueur."""

JOURS_AVANT_PEREMPTION = 60
"""Une preuve qui périme dans ce délai est à renouveler bientôt : seuil proposé par l'outil, non par la charte."""

LIBELLES = {
    VALABLE: "valable",
    A_VENIR: "pas encore en vigueur",
    PERIMEE: "périmée",
    BIENTOT: "à renouveler bientôt",
}


def validite(
    date_effet: date | None, date_fin: date | None, jour: date, *, preavis: int = JOURS_AVANT_PEREMPTION
) -> str:
    """« valable », « a_venir », « perimee » ou « bientot » : ce que vaut une preuve le jour donné.

    `date_fin` est le dernier jour où elle vaut. Sans date d'effet, elle vaut depuis toujours ; sans date de fin, pour
    toujours. `preavis` : nombre de jours avant la fin où elle est à renouveler.
    """
    if date_fin is not None and date_fin < jour:
        return PERIMEE
    if date_effet is not None and date_effet > jour:
        return A_VENIR
    if date_fin is not None and date_fin - jour <= timedelta(days=preavis):
        return BIENTOT
    return VALABLE
