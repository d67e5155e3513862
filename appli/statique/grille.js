/* La grille : le clavier, et la garde de ce qui est tapé tant que le serveur ne l'a pas confirmé.
   L'enregistrement lui-même est fait par htmx (ou par le formulaire, sans script). */
(() => {
  "use strict";
  const PREFIXE = "trajectoire:grille:";
  const ESSAIS_MS = [2000, 5000, 15000, 30000, 60000];
  const reprises = new WeakMap();
  document.documentElement.classList.add("avec-script");

  const formulaireDe = (noeud) => noeud?.closest?.("form[data-brouillon]");
  const cleDe = (formulaire) => PREFIXE + formulaire.dataset.brouillon;
  const range = (action) => { try { return action(window.localStorage); } catch { return null; } };

  function contenu(formulaire) {
    const lu = new FormData(formulaire);
    return { etat: lu.get("etat") ?? "", motif: lu.get("motif") ?? "", commentaire: lu.get("commentaire") ?? "" };
  }

  const memes = (a, b) => a.etat === b.etat && a.motif.trim() === b.motif.trim() && a.commentaire.trim() === b.commentaire.trim();
  const version = (formulaire) => formulaire.querySelector('input[name="version"]')?.value ?? "0";

  function garder(formulaire) {
    const brouillon = { ...contenu(formulaire), version: version(formulaire) };
    range((memoire) => memoire.setItem(cleDe(formulaire), JSON.stringify(brouillon)));
  }

  function oublier(formulaire) { range((memoire) => memoire.removeItem(cleDe(formulaire))); }

  function dire(formulaire, texte) {
    const suivi = formulaire.querySelector(".ligne__suivi");
    suivi.querySelectorAll(".suivi__fait, .suivi__garde").forEach((n) => n.remove());
    const ligne = document.createElement("p");
    ligne.className = "suivi__garde";
    ligne.setAttribute("role", "status");
    ligne.textContent = texte;
    suivi.append(ligne);
  }

  /* Pas avant que htmx ne tienne le formulaire : l'envoi ferait changer de page. */
  function envoyer(formulaire, patience = 50) {
    if (!formulaire.isConnected) return;
    if (formulaire.hasAttribute("data-htmx-powered")) formulaire.requestSubmit();
    else if (patience) setTimeout(() => envoyer(formulaire, patience - 1), 200);
  }

  function reessayer(formulaire, raison) {
    garder(formulaire);
    const n = reprises.get(formulaire)?.n ?? 0;
    clearTimeout(reprises.get(formulaire)?.minuteur);
    const delai = ESSAIS_MS[Math.min(n, ESSAIS_MS.length - 1)];
    dire(formulaire, `${raison} Votre texte est gardé sur cet ordinateur ; nouvel essai dans ${delai / 1000} s.`);
    reprises.set(formulaire, { n: n + 1, minuteur: setTimeout(() => envoyer(formulaire), delai) });
  }

  function calmer(formulaire) {
    clearTimeout(reprises.get(formulaire)?.minuteur);
    reprises.delete(formulaire);
  }

  function reprendre(formulaire) {
    const texte = range((memoire) => memoire.getItem(cleDe(formulaire)));
    if (!texte) return;
    let brouillon;
    try { brouillon = JSON.parse(texte); } catch { return oublier(formulaire); }
    if (memes(brouillon, contenu(formulaire))) return oublier(formulaire);
    const radio = [...formulaire.querySelectorAll('input[name="etat"]')].find((r) => r.value === brouillon.etat);
    if (radio) radio.checked = true;
    for (const nom of ["motif", "commentaire"]) {
      const champ = formulaire.querySelector(`textarea[name="${nom}"]`);
      if (champ) champ.value = brouillon[nom];
    }
    const note = formulaire.querySelector(".ligne__note");
    if (brouillon.commentaire && note) note.open = true;
    formulaire.closest("details.perimetre")?.setAttribute("open", "");
    formulaire.querySelector('input[name="version"]').value = brouillon.version;
    dire(formulaire, "Texte retrouvé sur cet ordinateur ; enregistrement en cours.");
    envoyer(formulaire);
  }

  /* Une preuve qu'on décrit : gardée pendant la frappe, rendue au retour d'une session fermée, jamais envoyée seule. */
  const champsDe = (preuve) => ["titre", "adresse", "date_effet"].map((nom) => preuve.elements[nom]);
  const clePreuve = (preuve) => PREFIXE + preuve.dataset.preuve;

  function garderPreuve(preuve) {
    const dits = champsDe(preuve).map((champ) => champ.value);
    range((memoire) => (dits.some(Boolean)
      ? memoire.setItem(clePreuve(preuve), JSON.stringify(dits)) : memoire.removeItem(clePreuve(preuve))));
  }

  function rendrePreuve(preuve) {
    let dits;
    try { dits = JSON.parse(range((memoire) => memoire.getItem(clePreuve(preuve)))); } catch { return; }
    if (!Array.isArray(dits) || champsDe(preuve).some((champ) => champ.value)) return;
    champsDe(preuve).forEach((champ, rang) => { champ.value = String(dits[rang] ?? ""); });
    preuve.closest("details.preuves__ajout")?.setAttribute("open", "");
    preuve.closest("details.perimetre")?.setAttribute("open", "");
  }

  document.addEventListener("input", (e) => {
    const preuve = e.target.closest("form[data-preuve]");
    if (preuve) garderPreuve(preuve);
  });

  /* Cocher un état part aussitôt (« change ») : le laisser repartir après la pause d'une frappe l'enverrait deux fois. */
  document.addEventListener("input", (e) => {
    const formulaire = e.target.closest(".ligne__champs") && formulaireDe(e.target);
    if (formulaire) garder(formulaire);
    if (formulaire && e.target.type === "radio") e.stopPropagation();
  }, true);

  /* La version part au moment de l'envoi : deux enregistrements qui se suivent ne se contredisent pas. */
  document.addEventListener("htmx:before:request", (e) => {
    const { ctx } = e.detail;
    const formulaire = formulaireDe(ctx.sourceElement);
    if (formulaire && ctx.request.body instanceof URLSearchParams) ctx.request.body.set("version", version(formulaire));
  });

  document.addEventListener("htmx:after:request", (e) => {
    const { ctx } = e.detail;
    const formulaire = formulaireDe(ctx.sourceElement);
    if (!ctx.response) return;
    if (!ctx.response.headers.get("trajectoire-fragment")) {
      if (!ctx.sourceElement.closest(".grille, .presence")) return;
      e.preventDefault();
      if (ctx.sourceElement.matches(".presence")) return;
      if (!formulaire) return window.location.reload();
      const fermee = [401, 403].includes(ctx.response.status) || ctx.response.raw.redirected;
      reessayer(formulaire, fermee
        ? "Pas enregistré : votre session est fermée. Reconnectez-vous, puis rechargez cette page."
        : "Pas enregistré : le serveur n’a pas répondu.");
      return;
    }
    if (ctx.response.status === 200 && ctx.sourceElement.matches("form[data-preuve]")) {
      range((memoire) => memoire.removeItem(clePreuve(ctx.sourceElement)));
    }
    if (!formulaire) return;
    calmer(formulaire);
    if (ctx.response.status !== 200) return;
    const envoye = ctx.request.body instanceof URLSearchParams ? ctx.request.body : new URLSearchParams();
    const dit = { etat: envoye.get("etat") ?? "", motif: envoye.get("motif") ?? "", commentaire: envoye.get("commentaire") ?? "" };
    if (envoye.get("resolution") || memes(dit, contenu(formulaire))) oublier(formulaire);
  });

  document.addEventListener("htmx:error", (e) => {
    const formulaire = formulaireDe(e.detail.ctx?.sourceElement);
    if (formulaire) reessayer(formulaire, "Pas enregistré : la connexion est coupée.");
  });

  window.addEventListener("online", () => {
    document.querySelectorAll("form[data-brouillon]").forEach((f) => reprises.has(f) && envoyer(f));
  });

  /* Le clavier */
  const COUPE = PREFIXE + "sans-raccourcis";
  const actifs = () => !range((memoire) => memoire.getItem(COUPE));
  const visibles = () => [...document.querySelectorAll("[data-ligne]")];

  function aller(ligne) {
    if (!ligne) return;
    ligne.closest("details.perimetre")?.setAttribute("open", "");
    ligne.focus({ preventScroll: true });
    ligne.scrollIntoView({ block: "nearest" });
  }

  function voisine(pas) {
    const toutes = visibles();
    const ici = toutes.indexOf(document.activeElement?.closest?.("[data-ligne]"));
    if (ici < 0) return toutes[0];
    return toutes[ici + pas] ?? (pas > 0 ? document.getElementById("fin") : null);
  }

  function choisir(ligne, chiffre) {
    const radios = ligne?.querySelectorAll('input[name="etat"]') ?? [];
    const radio = chiffre === 0 ? radios[radios.length - 1] : radios[chiffre - 1];
    if (!radio || (chiffre && radio.value === "")) return;
    if (!radio.checked) radio.click();
    if (radio.value === "sans_objet") ligne.querySelector('textarea[name="motif"]')?.focus();
  }

  function ouvrir(ligne, details, champ) {
    const boite = ligne?.querySelector(details);
    if (!boite) return;
    boite.open = true;
    boite.querySelector(champ)?.focus();
  }

  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || !actifs()) return;
    const ligne = document.activeElement?.closest?.("[data-ligne]");
    const saisie = document.activeElement?.matches?.("textarea, input:not([type=radio]), select");
    if (saisie) {
      if (e.key === "Escape" && ligne) aller(ligne);
      return;
    }
    const surLigne = document.activeElement === ligne;
    if (e.key === "j" || (e.key === "ArrowDown" && surLigne)) aller(voisine(1));
    else if (e.key === "k" || (e.key === "ArrowUp" && surLigne)) aller(voisine(-1));
    else if (ligne && /^[0-4]$/.test(e.key)) choisir(ligne, Number(e.key));
    else if (e.key === "n") document.querySelector(".grille__fin .bouton")?.click();
    else if (ligne && e.key === "e") ouvrir(ligne, ".preuves__ajout", 'select[name="preuve"], input[name="titre"]');
    else if (ligne && e.key === "c") ouvrir(ligne, ".ligne__note", "textarea");
    else return;
    e.preventDefault();
  });

  /* Une preuve ajoutée remplace le formulaire qui tenait le focus : il revient à la ligne. */
  document.addEventListener("htmx:after:swap", (e) => {
    const cible = e.detail.ctx?.request.headers["HX-Target"] ?? "";
    if (!cible.startsWith("div#preuves-") || document.activeElement !== document.body) return;
    aller(document.querySelector(cible)?.closest("[data-ligne]"));
  });

  document.addEventListener("click", (e) => {
    const bouton = e.target.closest("[data-suivant]");
    if (bouton) setTimeout(() => aller(voisine(1)), 0);
  });

  const boite = document.querySelector("[data-raccourcis]");
  if (boite) {
    boite.hidden = false;
    const case_ = boite.querySelector("input");
    case_.checked = actifs();
    case_.addEventListener("change", () =>
      range((memoire) => (case_.checked ? memoire.removeItem(COUPE) : memoire.setItem(COUPE, "1"))));
  }
  window.addEventListener("load", () => {
    document.querySelectorAll("form[data-brouillon]").forEach(reprendre);
    document.querySelectorAll("form[data-preuve]").forEach(rendrePreuve);
  });
})();
