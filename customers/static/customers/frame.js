// The theme gives every part that scrolls one and the same name; the menu gets its own.
window.addEventListener("load", () => {
  const menu = document.querySelector(".desk-menu");
  const scrolls = menu && menu.querySelector(".simplebar-content-wrapper");
  if (scrolls) scrolls.setAttribute("aria-label", menu.getAttribute("aria-label"));
});

// The reader's clock: the pages that follow show moments by it, unless another one was chosen.
document.cookie =
  `desk_zone_here=${Intl.DateTimeFormat().resolvedOptions().timeZone}; path=/; max-age=31536000; samesite=lax`;
