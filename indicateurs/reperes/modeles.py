"""Les repères importés de données ouvertes (InserSup, InserJeunes), tels que leur producteur les a publiés."""

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from charte.commun.base import cle_primaire, reference


class RepereImporte(SQLModel, table=True):
    """Une valeur publiée, avec ce qui la rend comparable ou non.

    `jeu` : format de la source ; `schema` : A ou B (InserSup), vide sinon. `perimetre` : UAI, identifiant Paysage ou
    région ; `diplome` : code ou intitulé publié. `population` : « diplômé », « ensemble »… `champ` : ce que la mesure
    couvre en plus (genre, nationalité, régime, niveau), en texte. `marqueur` : nd, na, *, ** ; sans valeur, il dit
    pourquoi. `indicateur` : la colonne du format sans son horizon (« tx_salarie »), `mois` : l'horizon, 0 sans objet.
    `valeur` : une FRACTION pour une part (0.875 pour 87,5 %), des points pour un écart, un nombre pour un effectif.
    """

    __tablename__ = "repere_importe"
    __table_args__ = (
        UniqueConstraint(
            "etablissement_id", "jeu", "millesime", "perimetre", "diplome", "population", "champ", "indicateur", "mois"
        ),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    jeu: str = Field(max_length=40)
    schema_: str = Field(default="", max_length=4, sa_column_kwargs={"name": "schema"})
    millesime: str = Field(max_length=40)
    perimetre: str = Field(max_length=60)
    libelle: str = Field(default="", max_length=300)
    diplome: str = Field(default="", max_length=200)
    population: str = Field(default="", max_length=60)
    champ: str = Field(default="", max_length=300)
    indicateur: str = Field(max_length=60)
    mois: int = 0
    valeur: float | None = None
    numerateur: int | None = None
    denominateur: int | None = None
    marqueur: str = Field(default="", max_length=10)
    depot_id: int = Field(sa_column=reference("depot.id"))
    ligne: int
