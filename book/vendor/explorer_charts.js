// The two charts of the explorer, as SVG: dots by question, and the curves of the chosen ones.
//
// A chart is as wide as its place, so that its letters keep their size on a phone. Colours are those
// of explorer.css, by class, and follow the page's light or dark theme.
"use strict";

Explorer.svg = (name, attributes = {}, ...children) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
};

// A scale from values to pixels, and round values at which it is labelled.
Explorer.scale = (low, high, start, end, wanted = 5) => {
  const span = high - low || 1;
  const power = 10 ** Math.floor(Math.log10(span / wanted));
  const step = power * [1, 2, 5, 10].find((factor) => span / (factor * power) <= wanted);
  const ticks = [];
  for (let at = Math.ceil(low / step); at * step <= high + 1e-9 * span; at += 1) ticks.push(at * step);
  const place = (value) => start + ((value - low) / span) * (end - start);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const name = (value) => value.toFixed(digits).replace("-", "−").replace(/^−(0(\.0*)?)$/, "$1");
  return { place, ticks, name };
};

Explorer.padded = (values, share = 0.05) => {
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  const margin = share * (high - low || 1);
  return [low - margin, high + margin];
};

// Dots by question, the slope from left to right; dots that would cover each other stand in layers.
// `dots` have `place`, `slope`, `label`, `full`, `chosen` and `pinned`.
Explorer.dotChart = (dots, width) => {
  const { svg } = Explorer;
  const radius = width < 500 ? 5 : 5.5;
  const [low, high] = Explorer.padded(dots.map((dot) => dot.slope));
  const scale = Explorer.scale(low, high, 14, width - 14, width < 500 ? 4 : 8);
  const layers = [];
  const laid = dots.map((dot) => {
    const x = scale.place(dot.slope);
    let layer = layers.findIndex((end) => x - end >= 2 * radius);
    if (layer < 0) layer = layers.length;
    layers[layer] = x;
    return { ...dot, x, layer };
  });
  const apart = Math.min(2 * radius, 220 / Math.max(1, layers.length));
  const ground = 18 + apart * Math.max(1, layers.length - 1);
  const height = ground + 52;
  const frame = svg("g", { "aria-hidden": "true" });
  for (const tick of scale.ticks) {
    const x = scale.place(tick);
    frame.append(
      svg("line", { class: tick === 0 ? "zero" : "grid", x1: x, x2: x, y1: 4, y2: ground + 10 }),
      svg("text", { x, y: ground + 26, "text-anchor": "middle" }, scale.name(tick)),
    );
  }
  const unit = "slope (logits per unit of λ)";
  frame.append(svg("text", { x: width / 2, y: height - 6, "text-anchor": "middle" }, unit));
  const list = svg("g", { role: "listbox", tabindex: "0", "aria-label": "Questions by slope" });
  for (const dot of laid) {
    const kind = [dot.slope < 0 ? "falls" : "rises", dot.full ? "full" : "hollow"];
    if (dot.pinned) kind.push("pinned");
    const mark = svg(
      "circle",
      {
        id: `question-${dot.item}`,
        class: `dot ${kind.join(" ")}`,
        role: "option",
        "aria-selected": String(dot.chosen),
        "aria-label": dot.label,
        cx: dot.x,
        cy: ground - apart * dot.layer,
        r: dot.chosen ? radius + 2 : radius,
      },
      svg("title", {}, dot.label),
    );
    mark.place = dot.place;
    list.append(mark);
    if (dot.chosen) list.setAttribute("aria-activedescendant", mark.id);
  }
  return svg("svg", { width, height, viewBox: `0 0 ${width} ${height}` }, frame, list);
};

// The dot nearest to a click: a finger is wider than a dot.
Explorer.nearestDot = (chart, event) => {
  let best = null;
  let least = 24;
  for (const dot of chart.querySelectorAll(".dot")) {
    const box = dot.getBoundingClientRect();
    const across = event.clientX - (box.left + box.width / 2);
    const down = event.clientY - (box.top + box.height / 2);
    const distance = Math.hypot(across, down);
    if (distance < least) [best, least] = [dot, distance];
  }
  return best;
};

// Where on a measured curve λ lies: between two points on the straight line through them.
Explorer.between = (multipliers, points, multiplier) => {
  const exact = multipliers.findIndex((one) => Math.abs(one - multiplier) < 1e-9);
  if (exact >= 0) return points[exact];
  const after = multipliers.findIndex((one) => one > multiplier);
  if (after <= 0) return null;
  const [start, end] = [multipliers[after - 1], multipliers[after]];
  const share = (multiplier - start) / (end - start);
  return points[after - 1] + share * (points[after] - points[after - 1]);
};

