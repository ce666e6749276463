import { describe, expect, it } from 'vitest'
import { evaluateScalar } from '../../src/backends/reference/map'
import { buildProgram, type Formula, type Scalar } from './formulas'
import { expanded } from '../../src/scalar/expand'
import { printProgram } from '../../src/scalar/print'

const names = (formula: Formula, ...dtypes: ('float32' | 'float64' | 'int32' | 'bool')[]) =>
  buildProgram(formula, dtypes).instructions.map(({ name }) => name)

describe('buildProgram', () => {
  it('gives a typed, frozen straight-line program', () => {
    const program = buildProgram((s, x) => s.div(x, s.add(s.const(1), s.abs(x))), ['float32'])
    expect(program).toEqual({
      inputs: ['float32'],
      instructions: [
        { name: 'input', dtype: 'float32', operands: [], index: 0 },
        { name: 'const', dtype: 'float32', operands: [], value: 1 },
        { name: 'abs', dtype: 'float32', operands: [0] },
        { name: 'add', dtype: 'float32', operands: [1, 2] },
        { name: 'div', dtype: 'float32', operands: [0, 3] },
      ],
      result: 4,
      dtype: 'float32',
    })
    expect(Object.isFrozen(program)).toBe(true)
    expect(Object.isFrozen(program.instructions)).toBe(true)
    expect(program.instructions.every((one) => Object.isFrozen(one) && Object.isFrozen(one.operands))).toBe(true)
  })

  it('shares common subexpressions, in either order of a commutative operation', () => {
    expect(names((s, x, y) => s.sub(s.mul(x, y), s.mul(y, x)), 'float32', 'float32')).toEqual([
      'input',
      'input',
      'mul',
      'sub',
    ])
    expect(names((s, x) => s.sub(s.sub(x, 1), s.sub(1, x)), 'float32')).toHaveLength(5)
  })

  it('drops dead code and unread inputs', () => {
    const program = buildProgram((s, x, y) => (s.exp(x), s.neg(y)), ['float32', 'float64'])
    expect(program.inputs).toEqual(['float32', 'float64'])
    expect(program.instructions.map(({ name }) => name)).toEqual(['input', 'neg'])
    expect(evaluateScalar(program, [1, 2])).toBe(-2)
  })

  it('uses the identities that keep every bit, and no others', () => {
    expect(names((s, x) => s.neg(s.neg(s.div(s.mul(1, x), 1))), 'float64')).toEqual(['input'])
    expect(names((s, x) => s.abs(s.neg(x)), 'float64')).toEqual(['input', 'abs'])
    expect(names((s, x) => s.add(x, 0), 'float64')).toContain('add')
    expect(names((s, x) => s.mul(x, 0), 'float64')).toContain('mul')
    expect(names((s, x) => s.sub(x, x), 'float64')).toContain('sub')
  })

  it('gives numbers the dtype of their neighbours, constants that of the formula', () => {
    const where = buildProgram((s, c, a) => s.select(c, a, 0), ['bool', 'float32'])
    expect(where.dtype).toBe('float32')
    expect(buildProgram((s) => s.const(0.5), ['bool']).dtype).toBe('float32')
    expect(buildProgram((s) => s.const(2), ['int32']).dtype).toBe('int32')
    expect(buildProgram((s) => s.const(true), ['float64']).dtype).toBe('bool')
    const wide = buildProgram((s, x) => s.add(s.convert(x, 'float64'), 0.1), ['float32'])
    expect(evaluateScalar(wide, [0])).toBe(0.1)
    const narrow = buildProgram((s, x) => s.add(x, 0.1), ['float32'])
    expect(evaluateScalar(narrow, [0])).toBe(Math.fround(0.1))
  })

  it('keeps -0 and +0 apart', () => {
    const program = buildProgram((s, x) => s.div(x, s.add(s.max(x, 0), -0)), ['float64'])
    expect(program.instructions.filter(({ name }) => name === 'const')).toHaveLength(2)
  })

  const mistakes: [string, Formula, ('float32' | 'float64' | 'int32' | 'bool')[]][] = [
    ['bool into add', (s, x) => s.add(x, x), ['bool']],
    ['two dtypes', (s, x, y) => s.add(x, y), ['float32', 'float64']],
    ['int32 into exp', (s, x) => s.exp(x), ['int32']],
    ['float into bitAnd', (s, x) => s.bitAnd(x, 1), ['float32']],
    ['a fraction beside int32', (s, x) => s.mul(x, 0.5), ['int32']],
    ['a condition that is not bool', (s, x) => s.select(x, x, x), ['float32']],
  ]
  it.each(mistakes)('%s is a DTypeError', (_, formula, dtypes) => {
    expect(() => buildProgram(formula, dtypes)).toThrow(
      expect.objectContaining({ name: 'DTypeError', code: 'scalar-dtype' }),
    )
  })

  it('says what is wrong and what to do', () => {
    expect(() => buildProgram((s, x, y) => s.add(x, y), ['float32', 'float64'])).toThrowErrorMatchingInlineSnapshot(
      `[DTypeError: [add] operands must have one dtype, got float32 and float64; convert one with s.convert]`,
    )
    expect(() => buildProgram((s, x) => s.mul(x, 0.5), ['int32'])).toThrowErrorMatchingInlineSnapshot(
      `[DTypeError: [mul] 0.5 is not an int32; convert the other operands to a float dtype]`,
    )
    expect(() => buildProgram((s, x) => s.exp(x), ['int32'])).toThrowErrorMatchingInlineSnapshot(
      `[DTypeError: [exp] takes float32, float64, got int32; use s.convert]`,
    )
  })

  it('refuses scalars of another formula', () => {
    let leaked: Scalar | undefined
    buildProgram((_, x) => (leaked = x), ['float32'])
    expect(() => buildProgram((s) => s.exp(leaked!), ['float32'])).toThrow(
      expect.objectContaining({ code: 'foreign-scalar' }),
    )
  })

  it('keeps named functions as calls, each once', () => {
    const program = buildProgram((s, x) => s.sub(s.tanh(x), s.mul(s.tanh(x), s.exp(x))), ['float32'])
    expect(program.instructions.map((step) => (step.name === 'call' ? step.function : step.name))).toEqual([
      'input',
      'tanh',
      'exp',
      'mul',
      'sub',
    ])
  })
})

