"""Les contrôles des jalons et des cibles locales : échéances, ordre, preuves, valeurs visées. Fonctions pures."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

from charte.commun.typographie import jour as dire_le_jour
from grilles.controles.etude import Constat, Etude, Lieu, constater
from grilles.jalons.regles import Etat
from grilles.jalons.vues import JalonLu
from grilles.mesure_citee import dire_la_visee, est_du_cote_vise


def controler_les_paliers(etude: Etude) -> Iterator[Constat]:
    """Ce qui se contredit dans les jalons et cibles locales, par poste et dans leur ordre."""
    par_poste: dict[int, list[JalonLu]] = defaultdict(list)
    for palier in etude.jalons:
        if palier.etat is not Etat.ABANDONNE:
            par_poste[palier.poste].append(palier)
    for _, paliers in sorted(par_poste.items()):
        for palier in paliers:
            yield from _suivi(palier, etude)
            yield from _indicateur(palier, etude)
        convenus = [palier for palier in paliers if palier.convenu]
        yield from _ordre([palier for palier in convenus if palier.nature == "jalon"])
        yield from _exigence(convenus)


def nommer(palier: JalonLu) -> str:
    """« Jalon 2 (« Réunir les tuteurs ») »."""
    return f"{palier.nom} (« {palier.intitule} »)"


def _suivi(palier: JalonLu, etude: Etude) -> Iterator[Constat]:
    if palier.presse(etude.jour) == "en_retard":
        phrase = f"{nommer(palier)} était prévu le {dire_le_jour(palier.suivi.echeance)} ; rien n'est dit depuis."
        yield constater("jalon_echu", phrase, Lieu(palier.poste, jalon=palier.id))
    quand = palier.suivi.atteint_le or etude.jour
    if palier.atteint and not palier.contenu.indicateur and not palier.preuves_qui_valent(quand):
        phrase = f"{nommer(palier)} est atteint, sans preuve qui vaille ce jour-là."
        yield constater("jalon_sans_preuve", phrase, Lieu(palier.poste, jalon=palier.id))


def _indicateur(palier: JalonLu, etude: Etude) -> Iterator[Constat]:
    cle = palier.contenu.indicateur
    if cle is None:
        return
    if cle not in etude.unites:
        phrase = f"{nommer(palier)} cite l'indicateur « {cle} », que l'outil ne calcule pas."
        yield constater("indicateur_inconnu", phrase, Lieu(palier.poste, jalon=palier.id))
        return
    if _impossible(palier, etude.unites[cle]):
        visee = dire_la_visee(palier.contenu.sens or "", palier.contenu.valeur_visee or 0.0, etude.unites[cle])
        yield constater("visee_impossible", f"{nommer(palier)} vise {visee}.", Lieu(palier.poste, jalon=palier.id))
    if not palier.atteint:
        yield from _mesure(palier, cle, etude)


def _impossible(palier: JalonLu, unite: str) -> bool:
    """Vrai si nulle valeur ne peut convenir : un taux au-delà de 100 %, une valeur négative à ne pas dépasser."""
    visee, sens = palier.contenu.valeur_visee, palier.contenu.sens
    if visee is None or sens is None:
        return False
    return visee < 0 or (unite == "part" and visee > 1)


def _mesure(palier: JalonLu, cle: str, etude: Etude) -> Iterator[Constat]:
    mesure = (etude.mesures or {}).get(cle)
    if mesure is None:
        return
    qui, visee, sens = nommer(palier), palier.contenu.valeur_visee, palier.contenu.sens
    ou = Lieu(palier.poste, jalon=palier.id)
    if mesure.masquee:
        yield constater("indicateur_masque", f"{qui} s'appuie sur « {mesure.libelle} » : {mesure.texte}.", ou)
    elif not mesure.connue:
        yield constater("indicateur_sans_donnee", f"{qui} s'appuie sur « {mesure.libelle} » : aucune donnée.", ou)
    elif visee is not None and sens is not None and est_du_cote_vise(mesure, sens, visee):
        phrase = f"{qui} vise {dire_la_visee(sens, visee, mesure.unite)} ; « {mesure.libelle} » : {mesure.texte}."
        yield constater("visee_deja_atteinte", phrase, ou)


def _ordre(jalons: Sequence[JalonLu]) -> Iterator[Constat]:
    """Chaque jalon face à celui qui le précède."""
    for avant, apres in pairwise(jalons):
        ou = Lieu(apres.poste, jalon=apres.id)
        if apres.atteint and not avant.atteint:
            phrase = f"{nommer(apres)} est atteint, {nommer(avant)} ne l'est pas."
            yield constater("jalon_saute", phrase, ou)
        elif _a_rebours(avant, apres):
            phrase = f"{nommer(apres)} vient, par ses dates, avant {nommer(avant)}."
            yield constater("jalons_a_rebours", phrase, ou)


def _a_rebours(avant: JalonLu, apres: JalonLu) -> bool:
    dates = [(avant.suivi.atteint_le, apres.suivi.atteint_le)]
    if not (avant.atteint or apres.atteint):
        dates.append((avant.suivi.echeance, apres.suivi.echeance))
    return any(un is not None and autre is not None and autre < un for un, autre in dates)


def _exigence(convenus: Sequence[JalonLu]) -> Iterator[Constat]:
    """Les paliers qui visent le même indicateur : les jalons dans l'ordre, puis les cibles locales."""
    chiffres: dict[str, list[JalonLu]] = defaultdict(list)
    for palier in sorted(convenus, key=lambda palier: palier.nature == "cible"):
        if palier.contenu.indicateur and palier.contenu.sens and palier.contenu.valeur_visee is not None:
            chiffres[palier.contenu.indicateur].append(palier)
    for paliers in chiffres.values():
        if len({palier.contenu.sens for palier in paliers}) > 1:
            phrase = f"{' et '.join(nommer(palier) for palier in paliers)} visent le même indicateur en sens opposés."
            yield constater("sens_opposes", phrase, Lieu(paliers[0].poste, jalon=paliers[0].id))
            continue
        for avant, apres in combinations(paliers, 2):
            if (avant.nature, apres.nature) != ("cible", "cible") and _recule(avant, apres):
                phrase = f"{nommer(apres)} demande moins que {nommer(avant)}, sur le même indicateur."
                yield constater("palier_qui_recule", phrase, Lieu(apres.poste, jalon=apres.id))


def _recule(avant: JalonLu, apres: JalonLu) -> bool:
    un, autre = avant.contenu.valeur_visee or 0.0, apres.contenu.valeur_visee or 0.0
    return autre < un if apres.contenu.sens == "au_moins" else autre > un
