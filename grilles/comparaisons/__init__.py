"""Comparer : un diplôme d'une campagne à l'autre, les diplômes d'une même campagne. Jamais un classement."""
