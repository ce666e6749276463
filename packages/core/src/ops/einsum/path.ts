/** One step of a path: two operands, by their positions in the list of those that are left, become one. */
export interface Step {
  readonly pair: readonly [left: number, right: number]
  /** The letters of both operands and of their result, which goes to the end of the list. */
  readonly left: string
  readonly right: string
  readonly result: string
  /** Multiplications and additions. */
  readonly flops: number
}

type Sizes = ReadonlyMap<string, number>

/** Up to so many operands, all orders are compared. */
const searched = 5

/** Number of elements of a tensor with these letters. */
export function sizeOfLetters(letters: Iterable<string>, sizes: Sizes): number {
  let size = 1
  for (const letter of letters) size *= sizes.get(letter)!
  return size
}

/** Letters of `left`, then those of `right` that are new. */
export function united(left: string, right: string): string {
  return left + [...right].filter((letter) => !left.includes(letter)).join('')
}

/** The step that contracts two of the terms: a letter stays where the result or another term needs it. */
function stepOf(terms: readonly string[], i: number, j: number, result: string, sizes: Sizes): Step {
  const [left, right] = [terms[i], terms[j]]
  const others = result + terms.filter((_, at) => at !== i && at !== j).join('')
  const all = united(left, right)
  const kept = [...all].filter((letter) => others.includes(letter)).join('')
  const products = sizeOfLetters(all, sizes)
  return { pair: [i, j], left, right, result: kept, flops: kept.length < all.length ? 2 * products : products }
}

function after(terms: readonly string[], { pair: [i, j], result }: Step): string[] {
  return [...terms.filter((_, at) => at !== i && at !== j), result]
}

function* pairsOf(count: number): Generator<readonly [number, number]> {
  for (let i = 0; i < count; i++) for (let j = i + 1; j < count; j++) yield [i, j]
}

/**
 * The order in which operands are contracted, two at a time. It depends on letters and sizes alone, so that the bits of
 * a result do. For up to five operands it is the order with the fewest products, the first of several. Beyond that it
 * is greedy: the next pair is the one with the smallest `size(result) - size(left) - size(right)` (opt_einsum: Smith
 * and Gray, JOSS 3(26), 753, 2018).
 */
export function pathOf(terms: readonly string[], result: string, sizes: Sizes): readonly Step[] {
  return terms.length <= searched ? bestPath(terms, result, sizes) : greedyPath(terms, result, sizes)
}

function bestPath(terms: readonly string[], result: string, sizes: Sizes): readonly Step[] {
  let best: readonly Step[] = []
  let least = Infinity
  const search = (left: readonly string[], steps: readonly Step[], cost: number) => {
    // With a size of 0 or an overflow no cost is smaller; the first order is kept then.
    if (best.length > 0 && !(cost < least)) return
    if (left.length < 2) {
      best = steps
      least = cost
      return
    }
    for (const [i, j] of pairsOf(left.length)) {
      const step = stepOf(left, i, j, result, sizes)
      search(after(left, step), [...steps, step], cost + sizeOfLetters(united(step.left, step.right), sizes))
    }
  }
  search(terms, [], 0)
  return best
}

function greedyPath(terms: readonly string[], result: string, sizes: Sizes): readonly Step[] {
  const steps: Step[] = []
  const growth = ({ left, right, result }: Step) =>
    sizeOfLetters(result, sizes) - sizeOfLetters(left, sizes) - sizeOfLetters(right, sizes)
  for (let left = terms; left.length > 1; left = after(left, steps[steps.length - 1])) {
    let next = stepOf(left, 0, 1, result, sizes)
    for (const [i, j] of pairsOf(left.length)) {
      const step = stepOf(left, i, j, result, sizes)
      if (growth(step) < growth(next)) next = step
    }
    steps.push(next)
  }
  return steps
}
