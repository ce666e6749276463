import { compile, grad, type Tensor, valueAndGrad } from '@cotangent/core'
import {
  cosineEmbeddingLoss,
  ctcLoss,
  f1,
  huberLoss,
  infoNceLoss,
  logLoss,
  mse,
  type Reduction,
  softmaxCrossEntropy,
} from '@cotangent/nn'
import { describe, expectTypeOf, it } from 'vitest'

declare const logits: Tensor<[32, 10]>
declare const sequences: Tensor<[8, 20, 100]>
declare const labels: Tensor<[32]>
declare const words: Tensor<[8, 20]>
declare const plain: Tensor
declare const unknown: Reduction

describe('the result of a loss', () => {
  it('is one number unless losses are asked for', () => {
    expectTypeOf(mse(logits, logits)).toEqualTypeOf<Tensor<[]>>()
    expectTypeOf(mse(logits, logits, { reduction: 'sum' })).toEqualTypeOf<Tensor<[]>>()
    expectTypeOf(huberLoss(logits, logits, { delta: 2 })).toEqualTypeOf<Tensor<[]>>()
    expectTypeOf(softmaxCrossEntropy(logits, labels, { ignore: 3 })).toEqualTypeOf<Tensor<[]>>()
  })

  it('has the shape of the losses for none', () => {
    expectTypeOf(mse(logits, logits, { reduction: 'none' })).toEqualTypeOf<Tensor<[32, 10]>>()
    expectTypeOf(logLoss(logits, logits, { reduction: 'none' })).toEqualTypeOf<Tensor<[32]>>()
    expectTypeOf(softmaxCrossEntropy(logits, labels, { reduction: 'none' })).toEqualTypeOf<Tensor<[32]>>()
    expectTypeOf(softmaxCrossEntropy(sequences, words, { reduction: 'none' })).toEqualTypeOf<Tensor<[8, 20]>>()
    expectTypeOf(softmaxCrossEntropy(plain, plain, { reduction: 'none' })).toEqualTypeOf<Tensor>()
    expectTypeOf(cosineEmbeddingLoss(logits, logits, labels, { reduction: 'none' })).toEqualTypeOf<Tensor<[32]>>()
    expectTypeOf(infoNceLoss(logits, logits, { reduction: 'none' })).toEqualTypeOf<Tensor<[32]>>()
    expectTypeOf(ctcLoss(sequences, words, { reduction: 'none' })).toEqualTypeOf<Tensor<[8]>>()
  })

  it('is either for a reduction that is not known', () => {
    expectTypeOf(mse(logits, logits, { reduction: unknown })).toEqualTypeOf<Tensor<[]> | Tensor<[32, 10]>>()
  })

  it('is a number for transforms', () => {
    expectTypeOf(grad(mse)(logits, logits)).toExtend<Tensor>()
    expectTypeOf(valueAndGrad(softmaxCrossEntropy)(logits, labels)[0]).toEqualTypeOf<Tensor<[]>>()
    expectTypeOf(compile(mse)(logits, logits)).toEqualTypeOf<Tensor<[]>>()
  })

  it('takes options by name', () => {
    // @ts-expect-error there is no such reduction
    mse(logits, logits, { reduction: 'average' })
    // @ts-expect-error delta is an option of huberLoss
    mse(logits, logits, { delta: 1 })
  })
})

it('the average of a metric decides whether it is one number', () => {
  expectTypeOf(f1(labels, labels)).toEqualTypeOf<Tensor<[]>>()
  expectTypeOf(f1(labels, labels, { classes: 3, average: 'macro' })).toEqualTypeOf<Tensor<[]>>()
  expectTypeOf(f1(labels, labels, { classes: 3, average: 'none' })).toEqualTypeOf<Tensor<[number]>>()
})
