// Before the clock starts: do this page's scripts run, and can the editor be made? Only then can it be started.
import { Copies } from "./sitting/copies.js";
import { Editor } from "./workspace/editor.js";

const form = document.querySelector("[data-start]");
const said = document.getElementById("start-check");

async function check() {
  const place = document.createElement("div");
  const editor = new Editor(place, document.querySelector("script[data-editor-nonce]").nonce, () => {});
  editor.show({ path: "check.txt", text: "ready", editable: true });
  if (editor.textOf(editor.file) !== "ready") throw new Error("The editor does not work.");
  editor.view.destroy();
  form.querySelector("button").disabled = false;
  said.hidden = true;
  if (!(await Copies.open())) {
    said.textContent = "This browser keeps nothing (a private window?). Your code is saved on the server as you type, but what you type without a connection would be lost if the page closed. An ordinary window is safer.";
    said.hidden = false;
  }
}

check();
