"""Une grande pièce s'écrit et se lit par morceaux : rien ne s'y coupe, ne s'y échange ni ne s'y ajoute."""

from pathlib import Path

import pytest

from charte.commun.coffre import MORCEAU, BilanDesPieces, Coffre, PieceIllisible, rechiffrer_les_pieces

CLE, NEUVE = bytes(range(32)), bytes(range(1, 33))
NOM = "a" * 32 + ".chiffre"


@pytest.fixture
def coffre(tmp_path: Path) -> Coffre:
    return Coffre(tmp_path / "coffre", CLE)


def ecrire(coffre: Coffre, *octets: bytes, nom: str = NOM) -> Path:
    with coffre.par_morceaux(nom) as piece:
        for bout in octets:
            piece.write(bout)
    return coffre.dossier / nom


@pytest.mark.parametrize("taille", [0, 1, MORCEAU - 1, MORCEAU, MORCEAU + 1, 3 * MORCEAU + 7])
def test_une_piece_se_relit_telle_quelle_quelle_que_soit_sa_taille(coffre: Coffre, taille: int) -> None:
    clair = bytes(rang % 251 for rang in range(taille))
    chemin = ecrire(coffre, clair[:10], clair[10:])
    assert b"".join(coffre.morceaux(NOM)) == clair
    assert max(map(len, coffre.morceaux(NOM))) <= MORCEAU
    assert taille < 100 or clair[:100] not in chemin.read_bytes()
    assert chemin.stat().st_mode & 0o777 == 0o600


def test_une_piece_coupee_allongee_echangee_ou_changee_est_refusee(coffre: Coffre) -> None:
    chemin = ecrire(coffre, bytes(2 * MORCEAU + 5))
    entier = chemin.read_bytes()
    morceau = MORCEAU + 12 + 16 + 4
    debut, premier, second = entier[:4], entier[4 : 4 + morceau], entier[4 + morceau : 4 + 2 * morceau]
    fin = entier[4 + 2 * morceau :]
    for mauvais in (
        debut + premier + second,
        debut + second + premier + fin,
        entier + b"x",
        entier[:-1],
        b"TRJ1" + entier[4:],
        debut + b"\xff\xff\xff\xff" + entier[8:],
        entier[:50] + bytes([entier[50] ^ 1]) + entier[51:],
    ):
        chemin.write_bytes(mauvais)
        with pytest.raises(PieceIllisible):
            list(coffre.morceaux(NOM))
    chemin.write_bytes(entier)
    chemin.rename(coffre.dossier / ("b" * 32 + ".chiffre"))
    for nom in (NOM, "b" * 32 + ".chiffre", "../ailleurs.chiffre"):
        with pytest.raises(PieceIllisible):
            list(coffre.morceaux(nom))


def test_une_ecriture_interrompue_ne_laisse_pas_de_piece(coffre: Coffre) -> None:
    def ecrire_a_demi() -> None:
        with coffre.par_morceaux(NOM) as piece:
            piece.write(b"x")
            raise InterruptedError

    with pytest.raises(InterruptedError):
        ecrire_a_demi()
    with pytest.raises(PieceIllisible):
        list(coffre.morceaux(NOM))
    assert [nom for nom in coffre.pieces() if not nom.startswith("ecriture-")] == []


def test_une_piece_par_morceaux_se_lit_pendant_un_changement_de_cle(coffre: Coffre) -> None:
    ecrire(coffre, b"clair")
    assert b"".join(Coffre(coffre.dossier, NEUVE, CLE).morceaux(NOM)) == b"clair"
    with pytest.raises(PieceIllisible):
        list(Coffre(coffre.dossier, NEUVE).morceaux(NOM))


def test_les_bilans_de_deux_coffres_s_ajoutent(coffre: Coffre) -> None:
    coffre.ranger(NOM, b"clair")
    bilan = rechiffrer_les_pieces(Coffre(coffre.dossier, NEUVE, CLE))
    assert bilan + BilanDesPieces(2, 3, ("x",)) == BilanDesPieces(3, 3, ("x",))
    assert Coffre(coffre.dossier, NEUVE).relire(NOM) == b"clair"
