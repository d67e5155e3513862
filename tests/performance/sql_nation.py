"""Les mêmes comptes, écrits à la main en SQL pour DuckDB, d'après les définitions : un étalon, et un second avis.

Sans les indicateurs de statut (ils veulent la frise des parcours) ni la probabilité de Kaplan–Meier (pas une somme).
Rien n'y vient du moteur : un écart entre les deux est une faute de l'un ou de l'autre.
"""

from collections.abc import Mapping

from tests.performance.nation import AU, HORIZONS, Nation

NIVEAUX: Mapping[str, str] = {
    "formation": "id_formation",
    "formateur": "uai_formateur",
    "responsable": "uai_responsable",
    "region": "region",
    "total": "",
}
_AU = f"DATE '{AU}'"
_COMPTE = "coalesce(motif_rupture, '') <> 'contrat_annule'"
_ROMPU = "coalesce(motif_rupture, '') <> 'diplome_obtenu'"


def _part(cle: str, cohorte: str, cas: str) -> list[str]:
    return [
        f'count(*) FILTER ({cohorte} AND {cas}) AS "{cle}.numerateur"',
        f'count(*) FILTER ({cohorte}) AS "{cle}.denominateur"',
    ]


def _moyenne(cle: str, cohorte: str, valeur: str) -> list[str]:
    return [
        f'coalesce(sum({valeur}) FILTER ({cohorte}), 0) AS "{cle}.numerateur"',
        f'count({valeur}) FILTER ({cohorte}) AS "{cle}.denominateur"',
    ]


def _contrats() -> list[str]:
    neuf, quarante = "date_debut + INTERVAL 9 MONTH", "date_debut + INTERVAL 45 DAY"
    tot = f"date_rupture >= date_debut AND date_rupture < {neuf} AND {_ROMPU}"
    retour = "coalesce(retour < date_rupture + INTERVAL 6 MONTH, false)"
    rompus = f"date_rupture >= date_debut AND {_COMPTE} AND {_ROMPU}"
    return [
        *_part("rupture_brute_9_mois", f"{neuf} <= {_AU} AND {_COMPTE}", tot),
        *_part(
            "rupture_nette_9_mois", f"date_debut + INTERVAL 15 MONTH <= {_AU} AND {_COMPTE}", f"{tot} AND NOT {retour}"
        ),
        *_part("rupture_duree_totale", f"date_fin <= {_AU} AND {_COMPTE}", f"date_rupture < date_fin AND {_ROMPU}"),
        *_part(
            "rupture_45_jours",
            f"{quarante} <= {_AU} AND {_COMPTE}",
            f"date_rupture >= date_debut AND date_rupture < {quarante} AND {_ROMPU}",
        ),
        *_part("reprise_apres_rupture", f"{rompus} AND date_rupture + INTERVAL 6 MONTH <= {_AU}", retour),
        *_moyenne(
            "delai_de_rupture", f"{rompus} AND date_rupture <= {_AU}", "date_diff('day', date_debut, date_rupture)"
        ),
    ]


def _parcours() -> list[str]:
    connu = "admis IS NOT NULL AND coalesce(present, true)"
    fini = f"consignees AND date_fin <= {_AU} AND date_entree + INTERVAL 2 MONTH <= {_AU}"
    deux = "premiere <= date_entree + INTERVAL 2 MONTH AND derniere >= date_fin - INTERVAL 2 MONTH AND par_an >= 2"
    return [
        *_part("obtention", connu, "admis"),
        *_part("echec", connu, "NOT admis"),
        *_part("rencontres_employeur", fini, deux),
    ]


def _situations() -> list[str]:
    colonnes = []
    stable = "type_contrat IN ('cdi', 'fonctionnaire', 'independant')"
    for mois in HORIZONS:
        cohorte = f"mois = {mois} AND repondu AND situation IN ('emploi', 'recherche')"
        colonnes += _part(f"insertion_{mois}_mois", cohorte, "situation = 'emploi'")
        colonnes += _part(f"reponse_insertion_{mois}_mois", f"mois = {mois}", "repondu")
        repond = f"mois = {mois} AND repondu AND situation"
        en_emploi = f"{repond} = 'emploi'"
        colonnes += _part(f"poursuite_etudes_{mois}_mois", f"{repond} IS NOT NULL", "situation = 'etudes'")
        colonnes += _part(f"adequation_emploi_{mois}_mois", f"{en_emploi} AND adequation IS NOT NULL", "adequation")
        colonnes += _part(f"emploi_stable_{mois}_mois", f"{en_emploi} AND type_contrat IS NOT NULL", stable)
    return [
        *colonnes,
        *_moyenne("duree_recherche", "repondu AND recherche_mois >= 0 AND mois = premiere_connue", "recherche_mois"),
    ]


def _heures() -> list[str]:
    close = f"make_date(annee_h + 1, 7, 31) <= {_AU} AND prevues IS NOT NULL AND realisees IS NOT NULL"
    return [
        f'coalesce(sum(realisees) FILTER ({close}), 0) AS "realisation.numerateur"',
        f'coalesce(sum(prevues) FILTER ({close}), 0) AS "realisation.denominateur"',
    ]


COLONNES = {"contrats": _contrats, "parcours": _parcours, "situations": _situations, "heures": _heures}
CLES = tuple(
    dict.fromkeys(colonne.split('"')[1].split(".")[0] for colonnes in COLONNES.values() for colonne in colonnes())
)
"""Les indicateurs que ce SQL compte."""


