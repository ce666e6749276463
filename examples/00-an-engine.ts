import assert from 'node:assert/strict'

// An automatic-differentiation engine to read from top to bottom. It imports nothing of Cotangent, but every name means
// here what it means there. Each part says which file of packages/core/src holds the real one.

// 1. Values (values/tensor.ts). Here a tensor is a list of float64 numbers, and a list of one number broadcasts. It
// never changes. It knows the node that made it, but only as long as an open scope needs that node.
export class Tensor {
  producer: Node | null = null
  constructor(readonly values: readonly number[]) {}
}

// 2. Ops (recording/op.ts). An op states in one place what it computes (body) and how it is differentiated (law). No
// code asks which op it has. Attributes are the static parameters of one application: here, a size.
interface Op {
  readonly name: string
  readonly body: (inputs: readonly (readonly number[])[], attributes: number) => number[]
  readonly law: Law
}

// 3. Laws (recording/law.ts). Reverse and forward mode both follow from a law. An elementwise op states its partials,
// as maps d -> d · ∂y/∂xᵢ. A linear op y = A x states its transpose, ȳ -> Aᵀ ȳ. Laws are written with ops. That is why
// derivatives can be recorded and differentiated again.
type Partial = (d: Tensor, inputs: readonly Tensor[], output: Tensor) => Tensor
type Law =
  | { readonly kind: 'elementwise'; readonly partials: readonly Partial[] }
  | { readonly kind: 'linear'; readonly transpose: (cotangent: Tensor, node: Node) => Tensor }

// 4. Scopes (recording/scope.ts). A scope spans one transform's call of the user's function. When it closes, it unlinks
// its nodes from their tensors. So memory is freed without `dispose`, and nothing more is recorded for it.
let opened = 0
class Scope {
  readonly id = opened++
  readonly nodes: Node[] = []
  isOpen = true
  close(): void {
    this.isOpen = false
    for (const { output } of this.nodes) output.producer = null
  }
}

// 5. Nodes (recording/node.ts). A node is one recorded application, with the set of scopes that it depends on. A
// nesting depth is not enough: a value can depend on an outer scope and not on the inner one.
interface Node {
  readonly id: number
  readonly op: Op
  readonly attributes: number
  readonly inputs: readonly Tensor[]
  readonly output: Tensor
  readonly scopes: readonly Scope[]
}

// 6. Apply (recording/apply.ts). Every op goes through this function. It computes the value at once. It records a node
// only if an input depends on an open scope. The outermost of these scopes closes last, so it owns the node.
function apply(op: Op, inputs: readonly Tensor[], attributes = 0): Tensor {
  const values = inputs.map((input) => input.values)
  return recordNode(op, attributes, inputs, new Tensor(op.body(values, attributes)), scopesOf(inputs))
}
const scopesOf = (tensors: readonly Tensor[]) =>
  [...new Set(tensors.flatMap(({ producer }) => producer?.scopes ?? []))].filter(({ isOpen }) => isOpen)
let created = 0
function recordNode(op: Op, attributes: number, inputs: readonly Tensor[], output: Tensor, scopes: Scope[]): Tensor {
  if (scopes.length === 0) return output
  output.producer = { id: created++, op, attributes, inputs, output, scopes }
  scopes.reduce((a, b) => (a.id < b.id ? a : b)).nodes.push(output.producer)
  return output
}

