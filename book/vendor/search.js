// Search of the whole book, from the text in search_index.js: one hit a page, the page that explains
// a word first. Nothing is fetched, so it also works on pages that are opened from disk.
"use strict";

(() => {
  const MOST = 40;
  const AROUND = 90; // characters of an excerpt before and after what was found
  const fold = (text) =>
    text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[-\u2010\u2011]/g, " ").toLowerCase();
  // "vectors" finds "vector": an s at a word's end is no part of it, and words may go on.
  const stem = (word) => (word.length > 3 ? word.replace(/(?<!s)s$/, "") : word);
  const wordsOf = (text) => fold(text).split(/[^\p{L}\p{N}λ]+/u).filter(Boolean).map(stem);
  // A letter or two are a word of their own, more may be the beginning of one.
  const begins = (word) =>
    new RegExp(`(?<![\\p{L}\\p{N}])${word}${word.length < 3 ? "(?![\\p{L}\\p{N}])" : ""}`, "gu");
  const count = (text, pattern) => (text.match(pattern) || []).length;

  // Returns the pages that hold every word, each with its best section and block, best first.
  function found(index, query) {
    const words = [...new Set(wordsOf(query))];
    if (!words.length) return [];
    const patterns = words.map(begins);
    const phrase = begins(wordsOf(query).join("s?[^\\p{L}\\p{N}]+"));
    const asked = wordsOf(query).join(" ");
    // A page explains the very words, or a term that they are part of, which counts for less.
    const explained = new Map();
    for (const [term, place, anchor] of index.words) {
      const told = wordsOf(term);
      const worth = told.join(" ") === asked ? 1000 : words.every((word) => told.includes(word)) ? 500 : 0;
      if (worth > (explained.get(place)?.worth || 0)) explained.set(place, { anchor, worth });
    }
    const worth = index.blocks.map((block) => {
      const text = fold(block);
      const hits = patterns.map((pattern) => count(text, pattern));
      return { hits, all: hits.every(Boolean), phrase: count(text, phrase) };
    });
    const pages = [];
    for (const [place, title, sections] of index.pages) {
      let score = 0;
      let best = null;
      const seen = words.map(() => 0);
      for (const [anchor, heading, numbers] of sections) {
        const text = fold(heading);
        const inHeading = patterns.map((pattern) => count(text, pattern));
        inHeading.forEach((hits, i) => (seen[i] += hits));
        const whole = inHeading.every(Boolean);
        const candidates = [[null, (whole ? 6 : 0) + (heading === title && whole ? 40 : 0)]];
        for (const number of numbers) {
          const one = worth[number];
          one.hits.forEach((hits, i) => (seen[i] += hits));
          const some = one.hits.filter(Boolean).length / words.length;
          candidates.push([number, (one.phrase ? 3 : 0) + (one.all ? 2 : 0) + some + (whole ? 6 : 0)]);
        }
        for (const [number, value] of candidates) {
          if (number !== null) score += Math.min(value, 3) / 10;
          const here = explained.get(place)?.anchor === anchor ? value + 100 : value;
          if (value > 0 && (!best || here > best.value)) best = { anchor, heading, number, value: here };
        }
      }
      if (!best || !seen.every(Boolean)) continue;
      const first = explained.get(place)?.worth || 0;
      pages.push({ place, title, best, score: first + best.value * 5 + Math.log1p(score) });
    }
    return pages.sort((a, b) => b.score - a.score || a.title.localeCompare(b.title));
  }

  function excerpt(text, query) {
    const words = wordsOf(query);
    const first = (pattern) => text.search(new RegExp(`(?<![\\p{L}\\p{N}])${pattern}`, "iu"));
    const places = words.map(first).filter((at) => at >= 0);
    const phrase = first(words.join("s?[^\\p{L}\\p{N}]+"));
    const at = phrase >= 0 ? phrase : Math.max(0, Math.min(...places, text.length - 1));
    let from = Math.max(0, at - AROUND);
    let to = Math.min(text.length, at + 2 * AROUND);
    while (from > 0 && !/\s/.test(text[from - 1])) from -= 1;
    while (to < text.length && !/\s/.test(text[to])) to += 1;
    const line = document.createElement("p");
    const shown = (from ? "… " : "") + text.slice(from, to) + (to < text.length ? " …" : "");
    const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(${words.join("|")})[\\p{L}]*`, "giu");
    let last = 0;
    for (const hit of shown.matchAll(pattern)) {
      line.append(shown.slice(last, hit.index));
      const mark = document.createElement("mark");
      mark.textContent = hit[0];
      line.append(mark);
      last = hit.index + hit[0].length;
    }
    line.append(shown.slice(last));
    return line;
  }

  function show(index, query, place) {
    place.replaceChildren();
    const pages = found(index, query);
    const said = document.createElement("p");
    said.setAttribute("role", "status");
    const number = `${pages.length} page${pages.length === 1 ? "" : "s"}`;
    said.textContent = !wordsOf(query).length
      ? "Type what you look for."
      : pages.length
        ? `${number} hold${pages.length === 1 ? "s" : ""} “${query}”.`
        : `No page holds “${query}”.`;
    const list = document.createElement("ol");
    list.className = "search";
    for (const page of pages.slice(0, MOST)) {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = page.place + (page.best.anchor ? `#${page.best.anchor}` : "");
      link.textContent = page.title;
      item.append(link);
      if (page.best.heading && page.best.heading !== page.title) item.append(` · ${page.best.heading}`);
      if (page.best.number !== null) item.append(excerpt(index.blocks[page.best.number], query));
      list.append(item);
    }
    place.append(said, list);
  }

  function start() {
    const place = document.getElementById("search-results");
    const input = document.querySelector(".bd-search-container input[name=q]");
    const index = window.steeringSearch;
    if (!place || !input || !index) return;
    input.value = new URLSearchParams(window.location.search).get("q") || "";
    let waiting = 0;
    input.addEventListener("input", () => {
      window.clearTimeout(waiting);
      waiting = window.setTimeout(() => show(index, input.value.trim(), place), 150);
    });
    // Arrow keys go from the field into the list, and through it.
    document.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      const stops = [input, ...place.querySelectorAll("ol a")];
      const at = stops.indexOf(document.activeElement);
      const next = at < 0 ? null : stops[at + (event.key === "ArrowDown" ? 1 : -1)];
      if (!next) return;
      event.preventDefault();
      next.focus();
    });
    show(index, input.value.trim(), place);
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
