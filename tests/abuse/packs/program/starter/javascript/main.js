process.stdout.write(require("node:fs").readFileSync(0, "utf8"));
