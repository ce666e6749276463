// Checks the packages as others use them. It packs them, installs the archives in a fresh project, and there runs one
// program under each runtime and bundler, and compiles programs with each version of TypeScript. It needs a build and
// the npm registry. Usage: node scripts/check-consumers.mjs [types | run]
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { snippetsOf } from './snippets.mjs'
import { report } from './typescript-files.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const only = process.argv[2]
const packages = readdirSync(join(root, 'packages')).filter((name) => existsSync(join(root, 'packages', name, 'dist')))
const project = mkdtempSync(join(tmpdir(), 'cotangent-consumer-'))
const bin = join(project, 'node_modules', '.bin')
/** @type {string[]} */
const problems = []
let checks = 0

/**
 * Runs a command in the project.
 *
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args, cwd = project) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    shell: process.platform === 'win32',
    env: { ...process.env, NODE_ENV: undefined, NODE_OPTIONS: undefined },
  })
  return { ok: status === 0, stdout: stdout ?? '', output: `${stdout ?? ''}${stderr ?? ''}${error ?? ''}`.trim() }
}

/** Notes a problem unless the command succeeds, and prints what it should. @param {string} what @param {ReturnType<typeof run>} result @param {string} [prints] */
function check(what, { ok, stdout, output }, prints) {
  checks++
  console.log(`  ${what}`)
  if (!ok) problems.push(`${what}: failed\n${output.split('\n').slice(0, 40).join('\n')}`)
  else if (prints !== undefined && stdout.trim() !== prints)
    problems.push(`${what}: printed ${stdout.trim()}, expected ${prints}`)
}

/** @param {string} file @param {string} text */
function write(file, text) {
  mkdirSync(dirname(join(project, file)), { recursive: true })
  writeFileSync(join(project, file), text)
}

const typescripts = ['5.4', '5.6', '5.9', '6.0', 'latest']
const tools = {
  types: ['@types/node@20', ...typescripts.map((version) => `typescript-${version}@npm:typescript@${version}`)],
  run: ['vite@8', 'webpack@5', 'webpack-cli', 'esbuild', 'jest@30', 'bun', 'deno'],
}

