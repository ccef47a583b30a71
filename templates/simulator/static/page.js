// What the page does beside what htmx does: no state that the server does not have, except the tab and the scroll.
"use strict";

const stage = document.getElementById("stage");
const poll = document.getElementById("poll");
const lost = document.getElementById("lost");
const NEAR = 48;
let tag = "";
let places = new Map();
let modal = "";
let before = null;

// Polling asks only for what is new.

document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = event.detail;
  if (ctx.sourceElement === poll && tag) ctx.request.headers["If-None-Match"] = tag;
});

document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  lost.hidden = ctx.response.status < 500;
  tag = ctx.sourceElement === poll || ctx.response.status === 304 ? ctx.response.headers.get("ETag") || "" : "";
  if (ctx.response.status === 200 && ctx.sourceElement.matches("[data-composer]")) {
    const text = ctx.request.body.get("send") === "text" || !ctx.request.body.get("send");
    if (text) ctx.sourceElement.querySelector("textarea").value = "";
  }
});

document.addEventListener("htmx:error", () => {
  lost.hidden = false;
});

// New messages come into view only where the end was in view.

function remember() {
  places = new Map();
  for (const list of stage.querySelectorAll(".scroll")) {
    const rest = list.scrollHeight - list.scrollTop - list.clientHeight;
    places.set(list.id, { end: rest < NEAR, place: list.dataset.place || "", count: list.querySelectorAll("li").length });
  }
}

function restore() {
  for (const list of stage.querySelectorAll(".scroll")) {
    const was = places.get(list.id);
    if (!was || was.place !== (list.dataset.place || "") || was.end) list.scrollTop = list.scrollHeight;
  }
  const steps = stage.querySelector(".steps");
  const current = steps && steps.querySelector(".step-now, .step-trouble");
  const key = current ? current.id : "";
  if (steps && steps.dataset.at !== key) {
    steps.dataset.at = key;
    if (current && steps.scrollWidth > steps.clientWidth) steps.scrollLeft = Math.max(0, current.offsetLeft - 24);
  }
  for (const each of stage.querySelectorAll("input[role=switch]")) each.checked = each.hasAttribute("checked");
}

document.addEventListener("htmx:before:swap", remember);
document.addEventListener("htmx:after:swap", () => {
  restore();
  faceModal();
});

// A form in front of somebody takes the focus and gives it back.

function faceModal() {
  const open = stage.querySelector("[data-modal]");
  const name = open ? open.parentElement.id : "";
  if (name && name !== modal) {
    before = document.activeElement;
    open.querySelector("textarea, select, input:not([type=hidden]), button").focus();
  }
  if (!name && modal && before && before.isConnected) before.focus();
  modal = name;
}

document.addEventListener("keydown", (event) => {
  const open = stage.querySelector("[data-modal]");
  if (open && event.key === "Escape") {
    open.querySelector("[data-closes]").click();
  } else if (open && event.key === "Tab" && open.contains(event.target)) {
    const stops = [...open.querySelectorAll("textarea, select, button, input:not([type=hidden])")];
    const end = event.shiftKey ? stops[0] : stops[stops.length - 1];
    if (event.target === end) {
      event.preventDefault();
      (event.shiftKey ? stops[stops.length - 1] : stops[0]).focus();
    }
  }
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches("[data-composer] textarea")) {
    event.preventDefault();
    event.target.form.requestSubmit(event.target.form.querySelector(".send"));
  }
});

// Ready questions fill the field; nothing is sent yet.

document.addEventListener("change", (event) => {
  const { fills } = event.target.dataset;
  if (!fills || !event.target.value) return;
  const field = document.getElementById(fills);
  field.value = event.target.value;
  event.target.value = "";
  field.focus();
});

document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) {
    event.preventDefault();
    event.stopPropagation();
  }
  const field = event.target.querySelector("textarea[name=text]");
  if (field && event.submitter && event.submitter.value === "text" && !field.value.trim()) {
    event.preventDefault();
    event.stopPropagation();
    field.focus();
  }
}, true);

// On a narrow screen the devices are tabs.

const tabs = [...document.querySelectorAll("[role=tab]")];

function turnTo(name) {
  document.body.dataset.tab = name;
  for (const tab of tabs) {
    const chosen = tab.dataset.shows === name;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
  }
  for (const list of stage.querySelectorAll(".scroll")) list.scrollTop = list.scrollHeight;
}

for (const tab of tabs) {
  tab.addEventListener("click", () => turnTo(tab.dataset.shows));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
    next.focus();
    turnTo(next.dataset.shows);
  });
}

document.addEventListener("click", (event) => {
  const going = event.target.closest("[data-goes]");
  if (going) turnTo(going.dataset.goes);
});

turnTo("amina");
faceModal();
