// The desk in the browser. Every page works without this file; with it pages follow what happens, drafts survive,
// and nothing is sent twice.
"use strict";

const BACKGROUND = { "X-Desk-Background": "1" };
const SETTLE = 150; // ms that changes are gathered before the page is fetched again
const LOOK_EVERY = 60000; // ms: the words about time left grow old
const LOOK_HIDDEN_EVERY = 30000; // ms: a page in the background holds no stream, a browser has only six per site

const body = document.body;
const find = (selector) => document.querySelector(selector);

document.documentElement.classList.add("scripted");

// ---- drafts: what is typed stays in this browser until it was sent or its writer logged out

const DRAFT = "zintis.draft.";

const drafts = {
  key: (name) => `${DRAFT}${body.dataset.agent}.${body.dataset.ticket}.${name}`,
  read: (name) => localStorage.getItem(drafts.key(name)) || "",
  keep(name, text) {
    if (text) localStorage.setItem(drafts.key(name), text);
    else localStorage.removeItem(drafts.key(name));
  },
  forgetAll() {
    for (const key of Object.keys(localStorage)) if (key.startsWith(DRAFT)) localStorage.removeItem(key);
  },
};

function bringDraftsBack() {
  for (const area of document.querySelectorAll("textarea[data-draft]")) {
    if (area.dataset.ready) continue;
    area.dataset.ready = "1";
    if (area.value) drafts.keep(area.dataset.draft, area.value);
    else area.value = drafts.read(area.dataset.draft);
    area.addEventListener("input", () => {
      drafts.keep(area.dataset.draft, area.value);
      count(area);
    });
    count(area);
  }
  for (const area of document.querySelectorAll("textarea[data-kept]")) {
    if (!area.value) area.value = drafts.read(area.dataset.kept);
    area.parentElement.hidden = !area.value;
  }
}

function forgetSentDraft() {
  const address = new URL(location.href);
  const sent = { answered: "answer", noted: "note" }[address.searchParams.get("done")];
  if (sent) drafts.keep(sent, "");
  if (!address.searchParams.has("done")) return;
  address.searchParams.delete("done");
  history.replaceState(null, "", address);
}

// ---- how long a text is

const plural = (n, one, many) => (n % 10 === 1 && n % 100 !== 11 ? one : many);

function count(area) {
  const shown = find(`[data-counter="${area.dataset.draft}"]`);
  if (!shown) return;
  const length = area.value.trim().length;
  const limit = Number(area.dataset.limit || area.dataset.longest);
  const over = length - Number(area.dataset.longest);
  const parts = Math.ceil(length / limit);
  shown.classList.toggle("over", over > 0);
  if (!length) shown.textContent = "";
  else if (over > 0) shown.textContent = `Par garu: ${over} ${plural(over, "rakstzīme", "rakstzīmes")} par daudz`;
  else if (parts > 1) shown.textContent = `${length} ${plural(length, "rakstzīme", "rakstzīmes")} – aizies ${parts} ziņās`;
  else shown.textContent = `${length} ${plural(length, "rakstzīme", "rakstzīmes")}`;
}

// ---- files: what was chosen, and what the server would refuse anyway

document.addEventListener("change", (event) => {
  const input = event.target;
  if (!input.matches("input[type=file]")) return;
  const files = [...input.files];
  const large = files.find((file) => file.size > Number(input.dataset.largest));
  let problem = "";
  if (files.length > Number(input.dataset.most)) problem = `Vienai atbildei var pievienot ne vairāk kā ${input.dataset.most} failus.`;
  else if (large) problem = `Fails „${large.name}” ir lielāks par 10 MB.`;
  input.setCustomValidity(problem);
  find("#files-chosen").replaceChildren(...files.map((file) => {
    const item = document.createElement("li");
    item.textContent = file.name;
    return item;
  }));
  if (problem) input.reportValidity();
});

// ---- sending: once, also by Ctrl+Enter

document.addEventListener("keydown", (event) => {
  const area = event.target;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && area.form && area.matches("textarea")) {
    event.preventDefault();
    area.form.requestSubmit();
  }
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.leaving !== undefined) {
    drafts.forgetAll();
    sessionStorage.clear();
    return;
  }
  if (form.dataset.sending === undefined) return;
  if (form.dataset.sent || !isMeant(form)) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  for (const button of form.elements) if (button.type === "submit") button.setAttribute("aria-disabled", "true");
});

