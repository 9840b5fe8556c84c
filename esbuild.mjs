// Builds the pages' scripts and styles into assessments/static/dist/ (not committed): `npm run build`, `npm run watch`.
import { rm } from "node:fs/promises";
import * as esbuild from "esbuild";

const outdir = "assessments/static/dist";
const source = "assessments/frontend";

const shared = {
  bundle: true,
  minify: true,
  outdir,
  target: ["es2022"],
  logLevel: "info",
  legalComments: "none",
  loader: { ".woff2": "file" },
  assetNames: "[name]-[hash]",
};

// theme.js runs before the first paint, so it is a classic script; the others are modules that share chunks.
const builds = [
  { ...shared, entryPoints: [`${source}/theme.js`], format: "iife" },
  {
    ...shared,
    entryPoints: ["app.js", "invitation.js", "start.js", "sitting.js", "workspace.js", "app.css", "fonts.css"].map(
      (name) => `${source}/${name}`,
    ),
    format: "esm",
    splitting: true,
    chunkNames: "chunk-[name]-[hash]",
  },
];

await rm(outdir, { recursive: true, force: true });
if (process.argv.includes("--watch")) {
  for (const build of builds) await (await esbuild.context(build)).watch();
} else {
  await Promise.all(builds.map((build) => esbuild.build(build)));
}
