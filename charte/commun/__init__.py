"""L'outillage commun aux cinq paquets."""
