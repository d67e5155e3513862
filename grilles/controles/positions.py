"""Les contrôles d'une grille : positions, preuves, actions de la charte. Fonctions pures."""

from collections.abc import Iterator

from charte.acteur import Partie
from charte.textes import Action, Perimetre, Poste, Puce
from grilles.controles.etude import Constat, Etude, Lieu, constater
from grilles.echelle import charger_echelle
from grilles.preuves.regles import A_VENIR, PERIMEE
from grilles.regles import ids_des_actions
from grilles.vues import Materiaux, PreuveLue, ReponseLue

_VIDE = ReponseLue()
_FAITES = frozenset({"en_place", "en_place_et_evaluee"})
_NON = frozenset({"non_tenu", "non_engagee"})
_CLOSES = "close"


class _Grille:
    """Les réponses d'une grille, par partie, et ses preuves."""

    def __init__(self, materiaux: Materiaux) -> None:
        self.concertee = materiaux.reponses.get(Partie.CONCERTEE.value, {})
        self.etablissement = materiaux.reponses.get(Partie.ETABLISSEMENT.value, {})
        self.cfa = materiaux.reponses.get(Partie.CFA.value, {})
        self.preuves = materiaux.preuves

    def dit(self, element: str) -> ReponseLue:
        """La position concertée sur cet élément."""
        return self.concertee.get(element, _VIDE)

    def etat(self, element: str) -> str | None:
        """Son état, None sans réponse ou si elle attend d'être confirmée."""
        lue = self.dit(element)
        return None if lue.a_confirmer else lue.etat


def controler_les_positions(etude: Etude) -> Iterator[Constat]:
    """Ce qui se contredit dans la grille, dans l'ordre du texte."""
    if etude.materiaux is None:
        return
    grille = _Grille(etude.materiaux)
    for poste in etude.edition.postes:
        yield from _poste(poste, grille)


def _poste(poste: Poste, grille: _Grille) -> Iterator[Constat]:
    for puce in (*poste.engagements, *poste.exigences):
        yield from _element(grille, poste.numero, puce.id, en_action=False)
        yield from _face_aux_actions(poste, puce, grille)
    yield from _socle_sans_objet(poste, grille)
    yield from _cible_sans_socle(poste, grille)
    for identifiant in ids_des_actions(poste):
        yield from _element(grille, poste.numero, identifiant, en_action=True)
    for action in (action for perimetre in poste.perimetres for action in perimetre.actions):
        yield from _sous_actions(poste.numero, action, grille)


def _element(grille: _Grille, poste: int, element: str, *, en_action: bool) -> Iterator[Constat]:
    """Ce qui vaut pour tout élément évalué."""
    lue, preuves = grille.dit(element), grille.preuves.get(element, ())
    ou = Lieu(poste, element)
    if lue.a_confirmer:
        dit = charger_echelle().etat(lue.etat).libelle.lower() if lue.etat else "sans réponse"
        phrase = f"{element} : « {dit} » est repris de l'an passé, personne ne l'a confirmé."
        yield constater("a_confirmer", phrase, ou, leger=en_action)
    elif lue.etat == "tenu":
        yield from _tenu(element, preuves, ou)
    elif lue.etat == "sans_objet" and not lue.motif.strip():
        yield constater("sans_objet_sans_motif", f"{element} est sans objet, et l'on ne dit pas pourquoi.", ou)
    elif lue.etat in _NON and any(preuve.compte for preuve in preuves):
        dit = charger_echelle().etat(lue.etat).libelle.lower()
        yield constater("preuve_sans_position", f"{element} porte une preuve qui vaut, et se dit « {dit} ».", ou)
    yield from _hors_dates(element, lue, preuves, ou)
    yield from _dialogue(grille, element, ou, en_action=en_action)


def _tenu(element: str, preuves: tuple[PreuveLue, ...], ou: Lieu) -> Iterator[Constat]:
    if not preuves:
        yield constater("tenu_sans_preuve", f"{element} est tenu, sans aucune preuve.", ou)
    elif not any(preuve.compte for preuve in preuves):
        yield constater("preuves_sans_valeur", f"{element} est tenu, mais {_pourquoi(preuves)}.", ou)


def _hors_dates(element: str, lue: ReponseLue, preuves: tuple[PreuveLue, ...], ou: Lieu) -> Iterator[Constat]:
    """Les preuves qui ne valent pas ce jour-là, sauf si `preuves_sans_valeur` l'a déjà dit."""
    mauvaises = tuple(preuve for preuve in preuves if not preuve.compte)
    deja_dit = lue.etat == "tenu" and not lue.a_confirmer and len(mauvaises) == len(preuves)
    if mauvaises and not deja_dit:
        yield constater("preuve_hors_dates", f"{element} : {_pourquoi(mauvaises)}.", ou)


def _pourquoi(preuves: tuple[PreuveLue, ...]) -> str:
    """« la preuve « Livret » est périmée » ; plusieurs : « 2 preuves sont périmées ou pas encore en vigueur »."""
    if len(preuves) > 1:
        return f"{len(preuves)} preuves sont périmées ou pas encore en vigueur"
    [preuve] = preuves
    mot = {PERIMEE: "est périmée", A_VENIR: "n'est pas encore en vigueur"}[preuve.validite]
    return f"la preuve « {preuve.titre} » {mot}"


