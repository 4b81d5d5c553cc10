// The line to the server: a token, posting, and news by a stream that falls back to asking every few seconds.

import * as store from "./store.js";

const SILENCE = 45_000; // longer than two keep-alives: the line is dead
const FIRST_WORD = 8_000; // a stream that says nothing at all is being held back by a proxy
const POLL_SHOWN = 3_000;
const POLL_HIDDEN = 20_000;
const MOST_POLLS = 40;
const RECONNECT = 300;

export class Refused extends Error {
  constructor(status, message, retryAfter) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }

  // Whether trying the same again later makes sense.
  get isPassing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, { cache: "no-store", credentials: "omit", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0, "", null);
  }
  if (response.ok) return response;
  const told = await response.json().catch(() => ({}));
  const retryAfter = Number(response.headers.get("Retry-After")) || null;
  throw new Refused(response.status, told.error?.message ?? "", retryAfter);
}

function post(path, body, token) {
  const headers = { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  return ask(path, { method: "POST", headers, body: JSON.stringify(body) });
}

export class Line {
  constructor({ onNews, onState, isShown }) {
    this.onNews = onNews;
    this.onState = onState; // true: connected, false: not
    this.isShown = isShown;
    this.position = "";
    this.failures = 0;
    // When a stream does not come through, the page asks a few times instead and then tries the stream again;
    // the longer it fails, the more seldom.
    this.pollsLeft = 0;
    this.pollsNext = 1;
    this.isHurried = false; // somebody hurried us while we were busy asking: the next rest is none
    this.wake = () => {};
    this.abort = new AbortController();
    for (const event of ["online", "pageshow"]) window.addEventListener(event, () => this.hurry());
    document.addEventListener("visibilitychange", () => this.isShown() && this.hurry());
  }

  get token() {
    return store.read("token");
  }

  async ensureToken() {
    if (this.token) return this.token;
    const response = await post("/chat/session", {}, null);
    const { token } = await response.json();
    if (!this.token) store.write("token", token);
    return this.token;
  }

  async send({ id, text, choice, label }) {
    const body = choice ? { id, choice, label } : { id, text };
    try {
      await post("/chat/messages", body, await this.ensureToken());
    } catch (error) {
      if (error.status !== 401) throw error;
      store.forget("token");
      await post("/chat/messages", body, await this.ensureToken());
    }
    this.hurry();
  }

  async tellSeen(ids, shown) {
    await post("/chat/seen", { ids, shown }, this.token);
  }

  // What staff sent, as an address within this page: no other page can be given a way to it.
  async fetchFile(address) {
    const response = await ask(address, { headers: { Authorization: `Bearer ${this.token}` } });
    return URL.createObjectURL(await response.blob());
  }

  // Start anew: another token, nothing known.
  forget() {
    this.position = "";
    this.abort.abort();
    this.hurry();
  }

  hurry() {
    this.failures = 0;
    this.isHurried = true;
    this.wake();
  }

  async follow() {
    for (;;) {
      this.isHurried = false;
      if (!this.token) {
        this.onNews({ whole: true, messages: [], mode: "bot", agent: "", position: "" });
        await this.rest(null);
        continue;
      }
      this.abort = new AbortController();
      try {
        if (this.pollsLeft > 0) await this.poll();
        else await this.listen();
        this.failures = 0;
        await this.rest(this.pollsLeft > 0 ? (this.isShown() ? POLL_SHOWN : POLL_HIDDEN) : RECONNECT);
      } catch (error) {
        await this.recover(error);
      }
    }
  }

  async recover(error) {
    if (error.name === "AbortError" && !this.token) return; // forgotten on purpose
    if (error.status === 401) {
      store.forget("token");
      return;
    }
    if (error.status === 404) {
      // Nothing was said yet, or everything was erased long ago. The next message wakes us.
      this.onState(true);
      this.position = "";
      this.onNews({ whole: true, messages: [], mode: "bot", agent: "", position: "" });
      await this.rest(null);
      return;
    }
    if (this.pollsLeft === 0 && !this.spoke) this.pollInstead();
    this.failures += 1;
    if (this.failures > 1 || !navigator.onLine) this.onState(false);
    const backoff = Math.min(30_000, 500 * 2 ** this.failures) * (0.7 + Math.random() * 0.6);
    await this.rest(error.retryAfter ? error.retryAfter * 1000 : backoff);
  }

  pollInstead() {
    this.pollsLeft = this.pollsNext;
    this.pollsNext = Math.min(MOST_POLLS, this.pollsNext * 2);
  }

  headers() {
    const headers = { Authorization: `Bearer ${this.token}` };
    if (this.position) headers["Last-Event-ID"] = this.position;
    return headers;
  }

  async poll() {
    const response = await ask(`/chat/messages?after=${this.position}`, {
      headers: this.headers(),
      signal: this.abort.signal,
    });
    this.pollsLeft -= 1;
    this.hear(await response.json());
  }

  async listen() {
    const asking = this.abort;
    const { signal } = asking;
    this.spoke = false;
    let watchdog = setTimeout(() => asking.abort(), FIRST_WORD);
    try {
      const response = await ask("/chat/stream", { headers: this.headers(), signal });
      const reader = response.body.getReader();
      const decoder = new TextDecoder();
      let text = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        clearTimeout(watchdog);
        watchdog = setTimeout(() => asking.abort(), SILENCE);
        this.spoke = true;
        this.pollsNext = 1;
        text += decoder.decode(value, { stream: true });
        const events = text.split("\n\n");
        text = events.pop();
        events.forEach((event) => this.hearEvent(event));
      }
    } finally {
      clearTimeout(watchdog);
    }
  }

  hearEvent(event) {
    const data = event.split("\n").find((line) => line.startsWith("data: "));
    if (data) this.hear(JSON.parse(data.slice(6)));
  }

  hear(news) {
    this.failures = 0;
    this.position = news.position;
    this.onState(true);
    this.onNews(news);
  }

  // Wait some milliseconds, or until something wakes us (null: only that).
  async rest(milliseconds) {
    if (this.isHurried) return;
    await new Promise((resolve) => {
      const timer = milliseconds === null ? null : setTimeout(resolve, milliseconds);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
