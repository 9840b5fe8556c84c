// Sets light or dark before the first paint: what the person chose, or else what their system asks for.
(() => {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const stored = () => {
    try {
      const theme = localStorage.getItem("theme");
      return theme === "light" || theme === "dark" ? theme : null; // The administration may have stored "auto".
    } catch {
      return null; // Storage may be forbidden; then the system decides.
    }
  };
  const apply = () => {
    document.documentElement.dataset.bsTheme = stored() ?? (system.matches ? "dark" : "light");
    document.dispatchEvent(new Event("theme"));
  };
  system.addEventListener("change", apply);
  document.addEventListener("theme:choose", (event) => {
    try {
      localStorage.setItem("theme", event.detail);
    } catch {
      document.documentElement.dataset.bsTheme = event.detail;
    }
    apply();
  });
  apply();
})();
