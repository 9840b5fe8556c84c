// The secret of an invitation's link stands behind the "#", which no browser sends to a server. This page takes it out
// of the address, so that it does not stay in the history either, and posts it.
function openLink() {
  document.getElementById("script-problem")?.remove();
  const secret = location.hash.slice(1);
  document.getElementById("opening").hidden = !secret;
  document.getElementById("incomplete").hidden = Boolean(secret);
  if (!secret) return;
  history.replaceState(null, "", location.pathname);
  const form = document.getElementById("open");
  form.elements.secret.value = secret;
  form.submit();
}

openLink();
addEventListener("hashchange", openLink);
