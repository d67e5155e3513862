"""Les fichiers tels qu'ils arrivent : encodages, séparateurs, feuilles, calendriers, et ceux qu'on ne peut pas lire."""

import datetime as dt
import io
import zipfile

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from indicateurs.imports import FichierIllisible, diagnostiquer
from indicateurs.imports.format import charger_format, normaliser_entete
from tests.indicateurs.imports.fabrique import CLE, ENTETES, classeur, en_csv, en_xlsx, ligne, octets


def diagnostic(contenu, nom="essai.xlsx"):
    return diagnostiquer(contenu, nom, CLE)


def comptes(contenu):
    lu = diagnostic(contenu)
    return lu.lues, lu.retenues, lu.ecartees, len(lu.anomalies)


@pytest.mark.parametrize("separateur", [";", ",", "\t"])
@pytest.mark.parametrize("encodage", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_un_csv_se_lit_quel_que_soit_son_ecriture(separateur, encodage):
    lignes = [ligne(0, nom_apprenant="Œuvré"), ligne(1)]
    assert comptes(en_csv(lignes, separateur, encodage)) == (2, 2, 0, 0)


def test_l_identite_ne_depend_pas_de_l_ecriture_du_fichier():
    lignes = [ligne(0, nom_apprenant="Béranger-Œil")]
    fichiers = [en_csv(lignes), en_csv(lignes, ",", "cp1252"), en_csv(lignes, encodage="utf-8-sig"), en_xlsx(lignes)]
    assert len({diagnostic(contenu).lignes["id_personne"].iloc[0] for contenu in fichiers}) == 1


@pytest.mark.parametrize(
    "titre",
    ["NOM_APPRENANT", " nom_apprenant * ", "Nom apprenant", "nom-apprenant**", "\ufeffnom_apprenant", "Nôm_apprenant*"]
)  # fmt: skip
def test_un_en_tete_se_reconnait_sans_casse_etoile_accent_ni_espace(titre):
    assert normaliser_entete(titre) == "nom_apprenant"


def test_l_ordre_des_colonnes_est_libre_et_les_inconnues_sont_dites():
    titres = [*reversed(ENTETES), "commentaire interne"]
    lu = diagnostic(en_csv([ligne(0)], entetes=titres))
    assert (lu.lues, lu.ecartees, lu.colonnes_inconnues) == (1, 0, ("commentaire interne",))


def test_une_colonne_non_gardee_n_entre_jamais_en_memoire():
    lu = diagnostic(en_csv([ligne(0, email_contact="secret@exemple.invalid", tel_apprenant="0600000000")]))
    assert "secret" not in repr(lu.__dict__)
    assert not any(c.lue for c in charger_format().colonnes if c.champ.startswith(("email", "tel", "adresse")))


def test_la_ligne_dite_est_celle_du_fichier_meme_apres_une_cellule_a_plusieurs_lignes():
    lignes = [ligne(0, adresse_apprenant="1, rue\nde l'Exemple\n3e étage"), ligne(1, date_fin_formation="x")]
    assert [a.ligne for a in diagnostic(en_csv(lignes)).anomalies] == [5]


def test_les_lignes_vides_ne_comptent_pas_et_ne_decalent_pas():
    contenu = en_csv([ligne(0), {}, {}, ligne(1, sexe_apprenant="X"), {}]) + b"\r\n;;;;\r\n"
    lu = diagnostic(contenu)
    assert (lu.lues, [a.ligne for a in lu.anomalies]) == (2, [5])


def test_une_ligne_csv_trop_longue_est_signalee():
    contenu = en_csv([ligne(0)]).replace(b"\r\n", b"\r\n", 1).rstrip(b"\r\n") + b";en;trop\r\n"
    assert [a.cause for a in diagnostic(contenu).anomalies] == ["cellules_en_trop"]


def test_une_ligne_csv_raccourcie_se_lit():
    contenu = en_csv([ligne(0)]).rstrip(b";\r\n") + b"\r\n"
    assert comptes(contenu) == (1, 1, 0, 0)


def test_le_classeur_public_avec_sa_ligne_d_exemple_et_ses_lignes_mises_en_forme():
    livre = classeur([ligne(0)], entetes=[c.entete for c in charger_format().colonnes])
    feuille = livre.active
    feuille.delete_rows(2)
    for rang, champ in enumerate(ENTETES):
        feuille.cell(2, rang + 1, ligne(0).get(champ))
        for vide in range(3, 60):
            feuille.cell(vide, rang + 1).number_format = "dd/mm/yyyy"
    description = livre.create_sheet("Description des données")
    for champ in ["Nom du champ", *ENTETES]:
        description.append([None, champ, "Oui"])
    lu = diagnostic(octets(livre))
    assert (lu.lues, lu.retenues, lu.feuille, lu.feuilles_ignorees, lu.anomalies) == (1, 1, "Modèle", (), ())


def test_la_feuille_aux_en_tetes_peut_etre_la_derniere_et_decalee():
    livre = openpyxl.Workbook()
    livre.active["A1"] = "Sommaire"
    feuille = livre.create_sheet("Données")
    for place, champ in enumerate(ENTETES):
        feuille.cell(4, place + 3, champ)
        feuille.cell(5, place + 3, ligne(0).get(champ))
        feuille.cell(6, place + 3, ligne(1, contrat_date_debut="hier").get(champ))
    lu = diagnostic(octets(livre))
    assert (lu.feuille, lu.lues, lu.ligne_entete) == ("Données", 2, 4)
    assert [(a.ligne, a.colonne, a.valeur) for a in lu.anomalies] == [(6, "contrat_date_debut", "hier")]


def test_deux_feuilles_a_en_tetes_la_seconde_est_dite():
    livre = classeur([ligne(0)], "2023")
    seconde = livre.create_sheet("2024")
    seconde.append(ENTETES)
    lu = diagnostic(octets(livre))
    assert (lu.feuille, lu.feuilles_ignorees) == ("2023", ("2024",))


@pytest.mark.parametrize("epoque", [None, CALENDAR_MAC_1904])
def test_les_types_d_excel_deviennent_le_bon_texte(epoque):
    livre = classeur(
        [
            ligne(
                0,
                date_de_naissance_apprenant=dt.date(2002, 1, 1),
                date_entree_formation=dt.datetime(2023, 9, 1, 8, 30),  # noqa: DTZ001 (un tableur n'a pas de fuseau)
                rqth_apprenant=True,
                obtention_diplome_formation=False,
                etablissement_responsable_siret=99000001000104,
                formation_cfd=99000101.0,
                annee_formation=1.0,
            )
        ]
    )
    if epoque:
        livre.epoch = epoque
    serie = (dt.date(2025, 8, 31) - (dt.date(1904, 1, 1) if epoque else dt.date(1899, 12, 30))).days
    livre.active.cell(2, ENTETES.index("date_fin_formation") + 1, serie)
    livre.active.cell(2, ENTETES.index("contrat_date_fin") + 1, serie).number_format = "dd/mm/yyyy"
    lu = diagnostic(octets(livre))
    [rangee] = lu.lignes.to_dict("records")
    dates = {nom: str(rangee[nom])[:10] for nom in ("date_entree", "date_fin", "date_fin_1")}
    assert dates == {"date_entree": "2023-09-01", "date_fin": "2025-08-31", "date_fin_1": "2025-08-31"}
    assert (rangee["annee_naissance"], rangee["rqth"], rangee["obtention"]) == (2002, True, False)
    assert (rangee["cfd"], rangee["annee_formation"]) == ("99000101", 1)
    assert {a.colonne for a in lu.anomalies} <= {"etablissement_responsable_siret"}


def test_une_erreur_de_tableur_n_est_pas_une_absence():
    livre = classeur([ligne(0), ligne(1), ligne(2)])
    feuille = livre.active
    rupture = ENTETES.index("contrat_date_rupture") + 1
    feuille.cell(2, rupture, "#N/A").data_type = "e"
    feuille.cell(4, ENTETES.index("nom_apprenant") + 1, "#REF!").data_type = "e"
    trouvees = [(a.ligne, a.colonne, a.valeur, a.gravite) for a in diagnostic(octets(livre)).anomalies]
    assert trouvees == [
        (2, "contrat_date_rupture", "#N/A", "bloquant"),
        (4, "nom_apprenant", "#REF!", "bloquant"),
    ]


def test_un_classeur_nomme_csv_et_un_csv_nomme_xlsx_se_lisent():
    assert diagnostiquer(en_xlsx([ligne(0)]), "a.csv", CLE).lues == 1
    assert diagnostiquer(en_csv([ligne(0)]), "a.xlsx", CLE).lues == 1


def _zip(**pieces):
    flux = io.BytesIO()
    with zipfile.ZipFile(flux, "w", zipfile.ZIP_DEFLATED) as archive:
        for nom, contenu in pieces.items():
            archive.writestr(nom.replace("__", "/").replace("_xml", ".xml"), contenu)
    return flux.getvalue()


def _tronque():
    return en_xlsx([ligne(n) for n in range(20)])[:-400]


def _colonne_double():
    return en_csv([ligne(0)], entetes=[*ENTETES, "nom_apprenant"])


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("contenu", "extrait"),
    [
        (b"", "est vide"),
        (b"\xef\xbb\xbf\r\n \n", "est vide"),
        (OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "mot de passe"),
        (OLE + b"\0" * 600, "ancien format"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"<html><table><tr><td>1</td></tr></table>", "page web"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "ni un classeur"),
        (b"bonjour;au revoir\r\n1;2\r\n", "aucun en-tête connu"),
        (b"nom;prenom\r\nA;B\r\n", "aucun en-tête connu"),
        (b"\x81\x8d\x8f\x90\x9d;a", "Windows-1252"),
        (_zip(lisezmoi="x"), "archive"),
        (_zip(mimetype="application/vnd.oasis.opendocument.spreadsheet"), "autre format de tableur"),
        (b"PK\x03\x04 rien", "abîmé"),
        (_tronque(), "abîmé"),
        (_colonne_double(), "deux fois la colonne nom_apprenant"),
        (en_csv([ligne(0)]) + b'"jamais ferme;x\r\n', "guillemet"),
        (en_csv([ligne(0, cause_exclusion_formation="x" * 1_000_001)]), "cellule de plus de 1\u202f000\u202f000"),
        (octets(openpyxl.Workbook()), "aucun en-tête connu"),
    ],
)
def test_un_fichier_illisible_le_dit_en_une_ligne(contenu, extrait):
    with pytest.raises(FichierIllisible) as dit:
        diagnostiquer(contenu, "essai.xlsx", CLE)
    message = str(dit.value)
    assert extrait in message
    assert message.startswith("« essai.xlsx »")
    assert "\n" not in message


