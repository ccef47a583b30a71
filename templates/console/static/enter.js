// The secret of a sign-in link stands behind the #: it is read here, taken out of the address, and sent by the button only.
(() => {
  "use strict";
  const form = document.getElementById("enter");
  const show = (id) => { document.getElementById(id).hidden = false; };
  const token = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
  form.elements.token.value = token;

  const ready = (answer) => {
    if (!answer.valid) return show("stale");
    const button = form.querySelector("button");
    button.textContent = answer.button;
    button.hidden = false;
    if (answer.other) show("other");
    return button.focus();
  };
  const asked = new FormData(form);
  fetch(form.dataset.askAt, { method: "POST", body: asked, credentials: "same-origin" })
    .then((answer) => answer.json())
    .then(ready)
    .catch(() => show("lost"))
    .finally(() => { document.getElementById("waiting").hidden = true; });
})();
