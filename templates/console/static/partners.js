// Copy a link, a code or a text with one press; say that it was done.
(() => {
  "use strict";
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copies]");
    if (!button) return;
    const from = document.getElementById(button.dataset.copies);
    try {
      await navigator.clipboard.writeText(from.value);
    } catch {
      from.select();
      document.execCommand("copy");
    }
    const before = button.textContent;
    button.textContent = button.dataset.copied;
    document.getElementById("copied").textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = before; }, 2000);
  });
})();
