// Shows the OpenAPI document and lets its operations be tried, in light or dark like the rest.
(() => {
  const place = document.getElementById("reference");
  const csrf = document.cookie.split("; ").find((cookie) => cookie.startsWith("csrftoken="));
  const follow = () =>
    document.documentElement.classList.toggle("dark-mode", document.documentElement.dataset.bsTheme === "dark");
  document.addEventListener("theme", follow);
  follow();
  window.SwaggerUIBundle({
    url: place.dataset.schema,
    domNode: place,
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    validatorUrl: null,
    requestInterceptor: (request) => {
      // With the browser's session, unsafe requests must carry the token that only our pages can read.
      if (csrf) request.headers["X-CSRFToken"] = csrf.slice("csrftoken=".length);
      return request;
    },
  });
})();
