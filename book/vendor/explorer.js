// The explorer: one question at a time, with an address for everything that is shown.
//
// What is shown follows from `state` alone. Whatever the reader does changes the state and calls
// `show`, which loads what it needs, draws, and writes the address. Parts of the page are made once;
// `show` fills them.
"use strict";

(() => {
  const { h, number, percent, tableOf } = Explorer;
  const FILTERS = {
    all: "all questions",
    orders: "those that fall in both orders",
    models: "those that fall in every model",
    out: "those that fall only in other settings",
  };
  // Where a vector does nothing, half of the questions fall by chance: those sets stand by themselves.
  const VERDICTS = {
    "The vector moves the answer": true,
    "No verdict that it does": false,
    "Not judged": null,
  };
  const KEY =
    "Circles: the first order; squares: the second. At the end of each curve stands the letter of " +
    "the answer that shows the concept.";
  const HINT = "Click a dot, or use the arrow keys. Enter pins up to two, Escape unpins.";
  const OF_SETTINGS =
    "The slope of both orders together. Rows: where the vector was made; columns: the prompts.";
  const BAND = "Band: what 95 % of random vectors do to this question.";
  const SETTINGS = ["BASE", "SYS_POS", "SYS_NEG", "USER_POS", "USER_NEG"];
  const root = document.getElementById("explorer");
  const state = { line: null, item: null, vector: "BASE", prompt: "BASE", order: null, pins: [] };
  let filter = "all";
  let multiplier = 1;
  let set = null; // the set that is shown
  let pair = null; // its curves in the chosen settings
  let shown = []; // places of the questions that the filter lets through, by slope
  let beside = []; // the sets of the same concept in other models
  let turn = 0; // counts what was asked for, so that what arrives late is not shown

  // ---- The parts of the page ----

  const part = {
    fault: h("p", { class: "fault", role: "alert" }),
    set: h("select", { id: "explorer-set", onchange: () => go({ line: chosenLine() }) }),
    vector: h("select", { id: "explorer-vector", onchange: (e) => go({ vector: e.target.value }) }),
    prompt: h("select", { id: "explorer-prompt", onchange: (e) => go({ prompt: e.target.value }) }),
    filter: h("select", { id: "explorer-filter", onchange: (e) => sift(e.target.value) }),
    count: h("p", { class: "count", role: "status" }),
    dots: h("div", { class: "dots" }),
    heading: h("h2", { class: "chosen" }),
    words: h("p", { class: "words" }),
    curves: h("div", { class: "curves" }),
    slider: h("input", { type: "range", id: "explorer-multiplier", step: "0.1", oninput: slid }),
    at: h("output", { for: "explorer-multiplier" }),
    numbers: scrolled("Numbers"),
    pinned: h("p", { class: "pinned" }),
    orders: h("div", { class: "orders", role: "group", "aria-label": "Order of the answers" }),
    tokens: h("div", { class: "tokens" }),
    settings: scrolled("Settings"),
    models: h("div", { class: "models" }),
    command: h("code", {}),
    output: h("textarea", { readonly: true, rows: "4", "aria-label": "To copy", hidden: true }),
    said: h("span", { class: "said", role: "status" }),
    table: scrolled("Questions"),
    spoken: h("p", { class: "spoken", "aria-live": "polite" }),
  };

  // A place of its own for what may be wider than a phone; it is reached by the keyboard too.
  function scrolled(name) {
    return h("div", { class: "scrolled", tabindex: "0", role: "region", "aria-label": name });
  }

  function build() {
    const labelled = (name, field) => h("label", { for: field.id }, h("span", {}, name), field);
    const button = (name, action) => h("button", { type: "button", onclick: action }, name);
    for (const [key, name] of Object.entries(FILTERS)) {
      part.filter.append(h("option", { value: key }, name));
    }
    for (const [name, moved] of Object.entries(VERDICTS)) {
      const lines = Explorer.sets.filter((line) => line.moved === moved);
      if (lines.length) part.set.append(h("optgroup", { label: name }, ...lines.map(optionOf)));
    }
    root.append(
      part.fault,
      h(
        "div",
        { class: "choices" },
        labelled("Concept and model, most falling first", part.set),
        labelled("Vector made in", part.vector),
        labelled("Prompts in", part.prompt),
        labelled("Show", part.filter),
      ),
      part.count,
      part.dots,
      h("p", { class: "hint" }, HINT),
      part.heading,
      part.words,
      h(
        "div",
        { class: "buttons" },
        button("Previous", () => step(-1)),
        button("Next", () => step(1)),
        button("Pin", () => pin(state.item)),
        button("Copy link", () => hand(location.href, "The link")),
        button("Cite this question", () => hand(Explorer.citation(set, state), "The citation")),
        button("Row as CSV", () => hand(Explorer.csv(set, pair, state), "The row")),
        part.said,
      ),
      part.output,
      part.curves,
      part.pinned,
      h("p", { class: "slider" }, labelled("λ", part.slider), part.at),
      part.numbers,
      h("h3", {}, "What the model read"),
      part.orders,
      part.tokens,
      h("h3", {}, "The same question in other settings"),
      h("p", {}, OF_SETTINGS),
      part.settings,
      h("h3", {}, "The same question in other models"),
      part.models,
      h("p", {}, "To measure this concept again: ", part.command),
      h(
        "details",
        { ontoggle: (e) => e.target.open && fillTable() },
        h("summary", {}, "The dots as a table"),
        part.table,
      ),
      part.spoken,
    );
    part.dots.addEventListener("click", (event) => {
      const dot = Explorer.nearestDot(part.dots, event);
      if (dot) go({ item: set.items[dot.place] });
    });
    document.addEventListener("keydown", pressed);
    addEventListener("hashchange", () => read(true));
    new ResizeObserver(() => set && draw()).observe(part.curves);
  }

  function optionOf(line) {
    const fall = line.questions ? `${percent(line.fall / line.questions)} fall` : "one order only";
    return h("option", { value: line.place }, `${line.title}, ${line.model}: ${fall}`);
  }

  const chosenLine = () => Explorer.sets.find((line) => line.place === part.set.value);

  // ---- The state and its address ----

  function fragment(changes = {}) {
    const now = { ...state, ...changes };
    const named = new URLSearchParams({ model: now.line.model, concept: now.line.concept });
    if (now.item !== null) named.set("item", now.item);
    if (now.vector !== "BASE") named.set("vector", now.vector);
    if (now.prompt !== "BASE") named.set("prompt", now.prompt);
    if (now.order !== null) named.set("order", now.order);
    if (now.pins.length) named.set("pin", now.pins.join(","));
    return `#${named}`;
  }

  // Take the state from the address; what it names and is not there is said in one sentence.
  async function read(moved = false) {
    const named = new URLSearchParams(location.hash.slice(1));
    const [model, concept] = [named.get("model"), named.get("concept")];
    if (moved && model === null && concept === null) return; // an anchor of the page itself
    const found = Explorer.sets.find((one) => one.model === model && one.concept === concept);
    const asked = model !== null || concept !== null;
    const faults = [];
    if (asked && !found) {
      faults.push(`There is no concept “${concept}” in a model “${model}” here.`);
    }
    const order = found ? named.get("order") : null;
    if (order !== null && !["0", "1"].includes(order)) {
      faults.push(`There is no order “${order}”: it is 0 or 1.`);
    }
    const wanted = found ? named : new URLSearchParams();
    const item = wanted.get("item");
    Object.assign(state, {
      line: found ?? Explorer.sets[0],
      item: item !== null && /^\d+$/.test(item) ? Number(item) : item,
      vector: wanted.get("vector") ?? "BASE",
      prompt: wanted.get("prompt") ?? "BASE",
      order: ["0", "1"].includes(order) ? Number(order) : null,
      pins: (wanted.get("pin") ?? "").split(",").filter(Boolean).map(Number),
    });
    setFilter("all");
    await show({ faults, written: false });
  }

  // Change the state, keep the address in step with it, and show it.
  function go(changes) {
    const other = changes.line && changes.line.concept !== state.line.concept;
    Object.assign(state, changes, other ? { item: null, pins: [] } : {});
    return show({});
  }

  async function show({ faults = [], written = true }) {
    const mine = ++turn;
    try {
      const loaded = await Explorer.load(state.line);
      const others = Explorer.sets.filter(
        (one) => one.concept === state.line.concept && one !== state.line,
      );
      if (mine !== turn) return;
      set = loaded;
      beside = others.map((line) => ({ line, set: null }));
      for (const other of beside) {
        Explorer.load(other.line).then(
          (arrived) => {
            other.set = arrived;
            if (mine === turn) drawModels();
          },
          () => {},
        );
      }
    } catch (error) {
      if (mine === turn) part.fault.textContent = error.message;
      return;
    }
    settle(faults);
    part.fault.textContent = faults.length ? `${faults[0]} What is shown stands in its place.` : "";
    sifted();
    if (filter === "models") await Promise.allSettled(beside.map((one) => Explorer.load(one.line)));
    if (mine !== turn) return;
    sifted();
    draw();
    if (written) write();
  }

  function write() {
    try {
      history.replaceState(null, "", fragment());
    } catch {
      location.hash = fragment();
    }
  }

  // Replace what this set lacks by what it has.
  function settle(faults) {
    pair = set.pair(state.vector, state.prompt);
    if (!pair) {
      faults.push(`The settings “${state.vector}” and “${state.prompt}” were not measured here.`);
      const first = set.pair("BASE", "BASE") ?? set.pairs[0];
      Object.assign(state, { vector: first.vector, prompt: first.prompt });
      pair = set.pair(state.vector, state.prompt);
    }
    if (state.item !== null && !set.place.has(state.item)) {
      faults.push(`There is no question “${state.item}” here.`);
      state.item = null;
    }
    state.pins = state.pins.filter((item) => set.place.has(item)).slice(0, 2);
    if (state.item === null) state.item = set.items[bySlope()[0] ?? 0];
    if (part.slider.max !== String(set.multipliers.at(-1))) {
      part.slider.min = set.multipliers[0];
      part.slider.max = set.multipliers.at(-1);
      multiplier = Math.min(1, set.multipliers.at(-1));
    }
    part.slider.value = multiplier;
  }

  // ---- Which questions are shown ----

  const bySlope = () =>
    set.items
      .map((_, place) => place)
      .filter((place) => slopeOf(place) !== null)
      .sort((one, other) => slopeOf(one) - slopeOf(other));

  // Where one order only was measured, its slope stands for the question.
  function slopeOf(place) {
    return set.mean(pair, place) ?? set.slope(pair, place, 0) ?? set.slope(pair, place, 1);
  }

  function passes(place) {
    if (filter === "orders") return set.fallsInBothOrders(pair, place);
    if (filter === "models") {
      const there = beside.filter((one) => one.set);
      const fallsIn = (one) => {
        const at = one.set.place.get(set.items[place]);
        return at !== undefined && one.set.falls(one.set.pair(state.vector, state.prompt), at);
      };
      return there.length > 0 && set.falls(pair, place) && there.every(fallsIn);
    }
    if (filter === "out") {
      const home = set.pair("BASE", "BASE");
      // In BASE, all other settings are looked at; elsewhere, those that were chosen.
      const away = pair === home ? [...set.pairOf.values()] : [pair];
      return home !== null && !set.falls(home, place) && away.some((one) => set.falls(one, place));
    }
    return true;
  }

  function sifted() {
    shown = bySlope().filter(passes);
    const falling = shown.filter((place) => slopeOf(place) < 0).length;
    const all = bySlope().length;
    part.count.textContent = `${shown.length} of ${all} questions are shown; ${falling} of these fall.`;
  }

  function setFilter(name) {
    filter = name;
    part.filter.value = name;
  }

  async function sift(name) {
    setFilter(name);
    await show({ written: false });
    const there = shown.includes(set.place.get(state.item));
    if (shown.length && !there) await go({ item: set.items[shown[0]] });
  }

  function step(by) {
    if (!shown.length) return;
    const at = shown.indexOf(set.place.get(state.item));
    const next = at < 0 ? 0 : Math.min(shown.length - 1, Math.max(0, at + by));
    go({ item: set.items[shown[next]] });
  }

  function pin(item) {
    const pins = state.pins.includes(item)
      ? state.pins.filter((one) => one !== item)
      : [...state.pins, item].slice(-2);
    go({ pins });
  }

  function pressed(event) {
    const field = document.activeElement;
    const inside = part.dots.contains(field) || field === document.body;
    if (!inside || event.altKey || event.ctrlKey || event.metaKey || !set) return;
    const actions = {
      ArrowRight: () => step(1),
      ArrowDown: () => part.dots.contains(field) && step(1),
      ArrowLeft: () => step(-1),
      ArrowUp: () => part.dots.contains(field) && step(-1),
      Home: () => part.dots.contains(field) && step(-shown.length),
      End: () => part.dots.contains(field) && step(shown.length),
      Enter: () => part.dots.contains(field) && pin(state.item),
      Escape: () => go({ pins: [] }),
    };
    const action = actions[event.key];
    if (action && action() !== false) event.preventDefault();
  }

  // ---- Drawing ----

  function draw() {
    const place = set.place.get(state.item);
    part.set.value = state.line.place;
    fill(part.vector, [...new Set(set.pairs.map((one) => one.vector))], state.vector);
    fill(part.prompt, [...new Set(set.pairs.map((one) => one.prompt))], state.prompt);
    drawDots();
    part.heading.textContent = `Question ${state.item} of ${set.title} in ${set.model}`;
    part.words.textContent = set.words ? `“${set.caption(place)}”` : "";
    drawCurves();
    drawTokens(place);
    drawSettings(place);
    drawModels();
    part.command.textContent = set.command;
    part.spoken.textContent = labelOf(place);
    if (part.table.closest("details").open) fillTable();
  }

  function fill(select, names, chosen) {
    const sorted = names.sort((one, other) => SETTINGS.indexOf(one) - SETTINGS.indexOf(other));
    const options = sorted.map((name) => h("option", { value: name, selected: name === chosen }, name));
    select.replaceChildren(...options);
  }

  const settingsAre = (vector, prompt) => state.vector === vector && state.prompt === prompt;
  const verdictOf = (place) => (settingsAre("BASE", "BASE") ? set.outcomes?.[place] ?? null : null);
  const told = (place) => /way/.test(verdictOf(place) ?? "");

  function labelOf(place) {
    const slope = slopeOf(place);
    const verdict = verdictOf(place);
    const sign = slope < 0 ? "falls" : "does not fall";
    const judged = verdict ? `; verdict: ${verdict}` : "";
    return `Question ${set.items[place]}: slope ${number(slope)}, ${sign}${judged}`;
  }

  function drawDots() {
    const focused = part.dots.contains(document.activeElement);
    const dots = shown.map((place) => ({
      place,
      item: set.items[place],
      slope: slopeOf(place),
      full: told(place),
      chosen: set.items[place] === state.item,
      pinned: state.pins.includes(set.items[place]),
      label: `${labelOf(place)}. ${set.caption(place)}`,
    }));
    const none = h("p", {}, "No question is of this kind here.");
    part.dots.replaceChildren(dots.length ? Explorer.dotChart(dots, part.dots.clientWidth || 320) : none);
    if (focused) part.dots.querySelector("[role=listbox]")?.focus();
  }

  function curvesOf(item, style) {
    const place = set.place.get(item);
    return [0, 1]
      .filter((order) => set.points(pair, place, order))
      .map((order) => ({
        style,
        order,
        points: set.points(pair, place, order),
        falls: set.slope(pair, place, order) < 0,
        reach: set.reachOf(state.prompt, place, order),
        faint: state.order !== null && state.order !== order,
        name: style === "chosen" ? set.letter(place, order) : String(item),
      }));
  }

  function drawCurves() {
    const pins = state.pins.filter((item) => item !== state.item);
    const curves = [
      ...pins.flatMap((item, at) => curvesOf(item, ["first", "second"][at])),
      ...curvesOf(state.item, "chosen"),
    ];
    const banded = curves.some((curve) => curve.style === "chosen" && curve.reach);
    const label = `${labelOf(set.place.get(state.item))}. Propensity against λ, a curve for each order.`;
    const width = part.curves.clientWidth || 320;
    part.curves.replaceChildren(
      Explorer.curveChart(set.multipliers, curves, multiplier, width, label),
      h("p", { class: "key" }, banded ? `${KEY} ${BAND}` : KEY),
    );
    part.pinned.replaceChildren(
      ...state.pins.map((item) =>
        h("button", { type: "button", onclick: () => pin(item) }, `Unpin ${item}`),
      ),
    );
    drawNumbers();
  }

  // Show one order alone, or both again.
  const only = (order) => go({ order: state.order === order ? null : order });

  function slid(event) {
    multiplier = Number(event.target.value);
    drawCurves();
  }

  function drawNumbers() {
    const place = set.place.get(state.item);
    const measured = set.multipliers.some((one) => Math.abs(one - multiplier) < 1e-9);
    part.at.textContent = `λ = ${number(multiplier)}${measured ? "" : " (between two measured points)"}`;
    const rows = [0, 1].map((order) => {
      const points = set.points(pair, place, order);
      const value = points ? Explorer.between(set.multipliers, points, multiplier) : null;
      const chance = value === null ? "–" : percent(1 / (1 + Math.exp(-value)));
      return [
        `positive answer at ${set.letter(place, order)}`,
        number(set.slope(pair, place, order)),
        fixed(set.value(pair, "r_squared", place, order), 3),
        number(set.value(pair, "planted", place, order)),
        reach(place, order),
        number(value),
        chance,
      ];
    });
    const [mean, planted] = ["slopes", "planted"].map((name) => number(set.mean(pair, place, name)));
    rows.push(["both orders", mean, "–", planted, reach(place, 2), "–", "–"]);
    const heads = ["Order", "Slope", "R²", "Planted", "Random, 95 %"];
    heads.push("Propensity at λ", "P(positive answer)");
    part.numbers.replaceChildren(tableOf(heads, rows, "The numbers of this question"));
    if (verdictOf(place)) part.numbers.append(h("p", {}, `Verdict on this question: ${verdictOf(place)}.`));
  }

  const reach = (place, order) => {
    const size = set.reachOf(state.prompt, place, order);
    return size === null ? "–" : `± ${number(size)}`;
  };
  const fixed = (value, digits) => (value === null ? "–" : value.toFixed(digits).replace("-", "−"));

  function drawTokens(place) {
    const order = state.order ?? 0;
    part.orders.replaceChildren(
      ...[0, 1].map((one) =>
        h(
          "button",
          { type: "button", "aria-pressed": String(state.order === one), onclick: () => only(one) },
          `positive answer at ${set.letter(place, one)}`,
        ),
      ),
    );
    part.tokens.replaceChildren(...Explorer.tokensOf(set, state.prompt, place, order));
  }

  function drawSettings(place) {
    const names = (key) => SETTINGS.filter((name) => set.pairs.some((one) => one[key] === name));
    const cell = (vector, prompt) => {
      const there = set.pair(vector, prompt);
      const slope = there && set.mean(there, place);
      if (slope === null) return h("span", {}, "–");
      const here = settingsAre(vector, prompt);
      const say = `vector ${vector}, prompts ${prompt}: ${number(slope)}`;
      const go_ = () => go({ vector, prompt });
      const marks = { type: "button", class: slope < 0 ? "falls" : "", "aria-pressed": String(here) };
      return h("button", { ...marks, "aria-label": say, onclick: go_ }, number(slope));
    };
    const prompts = names("prompt");
    const rows = names("vector").map((vector) => [vector, ...prompts.map((one) => cell(vector, one))]);
    part.settings.replaceChildren(tableOf(["Vector", ...prompts], rows, "Slope by settings"));
  }

  function drawModels() {
    const rows = beside.map(({ line, set: other }) => {
      const place = other?.place.get(state.item);
      const there = other?.pair(state.vector, state.prompt) ?? null;
      const slopes = [0, 1].map((order) => (other ? other.slope(there, place, order) : null));
      slopes.push(other ? other.mean(there, place) : null);
      const link = h("a", { href: fragment({ line, pins: [] }) }, line.model);
      if (other && place === undefined) return [line.model, "not asked", "–", "–"];
      return [link, ...slopes.map((slope) => number(slope))];
    });
    const heads = ["Model", "First order", "Second order", "Both"];
    const none = h("p", {}, "This concept was measured in one model alone.");
    part.models.replaceChildren(rows.length ? tableOf(heads, rows, "Slope by model") : none);
  }

  function fillTable() {
    const rows = shown.map((place) => {
      const item = set.items[place];
      const link = h("a", { href: fragment({ item }) }, String(item));
      const slopes = [set.slope(pair, place, 0), set.slope(pair, place, 1), slopeOf(place)];
      return [link, ...slopes.map((slope) => number(slope)), verdictOf(place) ?? "–", set.caption(place)];
    });
    const heads = ["Question", "First order", "Second order", "Both", "Verdict", "Statement"];
    part.table.replaceChildren(tableOf(heads, rows, "The questions that are shown, by slope"));
  }

  // ---- What can be taken along ----

  // Show what is to be copied, and copy it where the browser allows that.
  async function hand(text, what) {
    part.output.hidden = false;
    part.output.value = text;
    part.output.select();
    try {
      await navigator.clipboard.writeText(text);
      part.said.textContent = `${what} is copied.`;
    } catch {
      part.said.textContent = `${what} is selected: copy it.`;
    }
  }

  if (Explorer.sets.length) {
    build();
    read();
  } else {
    root.append(h("p", {}, "This report holds no questions to look at: nothing was measured."));
  }
})();
