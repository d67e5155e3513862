"""Les repères : des valeurs nationales et régionales, montrées à côté des nôtres quand elles se comparent."""
