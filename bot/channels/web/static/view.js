// What stands on the page. Messages are kept in the order of the server's clock; what waits to be sent stands last.

const MONTHS = [
  "janvāris", "februāris", "marts", "aprīlis", "maijs", "jūnijs",
  "jūlijs", "augusts", "septembris", "oktobris", "novembris", "decembris",
];
const ALLOWED = new Set(["P", "BR", "STRONG", "EM", "UL", "OL", "LI", "A"]);
const SAFE_LINK = /^(https?:|tel:|mailto:)/;
const SHORT = 24; // characters up to which choices stand beside each other
const SHORT_QUESTION = 160; // pixels

const log = document.getElementById("log");
const list = document.getElementById("messages");
const typing = document.getElementById("typing");
const newer = document.getElementById("newer");
const end = document.getElementById("end");
const { name } = document.body.dataset;

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

// The server sends only a few tags, everything else escaped. This trusts it no further than that.
function safely(html) {
  const fragment = document.createDocumentFragment();
  const parsed = new DOMParser().parseFromString(html, "text/html").body;
  copy(parsed, fragment);
  return fragment;
}

function copy(from, to) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) to.append(node.data);
    else if (ALLOWED.has(node.nodeName)) to.append(copyElement(node));
  }
}

function copyElement(node) {
  const made = document.createElement(node.nodeName);
  if (node.nodeName === "OL" && node.start > 1) made.start = node.start;
  const href = node.nodeName === "A" ? node.getAttribute("href") ?? "" : "";
  if (SAFE_LINK.test(href)) {
    made.href = href;
    if (href.startsWith("http")) Object.assign(made, { target: "_blank", rel: "noopener noreferrer" });
  }
  copy(node, made);
  return made;
}

const two = (number) => String(number).padStart(2, "0");
const clock = (date) => `${two(date.getHours())}:${two(date.getMinutes())}`;

function dayName(date) {
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 86_400_000);
  if (days === 0) return "Šodien";
  if (days === 1) return "Vakar";
  const day = `${date.getDate()}. ${MONTHS[date.getMonth()]}`;
  return date.getFullYear() === new Date().getFullYear() ? day : `${date.getFullYear()}. gada ${day}`;
}

function authorLine(said, date) {
  const line = make("p", "by");
  if (said.by === "resident") line.append(make("span", "unseen", "Jūs"));
  else line.append(make("b", "", said.by === "staff" ? said.name || "Pašvaldība" : name));
  if (said.by === "staff") line.append(make("span", "", "pašvaldība"));
  if (date) {
    const time = make("time", "", clock(date));
    time.dateTime = date.toISOString();
    line.append(time);
  }
  return line;
}

// "1. Rēķini" becomes a button "Rēķini" with its number: the number may be typed instead.
function choiceButton({ id, label }) {
  const [, number, words] = /^(\d{1,2})\. (.*)$/s.exec(label) ?? [null, "", label];
  const button = make("button", "choice");
  button.type = "button";
  if (number) button.append(make("span", "number", number));
  button.append(make("span", "", words));
  Object.assign(button.dataset, { choice: id, label: words });
  return button;
}

function choiceGroup(buttons) {
  const short = buttons.length > 2 && buttons.every(({ label }) => label.length <= SHORT + 4);
  const group = make("div", short ? "choices short" : "choices");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "Izvēles");
  group.append(...buttons.map(choiceButton));
  return group;
}

function sizeWords(bytes) {
  const kilobytes = bytes / 1024;
  return kilobytes < 1024 ? `${Math.max(1, Math.round(kilobytes))} KB` : `${(kilobytes / 1024).toFixed(1).replace(".", ",")} MB`;
}

let fetchFile = null;

// Pictures are fetched when they come into view: a long conversation must not cost a phone its data.
const near = new IntersectionObserver((seen) => {
  for (const { isIntersecting, target } of seen) {
    if (!isIntersecting) continue;
    near.unobserve(target);
    target.dispatchEvent(new Event("near"));
  }
});

// What staff sent: a picture is shown, everything is saved by a button. Only our script can fetch it.
function fileBox(file) {
  const box = make("div", "file");
  const button = make("button", "save");
  button.type = "button";
  button.append(make("span", "", `Saglabāt: ${file.name}`), make("span", "size", sizeWords(file.size)));
  const trouble = make("p", "refusal");
  trouble.setAttribute("role", "status");
  let fetched = null;
  const get = async () => {
    fetched ??= fetchFile(file.address);
    try {
      return await fetched;
    } catch (error) {
      fetched = null;
      trouble.textContent = error.message || "Failu neizdevās saņemt. Mēģiniet vēlreiz.";
      return null;
    }
  };
  button.addEventListener("click", async () => {
    trouble.textContent = "";
    const address = await get();
    if (address) Object.assign(document.createElement("a"), { href: address, download: file.name }).click();
  });
  if (file.picture) {
    box.addEventListener("near", () => showPicture(box, file, get), { once: true });
    near.observe(box);
  }
  box.append(button, trouble);
  return box;
}

async function showPicture(box, file, get) {
  const address = await get();
  if (!address) return;
  const picture = make("img", "picture");
  picture.alt = `Attēls ${file.name}`;
  picture.src = address;
  await picture.decode().catch(() => {});
  const wasAtEnd = isAtEnd();
  box.prepend(picture);
  if (wasAtEnd) toEnd();
}

