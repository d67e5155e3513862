"""Les avis des apprentis et des employeurs, par lien personnel."""
