"""Du fichier d'apprentis au diagnostic, puis aux parcours et aux contrats."""

from charte.commun.enveloppe import FichierIllisible
from indicateurs.imports.diagnostic import Cause, Diagnostic, diagnostiquer, tables_depuis
from indicateurs.imports.fautes import Anomalie

__all__ = ["Anomalie", "Cause", "Diagnostic", "FichierIllisible", "diagnostiquer", "tables_depuis"]
