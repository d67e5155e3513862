"""Les tableaux publiés, lus sans compte : la page, l'extrait qu'un autre site peut montrer, les fichiers csv."""
