// On the pages around the work: says what is kept in this browser and not on the server, and clears up at the end.
import { Copies } from "./sitting/copies.js";

const place = document.querySelector("[data-kept-of]");
const { keptOf: attempt, sitting, over } = place.dataset;
const saved = JSON.parse(document.getElementById("saved-state").textContent);

const isStored = ({ position, page, number }) => saved[position]?.page === page && number <= saved[position].number;

function textLink(copy) {
  const parts = Object.entries(copy.files).map(([path, text]) => `===== ${path}\n${text}`);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([parts.join("\n")], { type: "text/plain" }));
  link.download = `challenge-${copy.position}.txt`;
  link.textContent = `Challenge ${copy.position}`;
  return link;
}

function workLink(copy) {
  const link = document.createElement("a");
  link.href = `${sitting}${copy.position}/`;
  link.textContent = `Challenge ${copy.position}`;
  return link;
}

async function look() {
  const copies = await Copies.open();
  if (!copies) return;
  const unsaved = (await copies.of(attempt)).filter((copy) => Number.isInteger(copy.position) && !isStored(copy));
  if (unsaved.length) {
    const links = unsaved.flatMap((copy, index) => [index ? ", " : "", (over ? textLink : workLink)(copy)]);
    place.querySelector("[data-links]").replaceChildren(...links);
    place.hidden = false;
  }
  if (over) await copies.removeAttempt(attempt); // This may be somebody else's computer.
}

look();
