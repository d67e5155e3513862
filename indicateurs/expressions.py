"""La petite langue des définitions : des expressions lues, vérifiées, jamais exécutées comme du code.

La grammaire est un sous-ensemble de celle de Python, avec `et`, `ou`, `non`, `dans` :
- noms : une colonne de la table (indicateurs/donnees/tables.yaml), un paramètre de la définition, `au` (la date
  d'observation) ;
- valeurs : nombres, textes entre guillemets, listes de textes à droite de `dans` ;
- comparaisons `<`, `<=`, `>`, `>=`, `==`, `!=`, enchaînées ou non ; calculs `+`, `-`, `*`, `/` sur des nombres ;
- fonctions : `plus_mois(date, n)` (mois de calendrier : 31 mai + 9 mois = dernier jour de février),
  `plus_jours(date, n)`, `jours_entre(a, b)` (b − a), `plus_tot(a, b, …)` (la première des dates connues),
  `connu(x)`.

Une comparaison avec une valeur absente est fausse, et une colonne logique absente aussi ; `non` porte sur ce
résultat. Diviser par zéro rend une valeur absente. Une expression mal écrite lève `ExpressionInvalide`, qui dit le
caractère et le remède.
"""

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from indicateurs.catalogue import Genre

__all__ = ["Expression", "ExpressionInvalide", "Noeud", "Parametres", "analyser"]

Parametre = int | float | str | tuple[str, ...]
Parametres = Mapping[str, Parametre]
Operation = Literal[
    "colonne", "valeur", "au", "et", "ou", "non", "compare", "dans", "connu", "calcul",
    "plus_mois", "plus_jours", "jours_entre", "plus_tot",
]  # fmt: skip

