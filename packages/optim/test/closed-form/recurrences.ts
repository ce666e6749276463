// The published recurrences, in plain float64 loops. Nothing of the library is used here.

/** A parameter: its entries, row by row, and its shape. */
export interface Leaf {
  readonly values: readonly number[]
  readonly shape: readonly number[]
}

/** The hyperparameters of a recurrence, by name. */
export type Hyper = Readonly<Record<string, number>>

/** Computes the next entries of one leaf from its gradients. `memory` starts empty; t counts from 1. */
type Step = (
  leaf: Leaf,
  g: readonly number[],
  memory: Record<string, number[]>,
  t: number,
  h: Hyper,
) => readonly number[]

/** A recurrence of each entry by itself. */
const eachEntry =
  (
    update: (theta: number, g: number, m: (name: string, first?: number) => Cell, t: number, h: Hyper) => number,
  ): Step =>
  ({ values }, g, memory, t, h) =>
    values.map((theta, i) => {
      const cell = (name: string, first = 0): Cell => {
        const row = (memory[name] ??= values.map(() => first))
        return {
          get: () => row[i],
          set: (value) => (row[i] = value),
        }
      }
      return update(theta, g[i], cell, t, h)
    })

/** One number that a recurrence remembers. */
interface Cell {
  get(): number
  set(value: number): number
}

/** Kingma & Ba 2015, algorithm 1, lines 5 and 6. */
function moments(g: number, cell: (name: string) => Cell, { beta1, beta2 }: Hyper): [m: number, v: number] {
  const m = cell('m').set(beta1 * cell('m').get() + (1 - beta1) * g)
  const v = cell('v').set(beta2 * cell('v').get() + (1 - beta2) * g * g)
  return [m, v]
}

const norm = (values: readonly number[]) => Math.sqrt(values.reduce((total, value) => total + value * value, 0))
const rms = (values: readonly number[]) => norm(values) / Math.sqrt(values.length)

/** X ← a X + (b A + c A²) X with A = X Xᵀ, on rows. */
function orthogonal(rows: number[][], steps: number): number[][] {
  const transpose = (x: number[][]) => x[0].map((_, j) => x.map((row) => row[j]))
  const product = (x: number[][], y: number[][]) =>
    x.map((row) => y[0].map((_, j) => row.reduce((total, value, k) => total + value * y[k][j], 0)))
  const isTall = rows.length > rows[0].length
  const size = Math.max(norm(rows.flat()), 1e-7)
  let x = (isTall ? transpose(rows) : rows).map((row) => row.map((value) => value / size))
  for (let i = 0; i < steps; i++) {
    const gram = product(x, transpose(x))
    const squared = product(gram, gram)
    const polynomial = gram.map((row, r) => row.map((value, c) => -4.775 * value + 2.0315 * squared[r][c]))
    const further = product(polynomial, x)
    x = x.map((row, r) => row.map((value, c) => 3.4445 * value + further[r][c]))
  }
  return isTall ? transpose(x) : x
}

const inRows = (values: readonly number[], [rows, columns]: readonly number[]) =>
  Array.from({ length: rows }, (_, r) => values.slice(r * columns, (r + 1) * columns))

