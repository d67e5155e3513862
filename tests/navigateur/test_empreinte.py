"""Deux pages de même empreinte ne se contrôlent qu'une fois : une faute semée la change, un autre texte non."""

import pytest

from tests.navigateur.empreinte import empreinte

PAGE = """<html lang="fr"><head><title>Titre</title></head><body><header>
<nav aria-label="Principale"><a href="/">Ici</a></nav></header><main>
<h1>Titre</h1><h2 id="t">Suite</h2>
<p class="discret">Un</p><p class="discret">Deux</p>
<img src="a.png" alt="Logo"><table aria-labelledby="t"><caption>Légende</caption><tr><th scope="col">A</th></tr></table>
<form><label for="c">Champ</label><input id="c" name="c" type="text"><button class="bouton">Envoyer</button></form>
<a href="#t">Voir</a></main><footer>Pied</footer></body></html>"""
FAUTES = {
    "une image sans texte de remplacement": (' alt="Logo"', ""),
    "un texte de remplacement vidé": ('alt="Logo"', 'alt=""'),
    "un bouton sans nom": ("Envoyer", ""),
    "un champ sans étiquette": ('<label for="c">Champ</label>', ""),
    "une étiquette qui vise ailleurs": ('for="c"', 'for="d"'),
    "une étiquette vide": ("Champ", " "),
    "un identifiant en double": ('<p class="discret">Deux', '<p class="discret" id="c">Deux'),
    "un niveau de titre sauté": ("h2", "h4"),
    "un second titre principal": ("<h2 id", "<h1>Autre</h1><h2 id"),
    "aucun titre principal": ("<h1>Titre</h1>", ""),
    "un en-tête sans portée": (' scope="col"', ""),
    "un tableau sans légende": ("<caption>Légende</caption>", ""),
    "un lien vers une ancre absente": ('href="#t"', 'href="#rien"'),
    "une description absente": ('aria-labelledby="t"', 'aria-labelledby="rien"'),
    "une navigation sans nom": (' aria-label="Principale"', ""),
    "un ordre de tabulation forcé": ('class="bouton"', 'class="bouton" tabindex="3"'),
    "une classe nouvelle, donc un style": ('<p class="discret">Deux', '<p class="large">Deux'),
    "un élément de plus": ("<form>", "<form><select id='s'></select>"),
    "la langue perdue": (' lang="fr"', ""),
    "un second contenu principal": ("</main>", "</main><main></main>"),
}


@pytest.mark.parametrize("faute", FAUTES)
def test_une_faute_semee_donne_un_trait_nouveau(faute: str) -> None:
    avant, apres = FAUTES[faute]
    semee = PAGE.replace(avant, apres)
    assert semee != PAGE
    assert empreinte(semee) - empreinte(PAGE)


def test_un_autre_texte_et_des_lignes_en_plus_n_en_donnent_aucun() -> None:
    autre = PAGE.replace("Un</p>", 'Tout autre chose</p><p class="discret">Trois</p>').replace("Logo", "Autre logo")
    assert empreinte(autre) == empreinte(PAGE)
