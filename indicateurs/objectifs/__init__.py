"""Les objectifs : ce que l'on vise pour un indicateur, par quels paliers, et où l'on en est."""
