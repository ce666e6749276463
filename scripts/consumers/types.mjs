// Compiles programs that use the packed packages with each version of TypeScript, and what they declare.
import { join } from 'node:path'
import { snippetsOf } from '../snippets.mjs'
import { check, packages, project, root, run, write } from './project.mjs'

const typescripts = ['5.4', '5.6', '5.9', '6.0', 'latest']

/** What the project needs for this. */
export const typeTools = [
  '@types/node@20',
  ...typescripts.map((version) => `typescript-${version}@npm:typescript@${version}`),
]

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
import { bilinear, bodyOf, compile, constant, customGradient, defineElementwise, defineOp, elementwise, flatten, grad, hessian, jacobian, jvp, key, linear, mapTree, noGradient, ones, splitKey, sum, tensor, type Tensor, trace, tree, valueAndGrad, vjp, vjpRule, zeros } from '@cotangent/core'
import { dense, denseTheta, fans, glorotUniform, mse, pytorchLayers, sequential, sigmoid } from '@cotangent/nn'
import { accumulate, adam, adamw, averageParameters, chain, clipByGlobalNorm, cosineSchedule, lbfgs, lookahead, mapParameters, muon, optimizer, perGroup, plateau, scaleByAdam, scaleByLearningRate, sgd } from '@cotangent/optim'
import { batches, kFolds, trainTestSplit } from '@cotangent/data'
import { fromPlain, load, loadPartial, open, pytorchNames, toNpz, toPlain, toSafetensors } from '@cotangent/io'
import { toSVG } from '@cotangent/view'
import { checkGradients, checkOp, explain, forward, gradientCoverage, networks, tensors } from '@cotangent/check'
export const keys = splitKey(key(1), 2)
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
export const curvatures = hessian((model: typeof net, x: Tensor<[3, 4]>) => sum(model.forward(x)))(net, zeros([3, 4]))
export const slopes = jacobian((model: typeof net) => ({ all: model.forward(zeros([3, 4])) }))(net)
export const sums = mapTree((leaf) => leaf.sum(), net)
export const arrays = [ones([2, 3]).toArray(), ones([]).toArray<number>()]
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
export const moments = [adam(), adamw({ learningRate: schedule }), lookahead(accumulate(sgd({ learningRate: 0.1 }), { every: 2 }), { every: 5 })]
export const grouped = perGroup({ hidden: { where: (leaf) => leaf.rank === 2, optimizer: muon() }, others: { where: (leaf) => leaf.rank !== 2, optimizer: null } })
export const groupedState = grouped.init(net)
export const adamState = adam().init(net)
export const adamPlain = toPlain(adamState)
export const adamLoaded = load(toSafetensors({ net, state: adamState }), { net, state: adamState })
export const updated = adam().update(net, net, adamState)
export const composed = optimizer(chain(scaleByAdam(), scaleByLearningRate(0.1)))
export const composedState = composed.init(net)
export const clipped = adam({ clip: chain(clipByGlobalNorm(1), scaleByAdam()) }).init(net)
export const wrappedState = lookahead(accumulate(adam(), { every: 2 })).init(net)
export const average = averageParameters(net, net, { decay: 0.9 })
export const halved = mapParameters((_, __, leaf) => leaf.mul(0.5), net, net)
export const falling = plateau({ patience: 2 })
export const solver = lbfgs()
export const solved = solver.update({ w: ones([2]) }, ({ w }) => sum(w.mul(w)), solver.init({ w: ones([2]) }))
export const dataset = { x: ones([10, 4]), y: ones([10]) }
export const parts = trainTestSplit(dataset, { test: 0.2 })
export const folds = kFolds(dataset, { folds: 5 })
export const exact = batches(dataset, { size: 5, dropLast: true })
export const some = batches(dataset, { size: 3, shuffle: key(1) })
export const stated = some.withState()
export const bytes = toSafetensors(net, { names: pytorchNames(pytorchLayers) })
export const archive = toNpz(dataset)
export const loaded = load(bytes, net)
export const partly = loadPartial(bytes, net)
export const opened = open(bytes)
export const plain = toPlain(net)
export const restored = fromPlain(plain, net)
export const picture = toSVG(graph)
`,
  )
}

/** Each version of TypeScript compiles the programs, and then their declarations. */
export function checkTypes() {
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
