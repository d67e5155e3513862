"""Les pages d'indicateurs : tableau de bord, cinq ans, un indicateur, ce qui le compose, ce qu'on emporte."""