function isMeant(form) {
  const draft = find("#answer");
  const leaves = ["solve", "give_back"].includes(form.dataset.action);
  if (!leaves || !draft || !(draft.value.trim() || find("#files")?.value)) return true;
  return confirm("Atbildes laukā ir nenosūtīts teksts vai fails. Vai tomēr turpināt?");
}

window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.elements) button.removeAttribute("aria-disabled");
  }
});

// ---- following: the page is fetched again, and only what changed is put in

// A form that was refused leaves its own address above the page of the ticket.
const page = body.dataset.ticket ? `/desk/tickets/${body.dataset.ticket}` : location.href;
let fetching = false;
let again = false;
let timer = 0;

// What is exchanged between press and release would swallow the click.
let lifted = Promise.resolve();
document.addEventListener("pointerdown", () => {
  lifted = new Promise((done) => {
    for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => setTimeout(done), { once: true });
  });
});

function refreshSoon() {
  clearTimeout(timer);
  timer = setTimeout(refresh, SETTLE);
}

async function refresh() {
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  try {
    const response = await fetch(page + fromList(), { headers: BACKGROUND, credentials: "same-origin" });
    if (response.status === 401) return ended();
    if (response.status === 404) return gone();
    if (response.ok) {
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
      await lifted;
      put(fresh);
      if (stream) stay("");
    }
  } catch {
    // The network is away; the stream says so and comes back by itself.
  } finally {
    fetching = false;
    if (again) {
      again = false;
      refreshSoon();
    }
  }
}

function put(fresh) {
  const scroll = find("#scroll");
  const atEnd = scroll && isAtEnd(scroll);
  document.title = fresh.title;
  putRegions(fresh);
  bringDraftsBack();
  measure();
  if (atEnd) toEnd(scroll); // what stands around it may have grown
  document.dispatchEvent(new Event("refreshed"));
}

function putRegions(fresh, within = document) {
  for (const region of within.querySelectorAll("[data-region]")) {
    const other = fresh.getElementById(region.id);
    if (!other) continue;
    if (region.dataset.region === "keyed") putKeyed(region, other);
    else if (region.dataset.region === "") putWhole(region, other);
    else if (region.dataset.region !== other.dataset.region) putWhole(region, other);
  }
}

function putWhole(region, other) {
  if (region.outerHTML === other.outerHTML) return;
  const focused = region.contains(document.activeElement) ? document.activeElement : null;
  const across = region.scrollLeft;
  region.replaceWith(other);
  other.scrollLeft = across;
  const back = focused && focused.id && document.getElementById(focused.id);
  if (!back) return;
  bringDraftsBack();
  back.focus();
  if (back.matches("textarea")) back.setSelectionRange(focused.selectionStart, focused.selectionEnd);
}

function putKeyed(region, other) {
  const scroll = find("#scroll");
  const atEnd = !scroll || isAtEnd(scroll);
  const known = new Map([...region.children].map((child) => [child.id, child]));
  let arrived = 0;
  let before = null;
  for (const fresh of [...other.children]) {
    let child = known.get(fresh.id);
    known.delete(fresh.id);
    if (!child) {
      child = fresh;
      child.classList.add("fresh");
      arrived += 1;
    } else if (bare(child) !== bare(fresh)) {
      putWhole(child, fresh);
      child = fresh;
    }
    const place = before ? before.nextSibling : region.firstChild;
    if (place !== child) region.insertBefore(child, place);
    before = child;
  }
  for (const child of known.values()) child.remove();
  if (!arrived) return;
  tellNews(region, arrived);
  if (scroll && atEnd) toEnd(scroll);
  else if (scroll) find("#jump").hidden = false;
}

// Without the tokens of forms and our own mark, so that an unchanged line stays where it is.
const bare = (element) => element.outerHTML.replace(' fresh"', '"').replace(/ (value|data-sent)="[^"]*"/g, "");

function tellNews(region, arrived) {
  const news = find("#news");
  if (news && region.id === "tickets") news.textContent = `Sarakstā ${plural(arrived, "jauns pieteikums", "jauni pieteikumi")}: ${arrived}`;
}

function stay(words) {
  const strip = find("#connection");
  strip.hidden = !words;
  if (strip.textContent !== words) strip.textContent = words;
}

