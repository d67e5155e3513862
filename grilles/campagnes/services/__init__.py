"""Les services des campagnes : lire, conduire, désigner, suivre, reprendre."""
