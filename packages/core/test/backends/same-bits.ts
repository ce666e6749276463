import { formatIndex, type Tensor } from '@cotangent/core'

/**
 * Where a tensor first differs from what is expected, bit by bit (any NaN is as good as another); null where it does
 * not.
 */
export function tensorDifference(actual: Tensor, expected: Tensor): string | null {
  const [got, wanted] = [actual, expected].map(({ dtype, shape }) => `${dtype}[${shape.join(', ')}]`)
  if (got !== wanted) return `is a ${got}, expected ${wanted}`
  const [a, b] = [actual.data, expected.data]
  if (a.length !== b.length) return `has ${a.length} elements, expected ${b.length}`
  for (let i = 0; i < b.length; i++)
    if (!Object.is(a[i], b[i])) return `${formatIndex(i, expected.shape)} is ${show(a[i])}, expected ${show(b[i])}`
  return null
}

/** Throws unless two lists of tensors have the same bits; `what` begins the message. */
export function needSameBits(what: string, actual: readonly Tensor[], expected: readonly Tensor[]): void {
  if (actual.length !== expected.length) throw new Error(`${what}: ${actual.length} results, not ${expected.length}`)
  expected.forEach((each, i) => {
    const difference = tensorDifference(actual[i], each)
    if (difference !== null) throw new Error(`${what}: result ${i} ${difference}`)
  })
}

function show(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}
