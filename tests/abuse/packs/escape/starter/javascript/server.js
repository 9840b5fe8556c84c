require("node:http")
  .createServer((request, response) => response.end("{}"))
  .listen(8000, "127.0.0.1");
