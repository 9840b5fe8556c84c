// <time data-moment="datetime|time|exact">: written by the server in the zone that it knew, shown in the reader's, in the
// one style of all pages: 26 Nov 2026, 14:05. Browsers' own forms differ (Sept, 24:05), so they are not asked.
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const two = (number) => String(number).padStart(2, "0");

// A Date in one of the three forms, in the zone of the browser.
export function say(moment, form) {
  const day = `${moment.getDate()} ${MONTHS[moment.getMonth()]} ${moment.getFullYear()}`;
  const minute = `${two(moment.getHours())}:${two(moment.getMinutes())}`;
  const second = `${minute}:${two(moment.getSeconds())}`;
  return { datetime: `${day}, ${minute}`, exact: `${day}, ${second}`, time: second }[form];
}

function zoneOf(moment) {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZoneName: "long" }).formatToParts(moment);
  return parts.find(({ type }) => type === "timeZoneName").value;
}

export function showMoments(root) {
  for (const element of root.querySelectorAll("time[data-moment]")) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    element.title = `${say(moment, "exact")} ${zoneOf(moment)}`;
    element.textContent = say(moment, element.dataset.moment);
  }
}

// Tells the server the reader's zone, so that the next page is written, and what is typed there read, in it.
export function tellZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const told = `time_zone=${zone}`;
  if (!zone || document.cookie.split("; ").includes(told)) return;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${told}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
}