_MOTS = {"et": "and", "ou": "or", "non": "not", "dans": "in"}
_MOT_OU_TEXTE = re.compile(r'"[^"]*"|\'[^\']*\'|[A-Za-z_]\w*')
_COMPARAISONS: dict[type, str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=", ast.In: "dans",
}  # fmt: skip
_CALCULS: dict[type, str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_FONCTIONS = ("plus_mois", "plus_jours", "jours_entre", "plus_tot", "connu")
_NOMS_DE_GENRE = {"date": "une date", "nombre": "un nombre", "texte": "un texte", "logique": "un vrai ou faux"}
LONGUEUR_MAX = 2000


class ExpressionInvalide(ValueError):
    """Une expression mal écrite ; le message dit le caractère (compté à partir de 1), la faute et le remède."""


@dataclass(frozen=True)
class Noeud:
    """Une opération vérifiée. `valeur` : nom de colonne, constante, opérateur ou nombre de mois selon l'opération."""

    operation: Operation
    genre: Genre
    enfants: tuple["Noeud", ...] = ()
    valeur: Any = None


@dataclass(frozen=True)
class Expression:
    """Une expression vérifiée, et les colonnes qu'elle lit."""

    texte: str
    racine: Noeud

    @property
    def colonnes(self) -> frozenset[str]:
        """Les colonnes nommées."""
        return _colonnes(self.racine)


def analyser(texte: str, colonnes: Mapping[str, Genre], parametres: Parametres, attendu: Genre) -> Expression:
    """Lit `texte` ; lève `ExpressionInvalide` si elle est mal écrite ou n'est pas du genre attendu."""
    lecture = _Lecture(texte, colonnes, parametres)
    racine = lecture.lire()
    if racine.genre != attendu:
        raise ExpressionInvalide(f"{_NOMS_DE_GENRE[attendu]} est attendu, l'expression rend {_dire(racine)}")
    return Expression(texte, racine)


def _dire(noeud: Noeud) -> str:
    return _NOMS_DE_GENRE[noeud.genre]


def _colonnes(noeud: Noeud) -> frozenset[str]:
    propre = frozenset({noeud.valeur}) if noeud.operation == "colonne" else frozenset()
    return propre.union(*map(_colonnes, noeud.enfants))


class _Lecture:
    """La traduction d'un texte : Python en fait un arbre, que l'on relit nœud par nœud sans rien exécuter."""

    def __init__(self, texte: str, colonnes: Mapping[str, Genre], parametres: Parametres) -> None:
        doubles = sorted(colonnes.keys() & parametres.keys())
        if doubles:
            raise ExpressionInvalide(f"« {doubles[0]} » est à la fois une colonne et un paramètre ; renommez-le")
        self.texte, self.colonnes, self.parametres = texte, colonnes, parametres
        self.python, self.origines = _en_python(texte)

    def lire(self) -> Noeud:
        if len(self.texte) > LONGUEUR_MAX:
            raise ExpressionInvalide(f"expression de plus de {LONGUEUR_MAX} caractères ; coupez-la")
        try:
            return self.noeud(ast.parse(self.python, mode="eval").body)
        except SyntaxError as erreur:
            place = self._place((erreur.offset or 1) - 1)
            raise ExpressionInvalide(
                f"caractère {place} : expression mal formée ; vérifiez les parenthèses"
            ) from erreur
        except (RecursionError, MemoryError) as erreur:
            raise ExpressionInvalide("expression trop imbriquée ; simplifiez-la") from erreur

    def noeud(self, lu: ast.AST) -> Noeud:
        traductions: dict[type, Callable[[Any], Noeud]] = {
            ast.BoolOp: self._liaison,
            ast.UnaryOp: self._unaire,
            ast.Compare: self._comparaison,
            ast.BinOp: self._calcul,
            ast.Call: self._appel,
            ast.Name: self._nom,
            ast.Constant: self._constante,
        }
        traduire = traductions.get(type(lu))
        if traduire is None:
            raise self.refus(lu, "cette écriture n'est pas permise ; voir docs/indicateurs.md")
        return traduire(lu)

    def refus(self, lu: ast.AST, raison: str) -> ExpressionInvalide:
        octets = getattr(lu, "col_offset", 0)
        place = len(self.python.encode()[:octets].decode(errors="ignore"))
        return ExpressionInvalide(f"caractère {self._place(place)} : {raison}")

    def _place(self, rang: int) -> int:
        return self.origines[min(max(rang, 0), len(self.origines) - 1)] + 1

    def _du_genre(self, lu: ast.AST, *genres: Genre) -> Noeud:
        noeud = self.noeud(lu)
        if noeud.genre not in genres:
            attendus = " ou ".join(_NOMS_DE_GENRE[genre] for genre in genres)
            raise self.refus(lu, f"{attendus} est attendu ici, pas {_dire(noeud)}")
        return noeud

    def _liaison(self, lu: ast.BoolOp) -> Noeud:
        enfants = tuple(self._du_genre(valeur, "logique") for valeur in lu.values)
        return Noeud("et" if isinstance(lu.op, ast.And) else "ou", "logique", enfants)

    def _unaire(self, lu: ast.UnaryOp) -> Noeud:
        if isinstance(lu.op, ast.Not):
            return Noeud("non", "logique", (self._du_genre(lu.operand, "logique"),))
        if isinstance(lu.op, ast.USub):
            nombre = self._du_genre(lu.operand, "nombre")
            if nombre.operation == "valeur":
                return Noeud("valeur", "nombre", valeur=-nombre.valeur)
            return Noeud("calcul", "nombre", (Noeud("valeur", "nombre", valeur=0), nombre), "-")
        raise self.refus(lu, "cette écriture n'est pas permise ; voir docs/indicateurs.md")

    def _comparaison(self, lu: ast.Compare) -> Noeud:
        termes = [lu.left, *lu.comparators]
        paires = zip(lu.ops, termes, termes[1:], strict=False)
        liees = tuple(self._une_comparaison(lu, type(op), gauche, droite) for op, gauche, droite in paires)
        return liees[0] if len(liees) == 1 else Noeud("et", "logique", liees)

    def _une_comparaison(self, lu: ast.Compare, op: type, gauche: ast.AST, droite: ast.AST) -> Noeud:
        if op not in _COMPARAISONS:
            raise self.refus(lu, "comparaison inconnue ; attendu : <, <=, >, >=, ==, != ou « dans »")
        if op is ast.In:
            return Noeud("dans", "logique", (self._du_genre(gauche, "texte"),), self._liste(droite))
        a, b = self.noeud(gauche), self.noeud(droite)
        if a.genre != b.genre:
            raise self.refus(droite, f"{_dire(a)} ne se compare pas à {_dire(b)}")
        if a.genre in ("texte", "logique") and op not in (ast.Eq, ast.NotEq):
            raise self.refus(droite, f"{_dire(a)} ne se compare que par == ou !=")
        return Noeud("compare", "logique", (a, b), _COMPARAISONS[op])

    def _liste(self, lu: ast.AST) -> tuple[str, ...]:
        if isinstance(lu, ast.Name) and isinstance(self.parametres.get(lu.id), tuple):
            return self.parametres[lu.id]  # type: ignore[return-value]
        if isinstance(lu, ast.List | ast.Tuple) and lu.elts:
            valeurs = [self.noeud(element) for element in lu.elts]
            if all(noeud.operation == "valeur" and noeud.genre == "texte" for noeud in valeurs):
                return tuple(noeud.valeur for noeud in valeurs)
        raise self.refus(lu, 'après « dans », une liste de textes est attendue : ["cdi", "cdd"]')

    def _calcul(self, lu: ast.BinOp) -> Noeud:
        if type(lu.op) not in _CALCULS:
            raise self.refus(lu, "calcul inconnu ; attendu : +, -, * ou /")
        gauche, droite = self._du_genre(lu.left, "nombre"), self._du_genre(lu.right, "nombre")
        if isinstance(lu.op, ast.Add) and gauche.operation == droite.operation == "valeur":
            return Noeud("valeur", "nombre", valeur=gauche.valeur + droite.valeur)
        return Noeud("calcul", "nombre", (gauche, droite), _CALCULS[type(lu.op)])

    def _nom(self, lu: ast.Name) -> Noeud:
        if lu.id == "au":
            return Noeud("au", "date")
        if lu.id in self.colonnes:
            return Noeud("colonne", self.colonnes[lu.id], valeur=lu.id)
        if lu.id in self.parametres:
            return self._valeur(lu, self.parametres[lu.id])
        connus = ", ".join([*self.colonnes, *self.parametres, "au"])
        raise self.refus(lu, f"« {lu.id} » n'est ni une colonne ni un paramètre ; connus : {connus}")

    def _constante(self, lu: ast.Constant) -> Noeud:
        return self._valeur(lu, lu.value)

    def _valeur(self, lu: ast.AST, valeur: object) -> Noeud:
        if isinstance(valeur, str):
            return Noeud("valeur", "texte", valeur=valeur)
        if isinstance(valeur, int | float) and not isinstance(valeur, bool):
            return Noeud("valeur", "nombre", valeur=valeur)
        raise self.refus(lu, "un nombre ou un texte entre guillemets est attendu ici")

    def _appel(self, lu: ast.Call) -> Noeud:
        nom = lu.func.id if isinstance(lu.func, ast.Name) else ""
        if nom not in _FONCTIONS or lu.keywords:
            raise self.refus(lu, f"fonction inconnue ; attendu : {', '.join(_FONCTIONS)}, sans argument nommé")
        if nom == "connu":
            self._compter(lu, 1)
            return Noeud("connu", "logique", (self.noeud(lu.args[0]),))
        if nom in ("plus_mois", "plus_jours"):
            return self._decalage(lu, nom)
        if nom == "jours_entre":
            self._compter(lu, 2)
        elif len(lu.args) < 2:
            raise self.refus(lu, "plus_tot attend au moins deux dates")
        dates = tuple(self._du_genre(argument, "date") for argument in lu.args)
        genre: Genre = "nombre" if nom == "jours_entre" else "date"
        return Noeud(nom, genre, dates)  # type: ignore[arg-type]

    def _decalage(self, lu: ast.Call, nom: str) -> Noeud:
        self._compter(lu, 2)
        jour, combien = self._du_genre(lu.args[0], "date"), self._du_genre(lu.args[1], "nombre")
        if combien.operation != "valeur" or not isinstance(combien.valeur, int):
            raise self.refus(lu.args[1], f"{nom} attend un nombre entier écrit ou un paramètre, pas une colonne")
        return Noeud(nom, "date", (jour,), combien.valeur)  # type: ignore[arg-type]

    def _compter(self, lu: ast.Call, combien: int) -> None:
        if len(lu.args) != combien:
            nom = lu.func.id if isinstance(lu.func, ast.Name) else "cette fonction"
            raise self.refus(lu, f"{nom} attend {combien} argument(s), {len(lu.args)} lu(s)")


def _en_python(texte: str) -> tuple[str, list[int]]:
    """Le texte avec les mots de Python, et, pour chaque caractère rendu, sa place dans le texte d'origine."""
    rendu: list[str] = []
    origines: list[int] = []
    fin = 0
    for mot in _MOT_OU_TEXTE.finditer(texte):
        entre, remplacant = texte[fin : mot.start()], _MOTS.get(mot.group(), mot.group())
        rendu += [entre, remplacant]
        origines += [*range(fin, mot.start()), *(min(mot.start() + i, mot.end() - 1) for i in range(len(remplacant)))]
        fin = mot.end()
    rendu.append(texte[fin:])
    origines += [*range(fin, len(texte)), len(texte)]
    # Une expression peut tenir sur plusieurs lignes du fichier : pour Python, elle n'en a qu'une.
    return "".join(rendu).replace("\n", " ").replace("\r", " ").replace("\t", " ").rstrip() or "()", origines
