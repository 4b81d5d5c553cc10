// One script tag puts the chat into the municipality's own site:
//   <script src="https://…/chat/embed.js" async></script>
// Attributes: data-label="Jautājiet mums" (words on the button), data-side="left" (the corner; right unless told).
// Serve the chat under the site's own domain (zintis.novads.lv for www.novads.lv): browsers that guard against third
// parties then let it keep the talk from one page of the site to the next. Under another domain it only may.
// It sets no cookies, loads nothing until the button is pressed, and lives in a shadow tree: the site's styles do not
// reach it and it changes nothing of the site's.

(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || document.querySelector("zintis-chat")) return;
  const origin = new URL(script.src).origin;
  const label = script.dataset.label || "Jautājiet mums";
  const side = script.dataset.side === "left" ? "left" : "right";

  const css = `
    :host { all: initial; position: fixed; z-index: 2147483000; ${side}: 0; bottom: 0; font-size: 18px; }
    [hidden] { display: none !important; }
    button {
      position: fixed; ${side}: max(20px, env(safe-area-inset-${side})); bottom: max(20px, env(safe-area-inset-bottom));
      display: inline-flex; align-items: center; gap: 12px; min-height: 60px; padding: 0 24px 0 16px; border: 0; border-radius: 30px;
      background: #17493a; color: #fdfaf3; font: 600 18px/1.2 "Segoe UI", Roboto, "Noto Sans", system-ui, sans-serif; cursor: pointer;
      box-shadow: 0 2px 6px rgb(0 0 0 / 25%), 0 8px 24px rgb(0 0 0 / 18%);
    }
    button:hover { background: #1b5a45; }
    button:focus-visible { outline: 3px solid #ffe09a; outline-offset: -5px; box-shadow: 0 0 0 3px #17493a; }
    svg { width: 34px; height: 34px; flex: none; }
    .count { min-width: 26px; height: 26px; padding: 0 6px; box-sizing: border-box; border-radius: 13px; background: #f0c15a; color: #1d2b24; display: inline-grid; place-items: center; font-size: 15px; }
    .panel {
      position: fixed; ${side}: 20px; bottom: 20px; width: min(430px, calc(100vw - 40px)); height: min(720px, calc(100dvh - 40px));
      border-radius: 20px; overflow: hidden; background: #faf6ee; box-shadow: 0 4px 12px rgb(0 0 0 / 25%), 0 16px 48px rgb(0 0 0 / 25%);
    }
    iframe { display: block; width: 100%; height: 100%; border: 0; }
    @media (max-width: 600px), (max-height: 480px) { .panel { inset: 0; width: 100%; height: 100%; border-radius: 0; } }
    @media (forced-colors: active) { button { border: 2px solid; } .panel { border: 2px solid; } }
  `;
  const drawing =
    '<svg viewBox="0 0 48 48" aria-hidden="true"><path fill="#fdfaf3" d="M24 3.5C12.3 3.5 3.5 11.3 3.5 21.2c0 5.7 2.9 10.6 7.5 13.8-.2 3-1.4 6-3.4 8.4 4.4-.3 8.3-1.9 11.2-4.5 1.7.3 3.4.5 5.2.5 11.7 0 20.5-8 20.5-18.2S35.7 3.5 24 3.5z"/><g fill="#b07a16"><path d="M24 35.2V19" stroke="#b07a16" stroke-width="2" stroke-linecap="round"/><path d="M24 7c2.5 2.8 2.5 6.4 0 9.6-2.5-3.2-2.5-6.8 0-9.6zM23 21.8c-4-.1-6.4-2.3-6.7-6.2 4 .1 6.5 2.3 6.7 6.2zM25 21.8c4-.1 6.4-2.3 6.7-6.2-4 .1-6.5 2.3-6.7 6.2zM23 27.6c-4-.1-6.4-2.3-6.7-6.2 4 .1 6.5 2.3 6.7 6.2zM25 27.6c4-.1 6.4-2.3 6.7-6.2-4 .1-6.5 2.3-6.7 6.2zM23 33.4c-4-.1-6.4-2.3-6.7-6.2 4 .1 6.5 2.3 6.7 6.2zM25 33.4c4-.1 6.4-2.3 6.7-6.2-4 .1-6.5 2.3-6.7 6.2z"/></g></svg>';

  function build() {
    const host = document.createElement("zintis-chat");
    const root = host.attachShadow({ mode: "open" });
    addStyle(root);

    const button = document.createElement("button");
    button.type = "button";
    button.innerHTML = drawing;
    const words = document.createElement("span");
    words.textContent = label;
    const count = document.createElement("span");
    count.className = "count";
    count.hidden = true;
    button.append(words, count);
    button.setAttribute("aria-haspopup", "dialog");
    button.setAttribute("aria-expanded", "false");

    const panel = document.createElement("div");
    panel.className = "panel";
    panel.setAttribute("role", "dialog");
    panel.setAttribute("aria-label", "Tērzēšana ar pašvaldību");
    panel.hidden = true;
    root.append(button, panel);
    document.body.append(host);

    let frame = null;
    let ready = false;
    const tell = (what) => frame?.contentWindow?.postMessage({ zintis: what }, origin);

    function open() {
      if (!frame) {
        frame = document.createElement("iframe");
        frame.title = "Tērzēšana ar pašvaldību";
        frame.src = `${origin}/?embed=1`;
        panel.append(frame);
      }
      panel.hidden = false;
      button.hidden = true;
      button.setAttribute("aria-expanded", "true");
      showCount(0);
      frame.focus();
      if (ready) tell("opened");
    }

    function close() {
      if (panel.hidden) return;
      panel.hidden = true;
      button.hidden = false;
      button.setAttribute("aria-expanded", "false");
      tell("closed");
      button.focus();
    }

    function showCount(unread) {
      count.textContent = String(unread);
      count.hidden = unread === 0;
      if (unread) button.setAttribute("aria-label", `${label}. Jaunas ziņas: ${unread}`);
      else button.removeAttribute("aria-label");
    }

    button.addEventListener("click", open);
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close();
    });
    window.addEventListener("message", (event) => {
      if (event.origin !== origin || !frame || event.source !== frame.contentWindow) return;
      const { zintis: what, count: unread } = event.data ?? {};
      if (what === "close") close();
      if (what === "unread" && Number.isInteger(unread)) showCount(panel.hidden ? unread : 0);
      if (what === "ready") {
        ready = true;
        if (!panel.hidden) tell("opened");
      }
    });
  }

  // A constructed style sheet also works where the site's own policy forbids inline styles.
  function addStyle(root) {
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      root.adoptedStyleSheets = [sheet];
    } catch {
      const style = document.createElement("style");
      style.textContent = css;
      root.append(style);
    }
  }

  if (document.body) build();
  else document.addEventListener("DOMContentLoaded", build);
})();
