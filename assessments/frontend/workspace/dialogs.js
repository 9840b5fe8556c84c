// Asks in a <dialog>; the promise gives the value of the button that closed it, or "" for Escape and Cancel.
export function ask(dialog) {
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true }));
}

export function closeButtons() {
  for (const button of document.querySelectorAll("dialog [data-close]")) {
    button.addEventListener("click", () => button.closest("dialog").close(""));
  }
}

// Asks for a path until `problem(path)` has nothing to say against it. Gives the path, or null.
export async function askName(dialog, { title, action, value, example, problem }) {
  const [field, said] = [dialog.querySelector("input"), dialog.querySelector("[role=alert]")];
  dialog.querySelector("h2").textContent = title;
  dialog.querySelector("[value=ok]").textContent = action;
  dialog.querySelector("code").textContent = example;
  field.value = value;
  said.textContent = "";
  const form = dialog.querySelector("form");
  const check = (event) => {
    said.textContent = problem(field.value.trim());
    field.setAttribute("aria-invalid", String(Boolean(said.textContent)));
    if (said.textContent) event.preventDefault();
  };
  field.removeAttribute("aria-invalid");
  form.addEventListener("submit", check);
  const answer = await ask(dialog);
  form.removeEventListener("submit", check);
  return answer === "ok" ? field.value.trim() : null;
}
