import js from "@eslint/js";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** Each goes with the move of its experiment into app/lab/experiments. */
const notMovedYet = [
  "app/views/learn/session.ts",
  "app/views/diagnostics/session.ts",
  "app/views/diagnostics/ContractCard.tsx",
  "app/views/batch/limits-session.ts",
  "app/views/tokens/use-sweet-spot.ts",
];

export default tseslint.config(
  { ignores: ["dist", ".cache", "reports", "test-results", "playwright-report", "training", "public"] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ["**/*.ts", "**/*.tsx"] })),
  {
    files: ["**/*.ts", "**/*.tsx"],
    languageOptions: {
      parserOptions: {
        project: [
          "./protocol/tsconfig.json",
          "./workers/engine/tsconfig.json",
          "./workers/tsconfig.json",
          "./app/tsconfig.json",
          "./tsconfig.tools.json",
        ],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      // An import of types only must not load the module: chunks stay apart.
      "@typescript-eslint/no-import-type-side-effects": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ["**/*.test.ts", "**/*.test.tsx", "**/*.spec.ts", "**/testing/**"],
    rules: { "@typescript-eslint/no-non-null-assertion": "off" },
  },
  { ...reactHooks.configs.flat["recommended-latest"], files: ["app/**/*.ts", "app/**/*.tsx"] },
  {
    // Stores live in app/store, and a run belongs to the runs store: a view holds neither.
    files: ["app/**/*.ts", "app/**/*.tsx"],
    ignores: ["app/store/**", "app/lab/**", "app/client/**", "**/*.test.ts", ...notMovedYet],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          paths: [
            {
              name: "zustand/vanilla",
              importNames: ["createStore"],
              message: "Stores are made in app/store.",
            },
            {
              name: "zustand",
              importNames: ["create", "createStore"],
              message: "Stores are made in app/store.",
            },
          ],
        },
      ],
      "no-restricted-globals": [
        "error",
        { name: "AbortController", message: "Runs are started and cancelled by store/runs.ts." },
      ],
    },
  },
  {
    files: ["**/*.js", "**/*.cjs"],
    languageOptions: { globals: { module: "readonly", process: "readonly" } },
  },
);
