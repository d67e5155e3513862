"""Lire, mener, arrêter et rouvrir une revue annuelle."""
