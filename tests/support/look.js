// What a browser sees of one page of the book. Evaluated in the page by tests/test_pages.py.
async () => {
  if (window.MathJax && MathJax.startup) await MathJax.startup.promise;
  const all = (selector) => [...document.querySelectorAll(selector)];
  const caption = (element) => element.closest("figure")?.querySelector("figcaption")?.textContent;
  const pictures = all("article img");
  const figures = all("figure.steering-figure svg").filter((one) => one.clientWidth);
  const box = (table) => {
    for (let one = table.parentElement; one.tagName !== "ARTICLE"; one = one.parentElement)
      if (["auto", "scroll"].includes(getComputedStyle(one).overflowX)) return one;
    return null;
  };
  const tables = all("article table");
  document.getAnimations().forEach((one) => one.finish());
  await Promise.all(pictures.map((image) => image.decode().catch(() => null)));

  // Colours as red, green, blue and how opaque, whatever way they are written in.
  const brush = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const colour = (written) => {
    if (!known.has(written)) {
      brush.clearRect(0, 0, 1, 1);
      brush.fillStyle = written;
      brush.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data;
      known.set(written, [r, g, b, a / 255]);
    }
    return known.get(written);
  };
  const over = ([r, g, b, a], [x, y, z]) => [r * a + x * (1 - a), g * a + y * (1 - a), b * a + z * (1 - a), 1];
  const grounds = new Map();
  const ground = (element) => {
    if (!element) return [255, 255, 255, 1];
    if (!grounds.has(element)) {
      const own = colour(getComputedStyle(element).backgroundColor);
      grounds.set(element, own[3] === 1 ? own : over(own, ground(element.parentElement)));
    }
    return grounds.get(element);
  };
  const luminance = ([r, g, b]) => {
    const linear = (part) => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  };
  const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const faint = [];
  const judge = (text, ink, behind, element) => {
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const found = contrast(over(ink, behind), behind);
    if (found < (large ? 3 : 4.5)) faint.push(`${text.trim().slice(0, 30)} (${found.toFixed(1)})`);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || element.closest("svg, mjx-container, script, style, noscript")) continue;
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    judge(node.data, colour(getComputedStyle(element).color), ground(element), element);
  }
  for (const figure of figures) {
    // What is filled behind a text is its ground, as in a map of cells.
    const filled = [...figure.querySelectorAll("path, rect")]
      .map((shape) => ({ shape, style: getComputedStyle(shape), at: shape.getBoundingClientRect() }))
      .filter(({ style, at }) => style.fill !== "none" && at.width > 12 && at.height > 8);
    for (const text of figure.querySelectorAll("text")) {
      const at = text.getBoundingClientRect();
      const [x, y] = [(at.left + at.right) / 2, (at.top + at.bottom) / 2];
      let behind = ground(figure);
      for (const { shape, style, at: area } of filled) {
        const before = shape.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING;
        if (!before || x < area.left || x > area.right || y < area.top || y > area.bottom) continue;
        const [r, g, b, a] = colour(style.fill);
        behind = over([r, g, b, a * style.fillOpacity * style.opacity], behind);
      }
      judge(text.textContent, colour(getComputedStyle(text).fill), behind, text);
    }
  }

  const sizes = ["h1", "h2", "h3", "h4"].map((level) => {
    const heading = document.querySelector(`article ${level}`);
    const style = heading && getComputedStyle(heading);
    return style && [parseFloat(style.fontSize), Number(style.fontWeight)];
  });
  return {
    headings: all("article h1").map((heading) => heading.textContent),
    sizes: sizes.filter(Boolean),
    faint: [...new Set(faint)],
    broken: pictures.filter((image) => !image.naturalWidth).map((image) => image.src.slice(0, 80)),
    unnamed: pictures.filter((image) => !image.alt).length,
    captions: [...pictures, ...figures].map(caption),
    unsaid: figures.filter((one) => !one.getAttribute("aria-label")).length,
    // A figure is drawn for a desk and for a phone; of several beside each other, each is seen once.
    shown: all("figure.steering-figure, figure.steering-figure .beside > div").filter((place) => {
      const forms = [...place.querySelectorAll(":scope > svg")];
      const seen = forms.filter((one) => getComputedStyle(one).display !== "none");
      return forms.length ? seen.length !== 1 : !place.querySelector("svg, img");
    }).length,
    small: figures.flatMap((one) => {
      const scale = one.clientWidth / one.viewBox.baseVal.width;
      return [...one.querySelectorAll("text")]
        .filter((text) => parseFloat(getComputedStyle(text).fontSize) * scale < 10.9)
        .map((text) => text.textContent);
    }),
    formulas: all("article .math").length,
    typeset: all("article .math mjx-container").length,
    wide: document.documentElement.scrollWidth - window.innerWidth,
    loose: tables.filter((table) => !box(table)).length,
    clipped: tables
      .filter((table) => box(table) && table.offsetWidth > box(table).clientWidth + 1)
      .map((table) => table.querySelector("th")?.textContent),
    anchors: all("[id]").map((element) => element.id),
    // Links of figures have no address of their own, but the one that is written.
    links: all("article a[href], nav a[href]").map(
      (link) => new URL(link.getAttribute("href"), location.href).href,
    ),
    downloads: all("article a.download[href]").length,
  };
}
