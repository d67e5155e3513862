"""Ce que l'outil garde d'une personne : la retrouver, le montrer, l'extraire, l'effacer, le laisser expirer."""