// The curves of questions: propensity against λ, and behind each what random vectors would do.
// `curves` have `points`, `order`, `falls`, `reach`, `style` (chosen, first, second) and `name`.
Explorer.curveChart = (multipliers, curves, multiplier, width, label) => {
  const { svg } = Explorer;
  const height = Math.max(230, Math.min(340, 0.6 * width));
  const [left, right, top, bottom] = [48, width - 34, 10, height - 42];
  const bands = curves.map((curve) => band(multipliers, curve)).filter(Boolean);
  const values = [...curves.flatMap((curve) => curve.points), ...bands.flatMap((one) => one.ends)];
  const x = Explorer.scale(multipliers[0], multipliers.at(-1), left, right, width < 500 ? 5 : 7);
  const y = Explorer.scale(...Explorer.padded(values), bottom, top, 5);
  const frame = svg("g", {});
  for (const tick of y.ticks) {
    const at = y.place(tick);
    frame.append(
      svg("line", { class: tick === 0 ? "zero" : "grid", x1: left, x2: right, y1: at, y2: at }),
      svg("text", { x: left - 6, y: at + 4, "text-anchor": "end" }, y.name(tick)),
    );
  }
  for (const tick of x.ticks) {
    const at = x.place(tick);
    frame.append(svg("text", { x: at, y: bottom + 17, "text-anchor": "middle" }, x.name(tick)));
  }
  const middle = { x: (left + right) / 2, y: height - 6, "text-anchor": "middle" };
  frame.append(svg("text", middle, "multiplier λ"));
  const turned = `translate(12 ${(top + bottom) / 2}) rotate(-90)`;
  frame.append(svg("text", { transform: turned, "text-anchor": "middle" }, "propensity (logits)"));
  for (const one of bands) {
    const corners = one.corners.map(([at, value]) => `${x.place(at)},${y.place(value)}`);
    frame.append(svg("polygon", { class: "band", points: corners.join(" ") }));
  }
  const at = x.place(multiplier);
  frame.append(svg("line", { class: "cursor", x1: at, x2: at, y1: top, y2: bottom }));
  const names = [];
  for (const curve of curves) frame.append(drawnCurve(curve, multipliers, multiplier, x, y));
  const picture = { role: "img", "aria-label": label, viewBox: `0 0 ${width} ${height}` };
  return svg("svg", { ...picture, width, height }, frame);

  // The lines that 95 % of random vectors stay within, through the answer without a vector.
  function band(all, curve) {
    const still = Explorer.between(all, curve.points, 0);
    if (still === null || !curve.reach || curve.style !== "chosen") return null;
    const [first, last] = [all[0], all.at(-1)];
    const corner = (one, sign) => [one, still + sign * one * curve.reach];
    const corners = [corner(first, 1), corner(last, 1), corner(last, -1), corner(first, -1)];
    return { corners, ends: corners.map(([, value]) => value) };
  }

  function drawnCurve(curve, all, now, across, up) {
    const places = all.map((one, index) => [across.place(one), up.place(curve.points[index])]);
    const path = places.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join(" ");
    const sign = curve.falls ? "falls" : "rises";
    const kind = `curve ${curve.style} ${sign} order-${curve.order}${curve.faint ? " faint" : ""}`;
    const group = svg("g", { class: kind }, svg("polyline", { points: path }));
    for (const [px, py] of places) group.append(mark(curve.order, px, py, 3.5));
    const value = Explorer.between(all, curve.points, now);
    if (value !== null) group.append(mark(curve.order, across.place(now), up.place(value), 6, "now"));
    const [endX, endY] = places.at(-1);
    // A name that would cover another one stands above or below it.
    let line = endY + 4;
    const near = names.find((other) => Math.abs(other - line) < 12);
    if (near !== undefined) line = line < near || near > bottom - 8 ? near - 12 : near + 12;
    names.push(line);
    group.append(svg("text", { x: endX + 8, y: line }, curve.name));
    return group;
  }

  // A circle in the first order and a square in the second: told apart without colour.
  function mark(order, px, py, size, kind = "") {
    if (order === 0) return svg("circle", { class: kind, cx: px, cy: py, r: size });
    const side = 1.8 * size;
    return svg("rect", { class: kind, x: px - side / 2, y: py - side / 2, width: side, height: side });
  }
};
