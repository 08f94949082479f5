// What a page keeps folded is opened where a link leads into it, and all of it for paper. Without
// this script each fold opens on a click.
"use strict";

(() => {
  const shown = () => {
    let named = location.hash.slice(1);
    try {
      named = decodeURIComponent(named);
    } catch {
      // An address that somebody cut short names nothing here.
    }
    const target = named && document.getElementById(named);
    if (!target) return;
    let opened = false;
    for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) {
      opened ||= !fold.open;
      fold.open = true;
    }
    if (opened) target.scrollIntoView();
  };
  addEventListener("DOMContentLoaded", shown);
  addEventListener("hashchange", shown);
  // The same link once more, after its fold was closed, changes no address.
  addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (link && link.hash && link.href === location.href) shown();
  });

  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("article details:not([open])")];
    closed.forEach((fold) => (fold.open = true));
  });
  addEventListener("afterprint", () => {
    closed.forEach((fold) => (fold.open = false));
    closed = [];
  });
})();
