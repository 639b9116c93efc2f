// What the pages gain with JavaScript: remembered choices, keys, partners of sentences, tools of rows and of code.
"use strict";
(() => {
  const $ = (query, node = document) => node.querySelector(query);
  const $$ = (query, node = document) => [...node.querySelectorAll(query)];
  const root = document.documentElement;
  const article = $(".chapter");
  const toast = $(".toast");

  const recall = (key) => { try { return localStorage.getItem(`bilingual-${key}`); } catch { return null; } };
  const remember = (key, value) => { try { localStorage.setItem(`bilingual-${key}`, value); } catch { /* private */ } };

  let fading = 0;
  const say = (text) => {
    clearTimeout(fading);
    toast.textContent = text;
    toast.classList.add("on");
    fading = setTimeout(() => { toast.classList.remove("on"); toast.textContent = ""; }, 2600);
  };

  // ---- theme ----
  const theme = $(".theme");
  const paintTheme = () => {
    const now = root.dataset.theme || "auto";
    theme.title = `${theme.dataset[now]} (d)`;
    theme.setAttribute("aria-label", theme.dataset[now]);
    const paper = getComputedStyle(document.body).backgroundColor;
    for (const meta of $$('meta[name="theme-color"]')) meta.content = paper;
    return theme.dataset[now];
  };
  const nextTheme = () => {
    const order = ["auto", "light", "dark"];
    const now = order[(order.indexOf(root.dataset.theme || "auto") + 1) % 3];
    if (now === "auto") delete root.dataset.theme; else root.dataset.theme = now;
    remember("theme", now);
    say(paintTheme());
  };
  theme.addEventListener("click", nextTheme);
  if (root.dataset.theme) paintTheme();

  // ---- dialogs and panels ----
  const help = $("#help");
  const toc = $("#toc");
  for (const dialog of $$("dialog")) {
    // A click on the dialog itself, not on what it holds, is one on its backdrop.
    dialog.addEventListener("click", (event) => { if (event.target === dialog || event.target.closest("[data-close]")) dialog.close(); });
  }
  const openHelp = () => {
    $("#views").hidePopover?.();
    help.showModal();
  };
  $('[data-open="help"]').addEventListener("click", openHelp);
  const keysOn = $("#keys-on");
  keysOn.checked = recall("keys") !== "off";
  keysOn.addEventListener("change", () => remember("keys", keysOn.checked ? "on" : "off"));
  toc.addEventListener("toggle", (event) => {
    if (event.newState === "open") $("[aria-current]", toc)?.scrollIntoView({ block: "center" });
  });
  toc.addEventListener("click", (event) => { if (event.target.closest("a[href^='#']")) toc.hidePopover?.(); });

  // ---- rows ----
  let rows = [];
  const collect = () => { rows = article ? $$(".row", article).filter((row) => !$(".row", row)) : []; };
  collect();
  const barHeight = () => { const bar = $(".bar").getBoundingClientRect(); return Math.max(0, bar.bottom); };
  const shown = (row) => row.getClientRects().length > 0;
  const rowOf = (node) => node instanceof Element ? node.closest(".row:not(:has(.row))") : null;
  const topRow = () => {
    const edge = barHeight() + 14;
    let low = 0;
    let high = rows.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (rows[middle].getBoundingClientRect().bottom > edge) high = middle; else low = middle + 1;
    }
    return rows[low];
  };
  const currentRow = () => {
    const focused = rowOf(document.activeElement);
    return focused && article.contains(focused) ? focused : null;
  };

  // A view that changes the height of everything keeps the passage at the top of the window where it was.
  // Within a long one it keeps the part that has been read.
  let held = null;
  const hold = () => {
    if (!rows.length || scrollY < 40) { held = null; return; }
    const row = currentRow() || topRow();
    const { top, height } = row.getBoundingClientRect();
    held = { row, top: Math.max(top, barHeight()), part: Math.max(0, barHeight() - top) / (height || 1) };
  };
  const release = () => {
    if (!held || !shown(held.row)) return;
    const { top, height } = held.row.getBoundingClientRect();
    scrollBy({ top: top + Math.min(1, held.part) * height - held.top, behavior: "instant" });
    hold();
  };

  // ---- views ----
  const choices = $$(".view-choice");
  const settle = () => {
    const view = choices.find((choice) => choice.checked).value;
    remember("view", view);
    const url = new URL(location.href);
    if (view === "auto") url.searchParams.delete("view"); else url.searchParams.set("view", view);
    try { history.replaceState(history.state, "", url); } catch { /* some browsers refuse on file: */ }
    release();
    placeTools();
  };
  document.addEventListener("pointerdown", hold, true);
  document.addEventListener("keydown", hold, true);
  for (const choice of choices) choice.addEventListener("change", settle);
  const setView = (choice) => {
    if (!choice) return;
    choice.checked = true;
    settle();
    say(choice.parentElement.firstChild.nextSibling.textContent.trim());
  };
  const nextView = () => {
    if (!choices.length) return;
    const wide = matchMedia("(min-width: 48em)").matches;
    let at = choices.findIndex((choice) => choice.checked);
    if (at === 0) at = wide ? 1 : 2;
    setView(choices[at % (choices.length - 1) + 1]);
  };
  // The other pages of this chapter open at the same passage.
  const languages = $$("#views a[data-key]");
  const follow = (link, view) => {
    const row = currentRow() || (scrollY > 40 && rows.length ? topRow() : null);
    const url = new URL(link.href);
    if (row?.id) url.hash = row.id;
    if (view) url.searchParams.set("view", view);
    location.assign(url);
  };
  for (const link of languages) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      follow(link);
    });
  }
  const pressNumber = (number) => {
    if (number > 4) {
      const only = languages.filter((link) => link.dataset.key !== "both")[number - 5];
      if (only) follow(only);
    } else if (choices.length) setView(choices[number]);
    else {
      const both = languages.find((link) => link.dataset.key === "both");
      if (both) follow(both, ["auto", "side", "stacked", "sentences", "reveal"][number]);
    }
  };

  // ---- what is copied ----
  const plain = (node) => {
    const copy = node.cloneNode(true);
    for (const extra of $$(".mark, .anchor, .fnref, .code-tools, .sr-only", copy)) extra.remove();
    for (const math of $$("math", copy)) {
      const tex = $('annotation[encoding="application/x-tex"]', math)?.textContent || math.getAttribute("alttext") || math.textContent;
      math.replaceWith(math.getAttribute("display") === "block" ? `$$${tex}$$` : `$${tex}$`);
    }
    for (const image of $$("img", copy)) image.replaceWith(image.alt);
    if (node.matches(".code, pre") || $("pre", node)) return copy.textContent.trim();
    for (const line of $$("br", copy)) line.replaceWith("\n");
    for (const cell of $$("th, td", copy)) cell.append("\t");
    return copy.textContent.replace(/[^\S\n\t]+/g, " ").replace(/ *\n\s*/g, "\n").trim();
  };
  const copy = async (text, done) => {
    try {
      await navigator.clipboard.writeText(text);
      say(done);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      area.className = "sr-only";
      document.body.append(area);
      const focused = document.activeElement;
      area.select();
      say(document.execCommand("copy") ? done : toast.dataset.failed);
      area.remove();
      focused?.focus({ preventScroll: true });
    }
  };
  const copyPair = (row) => {
    const cells = $$(".cell", row);
    const texts = cells.length ? cells.map(plain) : [plain($(":scope > :not(.permalink, .code-tools)", row) || row)];
    copy([...new Set(texts)].join("\n\n"), toast.dataset.copied);
  };
  const copyLink = (row) => {
    const url = new URL(location.href);
    url.hash = row.id;
    copy(url.href, toast.dataset.link);
  };

  // ---- tools: one toolbar for all rows ----
  const tools = article ? $("#tools").content.firstElementChild.cloneNode(true) : null;
  let owner = null;
  function placeTools() {
    if (!owner || !tools.isConnected) return;
    const box = owner.getBoundingClientRect();
    const frame = article.getBoundingClientRect();
    const size = tools.getBoundingClientRect();
    const outside = innerWidth - frame.right > size.width + 12;
    tools.style.setProperty("top", `${box.top - article.getBoundingClientRect().top + (outside ? 4 : -size.height + 6)}px`);
    tools.style.setProperty("inset-inline-end", outside ? `${-size.width - 6}px` : "0");
  }
  const showTools = (row) => {
    if (!row || !row.id || row === owner || !article.contains(row)) return;
    owner = row;
    const edit = $(".edit", tools);
    if (edit) {
      edit.hidden = !row.dataset.line;
      edit.hash = row.dataset.line ? `L${row.dataset.line}` : "";
    }
    // It stands after its row, so that Tab leads from the row to it; a dl takes nothing between its terms.
    if (row.localName === "dt") row.append(tools); else row.after(tools);
    placeTools();
  };
  const hideTools = () => { owner = null; tools?.remove(); };
  const walk = (step) => {
    const visible = rows.filter(shown);
    if (!visible.length) return;
    const current = currentRow();
    const from = current ? visible.indexOf(current) : visible.indexOf(topRow()) - (step > 0 ? 1 : 0);
    const row = visible[Math.min(visible.length - 1, Math.max(0, from + step))];
    row.tabIndex = -1;
    row.focus({ preventScroll: true });
    const box = row.getBoundingClientRect();
    if (box.top < barHeight() + 24 || box.bottom > innerHeight - 24) {
      scrollBy({ top: box.top - barHeight() - Math.min(96, innerHeight / 5) });
    }
  };

  // ---- partners: the k-th sentence here and the k-th there, or the two cells ----
  let lit = [];
  const light = (target) => {
    const sentence = target instanceof Element ? target.closest(".s") : null;
    const cell = target instanceof Element ? target.closest(".cell") : null;
    let next = [];
    if (cell && article.contains(cell)) {
      const cells = $$(":scope > .cell", cell.parentElement);
      if (sentence) {
        const place = $$(":scope > .s", cell).indexOf(sentence);
        next = cells.map((one) => $$(":scope > .s", one)[place]).filter(Boolean);
      } else if (cells.length > 1 && !$(".s", cell)) next = cells;
      else next = lit;
    }
    for (const one of lit) if (!next.includes(one)) one.classList.remove("on");
    for (const one of next) one.classList.add("on");
    lit = next;
  };
  if (article) {
    const touch = (event) => event.pointerType !== "mouse" && event.pointerType !== "pen";
    article.addEventListener("pointerover", (event) => {
      if (touch(event)) return;
      light(event.target);
      showTools(rowOf(event.target));
    });
    article.addEventListener("pointerleave", (event) => {
      if (touch(event)) return;
      light(null);
      if (!currentRow() && !tools.contains(document.activeElement)) hideTools();
    });
    article.addEventListener("focusin", (event) => {
      if (tools.contains(event.target)) return;
      light(event.target);
      showTools(rowOf(event.target));
    });
    // A tap is what a finger has for hovering.
    document.addEventListener("click", (event) => {
      if (tools.contains(event.target)) return;
      if (getSelection()?.toString()) return;
      light(event.target);
      const row = rowOf(event.target);
      if (row && article.contains(row)) showTools(row); else hideTools();
    });
    tools.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.classList.contains("copy")) copyPair(owner); else copyLink(owner);
    });
    addEventListener("resize", placeTools);

    // Permalinks of hundreds of rows are no stops for Tab: j and k lead to the rows and their tools.
    const quiet = () => { for (const link of $$(".row:not(.h) > .permalink", article)) link.tabIndex = -1; };

    // ---- code ----
    const buttons = $("#code-tools").content.firstElementChild;
    const dress = () => { for (const row of $$(".row.code", article).filter((row) => !$(".code-tools", row))) {
      const bar = buttons.cloneNode(true);
      row.append(bar);
      bar.addEventListener("click", (event) => {
        const button = event.target.closest("button");
        if (!button) return;
        if (button.classList.contains("copy")) copy($$("pre", row).map((pre) => pre.textContent.replace(/\n$/, "")).join("\n\n"), toast.dataset.copied);
        else button.setAttribute("aria-pressed", String(row.classList.toggle("wrap")));
      });
    } };
    quiet();
    dress();

    // What is wider than its place can be scrolled with the keyboard.
    const wide = () => {
      for (const tie of $$(".tie.wide", article)) tie.classList.remove("wide");
      const formulas = $$(":is(.cell, .shared > p) math:not([display])", article).map((math) => math.closest(".tie") || math);
      for (const formula of formulas.filter((each) => each.getBoundingClientRect().width > each.closest(".cell, p").clientWidth + 1)) {
        let tie = formula;
        if (!tie.matches(".tie")) {
          tie = document.createElement("span");
          formula.replaceWith(tie);
          tie.append(formula);
        }
        tie.className = "tie wide";
      }
      for (const box of $$(".formula, pre, .table > .cell, .scroll, .diagram figure, code.block, .tie.wide", article)) {
        const scrolls = box.scrollWidth > box.clientWidth + 1;
        if (scrolls && !box.hasAttribute("tabindex")) {
          box.tabIndex = 0;
          box.setAttribute("role", "group");
          box.setAttribute("aria-label", toast.dataset.scroll);
        }
      }
    };
    if ("requestIdleCallback" in window) requestIdleCallback(wide); else setTimeout(wide, 300);
    document.fonts?.ready.then(wide); // formulas have other widths in their own font
    addEventListener("resize", wide);
    // The preview changed the page in place.
    document.addEventListener("bilingual:update", () => { collect(); quiet(); dress(); wide(); });
  }

  // ---- keys ----
  const turn = (rel, none) => {
    const link = $(`.pager [rel="${rel}"]`);
    if (link) location.assign(link.href); else say(none);
  };
  const actions = {
    d: nextTheme,
    m: () => toc.togglePopover?.(),
    "?": openHelp,
  };
  if (article) {
    Object.assign(actions, {
      j: () => walk(1),
      k: () => walk(-1),
      n: () => turn("next", toast.dataset.last),
      p: () => turn("prev", toast.dataset.first),
      v: nextView,
      c: () => { const row = currentRow() || owner; if (row) copyPair(row); },
      y: () => { const row = currentRow() || owner; if (row) copyLink(row); },
      Enter: (event) => {
        const row = event.target;
        const peek = row.matches?.(".row") ? $(":scope > .peek", row) : null;
        if (peek && shown(peek)) peek.checked = !peek.checked; else return true;
        return false;
      },
    });
    for (let number = 0; number < 7; number += 1) actions[number] = () => pressNumber(number);
  }
  function press(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (!keysOn.checked && event.key !== "?") return;
    if ($("dialog[open]") || event.target.closest?.("input:not(.peek, .view-choice), textarea, select, [contenteditable]")) return;
    const action = actions[event.key];
    if (!action || action(event) === true) return;
    event.preventDefault();
  }
  document.addEventListener("keydown", press);
  addEventListener("keydown", (event) => { if (event.key === "Escape") { light(null); hideTools(); } });
})();
