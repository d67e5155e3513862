"""Les sources complémentaires : formats, lecture, rapprochement, provenance."""
