import { key, sigmoid, splitKey, type Tensor, valueAndGrad, zeros } from '@cotangent/core'
import { dense, mse, sequential } from '@cotangent/nn'
import { adam } from '@cotangent/optim'
import type { Bundle } from '@cotangent/export'

const [k1, k2] = splitKey(key(7), 2)

/** A small network, its optimizer's state, a batch and a step. */
export function network() {
  const model = sequential(dense(2, 4, { key: k1, activation: sigmoid }), dense(4, 1, { key: k2 }))
  const optimizer = adam({ learningRate: 0.1 })
  const state = optimizer.init(model)
  type Model = typeof model
  const step = (m: Model, s: typeof state, x: Tensor<[8, 2]>, y: Tensor<[8, 1]>) => {
    const [loss, gradients] = valueAndGrad((each: Model) => mse(each.forward(x), y))(m)
    return [loss, ...optimizer.update(m, gradients, s)] as const
  }
  return { model, state, batch: [zeros([8, 2]), zeros([8, 1])] as const, step }
}

/** `bundle.json` of a bundle. */
export function manifestOf(bundle: Bundle): any {
  return JSON.parse(textOf(bundle, 'bundle.json'))
}

/** The text of a file of a bundle. */
export function textOf(bundle: Bundle, name: string): string {
  return new TextDecoder().decode(bundle.files.get(name))
}

/** Inputs or outputs of a bundle as short text: `model layers.0.weight float32[4, 2]`. */
export function listOf(entries: readonly any[]): string[] {
  return entries.map(
    ({ role, name, dtype, shape, input, batched }) =>
      `${role} ${name} ${dtype}[${shape.join(', ')}]` +
      (input === undefined ? '' : ` of ${input}`) +
      (batched === undefined ? '' : batched ? ' batched' : ' for each'),
  )
}

/** The number of arguments of a module. */
export function argumentsOf(bundle: Bundle, module: string): number {
  const main = textOf(bundle, module)
    .split('\n')
    .find((line) => line.includes('@main('))
  return [...(main ?? '').matchAll(/%arg\d+: tensor</g)].length
}
