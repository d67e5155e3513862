"""Dire une panne au journal technique : où et de quelle sorte, jamais le message de l'erreur (il peut citer un nom)."""

import logging
import traceback


def consigner_la_panne(journal: logging.Logger, quoi: str, erreur: BaseException) -> None:
    """Écrit `quoi`, la sorte de l'erreur et de ses causes, et les lignes de code traversées."""
    maillons = []
    suivante: BaseException | None = erreur
    while suivante is not None:
        maillons.append(f"{type(suivante).__qualname__}\n{''.join(traceback.format_tb(suivante.__traceback__))}")
        suivante = suivante.__cause__ or suivante.__context__
    journal.error("%s : %s", quoi, "dû à ".join(maillons))
