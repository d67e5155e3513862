"""Ce que disent les courriels : des textes simples, en français. Fonctions pures.

Un courriel de sécurité dit ce qui s'est passé et quoi faire si ce n'était pas vous ; jamais de mot de passe dedans.
"""

from dataclasses import dataclass

SIGNATURE = "Trajectoire, l’outil de la trajectoire qualité de votre établissement."
PAS_VOUS = "Si ce n’était pas vous, prévenez tout de suite l’administrateur de votre établissement."


@dataclass(frozen=True)
class Courriel:
    """Un courriel à envoyer. `jeton` : le secret du lien qu'il porte, vide s'il n'en a pas ; `page` : où il mène."""

    genre: str
    sujet: str
    paragraphes: tuple[str, ...]
    jeton: str = ""
    page: str = "/lien"

    def texte(self, nom: str, adresse_publique: str) -> str:
        """Le corps en texte simple ; le lien est sur sa ligne, le secret après « # » : un serveur ne le voit pas."""
        blocs = [f"Bonjour {nom}," if nom else "Bonjour,", *self.paragraphes]
        if self.jeton:
            blocs.append(adresse_du_lien(self.jeton, adresse_publique, self.page))
            blocs.append(f"Si le lien ne s’ouvre pas, allez à {adresse_publique}{self.page} et collez-y ce code :")
            blocs.append(self.jeton)
        return "\n\n".join([*blocs, SIGNATURE]) + "\n"


def adresse_du_lien(jeton: str, adresse_publique: str, page: str = "/lien") -> str:
    """L'adresse à ouvrir ; ce qui suit « # » reste dans le navigateur (ni journal, ni mandataire, ni « Referer »)."""
    return f"{adresse_publique}{page}#{jeton}"


def inviter(etablissement: str, role: str, jeton: str) -> Courriel:
    """L'invitation de qui n'a pas encore de mot de passe."""
    return Courriel(
        "invitation",
        f"Votre compte Trajectoire, {etablissement}",
        (
            f"{etablissement} vous ouvre un compte dans Trajectoire : {role}.",
            "Choisissez votre mot de passe par ce lien, valable 7 jours et une seule fois :",
        ),
        jeton,
    )


def annoncer_un_mandat(etablissement: str, role: str) -> Courriel:
    """Un mandat donné à qui se connecte déjà."""
    return Courriel(
        "mandat",
        f"Un rôle de plus dans Trajectoire, {etablissement}",
        (
            f"{etablissement} vous a donné un rôle : {role}.",
            "Connectez-vous comme d’habitude. Si vous ne connaissez pas votre mot de passe, demandez-en un nouveau "
            "depuis la page de connexion.",
        ),
    )


def annoncer_un_retrait(etablissement: str, role: str) -> Courriel:
    """Un mandat retiré."""
    return Courriel(
        "retrait",
        f"Un rôle retiré dans Trajectoire, {etablissement}",
        (f"{etablissement} vous a retiré ce rôle : {role}.", "Pour toute question, voyez avec son administrateur."),
    )


def reinitialiser(jeton: str) -> Courriel:
    """Le lien demandé pour choisir un nouveau mot de passe."""
    return Courriel(
        "reinitialisation",
        "Choisir un nouveau mot de passe, Trajectoire",
        (
            "Vous avez demandé à choisir un nouveau mot de passe. Ce lien vaut une heure, une seule fois :",
            "Si vous n’avez rien demandé, ne faites rien : votre mot de passe n’a pas changé.",
        ),
        jeton,
    )


def renvoyer_au_fournisseur() -> Courriel:
    """La réponse à qui demande un mot de passe alors qu'il entre par un fournisseur d'identité."""
    return Courriel(
        "sans_mot_de_passe",
        "Votre compte Trajectoire n’a pas de mot de passe",
        ("Vous entrez par le compte de votre établissement : choisissez-le sur la page de connexion.", PAS_VOUS),
    )


def demander_un_avis(etablissement: str, formation: str, jusqu_au: str, jeton: str) -> Courriel:
    """La demande d'un avis à qui n'a pas de compte."""
    return Courriel(
        "avis",
        f"Votre avis sur {formation}",
        (
            f"{etablissement} prépare, avec ses partenaires, l’auto-évaluation du diplôme « {formation} » et vous "
            "demande votre avis sur quelques points.",
            "Cela se fait sur un téléphone, sans compte. Ce lien est à vous seul : ne le transmettez pas. Il vaut "
            f"jusqu’au {jusqu_au}, et vous pouvez y revenir d’ici là :",
            "Répondre n’est pas obligatoire. Votre adresse est effacée dès que vous avez répondu, ou à cette date.",
        ),
        jeton,
        "/avis",
    )


_ALERTES = {
    "mot_de_passe": ("Votre mot de passe a changé", "Votre mot de passe vient d’être changé."),
    "second_facteur": ("Un second facteur est en service", "La connexion à votre compte demande maintenant un code."),
    "second_facteur_retire": (
        "Votre second facteur est retiré",
        "La connexion à votre compte ne demande plus de code. Pensez à en remettre un depuis « Mon compte ».",
    ),
}


def alerter(genre: str) -> Courriel:
    """L'avis d'un changement de sécurité : « mot_de_passe », « second_facteur », « second_facteur_retire »."""
    titre, dit = _ALERTES[genre]
    return Courriel(genre, f"{titre}, Trajectoire", (dit, "Vos autres sessions sont fermées.", PAS_VOUS))
