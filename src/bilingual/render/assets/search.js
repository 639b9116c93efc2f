/* Search in both languages. It loads the index as scripts, which works from a disk too; render/_search.py writes it. */
(() => {
  "use strict";

  const dialog = document.getElementById("search");
  if (!dialog) return;
  const input = dialog.querySelector("input");
  const status = dialog.querySelector(".search-status");
  const list = dialog.querySelector(".search-results");
  const { root, view, source, target } = document.documentElement.dataset;
  const codes = [source, target];
  const sides = view === "both" ? [0, 1] : [codes.indexOf(view)];

  const BATCH = 50; // results shown at once
  const WAVE = 200; // rows whose texts are compared at once
  const LONG = 160; // characters of a text that are shown

  // Words and letters, as `tokens` and `fold` of render/_search.py have them.
  const PAIRED =
    "\\u0900-\\u109f\\u1780-\\u17ff\\u3005-\\u3007\\u3041-\\u309f\\u30a1-\\u30fa\\u30fc-\\u312f\\u31a0-\\u31bf" +
    "\\u31f0-\\u31ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uac00-\\ud7a3\\uf900-\\ufaff\\u{20000}-\\u{3ffff}";
  const PIECE = new RegExp(`([${PAIRED}]+)|(?:(?![${PAIRED}])[\\p{L}\\p{N}])+`, "gu");
  const MARKS = /[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u064b-\u065f]+/g;
  // A letter with its marks, among them the voicing marks of narrow kana.
  const CLUSTER = /[^][\p{M}\uff9e\uff9f]*/gu;
  const folded = new Map();

  function fold(cluster) {
    let letters = folded.get(cluster);
    if (letters === undefined) {
      letters = cluster.normalize("NFKD").replace(MARKS, "").normalize("NFC").toLowerCase();
      letters = letters.replace(/ß/g, "ss").replace(/ς/g, "σ");
      folded.set(cluster, letters);
    }
    return letters;
  }

  /** The pieces of a text, as one line with blanks around each, and where the characters of the line stand in it. */
  function read(text) {
    let letters = "";
    const origins = [];
    for (const { 0: cluster, index } of text.matchAll(CLUSTER)) {
      const some = fold(cluster);
      letters += some;
      for (let i = 0; i < some.length; i++) origins.push([index, index + cluster.length]);
    }
    let line = " ";
    const places = [null];
    const pieces = [];
    for (const { 0: piece, 1: paired, index } of letters.matchAll(PIECE)) {
      pieces.push({ text: piece, paired: paired !== undefined });
      line += piece + " ";
      for (let i = 0; i < piece.length; i++) places.push(origins[index + i]);
      places.push(null);
    }
    const ended = !pieces.length || !letters.endsWith(pieces[pieces.length - 1].text); // by a blank or a sign
    return { line, places, pieces, ended };
  }

  // The files of the index.

  const arrived = new Map();
  const loading = new Map();
  window.bilingualSearch = (name, data) => arrived.set(name, data);

  /** The data of a file. It is missing, too, if a file of another build has come in its place. */
  function load(name) {
    if (!loading.has(name)) {
      const promise = new Promise((resolve, reject) => {
        const [stem, hash] = name.split(".");
        const script = document.createElement("script");
        const finish = () => (arrived.has(name) ? resolve(arrived.get(name)) : reject(new Error(name)));
        script.onload = finish;
        script.onerror = finish;
        script.src = `${root}_static/search/${stem}.js${hash ? `?${hash}` : ""}`;
        document.head.append(script);
      });
      promise.catch(() => loading.delete(name));
      loading.set(name, promise);
    }
    return loading.get(name);
  }

  const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";

  /** Adds the numbers that `_numbers` wrote to a set. */
  function decode(text, numbers) {
    let number = 0;
    let scale = 1;
    for (const char of text) {
      const digit = DIGITS.indexOf(char);
      number += (digit % 32) * scale;
      scale *= 32;
      if (digit < 32) {
        numbers.add(number);
        scale = 1;
      }
    }
    return numbers;
  }

  /** The numbers of the rows that have a token, or one that begins with it. */
  async function lookup(index, { token, open }) {
    const last = open ? `${token}\uffff` : token;
    const { words } = index;
    const files = words.filter(([first], i) => first <= last && (i + 1 === words.length || words[i + 1][0] > token));
    const start = open ? token : `${token} `;
    const rows = new Set();
    for (const lines of await Promise.all(files.map(([, name]) => load(name)))) {
      for (const line of lines.split(",")) if (line.startsWith(start)) decode(line.slice(line.indexOf(" ") + 1), rows);
    }
    return rows;
  }

  /** The last of some sorted arrays whose entry `at` is not above `number`. */
  function range(arrays, at, number) {
    let low = 0;
    let high = arrays.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (arrays[middle][at] <= number) low = middle;
      else high = middle;
    }
    return arrays[low];
  }

  async function rowOf(index, number) {
    const [first, name] = range(index.texts, 0, number);
    const [id, source, target = source] = (await load(name))[number - first];
    return { number, id, texts: [source, target] };
  }

  // Queries.

  const PHRASE = /["“”＂]([^"“”＂]*)(["“”＂]?)|[^\s"“”＂]+/g;

  function phrase(pieces, open) {
    const last = pieces[pieces.length - 1];
    const before = pieces[0].paired ? "" : " ";
    const after = last.paired || open ? "" : " ";
    return { pieces, open, text: before + pieces.map((piece) => piece.text).join(" ") + after };
  }

  /** The phrases of a query: what stands between quotation marks or blanks. The last word may be unfinished. */
  function parse(query) {
    const phrases = [];
    for (const { 0: whole, 1: quoted, 2: closed, index } of query.matchAll(PHRASE)) {
      const { pieces, ended } = read(quoted === undefined ? whole : quoted);
      const open = !closed && !ended && index + whole.length === query.length;
      if (pieces.length) phrases.push(phrase(pieces, open));
    }
    return phrases;
  }

  /** The tokens that a row must have if the phrase stands in it. */
  function tokensOf({ pieces, open }) {
    return pieces.flatMap(({ text, paired }, i) => {
      const chars = [...text];
      if (!paired) return [{ token: text, open: open && i === pieces.length - 1 }];
      if (chars.length === 1) return [{ token: text, open: true }];
      return chars.slice(1).map((char, k) => ({ token: chars[k] + char, open: false }));
    });
  }

  /** Whether rows that have the tokens may still lack the phrase. */
  function loose({ pieces }) {
    return pieces.length > 1 || (pieces[0].paired && [...pieces[0].text].length > 2);
  }

  /** What is known of a query: the rows that may fit it, those that do, and how many of them are shown. */
  function plan(query) {
    const phrases = parse(query);
    const last = phrases[phrases.length - 1];
    const all = phrases.length > 1 ? phrase(phrases.flatMap(({ pieces }) => pieces), last.open) : null;
    const pages = new Map();
    return { phrases, all, loose: phrases.some(loose), rows: [], next: 0, found: [], shown: 0, pages, failed: false };
  }

  /** Finds the rows that have all tokens: headings first, then in the order of the book. */
  async function begin(hunt) {
    hunt.index = await load("index");
    hunt.headings = decode(hunt.index.headings, new Set());
    const sets = await Promise.all(hunt.phrases.flatMap(tokensOf).map((token) => lookup(hunt.index, token)));
    sets.sort((a, b) => a.size - b.size);
    const rows = [...sets[0]].filter((row) => sets.every((set) => set.has(row)));
    const body = (row) => (hunt.headings.has(row) ? 0 : 1);
    hunt.rows = rows.sort((a, b) => body(a) - body(b) || a - b);
  }

  /** Looks at rows until there is a batch to show. */
  async function advance(hunt) {
    while (hunt.found.length - hunt.shown < BATCH && hunt.next < hunt.rows.length) {
      const wave = hunt.rows.slice(hunt.next, hunt.next + (hunt.all || hunt.loose ? WAVE : BATCH));
      hunt.next += wave.length;
      const settled = await Promise.allSettled(wave.map((number) => rowOf(hunt.index, number)));
      const rows = settled.filter((each) => each.status === "fulfilled").map((each) => each.value);
      hunt.failed = hunt.failed || rows.length < wave.length;
      for (const row of rows) {
        const lines = row.texts.map((text) => read(text).line);
        const has = ({ text }) => lines.some((line) => line.includes(text));
        row.fits = hunt.phrases.every(has);
        row.rank = (hunt.headings.has(row.number) ? 0 : 2) + (hunt.all && !has(hunt.all) ? 1 : 0);
      }
      hunt.found.push(...rows.filter((row) => row.fits).sort((a, b) => a.rank - b.rank));
      await new Promise((resolve) => setTimeout(resolve)); // keys pressed meanwhile come first
      if (hunt !== current) return;
    }
  }

  // Results.

  function element(name, className, ...children) {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...children);
    return made;
  }

  function inLanguage(name, className, side, ...children) {
    const made = element(name, className, ...children);
    made.lang = codes[side];
    made.dir = "auto";
    return made;
  }

  /** The stretches of a text that the phrases match, in order and apart. */
  function hits(text, phrases) {
    const { line, places } = read(text);
    const found = [];
    for (const { text: wanted } of phrases) {
      for (let at = line.indexOf(wanted); at >= 0; at = line.indexOf(wanted, at + 1)) {
        const matched = places.slice(at, at + wanted.length).filter((place) => place);
        found.push([matched[0][0], matched[matched.length - 1][1]]);
      }
    }
    found.sort((a, b) => a[0] - b[0]);
    const apart = [];
    for (const [start, end] of found) {
      const last = apart[apart.length - 1];
      if (last && start <= last[1]) last[1] = Math.max(last[1], end);
      else apart.push([start, end]);
    }
    return apart;
  }

  /** The part of a text around a place, with marks around what is matched. */
  function excerpt(text, marks, place) {
    const whole = (at) => ((text.charCodeAt(at) & 0xfc00) === 0xdc00 ? at - 1 : at);
    let start = text.length <= LONG ? 0 : whole(Math.max(0, Math.min(place - LONG / 4, text.length - LONG)));
    const blank = text.indexOf(" ", start);
    if (start && blank >= 0 && blank < Math.min(place, start + LONG / 8)) start = blank + 1;
    const end = text.length - start <= LONG ? text.length : whole(start + LONG);
    const parts = start ? ["…"] : [];
    let at = start;
    for (const [from, to] of marks) {
      if (to <= at || from >= end) continue;
      const next = Math.max(at, from);
      const last = Math.min(to, end);
      parts.push(text.slice(at, next), element("mark", "", text.slice(next, last)));
      at = last;
    }
    parts.push(text.slice(at, end));
    if (end < text.length) parts.push("…");
    return parts;
  }

  /** Which of two texts this view shows: the other language's where its own has none, and equal ones once. */
  function visible(texts) {
    const shown = sides.filter((side) => texts[side]);
    if (!shown.length) return [1 - sides[0]];
    return shown.length > 1 && texts[0] === texts[1] ? [0] : shown;
  }

  const folder = view === "both" ? "" : `${view}/`;

  function result(hunt, url, row) {
    const link = element("a", hunt.headings.has(row.number) ? "search-hit search-heading" : "search-hit");
    link.href = `${root}${folder}${url}#${row.id}`;
    const marks = row.texts.map((text) => hits(text, hunt.phrases));
    // Where the best hit stands, as a part of the text, so that the other language shows about the same place.
    const best = row.texts.map((text, side) => (hunt.all && hits(text, [hunt.all])[0]) || marks[side][0]);
    const led = best[sides[0]] ? sides[0] : best.findIndex((hit) => hit);
    const part = led < 0 ? 0 : best[led][0] / row.texts[led].length;
    for (const side of visible(row.texts)) {
      const place = best[side] ? best[side][0] : Math.round(part * row.texts[side].length);
      link.append(inLanguage("span", "search-text", side, ...excerpt(row.texts[side], marks[side], place)));
    }
    return element("li", "", link);
  }

  function pageItem(titles, url) {
    const link = element("a", "search-page-title");
    link.href = `${root}${folder}${url}`;
    for (const side of visible(titles)) link.append(inLanguage("span", "", side, titles[side]));
    const results = element("ol", "search-rows");
    list.append(element("li", "search-page", link, results));
    return results;
  }

  function say(what, number = "") {
    status.textContent = (dialog.dataset[what] || "").replace("{n}", number);
  }

  /** Shows the next results and returns the link of the first. */
  function show(hunt) {
    let first = null;
    for (const row of hunt.found.slice(hunt.shown, hunt.shown + BATCH)) {
      const page = range(hunt.index.pages, 3, row.number);
      const [url, ...titles] = page;
      if (!hunt.pages.has(page)) hunt.pages.set(page, pageItem(titles, url));
      const item = result(hunt, url, row);
      hunt.pages.get(page).append(item);
      first = first || item.firstChild;
    }
    hunt.shown = Math.min(hunt.shown + BATCH, hunt.found.length);
    const open = hunt.next < hunt.rows.length;
    if (open || hunt.shown < hunt.found.length) {
      const button = element("button", "", dialog.dataset.more || "…");
      button.type = "button";
      const item = element("li", "search-more", button);
      button.onclick = async () => {
        button.disabled = true;
        await advance(hunt);
        if (hunt !== current) return;
        item.remove();
        const link = show(hunt);
        if (link) link.focus();
      };
      list.append(item);
    }
    if (hunt.failed) say("failed");
    else if (!hunt.rows.length || !(open || hunt.found.length)) say("none");
    else if (!open) say("count", hunt.found.length);
    else say("count", hunt.loose ? `${hunt.found.length}+` : hunt.rows.length);
    return first;
  }

  let current = null;
  let timer = 0;
  let pending = null;

  async function search() {
    const hunt = plan(input.value);
    current = hunt;
    const slow = setTimeout(() => hunt === current && say("loading"), 200);
    try {
      if (hunt.phrases.length) await begin(hunt);
      await advance(hunt);
    } catch {
      hunt.failed = true; // a file is missing or of another build; the next query asks for it again
    }
    clearTimeout(slow);
    if (hunt !== current) return;
    list.replaceChildren();
    dialog.scrollTop = 0;
    if (hunt.phrases.length) show(hunt);
    else say("");
  }

  function start() {
    clearTimeout(timer);
    timer = 0;
    pending = search();
  }

  function open() {
    if (!dialog.open) dialog.showModal();
    input.focus();
    input.select();
    load("index").catch(() => {}); // a search will say so
  }

  input.addEventListener("input", (event) => {
    if (event.isComposing) return; // the letters of an input method are no query yet
    clearTimeout(timer);
    timer = setTimeout(start, 80);
  });
  input.addEventListener("compositionend", start);

  dialog.addEventListener("keydown", async (event) => {
    if (event.isComposing || event.keyCode === 229) return; // Safari's last key of a composition has only the code
    if (event.key === "Escape") {
      event.preventDefault(); // a search field would clear itself first
      dialog.close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const stops = [input, ...list.querySelectorAll(".search-hit, .search-more button")];
      const stop = stops[stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
      event.preventDefault();
      if (stop) stop.focus();
    } else if (event.key === "Enter" && event.target === input) {
      event.preventDefault();
      if (timer) start();
      await pending;
      const link = list.querySelector(".search-hit");
      if (link) link.click();
    }
  });

  dialog.addEventListener("click", (event) => {
    const apart = event.ctrlKey || event.metaKey || event.shiftKey; // in another tab or window
    if (event.target.closest("a") && !apart) dialog.close(); // the result may stand on this very page
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest(".open-search")) open();
  });

  document.addEventListener("keydown", (event) => {
    const control = event.ctrlKey || event.metaKey;
    const writes = "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]";
    const slash = event.key === "/" && !control && !event.altKey && !event.target.closest(writes);
    if (slash || (/^k$/i.test(event.key) && control && !event.altKey && !event.shiftKey)) {
      event.preventDefault();
      open();
    }
  });
})();
