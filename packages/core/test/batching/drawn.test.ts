import { checkpoint, compile, grad, jvp, stack, sum, tensor, type Tensor, trace, vmap } from '@cotangent/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { runs } from '../../../../test/effort'
import { needSameBits } from '../backends/same-bits'
import { drawnGraphs, type DrawnGraph, functionOf, lossOf, type Run } from '../compile/drawn-graphs'
import { isFloat } from '../compile/graph-choices'
import { argumentsOf } from '../compile/graph-inputs'

// vmap of a drawn program gives the bits of single calls: for values and derivatives, compiled and in regions.

/** Three examples of the arguments of a graph. Those that are not batched are the same in all of them. */
function examplesOf({ drawn, outputs }: DrawnGraph) {
  const examples = [0, 1, 2].map((at) => argumentsOf({ ...drawn, seed: drawn.seed + 7 * at }))
  const flags = examples[0].map((_, i) => ((drawn.seed >> i) + outputs.length) % 3 > 0)
  flags[drawn.seed % flags.length] = true
  return { flags, examples: examples.map((args) => args.map((arg, i) => (flags[i] ? arg : examples[0][i]))) }
}

/** Throws unless `transform` of a batched program gives the bits of single calls. */
function needStacked(what: string, f: Run, graph: DrawnGraph, around: (f: Run) => Run = (g) => g): void {
  const { flags, examples } = examplesOf(graph)
  const args = flags.map((isBatched, i) => (isBatched ? stack(examples.map((xs) => xs[i])) : examples[0][i]) as Tensor)
  const expected = examples.map((xs) => f(...xs))
  const batch = vmap(f, { in: flags.map((isBatched) => (isBatched ? 0 : null)) }) as unknown as Run
  const all = expected[0].map((_, i) => stack(expected.map((results) => results[i])) as Tensor)
  try {
    needSameBits(what, around(batch)(...args), all)
  } catch (error) {
    throw new Error(`${what}: ${String(error)}\n${String(trace(f, ...examples[0]))}`, { cause: error })
  }
}

const small = drawnGraphs(14).filter(({ drawn: { base } }) => base.reduce((product, size) => product * size, 1) < 700)

/** The gradients of the sum of all outputs, in all floating-point arguments; undefined where there are none. */
function gradientOf(f: Run, graph: DrawnGraph): Run | undefined {
  const argument = argumentsOf(graph.drawn).flatMap((arg, i) => (isFloat(arg) ? [i] : []))
  return argument.length === 0 ? undefined : (grad(lossOf(f), { argument, disconnected: 'zeros' }) as unknown as Run)
}

it('a drawn program in a batch gives the bits of single calls', () => {
  fc.assert(
    fc.property(small, (graph) => {
      const f = functionOf(graph)
      needStacked('eager', f, graph)
      needStacked('compiled', f, graph, (batch) => compile(batch))
      needStacked('of a compiled function', compile(f), graph)
      needStacked('of a checkpoint', checkpoint(f), graph)
    }),
    { numRuns: runs(12) },
  )
}, 1e9)

it('so do gradients for each example, of the first and second order', () => {
  let count = 0
  fc.assert(
    fc.property(small, (graph) => {
      const first = gradientOf(functionOf(graph), graph)
      if (first === undefined) return
      count++
      needStacked('gradient', first, graph)
      needStacked('gradient, compiled', first, graph, (batch) => compile(batch))
      needStacked('second order', gradientOf(first, graph)!, graph)
    }),
    { numRuns: runs(10) },
  )
  expect(count).toBeGreaterThan(runs(3))
}, 1e9)

it('so does forward mode', () => {
  fc.assert(
    fc.property(small, (graph) => {
      const f = functionOf(graph)
      if (!argumentsOf(graph.drawn).some(isFloat)) return
      needStacked('tangents', (...args) => jvp(f, args, args)[1], graph)
    }),
    { numRuns: runs(10) },
  )
}, 1e9)

it('so do derivatives of the batched program, in batched arguments', () => {
  fc.assert(
    fc.property(small, (graph) => {
      const f = functionOf(graph)
      const { flags, examples } = examplesOf(graph)
      const argument = flags.flatMap((isBatched, i) => (isBatched && isFloat(examples[0][i]) ? [i] : []))
      if (argument.length === 0) return
      const args = flags.map((is, i) => (is ? stack(examples.map((xs) => xs[i])) : examples[0][i]) as Tensor)
      const batch = vmap(f, { in: flags.map((isBatched) => (isBatched ? 0 : null)) }) as unknown as Run
      const own = (g: Run) => grad(lossOf(g), { argument, disconnected: 'zeros' }) as unknown as Run
      const single = examples.map((xs) => own(f)(...xs))
      const expected = argument.map((_, i) => stack(single.map((each) => each[i])) as Tensor)
      needSameBits('gradient of the batch', own(batch)(...args), expected)
    }),
    { numRuns: runs(10) },
  )
}, 1e9)

it('a batch of batches is a batch', () => {
  fc.assert(
    fc.property(small, (graph) => {
      const f = functionOf(graph)
      const { examples } = examplesOf(graph)
      const args = examples[0].map((_, i) => stack(examples.map((xs) => xs[i])) as Tensor)
      const twice = args.map((arg) => stack([arg, arg]) as Tensor)
      const once = (vmap(f) as unknown as Run)(...args)
      const nested = (vmap(vmap(f)) as unknown as Run)(...twice)
      needSameBits('nested', nested, once.map((each) => stack([each, each]) as Tensor)) // prettier-ignore
    }),
    { numRuns: runs(8) },
  )
}, 1e9)

it('by an argument that the examples share, the gradient is the sum of theirs', () => {
  const w: Tensor = tensor([0.3, -0.2, 0.7], { dtype: 'float64' })
  const xs: Tensor = tensor([[1, 2, 3], [-1, 0.5, 2], [0.1, 0.2, 0.3]], { dtype: 'float64' }) // prettier-ignore
  const loss = (v: Tensor, x: Tensor): Tensor => v.mul(x).tanh().sum().exp()
  const batch = (v: Tensor): Tensor => sum(vmap(loss, { in: [null, 0] })(v, xs))
  const each: Tensor = vmap(grad(loss), { in: [null, 0] })(w, xs)
  const [got, expected] = [grad(batch)(w), sum(each, { axis: 0 })]
  got.data.forEach((value, i) => expect(value).toBeCloseTo(expected.data[i], 14))
})