describe('expanded', () => {
  it('gives the instructions of calls, shared with what else computes them, once for each program', () => {
    const both = buildProgram((s, x) => s.mul(s.tanh(x), s.sechSquared(x)), ['float32'])
    const lengths = (['tanh', 'sechSquared'] as const).map(
      (name) => expanded(buildProgram((s, x) => s[name](x), ['float32'])).instructions.length,
    )
    expect(expanded(both).instructions.length).toBeLessThan(lengths[0] + lengths[1] - 20)
    expect(expanded(both).instructions.map(({ name }) => name)).not.toContain('call')
    expect(expanded(both)).toBe(expanded(both))
  })

  it('leaves a program without calls as it is', () => {
    const program = buildProgram((s, x) => s.mul(x, 2), ['float32'])
    expect(expanded(program)).toBe(program)
  })
})

describe('printProgram', () => {
  const text = (formula: Formula, ...dtypes: ('float32' | 'bool')[]) =>
    printProgram(
      buildProgram(formula, dtypes),
      dtypes.map((_, index) => `%${index}`),
    )

  it('writes functions by name, and what is used twice once', () => {
    expect(text((s, x) => s.mul(s.tanh(x), s.neg(x)), 'float32')).toBe('mul(tanh(%0), neg(%0))')
    expect(text((s, x) => s.sub(1, s.mul(s.tanh(x), s.tanh(x))), 'float32')).toBe('a = tanh(%0); sub(1, mul(a, a))')
    expect(text((s, c, x) => s.select(s.or(c, s.const(true)), s.convert(x, 'float64'), 0), 'bool', 'float32')).toBe(
      'select(or(%0, true), float64(%1), 0)',
    )
  })

  it('sums a long program up', () => {
    const formula: Formula = (s, x) => {
      let value = s.exp(x)
      for (let k = 1; k < 30; k++) value = s.add(s.mul(value, x), s.atan2(value, k))
      return value
    }
    expect(text(formula, 'float32')).toBe('118 steps, which call exp, atan2')
  })
})
