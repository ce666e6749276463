// Runs one program that uses the packed packages in each runtime, through each bundler, and in a page.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from '../chromium.mjs'
import { runPage } from './browser.mjs'
import { cjs, esm, jest, pageFiles } from './programs.mjs'
import { bin, check, packages, problems, project, run, write } from './project.mjs'

/** What the project needs for this. */
export const runTools = ['vite@8', 'webpack@5', 'webpack-cli', 'esbuild', 'jest@30', 'bun', 'deno']

/**
 * Each runtime and each bundler gives the same output.
 *
 * @param {readonly string[]} versions of Node, besides this one
 * @returns {string} the output
 */
export function checkRuns(versions) {
  write('program.mjs', esm)
  write('program.cjs', cjs)
  const first = run(process.execPath, ['program.mjs'])
  const prints = first.stdout.trim()
  check('Node, ES module', first)
  if (!/^loss 0\.\d+ kept true drawn true saved true$/.test(prints)) problems.push(`Node, ES module: printed ${prints}`)
  check('Node, CommonJS', run(process.execPath, ['program.cjs']), prints)
  for (const version of versions) {
    // The packages behind npm's `node`, one for each platform.
    const npx = ['--yes', '-p', `node-${process.platform}-${process.arch}@${version}`, 'node']
    for (const file of ['program.mjs', 'program.cjs'])
      check(`Node ${version}, ${file}`, run('npx', [...npx, file]), prints)
  }
  check('Bun', run(join(bin, 'bun'), ['program.mjs']), prints)
  const allowed = ['read', 'write', 'env'].map((what) => `--allow-${what}`)
  check('Deno', run(join(bin, 'deno'), ['run', ...allowed, '--no-lock', 'program.mjs']), prints)

  const esbuild = ['--bundle', '--format=esm', '--platform=node', '--outfile=esbuild/out.mjs', '--log-level=warning']
  check('esbuild', run(join(bin, 'esbuild'), ['program.mjs', ...esbuild]))
  check('esbuild, run', run(process.execPath, ['esbuild/out.mjs']), prints)
  write(
    'vite.config.js',
    "export default { build: { lib: { entry: 'program.mjs', formats: ['es'], fileName: () => 'out.mjs' }, outDir: 'vite', minify: true, rolldownOptions: { external: /^node:/ } }, logLevel: 'warn' }",
  )
  check('Vite', run(join(bin, 'vite'), ['build']))
  check('Vite, run', run(process.execPath, ['vite/out.mjs']), prints)
  write(
    'webpack.config.cjs',
    "module.exports = { mode: 'production', entry: './program.mjs', target: 'node', output: { path: __dirname + '/webpack', filename: 'out.cjs' }, performance: false }",
  )
  check('webpack', run(join(bin, 'webpack'), ['--config', 'webpack.config.cjs']))
  check('webpack, run', run(process.execPath, ['webpack/out.cjs']), prints)
  write('jest.config.cjs', "module.exports = { testMatch: ['**/jest/*.test.cjs'], transform: {} }")
  write('jest/xor.test.cjs', jest(prints))
  check('Jest', run(join(bin, 'jest'), ['--config', 'jest.config.cjs']))
  return prints
}

const policyOf = (/** @type {string} */ scripts) =>
  `default-src 'none'; script-src ${scripts}; worker-src 'self'; connect-src 'self'`

/** Each policy: its sources of scripts, the conditions of the build, and how many warnings there are. */
const policies = /** @type {const} */ ([
  ["'self' 'wasm-unsafe-eval'", '', 0],
  ["'self'", '', 1],
  ["'self'", 'no-wasm', 0],
])

/**
 * A page and its module worker, built by Vite, learn the same under each policy. Without a browser this is left out.
 *
 * @param {string} prints what the program prints in Node
 */
export async function checkBrowser(prints) {
  if (process.env['CHROMIUM'] === undefined && !run(chromium, ['--version']).ok) {
    console.log('  Chromium: not found, left out')
    return
  }
  for (const [file, text] of Object.entries(pageFiles)) write(`page/${file}`, text)
  write(
    'page/vite.config.js',
    `import { defaultClientConditions } from 'vite'
export default ({ mode }) => ({
  build: { outDir: '../page-' + mode, emptyOutDir: true, target: 'es2022' },
  resolve: { conditions: [...(mode === 'no-wasm' ? ['no-wasm'] : []), ...defaultClientConditions] },
  worker: { format: 'es' },
  logLevel: 'warn',
})`,
  )
  for (const mode of ['plain', 'no-wasm'])
    check(`Vite, a page (${mode})`, run(join(bin, 'vite'), ['build', 'page', '--mode', mode]))
  const text = prints.replace(' saved true', '')
  for (const [scripts, condition, warnings] of policies) {
    const what = `Chromium, script-src ${scripts}${condition && `, ${condition}`}`
    const posted = await runPage(join(project, `page-${condition || 'plain'}`), policyOf(scripts)).then(
      (stdout) => ({ ok: true, stdout, output: '' }),
      (error) => ({ ok: false, stdout: '', output: String(error) }),
    )
    check(what, posted, JSON.stringify({ text, worker: text, received: true, warnings }))
  }
}

/** Every entry can be loaded in both ways, with the same names. */
export function checkEntries() {
  for (const name of packages) {
    const { exports } = JSON.parse(
      readFileSync(join(project, 'node_modules', '@cotangent', name, 'package.json'), 'utf8'),
    )
    for (const path of Object.keys(exports).filter((path) => path !== './package.json' && path !== './vitest')) {
      const entry = `@cotangent/${name}${path.slice(1)}`
      const list =
        "m => console.log(Object.keys(m).filter((n) => n !== 'default' && n !== 'module.exports' && n !== '__esModule').sort().join())"
      const loaded = run(process.execPath, ['--input-type=module', '-e', `import('${entry}').then(${list})`])
      check(`import ${entry}`, loaded)
      check(
        `require ${entry}`,
        run(process.execPath, ['--input-type=commonjs', '-e', `(${list})(require('${entry}'))`]),
        loaded.stdout.trim(),
      )
    }
  }
}
