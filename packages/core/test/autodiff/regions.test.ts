import {
  checkpoint,
  compile,
  grad,
  greater,
  hvp,
  jvp,
  log,
  max,
  maximum,
  sqrt,
  sum,
  take,
  tensor,
  type Tensor,
  where,
} from '@cotangent/core'
import { describe, expect, it } from 'vitest'

const f64 = (data: number[]): Tensor => tensor(data, { dtype: 'float64' })
const ints: Tensor = tensor([1, 0, 2], { dtype: 'int32' })

type Wrap = <F extends (...args: any[]) => unknown>(f: F) => F

/** What is differentiated, with something in it that is a region. */
const cases: Record<string, (wrap: Wrap) => Tensor> = {
  'a masked place where the derivative is infinite': (wrap) =>
    grad((x: Tensor) => sum(where(greater(x, 0), wrap(sqrt as (x: Tensor) => Tensor)(x), 0)))(f64([0, 4])),
  'a mask that leaves the region again': (wrap) => {
    const doubled = wrap((x: Tensor) => x.mul(2))
    return grad((x: Tensor) => sum(where(greater(x, 0), doubled(sqrt(x)), 0)))(f64([0, 4]))
  },
  'the same to the second order': (wrap) => {
    const root = wrap(sqrt as (x: Tensor) => Tensor)
    const slope = (x: Tensor): Tensor => grad((y: Tensor) => sum(where(greater(y, 0), root(y), 0)))(x)
    return grad((x: Tensor) => sum(slope(x)))(f64([0, 4]))
  },
  'a result that nobody differentiates': (wrap) => {
    const both = wrap((x: Tensor) => ({ loss: sum(x.mul(2)), entropy: sum(log(x)) }))
    return grad((x: Tensor) => both(x).loss)(f64([0, 1]))
  },
  'an argument that does not move': (wrap) => {
    const product = wrap((a: Tensor, b: Tensor) => a.mul(b))
    return jvp((a: Tensor) => product(a, f64([3])), [f64([Infinity])], [f64([1])])[1]
  },
  'an argument that does not move, to the second order': (wrap) => {
    const product = wrap((a: Tensor, b: Tensor) => a.mul(b))
    return hvp((a: Tensor) => sum(product(a, f64([3])).square()), f64([Infinity]), f64([1])) as Tensor
  },
  'an integer argument': (wrap) => {
    const picked = wrap((x: Tensor, i: Tensor) => take(x, maximum(i, 0)).mul(max(i).astype('float64')))
    return jvp((x: Tensor) => picked(x, ints), [f64([1, 2, 3])], [f64([1, 2, 3])])[1]
  },
}

describe.each<[string, Wrap]>([
  ['checkpoint', checkpoint as Wrap],
  ['compile', compile as Wrap],
])('derivatives through %s are those of the plain function at', (_, wrap) => {
  it.each(Object.entries(cases))('%s', (_name, differentiate) => {
    const expected = differentiate((f) => f)
    expect(expected.toArray()).not.toContain(NaN)
    expect(differentiate(wrap).toArray()).toEqual(expected.toArray())
  })
})
