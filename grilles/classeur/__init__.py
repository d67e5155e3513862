"""L'aller-retour d'une grille par un classeur xlsx."""
