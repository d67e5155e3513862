"""Les preuves : fichiers, révisions, rattachements, mode audit."""
