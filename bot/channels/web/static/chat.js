// The chat page: what is typed or pressed goes to the server, however long that takes; what is answered is shown.

import { Line } from "./line.js";
import * as store from "./store.js";
import * as view from "./view.js";

const LONGEST = 2000;
const PATIENCE = 10_000;
const SEEN_AFTER = 250;

const embedded = document.body.classList.contains("embedded");
const composer = document.getElementById("composer");
const field = document.getElementById("message");
const notice = document.getElementById("line");
const log = document.getElementById("log");
const finePointer = window.matchMedia("(pointer: fine)");

// ---------------------------------------------------------------- sending

const OFFLINE = "Nav savienojuma. Ko uzrakstīsiet, nosūtīsim, tiklīdz tas atjaunosies.";
let sending = false;
let sendAgainAt = null;
let failures = 0;

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // plain http, where randomUUID is missing
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function say(message) {
  const numbered = { id: newId(), ...message };
  store.unsent.add(numbered);
  view.addUnsent(numbered);
  sendWaiting();
}

async function sendWaiting() {
  if (sending) return;
  sending = true;
  clearTimeout(sendAgainAt);
  try {
    for (let message = store.unsent.all()[0]; message; message = store.unsent.all()[0]) {
      await sendOne(message);
    }
    failures = 0;
  } catch (error) {
    failures += 1;
    const wait = error.retryAfter ? error.retryAfter * 1000 : Math.min(30_000, 1000 * 2 ** failures);
    sendAgainAt = setTimeout(sendWaiting, wait);
  } finally {
    sending = false;
  }
}

// Throws when it makes sense to try again later: then this message and those after it wait.
async function sendOne(message) {
  try {
    await line.send(message);
  } catch (error) {
    if (error.isPassing) {
      store.unsent.all().forEach(({ id }) => view.mark(id, "waiting", "Gaida savienojumu – nosūtīsim"));
      if (error.message) showNotice(error.message);
      else showNotice(OFFLINE);
      throw error;
    }
    store.unsent.remove(message.id);
    view.mark(message.id, "refused", error.message || "Ziņu neizdevās nosūtīt.", () => {
      store.unsent.add(message);
      view.mark(message.id, "sending", "Sūta…");
      sendWaiting();
    });
    return;
  }
  store.unsent.remove(message.id);
  view.mark(message.id, "sent", "Nosūtīts");
  if (offline) lineState(true);
  expectAnswer();
}

// ---------------------------------------------------------------- waiting for the answer

let mode = "bot";
let lateAt = null;

function expectAnswer() {
  if (mode === "staff") return;
  clearTimeout(lateAt);
  view.think("yes");
  if (view.isAtEnd()) view.toEnd();
  lateAt = setTimeout(() => view.think("late"), PATIENCE);
}

function stopExpecting() {
  clearTimeout(lateAt);
  view.think("no");
}

// ---------------------------------------------------------------- news

let opened = !embedded;
const isShown = () => document.visibilityState === "visible" && opened;
const unseen = new Map(); // id of a message to the resident: whether the server knows that the page has it
let seenSoon = null;
let isFirst = true;
const line = new Line({ onNews: hear, onState: lineState, isShown });
view.fetchFilesWith((address) => line.fetchFile(address));

function hear(news) {
  if (!news.whole && !news.messages.length && news.mode === mode) {
    log.setAttribute("aria-busy", "false");
    return;
  }
  mode = news.mode;
  view.showWho(news.mode, news.agent);
  const { fresh, wasAtEnd } = view.show(news);
  const answers = fresh.filter((said) => said.by !== "resident");
  if (answers.length || mode === "staff") stopExpecting();
  if (isFirst) {
    store.unsent.all().forEach(view.addUnsent);
    if (news.messages.length) view.toEnd();
    isFirst = false;
  } else view.reveal(fresh, wasAtEnd);
  // After the first load only: a reader should hear what is new, not the whole history.
  requestAnimationFrame(() => log.setAttribute("aria-busy", "false"));
  for (const said of news.messages) {
    if (said.by !== "resident" && said.state !== "read") unseen.set(said.id, said.state === "delivered");
  }
  noteSeen();
  countUnseen(answers.length);
}

function noteSeen() {
  clearTimeout(seenSoon);
  seenSoon = setTimeout(tellSeen, SEEN_AFTER);
}

async function tellSeen() {
  const shown = isShown();
  const ids = [...unseen.keys()].filter((id) => shown || !unseen.get(id)).slice(0, 50);
  if (!ids.length || !line.token) return;
  try {
    await line.tellSeen(ids, shown);
    for (const id of ids) {
      if (shown) unseen.delete(id);
      else unseen.set(id, true);
    }
    if (unseen.size && shown) noteSeen();
  } catch {
    seenSoon = setTimeout(tellSeen, 10_000);
  }
}

