import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { activation, type ActivationName } from './activations'
import { networks } from './arbitraries'
import { type Backpropagation, backpropagate, namedArrays, type Network, withForm } from './backpropagation'
import { curvature, errorBounds } from './error-bound'
import { at, build, type Matrix } from './matrix'

const { fround } = Math

/** `A B` in float32, every product and every sum rounded. */
function product(
  rows: number,
  columns: number,
  n: number,
  a: (i: number, k: number) => number,
  b: (k: number, j: number) => number,
) {
  return build(rows, columns, (i, j) => {
    let sum = 0
    for (let k = 0; k < n; k++) sum = fround(sum + fround(a(i, k) * b(k, j)))
    return sum
  })
}

const elementwise = ({ rows, columns }: Matrix, f: (i: number, j: number) => number) =>
  build(rows, columns, (i, j) => fround(f(i, j)))

/** Backpropagation without a penalty in float32, for networks with separate biases; x and δ as in `Backpropagation`. */
function inFloat32({
  layers,
  input,
  target: y,
  loss,
}: Network): Pick<Backpropagation, 'input'> & { deltas: Matrix[]; arrays: Float64Array[] } {
  const parameters = layers.map((layer) => layer.parameters)
  const [zs, as] = [[] as Matrix[], [input]]
  layers.forEach((layer, l) => {
    const own = parameters[l]
    if (own.form !== 'bias') throw new Error('expected biases')
    const products = product(
      input.rows,
      layer.outputs,
      layer.inputs,
      (i, k) => at(as[l], i, k),
      (k, j) => at(own.weight, j, k),
    )
    const z = elementwise(products, (i, j) => at(products, i, j) + own.bias[j])
    zs.push(z)
    as.push(elementwise(z, (i, j) => activation(layer.activation).value(at(z, i, j))))
  })
  const [m, outputs] = [y.rows, y.columns]
  const lossDerivative = elementwise(y, (i, k) => {
    const [a, target] = [at(as[layers.length], i, k), at(y, i, k)]
    if (loss === 'mse') return fround(2 * fround(a - target)) / (m * outputs)
    if (loss === 'logLoss') return fround(fround(fround(1 - target) / fround(1 - a)) - fround(target / a)) / m
    const row = Array.from({ length: outputs }, (_, j) => at(as[layers.length], i, j))
    const exponentials = row.map((z) => fround(Math.exp(fround(z - Math.max(...row)))))
    const p = fround(exponentials[k] / exponentials.reduce((sum, e) => fround(sum + e)))
    const mass = row.reduce((sum, _, j) => fround(sum + at(y, i, j)), 0)
    return fround(fround(p * mass) - target) / m
  })
  const through = (l: number, error: Matrix) => {
    const slope = (z: number) => fround(activation(layers[l].activation).derivative(z))
    return elementwise(error, (i, j) => at(error, i, j) * slope(at(zs[l], i, j)))
  }
  const [deltas, arrays] = [[] as Matrix[], [] as Float64Array[]]
  let delta = through(layers.length - 1, lossDerivative)
  for (let l = layers.length - 1; l >= 0; l--) {
    const [own, layer, current] = [parameters[l], layers[l], delta]
    if (own.form !== 'bias') throw new Error('expected biases')
    deltas.unshift(delta)
    arrays.unshift(
      product(
        layer.outputs,
        layer.inputs,
        m,
        (j, i) => at(current, i, j),
        (i, k) => at(as[l], i, k),
      ).data,
      product(
        layer.outputs,
        1,
        m,
        (j, i) => at(current, i, j),
        () => 1,
      ).data,
    )
    const error = product(
      m,
      layer.inputs,
      layer.outputs,
      (i, j) => at(current, i, j),
      (j, k) => at(own.weight, j, k),
    )
    delta = l === 0 ? error : through(l - 1, error)
  }
  return { deltas, arrays, input: delta }
}

describe('error bounds', () => {
  it('hold for a computation in float32 that rounds after every operation', () => {
    let closest = 0
    fc.assert(
      fc.property(networks({ float32: true, margin: 4e-3 }), (drawn) => {
        const network = withForm({ ...drawn, lambda: 0 }, 'bias')
        const [rounded, truth, bounds] = [inFloat32(network), backpropagate(network), errorBounds(network, 2 ** -24)]
        const numbers = ({ layers, input }: Backpropagation) => [
          ...namedArrays(layers.map(({ gradient }) => gradient)).map(([, values]) => values),
          ...layers.map(({ delta }) => delta.data),
          input.data,
        ]
        const [expected, allowed] = [numbers(truth), numbers(bounds)]
        const actual = [...rounded.arrays, ...rounded.deltas.map(({ data }) => data), rounded.input.data]
        expected.forEach((values, a) =>
          values.forEach((value, e) => {
            const error = Math.abs(actual[a][e] - value)
            // Written so that NaN fails, too.
            if (!(error <= allowed[a][e])) throw new Error(`array ${a}, entry ${e}: ${error} is above ${allowed[a][e]}`)
            if (error > 0) closest = Math.max(closest, error / allowed[a][e])
          }),
        )
      }),
      { numRuns: 60 },
    )
    // Not so wide that they hold for anything.
    expect(closest).toBeGreaterThan(0.05)
  })

  it('are narrow where networks are: 0.05 % of the largest entry is far outside', () => {
    const narrow = networks({ float32: true, margin: 4e-3, maximumLayers: 2, maximumWidth: 6 })
    fc.assert(
      fc.property(narrow, (network) => {
        const [truth, bounds] = [backpropagate(network), errorBounds(network, 2 ** -24)]
        const [{ delta }, { delta: bound }] = [truth.layers, bounds.layers].map((layers) => layers[layers.length - 1])
        // A δ that cancels, such as that of a softmax over one class, has no digits to speak of.
        const largest = Math.max(...delta.data.map(Math.abs))
        fc.pre(largest > 1e-2)
        expect(Math.max(...bound.data)).toBeLessThan(5e-4 * largest)
      }),
      { numRuns: 60 },
    )
  })

  it('refuse a z that may be on either side of a kink', () => {
    const one = (value: number) => build(1, 1, () => value)
    const parameters = { form: 'bias', weight: one(1), bias: Float64Array.of(-1) } as const
    const layers = [{ inputs: 1, outputs: 1, activation: 'relu', parameters }] as const
    const network: Network = { layers, input: one(1 + 1e-9), target: one(1), loss: 'mse', lambda: 0 }
    expect(() => errorBounds(network, 2 ** -24)).toThrow('may cross the kink')
    expect(errorBounds(network, 2 ** -53).value).toBeLessThan(1e-14)
  })

  it.each(Object.entries(curvature))("%s: σ'' is at most %d", (name, largest) => {
    const { derivative } = activation(name as ActivationName)
    const bends: number[] = []
    // Both ends of a step on the same side of 0, where σ' may jump.
    for (let z = -6.0005; z < 6; z += 1e-3)
      if (z * (z + 1e-4) > 0) bends.push(Math.abs(derivative(z + 1e-4) - derivative(z)) / 1e-4)
    expect(Math.max(...bends)).toBeLessThanOrEqual(largest + 1e-9)
    expect(Math.max(...bends)).toBeGreaterThanOrEqual(0.99 * largest)
  })
})
