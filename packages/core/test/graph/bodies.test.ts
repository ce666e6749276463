import {
  add,
  type BodyJSON,
  checkpoint,
  cond,
  grad,
  type GraphJSON,
  greater,
  less,
  mul,
  neg,
  ones,
  scan,
  sin,
  sum,
  switchCase,
  tanh,
  tensor,
  type Tensor,
  trace,
  whileLoop,
} from '@cotangent/core'
import { expect, it } from 'vitest'

const w = tensor([2, 3])

/** A loop with rows, a loop with a condition, and a branch. */
function program(h: Tensor, xs: Tensor): Tensor {
  const step = (h: Tensor, x: Tensor): [Tensor, Tensor] => {
    const next = tanh(add(mul(h, w), x))
    return [next, mul(next, 3)]
  }
  const [last, ys] = scan(step, h, xs, { reverse: true })
  const goesOn = (s: Tensor) => less(sum(s), 100)
  const { value } = whileLoop(goesOn, (s: Tensor) => add(s, sum(ys)), last, { maxSteps: 7 })
  return cond(greater(sum(value), 0), sin, (x: Tensor) => x, value)
}

const args = [ones([2]), ones([5, 2])] as const

it('a loop and a branch print what each of their graphs is for, and what its inputs are', () => {
  expect(String(trace(program, ...args))).toMatchInlineSnapshot(`
    "graph(%0: float32[2] = args[0], %1: float32[5, 2] = args[1]) {
      %2: float32[2] = constant [2, 3]
      %3: float32[2], %4: float32[5, 2] = scan(%0, %1, %2, length: 5, reverse: true) body(%0: float32[2] = carry 0, %1: float32[2] = row of outer %1, %2: float32[2] = outer %2) {
        %3: float32[2] = mul(%0, %2)
        %4: float32[2] = add(%3, %1)
        %5: float32[2] = tanh(%4)
        %6: float32[2] = mul(%5, 3)
        return %5, %6
      }
      %5: float32[] = sum(%4, axes: [0, 1])
      %6: float32[2], %7: int32[] = whileLoop(%3, %5, length: 7) body(%0: float32[2] = carry 0, %1: float32[] = outer %5) {
        %2: float32[2] = add(%0, %1)
        return %2
      } condition(%0: float32[2] = carry 0) {
        %1: float32[] = sum(%0, axes: [0])
        %2: bool[] = less(%1, 100)
        return %2
      }
      %8: float32[] = sum(%6, axes: [0])
      %9: bool[] = greater(%8, 0)
      %10: int32[] = toInt32(%9)
      %11: float32[2] = cond(%10, %6) branch false(%0: float32[2] = outer %6) {
        return %0
      } branch true(%0: float32[2] = outer %6) {
        %1: float32[2] = sin(%0)
        return %1
      }
      return %11
    }"
  `)
})

it('a derivative shows the values that a loop kept as rows of its reverse loop', () => {
  const loss = (h: Tensor, xs: Tensor) => sum(scan((h: Tensor, x: Tensor) => [tanh(mul(h, x)), null], h, xs)[0])
  expect(String(trace(grad(loss), ...args))).toMatchInlineSnapshot(`
    "graph(%0: float32[2] = args[0], %1: float32[5, 2] = args[1]) {
      %2: float32[2] = constant [1, 1]
      %3: float32[2], %4: float32[5, 2], %5: float32[5, 2] = scan(%0, %1, length: 5) body(%0: float32[2] = carry 0, %1: float32[2] = row of outer %1) {
        %2: float32[2] = mul(%0, %1)
        %3: float32[2] = tanh(%2)
        return %3, %2
      }
      %6: float32[2] = scan(%2, %5, %1, %4, length: 5, reverse: true) body(%0: float32[2] = carry 0, %1: float32[2] = row of outer %5, %2: float32[2] = row of outer %1, %3: float32[2] = row of outer %4) {
        %4: float32[2] = sechSquared(%3)
        %5: float32[2] = mul(%0, %4)
        %6: float32[2] = mul(%5, %2)
        return %6
      }
      return %6
    }"
  `)
})

type Plain = readonly number[]

/** A graph computed from its JSON alone, on lists of numbers. A scalar is a list of one. */
function run(graph: GraphJSON, inputs: readonly Plain[], captured: readonly Plain[] = []): Map<number, Plain> {
  const values = new Map<number, Plain>()
  graph.inputs.forEach(({ id }, i) => values.set(id, inputs[i]))
  graph.constants.forEach(({ id, data }, i) => values.set(id, captured[i] ?? (data as Plain)))
  for (const { op, attributes, inputs: from, outputs, graphs } of graph.nodes) {
    const given = from.map((id) => values.get(id)!)
    const results = graphs.length > 0 ? runBodies(graphs, attributes, given) : [applyPlain(op, given)]
    outputs.forEach(({ id }, i) => values.set(id, results[i]))
  }
  return values
}

function applyPlain(op: string, [a, b = []]: readonly Plain[]): Plain {
  const each = (f: (x: number, y: number) => number) =>
    Array.from({ length: Math.max(a.length, b.length) }, (_, i) => f(a[i % a.length], b[i % b.length]))
  const ops: Record<string, () => Plain> = {
    add: () => each((x, y) => x + y),
    mul: () => each((x, y) => x * y),
    less: () => each((x, y) => Number(x < y)),
    greater: () => each((x, y) => Number(x > y)),
    tanh: () => a.map(Math.tanh),
    sin: () => a.map(Math.sin),
    sum: () => [a.reduce((x, y) => x + y, 0)],
    toInt32: () => a,
  }
  return ops[op]()
}

