/* Decide by keyboard: a key presses the button, follows the link or opens the part that names it
   in data-key. Nothing happens while somebody types. */
"use strict";

(() => {
  const typing = (place) => place.closest("input, textarea, select, [contenteditable]") !== null;

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) {
      return;
    }
    const found = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!found) {
      return;
    }
    event.preventDefault();
    found.click();
    const input = found.closest("details")?.querySelector("input:not([type=hidden]), textarea, select");
    if (input) {
      input.focus();
    }
  });
})();
