// Queries: their own keys, the place in the list, words that are not sent yet, and quiet while rows are chosen.
(() => {
  "use strict";
  const one = (selector) => document.querySelector(selector);

  // The list stays where it was, with the open query in sight.
  const list = one(".beside");
  if (list) {
    const key = "csobot-queue-top";
    list.scrollTop = Number(sessionStorage.getItem(key)) || 0;
    one(".queue > .current")?.scrollIntoView({ block: "nearest" });
    window.addEventListener("pagehide", () => sessionStorage.setItem(key, String(list.scrollTop)));
  }
  // On a narrow screen a query that is chosen in the list slides over it.
  const slides = "csobot-query-slides";
  document.addEventListener("click", (event) => {
    if (event.target.closest(".queue a[href]")) sessionStorage.setItem(slides, "yes");
  });
  if (sessionStorage.getItem(slides) && one(".desk.opened")) one("#query").classList.add("slides");
  sessionStorage.removeItem(slides);
  if (location.hash.startsWith("#q-")) document.getElementById(location.hash.slice(1))?.focus();
  one("#doing")?.scrollIntoView({ block: "nearest" });

  // Words that are typed and not sent yet are kept until they are sent, in this window only.
  const form = one("form[data-draft]");
  const written = form && form.querySelector("textarea");
  if (written) {
    const key = `csobot-draft:${form.dataset.draft}`;
    if (!written.value) written.value = sessionStorage.getItem(key) || "";
    written.addEventListener("input", () => sessionStorage.setItem(key, written.value));
    form.addEventListener("submit", () => sessionStorage.removeItem(key));
  }

  // One button ticks all the boxes of its group.
  one("[data-ticks]")?.addEventListener("click", (event) => {
    event.target.closest("fieldset").querySelectorAll("input[type=checkbox]").forEach((each) => { each.checked = true; });
  });

  // Nothing renews itself under one's hands: chosen rows and an open menu stay.
  document.addEventListener("htmx:before:request", (event) => {
    const place = event.detail.ctx.sourceElement;
    if (place.querySelector?.(":checked, details[open], :focus-visible")) event.preventDefault();
  });

  // c, r and n: for the row that has the focus, else for the open query.
  const typing = (target) => target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]");
  const begin = { r: "reply", n: "note" };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || one("dialog[open]")) return;
    const { key } = event;
    if (!["c", "r", "n", "x"].includes(key)) return;
    const row = document.activeElement.closest(".queue > li");
    if (key === "x" && row) {
      row.querySelector("input[type=checkbox]").click();
    } else if (row && key === "c") {
      row.querySelector("[data-key=c]")?.click();
    } else if (row && !row.classList.contains("current") && begin[key]) {
      const to = new URL(row.querySelector("a[href]").href);
      to.pathname += `/${begin[key]}`;
      location.assign(to);
    } else {
      one(`#query [data-key=${key}]`)?.click();
    }
    event.preventDefault();
  });
})();
