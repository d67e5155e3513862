"""Le modèle de notice d'information des apprentis (RGPD, art. 13 et 14), rempli avec ce que l'outil sait."""

from dataclasses import dataclass

from appli.donnees_personnelles.registre import A_COMPLETER, Contact, Politique, Traitement


@dataclass(frozen=True)
class Paragraphe:
    """Un titre, ses phrases, et ce qui reste à compléter (montré entre crochets)."""

    titre: str
    phrases: tuple[str, ...]


def blanc(quoi: str) -> str:
    """Un blanc bien visible : « [adresse : à compléter par l’établissement] »."""
    return f"[{quoi} : {A_COMPLETER}]"


def dire_le_contact(contact: Contact | None, quoi: str) -> str:
    """« Nom, courriel, adresse » ; un blanc s'il n'est pas déclaré."""
    if contact is None:
        return blanc(quoi)
    coordonnees = [contact.courriel, contact.adresse]
    return ", ".join([contact.nom, *(c for c in coordonnees if c)]) if any(coordonnees) else (
        f"{contact.nom}, {blanc('courriel ou adresse')}"
    )  # fmt: skip


def rediger_la_notice(politique: Politique, etablissement: str, uai: str | None) -> tuple[Paragraphe, ...]:
    """Les paragraphes de la notice d'un établissement ; ce que l'outil ne sait pas y est un blanc."""
    suivi = next(t for t in politique.registre.traitements if t.cle == "suivi")
    declare = politique.responsable_de(uai)
    delegue = dire_le_contact(declare.delegue if declare else None, "délégué à la protection des données")
    responsable = dire_le_contact(declare.responsable if declare else Contact(nom=etablissement), "responsable")
    qui = (f"Le responsable du traitement est {responsable}.", f"Délégué à la protection des données : {delegue}.")
    destinataires = declare.destinataires if declare else ()
    return (
        Paragraphe("Qui est responsable", qui),
        *_les_donnees(suivi),
        _qui_les_voit(suivi, destinataires or (blanc("autres destinataires"),)),
        Paragraphe("Combien de temps", _durees(politique, suivi)),
        _les_droits(delegue),
    )


def _les_donnees(suivi: Traitement) -> tuple[Paragraphe, ...]:
    pourquoi = (
        suivi.finalite,
        f"Base légale : {_base(suivi)}. Aucune décision ne vous concernant n’est prise automatiquement.",
    )
    origine = (f"{suivi.origine}.", f"CFA qui transmettent vos données : {blanc('noms des CFA')}.")
    lesquelles = (
        f"{_majuscule(', '.join(_donnees(suivi)))}.",
        "Votre nom, votre prénom, votre date de naissance et votre INE servent à vous reconnaître d’un fichier à "
        "l’autre : il n’en reste que des empreintes, faites avec une clé secrète.",
        suivi.precision,
    )
    return (
        Paragraphe("Pourquoi vos données sont employées", pourquoi),
        Paragraphe("D’où elles viennent", origine),
        Paragraphe("Quelles données", lesquelles),
    )


def _qui_les_voit(suivi: Traitement, destinataires: tuple[str, ...]) -> Paragraphe:
    lecteurs = tuple(f"{_majuscule(qui)}." for qui in (*suivi.lecteurs, *destinataires))
    ailleurs = f"Transfert hors de l’Union européenne, hébergeur : {blanc('hébergement')}."
    return Paragraphe("Qui les voit", (*lecteurs, ailleurs))


def _durees(politique: Politique, suivi: Traitement) -> tuple[str, ...]:
    fichiers = politique.categories["fichiers_deposes"].en_clair
    return (
        f"Vos parcours et vos contrats : {politique.duree_de(suivi)}.",
        f"Les fichiers d’où elles viennent : {fichiers}, chiffrés.",
    )


def _les_droits(delegue: str) -> Paragraphe:
    phrases = (
        "Vous pouvez demander à voir vos données, à les faire rectifier ou effacer, à en limiter l’usage, et vous "
        "opposer au traitement pour une raison tenant à votre situation (RGPD, art. 15 à 18 et 21).",
        "L’effacement peut vous être refusé tant que la mission d’intérêt public l’exige (art. 17, §3) ; un refus "
        "vous est expliqué.",
        f"Écrivez au délégué à la protection des données : {delegue}. Une réponse vous est due en un mois "
        "(art. 12, §3).",
        "Vous pouvez aussi vous plaindre à la CNIL (art. 77) : www.cnil.fr.",
    )
    return Paragraphe("Vos droits", phrases)


def _base(suivi: Traitement) -> str:
    return f"{suivi.base_legale[0].lower()}{suivi.base_legale[1:]}"


def _donnees(suivi: Traitement) -> list[str]:
    return [clair for table in suivi.tables.values() for clair in table.personnelles.values()]


def _majuscule(texte: str) -> str:
    return texte[:1].upper() + texte[1:]


def notice_en_texte(titre: str, paragraphes: tuple[Paragraphe, ...]) -> str:
    """La notice en texte à reprendre (Markdown), blancs compris."""
    parties = [f"# {titre}", *(f"## {p.titre}\n\n" + "\n\n".join(p.phrases) for p in paragraphes)]
    return "\n\n".join(parties) + "\n"
