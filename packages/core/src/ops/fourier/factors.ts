/** Composite factors are at most this large: then their dense matrix takes few products. */
const largestComposite = 32

/** Prime factors up to this size are multiplied by their dense matrix; larger ones are Bluestein's. */
const largestDense = 128

/** What a factor costs for each element, in multiplications. Between factors, all elements pass through memory once. */
const passCost = 64
const bluesteinCost = 4000

/** Whether the transform of this length is a product with a dense matrix. */
export function isDense(n: number): boolean {
  return n <= largestDense
}

function smallestDivisor(n: number): number {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return d
  return n
}

interface Choice {
  readonly factors: readonly number[]
  readonly cost: number
}

const chosen = /* @__PURE__ */ new Map<number, Choice>()
const keptChoices = 4096

function choiceOf(n: number): Choice {
  if (n === 1) return { factors: [], cost: 0 }
  const found = chosen.get(n)
  if (found !== undefined) return found
  let best: Choice | undefined
  const consider = (factor: number, own: number) => {
    const rest = choiceOf(n / factor)
    const cost = own + passCost + rest.cost
    if (best === undefined || cost < best.cost) best = { factors: [factor, ...rest.factors], cost }
  }
  for (let d = 2; d <= Math.min(n, largestComposite); d++) if (n % d === 0) consider(d, 8 * d)
  if (best === undefined) {
    const prime = smallestDivisor(n)
    consider(prime, isDense(prime) ? 8 * prime : bluesteinCost)
  }
  if (chosen.size >= keptChoices) chosen.clear()
  chosen.set(n, best!)
  return best!
}

/**
 * The factors of a length, each the length of a smaller transform: those with the lowest cost among the products of
 * divisors up to 32 and of larger primes.
 */
export function factorsOf(n: number): readonly number[] {
  return choiceOf(n).factors
}

/** The products of small primes from `least` to `most`. */
function* smoothNumbers(least: number, most: number, primes: readonly number[], product = 1): Generator<number> {
  if (primes.length === 0) {
    if (product >= least) yield product
    return
  }
  for (let next = product; next <= most; next *= primes[0]) yield* smoothNumbers(least, most, primes.slice(1), next)
}

/** A length of at least `n` without large prime factors, whose transform is cheap. */
export function smoothLength(n: number): number {
  let best = n
  let least = Infinity
  // There is a power of two below twice the length.
  for (const length of smoothNumbers(n, 2 * n, [2, 3, 5, 7])) {
    const cost = length * choiceOf(length).cost
    if (cost < least || (cost === least && length < best)) [best, least] = [length, cost]
  }
  return best
}
