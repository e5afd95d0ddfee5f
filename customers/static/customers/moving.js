/* What moves on a page without reloading it: a run's progress, and a form's test. */
"use strict";

(() => {
  const PAUSE = 2000; // milliseconds between two looks at a run
  const PAUSE_HIDDEN = 15000; // while nobody sees the page

  /* [data-live] names an address that gives the same [data-part]s anew, as long as one of them
     has [data-again]. A part that did not change is left alone, and so is whoever is in it. */
  const replaced = (page, text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    fresh.querySelectorAll("[data-part]").forEach((part) => {
      const old = page.querySelector(`[data-part="${part.dataset.part}"]`);
      const token = /name="csrfmiddlewaretoken" value="[^"]*"/g; // differs every time
      if (old && old.innerHTML.replace(token, "") !== part.innerHTML.replace(token, "")) {
        old.replaceWith(part);
      }
    });
    return fresh.querySelector("[data-again]") !== null;
  };

  const follow = async (page) => {
    let again = true;
    while (again) {
      await new Promise((done) => setTimeout(done, document.hidden ? PAUSE_HIDDEN : PAUSE));
      try {
        const answer = await fetch(page.dataset.live);
        if (!answer.ok || answer.redirected) {
          return; // logged out, or no longer there: the page stays as it was
        }
        again = replaced(page, await answer.text());
      } catch (error) {
        if (!(error instanceof TypeError)) { // the network is away: look again
          throw error;
        }
      }
    }
  };

  /* A button with [data-try] sends its form and shows the answer in place, so that what was typed
     (secrets are never sent back) stays. */
  const tried = async (event) => {
    const button = event.submitter;
    if (!button?.hasAttribute("data-try")) {
      return;
    }
    event.preventDefault();
    const form = event.target;
    const place = form.querySelector("[data-tried]");
    button.disabled = true;
    place.textContent = place.dataset.waiting;
    const answer = await fetch(form.action, {
      method: "POST",
      body: new FormData(form, button),
      headers: { "X-Desk-Part": "tried" },
    }).finally(() => { button.disabled = false; });
    if (answer.ok && !answer.redirected) {
      place.innerHTML = await answer.text();
    } else {
      window.location.reload();
    }
  };

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-live]").forEach(follow);
    document.addEventListener("submit", tried);
  });
})();