let unread = 0;
const title = document.title;

function countUnseen(more) {
  unread = isShown() ? 0 : unread + more;
  document.title = unread ? `(${unread}) ${title}` : title;
  if (embedded) window.parent.postMessage({ zintis: "unread", count: unread }, "*");
}

function becameVisible() {
  if (!isShown()) return;
  countUnseen(0);
  noteSeen();
}

document.addEventListener("visibilitychange", becameVisible);

// ---------------------------------------------------------------- the state of the line

let offline = false;
let noticeUntil = null;

function showNotice(words, milliseconds) {
  clearTimeout(noticeUntil);
  if (notice.textContent !== words) notice.textContent = words;
  offline = Boolean(words) && !milliseconds;
  if (milliseconds) noticeUntil = setTimeout(() => showNotice(""), milliseconds);
}

function lineState(connected) {
  if (!connected) {
    showNotice(OFFLINE);
    return;
  }
  if (offline) {
    showNotice("Savienojums atjaunots.", 3000);
    sendWaiting();
  }
}

window.addEventListener("online", () => sendWaiting());
window.addEventListener("offline", () => showNotice(OFFLINE));

// ---------------------------------------------------------------- typing

function grow() {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 3}px`;
  const left = LONGEST - field.value.length;
  document.getElementById("left").textContent = left <= 200 ? `Vēl ${left} rakstzīmes` : "";
}

field.addEventListener("input", () => {
  store.write("draft", field.value);
  grow();
});

field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  composer.requestSubmit();
});

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = field.value.trim();
  if (finePointer.matches || !text) field.focus();
  if (!text) return;
  field.value = "";
  store.forget("draft");
  grow();
  say({ text });
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-choice]");
  if (!button) return;
  if (button.classList.contains("choice")) view.press(button);
  openAbout(false);
  say({ choice: button.dataset.choice, label: button.dataset.label });
});

// ---------------------------------------------------------------- the bar on top

const sizes = [...document.querySelectorAll("[data-size]")];

function setSize(size) {
  document.documentElement.classList.toggle("large", size === "large");
  for (const button of sizes) button.setAttribute("aria-pressed", String(button.dataset.size === size));
}

for (const button of sizes) {
  button.addEventListener("click", () => {
    // Where only A+ is shown, pressing it again makes the letters ordinary.
    const isOn = button.getAttribute("aria-pressed") === "true";
    const size = isOn ? "normal" : button.dataset.size;
    store.write("size", size);
    setSize(size);
    grow();
  });
}

const about = document.getElementById("about");
const menu = document.getElementById("menu");

function openAbout(open) {
  if (about.classList.contains("open") === open) return;
  about.classList.toggle("open", open);
  document.querySelector(".talk").inert = open;
  menu.setAttribute("aria-expanded", String(open));
  if (open) about.querySelector("h2").focus();
  else menu.focus();
}

menu.addEventListener("click", () => openAbout(!about.classList.contains("open")));

// A window that grew shows the column anyway.
window.matchMedia("(min-width: 60rem)").addEventListener("change", () => openAbout(false));

const sure = document.getElementById("sure");
document.getElementById("forget").addEventListener("click", () => sure.showModal());
document.getElementById("sure-no").addEventListener("click", () => sure.close());
document.getElementById("sure-yes").addEventListener("click", () => {
  sure.close();
  openAbout(false);
  store.forget("token", "unsent", "draft");
  unseen.clear();
  view.clear();
  line.forget();
  field.focus();
});

// ---------------------------------------------------------------- inside another site

if (embedded) {
  const tell = (what) => window.parent.postMessage({ zintis: what }, "*");
  document.getElementById("close").addEventListener("click", () => tell("close"));
  window.addEventListener("message", (event) => {
    if (event.source !== window.parent) return;
    if (event.data?.zintis === "opened") {
      opened = true;
      if (finePointer.matches) field.focus();
      else document.getElementById("close").focus({ preventScroll: true });
      view.toEnd();
      becameVisible();
    }
    if (event.data?.zintis === "closed") opened = false;
  });
  tell("ready");
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || sure.open) return;
  if (about.classList.contains("open")) openAbout(false);
  else if (embedded) window.parent.postMessage({ zintis: "close" }, "*");
});

// ---------------------------------------------------------------- start

setSize(store.read("size") === "large" ? "large" : "normal");
field.value = store.read("draft") ?? "";
grow();
sendWaiting();
document.getElementById("trouble").remove();
// Until here nobody could write or press: what was typed before somebody listens would be lost.
for (const waiting of document.querySelectorAll("[disabled]")) waiting.disabled = false;
line.follow();
