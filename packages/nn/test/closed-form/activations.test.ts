import { describe, expect, it } from 'vitest'
import { activation, activations, type ActivationName, complementaryErrorFunction } from './activations'
import { differentiable } from './arbitraries'
import { extrapolated } from './differences'

describe('activations', () => {
  // By 40-digit arithmetic, from the definitions with exp, log and erf.
  const reference: Partial<
    Record<ActivationName, readonly (readonly [z: number, value: number, derivative: number])[]>
  > = {
    sigmoid: [
      [-30, 9.357622968839299e-14, 9.357622968838423e-14],
      [-1.5, 0.18242552380635635, 0.14914645207033286],
      [0.5, 0.6224593312018546, 0.2350037122015945],
      [12, 0.9999938558253978, 6.1441368513331755e-6],
    ],
    tanh: [
      [-30, -1.0, 3.502604305078608e-26],
      [-1.5, -0.9051482536448664, 0.18070663892364852],
      [0.5, 0.46211715726000974, 0.7864477329659274],
      [12, 0.9999999999244973, 1.510053817597626e-10],
    ],
    softplus: [
      [-30, 9.357622968839737e-14, 9.357622968839299e-14],
      [-1.5, 0.2014132779827524, 0.18242552380635635],
      [0.5, 0.9740769841801067, 0.6224593312018546],
      [12, 12.000006144193478, 0.9999938558253978],
    ],
    gelu: [
      [-30, -1.472014178144456e-196, -4.416031690708495e-195],
      [-1.5, -0.1002108019032871, -0.12746919222997952],
      [0.5, 0.34573123063700656, 0.8674951246561629],
      [12, 12.0, 1.0],
    ],
    silu: [
      [-30, -2.8072868906517896e-12, -2.713710660963134e-12],
      [-1.5, -0.2736382857095345, -0.041294154299142946],
      [0.5, 0.3112296656009273, 0.7399611873026518],
      [12, 11.999926269904773, 1.0000675854676138],
    ],
    elu: [
      [-30, -0.9999999999999064, 9.357622968840175e-14],
      [-1.5, -0.7768698398515702, 0.22313016014842982],
      [-0.001, -0.0009995001666250085, 0.999000499833375],
    ],
  }

  for (const [name, rows] of Object.entries(reference))
    it(`${name} has its digits, in the tails too`, () => {
      const { value, derivative } = activation(name as ActivationName)
      for (const [z, expected, slope] of rows) {
        expect(Math.abs(value(z) / expected - 1), `value at ${z}`).toBeLessThan(1e-13)
        expect(Math.abs(derivative(z) / slope - 1), `derivative at ${z}`).toBeLessThan(1e-13)
      }
    })

  it('has the complementary error function on both sides of where its forms meet', () => {
    // Abramowitz & Stegun, table 7.1, and 40-digit arithmetic beyond it.
    const table = [
      [-1, 1.8427007929497148],
      [0, 1.0],
      [0.1, 0.887537083981715],
      [0.5, 0.4795001221869535],
      [0.999, 0.15771472979350307],
      [1, 0.15729920705028513],
      [1.001, 0.15688451452192373],
      [1.5, 0.033894853524689274],
      [2, 0.004677734981047266],
      [5, 1.537459794428035e-12],
      [20, 5.395865611607901e-176],
    ]
    for (const [x, expected] of table)
      expect(Math.abs(complementaryErrorFunction(x) / expected - 1), `at ${x}`).toBeLessThan(2e-14)
  })

  it.each(differentiable)('%s has the derivative of its value', (name) => {
    const { value, derivative } = activation(name)
    for (const z of [-5.3, -2.1, -0.7, 0.2, 1.4, 3.8]) {
      // h = 2⁻⁵: h⁶/64 is 1.5e-11, times f⁽⁷⁾/7! <= 0.6 (tanh near 0 is the worst); rounding 2e-16 · 7/h = 5e-14 |f|.
      expect(derivative(z)).toBeCloseTo(
        extrapolated((by) => value(z + by), 2 ** -5),
        9,
      )
    }
  })

  it('takes the lower side at a kink, and gives step no derivative', () => {
    expect([
      activations.relu.derivative(0),
      activations.leakyRelu.derivative(0),
      activations.elu.derivative(0),
    ]).toEqual([0, 0.01, 1])
    expect([-1, 0, 1e-300].map(activations.step.value)).toEqual([0, 0, 1])
    expect(() => activations.step.derivative()).toThrow('perceptron rule')
  })
})
