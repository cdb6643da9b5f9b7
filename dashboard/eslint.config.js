import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import globals from "globals";
import tseslint from "typescript-eslint";

// Names and label values come from strangers: text is set as text, never as markup.
const noMarkup = ["innerHTML", "outerHTML", "insertAdjacentHTML", "dangerouslySetInnerHTML"].map(
  (property) => ({
    selector: `:matches(Identifier, JSXIdentifier)[name="${property}"]`,
    message: `${property} would render untrusted text as HTML`,
  }),
);

export default tseslint.config(
  { ignores: ["dist", "node_modules"] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    files: ["src/**/*.{ts,tsx}"],
    plugins: { "react-hooks": hooks },
    languageOptions: { globals: globals.browser },
    rules: {
      ...hooks.configs.recommended.rules,
      "no-restricted-syntax": ["error", ...noMarkup],
      "no-console": "error",
    },
  },
  {
    rules: {
      // Typed arrays are indexed within bounds that the types cannot express.
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
  { files: ["tests/**/*.mjs", "*.js", "scripts/*.mjs"], languageOptions: { globals: globals.node } },
  // What is handed to page.evaluate() runs in the page.
  { files: ["tests/browser/*.mjs"], languageOptions: { globals: { ...globals.node, ...globals.browser } } },
);
