// The live preview: the open page follows its files, and says where its rows come from and what is wrong with them.
// This runs before the scripts of the theme, since it must know what the page was before they change it.
"use strict";
(() => {
  const $ = (query, node = document) => node.querySelector(query);
  const $$ = (query, node = document) => [...node.querySelectorAll(query)];
  const make = (tag, name = "", text = "") => {
    const node = document.createElement(tag);
    if (name) node.className = name;
    node.textContent = text;
    return node;
  };
  const html = document.documentElement;
  const root = new URL(html.dataset.root || "./", location.href);
  const within = location.pathname.slice(root.pathname.length);
  const page = decodeURIComponent(within === "" || within.endsWith("/") ? `${within}index.html` : within);
  const live = (path = "") => new URL(`_live${path && `/${path.split("/").map(encodeURIComponent).join("/")}`}`, root);

  // ---- The page as the server made it, and which node of the document stands for which node of it ----

  const nodes = new WeakMap();
  const link = (model, node) => {
    nodes.set(model, node);
    for (let index = 0; index < model.childNodes.length; index += 1) link(model.childNodes[index], node.childNodes[index]);
  };
  const relink = (before, after) => {
    nodes.set(after, nodes.get(before));
    for (let index = 0; index < after.childNodes.length; index += 1) relink(before.childNodes[index], after.childNodes[index]);
  };
  let model = document.body.cloneNode(true);
  link(model, document.body);

  const key = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.id || $("[id]", node)?.id : "");
  // Pairs nodes that are one another's: those with the same id, and between them those of the same kind, in order.
  const pair = (before, after) => {
    const partners = new Map();
    const places = new Map(before.map((node, place) => [key(node), place]).filter(([name]) => name));
    let from = 0;
    let open = [];
    const fill = (to) => {
      for (const node of open) {
        let place = from;
        while (place < to && before[place].nodeName !== node.nodeName) place += 1;
        if (place < to) {
          partners.set(node, before[place]);
          from = place + 1;
        }
      }
      open = [];
    };
    for (const node of after) {
      const place = places.get(key(node)) ?? -1;
      if (place < from) open.push(node);
      else {
        fill(place);
        partners.set(node, before[place]);
        from = place + 1;
      }
    }
    fill(before.length);
    return partners;
  };
  // Only what differs between two models is done to the document, so all else of it stays: focus, selection, what is
  // open or checked, and whatever other scripts added.
  const sync = (before, after) => {
    const node = nodes.get(before);
    nodes.set(after, node);
    if (after.nodeType !== Node.ELEMENT_NODE) {
      if (before.data !== after.data) node.data = after.data;
      return;
    }
    for (const { name, value } of after.attributes) {
      if (name === "class" || before.getAttribute(name) === value) continue;
      node.setAttribute(name, value);
    }
    for (const { name } of before.attributes) if (name !== "class" && !after.hasAttribute(name)) node.removeAttribute(name);
    node.classList.remove(...[...before.classList].filter((name) => !after.classList.contains(name)));
    node.classList.add(...[...after.classList].filter((name) => !before.classList.contains(name)));

    let olds = [...before.childNodes];
    let news = [...after.childNodes];
    let place = null;
    while (olds.length && news.length && olds[0].isEqualNode(news[0])) {
      relink(olds[0], news[0]);
      place = nodes.get(olds[0]);
      olds = olds.slice(1);
      news = news.slice(1);
    }
    while (olds.length && news.length && olds[olds.length - 1].isEqualNode(news[news.length - 1])) relink(olds.pop(), news.pop());
    const partners = pair(olds, news);
    const kept = new Set(partners.values());
    for (const old of olds) if (!kept.has(old)) nodes.get(old).remove();
    for (const next of news) {
      const old = partners.get(next);
      if (old) {
        if (old.isEqualNode(next)) relink(old, next); else sync(old, next);
        place = nodes.get(old);
        continue;
      }
      const made = document.importNode(next, true);
      link(next, made);
      if (place) place.after(made); else node.prepend(made);
      place = made;
    }
  };

  // ---- What the reader looks at stays where it is in the window ----

  const still = (change) => {
    const top = $(".bar")?.getBoundingClientRect().bottom ?? 0;
    const seen = scrollY > 0
      ? $$("main .row[id]").map((row) => [row, row.getBoundingClientRect()]).filter(([, box]) => box.bottom > top && box.top < innerHeight)
      : [];
    html.style.overflowAnchor = "none";
    change();
    const first = seen.find(([row]) => row.isConnected);
    if (first) scrollBy({ top: first[0].getBoundingClientRect().top - first[1].top, behavior: "instant" });
    requestAnimationFrame(() => requestAnimationFrame(() => { html.style.overflowAnchor = ""; }));
  };

  // ---- Updates ----

  let notes = { held: false, styles: "", top: [], rows: {}, places: {} };
  let told = "";
  const update = async () => {
    const answer = await fetch(location.pathname);
    if ("missing" in html.dataset) {
      if (answer.ok) location.reload();
      return;
    }
    if (answer.ok) {
      const next = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const sheet of $$('link[rel="stylesheet"]', next)) {
        const known = $$('link[rel="stylesheet"]').some((each) => each.getAttribute("href").split("?")[0] === sheet.getAttribute("href"));
        if (!known) document.head.append(document.importNode(sheet));
      }
      if (document.title !== next.title) document.title = next.title;
      if (!model.isEqualNode(next.body)) {
        still(() => {
          sync(model, next.body);
          model = next.body;
        });
        document.dispatchEvent(new CustomEvent("bilingual:update"));
      }
    }
    await readNotes(answer.ok);
  };
  const readNotes = async (there = true) => {
    const text = await (await fetch(live(page))).text();
    if (text === told && there) {
      if (!$(".live-notes")) showNotes(there);
      return;
    }
    const styles = notes.styles;
    told = there ? text : "";
    notes = JSON.parse(text);
    if (styles && styles !== notes.styles) {
      for (const sheet of $$('link[rel="stylesheet"]')) sheet.href = `${sheet.getAttribute("href").split("?")[0]}?${notes.styles}`;
    }
    still(() => showNotes(there));
  };
  // One after the other: an event that comes while one is under way has another follow.
  const once = (work) => {
    let busy = false;
    let more = false;
    return async () => {
      more = true;
      if (busy) return;
      busy = true;
      try {
        while (more) {
          more = false;
          await work();
        }
      } catch { /* The server is away; the stream of events says when it is back. */ }
      busy = false;
    };
  };
  const refresh = once(update);
  const refreshNotes = once(readNotes);

  let source = null;
  const connect = () => {
    source?.close();
    source = new EventSource(live());
    const listen = (name, act) => source.addEventListener(name, (event) => {
      const pages = JSON.parse(event.data);
      act(pages);
    });
    const mine = (pages) => pages === "*" || pages.includes(page);
    source.addEventListener("open", refresh);
    source.addEventListener("error", () => { if (source.readyState === EventSource.CLOSED) setTimeout(connect, 1000); });
    listen("page", (pages) => { if (mine(pages)) refresh(); });
    listen("notes", (pages) => { if (mine(pages)) refreshNotes(); });
    listen("assets", (paths) => {
      for (const image of $$("img")) {
        const url = new URL(image.src);
        if (paths.includes(decodeURIComponent(url.pathname.slice(root.pathname.length)))) {
          url.search = Date.now();
          image.src = url;
        }
      }
    });
  };
  // Browsers keep few connections to one server, so pages that nobody sees keep none.
  document.addEventListener("visibilitychange", () => { if (document.hidden) source?.close(); else connect(); });
  addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
  connect();

  // ---- Notes: beside their rows, or at the top ----

  const copier = (text) => {
    const line = make("span", "live-place");
    const code = make("code", "", text);
    const button = make("button", "", "Copy");
    button.type = "button";
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text);
      } catch {
        getSelection().selectAllChildren(code);
        document.execCommand("copy");
      }
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    line.append(code, button);
    return line;
  };
  const note = (each) => {
    const item = make("li", `live-${each.severity}`);
    item.append(make("b", "", each.severity), ` ${each.message} `, make("small", "", each.code));
    if (each.excerpt) item.append(make("code", "live-excerpt", each.excerpt));
    if (each.hint) item.append(make("span", "live-hint", `hint: ${each.hint}`));
    item.append(copier(each.place));
    return item;
  };
  const list = (found, name) => {
    const node = make("ul", `live-notes ${name}`);
    node.lang = "en";
    node.dir = "ltr";
    node.setAttribute("aria-label", "Findings");
    node.append(...found.map(note));
    return node;
  };
  const showNotes = (there) => {
    for (const old of $$(".live-notes, .live-held")) old.remove();
    const top = [...notes.top];
    for (const [id, found] of Object.entries(notes.rows)) {
      const row = document.getElementById(id);
      if (!row) top.push(...found);
      else if (row.localName === "dt") row.append(list(found, "live-beside"));
      else row.after(list(found, "live-beside"));
    }
    const main = $("main");
    if (top.length) main.prepend(list(top, "live-top"));
    if (notes.held || !there) {
      const held = make("p", "live-held", there ? "This page is the last that could be made." : "This page is no longer in the book.");
      held.lang = "en";
      held.setAttribute("role", "status");
      main.prepend(held);
    }
  };

  // ---- Where a row comes from: a button among its tools, and its mark ----

  const where = make("div", "live-where");
  where.lang = "en";
  where.dir = "ltr";
  where.popover = "auto";
  document.body.append(where);
  const tools = $("#tools")?.content.firstElementChild;
  if (tools) {
    const button = make("button", "live-open", "#:");
    button.type = "button";
    button.title = "Where this comes from";
    button.setAttribute("aria-label", button.title);
    tools.append(button);
  }
  const rowOf = (button) => {
    const bar = button.closest(".tools");
    return bar ? bar.closest(".row") || bar.previousElementSibling : button.closest(".row");
  };
  const show = (near) => {
    const place = notes.places[rowOf(near)?.id];
    if (!place) return;
    const [origin, entries] = place;
    where.replaceChildren();
    for (const [entry, text] of entries) {
      if (entries.length > 1) where.append(make("q", "", text));
      where.append(copier(entry));
    }
    if (!entries.length) where.append(make("span", "live-hint", "No entry in a catalog."));
    where.append(copier(origin));
    where.showPopover();
    const box = near.getBoundingClientRect();
    const own = where.getBoundingClientRect();
    where.style.left = `${Math.max(8, Math.min(box.left, innerWidth - own.width - 8))}px`;
    where.style.top = `${box.bottom + own.height + 8 > innerHeight ? Math.max(8, box.top - own.height - 4) : box.bottom + 4}px`;
    $("button", where)?.focus({ preventScroll: true });
  };
  document.addEventListener("click", (event) => {
    const near = event.target.closest?.(".live-open, .row .mark");
    if (!near) return;
    event.stopPropagation(); // The theme takes any button among the tools for its own.
    show(near);
  }, true);
})();
