// <time data-moment="datetime|time">: written by the server in its own zone, shown in the reader's.
const forms = {
  datetime: { dateStyle: "medium", timeStyle: "short" },
  time: { timeStyle: "medium", hour12: false },
};

export function showMoments(root) {
  for (const element of root.querySelectorAll("time[data-moment]")) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    element.title = element.textContent;
    element.textContent = new Intl.DateTimeFormat(undefined, forms[element.dataset.moment]).format(moment);
  }
}
