"""Les avis par lien, côté web : le secret du lien, son courriel, et la page que la personne ouvre sans compte."""
