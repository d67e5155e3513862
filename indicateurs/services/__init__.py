"""Les services des indicateurs : lire les parcours rangés, calculer les mesures d'un établissement."""