def _dialogue(grille: _Grille, element: str, ou: Lieu, *, en_action: bool) -> Iterator[Constat]:
    """La position concertée face à celles des deux parties."""
    dits = {position.get(element, _VIDE).etat for position in (grille.etablissement, grille.cfa)}
    if None in dits:
        return
    lue = grille.dit(element)
    if lue.etat is None:
        accord = "la même chose" if len(dits) == 1 else "deux choses différentes"
        phrase = f"{element} : l'établissement et le CFA disent {accord} ; la position concertée est vide."
        yield constater("concertee_absente", phrase, ou, leger=en_action)
    elif lue.etat not in dits and not lue.commentaire.strip() and not lue.motif.strip():
        libelle = charger_echelle().etat(lue.etat).libelle.lower()
        phrase = f"{element} : la position concertée (« {libelle} ») n'est celle d'aucune des deux parties."
        yield constater("concertee_sans_arguments", phrase, ou)


def _face_aux_actions(poste: Poste, puce: Puce, grille: _Grille) -> Iterator[Constat]:
    """La puce et les actions des périmètres auxquels l'outil la rattache ; une action sans réponse ne dit rien."""
    siens = [perimetre for perimetre in poste.perimetres if perimetre.id in puce.lecture_outil.perimetres]
    etats = [grille.etat(action.id) for perimetre in siens for action in perimetre.actions]
    if None in etats or not etats:
        return
    ou = Lieu(poste.numero, puce.id)
    dans = _nommer(siens)
    if grille.etat(puce.id) == "tenu" and set(etats) == {"non_engagee"}:
        phrase = f"{puce.id} est tenu, et aucune action n'est engagée dans {dans} (lecture de l'outil)."
        yield constater("tenu_sans_action", phrase, ou)
    elif grille.etat(puce.id) == "non_tenu" and set(etats) <= _FAITES:
        phrase = f"{puce.id} n'est pas tenu, et toutes les actions sont en place dans {dans} (lecture de l'outil)."
        yield constater("actions_sans_engagement", phrase, ou)


def _nommer(perimetres: list[Perimetre]) -> str:
    noms = [perimetre.id for perimetre in perimetres]
    return f"le périmètre {noms[0]}" if len(noms) == 1 else f"les périmètres {', '.join(noms)}"


def _socle_sans_objet(poste: Poste, grille: _Grille) -> Iterator[Constat]:
    if all(grille.dit(puce.id).etat == "sans_objet" for puce in poste.engagements):
        phrase = f"Poste {poste.numero} : tous les engagements du socle sont déclarés sans objet."
        yield constater("socle_sans_objet", phrase, Lieu(poste.numero))


def _cible_sans_socle(poste: Poste, grille: _Grille) -> Iterator[Constat]:
    """Une exigence tenue face aux engagements non tenus des mêmes périmètres (lecture de l'outil)."""
    manquent = [puce for puce in poste.engagements if grille.etat(puce.id) == "non_tenu"]
    for exigence in poste.exigences:
        communs = set(exigence.lecture_outil.perimetres)
        face = [puce.id for puce in manquent if communs & set(puce.lecture_outil.perimetres)]
        if face and grille.etat(exigence.id) == "tenu":
            phrase = f"{exigence.id} est tenue, alors que {', '.join(face)} ne l'est pas (lecture de l'outil)."
            yield constater("cible_sans_socle", phrase, Lieu(poste.numero, exigence.id))


def _sous_actions(poste: int, action: Action, grille: _Grille) -> Iterator[Constat]:
    if grille.etat(action.id) != "non_engagee":
        return
    engagees = [fille.id for fille in action.sous_actions if grille.etat(fille.id) in {"engagee", *_FAITES}]
    if engagees:
        phrase = f"{action.id} se dit non engagée, et {', '.join(engagees)} l'est."
        yield constater("sous_action_sans_action", phrase, Lieu(poste, action.id))


def controler_les_actions(etude: Etude) -> Iterator[Constat]:
    """Les actions du plan closes alors que ce pour quoi elles étaient nées n'est pas réglé."""
    grille = _Grille(etude.materiaux) if etude.materiaux else None
    a_tenir = {jalon.id: jalon for jalon in etude.jalons if jalon.convenu and not jalon.atteint}
    for action in etude.actions:
        reste = ""
        if action.etat == _CLOSES and grille and action.element and _ecart(grille.etat(action.element)):
            etat = grille.etat(action.element) or ""
            reste = f"{action.element} se dit « {charger_echelle().etat(etat).libelle.lower()} »"
        elif action.etat == _CLOSES and action.jalon_id in a_tenir:
            reste = f"le jalon « {a_tenir[action.jalon_id].intitule} » n'est pas atteint"
        if reste:
            phrase = f"L'action « {action.intitule} » est close, et {reste}."
            yield constater("action_close_ecart_ouvert", phrase, Lieu(action=action.id))


def _ecart(etat: str | None) -> bool:
    return etat is not None and not charger_echelle().etat(etat).satisfait
