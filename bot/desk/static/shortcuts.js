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

// ---- the list that a ticket was opened from

const rows = () => [...document.querySelectorAll(".row-link")];

function rememberList() {
  const numbers = rows().map((row) => row.pathname);
  sessionStorage.setItem(LAST_LIST, JSON.stringify({ address: location.pathname + location.search, numbers }));
}

const lastList = () => JSON.parse(sessionStorage.getItem(LAST_LIST) || '{"address": "/desk/", "numbers": []}');

function step(by) {
  if (!body.dataset.ticket) return stepInList(by);
  const { numbers } = lastList();
  const next = numbers[numbers.indexOf(page) + by];
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
  if (body.dataset.ticket) location.assign(lastList().address);
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
  if (event.target.closest(".row-link")) rememberList();
});
