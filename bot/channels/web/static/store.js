// What this browser keeps: the visitor's token, messages that could not be sent yet, the draft, the size of letters.
// A browser that refuses to keep anything (private windows, strict settings) still talks; it only forgets on reload.

const PREFIX = "zintis.";
const memory = new Map();

function storage() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

export function read(name) {
  try {
    const kept = storage()?.getItem(PREFIX + name);
    if (kept !== null && kept !== undefined) return JSON.parse(kept);
  } catch {
    // Unreadable is the same as not there.
  }
  return memory.has(name) ? memory.get(name) : null;
}

export function write(name, value) {
  memory.set(name, value);
  try {
    storage()?.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // Full or forbidden: the memory of this page has it.
  }
}

export function forget(...names) {
  for (const name of names) {
    memory.delete(name);
    try {
      storage()?.removeItem(PREFIX + name);
    } catch {
      // Nothing kept, nothing to forget.
    }
  }
}

// Messages of this visitor that the server has not confirmed. Read anew each time: another tab may have sent them.
export const unsent = {
  all: () => read("unsent") ?? [],
  add: (message) => write("unsent", [...unsent.all(), message]),
  remove: (id) => write("unsent", unsent.all().filter((message) => message.id !== id)),
};
