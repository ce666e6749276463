import { compile, swapAxes, trace, type Tensor, zeros } from '@cotangent/core'
import { lower } from '@cotangent/core/internal'
import { describe, expect, it } from 'vitest'
import { ExportError } from '../../src/errors'
import { factorProgram } from '../../src/factors/program'
import { type Application, coreOf, factorizationOf, factorOps, normals, programOf } from './subjects'

/** Applications of each op to matrices with n columns, in a batch. */
function samples(n: number, batch: readonly number[]): Readonly<Record<string, readonly Application['inputs'][]>> {
  const matrix = (m: number, k: number, seed = 1) => normals(seed, [...batch, m, k])
  const square = matrix(n, n)
  const gram = square.matmul(swapAxes(square, -1, -2)).add(1) as Tensor
  const w = normals(5, [...batch, n])
  const packed = coreOf({ op: 'lu', inputs: [square], attributes: { check: true } })
  const rectangular = [[matrix(n + 2, n)], [square], [matrix(n, n + 2)]]
  return {
    cholesky: [[gram]],
    cofactors: [[square]],
    columnQuotients: [[matrix(n + 2, n), w]],
    determinant: [[square]],
    eigh: [[square]],
    gapQuotients: [[square, w]],
    lu: [[square]],
    matrixExponential: [[square]],
    matrixExponentialDerivative: [[square, gram]],
    pinv: rectangular,
    qr: rectangular.slice(0, 2),
    solve: [[square, packed, matrix(n, 3)]],
    svd: rectangular,
    triangularSolve: [[square, matrix(n, 3)]],
  }
}

/** Attributes of each op, several where they choose other programs. */
const attributes: Readonly<Record<string, readonly unknown[]>> = {
  cholesky: [{ check: false }],
  gapQuotients: [
    { sign: 1, squares: true },
    { sign: -1, squares: false },
  ],
  lu: [{ check: true }, { check: false }],
  pinv: [{ tolerance: null }],
  solve: [{ transposed: false }, { transposed: true }],
  triangularSolve: [
    { lower: true, transposed: false, unit: false, check: true, tolerance: 0 },
    { lower: false, transposed: true, unit: true, check: true, tolerance: 0 },
  ],
}

/** All samples, by a label. */
function applications(n: number, batch: readonly number[]): ReadonlyMap<string, Application> {
  const all = Object.entries(samples(n, batch)).flatMap(([op, list]) =>
    list.flatMap((inputs, i) =>
      (attributes[op] ?? [undefined]).map((each, j) => [`${op} ${i} ${j}`, { op, inputs, attributes: each }] as const),
    ),
  )
  return new Map(all)
}

type Body = ReturnType<typeof lower>

const lowered = (application: Application): Body =>
  lower(trace((...given: Tensor[]) => programOf(application)(given), ...application.inputs))

/** All values of a lowered computation, those of loops too. */
function valuesIn(body: Body): readonly Body['values'][number][] {
  return body.values.flatMap((value) => [
    value,
    ...('bodies' in value.definition ? (value.definition.bodies as readonly Body[]) : []).flatMap(valuesIn),
  ])
}

/** The number of values of each kind. */
function sizeOf(body: Body): Readonly<Record<string, number>> {
  const count: Record<string, number> = {}
  for (const { definition } of valuesIn(body)) count[definition.kind] = (count[definition.kind] ?? 0) + 1
  return count
}

/** Whether a tensor is written in few characters: one number, a range, or a short list. */
function isShort(x: Tensor): boolean {
  const entries = Array.from(x.data)
  return (
    entries.length <= 9 || entries.every((value) => value === entries[0]) || entries.every((value, i) => value === i)
  )
}

describe('programs of factorizations', () => {
  it('exist for every factorization of the library', () => {
    expect(Object.keys(samples(2, [])).sort()).toEqual([...factorOps.keys()].sort())
    for (const application of applications(2, []).values()) expect(() => programOf(application)).not.toThrow()
  })

  it('are refused for another factorization, by its name', () => {
    const type = { shape: [2, 2], dtype: 'float64' } as const
    expect(() => factorProgram({ name: 'schur', parameters: {} }, [type], type)).toThrow(ExportError)
    expect(() => factorProgram({ name: 'toString', parameters: {} }, [type], type)).toThrow(/got 'toString'/)
  })

  it('have the same size for matrices and batches of all sizes, short constants, and work that is no kernel', () => {
    const large = applications(20, [3])
    for (const [name, application] of applications(2, [2])) {
      const size = sizeOf(lowered(application))
      const body = lowered(large.get(name)!)
      expect([name, sizeOf(body)]).toEqual([name, size])
      for (const { definition } of valuesIn(body))
        if (definition.kind === 'constant') expect(isShort(definition.tensor)).toBe(true)
      expect(Object.keys(size)).not.toContain('factor')
      // Kernels in JavaScript cannot leave.
      expect(Object.keys(size)).not.toContain('opaque')
    }
  })

  it('give the same bits compiled', () => {
    for (const [name, application] of applications(3, [2])) {
      // One of each op is enough.
      if (!name.endsWith(' 0 0')) continue
      const program = programOf(application)
      const compiled = compile((...given: Tensor[]) => program(given))(...application.inputs) as Tensor
      expect([name, ...compiled.data]).toEqual([name, ...program(application.inputs).data])
    }
  })

  it('have results for matrices and batches without entries', () => {
    for (const [n, batch] of [
      [0, []],
      [0, [2]],
      [2, [0]],
    ] as const)
      for (const [op, list] of Object.entries(samples(2, []))) {
        const [attribute] = attributes[op] ?? [undefined]
        const inputs = list[0].map(({ shape, dtype }) => {
          const one =
            op === 'solve' && shape.length === 1 ? [n * n + n + 1] : shape.map((size: number) => (n === 0 ? 0 : size))
          return zeros([...batch, ...one], { dtype })
        })
        const application: Application = { op, inputs, attributes: attribute }
        const result = programOf(application)(inputs)
        expect(result.shape).toEqual(factorizationOf(application).output.shape)
        expect([op, ...result.data]).toEqual([op, ...coreOf(application).data])
      }
  })
})
