import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { cotangentEager } from '../bench/engines/cotangent'
import { prepare } from '../bench/engines/engine'
import { permuted } from '../bench/engines/permute'
import { checkAgreement } from '../bench/measure/agreement'
import { median } from '../bench/measure/timing'
import { readOptions, select } from '../bench/options'
import { chart } from '../bench/report/chart'
import { digits, formatSeconds } from '../bench/report/format'
import { ratioOf, type Results, type Row } from '../bench/report/results'
import { summary } from '../bench/report/summary'
import { formatResults, formatTable } from '../bench/report/table'
import { benchmarks } from '../bench/workloads/benchmarks'
import { convolutional, linearAlgebra, transformer } from '../bench/workloads/models'
import { networks, training } from '../bench/workloads/networks'

// The parts of the benchmark that need no peers.

const row: Row = {
  id: 'W1',
  title: 'a < b',
  flops: 2e6,
  timings: {
    'cotangent-eager': { seconds: 2e-3, fastest: 1e-3, samples: 5 },
    'tfjs-cpu': { seconds: 5e-3, fastest: 4e-3, samples: 5 },
  },
  failures: { 'jax-js': 'out of stack' },
}

const results: Results = {
  date: '2026-01-01',
  machine: { cpu: 'CPU', cores: 2, node: '20.19.0', platform: 'linux-x64' },
  versions: { 'cotangent-eager': '1.0.0', 'jax-js': '2.0.0', 'tfjs-cpu': '3.0.0' },
  rows: [row],
}

describe('workloads', () => {
  test('the same numbers each time, all of them finite', () => {
    for (const network of [networks.W1, networks.W3]) {
      const [first, second] = [training(network), training(network)]
      expect(first).toEqual(second)
      for (const numbers of [first.x, first.y, ...first.layers.flatMap(({ weight, bias }) => [weight, bias])])
        expect(numbers.every(Number.isFinite)).toBe(true)
      expect(new Set(first.x).size).toBeGreaterThan(4)
    }
  })

  test('targets have the right sums', () => {
    const sum = (values: Float32Array) => values.reduce((a, b) => a + b, 0)
    expect(sum(training(networks.W1).y)).toBe(2)
    expect(sum(training(networks.W3).y)).toBe(networks.W3.batch)
  })

  test('names of rows are distinct', () => {
    const ids = benchmarks.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test.each([
    ['a network of dense layers', () => prepare(cotangentEager('0.0.0'), training(networks.W1))],
    ['a convolutional network', () => prepare(cotangentEager('0.0.0'), convolutional(2))],
    ['a transformer block', () => prepare(cotangentEager('0.0.0'), transformer(2))],
  ])('Cotangent learns from %s', (_, start) => {
    const program = start()
    const losses = Array.from({ length: 3 }, () => (void program.step(), program.outcome()[0]))
    expect(losses[2]).toBeLessThan(losses[0])
  })
})

describe('layouts', () => {
  test('axes are exchanged with their numbers', () => {
    const numbers = { shape: [1, 2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) }
    expect(permuted(numbers, [2, 0, 1])).toEqual({ shape: [3, 1, 2], values: Float32Array.of(1, 4, 2, 5, 3, 6) })
  })

  test('the matrix of a system is symmetric, and its solution small', () => {
    const { a } = linearAlgebra('solve', 8)
    const { outcome, step } = prepare(cotangentEager('0.0.0'), linearAlgebra('solve', 8))
    void step()
    expect(Math.max(...outcome().map(Math.abs))).toBeLessThan(1)
    for (let i = 0; i < 8; i++) for (let j = 0; j < 8; j++) expect(a[i * 8 + j]).toBe(a[j * 8 + i])
  })
})

describe('options', () => {
  test('a name stands for what begins with it and a dash', () => {
    const names = ['M-256', 'M-256-bt', 'M-512', 'W1']
    expect(select('--only', 'M-256,W1', names, String)).toEqual(['M-256', 'M-256-bt', 'W1'])
    expect(() => select('--only', 'W', names, String)).toThrow("--only 'W' is none of M-256, M-256-bt, M-512, W1")
  })

  test('only a run of everything is written without being asked', () => {
    expect(readOptions([]).save).toBe(true)
    expect(readOptions(['--', '--engines', 'cotangent'])).toMatchObject({
      save: false,
      engines: ['cotangent-compiled', 'cotangent-eager'],
    })
  })
})

describe('agreement', () => {
  const reference = { engine: 'a', outcomes: [[1, 2], [3]] }

  test('passes within the tolerance', () => {
    checkAgreement('W1', [reference, { engine: 'b', outcomes: [[1.0009, 2], [3]] }])
  })

  test('names who deviates, and where', () => {
    const wrong = { engine: 'b', outcomes: [[1, 2], [3.01]] }
    expect(() => checkAgreement('W1', [reference, wrong])).toThrow('b deviates in step 2: [3.01000], not [3.00000]')
  })

  test('fails for what is not finite', () => {
    const wrong = { engine: 'b', outcomes: [[1, NaN], [3]] }
    expect(() => checkAgreement('W1', [reference, wrong])).toThrow('b computed a number that is not finite')
  })
})

describe('report', () => {
  test('the README shows the results of the last full run', () => {
    const text = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
    expect(text('README.md')).toContain(summary(JSON.parse(text('bench/results.json')) as Results))
  })

  test('numbers have three digits', () => {
    expect([0.0512, 1, 13.44, 250.4, 12345].map(digits)).toEqual(['0.0512', '1.00', '13.4', '250', '12345'])
    expect([1.5, 2e-3, 3.04e-6, 5e-10].map(formatSeconds)).toEqual(['1.50 s', '2.00 ms', '3.04 µs', '0.500 ns'])
    expect(median([3, 1, 2])).toBe(2)
  })

  test('columns stand below each other', () => {
    const lines = [
      ['id', 'a'],
      ['W1', '10 ms'],
    ]
    expect(formatTable(lines)).toBe('id      a\n--  -----\nW1  10 ms')
  })

  test('ratios are taken to Cotangent', () => {
    expect(ratioOf(row, 'tfjs-cpu')).toBeCloseTo(2.5)
    expect(ratioOf(row, 'jax-js')).toBeUndefined()
  })

  test('the table shows times, ratios, speeds and failures', () => {
    const text = formatResults(results)
    expect(text).toMatch(/W1 +2\.00 ms +\(1\.00×\) +failed +5\.00 ms +\(2\.50×\)/)
    expect(text).toMatch(/W1 +1\.00 +- +0\.400/)
    expect(text).toContain('W1, jax-js: out of stack')
  })

  test('the picture has a bar for each time', () => {
    const svg = chart(results)
    expect(svg.match(/<title>/g)).toHaveLength(2)
    expect(svg).toContain('<title>a &lt; b, tfjs-cpu: 5.00 ms (2.50×)</title>')
  })
})
