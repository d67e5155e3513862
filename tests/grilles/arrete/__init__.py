"""Essais de l’arrêté des grilles."""
