// Handed in as server.js: the ways out that Node.js offers by itself. Answers what it got, as escape.py does.
const fs = require("node:fs");
const net = require("node:net");
const os = require("node:os");
const http = require("node:http");
const dns = require("node:dns").promises;
const { spawnSync } = require("node:child_process");

const found = {};

async function attempt(name, deed) {
  try {
    const got = await deed();
    const nothing = got === null || got === undefined || got === "" || (Array.isArray(got) && got.length === 0);
    found[name] = nothing ? "refused: nothing" : `obtained: ${JSON.stringify(got)}`.slice(0, 300);
  } catch (error) {
    found[name] = `refused: ${error.code}`;
  }
}

function connect(host, port) {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port, timeout: 1000 }, () => resolve(`${host}:${port}`));
    socket.on("timeout", () => reject(Object.assign(new Error(), { code: "TIMEOUT" })));
    socket.on("error", reject);
  });
}

async function attack() {
  const sockets = ["/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock", "/run/touchstone"];
  await attempt("E01 socket", () => sockets.filter((path) => fs.existsSync(path)));
  await attempt("E01 port", () => connect("172.17.0.1", 2375));
  await attempt("E02 user", () => process.setuid(0));
  await attempt("E06 kernel", () => fs.writeFileSync("/proc/sys/kernel/core_pattern", "|/work/x"));
  await attempt("E06 root", () => fs.writeFileSync("/etc/ld.so.preload", "/work/x.so"));
  await attempt("E08 upwards", () => fs.readdirSync("/proc/self/cwd/../../../../..").filter((name) => name === "work/main"));
  await attempt("E17 metadata", () => connect("169.254.169.254", 80));
  await attempt("E18 names", () => dns.resolve4("metadata.google.internal"));
  await attempt("E18 lookup", () => dns.lookup("example.org"));
  await attempt("E18 servers", () => dns.Resolver && fs.readFileSync("/etc/resolv.conf", "utf8").match(/nameserver/g));
  await attempt("E19 interfaces", () => Object.keys(os.networkInterfaces()).filter((name) => name !== "lo"));
  await attempt("E05 mount", () => spawnSync("mount", ["-t", "tmpfs", "none", "/tmp"]).status === 0 || null);
  await attempt("E04 unshare", () => spawnSync("unshare", ["-Ur", "true"]).status === 0 || null);
  return found;
}

http
  .createServer(async (request, response) => {
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify(request.url === "/attack" ? await attack() : {}));
  })
  .listen(8000, "127.0.0.1");
