// The equations of the losses in plain loops over arrays of numbers, with arguments that are drawn.

export type Row = readonly number[]
export type Matrix = readonly Row[]
type Random = () => number

/** Arguments of a loss as arrays, and its losses. */
export interface Example {
  /** The arguments with gradients, then those without: numbers, or class numbers if `isLabel` says so. */
  readonly inputs: readonly (Row | Matrix | readonly Matrix[])[]
  readonly labels?: readonly (Row | Matrix)[]
  readonly options?: Readonly<Record<string, unknown>>
  /** The losses in row-major order, with their weights. */
  readonly losses: Row
  /** What their sum is divided by for the mean. Default: their number. */
  readonly divisor?: number
}

const sum = (row: Row) => row.reduce((a, b) => a + b, 0)
const between = (random: Random, low: number, high: number) => low + (high - low) * random()
const whole = (random: Random, low: number, high: number) => Math.floor(between(random, low, high + 1))
const rowOf = <T>(n: number, each: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => each(i))
const numbers = (random: Random, m: number, n: number, low = -2, high = 2) =>
  rowOf(m, () => rowOf(n, () => between(random, low, high)))
const softmax = (z: Row) => {
  const total = sum(z.map(Math.exp))
  return z.map((each) => Math.exp(each) / total)
}
const sigmoid = (z: number) => 1 / (1 + Math.exp(-z))
const relu = (x: number) => Math.max(x, 0)

/** A loss of each entry, with weights and a target that is ignored. */
const entries =
  (
    draw: (random: Random) => { a: number; y: number },
    loss: (a: number, y: number, options: any) => number,
    optionsOf: (random: Random) => object = () => ({}),
  ) =>
  (random: Random): Example => {
    const [m, n] = [whole(random, 1, 4), whole(random, 1, 4)]
    const pairs = rowOf(m, () => rowOf(n, () => draw(random)))
    const options = optionsOf(random)
    const weights = numbers(random, m, n, 0.5, 2)
    const ignore = pairs[0][0].y
    const isIgnored = random() < 0.3 && m * n > 1 && pairs.flat().some(({ y }) => y !== ignore)
    const kept = (y: number) => (isIgnored && y === ignore ? 0 : 1)
    return {
      inputs: [pairs.map((row) => row.map(({ a }) => a)), pairs.map((row) => row.map(({ y }) => y))],
      options: { ...options, weights, ...(isIgnored && { ignore }) },
      losses: pairs.flatMap((row, i) => row.map(({ a, y }, k) => kept(y) * weights[i][k] * loss(a, y, options))),
      divisor: sum(pairs.flatMap((row, i) => row.map(({ y }, k) => kept(y) * weights[i][k]))),
    }
  }

const real = (random: Random) => ({ a: between(random, -2, 2), y: between(random, -2, 2) })

/** Losses of yes-or-no outputs, summed over the outputs of an example. */
const binary =
  (loss: (z: number, y: number, options: any) => number, optionsOf: (random: Random) => object) =>
  (random: Random): Example => {
    const [m, n] = [whole(random, 1, 4), whole(random, 1, 3)]
    const [z, y] = [numbers(random, m, n), numbers(random, m, n, 0, 1)]
    const options = optionsOf(random)
    const [weights, labelSmoothing] = [numbers(random, 1, n, 0.5, 2)[0], random() < 0.5 ? 0 : 0.2]
    const aim = (t: number) => t * (1 - labelSmoothing) + labelSmoothing / 2
    return {
      inputs: [z, y],
      options: { ...options, weights, labelSmoothing },
      losses: z.map((row, i) => sum(row.map((each, k) => weights[k] * loss(each, aim(y[i][k]), options)))),
    }
  }

/** Losses of class numbers, with class weights and a class that is ignored. */
const choices =
  (
    loss: (z: Row, label: number, weights: Row, options: any) => number,
    optionsOf: (random: Random) => object,
    { divides = true, scores = (z: Row): Row => z } = {},
  ) =>
  (random: Random): Example => {
    const [m, n, classes] = [whole(random, 1, 3), whole(random, 1, 3), whole(random, 2, 4)]
    const z = rowOf(m, () => numbers(random, n, classes).map(scores))
    const labels = rowOf(m, () => rowOf(n, () => whole(random, 0, classes - 1)))
    const weights = numbers(random, 1, classes, 0.5, 2)[0]
    const hasIgnored = m * n > 1 && random() < 0.5
    if (hasIgnored) labels[0][0] = -7
    const options = optionsOf(random)
    const each = (f: (row: Row, label: number) => number) =>
      z.flatMap((rows, i) => rows.map((row, j) => (labels[i][j] < 0 ? 0 : f(row, labels[i][j]))))
    return {
      inputs: [z],
      labels: [labels],
      options: { ...options, weights, ...(hasIgnored && { ignore: -7 }) },
      losses: each((row, label) => loss(row, label, weights, options)),
      divisor: sum(each((_, label) => (divides ? weights[label] : 1))),
    }
  }

