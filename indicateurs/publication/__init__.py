"""Le tableau public d'un CFA (article L6111-8) : le préparer, le publier, le corriger, le retirer."""
