"""Les services des jalons : lire, écrire, décider, prouver, revoir."""
