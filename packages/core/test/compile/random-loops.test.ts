import { grad, remainder, scan, switchCase, tensor, type Tensor, whileLoop } from '@cotangent/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  type DrawnGraph,
  drawnGraphs,
  fedBack,
  functionOf,
  lossOf,
  needOneMeaning,
  type Run,
  sameType,
  showing,
} from './drawn-graphs'
import { isFloat } from './graph-choices'
import { argumentsOf, filled, generator } from './graph-inputs'
import { interpreted } from '../backends/interpreted'
import { runs } from '../../../../test/effort'

// CT_EFFORT=<n> draws n times as many loops; with FC_SEED they are others.

const drawnLoop = fc.record({
  graph: drawnGraphs(20),
  /** For each argument of the body, whether it is captured, a carry, or a row. */
  roles: fc.array(fc.constantFrom('captured', 'carry', 'carry', 'row'), { minLength: 6, maxLength: 6 }),
  length: fc.constantFrom(0, 1, 2, 3, 5),
  reverse: fc.boolean(),
  /** Which results are stacked; the others are not needed. */
  stacked: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
})

interface DrawnLoop {
  readonly graph: DrawnGraph
  readonly roles: readonly string[]
  readonly length: number
  readonly reverse: boolean
  readonly stacked: readonly boolean[]
}

interface State {
  readonly count: Tensor
  readonly values: Tensor[]
}

/** A loop whose body is a drawn graph. A carry gets the first result of its type, or stays. */
function loopOf({ graph, roles, length, reverse, stacked }: DrawnLoop): { readonly f: Run; readonly args: Tensor[] } {
  const body = functionOf(graph)
  const random = generator(graph.drawn.seed + 3)
  // The first argument is a key, of which the rows would be no keys.
  const roleOf = (i: number) => (i === 0 ? 'captured' : roles[i])
  const args = argumentsOf(graph.drawn).map((arg, i) =>
    roleOf(i) === 'row' ? filled([length, ...arg.shape], arg.dtype, random, 0) : arg,
  )
  const only = (role: string, list: readonly Tensor[]) => list.filter((_, i) => roleOf(i) === role)
  const f: Run = (...given) => {
    const step = (carries: readonly Tensor[], rows: readonly Tensor[]) => {
      const left = { captured: [...only('captured', given)], carry: [...carries], row: [...rows] } as Record<
        string,
        Tensor[]
      >
      const results = body(...given.map((_, i) => left[roleOf(i)].shift()!))
      const free = [...results]
      const next = carries.map((carry) => {
        const at = free.findIndex((result) => sameType(result, carry))
        return at < 0 ? carry : free.splice(at, 1)[0]
      })
      return [next, results.filter((_, i) => stacked[i])]
    }
    const [last, ys] = scan(step as never, only('carry', given) as never, only('row', given) as never, {
      reverse,
      ...(roles.includes('row') && only('row', given).length > 0 ? {} : { length }),
    }) as unknown as Tensor[][]
    return [...last, ...ys]
  }
  return { f, args }
}

/** Loops that have results: without carries and stacked values there are none. */
const needsLoop = (check: (f: Run, args: Tensor[]) => void) => (drawn: DrawnLoop) => {
  const { f, args } = loopOf(drawn)
  if (f(...args).length > 0) showing(f, args, () => check(f, args))
}

it('a loop gives the same bits when it is interpreted, run, traced and compiled', () => {
  fc.assert(fc.property(drawnLoop, needsLoop(needOneMeaning)), { numRuns: runs(60) })
}, 1e9)

it('so does a loop that the interpreter runs', () => {
  const check = needsLoop((f, args) => interpreted(() => needOneMeaning(f, args)))
  fc.assert(fc.property(drawnLoop, check), { numRuns: runs(20) })
}, 1e9)

it('so do its gradients', () => {
  let count = 0
  const check = needsLoop((f, args) => {
    const argument = args.flatMap((arg, i) => (isFloat(arg) ? [i] : []))
    if (argument.length === 0) return
    count++
    needOneMeaning(grad(lossOf(f), { argument, disconnected: 'zeros' }) as unknown as Run, args)
  })
  fc.assert(fc.property(drawnLoop, check), { numRuns: runs(30) })
  expect(count).toBeGreaterThan(runs(10))
}, 1e9)

it('so does a loop that ends by a condition, whose steps are branches', () => {
  const check = needsLoop((f, args) => {
    const g: Run = (...given) => {
      const step = ({ count, values }: State): State => {
        const branches = [
          (list: Tensor[]) => fedBack(list, f(...list)),
          (list: Tensor[]) => list,
          (list: Tensor[]) => fedBack(list, f(...list).reverse()),
        ]
        const index = remainder(count, 4) as Tensor<[]>
        return { count: count.add(1) as Tensor, values: switchCase(index, branches, values) }
      }
      const first: State = { count: tensor(0, { dtype: 'int32' }) as Tensor, values: [...given] }
      const { value, steps } = whileLoop(({ count }: State) => count.less(3), step, first, { maxSteps: 5 })
      return [...value.values, steps]
    }
    needOneMeaning(g, args)
  })
  fc.assert(fc.property(drawnLoop, check), { numRuns: runs(20) })
}, 1e9)
