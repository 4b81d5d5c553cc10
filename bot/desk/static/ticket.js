// The page of one ticket: texts to insert, topics that come after the page, and who else looks at it.
"use strict";

// ---- inserting: at the caret, nothing typed is lost, nothing is sent

function insertIntoAnswer(text) {
  const area = find("#answer");
  if (!area) return;
  const caret = area.selectionEnd;
  const before = area.value.slice(0, caret);
  const after = area.value.slice(caret);
  area.focus();
  area.setSelectionRange(caret, caret);
  const whole = gap(before, /\n*$/) + text + gap(after, /^\n*/);
  // Old, but the only way that leaves the text with a working "undo".
  if (document.execCommand("insertText", false, whole)) return;
  area.setRangeText(whole, caret, caret, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

// What separates an inserted text from its neighbour: an empty line.
function gap(neighbour, ends) {
  if (!neighbour.trim()) return "";
  return "\n".repeat(Math.max(0, 2 - neighbour.match(ends)[0].length));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (!button) return;
  const list = button.closest("details.prepared");
  if (list) list.open = false;
  insertIntoAnswer(button.dataset.insert);
});

// ---- prepared answers: typing narrows the list, arrows walk through it, Enter inserts

const plain = (text) => text.normalize("NFD").replace(/\p{Mn}/gu, "").toLowerCase();

function narrow(search) {
  const words = plain(search.value).split(/\s+/);
  let shown = 0;
  for (const item of find("#prepared-list").children) {
    const text = plain(item.textContent);
    item.hidden = !words.every((word) => text.includes(word));
    if (!item.hidden) shown += 1;
  }
  find("#prepared-count").textContent = shown ? "" : "Tādas sagataves nav.";
}

const preparedShown = () => [...document.querySelectorAll("#prepared-list li:not([hidden]) button")];

document.addEventListener(
  "toggle",
  (event) => {
    if (event.target.id !== "prepared" || !event.target.open) return;
    const search = find("#prepared-search");
    search.value = "";
    narrow(search);
    search.focus();
  },
  true,
);

document.addEventListener("input", (event) => {
  if (event.target.id === "prepared-search") narrow(event.target);
});

document.addEventListener("keydown", (event) => {
  const list = event.target.closest("details.prepared[open]");
  if (!list) return;
  const buttons = preparedShown();
  const at = buttons.indexOf(event.target);
  if (event.key === "ArrowDown") moveTo(event, buttons[at + 1]);
  else if (event.key === "ArrowUp") moveTo(event, at > 0 ? buttons[at - 1] : find("#prepared-search"));
  else if (event.key === "Enter" && at < 0 && event.target.matches("input")) {
    event.preventDefault(); // the form is not sent
    if (buttons.length) buttons[0].click();
  } else if (event.key === "Escape") {
    event.preventDefault();
    list.open = false;
    find("#answer").focus();
  }
});

function moveTo(event, element) {
  event.preventDefault();
  if (element) element.focus();
}

// ---- topics: fetched when the page stands, and again when the resident has written

let topicsAbout = null;

async function bringTopics() {
  const box = find("#topics-found");
  if (!box || box.dataset.region === topicsAbout) return;
  topicsAbout = box.dataset.region;
  box.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(box.dataset.topics, { headers: BACKGROUND, credentials: "same-origin" });
    if (!response.ok) return;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    const found = fresh.getElementById("found-topics");
    if (!found) return;
    if (found.querySelector("[data-away]")) topicsAbout = null; // the model will be back
    box.replaceChildren(...found.childNodes);
  } catch {
    topicsAbout = null; // the network is away; the next refresh tries again
  } finally {
    box.removeAttribute("aria-busy");
  }
}

document.addEventListener("refreshed", bringTopics);

// ---- colleagues see that somebody writes here

const STILL_WRITING = 10000; // ms
let toldAt = 0;
let silence = 0;

function tellWriting(writing) {
  const form = new URLSearchParams({ csrf: find("[name=csrf]").value, writing: writing ? "1" : "" });
  const options = { method: "POST", body: form, headers: BACKGROUND, credentials: "same-origin", keepalive: true };
  fetch(`${page}/viewing`, options).catch(() => {}); // it is told again with the next letters
}

function isWriting() {
  clearTimeout(silence);
  silence = setTimeout(hasStopped, STILL_WRITING);
  if (Date.now() - toldAt < STILL_WRITING) return;
  toldAt = Date.now();
  tellWriting(true);
}

function hasStopped() {
  clearTimeout(silence);
  if (!toldAt) return;
  toldAt = 0;
  tellWriting(false);
}

document.addEventListener("input", (event) => {
  if (event.target.matches("textarea[data-draft]")) isWriting();
});
document.addEventListener("focusout", (event) => {
  if (event.target.matches("textarea[data-draft]")) hasStopped();
});
document.addEventListener("submit", hasStopped);

bringTopics();
