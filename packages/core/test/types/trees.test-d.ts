import { hessian, jacobian, mapTree, type Tensor, zerosLike } from '@cotangent/core'
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

describe('jacobian', () => {
  const f = (model: Layer, x: Tensor<[3]>) => model.forward(x)

  it('has a block for each tensor of a model, and not its methods', () => {
    const ofModel = jacobian(f)(layer, null as unknown as Tensor<[3]>)
    is(ofModel).toEqualTypeOf<{ readonly weight: Tensor<[2, 2, 3]>; readonly bias: Tensor<[2, 2]> | null }>()
    // @ts-expect-error a Jacobian is no layer
    ofModel.forward(null as unknown as Tensor<[3]>)
    is(jacobian((model: Private) => model.weight)(own)).toEqualTypeOf<{ readonly weight: Tensor<[2, 2]> }>()
  })

  it('has a tree like the argument in place of each tensor of the result', () => {
    const both = jacobian((m: { w: Tensor<[2, 3]>; b: Tensor<[4]> }) => ({ n: 1, out: [m.w.sum(), m.b] as const }))
    is(both({ w: tree.w, b: tree.list[0] })).toEqualTypeOf<{
      n: number
      out: readonly [{ w: Tensor<[2, 3]>; b: Tensor<[4]> }, { w: Tensor<[4, 2, 3]>; b: Tensor<[4, 4]> }]
    }>()
    is(jacobian((list: [Tensor<[2]>, Tensor]) => list[0])([own.weight, tree.w])).toEqualTypeOf<
      [Tensor<[2, 2]>, Tensor]
    >()
    is(jacobian((x: Tensor<[2]>): Tensor => x.mul(x))(own.weight)).toEqualTypeOf<Tensor>()
    is(jacobian((model: any): Tensor<[2]> => model)(layer)).toBeAny()
  })

  it('is known in generic code as far as the ranks are', () => {
    function g<N extends number>(x: Tensor<[N]>) {
      is(jacobian((y: Tensor<[N]>) => y.mul(y))(x)).toEqualTypeOf<Tensor<[N, N]>>()
      is(hessian((y: Tensor<[N]>) => y.mul(y).sum())(x)).toEqualTypeOf<Tensor<[N, N]>>()
    }
    is(g).toBeFunction()
  })
})

describe('hessian', () => {
  it('has a tree like the argument in place of each of its tensors', () => {
    const loss = (m: { readonly w: Tensor<[2, 3]>; list: [Tensor<[4]>]; name: string }) =>
      m.w.sum().add(m.list[0].sum())
    is(hessian(loss)({ w: tree.w, list: [tree.list[0]], name: '' })).toEqualTypeOf<{
      readonly w: { readonly w: Tensor<[2, 3, 2, 3]>; list: [Tensor<[2, 3, 4]>]; name: string }
      list: [{ readonly w: Tensor<[4, 2, 3]>; list: [Tensor<[4, 4]>]; name: string }]
      name: string
    }>()
    const ofLayer = hessian((model: Layer) => model.weight.sum())(layer)
    is(ofLayer.weight.weight).toEqualTypeOf<Tensor<[2, 3, 2, 3]>>()
    // @ts-expect-error a Hessian is no layer
    ofLayer.forward(null as unknown as Tensor<[3]>)
  })
})
