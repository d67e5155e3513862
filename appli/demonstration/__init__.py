"""L'université fictive : décrite en données, engendrée en fichiers, rangée par le véritable import."""