def test_une_feuille_demesuree_est_refusee_avant_d_occuper_la_memoire():
    livre = classeur([ligne(0)])
    livre.active["XFD1048576"] = "loin"
    with pytest.raises(FichierIllisible, match=r"démesurée \(jusqu'à la ligne 1048576, colonne 16384\)"):
        diagnostic(octets(livre))


def test_des_lignes_lointaines_seulement_mises_en_forme_ne_genent_pas():
    livre = classeur([ligne(0)])
    livre.active["XFD1048576"].number_format = "dd/mm/yyyy"
    assert comptes(octets(livre)) == (1, 1, 0, 0)


def test_une_archive_qui_explose_est_refusee(monkeypatch):
    monkeypatch.setattr("charte.commun.enveloppe.TOTAL_MAXIMAL", 1_000)
    with pytest.raises(FichierIllisible, match="démesuré une fois décompressé"):
        diagnostic(en_xlsx([ligne(0)]))


def test_un_en_tete_seul_est_un_fichier_sans_ligne():
    assert comptes(en_csv([])) == (0, 0, 0, 0)
    assert comptes(en_xlsx([])) == (0, 0, 0, 0)


def test_un_fichier_introuvable_le_dit(tmp_path):
    with pytest.raises(FichierIllisible, match="ne peut pas être ouvert"):
        diagnostiquer(tmp_path / "absent.csv", "absent.csv", CLE)


def test_la_progression_va_de_zero_au_total():
    pas = []
    diagnostiquer(en_csv([ligne(n) for n in range(10)]), "a.csv", CLE, lambda fait, total: pas.append((fait, total)))
    assert pas == sorted(pas)
    assert pas[-1] == (10, 10)
