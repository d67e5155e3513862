"""Les données personnelles, dites et tenues : registre, conservation, purge, demandes des personnes, notice."""
