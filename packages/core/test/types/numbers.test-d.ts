import {
  atan2,
  bernoulli,
  bernoulliLogDensity,
  betainc,
  binomialLogDensity,
  bitwiseAnd,
  bitwiseNot,
  categorical,
  choice,
  cummax,
  cumprod,
  dirichlet,
  dirichletLogDensity,
  gamma,
  gammaLogDensity,
  gelu,
  glu,
  hypot,
  type Key,
  lgamma,
  normal,
  normalLogDensity,
  poisson,
  quantile,
  randint,
  std,
  type Tensor,
  uniform,
} from '@cotangent/core'
import { describe, expectTypeOf, it } from 'vitest'

declare const k: Key
declare const a23: Tensor<[2, 3]>
declare const v3: Tensor<[3]>
declare const v4: Tensor<[4]>
declare const a46: Tensor<[4, 6]>
declare const anyRank: Tensor<number[]>

const is = <T>(_: T) => expectTypeOf<T>()

describe('numbers', () => {
  it('keep or broadcast shapes', () => {
    is(hypot(a23, v3)).toEqualTypeOf<Tensor<[2, 3]>>()
    is(atan2(a23, 1)).toEqualTypeOf<Tensor<[2, 3]>>()
    is(lgamma(v3)).toEqualTypeOf<Tensor<[3]>>()
    is(betainc(1, 2, a23)).toEqualTypeOf<Tensor<[2, 3]>>()
    is(gelu(a23, { approximate: 'tanh' })).toEqualTypeOf<Tensor<[2, 3]>>()
    is(bitwiseAnd(a23, 3)).toEqualTypeOf<Tensor<[2, 3]>>()
    // @ts-expect-error sizes differ
    hypot(v3, v4)
    // @ts-expect-error a number alone would be a float
    bitwiseNot(3)
    // @ts-expect-error there is no such form
    gelu(a23, { approximate: 'erf' })
  })

  it('along axes', () => {
    is(cumprod(a23, { axis: 0 })).toEqualTypeOf<Tensor<[2, 3]>>()
    is(glu(a46)).toEqualTypeOf<Tensor<[4, number]>>()
    is(std(a23, { axis: 0, correction: 1 })).toEqualTypeOf<Tensor<[3]>>()
    is(quantile(a23, 0.5)).toEqualTypeOf<Tensor<[]>>()
    is(quantile(a23, 0.5, { axis: 1 })).toEqualTypeOf<Tensor<[2]>>()
    is(quantile(a23, [0.1, 0.9], { axis: 1 })).toEqualTypeOf<Tensor<[2, 2]>>()
    is(quantile(a23, [0.1, 0.5, 0.9], { axis: 0, keepDims: true })).toEqualTypeOf<Tensor<[3, 1, 3]>>()
    // @ts-expect-error there is no such axis
    cummax(v3, { axis: 1 })
    // @ts-expect-error there is no such method
    quantile(a23, 0.5, { method: 'cubic' })
  })
})

describe('random numbers', () => {
  it('have the shape that is asked for', () => {
    is(gamma(k, [2, 3], { concentration: v3 })).toEqualTypeOf<Tensor<[2, 3]>>()
    is(randint(k, [5], { max: 3 })).toEqualTypeOf<Tensor<[5]>>()
    is(poisson(k, [])).toEqualTypeOf<Tensor<[]>>()
    is(categorical(k, [5], { logits: v3 })).toEqualTypeOf<Tensor<[5]>>()
    is(dirichlet(k, [5], { concentration: v3 })).toEqualTypeOf<Tensor<[5, number]>>()
    is(choice(k, 10, [5])).toEqualTypeOf<Tensor<[5]>>()
    is(choice(k, a46, [5, 7])).toEqualTypeOf<Tensor<[5, 7, 6]>>()
    is(choice(k, a46, [5], { axis: 1 })).toEqualTypeOf<Tensor<[4, 5]>>()
    is(normal(k, [2, 3], { mean: v3, deviation: 2 })).toEqualTypeOf<Tensor<[2, 3]>>()
    is(uniform(k, [2, 3], { min: v3 })).toEqualTypeOf<Tensor<[2, 3]>>()
    is(bernoulli(k, [2, 3], { logits: v3 })).toEqualTypeOf<Tensor<[2, 3]>>()
    // @ts-expect-error a mean is a number or a tensor
    normal(k, [2, 3], { mean: [1, 2, 3] })
    // @ts-expect-error the concentration is missing
    gamma(k, [2, 3])
    // @ts-expect-error the bound is missing
    randint(k, [5], {})
    // @ts-expect-error neither logits nor probabilities
    categorical(k, [5], {})
  })

  it('have log-densities of the shape of x', () => {
    is(normalLogDensity(a23, { mean: v3 })).toEqualTypeOf<Tensor<[2, 3]>>()
    is(gammaLogDensity(a23, { concentration: 2 })).toEqualTypeOf<Tensor<[2, 3]>>()
    is(dirichletLogDensity(a23, { concentration: v3 })).toEqualTypeOf<Tensor<[2]>>()
    is(normalLogDensity(anyRank)).toEqualTypeOf<Tensor<number[]>>()
    is(bernoulliLogDensity(a23, { logits: v3 })).toEqualTypeOf<Tensor<[2, 3]>>()
    is(binomialLogDensity(a23, { count: 4, logits: v3 })).toEqualTypeOf<Tensor<[2, 3]>>()
    // @ts-expect-error neither logits nor a probability
    binomialLogDensity(a23, { count: 4 })
    // @ts-expect-error the concentration is missing
    gammaLogDensity(a23)
  })
})
