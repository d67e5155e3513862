"""Les services des jalons : proposer, changer sans rien écraser, décider sur preuve, placer ; SQLite et PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import event, func, select
from sqlmodel import col

from appli.base import BaseSQL
from charte.acteur import Acteur, DroitManquant, Mandat, Partie, Portee, Role
from charte.commun.base import lignes
from charte.commun.journal import EntreeJournal
from charte.commun.web import Introuvable
from grilles.jalons.lecture import paliers_locaux
from grilles.jalons.modeles import EvenementDeJalon, Jalon
from grilles.jalons.regles import Acte, Etat
from grilles.jalons.services.actes import Circonstances
from grilles.jalons.services.lecture import aujourd_hui, lire_jalons, lire_un_jalon
from grilles.jalons.services.preuves import citer_pour_un_jalon, preuves_citables, retirer_d_un_jalon
from grilles.jalons.services.saisie import ConflitDeJalon, SaisieDeJalonRefusee, changer, placer
from grilles.mesure_citee import MesureCitee
from grilles.modeles import Preuve
from grilles.services import CommandePreuve, ajouter_preuve
from tests.conftest import creer_compte
from tests.grilles.conftest import creer_collegue, creer_formation
from tests.grilles.jalons.peuplement import CONSEIL, CONTENU, HIER, convenir, lus, noter, proposer_un, prouver

Ou = tuple[BaseSQL, Acteur, int]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def ou(request: pytest.FixtureRequest) -> Ou:
    """Une base, un acteur, une formation ; sur SQLite puis sur PostgreSQL."""
    base: BaseSQL = request.getfixturevalue("base" if request.param == "sqlite" else "base_postgresql")
    acteur = creer_compte(base, "Université des Essais", Role.REFERENT_QUALITE, "referent@essais.invalid")
    return base, acteur, creer_formation(base, acteur)


def compter(base: BaseSQL, table: type) -> int:
    with base.lecture() as session:
        return int(lignes(session, select(func.count()).select_from(table))[0][0])


def du_cfa(base: BaseSQL, acteur: Acteur, formation_id: int) -> Acteur:
    """Qui remplit pour le CFA : il propose, il ne tient pas la plume du dialogue."""
    mandat = Mandat(Role.RESPONSABLE_FORMATION, Portee.FORMATION, formation_id, Partie.CFA)
    return creer_collegue(base, acteur, Role.RESPONSABLE_FORMATION, "Pour le CFA", (mandat,))


def actes_au_journal(base: BaseSQL, jalon_id: int) -> list[str]:
    with base.lecture() as session:
        requete = select(col(EntreeJournal.acte)).where(col(EntreeJournal.objet) == f"jalon:{jalon_id}")
        return [acte for (acte,) in lignes(session, requete.order_by(col(EntreeJournal.rang)))]


def test_un_jalon_va_de_la_proposition_a_l_atteinte(ou: Ou) -> None:
    base, acteur, formation_id = ou
    jalon_id = proposer_un(base, acteur, formation_id)
    [propose] = lus(base, acteur, formation_id)
    assert (propose.etat, propose.numero, propose.nom, propose.contenu) == (
        Etat.PROPOSE,
        None,
        "Jalon proposé",
        CONTENU,
    )
    convenu = convenir(base, acteur, formation_id, jalon_id)
    assert (convenu.numero, convenu.nom, convenu.suivi.convenu_le) == (1, "Jalon 1", HIER)
    prouver(base, acteur, formation_id, jalon_id)
    atteint = noter(base, acteur, formation_id, jalon_id, Acte.ATTEINDRE, instance=CONSEIL)
    assert (atteint.etat, atteint.suivi.atteint_le, atteint.version) == (Etat.ATTEINT, HIER, 3)
    assert [(e.etat, e.le) for e in atteint.evenements] == [
        ("propose", aujourd_hui()),
        ("convenu", HIER),
        ("atteint", HIER),
    ]
    assert atteint.evenements[1].motif == "Accord : l'établissement et le CFA."
    assert actes_au_journal(base, jalon_id) == [
        "jalon proposé",
        "jalon convenu",
        "preuve de jalon ajoutée",
        "jalon atteint",
    ]
    with base.lecture() as session:
        [palier] = paliers_locaux(session, acteur, [formation_id])[formation_id][1].jalons
    assert (palier.id, palier.atteint, palier.element) == (jalon_id, True, "1.C1.2")


def test_sans_preuve_qui_vaille_rien_n_est_note(ou: Ou) -> None:
    base, acteur, formation_id = ou
    jalon_id = proposer_un(base, acteur, formation_id)
    convenir(base, acteur, formation_id, jalon_id)
    perimee = prouver(base, acteur, formation_id, jalon_id, "Vieux livret", date_fin=HIER - timedelta(days=1))
    avant = compter(base, EvenementDeJalon), compter(base, EntreeJournal)
    with pytest.raises(SaisieDeJalonRefusee) as refus:
        noter(base, acteur, formation_id, jalon_id, Acte.ATTEINDRE, instance=CONSEIL)
    assert [faute.champ for faute in refus.value.fautes] == ["preuve"]
    with pytest.raises(SaisieDeJalonRefusee, match="« Vieux livret » ne vaut pas le"):
        noter(
            base, acteur, formation_id, jalon_id, Acte.ATTEINDRE, instance=CONSEIL, sous=Circonstances(2, perimee)
        )  # fmt: skip
    assert (compter(base, EvenementDeJalon), compter(base, EntreeJournal)) == avant
    assert lus(base, acteur, formation_id)[0].etat is Etat.CONVENU


def test_atteint_sur_la_valeur_de_son_indicateur_que_l_histoire_garde(ou: Ou) -> None:
    base, acteur, formation_id = ou
    jalon_id = proposer_un(base, acteur, formation_id, indicateur="abandon", sens="au_plus", valeur_visee=0.1)
    convenir(base, acteur, formation_id, jalon_id)
    vue = MesureCitee("abandon", "Abandon", "8 % (n = 45)", 0.08, "part", "promotion 2024-2025", "abandon@2026-11", "")
    masquee = replace(vue, valeur=None, texte="n.d. (effectif < 20)", masquee=True)
    with pytest.raises(SaisieDeJalonRefusee, match="sur preuve"):
        noter(
            base, acteur, formation_id, jalon_id, Acte.ATTEINDRE, instance=CONSEIL, valeur_vue=True,
            sous=Circonstances(2, mesure=masquee),
        )  # fmt: skip
    atteint = noter(
        base, acteur, formation_id, jalon_id, Acte.ATTEINDRE, instance=CONSEIL, valeur_vue=True,
        sous=Circonstances(2, mesure=vue),
    )  # fmt: skip
    assert atteint.evenements[-1].motif == (
        "Valeur vue : Abandon, 8 % (n = 45), promotion 2024-2025 (abandon@2026-11)."
    )


def test_reporter_puis_abandonner_puis_rouvrir_garde_toute_l_histoire(ou: Ou) -> None:
    base, acteur, formation_id = ou
    jalon_id = proposer_un(base, acteur, formation_id)
    convenir(base, acteur, formation_id, jalon_id)
    plus_tard = aujourd_hui() + timedelta(days=400)
    reporte = noter(base, acteur, formation_id, jalon_id, Acte.REPORTER, motif="Forum décalé.", echeance=plus_tard)
    assert (reporte.etat, reporte.suivi.echeance, reporte.suivi.motif, reporte.numero) == (
        Etat.REPORTE,
        plus_tard,
        "Forum décalé.",
        1,
    )
    abandonne = noter(base, acteur, formation_id, jalon_id, Acte.ABANDONNER, motif="Sans suite.")
    assert (abandonne.etat, abandonne.numero) == (Etat.ABANDONNE, None)
    rouvert = noter(base, acteur, formation_id, jalon_id, Acte.ROUVRIR, motif="Le partenaire revient.")
    assert (rouvert.etat, rouvert.suivi.convenu_le, rouvert.suivi.motif) == (Etat.CONVENU, HIER, "")
    assert [e.etat for e in rouvert.evenements] == ["propose", "convenu", "reporte", "abandonne", "rouvert"]


def test_deux_personnes_changent_le_meme_jalon_la_seconde_voit_le_texte_de_l_autre(ou: Ou) -> None:
    base, acteur, formation_id = ou
    jalon_id = proposer_un(base, acteur, formation_id)
    with base.ecriture() as session:
        changer(session, acteur, formation_id, jalon_id, replace(CONTENU, moyens="Un jour."), version=1)
    with pytest.raises(ConflitDeJalon) as conflit, base.ecriture() as session:
        changer(session, acteur, formation_id, jalon_id, replace(CONTENU, moyens="Deux jours."), version=1)
    assert (conflit.value.autre.contenu.moyens, conflit.value.autre.version) == ("Un jour.", 2)
    with pytest.raises(ConflitDeJalon):
        noter(
            base, acteur, formation_id, jalon_id, Acte.CONVENIR, par="tous", instance=CONSEIL, sous=Circonstances(1)
        )  # fmt: skip
    with base.ecriture() as session:
        meme = changer(session, acteur, formation_id, jalon_id, replace(CONTENU, moyens="Un jour."), version=1)
    assert meme.version == 2
    assert meme.evenements[-1].motif == "Changé : les moyens."


def test_vingt_changements_simultanes_un_seul_gagne_et_les_autres_le_savent(ou: Ou) -> None:
    base, acteur, formation_id = ou
    jalon_id = proposer_un(base, acteur, formation_id)
    depart = Barrier(20)

    def essayer(rang: int) -> str:
        depart.wait()
        try:
            with base.ecriture() as session:
                changer(session, acteur, formation_id, jalon_id, replace(CONTENU, moyens=f"Texte {rang}"), version=1)
        except ConflitDeJalon:
            return "conflit"
        return "range"

    with ThreadPoolExecutor(20) as fils:
        rendus = sorted(fils.map(essayer, range(20)))
    assert rendus == ["conflit"] * 19 + ["range"]
    assert compter(base, EvenementDeJalon) == 2


def test_l_echeance_convenue_ne_change_que_par_un_report(ou: Ou) -> None:
    base, acteur, formation_id = ou
    jalon_id = proposer_un(base, acteur, formation_id)
    convenir(base, acteur, formation_id, jalon_id)
    autre = replace(CONTENU, echeance=aujourd_hui() + timedelta(days=900))
    with pytest.raises(SaisieDeJalonRefusee, match="par un report"), base.ecriture() as session:
        changer(session, acteur, formation_id, jalon_id, autre, version=2)
    noter(base, acteur, formation_id, jalon_id, Acte.ABANDONNER, motif="Sans suite.")
    with pytest.raises(SaisieDeJalonRefusee, match="rouvrez-le"), base.ecriture() as session:
        changer(session, acteur, formation_id, jalon_id, replace(CONTENU, moyens="x"), version=3)


def test_le_cfa_propose_et_ne_note_pas_ce_qui_est_convenu(ou: Ou) -> None:
    base, acteur, formation_id = ou
    cfa = du_cfa(base, acteur, formation_id)
    jalon_id = proposer_un(base, cfa, formation_id)
    with base.ecriture() as session:
        changer(session, cfa, formation_id, jalon_id, replace(CONTENU, moyens="Un jour."), version=1)
    with pytest.raises(DroitManquant):
        convenir(base, cfa, formation_id, jalon_id)
    convenir(base, acteur, formation_id, jalon_id)
    with pytest.raises(DroitManquant), base.ecriture() as session:
        changer(session, cfa, formation_id, jalon_id, replace(CONTENU, moyens="Autre."), version=3)
    with pytest.raises(DroitManquant), base.ecriture() as session:
        placer(session, cfa, formation_id, jalon_id, "monter")
    preuve = prouver(base, cfa, formation_id, jalon_id)
    with pytest.raises(DroitManquant), base.ecriture() as session:
        retirer_d_un_jalon(session, cfa, formation_id, jalon_id, preuve)


def test_placer_change_les_numeros_et_seulement_dans_le_poste(ou: Ou) -> None:
    base, acteur, formation_id = ou
    ids = [proposer_un(base, acteur, formation_id, intitule=f"Jalon {n}") for n in range(3)]
    ailleurs = proposer_un(base, acteur, formation_id, poste=2)
    for jalon_id in ids:
        convenir(base, acteur, formation_id, jalon_id)
    noter(base, acteur, formation_id, ids[1], Acte.ABANDONNER, motif="Sans suite.")
    for sens, attendu in (("monter", [ids[2], ids[0]]), ("monter", [ids[2], ids[0]]), ("descendre", [ids[0], ids[2]])):
        with base.ecriture() as session:
            placer(session, acteur, formation_id, ids[2], sens)
        numerotes = {jalon.numero: jalon.id for jalon in lus(base, acteur, formation_id) if jalon.numero}
        assert [numerotes[1], numerotes[2]] == attendu
    assert [jalon.rang for jalon in lus(base, acteur, formation_id) if jalon.id == ailleurs] == [1]
    assert actes_au_journal(base, ids[2])[2:] == ["jalons ordonnés"] * 2


def test_une_preuve_de_la_grille_se_cite_et_celle_d_ailleurs_n_existe_pas(ou: Ou) -> None:
    base, acteur, formation_id = ou
    autre = creer_formation(base, acteur, "RNCP35346-0352757G")
    with base.ecriture() as session:
        adresse = "https://intranet.exemple.invalid/livret.pdf"
        ici = ajouter_preuve(session, acteur, CommandePreuve(formation_id, "1.S1.1", "Livret", adresse))
        la_bas = ajouter_preuve(session, acteur, CommandePreuve(autre, "1.S1.1", "Autre livret", adresse))
    jalon_id = proposer_un(base, acteur, formation_id)
    with base.ecriture() as session:
        assert [preuve.id for preuve in preuves_citables(session, acteur, formation_id)] == [ici]
        jalon = lire_un_jalon(session, acteur, formation_id, jalon_id)
        citer_pour_un_jalon(session, acteur, jalon, ici, "page 2")
        citer_pour_un_jalon(session, acteur, jalon, ici, "page 3")
        citer_pour_un_jalon(session, acteur, lire_un_jalon(session, acteur, formation_id, jalon_id), ici)
        with pytest.raises(Introuvable):
            citer_pour_un_jalon(session, acteur, jalon, la_bas)
        session.get_one(Preuve, la_bas).partagee = True
        session.flush()
        citer_pour_un_jalon(session, acteur, jalon, la_bas)
    preuves = lus(base, acteur, formation_id)[0].preuves
    assert [(preuve.id, preuve.emplacement) for preuve in preuves] == [(ici, "page 3"), (la_bas, "")]


def test_la_derniere_preuve_d_un_jalon_atteint_ne_se_detache_pas(ou: Ou) -> None:
    base, acteur, formation_id = ou
    jalon_id = proposer_un(base, acteur, formation_id)
    convenir(base, acteur, formation_id, jalon_id)
    premiere, seconde = (prouver(base, acteur, formation_id, jalon_id, titre) for titre in ("Un", "Deux"))
    noter(base, acteur, formation_id, jalon_id, Acte.ATTEINDRE, instance=CONSEIL)
    with base.ecriture() as session:
        retirer_d_un_jalon(session, acteur, formation_id, jalon_id, premiere)
    with pytest.raises(SaisieDeJalonRefusee, match="seule preuve"), base.ecriture() as session:
        retirer_d_un_jalon(session, acteur, formation_id, jalon_id, seconde)
    with pytest.raises(Introuvable), base.ecriture() as session:
        retirer_d_un_jalon(session, acteur, formation_id, jalon_id, premiere)
    assert compter(base, Preuve) == 2


def test_rien_d_un_autre_etablissement(ou: Ou) -> None:
    base, acteur, formation_id = ou
    etranger = creer_compte(base, "Université de l'Autre Rive", Role.REFERENT_QUALITE, "autre@rive.invalid", "0352757G")
    jalon_id = proposer_un(base, acteur, formation_id)
    ailleurs = creer_formation(base, etranger, "RNCP35346-0352757G")
    avant = compter(base, Jalon)
    with pytest.raises(Introuvable):
        lus(base, etranger, formation_id)
    with pytest.raises(Introuvable):
        proposer_un(base, etranger, formation_id)
    with pytest.raises(Introuvable):
        convenir(base, etranger, ailleurs, jalon_id)
    assert compter(base, Jalon) == avant


def test_un_lecteur_lit_et_n_ecrit_rien(ou: Ou) -> None:
    base, acteur, formation_id = ou
    jalon_id = proposer_un(base, acteur, formation_id)
    lecteur = creer_collegue(base, acteur, Role.LECTEUR, "Lectrice")
    assert len(lus(base, lecteur, formation_id)) == 1
    for geste in (
        lambda: proposer_un(base, lecteur, formation_id),
        lambda: convenir(base, lecteur, formation_id, jalon_id),
    ):
        with pytest.raises((DroitManquant, Introuvable)):
            geste()


def test_lire_coute_quatre_requetes_quel_que_soit_leur_nombre(ou: Ou) -> None:
    base, acteur, formation_id = ou
    for rang in range(6):
        convenir(base, acteur, formation_id, proposer_un(base, acteur, formation_id, intitule=f"Jalon {rang}"))
    requetes: list[str] = []
    with base.lecture() as session:
        event.listen(session.connection(), "before_cursor_execute", lambda *recus: requetes.append(recus[2]))
        assert len(lire_jalons(session, acteur, formation_id)) == 6
    assert len(requetes) == 4
