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
EN_OCTETS = {
    "long": ("x" * 10_000, None),
    "nul": ("%00", ""),
    "nul_dedans": ("a%00b", "ab"),
    "controles": ("a%01%07%1B[31m%7F%C2%9Fb", "a[31mb"),
    "demi_paires": ("a%ED%A0%80%ED%B0%80b", "a\ufffd\ufffd\ufffd\ufffd\ufffd\ufffdb"),
    "octets_faux": ("a%FF%FEb", "a\ufffd\ufffdb"),
    "zzz": ("zzz", "zzz"),
}
"""Ce qu'un envoi peut porter d'octets, tel qu'il arrive → ce qu'un champ de texte en garde (None : trop long)."""
