import js from "@eslint/js";
import importX from "eslint-plugin-import-x";
import jsdoc from "eslint-plugin-jsdoc";
import tseslint from "typescript-eslint";

/** The import walls of ARCHITECTURE.md: `target` may not import from `from`. Arrows never turn back. */
const wall = (target, ...from) => from.map((f) => ({ target: `./${target}`, from: `./${f}` }));
/** Folders of a process in rows, lowest first: a folder may import those of the rows above its own in this list. */
const rows = {
  daemon: [
    ["text"],
    ["beq", "documents", "inference", "media", "store"],
    ["capture", "jobs", "sample", "speech", "vision"],
    ["avatar", "fusion", "magnification"],
    ["networks", "pipelines"],
    ["results"],
    ["analysis"],
    ["backup", "doctor", "evaluation", "experiment", "labels", "live", "playback", "redaction", "studies"],
    ["training"],
    ["http"],
    ["socket"],
    ["commands"],
  ],
  extension: [["daemon", "files"], ["panels", "views"], ["labels"], ["commands"]],
  webview: [
    ["host", "interview"],
    ["data"],
    ["draw"],
    ["capture", "components", "form", "live"],
    ["player"],
    ["timeline"],
    ["labels"],
    ["views"],
  ],
};
const walls = [
  ...wall("shared", "daemon", "extension", "webview", "test"),
  ...wall("daemon", "extension", "webview", "test"),
  ...wall("extension", "daemon", "webview", "test"),
  ...wall("webview", "daemon", "extension", "test"),
  ...Object.entries(rows).flatMap(([root, list]) =>
    list.flatMap((row, i) =>
      row.flatMap((folder) => {
        const others = list
          .slice(i)
          .flat()
          .filter((other) => other !== folder);
        return wall(`${root}/${folder}`, ...others.map((other) => `${root}/${other}`));
      }),
    ),
  ),
];

/** Packages that only one file may import. */
const only = (file, ...names) => ({
  files: ["daemon/**/*.ts", "extension/**/*.ts", "webview/**/*.{ts,tsx}", "shared/**/*.ts"],
  ignores: [file],
  names,
});
const owners = [only("daemon/inference/runtime.ts", "onnxruntime-node")];

export default tseslint.config(
  { ignores: ["dist", ".tsbuild", "node_modules", ".venv", ".cache", "**/*.json"] },
  js.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    extends: [...tseslint.configs.strictTypeChecked],
    plugins: { "import-x": importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    settings: { "import-x/resolver": { node: { extensions: [".ts", ".tsx", ".js"] } } },
    rules: {
      "import-x/no-restricted-paths": ["error", { zones: walls }],
      "import-x/no-default-export": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-non-null-assertion": "off",
      "no-console": "error",
      "no-restricted-properties": [
        "error",
        { object: "process", property: "env", message: "Read the environment in daemon/config.ts only." },
      ],
    },
  },
  {
    // What others call says what it does; types are in the signature.
    files: ["daemon/**/*.ts", "extension/**/*.ts", "shared/**/*.ts", "webview/**/*.{ts,tsx}"],
    plugins: { jsdoc },
    rules: {
      "jsdoc/require-jsdoc": [
        "error",
        {
          publicOnly: { ancestorsOnly: true, esm: true, cjs: false },
          exemptOverloadedImplementations: true,
          require: { FunctionDeclaration: true, ArrowFunctionExpression: true, FunctionExpression: false },
        },
      ],
    },
  },
  {
    files: ["shared/**/*.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        { patterns: [{ regex: "^(?!zod$|yaml$|\\.)", message: "shared/ imports zod and yaml only." }] },
      ],
    },
  },
  ...owners.map(({ files, ignores, names }) => ({
    files,
    ignores: [...ignores, "shared/**"],
    rules: { "no-restricted-imports": ["error", { paths: names }] },
  })),
  {
    files: ["daemon/config.ts", "daemon/inference/runtime.ts", "extension/settings.ts"],
    rules: { "no-restricted-properties": "off" },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      "no-console": "off",
      "no-restricted-properties": "off",
      "@typescript-eslint/no-unused-expressions": "off",
      // What is only there until the end of its block.
      "@typescript-eslint/no-unused-vars": ["error", { ignoreUsingDeclarations: true }],
    },
  },
  {
    files: ["**/*.{js,mjs}"],
    languageOptions: {
      globals: { process: "readonly", console: "readonly", URL: "readonly", Buffer: "readonly" },
    },
  },
);
