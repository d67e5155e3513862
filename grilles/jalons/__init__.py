"""Les jalons et les cibles locales d'un diplôme."""
