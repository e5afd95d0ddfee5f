// The theme gives every part that scrolls one and the same name; the menu gets its own.
window.addEventListener("load", () => {
  const menu = document.querySelector(".desk-menu");
  const scrolls = menu && menu.querySelector(".simplebar-content-wrapper");
  if (scrolls) scrolls.setAttribute("aria-label", menu.getAttribute("aria-label"));
});
