"""L'outillage que tous les paquets partagent : données strictes, base, journal, travaux, typographie, web."""