// 7. The ops themselves (recording/define.ts makes them, ops/ holds them). Laws may use the output, as that of `exp`
// does. `sum` and `broadcastTo` are each other's transpose.
const toTensor = (x: Tensor | number) => (typeof x === 'number' ? new Tensor([x]) : x)
function defineElementwise(name: string, formula: (...x: number[]) => number, partials: readonly Partial[]) {
  const body: Op['body'] = (lists) => {
    const length = Math.max(...lists.map((list) => list.length))
    return Array.from({ length }, (_, i) => formula(...lists.map((list) => list[list.length === 1 ? 0 : i])))
  }
  const op: Op = { name, body, law: { kind: 'elementwise', partials } }
  return (...x: (Tensor | number)[]) => apply(op, x.map(toTensor))
}
export const add = defineElementwise('add', (a, b) => a + b, [(d) => d, (d) => d])
export const mul = defineElementwise('mul', (a, b) => a * b, [(d, [, b]) => mul(d, b), (d, [a]) => mul(d, a)])
export const exp = defineElementwise('exp', Math.exp, [(d, _, y) => mul(d, y)])
export const tanh = defineElementwise('tanh', Math.tanh, [(d, _, y) => mul(d, add(1, mul(mul(y, y), -1)))])
const sumOp: Op = {
  name: 'sum',
  body: ([x]) => [x.reduce((a, b) => a + b, 0)],
  law: { kind: 'linear', transpose: (cotangent, { inputs: [x] }) => broadcastTo(cotangent, x.values.length) },
}
const broadcastOp: Op = {
  name: 'broadcastTo',
  body: ([x], size) => new Array<number>(size).fill(x[0]),
  law: { kind: 'linear', transpose: (cotangent) => sum(cotangent) },
}
export const sum = (x: Tensor) => apply(sumOp, [x])
const broadcastTo = (x: Tensor, size: number) => (x.values.length === size ? x : apply(broadcastOp, [x], size))

// 8. The tape (autodiff/tape.ts). Each leaf is replaced by an alias that depends on a new scope, then the function
// runs. The tape is the nodes between aliases and result. As inputs come first, ids sort it topologically.
type Tape = ReturnType<typeof record>['tape']
const alias: Op = { name: 'alias', body: ([x]) => [...x], law: { kind: 'linear', transpose: (cotangent) => cotangent } }
function record(leaves: readonly Tensor[], f: (...x: Tensor[]) => Tensor) {
  const scope = new Scope()
  const rebind = (x: Tensor) => recordNode(alias, 0, [x], new Tensor(x.values), [scope, ...scopesOf([x])])
  const aliases = leaves.map(rebind)
  const result = f(...aliases)
  const found = new Set<Node>()
  const reach = ({ producer }: Tensor) => {
    if (!producer?.scopes.includes(scope) || found.has(producer)) return
    found.add(producer)
    producer.inputs.forEach(reach)
  }
  reach(result)
  scope.close()
  const nodes = [...found].filter(({ output }) => !aliases.includes(output)).sort((a, b) => a.id - b.id)
  return { result, tape: { aliases, nodes } }
}

// 9. Reverse mode (autodiff/sweeps.ts; elementwise.ts and linear.ts for the laws). It visits the tape backwards. A
// tensor that several nodes use adds up their cotangents. The scope is closed by now, so these ops are recorded for
// enclosing scopes only. Forward mode is left out here: it visits the same tape from the front, with the same laws.
function pullBack({ aliases, nodes }: Tape, output: Tensor, cotangent: Tensor): Tensor[] {
  const pending = new Map([[output, cotangent]])
  for (const node of nodes.toReversed())
    cotangentsOf(node, pending.get(node.output)!).forEach((contribution, i) => {
      const before = pending.get(node.inputs[i])
      pending.set(node.inputs[i], before ? add(before, contribution) : contribution)
    })
  return aliases.map((alias) => pending.get(alias) ?? mul(alias, 0))
}
function cotangentsOf(node: Node, received: Tensor): Tensor[] {
  const { op, inputs, output } = node
  if (op.law.kind === 'linear') return [op.law.transpose(received, node)]
  const cotangents = op.law.partials.map((partial) => partial(received, inputs, output))
  return cotangents.map((each, i) => (inputs[i].values.length === 1 ? sum(each) : each)) // Undo broadcasting.
}

// 10. The transform (autodiff/grad.ts). It records, then pulls a cotangent of 1 back to the first argument.
export function grad(f: (...x: Tensor[]) => Tensor) {
  return (...x: Tensor[]): Tensor => {
    const { result, tape } = record(x, f)
    return pullBack(tape, result, new Tensor([1]))[0]
  }
}

// Σ x³ has the gradient 3 x², and the sum of that has the gradient 6 x.
const cubes = (x: Tensor) => sum(mul(mul(x, x), x))
const first = grad(cubes)(new Tensor([1, 2])).values
const second = grad((x) => sum(grad(cubes)(x)))(new Tensor([1, 2])).values
console.log(`the gradient of Σ x³ at (1, 2) is (${first.join(', ')}), and that of Σ 3 x² is (${second.join(', ')})`)
assert.deepEqual([...first, ...second], [3, 12, 6, 12])
