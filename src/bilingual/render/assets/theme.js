// Runs in the head, before anything is drawn: the theme and the view that the reader chose.
"use strict";
(() => {
  const root = document.documentElement;
  const stored = (key) => { try { return localStorage.getItem(`bilingual-${key}`); } catch { return null; } };
  root.classList.replace("no-js", "js");
  const theme = stored("theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  if (root.dataset.view !== "both") return;
  const known = /^(auto|side|stacked|sentences|reveal)$/;
  const view = [new URLSearchParams(location.search).get("view"), stored("view")].find((name) => known.test(name || ""));
  if (!view) return;
  const check = () => {
    const choice = document.getElementById(`view-${view}`);
    if (choice) choice.checked = true;
    return choice;
  };
  const watch = new MutationObserver(() => { if (check()) watch.disconnect(); });
  watch.observe(root, { childList: true, subtree: true });
  document.addEventListener("DOMContentLoaded", () => { watch.disconnect(); check(); });
})();
