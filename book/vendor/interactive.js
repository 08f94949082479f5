// Draws each interactive figure from the data that stand in the page: nothing is fetched.
// Colours of text and lines follow the page's light or dark theme.
document.addEventListener("DOMContentLoaded", () => {
  const colour = (name) =>
    getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const themed = () => ({
    "font.color": colour("--pst-color-text-base"),
    "xaxis.gridcolor": colour("--pst-color-border"),
    "yaxis.gridcolor": colour("--pst-color-border"),
    "xaxis.zerolinecolor": colour("--pst-color-text-muted"),
    "yaxis.zerolinecolor": colour("--pst-color-text-muted"),
  });
  const places = [];
  document.querySelectorAll(".interactive-figure").forEach((figure) => {
    const place = figure.querySelector(".plotly-place");
    const { data, layout } = JSON.parse(figure.querySelector("script").textContent);
    const options = { responsive: true, displayModeBar: false };
    Plotly.newPlot(place, data, layout, options).then(() => Plotly.relayout(place, themed()));
    places.push(place);
  });
  new MutationObserver(() => places.forEach((place) => Plotly.relayout(place, themed()))).observe(
    document.documentElement,
    { attributes: true, attributeFilter: ["data-theme"] },
  );
});
