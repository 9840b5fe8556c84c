// <time data-moment="datetime|time|exact">: written by the server in the zone that it knew, shown in the reader's, in the
// one style of all pages: 26 Nov 2026, 14:05.
const day = { day: "numeric", month: "short", year: "numeric" };
const minute = { hour: "2-digit", minute: "2-digit" };
const forms = {
  datetime: { ...day, ...minute },
  exact: { ...day, ...minute, second: "2-digit" },
  time: { ...minute, second: "2-digit" },
};

export function showMoments(root) {
  for (const element of root.querySelectorAll("time[data-moment]")) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    element.title = `${moment.toLocaleString("en-GB", { ...forms.exact, timeZoneName: "long" })}`;
    element.textContent = moment.toLocaleString("en-GB", { ...forms[element.dataset.moment], hourCycle: "h23" });
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
