"""Les comptes : la règle, les pages, les secrets."""
