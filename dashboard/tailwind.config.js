/** @type {import('tailwindcss').Config} */
export default {
  content: ["./index.html", "./src/**/*.{ts,tsx}"],
  theme: {
    extend: {
      // Each is set for the light and the dark theme in src/index.css.
      colors: Object.fromEntries(
        ["page", "card", "line", "ink", "dim", "accent", "good", "warn", "bad"].map((name) => [
          name,
          `rgb(var(--${name}) / <alpha-value>)`,
        ]),
      ),
      fontFamily: {
        sans: ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Liberation Sans", "sans-serif"],
        mono: ["ui-monospace", "SFMono-Regular", "Menlo", "Liberation Mono", "monospace"],
      },
    },
  },
};
