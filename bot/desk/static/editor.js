// The editors' pages in the browser: how long a text is, and what the model is doing. Everything works without this file.
"use strict";

const LOOK_AGAIN = 2000; // ms, while a model is being made
const LOOK_CALMLY = 10000; // ms
const BUSY = new Set(["training", "measuring"]);

// ---- how long a text is

function showLength(area) {
  const shown = document.getElementById(`${area.id}-count`);
  if (area.dataset.count) {
    const most = Number(area.dataset.count);
    shown.textContent = `${area.value.trim().length} no ${most} zīmēm`;
    shown.classList.toggle("over", area.value.trim().length > most);
  } else {
    const fewest = Number(area.dataset.lines);
    const lines = area.value.split("\n").filter((line) => line.trim()).length;
    shown.textContent = lines < fewest ? `Jautājumi: ${lines}, vajag vēl ${fewest - lines}` : `Jautājumi: ${lines}`;
    shown.classList.toggle("over", lines < fewest);
  }
}

for (const area of document.querySelectorAll("textarea[data-count], textarea[data-lines]")) {
  area.addEventListener("input", () => showLength(area));
  showLength(area);
}

// ---- what the model is doing

const watch = document.querySelector("[data-watch]");
let shown = watch ? watch.innerHTML : "";

async function lookAtWatch() {
  try {
    const reply = await fetch(watch.dataset.watch, { headers: { "X-Desk-Background": "1" } });
    if (!reply.ok) return;
    const text = await reply.text();
    if (text !== shown) watch.innerHTML = shown = text;
  } catch {
    // the network is away: the next look will tell
  }
}

async function follow() {
  if (!document.hidden) await lookAtWatch();
  const line = watch.querySelector("[data-state]");
  setTimeout(follow, line && BUSY.has(line.dataset.state) ? LOOK_AGAIN : LOOK_CALMLY);
}

if (watch) setTimeout(follow, LOOK_AGAIN);
