import type { NodeProto } from '../proto/messages'

const orderOf = ({ attribute }: NodeProto) => attribute!.find(({ name }) => name === 'perm')!

/** Transposes of transposes as one each, and the new names of values whose axes are in place again. */
export function joinedTransposes(nodes: readonly NodeProto[]): {
  readonly node: readonly NodeProto[]
  readonly renamed: ReadonlyMap<string, string>
} {
  const before = new Map<string, { readonly from: string; readonly axes: readonly bigint[] }>()
  const renamed = new Map<string, string>()
  const node = nodes.flatMap((each): NodeProto[] => {
    if (each.op_type !== 'Transpose') return [each]
    const name = each.input![0]
    const given = renamed.get(name) ?? name
    const { from, axes } = before.get(given) ?? { from: given, axes: null }
    const own = orderOf(each)
    const ints = own.ints!.map((axis) => (axes === null ? axis : axes[Number(axis)]))
    if (ints.every((axis, i) => axis === BigInt(i))) {
      renamed.set(each.output![0], from)
      return []
    }
    before.set(each.output![0], { from, axes: ints })
    return [{ ...each, input: [from], attribute: [{ ...own, ints }] }]
  })
  return { node, renamed }
}
