// Single keys for those who work here all day. They can be switched off (WCAG 2.1.4) and never act while somebody types.
"use strict";

const KEYS_OFF = "zintis.keys_off";
const LAST_LIST = "zintis.list";

const dialog = find("#shortcuts");
const keysOn = find("#keys-on");

// ---- the dialog and its switch

keysOn.checked = !localStorage.getItem(KEYS_OFF);
keysOn.addEventListener("change", () => {
  if (keysOn.checked) localStorage.removeItem(KEYS_OFF);
  else localStorage.setItem(KEYS_OFF, "1");
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-shortcuts]")) dialog.showModal();
});

// ---- the list that a ticket was opened from: beside it as it is now, and kept as it was for what has left it since

const rows = () => [...document.querySelectorAll(body.dataset.ticket ? ".next-link" : ".row-link")];
const numbers = () => rows().map((row) => row.pathname);
const isListed = () => !body.dataset.ticket || numbers().includes(page);

function rememberList() {
  if (isListed()) sessionStorage.setItem(LAST_LIST, JSON.stringify(numbers()));
}

function step(by) {
  if (!body.dataset.ticket) return stepInList(by);
  const all = isListed() ? numbers() : JSON.parse(sessionStorage.getItem(LAST_LIST) || "[]");
  const at = all.indexOf(page);
  const next = at < 0 ? numbers()[0] : all[at + by];
  if (next) location.assign(next);
}

function stepInList(by) {
  const all = rows();
  const at = all.indexOf(document.activeElement);
  const next = all[at < 0 ? 0 : at + by];
  if (next) next.focus();
}

// ---- keys

function reach(selector) {
  const field = find(selector);
  if (!field) return;
  const around = field.closest("details");
  if (around) around.open = true;
  field.focus();
}

function back() {
  find("#back")?.click();
}

const actions = {
  j: () => step(1),
  k: () => step(-1),
  c: () => find("#do-claim")?.click(),
  r: () => reach("#answer"),
  n: () => reach("#note"),
  i: () => find("#prepared > summary")?.click(),
  "?": () => dialog.showModal(),
  Escape: back,
};

const isTyping = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;

document.addEventListener("keydown", (event) => {
  const act = actions[event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  if (isTyping(event.target) || dialog.open) return;
  if (!keysOn.checked && event.key !== "Escape") return;
  if (event.key === "Escape" && find("details.presence[open]")) return;
  event.preventDefault();
  act();
});

document.addEventListener("click", (event) => {
  if (event.target.closest(".row-link, .next-link")) rememberList();
});
rememberList();
