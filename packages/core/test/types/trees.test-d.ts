import { mapTree, type Tensor, zerosLike } from '@cotangent/core'
import { describe, expectTypeOf, it } from 'vitest'

class Layer {
  constructor(
    readonly weight: Tensor<[2, 3]>,
    readonly bias: Tensor<[2]> | null,
    readonly activation: (x: Tensor) => Tensor,
  ) {}
  forward(x: Tensor<[3]>): Tensor<[2]> {
    return this.weight.matmul(x)
  }
}

class Private {
  readonly weight = null as unknown as Tensor<[2]>
  private readonly seed = 1
  next(): number {
    return this.seed
  }
}

declare const layer: Layer
declare const own: Private
declare const tree: {
  readonly w: Tensor<[2, 3]>
  list: [Tensor<[4]>, Tensor]
  name: string
  at?: Tensor<[5]>
  on: Date
}

const is = <T>(_: T) => expectTypeOf<T>()

describe('mapTree', () => {
  it('keeps the type of the tree if the shapes of the results are not known', () => {
    is(mapTree((leaf) => leaf.mul(2), layer)).toEqualTypeOf<Layer>()
    is(mapTree((leaf, path) => (path.length > 1 ? leaf : zerosLike(leaf)), own)).toEqualTypeOf<Private>()
    is(mapTree((a, _, b) => a.sub(b), tree, tree)).toEqualTypeOf<typeof tree>()
    is(mapTree<Layer, [Layer]>((a, _, b) => a.sub(b), layer, layer)).toEqualTypeOf<Layer>()
    const halved = <T>(model: T): T => mapTree((leaf) => leaf.mul(0.5), model)
    is(halved(layer)).toEqualTypeOf<Layer>()
  })

  it('has the leaves that the function returns', () => {
    is(mapTree((leaf) => leaf.sum(), tree)).toEqualTypeOf<{
      readonly w: Tensor<[]>
      list: [Tensor<[]>, Tensor<[]>]
      name: string
      at?: Tensor<[]>
      on: Date
    }>()
    is(mapTree((leaf) => leaf.reshape([-1]), [tree.w] as const)).toEqualTypeOf<readonly [Tensor<[number]>]>()
    is(mapTree((leaf) => leaf.mean(), tree.w)).toEqualTypeOf<Tensor<[]>>()
    is(mapTree((leaf) => leaf.sum(), null as any)).toBeAny()
    is(mapTree((leaf) => leaf.sum(), null as unknown)).toBeUnknown()
    // @ts-expect-error the leaves are scalars
    const wrong: typeof tree = mapTree((leaf) => leaf.sum(), tree)
    is(wrong).toEqualTypeOf<typeof tree>()
  })

  it('loses the methods of a model whose tensors have other shapes', () => {
    is(mapTree((leaf) => leaf.sum(), layer)).toEqualTypeOf<{
      readonly weight: Tensor<[]>
      readonly bias: Tensor<[]> | null
    }>()
    is(mapTree((leaf) => leaf.sum(), own)).toEqualTypeOf<{ readonly weight: Tensor<[]> }>()
  })

  it('takes tensors alone from the function', () => {
    // @ts-expect-error a number
    mapTree((leaf) => leaf.item(), layer)
  })
})
