// Le courriel mène à /lien#CODE : ce qui suit « # » n'est jamais envoyé au serveur. On le range dans le champ, puis on
// l'ôte de l'adresse, que le navigateur garderait dans son historique. Sans JavaScript, le code se colle à la main.
"use strict";
const champ = document.getElementById("jeton");
const code = decodeURIComponent(window.location.hash.slice(1));
if (champ && /^[\w-]{20,200}$/.test(code)) {
  champ.value = code;
  history.replaceState(null, "", window.location.pathname);
}
