"""Ce qu'un envoi ne peut pas dépasser : champs, parts, longueurs ; et ce qui n'en reste pas en mémoire."""

import importlib
import pkgutil
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from litestar._parsers import parse_url_encoded_form_data
from pydantic import BaseModel
from sqlmodel import SQLModel

import appli
import charte
import grilles
import indicateurs
import rapports
from appli.envoi import CHAMPS_MAXIMAUX
from charte.commun.web import lire_formulaire
from charte.formulaires import (
    FormulaireCfa,
    FormulaireComposante,
    FormulaireConvention,
    FormulaireEtablissement,
    FormulaireFormation,
)
from charte.modeles import Cfa, Composante, Convention, Etablissement, Formation
from grilles.arrete.formulaires import FormulaireArrete, FormulaireReouverture
from grilles.arrete.modeles import Instantane, Reouverture
from grilles.avis.formulaires import FormulaireAvis, FormulaireDemande
from grilles.avis.modeles import Avis, DemandeAvis
from grilles.campagnes.formulaires import FormulaireCampagne, FormulaireNouvelleCampagne
from grilles.formulaires import FormulairePreuve, FormulaireReponse
from grilles.jalons.formulaires import (
    FormulaireConclusion,
    FormulaireDecision,
    FormulaireJalon,
    FormulairePreuveDeJalon,
    FormulaireProposition,
    FormulaireRevision,
)
from grilles.jalons.modeles import EvenementDeJalon, Jalon, RevisionDesJalons
from grilles.modeles import Campagne, Preuve, PreuveCitee, Reponse
from grilles.plan.formulaires import (
    FormulaireAction,
    FormulaireCloture,
    FormulaireFinDeRisque,
    FormulairePreuveDAction,
    FormulaireRisque,
    FormulaireSuivi,
)
from grilles.plan.modeles import ActionAmelioration, Risque, SuiviDAction
from grilles.preuves.formulaires import (
    FormulaireDeCitation,
    FormulaireDeDecision,
    FormulaireDePreuve,
    FormulaireDeRattachement,
)
from grilles.preuves.modeles import CorrespondanceDecidee, PreuveDeReference
from indicateurs.objectifs.formulaires import FormulaireObjectif, FormulaireRetrait
from indicateurs.objectifs.modeles import Objectif
from indicateurs.publication.formulaires import FormulairePublication
from indicateurs.publication.formulaires import FormulaireRetrait as FormulaireRetraitDeTableau
from indicateurs.publication.modeles import Publication
from indicateurs.revue.formulaires import (
    FormulaireArret,
    FormulaireDefinitions,
    FormulaireDonnees,
    FormulaireNote,
    FormulaireOuverture,
)
from indicateurs.revue.formulaires import FormulaireDecision as FormulaireDecisionDeRevue
from indicateurs.revue.formulaires import FormulaireReouverture as FormulaireReouvertureDeRevue
from indicateurs.revue.modeles import NoteDeRevue, Revue
from tests.conftest import Client

TABLES: dict[type[BaseModel], type[SQLModel]] = {
    FormulaireEtablissement: Etablissement, FormulaireCfa: Cfa, FormulaireConvention: Convention,
    FormulaireComposante: Composante, FormulaireFormation: Formation, FormulaireReponse: Reponse,
    FormulaireAction: ActionAmelioration, FormulaireCloture: ActionAmelioration, FormulaireSuivi: SuiviDAction,
    FormulaireRisque: Risque, FormulaireFinDeRisque: Risque, FormulairePreuveDAction: Preuve,
    FormulaireArrete: Instantane, FormulaireReouverture: Reouverture,
    FormulaireDePreuve: Preuve, FormulaireDeCitation: PreuveCitee, FormulaireDeRattachement: PreuveDeReference,
    FormulaireDeDecision: CorrespondanceDecidee,
    FormulairePreuve: Preuve, FormulaireDemande: DemandeAvis, FormulaireAvis: Avis,
    FormulaireOuverture: Revue, FormulaireDonnees: Revue, FormulaireDefinitions: Revue, FormulaireArret: Revue,
    FormulaireReouvertureDeRevue: Revue, FormulaireNote: NoteDeRevue, FormulaireDecisionDeRevue: ActionAmelioration,
    FormulairePublication: Publication, FormulaireRetraitDeTableau: Publication,
    FormulaireCampagne: Campagne, FormulaireNouvelleCampagne: Campagne,
    FormulaireObjectif: Objectif, FormulaireRetrait: Objectif,
    FormulaireJalon: Jalon, FormulaireProposition: Jalon, FormulaireDecision: EvenementDeJalon,
    FormulaireRevision: EvenementDeJalon, FormulaireConclusion: RevisionDesJalons, FormulairePreuveDeJalon: Preuve,
}  # fmt: skip
PLAFOND = 20_000
"""Aucun champ de texte n'en accepte autant, quelle que soit sa table."""
MODELES = ("x", "https://exemple.invalid/x", "12345678901234567")