/** Packs the packages and installs them with the tools. */
function setUp() {
  const archives = packages.map((name) => {
    const { ok, stdout, output } = run(
      join(root, 'node_modules', '.bin', 'pnpm'),
      ['pack', '--json', '--pack-destination', project],
      join(root, 'packages', name),
    )
    if (!ok) throw new Error(`pnpm pack failed in packages/${name}: ${output}`)
    return /** @type {string} */ (JSON.parse(stdout).filename)
  })
  write('package.json', JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
  const wanted = [...(only === 'run' ? [] : tools.types), ...(only === 'types' ? [] : tools.run)]
  const { ok, output } = run('npm', [
    'install',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts=false',
    ...archives,
    'fast-check@4',
    'vitest@4',
    ...wanted,
  ])
  if (!ok) throw new Error(`npm install failed: ${output}`)
}

// Learns xor, and prints a number that every platform computes to the last bit.
const body = `
const x = tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
const y = tensor([[0], [1], [1], [0]])
const [k1, k2] = split(key(1), 2)
let model = sequential(dense(2, 8, { key: k1, activation: tanh }), dense(8, 1, { key: k2, activation: sigmoid }))
const optimizer = sgd({ learningRate: 1, momentum: 0.9 })
let state = optimizer.init(model)
const step = compile((model, state) => {
  const [loss, gradients] = valueAndGrad((m) => logLoss(m.forward(x), y))(model)
  return [loss, ...optimizer.update(model, gradients, state)]
})
let loss
for (let i = 0; i < 100; i++) [loss, model, state] = step(model, state)
console.log('loss ' + loss.item())
`
const names = {
  core: 'compile, key, split, tensor, valueAndGrad',
  nn: 'dense, logLoss, sequential, sigmoid, tanh',
  optim: 'sgd',
}
const esm = `${Object.entries(names)
  .map(([name, of]) => `import { ${of} } from '@cotangent/${name}'`)
  .join('\n')}${body}`
const cjs = `${Object.entries(names)
  .map(([name, of]) => `const { ${of} } = require('@cotangent/${name}')`)
  .join('\n')}${body}`

function checkRuns() {
  write('program.mjs', esm)
  write('program.cjs', cjs)
  const first = run(process.execPath, ['program.mjs'])
  const prints = first.stdout.trim()
  check('Node, ES module', first)
  check('Node, CommonJS', run(process.execPath, ['program.cjs']), prints)
  check('Bun', run(join(bin, 'bun'), ['program.mjs']), prints)
  check('Deno', run(join(bin, 'deno'), ['run', '--allow-read', '--allow-env', '--no-lock', 'program.mjs']), prints)

  check(
    'esbuild',
    run(join(bin, 'esbuild'), [
      'program.mjs',
      '--bundle',
      '--format=esm',
      '--outfile=esbuild/out.mjs',
      '--log-level=warning',
    ]),
  )
  check('esbuild, run', run(process.execPath, ['esbuild/out.mjs']), prints)
  write(
    'vite.config.js',
    "export default { build: { lib: { entry: 'program.mjs', formats: ['es'], fileName: () => 'out.mjs' }, outDir: 'vite', minify: true }, logLevel: 'warn' }",
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
  write(
    'jest/xor.test.cjs',
    `test('xor', () => {${cjs.replace('console.log', 'expect')}.toBe(${JSON.stringify(prints)}) })`.replace(
      /\n\.toBe/,
      '.toBe',
    ),
  )
  check('Jest', run(join(bin, 'jest'), ['--config', 'jest.config.cjs']))

  // Every entry can be loaded in both ways, with the same names.
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

/** A program that exports every value of every package, alone and in an object. */
function writeExports() {
  for (const name of packages) {
    const { stdout } = run(process.execPath, [
      '--input-type=module',
      '-e',
      `import('@cotangent/${name}').then(m => console.log(Object.keys(m).filter((n) => typeof m[n] !== 'function' || !/^[A-Z]/.test(n)).join(' ')))`,
    ])
    const lines = stdout
      .trim()
      .split(' ')
      .filter(Boolean)
      .map((each) => `export const ${each}Again = m.${each}\nexport const has_${each} = { ${each}: m.${each} }`)
    write(`types/all-${name}.ts`, `import * as m from '@cotangent/${name}'\n${lines.join('\n')}\n`)
  }
  // What the functions return.
  write(
    'types/results.ts',
    `
import { bilinear, bodyOf, compile, constant, customGradient, defineElementwise, defineOp, elementwise, flatten, grad, hessian, jacobian, jvp, key, linear, noGradient, ones, split, sum, tensor, type Tensor, trace, tree, valueAndGrad, vjp, vjpRule, zeros } from '@cotangent/core'
import { dense, denseTheta, fans, glorotUniform, mse, sequential, sigmoid } from '@cotangent/nn'
import { chain, clipByGlobalNorm, cosineSchedule, optimizer, sgd } from '@cotangent/optim'
import { checkGradients, checkOp, explain, forward, gradientCoverage, networks, tensors } from '@cotangent/check'
export const keys = split(key(1), 2)
export const net = sequential(dense(4, 8, { key: keys[0], activation: sigmoid }), dense(8, 2, { key: keys[1] }))
export const layer = dense(4, 8, { key: keys[0] })
export const theta = denseTheta(4, 8, { key: keys[0] })
export const out = net.forward(zeros([3, 4]))
export const loss = (model: typeof net, x: Tensor<[3, 4]>) => mse(model.forward(x), zeros([3, 2]))
export const gradient = grad(loss)
export const both = valueAndGrad(loss)
export const step = compile((model: typeof net, x: Tensor<[3, 4]>) => gradient(model, x))
export const graph = trace((x: Tensor<[3]>) => x.mul(x), tensor([1, 2, 3]))
export const cost = graph.cost()
export const json = graph.toJSON()
export const matrix = jacobian((x: Tensor<[3]>) => x.mul(x))
export const curvature = hessian((x: Tensor<[3]>) => sum(x.mul(x)))
export const pulled = vjp((x: Tensor<[3]>) => x.mul(x), ones([3]))
export const pushed = jvp((x: Tensor<[3]>) => x.mul(x), [ones([3])], [ones([3])])
export const custom = customGradient((x: Tensor<[3]>) => ({ value: x, pullback: (g: Tensor<[3]>) => [g] as const }))
export const square = defineElementwise({ name: 'square', inputs: 1, formula: (s, x) => s.mul(x, x), domain: [{}] })
export const copy = defineOp({ name: 'copy', inputs: 1, infer: ([x]) => x, kernel: ([x], y) => y.data.set(x.data), law: linear({ transpose: (g) => [g] }), domain: (draw) => ({ inputs: [{ shape: draw.shape() }], attributes: undefined }) })
export const laws = [elementwise([null]), linear({ transpose: (g) => [g] }), bilinear((g) => g, (g) => g), vjpRule({ pullback: (g) => g }), constant, noGradient('none')]
export const body = bodyOf('contract', () => ({}))
export const flat = flatten({ x: ones([2]) })
export const fan = fans([2, 3])
export const init = glorotUniform
export const descent = sgd({ learningRate: 0.1 })
export const own = optimizer(chain(clipByGlobalNorm(1)))
export const schedule = cosineSchedule(0.1, { steps: 10 })
export const rank3 = <S extends readonly [number, number, number]>(x: Tensor<S>) => x.sum({ axis: 1 }).add(ones([1]))
export const sameSize = <N extends number>(x: Tensor<[N, 3]>) => x.matmul(ones([3, 2])).add(1)
export const report = checkGradients((x: Tensor) => sum(x), [ones([2])])
export const opReport = checkOp(square)
export const told = explain(net, loss, zeros([3, 4]))
export const coverage = gradientCoverage((x: Tensor) => sum(x), [ones([2])])
export const drawn = [forward, networks(), tensors()]
export class Model { readonly layer = layer; forward(x: Tensor<[3, 4]>) { return this.layer.forward(x) } }
export const marked = tree
`,
  )
}

function checkTypes() {
  writeExports()
  for (const { file, code } of snippetsOf(root)) write(`types/${file}`, code)
  const options = {
    target: 'ES2022',
    lib: ['ES2023', 'DOM'],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    noPropertyAccessFromIndexSignature: true,
    declaration: true,
    skipLibCheck: false,
    types: ['node'],
  }
  for (const version of typescripts) {
    const tsc = join(project, 'node_modules', `typescript-${version}`, 'bin', 'tsc')
    const { stdout } = run(process.execPath, [tsc, '--version'])
    for (const [module, moduleResolution] of [
      ['NodeNext', 'NodeNext'],
      ['ESNext', 'bundler'],
    ]) {
      // Every version compiles programs for bundlers; the oldest and the newest for Node, too.
      if (module === 'NodeNext' && version !== typescripts[0] && version !== 'latest') continue
      const what = `${stdout.trim()}, ${module}`
      const compile = (/** @type {string} */ folder, /** @type {object} */ more) => {
        const compilerOptions = { ...options, module, moduleResolution, rootDir: folder, ...more }
        write('tsconfig.json', JSON.stringify({ compilerOptions, include: [`${folder}/**/*`] }))
        return run(process.execPath, [tsc, '-p', '.'])
      }
      const outDir = `declarations-${version}-${module}`
      check(`TypeScript ${what}`, compile('types', { emitDeclarationOnly: true, outDir }))
      check(`TypeScript ${what}, what it declares`, compile(outDir, { noEmit: true, declaration: false }))
    }
  }
}

try {
  setUp()
  if (only !== 'types') checkRuns()
  if (only !== 'run') checkTypes()
} finally {
  rmSync(project, { recursive: true, force: true })
}
report('consumers', problems, `${checks} checks of the packed packages passed`)
