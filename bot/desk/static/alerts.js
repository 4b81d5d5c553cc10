// Tells an agent of news while the desk is open: a notification, a short sound, a line in the page. Each is off until the
// agent switches it on in this browser. One tab of all tells; what is news it asks the desk whenever something changed.
"use strict";

(() => {
  const line = document.getElementById("alert");
  if (!line) return;

  const ASK_EVERY = 30000; // ms: a deadline passes without anything changing
  const GATHER = 300; // ms that changes are gathered before the desk is asked
  const NOTES = [
    [880, 0],
    [1175, 0.16],
  ]; // Hz, and seconds after the first

  const name = (what) => `zintis.${line.dataset.of}.alerts.${what}`;
  const isOn = (what) => localStorage.getItem(name(what)) === "on";
  const mayShow = () => "Notification" in window && Notification.permission === "granted";

  // ---- telling

  let sound = null;

  function play() {
    sound = sound || new AudioContext();
    const begin = sound.currentTime + 0.02;
    for (const [pitch, after] of NOTES) {
      const tone = sound.createOscillator();
      const volume = sound.createGain();
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.15, begin + after);
      volume.gain.exponentialRampToValueAtTime(0.001, begin + after + 0.15);
      tone.connect(volume).connect(sound.destination);
      tone.start(begin + after);
      tone.stop(begin + after + 0.15);
    }
  }

  function show(news) {
    const notification = new Notification(news.title, { body: news.queue, tag: news.key, lang: "lv" });
    notification.addEventListener("click", () => {
      window.focus();
      location.assign(news.link);
      notification.close();
    });
  }

  function write(news) {
    const link = document.createElement("a");
    link.href = news.link;
    link.textContent = news.title;
    line.replaceChildren(link, ` · ${news.queue}`);
    line.hidden = false;
  }

  function tell(fresh) {
    write(fresh[fresh.length - 1]);
    if (isOn("shown") && mayShow()) fresh.forEach(show);
    if (isOn("heard")) play();
  }

  // ---- asking: what was told before is kept in this browser, so that neither another page nor another tab repeats it

  async function ask() {
    if (!isOn("shown") && !isOn("heard")) return;
    let news;
    try {
      const response = await fetch("/desk/jaunumi", { headers: { "X-Desk-Background": "1" }, credentials: "same-origin" });
      if (!response.ok) return;
      news = await response.json();
    } catch {
      return; // The network is away; the next change asks again.
    }
    const told = JSON.parse(localStorage.getItem(name("told")) || "null");
    localStorage.setItem(name("told"), JSON.stringify(news.map((one) => one.key)));
    const fresh = told ? news.filter((one) => !told.includes(one.key)) : [];
    if (fresh.length) tell(fresh);
  }

  let timer = 0;

  function askSoon() {
    clearTimeout(timer);
    timer = setTimeout(ask, GATHER);
  }

  function follow() {
    const stream = new EventSource("/desk/live");
    stream.addEventListener("changed", askSoon);
    stream.addEventListener("error", () => {
      if (stream.readyState !== EventSource.CLOSED) return;
      setTimeout(follow, ASK_EVERY);
    });
  }

  let following = false;

  // The lock is held as long as this tab lives; then another tab gets it.
  function followInOneTab() {
    if (following || (!isOn("shown") && !isOn("heard"))) return;
    following = true;
    navigator.locks.request(name("tab"), () => {
      follow();
      setInterval(askSoon, ASK_EVERY);
      return new Promise(() => {});
    });
  }

  // ---- switching, on the account's page

  const hint = document.getElementById("alert-hint");

  async function turn(button) {
    const what = button.dataset.alert;
    const on = !isOn(what);
    if (on && what === "shown" && (await Notification.requestPermission()) !== "granted") {
      hint.textContent = "Pārlūkprogramma paziņojumus neatļauj. Atļaujiet tos šai vietnei pārlūkprogrammas iestatījumos.";
      return;
    }
    if (!isOn("shown") && !isOn("heard")) localStorage.removeItem(name("told"));
    localStorage.setItem(name(what), on ? "on" : "off");
    button.setAttribute("aria-pressed", String(on));
    if (on && what === "heard") play();
    await ask();
    followInOneTab();
  }

  const switches = document.getElementById("alert-switches");
  if (switches && "locks" in navigator) {
    for (const button of switches.querySelectorAll("button")) {
      button.hidden = button.dataset.alert === "shown" && !("Notification" in window);
      button.setAttribute("aria-pressed", String(isOn(button.dataset.alert)));
      button.addEventListener("click", () => turn(button));
    }
    switches.hidden = false;
  }

  if ("locks" in navigator) followInOneTab();
})();
