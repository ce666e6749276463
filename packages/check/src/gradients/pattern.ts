import type { Tensor } from '@cotangent/core'
import type { Finding } from './comparison-types'
import { short } from './wording'

/** Derivatives count as equal within this, relative to the largest. */
const same = 1e-5

/** The pattern in which the derivatives of all entries of an input differ from the expected ones, in words. */
export function patternOf(entries: readonly Finding[], input: Tensor): string | undefined {
  const expected = entries.map((entry) => entry.expected)
  const got = entries.map((entry) => entry.got)
  if (entries.length !== input.size || ![...expected, ...got].every(Number.isFinite)) return undefined
  const size = Math.max(...expected.map(Math.abs), ...got.map(Math.abs))
  const equals = (other: (k: number) => number) => got.every((value, k) => Math.abs(value - other(k)) <= same * size)
  const all = entries.length === 1 ? 'the entry is' : `all ${entries.length} entries are`
  if (equals(() => 0)) return entries.length === 1 ? 'it is zero' : `all ${entries.length} entries are zero`
  const dot = expected.reduce((sum, value, k) => sum + value * got[k], 0)
  const factor = dot / expected.reduce((sum, value) => sum + value * value, 0)
  if (Number.isFinite(factor) && equals((k) => factor * expected[k])) {
    if (Math.abs(factor + 1) < same)
      return entries.length === 1 ? 'the sign is wrong' : `the sign of all ${entries.length} entries is wrong`
    return `${all} ${short(Number(factor.toPrecision(5)))} times what ${entries.length === 1 ? 'it' : 'they'} should be`
  }
  return orderOf(equals, expected, input) ?? partOf(entries, input)
}

/** The order of the entries, where they are right but in the wrong places. */
function orderOf(
  equals: (other: (k: number) => number) => boolean,
  expected: readonly number[],
  { shape }: Tensor,
): string | undefined {
  const n = expected.length
  const [rows, columns] = shape.slice(-2)
  if (shape.length >= 2) {
    const transposed = (k: number) => {
      const [block, within] = [k - (k % (rows * columns)), k % (rows * columns)]
      // The transpose, read in the order of the matrix. The two shapes differ where it is not square.
      const [i, j] = [Math.floor(within / rows), within % rows]
      return expected[block + j * columns + i]
    }
    if (equals(transposed)) return 'it equals its transpose'
  }
  if (equals((k) => expected[n - 1 - k])) return 'its entries are in reverse order'
  for (let shift = 1; shift < Math.min(n, 16); shift++)
    if (equals((k) => expected[(k + shift) % n]) || equals((k) => expected[(k - shift + n) % n]))
      return `its entries are shifted by ${shift}`
  return undefined
}

/** What the wrong entries have in common, where other entries are right. */
function partOf(entries: readonly Finding[], { data, shape }: Tensor): string | undefined {
  const wrong = entries.filter(({ verdict }) => verdict === 'fail').map(({ entries: [at] }) => at)
  const isWrong = new Set(wrong)
  if (wrong.length === 0 || wrong.length === entries.length) return undefined
  const numbers = Array.from(data)
  const sizes: readonly number[] = shape
  const common: [what: string, has: (at: number) => boolean][] = [
    ['where the input is 0', (at) => numbers[at] === 0],
    ['where the input is negative', (at) => numbers[at] < 0],
    ['where the input is positive', (at) => numbers[at] > 0],
    ['where entries are equal', (at) => numbers.indexOf(numbers[at]) !== numbers.lastIndexOf(numbers[at])],
    ...sizes.flatMap((size, axis): [string, (at: number) => boolean][] => {
      const stride = sizes.slice(axis + 1).reduce((product, each) => product * each, 1)
      const along = (at: number) => Math.floor(at / stride) % size
      const first = Math.min(...wrong.map(along))
      return first === 0 ? [] : [[`from position ${first} of axis ${axis} on`, (at) => along(at) >= first]]
    }),
  ]
  const found = common.find(([, has]) => entries.every(({ entries: [at] }) => has(at) === isWrong.has(at)))
  return `${wrong.length} of ${entries.length} entries are wrong${found === undefined ? '' : `, ${found[0]}`}`
}
