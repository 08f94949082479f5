// The data of the explorer: which sets there are, and one set when it is asked for.
//
// A page that was opened from disk may read no file, but it may run scripts. So the list of sets and
// each set are scripts, which call `explorerSets` and `explorerData`. How a set is written is said in
// steering/report/explorer.py.
"use strict";

const Explorer = { sets: [], asked: new Map(), arriving: new Map() };

function explorerSets(list) {
  Explorer.sets = list;
}

function explorerData(place, data) {
  Explorer.arriving.set(place, new QuestionSet(data));
}

// The set of a line of the list, as a promise: its script is loaded when it is asked for first.
Explorer.load = (line) => {
  if (!Explorer.asked.has(line.place)) {
    const promise = new Promise((resolve, reject) => {
      const script = document.createElement("script");
      const [model, concept] = line.place.split("/").map(encodeURIComponent);
      script.src = `_static/explore/${model}/${concept}.js`;
      script.onload = () => resolve(Explorer.arriving.get(line.place));
      script.onerror = () => {
        Explorer.asked.delete(line.place);
        reject(new Error(`The data of ${line.title} in ${line.model} are missing beside this page.`));
      };
      document.head.append(script);
    });
    Explorer.asked.set(line.place, promise);
  }
  return Explorer.asked.get(line.place);
};

// The questions of one concept in one model. A question is asked for by its place in `items`, an
// order is 0 or 1, and a value that was not measured is null.
class QuestionSet {
  constructor(data) {
    Object.assign(this, data);
    this.place = new Map(data.items.map((item, place) => [item, place]));
    this.pairOf = new Map();
    let planted = null;
    for (const pair of data.pairs) {
      // Written only where they differ from those of the pair before.
      planted = pair.planted ?? planted;
      this.pairOf.set(`${pair.vector}→${pair.prompt}`, { ...pair, planted });
    }
    this.digits = Math.round(-Math.log10(data.step));
  }

  pair(vector, prompt) {
    return this.pairOf.get(`${vector}→${prompt}`) ?? null;
  }

  // One number of a curve: `name` is slopes, r_squared or planted.
  value(pair, name, place, order) {
    const whole = pair?.[name]?.[2 * place + order] ?? null;
    return whole === null ? null : whole * (name === "r_squared" ? 0.001 : this.step);
  }

  slope(pair, place, order) {
    return this.value(pair, "slopes", place, order);
  }

  // The slope of a question: the mean of its two orders, so that a push towards a letter cancels.
  mean(pair, place, name = "slopes") {
    const [first, second] = [0, 1].map((order) => this.value(pair, name, place, order));
    return first === null || second === null ? null : (first + second) / 2;
  }

  falls(pair, place) {
    const mean = this.mean(pair, place);
    return mean !== null && mean < 0;
  }

  fallsInBothOrders(pair, place) {
    return [0, 1].every((order) => (this.slope(pair, place, order) ?? 0) < 0);
  }

  // The propensity at every multiplier: whole numbers are put together from second differences.
  points(pair, place, order) {
    const bent = pair?.points[2 * place + order];
    if (!bent) return null;
    let [value, step] = bent;
    const whole = [value];
    bent.slice(1).forEach((part, at) => {
      step = at === 0 ? part : step + part;
      value += step;
      whole.push(value);
    });
    return whole.map((one) => one * this.step);
  }

  // How far random vectors reach: in an order, or in the mean of both where it is 2.
  reachOf(prompt, place, order) {
    const whole = this.reach[prompt]?.[3 * place + order] ?? null;
    return whole === null ? null : whole * this.step;
  }

  // The letter at which the positive answer stands.
  letter(place, order) {
    const first = this.letters[place];
    return order === 0 ? first : { A: "B", B: "A" }[first] ?? first;
  }

  // What is known of the words: the statement in short, or the hash that stands for it.
  caption(place) {
    if (!this.words) return `row ${this.items[place]}, statement ${this.hashes[place]}`;
    const question = this.words[place][0];
    return question.match(/"([^"]+)"\s*$/)?.[1] ?? question;
  }

  // The tokens of a prompt and how many of them, from the end, are steered; null where none are kept.
  prompt(setting, place, order) {
    const kept = this.tokens;
    const ends = kept?.settings[setting];
    const key = `${this.items[place]}/${order}`;
    const middle = kept?.others[`${setting}/${key}`] ?? kept?.middles[key];
    if (!ends || !middle) return null;
    const texts = [...ends.head, ...middle, ...ends.tail].map((at) => kept.texts[at]);
    return { texts, steered: kept.own ? ends.steered : 0, own: kept.own };
  }
}

// A number as the pages print it: a real minus sign, two digits after the point, more for small ones.
Explorer.number = (value, finest = 4) => {
  if (value === null || Number.isNaN(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const digits = size >= 0.1 ? 2 : Math.min(finest, 1 - Math.floor(Math.log10(size)));
  const text = size.toFixed(Math.max(2, digits));
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
};

Explorer.percent = (value) => `${Math.round(100 * value)} %`;
