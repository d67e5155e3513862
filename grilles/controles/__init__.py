"""Les contrôles de cohérence d'une grille."""