def formulaires() -> Iterator[type[BaseModel]]:
    """Tous les modèles des modules `formulaires` des cinq paquets."""
    for paquet in (charte, grilles, indicateurs, rapports, appli):
        for module in pkgutil.walk_packages(paquet.__path__, f"{paquet.__name__}."):
            if module.name.rpartition(".")[2].startswith("formulaires"):
                for objet in vars(importlib.import_module(module.name)).values():
                    if isinstance(objet, type) and issubclass(objet, BaseModel) and objet.__module__ == module.name:
                        yield objet


def champs() -> list[tuple[type[BaseModel], str]]:
    """Chaque champ de chaque formulaire."""
    return [
        (modele, nom) for modele in formulaires() if not modele.__name__.startswith("_") for nom in modele.model_fields
    ]


def garde(modele: type[BaseModel], champ: str, texte: str) -> Any:
    """Ce que le formulaire garderait de ce texte, les autres champs mis à part ; None : il le refuse."""
    formulaire, erreurs = lire_formulaire(modele, {champ: texte})
    if any(erreur.champ == champ for erreur in erreurs):
        return None
    return texte if formulaire is None else getattr(formulaire, champ)


def longueur(modele: type[BaseModel], champ: str) -> int:
    """Ce que la colonne du même nom accepte."""
    colonne = TABLES[modele].__table__.columns.get(champ) if modele in TABLES else None  # type: ignore[attr-defined]
    return getattr(getattr(colonne, "type", None), "length", None) or PLAFOND


@pytest.mark.parametrize(("modele", "champ"), champs(), ids=lambda v: getattr(v, "__name__", v))
def test_aucun_champ_ne_depasse_sa_colonne(modele: type[BaseModel], champ: str) -> None:
    borne = longueur(modele, champ)
    for debut in MODELES:
        garde_par_le_formulaire = garde(modele, champ, debut + debut[-1] * (borne + 1))
        if isinstance(garde_par_le_formulaire, str):
            assert len(garde_par_le_formulaire) <= borne, f"{modele.__name__}.{champ} dépasse les {borne} de la base"
        else:
            assert garde_par_le_formulaire is None or isinstance(garde_par_le_formulaire, int | bool | date)


@pytest.mark.parametrize("valeur", ["", " ", "0", "-1", "x", "2025-02-30", None, [], ["a", "b"]], ids=repr)
@pytest.mark.parametrize(("modele", "champ"), champs(), ids=lambda v: getattr(v, "__name__", v))
def test_aucune_saisie_ne_fait_tomber_un_formulaire(modele: type[BaseModel], champ: str, valeur: Any) -> None:
    """Un champ vidé est une saisie comme une autre : acceptée ou refusée, jamais une panne."""
    lire_formulaire(modele, {champ: valeur})


def test_un_caractere_nul_n_atteint_pas_la_base(client: Client) -> None:
    reponse = client.post("/parties/composantes/nouvelle", data={"nom": "IUT\x00 de Valmont"})
    assert reponse.status_code == 303


def test_un_envoi_aux_champs_innombrables_est_refuse(client: Client) -> None:
    corps = "&".join(f"c{n}=1" for n in range(CHAMPS_MAXIMAUX + 1))
    entetes = {"content-type": "application/x-www-form-urlencoded"}
    refus = client.post("/parties/composantes/nouvelle", content=corps, headers=entetes)
    assert refus.status_code == 413
    assert "Rien n’a été enregistré" in refus.text
    parts = {f"c{n}": ("", "1") for n in range(CHAMPS_MAXIMAUX + 1)}
    assert client.post("/depots", files=parts).status_code in (400, 413)


def _parts(charset: str, contenu: bytes) -> bytes:
    entete = f'--B\r\nContent-Disposition: form-data; name="nom"\r\nContent-Type: text/plain; charset={charset}\r\n\r\n'
    return entete.encode() + contenu + b"\r\n--B--\r\n"


@pytest.mark.parametrize(("charset", "contenu"), [("utf-8", b"\xff\xfe"), ("inconnu", b"x"), ("rot13", b"x")])
def test_un_texte_qui_ne_se_decode_pas_est_une_demande_fausse(client: Client, charset: str, contenu: bytes) -> None:
    entetes = {"content-type": "multipart/form-data; boundary=B"}
    assert client.post("/depots", content=_parts(charset, contenu), headers=entetes).status_code == 400


def test_un_formulaire_lu_ne_reste_pas_en_memoire(client_anonyme: Client) -> None:
    client_anonyme.post("/connexion", data={"courriel": "x", "mot_de_passe": "une phrase à ne pas garder"})
    assert parse_url_encoded_form_data.cache_info().currsize == 0
