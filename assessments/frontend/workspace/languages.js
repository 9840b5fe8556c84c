// Languages by a file's ending, loaded when a file of that kind is first shown.
const loaders = {
  py: async () => (await import("@codemirror/lang-python")).python(),
  js: async () => (await import("@codemirror/lang-javascript")).javascript(),
  mjs: async () => (await import("@codemirror/lang-javascript")).javascript(),
  cjs: async () => (await import("@codemirror/lang-javascript")).javascript(),
  ts: async () => (await import("@codemirror/lang-javascript")).javascript({ typescript: true }),
  json: async () => (await import("@codemirror/lang-json")).json(),
  md: async () => (await import("@codemirror/lang-markdown")).markdown(),
  sql: async () => {
    const { PostgreSQL, sql } = await import("@codemirror/lang-sql");
    return sql({ dialect: PostgreSQL });
  },
};

const ending = (path) => path.slice(path.lastIndexOf(".") + 1).toLowerCase();

export async function loadLanguage(path) {
  try {
    return await loaders[ending(path)]?.();
  } catch {
    return null; // Without a connection there are no colours, but there is an editor.
  }
}

export function indentation(path) {
  const width = ending(path) === "py" ? 4 : 2;
  return { unit: " ".repeat(width), tab: width };
}
