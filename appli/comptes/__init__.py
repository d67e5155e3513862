"""Les comptes : mots de passe, invitations, réinitialisation, second facteur, sessions, courrier."""
