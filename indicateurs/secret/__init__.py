"""Le secret : masquer sous le seuil, puis ce qui permettrait de retrouver une valeur masquée par différence.

Suppression primaire : une cohorte de moins de `seuil` personnes ou contrats (une cohorte vide ne dévoile personne :
elle reste montrée). Suppression complémentaire : tant qu'une cellule masquée, ou un reste de moins de `seuil`, se
déduit des cellules montrées, une voisine est masquée avec elle, le cumul des promotions avant une promotion, puis celle
qui en trahit le moins d'autres, puis la plus petite. Un reste compte autant qu'une cellule : de deux formations d'une
personne, un total qui dit « 2 sur 2 » dévoile chacune.

Une ventilation est publiée entière ou pas du tout à chaque adresse (niveau, clés, promotion). Le masque se décide sur
tous les niveaux à la fois, et reste le même quelle que soit la page. Ce qui est prouvé, et ce qui ne l'est pas :
`docs/decisions/0038-le-secret-protege-aussi-les-ventilations.md`.

`adresses` (ce qui est une somme de quoi), `noyau` (ce qu'un système de sommes détermine), `famille` (une relation à la
fois), `fuites` (leurs combinaisons), `masque` (tous les indicateurs d'une table).
"""

from indicateurs.secret.masque import masquer, relier
from indicateurs.secret.noyau import deductibles

__all__ = ["deductibles", "masquer", "relier"]
