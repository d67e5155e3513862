"""Une formation et des collègues, ceux des essais de grilles."""

from tests.grilles.conftest import collegue, formation_id

__all__ = ["collegue", "formation_id"]
