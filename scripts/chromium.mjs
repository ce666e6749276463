// How the checks start Chromium.

/** The browser: `CHROMIUM`, or `chromium`. */
export const chromium = process.env['CHROMIUM'] ?? 'chromium'

/** Options of a run without a window, in a fresh profile, that reaches for no other machine. @param {string} profile */
export const chromiumOptions = (profile) => [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', `--user-data-dir=${profile}`],
]
