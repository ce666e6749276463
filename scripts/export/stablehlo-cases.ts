// Draws the cases on which exported modules are compared with Cotangent: every op of the library and every function made
// of ops, its first derivatives in both modes and its second, in both float types; and programs with control flow.
import {
  add,
  grad,
  jvp,
  key,
  matmul,
  normal,
  reshape,
  scan,
  sum,
  swapAxes,
  tanh,
  trace,
  transpose,
  vjp,
  zeros,
  type Graph,
  type Tensor,
} from '@cotangent/core'
import { copied } from '../../packages/check/src/arguments'
import type { Integers } from '../../packages/check/src/op/draw'
import { libraryOps } from '../../packages/check/src/graph/library-ops'
import { type Case, drawCase, makeCase, noFacts, type OpSubject, subjectOf } from '../../packages/check/src/op/subject'
import type { Variety } from '../../packages/check/src/op/values'
import { numbersFrom } from '../../packages/check/src/numeric/random'
import { composites } from '../../packages/check/test/laws/composites'
import { programs } from '../../packages/core/test/control/programs'

/** A function with arguments, to be exported. */
export interface Exported {
  readonly subject: string
  /** `value`, `backward`, `forward`, `second`. */
  readonly what: string
  readonly graph: Graph
  readonly inputs: readonly Tensor[]
}

/** How many cases there are: `values` has no derivatives of ops. */
export type Extent = 'values' | 'some' | 'all'

const varieties: Record<Extent, readonly Variety[]> = {
  values: ['plain'],
  some: ['plain'],
  all: ['plain', 'extremes', 'ties', 'large', 'plain'],
}

/** The cases; of one subject, if it is named. */
export function* exportedCases(extent: Extent, only?: string): Generator<Exported> {
  let number = 0
  for (const subject of subjects().filter(({ name }) => only === undefined || name === only))
    for (const variety of varieties[extent]) {
      const random = numbersFrom(++number)
      const integer: Integers = (min, max) => min + Math.floor(random() * (max - min + 1))
      const drawn = drawCase(subject, integer, variety)
      const narrow = narrowed(drawn)
      const isSame = narrow === null || narrow.inputs.every((input, i) => input.dtype === drawn.inputs[i].dtype)
      const each = isSame ? [drawn] : extent === 'all' ? [drawn, narrow] : [number % 2 === 0 ? drawn : narrow]
      for (const one of each) yield* casesOf(one, extent, number)
    }
  if (only === undefined) yield* controlFlow()
}

function subjects(): OpSubject[] {
  return [
    ...libraryOps().map((op) => subjectOf(op)),
    ...composites.map(({ name, call, domain }): OpSubject => ({
      ...{ name, domain, fixedDType: false, facts: noFacts() },
      call: (inputs, attributes) => call(...inputs, ...(attributes === undefined ? [] : [attributes])),
    })),
  ]
}

/** The case with float32 in place of float64; null where the subject rejects it. */
function narrowed({ subject, inputs, sample, attributes, seed, isPlain }: Case): Case | null {
  const single = inputs.map((input) => (input.dtype === 'float64' ? (input.astype('float32') as Tensor) : input))
  try {
    subject.call(single, attributes)
  } catch {
    return null
  }
  return makeCase(subject, single, { inputs: sample, attributes }, seed, isPlain)
}

const isFloat = ({ dtype }: Tensor) => dtype === 'float32' || dtype === 'float64'

function* casesOf({ subject, inputs, attributes, floats, f, xs, like }: Case, extent: Extent, number: number) {
  const made = (what: string, g: (...inputs: Tensor[]) => unknown, given: readonly Tensor[]): Exported => {
    const own = given.map(copied)
    return { subject: subject.name, what, graph: trace(g as never, ...(own as never[])), inputs: own }
  }
  yield made('value', (...given) => subject.call(given, attributes), inputs)
  if (extent === 'values' || floats.length === 0 || subject.law?.kind === 'none') return
  const output = f(...xs)
  if (!isFloat(output)) return
  const count = xs.length
  const backward = (g: Tensor, ...given: Tensor[]) => vjp(f, ...given)[1](g)
  yield made('backward', backward, [like(output), ...xs])
  if (extent === 'all' || number % 5 === 0)
    yield made('forward', (...given) => jvp(f, given.slice(0, count), given.slice(count)), [...xs, ...xs.map(like)])
  if (extent === 'all' ? number % 2 === 0 : number % 7 === 0) {
    const cotangent = like(output)
    const first = (...given: Tensor[]) => backward(cotangent, ...given)
    const directions = xs.map(like)
    yield made('second', (...given) => jvp(first, given, directions)[1], xs)
  }
}

const numbers = (seed: number, ...shape: number[]): Tensor => normal(key(seed), shape, { dtype: 'float64' })
const flipped = (x: Tensor) => swapAxes(x, -1, -2)

/** Where the form of a module depends on how axes were merged, and on what a loop carries. */
const forms: typeof programs = {
  'sums of products over steps': {
    f: (xs, w) => {
      const step = ([a, b, c]: readonly Tensor[], x: Tensor) => [
        [a.add(matmul(flipped(x), tanh(x))), b.add(sum(x)), add(sum(matmul(x, w), { axis: [0, 1] }), c)],
        null,
      ]
      const start = [numbers(3, 2, 3, 3), zeros([], { dtype: 'float64' }), sum(w, { axis: 0 })]
      const [sums] = scan(step as never, start as never, xs) as unknown as [readonly Tensor[]]
      return sums.map((x) => sum(x.mul(x))).reduce((x, y) => x.add(y))
    },
    args: [numbers(1, 4, 2, 5, 3), numbers(2, 3, 3)],
  },
  'products over merged axes': {
    f: (x, w) => {
      const rows = reshape(swapAxes(x, 0, 1), [12, 3])
      const batch = matmul(reshape(swapAxes(x, 0, 1), [4, 3, 3]), reshape(w, [4, 3, 3]))
      const inner = matmul(reshape(transpose(x, [2, 0, 1]), [3, 12]), reshape(w, [12, 3]))
      const others = matmul(reshape(x, [3, 12]), reshape(w, [12, 3]))
      const ones = matmul(reshape(x, [3, 1, 4, 3]), reshape(w, [1, 4, 3, 3]))
      const all: readonly Tensor[] = [rows, batch, inner, others, ones]
      return all.map((y) => sum(tanh(y))).reduce((a, b) => a.add(b))
    },
    args: [numbers(4, 3, 4, 3), numbers(5, 2, 2, 3, 3)],
  },
}

function* controlFlow(): Generator<Exported> {
  for (const [subject, { f, args }] of Object.entries({ ...programs, ...forms })) {
    const inputs = [...args]
    const all = (...given: Tensor[]) => f(...given)
    const argument = args.map((_, i) => i)
    yield { subject, what: 'value', graph: trace(all as never, ...(inputs as never[])), inputs }
    const gradient = grad(all as never, { argument } as never) as never
    yield { subject, what: 'backward', graph: trace(gradient, ...(inputs as never[])), inputs }
  }
}
