/* Ce que les essais mesurent dans la page : chaque fonction rend la liste de ses fautes, vide si tout va bien. */
(() => {
  const nom = (e) => {
    const id = e.id ? `#${e.id}` : "";
    const classe = e.classList && e.classList.length ? `.${e.classList[0]}` : "";
    return `${e.tagName.toLowerCase()}${id}${classe} « ${(e.textContent || "").trim().replace(/\s+/g, " ").slice(0, 40)} »`;
  };
  /* Une propriété héritée des ancêtres, calculée une fois par élément ; `oublier` quand la mise en page change. */
  let memoires = [];
  const oublier = () => { memoires.forEach((m) => m.clear()); };
  const remonter = (juger) => {
    const memoire = new Map();
    memoires.push(memoire);
    const chercher = (e) => {
      if (!e || e === document.documentElement) return null;
      if (!memoire.has(e)) memoire.set(e, juger(getComputedStyle(e)) ? e : chercher(e.parentElement));
      return memoire.get(e);
    };
    return chercher;
  };
  // Le texte réservé aux lecteurs d'écran est rogné à un pixel.
  const cache = remonter((s) => s.clipPath.startsWith("inset(50%"));
  const defile = remonter((s) => ["auto", "scroll"].includes(s.overflowX));
  // Une colonne collée recouvre, exprès et sur un fond opaque, ce qui défile sous elle.
  const colle = remonter((s) => s.position === "sticky");
  const visible = (e) => e.checkVisibility({ visibilityProperty: true }) && !cache(e);
  const couleur = (texte) => {
    const v = (texte.match(/[\d.]+/g) || []).map(Number);
    return { r: v[0] || 0, v: v[1] || 0, b: v[2] || 0, a: v.length > 3 ? v[3] : 1 };
  };
  const clarte = (c) => {
    const f = (x) => (x / 255 <= 0.04045 ? x / 255 / 12.92 : ((x / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * f(c.r) + 0.7152 * f(c.v) + 0.0722 * f(c.b);
  };
  const contraste = (a, b) => {
    const [x, y] = [clarte(a), clarte(b)].sort((m, n) => n - m);
    return (x + 0.05) / (y + 0.05);
  };
  const fond = (e) => {
    for (let a = e; a; a = a.parentElement) {
      const c = couleur(getComputedStyle(a).backgroundColor);
      if (c.a > 0.99) return c;
    }
    return couleur("rgb(255,255,255)");
  };

  const structure = () => {
    const fautes = [];
    const dire = (test, message) => { if (!test) fautes.push(message); };
    const tous = (s) => [...document.querySelectorAll(s)];
    const h1 = tous("h1");
    dire(document.documentElement.lang === "fr", "la langue de la page n'est pas « fr »");
    dire(h1.length === 1, `${h1.length} h1`);
    const specifique = document.title.replace(/^Erreur\s:\s/, "").replace(/ – Trajectoire$/, "");
    dire(document.title.endsWith(" – Trajectoire"), `titre sans le nom du site : ${document.title}`);
    dire(h1[0] && specifique.trim().replace(/\s+/g, " ").startsWith(h1[0].textContent.trim().replace(/\s+/g, " ")),
      `le titre « ${document.title} » ne commence pas par le h1`);
    let niveau = 0;
    for (const h of tous("h1, h2, h3, h4, h5, h6").filter((e) => e.checkVisibility())) {
      dire(+h.tagName[1] <= niveau + 1, `niveau de titre sauté : ${nom(h)} après un h${niveau}`);
      dire(h.textContent.trim(), `titre vide : ${nom(h)}`);
      niveau = +h.tagName[1];
    }
    for (const [s, n] of [["main", 1], ["body > header", 1], ["body > footer", 1]]) {
      dire(tous(s).length === n, `${tous(s).length} × ${s}`);
    }
    const reperes = tous("nav").map((e) => e.getAttribute("aria-label") || e.getAttribute("aria-labelledby"));
    dire(reperes.every(Boolean), "une navigation n'a pas de nom");
    dire(new Set(reperes).size === reperes.length, `navigations de même nom : ${reperes}`);
    const ids = tous("[id]").map((e) => e.id);
    const doubles = ids.filter((id, i) => ids.indexOf(id) !== i);
    dire(!doubles.length, `identifiants en double : ${doubles}`);
    for (const attribut of ["aria-labelledby", "aria-describedby", "aria-controls", "for", "form"]) {
      for (const e of tous(`[${attribut}]`)) {
        for (const id of e.getAttribute(attribut).split(/\s+/)) {
          dire(document.getElementById(id), `${nom(e)} : ${attribut} vise « ${id} », absent`);
        }
      }
    }
    for (const e of tous("a[href^='#']")) {
      const cible = decodeURIComponent(e.getAttribute("href").slice(1));
      dire(!cible || document.getElementById(cible), `lien vers « #${cible} », absent`);
    }
    for (const e of tous("table")) {
      dire(e.caption && e.caption.textContent.trim(), `tableau sans légende : ${nom(e)}`);
      dire([...e.querySelectorAll("th")].every((t) => t.scope), `en-tête sans portée : ${nom(e)}`);
    }
    for (const e of tous("[tabindex]")) dire(e.tabIndex <= 0, `tabindex positif : ${nom(e)}`);
    for (const e of tous("a[target]")) dire(e.target !== "_blank", `nouvelle fenêtre sans le dire : ${nom(e)}`);
    const vue = document.querySelector("meta[name=viewport]").content;
    dire(!/user-scalable\s*=\s*no|maximum-scale/.test(vue), `agrandissement interdit : ${vue}`);
    const evitement = document.querySelector("body a");
    dire(evitement && evitement.classList.contains("evitement"), "le premier lien n'est pas celui d'évitement");
    for (const e of tous("[aria-invalid=true]")) {
      dire((e.getAttribute("aria-describedby") || "").includes("err"), `erreur non reliée : ${nom(e)} ${e.name}`);
    }
    return fautes;
  };

  const lignesDeTexte = () => {
    const lignes = [];
    const marche = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let n = marche.nextNode(); n; n = marche.nextNode()) {
      const e = n.parentElement;
      if (!n.data.trim() || e.closest("svg, script, option, textarea, .evitement") || colle(e) || !visible(e)) continue;
      const conteneur = defile(e);
      const bornes = conteneur && conteneur.getBoundingClientRect();
      const portee = document.createRange();
      portee.selectNodeContents(n);
      for (const r of portee.getClientRects()) {
        if (r.width < 2 || r.height < 2) continue;
        if (bornes && (r.left >= bornes.right - 1 || r.right <= bornes.left + 1)) continue;
        lignes.push({ e, n, gauche: r.left, droite: r.right, haut: r.top, bas: r.bottom, libre: !conteneur });
      }
    }
    return lignes;
  };

  /* Des règles en plus de celles de la page (aucune : la page telle qu'elle est), posées seulement si elles changent. */
  let habit = "";
  const habiller = (regles) => {
    if (regles === habit) return [];
    habit = regles;
    const feuille = new CSSStyleSheet();
    feuille.replaceSync(regles);
    document.adoptedStyleSheets = regles ? [feuille] : [];
    return [];
  };

  const reflux = (regles) => {
    habiller(regles);
    oublier();
    const fautes = [];
    const largeur = document.documentElement.clientWidth;
    const total = document.documentElement.scrollWidth;
    if (total > largeur) fautes.push(`la page défile de ${total - largeur} px en largeur`);
    const lignes = lignesDeTexte();
    for (const l of lignes) {
      if (l.libre && (l.droite > largeur + 1 || l.gauche < -1)) fautes.push(`hors de l'écran : ${nom(l.e)}`);
    }
    for (const e of document.querySelectorAll("input, select, textarea, button, img, svg, progress")) {
      const r = e.getBoundingClientRect();
      if (visible(e) && r.width && !defile(e) && r.right > largeur + 1) fautes.push(`hors de l'écran : ${nom(e)}`);
    }
    for (const e of document.body.querySelectorAll("*")) {
      const s = getComputedStyle(e);
      const rogne = ["hidden", "clip"].includes(s.overflowX) || ["hidden", "clip"].includes(s.overflowY);
      if (!rogne || !e.textContent.trim() || !visible(e) || e.closest("svg, select, progress, input")) continue;
      if (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1) fautes.push(`texte coupé : ${nom(e)}`);
    }
    for (const e of document.querySelectorAll(".defile, pre")) {
      if (e.scrollWidth > e.clientWidth && visible(e) && e.tagName !== "PRE") {
        const nomme = e.getAttribute("aria-label") || e.getAttribute("aria-labelledby");
        if (e.tabIndex !== 0 || !nomme || !e.getAttribute("role")) fautes.push(`zone qui défile, sans nom ou hors clavier : ${nom(e)}`);
      }
    }
    lignes.sort((a, b) => a.haut - b.haut);
    for (let i = 0; i < lignes.length; i += 1) {
      for (let j = i + 1; j < lignes.length && lignes[j].haut < lignes[i].bas - 3; j += 1) {
        const [a, b] = [lignes[i], lignes[j]];
        const large = Math.min(a.droite, b.droite) - Math.max(a.gauche, b.gauche);
        const haut = Math.min(a.bas, b.bas) - b.haut;
        if (a.n !== b.n && large > 3 && haut > Math.min(a.bas - a.haut, b.bas - b.haut) * 0.4) {
          fautes.push(`textes qui se recouvrent : ${nom(a.e)} et ${nom(b.e)}`);
        }
      }
    }
    return [...new Set(fautes)].slice(0, 6);
  };

  /* Une case d'option ne compte qu'une fois par groupe ; le contenu d'un détail replié ne s'atteint pas. */
  const atteignables = () => {
    const vus = new Set();
    return [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")].filter((e) => {
      if (e.disabled || e.type === "hidden" || e.tabIndex < 0) return false;
      if (!e.checkVisibility({ visibilityProperty: true })) return false;
      if (e.type !== "radio") return true;
      const groupe = [...document.getElementsByName(e.name)].filter((r) => r.form === e.form);
      const coche = groupe.find((r) => r.checked) || groupe[0];
      if (e !== coche || vus.has(coche)) return false;
      vus.add(coche);
      return true;
    });
  };

  const contour = (e) => {
    const porteurs = [e, e.nextElementSibling, e.closest("label")].filter(Boolean);
    return porteurs.some((p) => {
      const s = getComputedStyle(p);
      const epais = s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2;
      const couleurs = [fond(p), fond(p.parentElement || p)].slice(parseFloat(s.outlineOffset) >= 0 ? 1 : 0);
      return epais && contraste(couleur(s.outlineColor), couleurs[0]) >= 3;
    });
  };

  const suivreLeFocus = () => {
    // Le tour part du haut de la page, même quand le focus est allé au résumé des erreurs.
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute("tabindex");
    window.arrets = [];
    window.attendus = atteignables();
    document.addEventListener("focusin", (evenement) => {
      const e = evenement.target;
      const r = e.getBoundingClientRect();
      const vu = r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth;
      window.arrets.push({ e, visible: contour(e), vu: vu || r.width === 0 });
    });
    return window.attendus.length;
  };

  // Après le dernier élément, le navigateur rend la main à la page ou repart du premier.
  const tourFini = () => {
    const rang = window.arrets.findIndex((a) => a.e === window.arrets[0].e && a !== window.arrets[0]);
    return rang > 0 || (window.arrets.length > 0 && document.activeElement === document.body);
  };

  const bilanDuFocus = () => {
    const fautes = [];
    const tour = window.arrets.map((a) => a.e);
    for (const a of window.arrets) {
      if (a.e === document.body) continue;
      if (!a.visible) fautes.push(`contour de focus absent ou trop pâle : ${nom(a.e)}`);
      if (!a.vu) fautes.push(`élément actif hors de l'écran : ${nom(a.e)}`);
    }
    let rang = -1;
    for (const e of window.attendus) {
      const suivant = tour.indexOf(e, rang + 1);
      if (suivant < 0) fautes.push(`jamais atteint, ou pas à sa place : ${nom(e)}`);
      else rang = suivant;
    }
    return [...new Set(fautes)].slice(0, 6);
  };

  const contrasteEleve = () => {
    const fautes = [];
    for (const e of document.querySelectorAll(".bouton, input:not([type=hidden], [type=radio], [type=checkbox], [type=file]), select, textarea")) {
      if (!visible(e)) continue;
      const s = getComputedStyle(e);
      if (parseFloat(s.borderTopWidth) < 1 || s.borderTopStyle === "none") fautes.push(`sans bord : ${nom(e)}`);
    }
    for (const nav of document.querySelectorAll("nav")) {
      const ici = nav.querySelector("a[aria-current]");
      const autre = nav.querySelector("li > a:not([aria-current])");
      if (!ici || !autre) continue;
      const [a, b] = [getComputedStyle(ici), getComputedStyle(autre)];
      const pareils = ["borderBottomColor", "borderBottomWidth", "color", "backgroundColor", "fontWeight", "textDecorationLine", "outlineStyle", "borderLeftColor", "borderLeftWidth"]
        .every((p) => a[p] === b[p]);
      if (pareils) fautes.push(`page courante indistincte : ${nav.getAttribute("aria-label")}`);
    }
    return fautes;
  };

  const mouvement = () => {
    const mobiles = [...document.querySelectorAll("*")].filter((e) => {
      const s = getComputedStyle(e);
      return s.transitionDuration.split(",").some((d) => parseFloat(d) > 0) || s.animationName !== "none" || s.scrollBehavior === "smooth";
    });
    return mobiles.slice(0, 3).map((e) => `bouge malgré la préférence : ${nom(e)}`);
  };

  const impression = () => {
    const fautes = [];
    for (const s of [".navigation", ".pied", ".bandeau__compte", ".evitement"]) {
      if ([...document.querySelectorAll(s)].some((e) => e.checkVisibility())) fautes.push(`s'imprime : ${s}`);
    }
    if (!document.querySelector("h1").checkVisibility()) fautes.push("le titre ne s'imprime pas");
    for (const e of document.querySelectorAll(".defile")) {
      if (e.checkVisibility() && getComputedStyle(e).overflowX !== "visible") fautes.push(`coupé à l'impression : ${nom(e)}`);
    }
    return fautes;
  };

  window.mesures = { structure, reflux, suivreLeFocus, tourFini, bilanDuFocus, contrasteEleve, mouvement, impression, habiller };
})();
