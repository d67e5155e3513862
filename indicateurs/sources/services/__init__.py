"""Ranger ce que disent les sources : rattachement, faits, satisfaction, repères, provenance."""
