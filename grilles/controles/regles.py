"""Les contrôles de cohérence d'un diplôme, tous ensemble. Fonctions pures, lisibles dans `exemples_controles.yaml`.

Règle de l'outil : la charte (octobre 2023) n'en décrit aucun. Un contrôle dit une phrase, sa raison, et où aller ;
ni score, ni note. Deux mots de gravité : « bloque le niveau », « à regarder ».
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from grilles.controles.catalogue import Gravite, charger_controles
from grilles.controles.etude import Constat, Etude
from grilles.controles.paliers import controler_les_paliers
from grilles.controles.positions import controler_les_actions, controler_les_positions


def controler(etude: Etude) -> tuple[Constat, ...]:
    """Tous les constats d'un diplôme : ce qui bloque un niveau d'abord, puis l'ordre des contrôles et du texte."""
    rang = {cle: i for i, cle in enumerate(charger_controles())}
    vus = (*controler_les_positions(etude), *controler_les_paliers(etude), *controler_les_actions(etude))
    return tuple(sorted(vus, key=lambda constat: (not constat.bloque, rang[constat.cle])))


def compter(constats: Iterable[Constat]) -> Mapping[Gravite, int]:
    """Combien de constats par gravité ; 0 pour une gravité absente."""
    return Counter(constat.gravite for constat in constats)
