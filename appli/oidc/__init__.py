"""La connexion unique : se connecter par un fournisseur d'identité (OpenID Connect), choix dans docs/decisions/0028."""
