"""La conduite d'une campagne : préparer, ouvrir, concerter, arrêter, relancer, reprendre."""
