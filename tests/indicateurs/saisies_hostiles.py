"""Ce qu'un formulaire doit refuser en le disant, ou garder comme un texte : jamais une panne."""

HOSTILES = {
    "long": "x" * 10_000,
    "nul": "avant\x00après",
    "droite_a_gauche": "\u202eerutpur\u202c \u2067x\u2069",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "negatif": "-99999999999999999999999999",
    "enorme": "99999999999999999999999999",
    "hors_du_plan_de_base": "\ufffe \U0010ffff",
}