const crossEntropy = (log: Row, label: number, weights: Row, { labelSmoothing: e }: { labelSmoothing: number }) =>
  -(1 - e) * weights[label] * log[label] - (e / log.length) * sum(log.map((each, k) => weights[k] * each))
const smoothing = (random: Random) => ({ labelSmoothing: random() < 0.5 ? 0 : 0.3 })
const margins = (random: Random) => ({ margin: between(random, 0.5, 1.5), p: whole(random, 1, 2) })

/** Losses of examples with a weight each. */
function weighted(random: Random, losses: Row): Pick<Example, 'losses' | 'divisor'> & { weights: Row } {
  const weights = losses.map(() => between(random, 0.5, 2))
  return { weights, losses: losses.map((each, i) => weights[i] * each), divisor: sum(weights) }
}

const dot = (a: Row, b: Row) => sum(a.map((each, i) => each * b[i]))
const cosine = (a: Row, b: Row) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))

/** -log of the probability of all sequences of classes that collapse to the target, by trying them all. */
function alignments(p: Matrix, target: Row, blank: number): number {
  const classes = p[0].length
  let total = 0
  for (let code = 0; code < classes ** p.length; code++) {
    const path = p.map((_, t) => Math.floor(code / classes ** t) % classes)
    const collapsed = path.filter((each, t) => each !== blank && (t === 0 || path[t - 1] !== each))
    if (collapsed.join() === target.join()) total += path.reduce((product, each, t) => product * p[t][each], 1)
  }
  return -Math.log(total)
}

