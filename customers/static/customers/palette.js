/* Search from anywhere: "/" (or Ctrl+K) opens it, arrows choose, Enter opens a customer.
   The dialog and the results are made by the server, at the address of the link [data-palette]. */
"use strict";

(() => {
  const PAUSE = 120; // milliseconds of typing that are waited for
  let dialog = null;
  let asking = null; // aborts the question that is on its way
  let waiting = 0;

  const part = async (name, query, signal) => {
    const url = new URL(document.querySelector("[data-palette]").href);
    url.searchParams.set("q", query);
    const answer = await fetch(url, { headers: { "X-Desk-Part": name }, signal });
    if (!answer.ok || answer.redirected) {
      window.location.assign(url); // logged out, or no longer allowed: the page says so
    }
    return answer.text();
  };

  const input = () => dialog.querySelector("input");
  const options = () => [...dialog.querySelectorAll("[role=option]")];
  const chosen = () => dialog.querySelector("[role=option][aria-selected=true]");

  const choose = (option) => {
    options().forEach((one) => one.setAttribute("aria-selected", String(one === option)));
    if (option) {
      input().setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      input().removeAttribute("aria-activedescendant");
    }
  };

  const step = (by) => {
    const all = options();
    if (all.length) {
      choose(all[(all.indexOf(chosen()) + by + all.length) % all.length]);
    }
  };

  const ask = async () => {
    asking?.abort();
    asking = new AbortController();
    try {
      const text = await part("results", input().value, asking.signal);
      dialog.querySelector("[data-results]").innerHTML = text;
      input().setAttribute("aria-expanded", String(options().length > 0));
      choose(options()[0]);
      dialog.dataset.shown = input().value;
    } catch (error) {
      if (error.name !== "AbortError") {
        throw error;
      }
    }
  };

  const typed = () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, PAUSE);
  };

  const pressed = async (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (dialog.dataset.shown !== input().value) { // what is shown is for what was typed before
        clearTimeout(waiting);
        await ask();
      }
      chosen()?.click();
    }
  };

  const make = async () => {
    document.body.insertAdjacentHTML("beforeend", await part("palette", ""));
    dialog = document.getElementById("desk-palette");
    dialog.dataset.shown = "";
    input().addEventListener("input", typed);
    input().addEventListener("keydown", pressed);
    dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  };

  let making = null;
  const open = async () => {
    making ??= make();
    await making;
    if (!dialog.open) {
      dialog.showModal();
      input().select();
    }
  };

  const writing = (target) =>
    target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);

  window.addEventListener(
    "keydown",
    (event) => {
      const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey;
      const command = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
      if ((command || slash && !writing(event.target)) && document.querySelector("[data-palette]")) {
        event.preventDefault();
        event.stopImmediatePropagation(); // the theme has a palette of its own
        open();
      }
    },
    { capture: true },
  );

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-palette]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      open();
    }
  });
})();