export const recurrences = {
  /** Sutskever et al. 2013, with PyTorch's dampening: the first velocity is the first gradient. */
  sgd: eachEntry((theta, given, cell, t, { rate, momentum, dampening, decay }) => {
    const g = given + decay * theta
    const v = cell('v').set(t === 1 ? g : momentum * cell('v').get() + (1 - dampening) * g)
    return theta - rate * v
  }),
  adam: eachEntry((theta, given, cell, t, h) => {
    const [m, v] = moments(given + h.decay * theta, cell, h)
    const [mHat, vHat] = [m / (1 - h.beta1 ** t), v / (1 - h.beta2 ** t)]
    return theta - (h.rate * mHat) / (Math.sqrt(vHat) + h.epsilon)
  }),
  /** Reddi et al. 2018, algorithm 2, with the corrections of Adam. */
  amsgrad: eachEntry((theta, given, cell, t, h) => {
    const [m, v] = moments(given + h.decay * theta, cell, h)
    const largest = cell('largest').set(Math.max(cell('largest').get(), v))
    return theta - (h.rate * m) / (1 - h.beta1 ** t) / (Math.sqrt(largest / (1 - h.beta2 ** t)) + h.epsilon)
  }),
  /** Loshchilov & Hutter 2019, algorithm 2. */
  adamw: eachEntry((theta, g, cell, t, h) => {
    const [m, v] = moments(g, cell, h)
    const [mHat, vHat] = [m / (1 - h.beta1 ** t), v / (1 - h.beta2 ** t)]
    return theta - h.rate * (mHat / (Math.sqrt(vHat) + h.epsilon) + h.decay * theta)
  }),
  /** Dozat 2016, algorithm 8. */
  nadam: eachEntry((theta, given, cell, t, h) => {
    const g = given + h.decay * theta
    const [m, v] = moments(g, cell, h)
    const mu = (k: number) => h.beta1 * (1 - 0.5 * 0.96 ** (k * h.momentumDecay))
    let product = 1
    for (let k = 1; k <= t; k++) product *= mu(k)
    const ahead = ((1 - mu(t)) * g) / (1 - product) + (mu(t + 1) * m) / (1 - product * mu(t + 1))
    return theta - (h.rate * ahead) / (Math.sqrt(v / (1 - h.beta2 ** t)) + h.epsilon)
  }),
  /** Liu et al. 2020, algorithm 2, with PyTorch's bound. */
  radam: eachEntry((theta, given, cell, t, h) => {
    const [m, v] = moments(given + h.decay * theta, cell, h)
    const mHat = m / (1 - h.beta1 ** t)
    const limit = 2 / (1 - h.beta2) - 1
    const length = limit - (2 * t * h.beta2 ** t) / (1 - h.beta2 ** t)
    if (length <= 5) return theta - h.rate * mHat
    const rectified = ((length - 4) * (length - 2) * limit) / ((limit - 4) * (limit - 2) * length)
    const adapted = Math.sqrt(1 - h.beta2 ** t) / (Math.sqrt(v) + h.epsilon)
    return theta - h.rate * mHat * Math.sqrt(rectified) * adapted
  }),
  /** Kingma & Ba 2015, algorithm 2, with PyTorch's ε. */
  adamax: eachEntry((theta, given, cell, t, h) => {
    const g = given + h.decay * theta
    const m = cell('m').set(h.beta1 * cell('m').get() + (1 - h.beta1) * g)
    const u = cell('u').set(Math.max(h.beta2 * cell('u').get(), Math.abs(g) + h.epsilon))
    return theta - ((h.rate / (1 - h.beta1 ** t)) * m) / u
  }),
  /** Duchi et al. 2011. */
  adagrad: eachEntry((theta, given, cell, _, h) => {
    const g = given + h.decay * theta
    const sum = cell('s', h.initial).set(cell('s', h.initial).get() + g * g)
    return theta - (h.rate * g) / (Math.sqrt(sum) + h.epsilon)
  }),
  /** Zeiler 2012, algorithm 1. */
  adadelta: eachEntry((theta, given, cell, _, h) => {
    const g = given + h.decay * theta
    const v = cell('v').set(h.beta1 * cell('v').get() + (1 - h.beta1) * g * g)
    const change = (Math.sqrt(cell('u').get() + h.epsilon) / Math.sqrt(v + h.epsilon)) * g
    cell('u').set(h.beta1 * cell('u').get() + (1 - h.beta1) * change * change)
    return theta - h.rate * change
  }),
  /** Tieleman & Hinton 2012, with momentum as in PyTorch. */
  rmsprop: eachEntry((theta, given, cell, _, h) => {
    const g = given + h.decay * theta
    const v = cell('v').set(h.beta1 * cell('v').get() + (1 - h.beta1) * g * g)
    const b = cell('b').set(h.momentum * cell('b').get() + g / (Math.sqrt(v) + h.epsilon))
    return theta - h.rate * b
  }),
  /** Graves 2013, eq. 38 to 41. */
  centered: eachEntry((theta, given, cell, _, h) => {
    const g = given + h.decay * theta
    const v = cell('v').set(h.beta1 * cell('v').get() + (1 - h.beta1) * g * g)
    const a = cell('a').set(h.beta1 * cell('a').get() + (1 - h.beta1) * g)
    return theta - (h.rate * g) / (Math.sqrt(Math.max(v - a * a, 0)) + h.epsilon)
  }),
  /** Chen et al. 2023, program 1. */
  lion: eachEntry((theta, g, cell, _, h) => {
    const m = cell('m').get()
    cell('m').set(h.beta2 * m + (1 - h.beta2) * g)
    return theta - h.rate * (Math.sign(h.beta1 * m + (1 - h.beta1) * g) + h.decay * theta)
  }),
  /** You et al. 2020, algorithm 2. */
  lamb: ((leaf, g, memory, t, h) => {
    const direction = recurrences.adam({ ...leaf, values: leaf.values.map(() => 0) }, g, memory, t, { ...h, rate: -1, decay: 0 }) // prettier-ignore
    const u = direction.map((value, i) => value + h.decay * leaf.values[i])
    const [to, of] = [norm(leaf.values), norm(u)]
    const ratio = to > 0 && of > 0 ? to / of : 1
    return leaf.values.map((theta, i) => theta - h.rate * ratio * u[i])
  }) as Step,
  /** Jordan et al. 2024, with Nesterov's look-ahead, PyTorch's averages, and its factor. */
  muon: (({ values, shape }, g, memory, _, h) => {
    memory.m = (memory.m ?? g.map(() => 0)).map((m, i) => h.momentum * m + (1 - h.momentum) * g[i])
    const ahead = memory.m.map((m, i) => (1 - h.momentum) * g[i] + h.momentum * m)
    const update = orthogonal(inRows(ahead, shape), 5).flat()
    const factor = Math.sqrt(Math.max(1, shape[0] / shape[1]))
    return values.map((theta, i) => theta - h.rate * (factor * update[i] + h.decay * theta))
  }) as Step,
  /** Shazeer & Stern 2018, algorithm 4, as PyTorch has it. */
  adafactor: (({ values, shape }, g, memory, t, h) => {
    const weight = t ** -h.power
    const average = (name: string, next: number[]) =>
      (memory[name] = (memory[name] ?? next.map(() => 0)).map((old, i) => old + (next[i] - old) * weight))
    const squares = g.map((value) => value * value)
    let v: number[]
    if (shape.length === 2) {
      const rows = inRows(squares, shape)
      const r = average('r', rows.map((row) => row.reduce((a, b) => a + b) / shape[1])) // prettier-ignore
      const c = average('c', rows[0].map((_, j) => rows.reduce((total, row) => total + row[j], 0) / shape[0])) // prettier-ignore
      const mean = Math.max(r.reduce((a, b) => a + b) / r.length, h.epsilon)
      v = r.flatMap((row) => c.map((column) => (row * column) / mean))
    } else v = average('v', squares)
    const u = g.map((value, i) => value / Math.sqrt(Math.max(v[i], h.epsilon ** 2)))
    const size = Math.max(1e-3, rms(values)) * Math.min(h.rate, 1 / Math.sqrt(t))
    return values.map((theta, i) => theta - (size * u[i]) / Math.max(1, rms(u)) - h.rate * h.decay * theta)
  }) as Step,
}

/** All states that a recurrence goes through: for each update, the entries of each leaf. */
export function descend(
  name: keyof typeof recurrences,
  start: readonly Leaf[],
  gradients: readonly (readonly (readonly number[])[])[],
  h: Hyper,
): number[][][] {
  const memories = start.map((): Record<string, number[]> => ({}))
  let leaves = start
  return gradients.map((all, i) => {
    leaves = leaves.map((leaf, p) => ({ ...leaf, values: recurrences[name](leaf, all[p], memories[p], i + 1, h) }))
    return leaves.map(({ values }) => [...values])
  })
}