function element(said) {
  const date = said.at ? new Date(said.at) : null;
  const made = make("article", `said ${said.by}`);
  made.dataset.at = date ? String(date.getTime()) : "Infinity";
  made.append(authorLine(said, date));
  const bubble = make("div", "bubble");
  if (said.by === "resident") bubble.textContent = said.text;
  else bubble.append(safely(said.html));
  if (bubble.hasChildNodes()) made.append(bubble);
  if (said.file) made.append(fileBox(said.file));
  if (said.buttons?.length) made.append(choiceGroup(said.buttons));
  if (said.by === "resident") made.append(make("p", "state"));
  return made;
}

function place(made) {
  const at = Number(made.dataset.at);
  const later = [...list.children].find((other) => other.classList.contains("said") && other !== made && Number(other.dataset.at) > at);
  list.insertBefore(made, later ?? null);
}

const byKey = (key) => list.querySelector(`[data-key="${CSS.escape(key)}"]`);

// ---- what others call

export function fetchFilesWith(fetching) {
  fetchFile = fetching;
}

export function addUnsent(message) {
  if (byKey(message.id)) return;
  const made = element({ by: "resident", text: message.text ?? message.label });
  made.dataset.key = message.id;
  list.append(made);
  mark(message.id, "sending", "Sūta…");
  tidy();
  toEnd();
}

export function mark(key, state, words, again) {
  const made = byKey(key);
  if (!made || made.dataset.id) return;
  made.classList.remove("sending", "waiting", "refused", "sent");
  made.classList.add(state);
  const line = made.querySelector(".state");
  line.textContent = words;
  if (again) {
    const button = make("button", "", "Mēģināt vēlreiz");
    button.type = "button";
    button.addEventListener("click", again);
    line.append(" ", button);
  }
}

// Show what the server told; the messages that were really new.
export function show({ whole, messages }) {
  const known = new Set(messages.map((said) => said.id));
  if (whole) {
    for (const made of list.querySelectorAll("[data-id]")) if (!known.has(made.dataset.id)) made.remove();
  }
  const wasAtEnd = isAtEnd();
  const fresh = messages.filter((said) => showOne(said));
  tidy();
  return { fresh, wasAtEnd };
}

function showOne(said) {
  const known = list.querySelector(`[data-id="${said.id}"]`);
  const mine = said.key ? byKey(said.key) : null;
  if (known) return false;
  const made = element(said);
  made.dataset.id = said.id;
  if (said.key) made.dataset.key = said.key;
  if (mine) mine.remove();
  place(made);
  return !mine;
}

// Days between messages, older choices quieter, "sent" under the newest message of one's own.
function tidy() {
  for (const day of list.querySelectorAll(".day")) day.remove();
  const all = [...list.querySelectorAll(".said")];
  const lastMine = all.filter((made) => made.classList.contains("resident") && made.dataset.id).at(-1);
  let before = new Date().toDateString();
  all.forEach((made, index) => {
    made.classList.toggle("old", index < all.length - 1);
    if (made.dataset.id && made.classList.contains("resident")) {
      made.querySelector(".state").textContent = made === lastMine && index >= all.length - 1 ? "Nosūtīts" : "";
    }
    if (made.dataset.at === "Infinity") return;
    const date = new Date(Number(made.dataset.at));
    if (date.toDateString() !== before) list.insertBefore(make("p", "day", dayName(date)), made);
    before = date.toDateString();
  });
  document.body.classList.toggle("talking", all.length > 0);
}

export function isAtEnd() {
  return end.getBoundingClientRect().top <= document.querySelector(".foot").getBoundingClientRect().top + 80;
}

export function toEnd() {
  newer.hidden = true;
  end.scrollIntoView({ block: "end" });
}

// New words start where reading starts: a long answer is shown from its first line, under a short question.
export function reveal(fresh, wasAtEnd) {
  if (!fresh.length) return;
  if (!wasAtEnd) {
    newer.hidden = false;
    return;
  }
  toEnd();
  const first = list.querySelector(`[data-id="${fresh[0].id}"]`);
  const question = first?.previousElementSibling;
  const start = question?.matches(".resident") && question.offsetHeight < SHORT_QUESTION ? question : first;
  const top = Math.max(log.getBoundingClientRect().top, 0);
  if (start && start.getBoundingClientRect().top < top) start.scrollIntoView({ block: "start" });
}

export function think(state) {
  typing.hidden = state === "no";
  typing.classList.toggle("late", state === "late");
  document.getElementById("typing-words").textContent =
    state === "late" ? "Atbilde kavējas, bet tā būs. Lapu varat arī aizvērt: atbilde Jūs šeit sagaidīs." : "Gatavo atbildi…";
}

export function showWho(mode, agent) {
  const who = document.getElementById("who");
  who.classList.toggle("staff", mode === "staff");
  const words = {
    bot: "Atbild dators",
    waiting: "Jautājums nodots darbiniekam",
    staff: agent ? `Atbild ${agent}` : "Atbild pašvaldības darbinieks",
  };
  if (who.textContent !== words[mode]) who.textContent = words[mode];
}

export function press(button) {
  for (const other of button.parentElement.querySelectorAll(".choice")) other.classList.toggle("pressed", other === button);
}

export function clear() {
  list.replaceChildren();
  think("no");
  tidy();
}

newer.addEventListener("click", toEnd);
