"""L'arrêté d'une grille : l'instantané scellé, la réouverture, les comparaisons."""
