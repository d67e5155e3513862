"""La publication ouverte des indicateurs d'un CFA (article L6111-8)."""
