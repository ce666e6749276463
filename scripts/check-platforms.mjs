// Checks that a training run gives the same bits everywhere, eager and compiled: in this Node, in other versions of
// Node, and in Chromium under two policies. One allows WebAssembly but no eval, the other allows neither. CI leaves
// this out, because it needs the network once for each version of Node. Usage: node scripts/check-platforms.mjs
// [VERSION ...], with CHROMIUM=PATH if the browser is not called `chromium`.
import { build } from 'esbuild'
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { chromium, chromiumOptions } from './chromium.mjs'
import { report } from './typescript-files.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

// Prints the results as JSON: to the output in Node, and as the whole content of a page in a browser.
const program = `
  import { expectedDigest, train } from './test/platforms/training'
  const isPage = typeof document !== 'undefined'
  const platform = isPage ? navigator.userAgent.match(/[^ ]*Chrome[^ ]*/)[0] : 'Node ' + process.version
  const result = { platform, expected: expectedDigest }
  try {
    for (const how of ['eager', 'compiled']) result[how] = train(how).digest
  } catch (error) {
    result.error = String(error)
  }
  if (isPage) document.body.textContent = JSON.stringify(result)
  else console.log(JSON.stringify(result))
`

/**
 * A page that may run the script, WebAssembly if it is allowed, and nothing else.
 *
 * @param {string} script
 * @param {boolean} allowsWasm
 */
function pageOf(script, allowsWasm) {
  const nonce = randomUUID()
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'${allowsWasm ? " 'wasm-unsafe-eval'" : ''}`
  return `<!doctype html>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<body><script nonce="${nonce}">${script.replaceAll('</script', '<\\/script')}</script></body>
`
}

/** Options that load and print a page. @param {string} profile @param {string} page */
const printing = (profile, page) => [...chromiumOptions(profile), '--dump-dom', pathToFileURL(page).href]

const { outputFiles } = await build({
  stdin: { contents: program, resolveDir: root },
  bundle: true,
  conditions: ['source'],
  write: false,
})
const folder = mkdtempSync(join(tmpdir(), 'cotangent-platforms-'))
const [file, page, bare] = ['program.cjs', 'page.html', 'bare.html'].map((name) => join(folder, name))
writeFileSync(file, outputFiles[0].text)
writeFileSync(page, pageOf(outputFiles[0].text, true))
writeFileSync(bare, pageOf(outputFiles[0].text, false))

const versions = process.argv.length > 2 ? process.argv.slice(2) : ['22', '24', '26']
// The packages behind npm's `node`, one for each platform.
const nodePackage = `node-${process.platform}-${process.arch}`
/** @type {[name: string, command: string, args: string[]][]} */
const platforms = [
  ['this Node', process.execPath, [file]],
  ...versions.map(
    /** @returns {[string, string, string[]]} */
    (version) => [`Node ${version}`, 'npx', ['--yes', '-p', `${nodePackage}@${version}`, 'node', file]],
  ),
  ['Chromium', chromium, printing(join(folder, 'profile'), page)],
  ['Chromium without WebAssembly', chromium, printing(join(folder, 'bare-profile'), bare)],
]

/** @type {string[]} */
const problems = []
let agreeing = 0
try {
  for (const [name, command, args] of platforms) {
    const { error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 120_000 })
    // A machine without a browser can still check Node, but a path that was given must lead to one.
    if (name.startsWith('Chromium') && error !== undefined && process.env['CHROMIUM'] === undefined) {
      console.log(`${name}: not found, left out`)
      continue
    }
    const line = /\{"platform".*\}/.exec(stdout ?? '')?.[0]
    if (line === undefined) {
      problems.push(`${name}: no result: ${error ?? stderr.trim().slice(-500)}`)
      continue
    }
    const { platform, expected, eager, compiled, error: fault } = JSON.parse(line)
    if (fault !== undefined) {
      problems.push(`${platform}: ${fault}`)
      continue
    }
    console.log(`${name}, ${platform}: eager ${eager}, compiled ${compiled}`)
    if (eager === expected && compiled === expected) agreeing++
    else problems.push(`${platform}: expected ${expected}, as test/platforms/training.ts says`)
  }
} finally {
  // Chromium's processes may still write to its profile for a moment after it has ended.
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
}
report('platforms', problems, `${agreeing} give the same bits`)