export const equations: Readonly<Record<string, (random: Random) => Example>> = {
  mse: entries(real, (a, y) => (a - y) ** 2),
  mae: entries(real, (a, y) => Math.abs(a - y)),
  huberLoss: entries(
    real,
    (a, y, { delta }) => (Math.abs(a - y) <= delta ? (a - y) ** 2 / 2 : delta * Math.abs(a - y) - delta ** 2 / 2),
    (random) => ({ delta: between(random, 0.2, 2) }),
  ),
  smoothL1Loss: entries(
    real,
    (a, y, { beta }) => (Math.abs(a - y) < beta ? (a - y) ** 2 / 2 / beta : Math.abs(a - y) - beta / 2),
    (random) => ({ beta: between(random, 0.2, 2) }),
  ),
  poissonNllLoss: entries(
    (random) => ({ a: between(random, 0.1, 2), y: whole(random, 0, 9) }),
    (a, y, { logInput, epsilon }) => (logInput ? Math.exp(a) - y * a : a - y * Math.log(a + epsilon)),
    (random) => ({ logInput: random() < 0.5, epsilon: 1e-3 }),
  ),
  hingeLoss: entries(
    (random) => ({ a: between(random, -2, 2), y: random() < 0.5 ? 1 : -1 }),
    (a, y, { margin, p }) => relu(margin - y * a) ** p,
    margins,
  ),
  logLoss: binary(
    (z, y, { positiveWeight: w }) => -w * y * Math.log(sigmoid(z)) - (1 - y) * Math.log(sigmoid(-z)),
    (random) => ({ fromLogits: true, positiveWeight: between(random, 0.5, 2) }),
  ),
  focalLoss: binary(
    (z, y, { gamma, alpha }) =>
      -alpha * y * sigmoid(-z) ** gamma * Math.log(sigmoid(z)) -
      (1 - alpha) * (1 - y) * sigmoid(z) ** gamma * Math.log(sigmoid(-z)),
    (random) => ({ gamma: between(random, 0, 3), alpha: random() }),
  ),
  softmaxCrossEntropy: choices(
    (z, label, weights, options) => crossEntropy(softmax(z).map(Math.log), label, weights, options),
    smoothing,
  ),
  nllLoss: choices(crossEntropy, smoothing, { scores: (z) => softmax(z).map(Math.log) }),
  softmaxFocalLoss: choices(
    (z, label, weights, { gamma }) => -weights[label] * (1 - softmax(z)[label]) ** gamma * Math.log(softmax(z)[label]),
    (random) => ({ gamma: between(random, 0, 3) }),
  ),
  multiMarginLoss: choices(
    (s, y, weights, { margin, p }) =>
      sum(s.map((each, k) => (k === y ? 0 : weights[y] * relu(margin - s[y] + each) ** p))) / s.length,
    margins,
    { divides: false },
  ),
  multiclassHingeLoss: choices(
    (s, y, weights, { margin, p }) => weights[y] * relu(margin - s[y] + Math.max(...s.filter((_, k) => k !== y))) ** p,
    margins,
  ),
  klDivergence: (random) => {
    const [m, classes] = [whole(random, 1, 4), whole(random, 1, 4)]
    const [p, q] = [numbers(random, m, classes).map(softmax), numbers(random, m, classes).map(softmax)]
    const logTarget = random() < 0.5
    const all = weighted(
      random,
      p.map((row, i) => sum(row.map((each, k) => each * Math.log(each / q[i][k])))),
    )
    const log = (rows: Matrix) => rows.map((row) => row.map(Math.log))
    return { inputs: [log(q), logTarget ? log(p) : p], ...all, options: { logTarget, weights: all.weights } }
  },
  cosineEmbeddingLoss: (random) => {
    const [m, n] = [whole(random, 1, 4), whole(random, 2, 4)]
    const [a, b] = [numbers(random, m, n), numbers(random, m, n)]
    const [y, margin] = [rowOf(m, () => (random() < 0.5 ? 1 : -1)), between(random, -0.8, 0.5)]
    const all = weighted(
      random,
      a.map((row, i) => (y[i] === 1 ? 1 - cosine(row, b[i]) : relu(cosine(row, b[i]) - margin))),
    )
    return { inputs: [a, b], labels: [y], ...all, options: { margin, weights: all.weights } }
  },
  tripletMarginLoss: (random) => {
    const [m, n] = [whole(random, 1, 4), whole(random, 2, 4)]
    const [a, b, c] = rowOf(3, () => numbers(random, m, n))
    const options = { p: between(random, 1.5, 3), margin: 1.5, swap: random() < 0.5, epsilon: 1e-3 }
    const distance = (x: Row, y: Row) =>
      sum(x.map((each, k) => Math.abs(each - y[k] + options.epsilon) ** options.p)) ** (1 / options.p)
    const losses = a.map((row, i) => {
      const far = distance(row, c[i])
      const nearer = options.swap ? Math.min(far, distance(b[i], c[i])) : far
      return relu(distance(row, b[i]) - nearer + options.margin)
    })
    const all = weighted(random, losses)
    return { inputs: [a, b, c], ...all, options: { ...options, weights: all.weights } }
  },
  infoNceLoss: (random) => {
    const [m, n] = [whole(random, 2, 4), whole(random, 2, 4)]
    const [q, k] = [numbers(random, m, n), numbers(random, m, n)]
    const options = {
      temperature: between(random, 0.2, 1),
      bothDirections: random() < 0.5,
      normalize: random() < 0.5,
      ...smoothing(random),
    }
    const score = options.normalize ? cosine : dot
    const search = (from: Matrix, to: Matrix) =>
      from.map((row, i) => {
        const log = softmax(to.map((each) => score(row, each) / options.temperature)).map(Math.log)
        return crossEntropy(
          log,
          i,
          log.map(() => 1),
          options,
        )
      })
    const [forward, back] = [search(q, k), search(k, q)]
    const all = weighted(random, options.bothDirections ? forward.map((each, i) => (each + back[i]) / 2) : forward)
    return { inputs: [q, k], ...all, options: { ...options, weights: all.weights } }
  },
  ctcLoss: (random) => {
    const [batch, length, classes, labels] = [whole(random, 1, 3), 5, whole(random, 2, 3), whole(random, 0, 3)]
    const blank = whole(random, 0, classes - 1)
    const others = rowOf(classes, (k) => k).filter((k) => k !== blank)
    const z = rowOf(batch, () => numbers(random, length, classes))
    const targets = rowOf(batch, () => rowOf(labels, () => others[whole(random, 0, others.length - 1)]))
    const counts = targets.map(() => whole(random, 0, labels))
    // Enough steps for all labels, and for a blank between any two of them.
    const lengths = counts.map((count) => whole(random, Math.max(2 * count - 1, 1), length))
    const losses = z.map((rows, i) =>
      alignments(rows.slice(0, lengths[i]).map(softmax), targets[i].slice(0, counts[i]), blank),
    )
    return {
      inputs: [z],
      labels: [targets.length > 0 && labels === 0 ? targets.map(() => []) : targets],
      options: { blank, inputLengths: lengths, targetLengths: counts },
      losses,
    }
  },
}
