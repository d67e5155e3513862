"""Tout ce que l'application donne à emporter : une pièce jointe inerte, où aucun texte saisi ne devient une formule."""

import csv
import io
import zipfile
from collections.abc import Callable

import openpyxl
from sqlalchemy import select, update
from sqlmodel import col

from appli.base import BaseSQL
from charte.acteur import Acteur, Role
from charte.commun.csv_francais import ecrire_cellule, relire_cellule
from charte.commun.journal import journaliser
from charte.commun.telechargement import XLSX
from grilles.modeles import Grille, Reponse
from tests.appli.rives import Ids, acteur, autre_acteur, depart, deux_rives, reglages
from tests.appli.routes_connues import ROUTES_CONNUES
from tests.appli.test_cloisonnement import adresse, ouvrir
from tests.conftest import Client

__all__ = ["acteur", "autre_acteur", "depart", "deux_rives", "ouvrir", "reglages"]
PIEGE = "=cmd|' /C calc'!A0"
PAGES = ("text/html", "application/json")
"""Ce qui se lit dans le navigateur ; tout le reste s'emporte."""
NOMINATIFS = (
    "/journal.csv", "/depots/{depot_id:int}/annote.xlsx", "/donnees-personnelles/personne/extraction",
    "/indicateurs/{cle:str}/lignes.csv",
)  # fmt: skip
"""Ce qui porte des noms ou parle d'une personne s'emporte par un envoi, qui s'inscrit au journal."""
ZIP = "application/zip"
PARQUET = "application/vnd.apache.parquet"
GENRES = {
    "text/calendar", "text/csv", "text/markdown", "text/plain", "image/svg+xml", "application/pdf", ZIP, XLSX, PARQUET
}  # fmt: skip
"""Les sortes de fichiers servies : une sorte nouvelle s'ajoute ici, avec son contrôle ci-dessous."""


def servis(client: Client, ici: Ids) -> dict[str, tuple[str, bytes]]:
    """Par adresse : (type, contenu) de ce que chaque route connue donne à emporter."""
    trouves = {}
    for (methode, chemin), cas in ROUTES_CONNUES.items():
        if methode != ("POST" if chemin in NOMINATIFS else "GET") or chemin.startswith("/statique"):
            continue
        for demandee in {adresse(chemin, ici), adresse(chemin, ici).replace("positions.svg", "positions.csv")}:
            reponse = client.request(methode, demandee, data=cas.saisies or None)
            genre = reponse.headers.get("content-type", "").partition(";")[0]
            if reponse.status_code == 200 and not genre.startswith(PAGES):
                entetes = reponse.headers
                assert entetes["content-disposition"].startswith('attachment; filename="'), demandee
                assert "sandbox" in entetes["content-security-policy"], demandee
                assert "default-src 'none'" in entetes["content-security-policy"], demandee
                assert entetes["x-content-type-options"] == "nosniff", demandee
                trouves[demandee] = (genre, reponse.content)
    return trouves


def formules(genre: str, contenu: bytes) -> list[str]:
    """Les cellules qu'un tableur prendrait pour une formule ou une macro."""
    if genre == "text/csv":
        rangees = csv.reader(io.StringIO(contenu.decode("utf-8-sig"), newline=""), delimiter=";")
        return [cellule for rangee in rangees for cellule in rangee if not _nombre(cellule) and _nue(cellule)]
    if genre == XLSX:
        livre = openpyxl.load_workbook(io.BytesIO(contenu))
        return [
            str(c.value) for feuille in livre for rangee in feuille.iter_rows() for c in rangee if c.data_type == "f"
        ]
    if genre == ZIP:
        with zipfile.ZipFile(io.BytesIO(contenu)) as archive:
            return formules(XLSX, archive.read("index.xlsx"))
    return [PIEGE] if genre == "image/svg+xml" and b"<script" in contenu else []


def _nue(cellule: str) -> bool:
    """Vrai si `ecrire_csv` aurait écrit autrement ce texte : il ne l'a donc pas protégé."""
    return ecrire_cellule(relire_cellule(cellule)) != cellule


def _nombre(cellule: str) -> bool:
    try:
        float(cellule.replace(",", "."))
    except ValueError:
        return False
    return True


def test_chaque_export_est_connu_inerte_et_sans_formule(
    ouvrir: Callable[[Role], Client], base: BaseSQL, acteur: Acteur, deux_rives: tuple[Ids, Ids]
) -> None:
    with base.ecriture() as session:
        # Une grille arrêtée ne s'écrit plus : la base le refuse.
        ouvertes = col(Reponse.grille_id).in_(select(col(Grille.id)).where(col(Grille.etat) == "ouverte"))
        session.execute(update(Reponse).where(ouvertes).values(commentaire=PIEGE, modifie_par=PIEGE, motif="@SUM(1)"))
        journaliser(session, acteur, PIEGE, f"{PIEGE} é", apres={PIEGE: PIEGE})
    trouves = servis(ouvrir(Role.REFERENT_QUALITE), deux_rives[0])
    assert {genre for genre, _ in trouves.values()} == GENRES
    assert len(trouves) >= 6, sorted(trouves)
    fautes = {adresse: formules(*servi) for adresse, servi in trouves.items()}
    assert not [f"{adresse} : {cellules}" for adresse, cellules in fautes.items() if cellules]
    assert f"'{PIEGE}".encode() in trouves["/journal.csv"][1], "le texte reste lisible, derrière une apostrophe"