function ended() {
  leave();
  const strip = find("#connection");
  const link = document.createElement("a");
  link.href = `/desk/login?next=${encodeURIComponent(location.pathname + location.search)}`;
  link.textContent = "Pieslēgties vēlreiz";
  strip.replaceChildren("Sesija ir beigusies. Rakstītais ir saglabāts. ", link);
  strip.hidden = false;
}

function gone() {
  leave();
  stay("Šī pieteikuma vairs nav: iespējams, iedzīvotājs lūdza dzēst savus datus.");
}

// ---- the stream

let stream = null;
let looking = 0;
let over = false;

function follow() {
  if (!body.dataset.live || over || stream) return;
  stream = new EventSource(body.dataset.live + (isBeside() ? "?blakus" : ""));
  stream.addEventListener("changed", refreshSoon);
  stream.addEventListener("elsewhere", refreshBeside);
  stream.addEventListener("error", () => {
    const lost = stream && stream.readyState === EventSource.CLOSED;
    if (lost) {
      unfollow();
      setTimeout(refresh, 500);
      setTimeout(follow, 5000);
    }
    stay("Savienojums pārtrūcis – mēģinām atjaunot. Rakstītais ir saglabāts.");
  });
  stream.addEventListener("open", () => stay(""));
}

function unfollow() {
  if (stream) stream.close();
  stream = null;
}

function leave() {
  over = true;
  unfollow();
  clearInterval(looking);
}

function watchVisibility() {
  clearInterval(looking);
  if (over) return;
  looking = setInterval(look, document.hidden ? LOOK_HIDDEN_EVERY : LOOK_EVERY);
  if (document.hidden) unfollow();
  else follow();
}

function look() {
  refresh();
  refreshBeside();
}

// ---- the end of the conversation

const isAtEnd = (scroll) => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;

function toEnd(scroll) {
  scroll.scrollTop = scroll.scrollHeight;
  find("#jump").hidden = true;
}

function measure() {
  const reply = find("#reply");
  if (reply) reply.parentElement.style.setProperty("--reply-height", `${reply.offsetHeight}px`);
}

// ---- the list beside a ticket: on wide screens it follows what happens anywhere

const beside = find("#beside");
const isWide = matchMedia("(min-width: 80rem)"); // as in beside.css

const isBeside = () => beside !== null && isWide.matches;
const fromList = () => (beside ? `?${beside.dataset.query}` : "");

async function refreshBeside() {
  if (!isBeside() || over) return;
  try {
    await bringBeside(`${beside.dataset.address}${fromList()}&nr=${body.dataset.ticket}`, { headers: BACKGROUND });
  } catch {
    // The network is away; the stream says so.
  }
}

async function bringBeside(address, options) {
  const response = await fetch(address, { credentials: "same-origin", ...options });
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  await lifted;
  const other = fresh.getElementById("beside");
  // Another view may have been chosen while this one was on its way.
  if (!other || other.dataset.query !== beside.dataset.query) return;
  putRegions(fresh, beside);
  const back = fresh.getElementById("back");
  if (back) find("#back").href = back.getAttribute("href");
}

// Another view is shown here, and what is typed or chosen for the ticket stays where it is.
beside?.addEventListener("click", (event) => {
  const link = event.target.closest(".views a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  beside.dataset.query = link.search.slice(1);
  bringBeside(link.href).catch(() => location.assign(link.href));
});

isWide.addEventListener("change", () => {
  if (!beside || over || document.hidden) return;
  unfollow();
  follow();
  refreshBeside();
});

// ---- start

forgetSentDraft();
bringDraftsBack();
const scroll = find("#scroll");
if (scroll) {
  toEnd(scroll);
  measure();
  scroll.addEventListener("scroll", () => {
    if (isAtEnd(scroll)) find("#jump").hidden = true;
  });
  find("#jump").addEventListener("click", () => toEnd(scroll));
  if (matchMedia("(max-width: 61.99rem)").matches) for (const part of document.querySelectorAll(".side > details:not(:has(details[open]))")) part.open = false;
}
const chosenView = find(".views [aria-current]");
if (chosenView) chosenView.scrollIntoView({ block: "nearest", inline: "center" });
if (body.dataset.live) {
  document.addEventListener("visibilitychange", watchVisibility);
  watchVisibility();
  window.addEventListener("pagehide", unfollow);
}
