// Layers of sequences by their equations, one number at a time. A sequence is a list of rows.

type Row = readonly number[]
type Rows = readonly Row[]

const sigma = (z: number) => 1 / (1 + Math.exp(-z))
const dot = (a: Row, b: Row) => a.reduce((total, value, i) => total + value * b[i], 0)

/** `x Wᵀ + b`. */
export const affine = (x: Row, weight: Rows, bias: Row | null): number[] =>
  weight.map((row, i) => dot(row, x) + (bias?.[i] ?? 0))

/** Weights of a cell, as PyTorch packs them. */
export interface Cell {
  readonly weightIh: Rows
  readonly weightHh: Rows
  readonly biasIh: Row | null
  readonly biasHh: Row | null
}

export type CellName = 'rnn' | 'gru' | 'lstm'
type Step = (a: Row, u: Row, state: Rows) => number[][]

/** The state after a step: `a` comes from the input, `u` from the hidden state. */
const steps: Readonly<Record<CellName, Step>> = {
  rnn: (a, u) => [a.map((value, i) => Math.tanh(value + u[i]))],
  gru: (a, u, [h]) => {
    const n = h.length
    return [
      h.map((old, i) => {
        const reset = sigma(a[i] + u[i])
        const update = sigma(a[n + i] + u[n + i])
        const candidate = Math.tanh(a[2 * n + i] + reset * u[2 * n + i])
        return (1 - update) * candidate + update * old
      }),
    ]
  },
  lstm: (a, u, [h, c]) => {
    const n = h.length
    const z = (gate: number, i: number) => a[gate * n + i] + u[gate * n + i]
    const next = c.map((old, i) => sigma(z(1, i)) * old + sigma(z(0, i)) * Math.tanh(z(2, i)))
    return [next.map((value, i) => sigma(z(3, i)) * Math.tanh(value)), next]
  },
}

/** A cell along the first `length` rows; results behind them are 0. */
function along(name: CellName, cell: Cell, rows: Rows, start: Rows, isReverse: boolean, length: number) {
  let state = start.map((part) => [...part])
  const results = rows.map(() => start[0].map(() => 0))
  for (let i = 0; i < length; i++) {
    const t = isReverse ? length - 1 - i : i
    const a = affine(rows[t], cell.weightIh, cell.biasIh)
    state = steps[name](a, affine(state[0], cell.weightHh, cell.biasHh), state)
    results[t] = state[0]
  }
  return { results, state }
}

/** Layers of cells along one sequence. `start` has the state of each layer and direction, as `states` of the result. */
export function recurrent(
  name: CellName,
  layers: readonly (readonly Cell[])[],
  x: Rows,
  start: readonly Rows[],
  length = x.length,
): { readonly results: Rows; readonly states: readonly Rows[] } {
  let results = x
  const states: Rows[] = []
  for (const cells of layers) {
    const both = cells.map((cell, direction) =>
      along(name, cell, results, start[states.length + direction], direction === 1, length),
    )
    states.push(...both.map(({ state }) => state))
    results = x.map((_, t) => both.flatMap((each) => each.results[t]))
  }
  return { results, states }
}

/** Weights of attention, as PyTorch packs them. */
export interface AttentionWeights {
  readonly inWeight: Rows
  readonly inBias: Row | null
  readonly outWeight: Rows
  readonly outBias: Row | null
  readonly heads: number
}

/** Attention of one sequence to another; `sees(i, j)` tells whether query i may attend to key j. */
export function attend(
  { inWeight, inBias, outWeight, outBias, heads }: AttentionWeights,
  queries: Rows,
  keys: Rows,
  values: Rows,
  sees: (i: number, j: number) => boolean,
): number[][] {
  const features = outWeight.length
  const each = features / heads
  const project = (x: Row, which: number) => {
    const range = [which * features, (which + 1) * features] as const
    return affine(x, inWeight.slice(...range), inBias?.slice(...range) ?? null)
  }
  const [q, k, v] = [queries, keys, values].map((rows, which) => rows.map((row) => project(row, which)))
  return q.map((query, i) => {
    const joined: number[] = []
    for (let head = 0; head < heads; head++) {
      const own = (row: Row) => row.slice(head * each, (head + 1) * each)
      const weights = k.map((key, j) => (sees(i, j) ? Math.exp(dot(own(query), own(key)) / Math.sqrt(each)) : 0))
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      for (let f = 0; f < each; f++)
        joined.push(total === 0 ? 0 : weights.reduce((sum, weight, j) => sum + (weight / total) * own(v[j])[f], 0))
    }
    return affine(joined, outWeight, outBias)
  })
}

/** Layer normalization of a row. */
export function normalized(x: Row, weight: Row, bias: Row, epsilon: number): number[] {
  const mean = x.reduce((total, value) => total + value, 0) / x.length
  const variance = x.reduce((total, value) => total + (value - mean) ** 2, 0) / x.length
  return x.map((value, i) => ((value - mean) / Math.sqrt(variance + epsilon)) * weight[i] + bias[i])
}

/** `sin` and `cos` of a position, at its feature. */
export function wave(position: number, feature: number, features: number, base: number): number {
  const angle = position / base ** ((2 * Math.floor(feature / 2)) / features)
  return feature % 2 === 0 ? Math.sin(angle) : Math.cos(angle)
}

/** A row rotated to its position. */
export function rotated(x: Row, position: number, base: number, pairs: 'adjacent' | 'halves'): number[] {
  const half = x.length / 2
  const result = [...x]
  for (let i = 0; i < half; i++) {
    const [first, second] = pairs === 'adjacent' ? [2 * i, 2 * i + 1] : [i, i + half]
    const angle = position * base ** ((-2 * i) / x.length)
    result[first] = x[first] * Math.cos(angle) - x[second] * Math.sin(angle)
    result[second] = x[first] * Math.sin(angle) + x[second] * Math.cos(angle)
  }
  return result
}