def requete(nation: Nation) -> str:
    """La requête : une ligne par niveau, clé du niveau et promotion, deux colonnes par indicateur."""
    tables = {nom: f"read_parquet('{nation.fichier(nom)}')" for nom in ("parcours", "contrats", "resultats", "heures", "rencontres", "situations")}  # fmt: skip  # noqa: E501
    comptes = [
        f"{nom}_c AS (SELECT id_formation, annee, {', '.join(colonnes())} FROM {nom}_l GROUP BY 1, 2)"  # noqa: S608
        for nom, colonnes in COLONNES.items()
    ]
    sommes = [
        f'coalesce(sum("{cle}.{compte}"), 0) AS "{cle}.{compte}"'
        for cle in CLES
        for compte in ("numerateur", "denominateur")
    ]
    ensembles = ", ".join(f"({', '.join(filter(None, (cle, 'annee')))})" for cle in NIVEAUX.values())
    jointes = " ".join(f"LEFT JOIN {nom}_c USING (id_formation, annee)" for nom in COLONNES)
    ctes = [texte.format(**tables, au=_AU) for texte in _LIGNES]
    return (
        f"WITH {', '.join([*ctes, *comptes])} "  # noqa: S608
        f"SELECT id_formation, uai_formateur, uai_responsable, region, annee, {', '.join(sommes)} "
        f"FROM groupes {jointes} GROUP BY GROUPING SETS ({ensembles})"
    )


_LIGNES = (
    """p AS (SELECT *, year(date_entree) - (month(date_entree) < 8)::INT AS annee FROM {parcours})""",
    """groupes AS (
        SELECT id_formation, annee, any_value(uai_formateur) AS uai_formateur,
            any_value(uai_responsable) AS uai_responsable, any_value(region) AS region
        FROM p GROUP BY 1, 2)""",
    """uniques AS (
        SELECT * FROM {contrats} c WHERE NOT EXISTS (
            SELECT 1 FROM {contrats} d
            WHERE d.id_parcours = c.id_parcours AND d.date_debut = c.date_debut AND d.rang > c.rang))""",
    """retours AS (
        SELECT r.id_parcours, r.date_debut, min(a.date_debut) AS retour
        FROM uniques r JOIN uniques a ON a.id_personne = r.id_personne AND a.date_debut >= r.date_rupture
            AND (a.id_parcours, a.date_debut) <> (r.id_parcours, r.date_debut)
            AND coalesce(a.motif_rupture, '') <> 'contrat_annule'
        WHERE r.date_rupture IS NOT NULL GROUP BY 1, 2)""",
    """contrats_l AS (
        SELECT p.id_formation, p.annee, u.*, retours.retour
        FROM uniques u JOIN p USING (id_parcours) LEFT JOIN retours USING (id_parcours, date_debut))""",
    """dernier AS (
        SELECT id_parcours, arg_max_null(present, annee) AS present, arg_max_null(admis, annee) AS admis_session
        FROM {resultats} GROUP BY 1)""",
    """tenues AS (
        SELECT r.id_parcours, min(tenue_le) FILTER (tenue_le >= date_entree) AS premiere,
            max(tenue_le) FILTER (tenue_le <= date_fin) AS derniere
        FROM {rencontres} r JOIN p USING (id_parcours)
        WHERE nature = 'employeur' AND tenue_le <= {au} GROUP BY 1)""",
    """durees AS (
        SELECT id_parcours, greatest(1, round((date_diff('day', date_entree, date_fin) + 1) / 365.25)) AS annees
        FROM p)""",
    """annuelles AS (
        SELECT r.id_parcours, annees, least(annees - 1, date_sub('year', date_entree, tenue_le)) AS rang,
            count(DISTINCT tenue_le) AS jours
        FROM {rencontres} r JOIN p USING (id_parcours) JOIN durees USING (id_parcours)
        WHERE nature = 'employeur' AND tenue_le <= {au} AND tenue_le BETWEEN date_entree AND date_fin
        GROUP BY 1, 2, 3)""",
    """par_annee AS (
        SELECT id_parcours, if(count(*) = max(annees), min(jours), 0) AS par_an FROM annuelles GROUP BY 1)""",
    """suivis AS (
        SELECT DISTINCT id_formation, annee, true AS consignees
        FROM {rencontres} r JOIN p USING (id_parcours) WHERE nature = 'employeur')""",
    """parcours_l AS (
        SELECT p.id_formation, p.annee, p.date_entree, p.date_fin, present, coalesce(admis_session, obtention) AS admis,
            premiere, derniere, coalesce(par_an, 0) AS par_an, coalesce(consignees, false) AS consignees
        FROM p LEFT JOIN dernier USING (id_parcours) LEFT JOIN tenues USING (id_parcours)
            LEFT JOIN par_annee USING (id_parcours)
            LEFT JOIN suivis USING (id_formation, annee))""",
    """premieres AS (
        SELECT id_parcours, min(mois) AS premiere_connue
        FROM {situations} WHERE recherche_mois IS NOT NULL GROUP BY 1)""",
    """situations_l AS (
        SELECT p.id_formation, p.annee, s.*, premiere_connue
        FROM {situations} s JOIN p USING (id_parcours) LEFT JOIN premieres USING (id_parcours))""",
    """heures_l AS (
        SELECT p.id_formation, p.annee, h.annee AS annee_h, h.prevues, h.realisees
        FROM {heures} h JOIN p USING (id_parcours))""",
)
