// What a page cannot do by itself: keys, filters that send themselves, a question before an act, the reader's zone.
(() => {
  "use strict";
  const year = 31536000;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `csobot-zone=${encodeURIComponent(zone)}; path=/console; max-age=${year}; SameSite=Lax${secure}`;

  const all = (selector) => [...document.querySelectorAll(selector)];
  const one = (selector) => document.querySelector(selector);

  // Filters show what they find as soon as one is changed.
  all("form[data-sends-itself]").forEach((form) => {
    form.classList.add("by-itself");
    form.addEventListener("change", () => form.requestSubmit());
    // Empty fields stay out of the address.
    form.addEventListener("submit", () =>
      [...form.elements].forEach((each) => { if (each.name && !each.value) each.disabled = true; }));
  });
  window.addEventListener("pageshow", () =>
    all("form[data-sends-itself] :disabled").forEach((each) => { each.disabled = false; }));

  // An act that cannot be taken back says first what it will do.
  document.addEventListener("submit", (event) => {
    const ask = event.target.dataset.ask;
    if (ask && !window.confirm(ask)) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens).showModal();
    const menu = one("details.me[open]");
    if (menu && !menu.contains(event.target)) menu.open = false;
  });

  // Where sections and tabs scroll, the current one is in sight.
  for (const here of document.querySelectorAll("nav [aria-current]")) {
    here.scrollIntoView({ block: "nearest", inline: "center" });
  }

  // What renews itself says what it has: the answer is then only that nothing changed.
  const tags = new WeakMap();
  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    const tag = tags.get(ctx.sourceElement);
    if (tag) ctx.request.headers["If-None-Match"] = tag;
  });
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    const tag = ctx.response.headers.get("ETag");
    if (tag) tags.set(ctx.sourceElement, tag);
  });

  // Keys: j and k through a list, Enter opens, / searches, g goes to the sections, ? explains.
  const row = ".list tbody tr, .queue > li";
  const rows = () => all(row);
  const here = () => rows().indexOf(document.activeElement.closest(row));
  const step = (by) => {
    const there = rows();
    if (!there.length) return;
    const next = Math.min(Math.max(here() + by, 0), there.length - 1);
    there[next].setAttribute("tabindex", "-1");
    there[next].focus();
    there[next].scrollIntoView({ block: "nearest" });
  };
  const keys = {
    j: () => step(1),
    k: () => step(-1),
    "/": () => (one("main input[type=search]") || one("#search"))?.focus(),
    g: () => one(".sections a")?.focus(),
    "?": () => one("#help").showModal(),
  };
  const typing = (target) => target.closest("input, select, textarea, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      const menu = one("details.me[open]");
      if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
      return;
    }
    if (typing(event.target) || one("dialog[open]")) return;
    if (event.key === "Enter" && event.target.matches(row)) {
      event.target.querySelector("a[href]")?.click();
    } else if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });
})();
