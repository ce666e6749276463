import { tensor, type Tensor } from '@cotangent/core'

class Hidden {
  readonly #rate = 0.5
  readonly w = tensor([1, 2])
  get rate() {
    return this.#rate
  }
}
const cycle: { w: Tensor; self?: unknown } = { w: tensor([1, 2]) }
cycle.self = cycle

/** Trees that no function can take apart, by what is wrong with them. */
export const brokenTrees = {
  'a Map': { layers: new Map([['w', tensor([1, 2])]]) },
  'a Set': { layers: new Set([tensor([1, 2])]) },
  'private fields': new Hidden(),
  'a cycle': cycle,
}