function runBodies(
  bodies: readonly BodyJSON[],
  { length, reverse }: Readonly<Record<string, unknown>>,
  given: readonly Plain[],
): Plain[] {
  const [body, condition] = bodies
  const of = (each: BodyJSON, list: readonly Plain[]) => run(each, list, list.slice(each.inputs.length))
  if (condition?.role !== 'condition' && bodies.length > 1) {
    const chosen = bodies[given[0][0]]
    const values = of(
      chosen,
      chosen.feeds.map(({ input }) => given[input]),
    )
    return chosen.results.map((id) => values.get(id!)!)
  }
  const carries = body.feeds.flatMap(({ kind, input }) => (kind === 'carry' ? [given[input]] : []))
  let values = new Map<number, Plain>()
  let steps = 0
  const rows: Plain[][] = []
  for (; steps < (length as number); steps++) {
    const at = reverse === true ? (length as number) - 1 - steps : steps
    const taken = (each: BodyJSON) => {
      let next = 0
      return each.feeds.map(({ kind, input }) => {
        const size = given[input].length / (length as number)
        if (kind === 'row') return given[input].slice(at * size, (at + 1) * size)
        return kind === 'carry' ? carries[next++] : given[input]
      })
    }
    if (condition !== undefined && of(condition, taken(condition)).get(condition.results[carries.length]!)![0] === 0)
      break
    values = of(body, taken(body))
    const results = body.results.map((id) => (id === null ? [] : values.get(id)!))
    results.slice(0, carries.length).forEach((carry, i) => (carries[i] = carry))
    rows[at] = results.slice(carries.length)
  }
  if (condition !== undefined) return [...carries, [steps]]
  return [...carries, ...rows[0].map((_, i) => rows.flatMap((row) => row[i]))]
}

it('the JSON of a graph with loops and branches is enough to compute it', () => {
  const json = JSON.parse(JSON.stringify(trace(program, ...args))) as GraphJSON
  const values = run(json, [[...args[0].data], [...args[1].data]])
  const expected = program(...args).data
  values.get(json.outputs[0])!.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5))
})

it('states the role of each graph', () => {
  const roles = (f: (...args: Tensor[]) => unknown, ...given: Tensor[]) =>
    trace(f, ...given).toJSON().nodes.flatMap(({ graphs }) => graphs.map(({ role }) => role)) // prettier-ignore
  expect(roles(program as (...args: Tensor[]) => unknown, ...args)).toEqual([
    'body',
    'body',
    'condition',
    'branch false',
    'branch true',
  ])
  expect(roles((i, x) => switchCase(i, [sin, tanh], x), tensor(1, { dtype: 'int32' }), w)).toEqual([
    'branch 0',
    'branch 1',
  ])
  expect(
    roles(
      checkpoint((x: Tensor) => sin(x)),
      w,
    ),
  ).toEqual(['body'])
})

it('a loop costs its steps, and a branch the most expensive graph', () => {
  const x = ones([10])
  const step = (h: Tensor): [Tensor, null] => [tanh(h), null]
  const one = trace((h: Tensor) => tanh(h), x).cost()
  const loop = trace((h: Tensor) => scan(step, h, null, { length: 8 })[0], x).cost()
  expect(loop.flops).toBe(8 * one.flops)
  // The loop reads its carry and writes it once more.
  expect(loop.bytes).toBe(8 * one.bytes + 80)
  // The carry before and after, and what a step computes.
  expect(loop.peakBytes).toBe(120)
  const goesOn = (h: Tensor) => less(sum(h), 5)
  const bounded = (maxSteps?: number) =>
    trace((h: Tensor) => whileLoop(goesOn, tanh, h, maxSteps === undefined ? {} : { maxSteps }).value, x).cost().flops
  const test = trace(goesOn, x).cost().flops
  expect([bounded(), bounded(6)]).toEqual([one.flops + test, 6 * (one.flops + test)])
  const branch = trace((p: Tensor, h: Tensor) => cond(p, tanh, neg, h), tensor(true), x).cost()
  // The index is converted from bool: one operation, five bytes.
  expect(branch.flops).toBe(one.flops + 1)
  expect(branch.bytes).toBe(one.bytes + 84 + 5)
})

it('diagrams draw each graph in a box of its own', () => {
  const graph = trace(program, ...args)
  const { vertices, edges } = graph.toDiagram()
  const regions = vertices.filter(({ kind }) => kind === 'region')
  expect(regions.map(({ label: [name] }) => name)).toEqual([
    'scan (length: 5, reverse: true)',
    ...['whileLoop (length: 7)', 'body', 'condition', 'cond', 'branch false', 'branch true'],
  ])
  const names = new Map(vertices.map(({ id, label: [name] }) => [id, name]))
  const ids = new Set(names.keys())
  for (const { from, to } of edges) expect([ids.has(from), ids.has(to)]).toEqual([true, true])
  expect(edges.map(({ from, to }) => `${names.get(from)} -> ${names.get(to)}`)).toEqual(
    expect.arrayContaining(['args[0] -> carry 0', 'args[1] -> row', 'tanh -> carry 0', 'operand -> result']),
  )
  expect(graph.toDot().match(/subgraph cluster_/g)).toHaveLength(regions.length)
  expect(graph.toMermaid().match(/subgraph /g)).toHaveLength(regions.length)
})
