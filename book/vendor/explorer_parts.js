// Parts of the explorer that follow from a question alone: tables, tokens, and what can be taken along.
"use strict";

// An HTML element; attributes that begin with `on` are listeners.
Explorer.h = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
};

// A table whose rows begin with their heading.
Explorer.tableOf = (heads, rows, caption) => {
  const { h } = Explorer;
  return h(
    "table",
    {},
    h("caption", {}, caption),
    h("thead", {}, h("tr", {}, ...heads.map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, ...rows.map(([first, ...others]) =>
      h("tr", {}, h("th", { scope: "row" }, first), ...others.map((cell) => h("td", {}, cell))),
    )),
  );
};

// The tokens of a question in a prompt setting and order, as chips, and what their marks mean.
Explorer.tokensOf = (set, setting, place, order) => {
  const { h } = Explorer;
  const prompt = set.prompt(setting, place, order);
  if (!prompt) return withoutTokens();
  const first = prompt.texts.length - prompt.steered;
  const chips = prompt.texts.map((text, at) => chip(text, at >= first ? "steered" : ""));
  const marks = prompt.own
    ? "Steered: the vector is added to the residual stream of this token. "
    : "These are words: the tokenizer of this model is not on this machine. ";
  const read =
    "Read: the letter of the answer, whose two logits are compared; in training prompts, the vector " +
    "is made of the residual stream at this place.";
  return [
    h("p", { class: "chips" }, ...chips, chip("A or B", "read")),
    h("p", { class: "key" }, marks + read),
  ];

  function chip(text, kind) {
    const shown = text.replace(/\n/g, "↵");
    const seen = h("span", { class: `token ${kind}` }, shown, kind ? h("small", {}, kind) : null);
    return text.includes("\n") ? h("span", {}, seen, h("br")) : seen;
  }

  // Committed runs hold no tokens, and of public data sets no words.
  function withoutTokens() {
    if (!set.words) {
      const [row, hash] = [set.items[place], set.hashes[place]];
      const kept = `Only row ${row} of the set and the hash ${hash} of its statement are kept here. `;
      const rest = " has brought the set and the report is made again.";
      return [h("p", {}, kept, "The words are shown once ", h("code", {}, "steering fetch"), rest)];
    }
    const [question, positive, negative] = set.words[place];
    const options = set.letter(place, order) === "A" ? [positive, negative] : [negative, positive];
    const asked = `${question}\n\nChoices:\n(A): ${options[0]}\n(B): ${options[1]}`;
    const lacking = "The tokens of this committed run are not kept.";
    return [h("p", { class: "asked" }, asked), h("p", { class: "key" }, lacking)];
  }
};

// An entry for BibTeX that leads back to the question, of this version and commit of the report.
Explorer.citation = (set, state) => {
  const { author, version, commit } = document.getElementById("explorer").dataset;
  const question = `question ${state.item} of ${set.title} (${set.concept}) in ${set.model}`;
  const settings = `vector ${state.vector}, prompts ${state.prompt}, layer ${set.layer}`;
  const key = `steering-${set.model}-${set.concept}-${state.item}`.replace(/[^\w-]/g, "");
  const fields = {
    title: `Can a steering vector be trusted? ${question}`,
    author: `{${author}}`,
    year: (set.date ?? "").slice(0, 4),
    version,
    note: `${settings}, measured ${set.date}, commit ${commit}`,
    howpublished: location.href,
  };
  const lines = Object.entries(fields).map(([name, value]) => `  ${name} = {${value}}`);
  return `@misc{${key},\n${lines.join(",\n")}\n}`;
};

// The curves of a question as two rows of a table, with all digits that the page holds.
Explorer.csv = (set, pair, state) => {
  const place = set.place.get(state.item);
  const quoted = (value) => `"${String(value).replace(/"/g, '""')}"`;
  const heads = [
    ...["model", "concept", "item", "order", "vector_setting", "prompt_setting", "layer"],
    ...["steerability", "r_squared", "planted_steerability"],
  ];
  const fixedAs = (value, digits) => (value === null ? "" : value.toFixed(digits));
  const rows = [0, 1].map((order) => [
    quoted(set.model),
    quoted(set.concept),
    state.item,
    order,
    state.vector,
    state.prompt,
    set.layer,
    fixedAs(set.slope(pair, place, order), set.digits),
    fixedAs(set.value(pair, "r_squared", place, order), 3),
    fixedAs(set.value(pair, "planted", place, order), set.digits),
    ...(set.points(pair, place, order) ?? []).map((one) => one.toFixed(set.digits)),
  ]);
  const named = [...heads, ...set.multipliers.map((one) => `propensity at ${one}`)];
  return [named, ...rows].map((row) => row.join(",")).join("\n");
};
