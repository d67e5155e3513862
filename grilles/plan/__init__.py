"""Le plan d'actions et l'analyse des risques."""
