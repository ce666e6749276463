import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  linspace,
  compile,
  foldKey,
  full,
  key,
  normal,
  splitKey,
  tensor,
  type Tensor,
  treeLeaves,
  valueAndGrad,
  zeros,
} from '@cotangent/core'
import { exportTraining } from '@cotangent/export'
import { load, open, toSafetensors } from '@cotangent/io'
import { batchNorm, dense, dropout, mse, sequential, training } from '@cotangent/nn'
import { averageParameters, sgd } from '@cotangent/optim'
import { describe, expect, it } from 'vitest'
import { argumentsOf, listOf, manifestOf, network, textOf } from './networks'

const { model, state, batch, step } = network()
const bundle = exportTraining(step, { model, state, batch })
const scalar = tensor(1)
const loss = (w: Tensor) => w.square().sum()

describe('the bundle of a training step', () => {
  it('is the same for results that have names', () => {
    const named: typeof step = (...args) => {
      const [loss, m, s] = step(...args)
      return { loss, model: m, state: s } as unknown as ReturnType<typeof step>
    }
    expect(exportTraining(named, { model, state, batch }).files.get('bundle.json')).toEqual(
      bundle.files.get('bundle.json'),
    )
  })

  it('lists its inputs and outputs in the order of the module', () => {
    const { inputs, outputs, batchSize } = manifestOf(bundle)
    const moments = ['mean', 'square'].flatMap((name) => [
      `state 0.${name}.layers.0.weight float32[4, 2]`,
      `state 0.${name}.layers.0.bias float32[4]`,
      `state 0.${name}.layers.1.weight float32[1, 4]`,
      `state 0.${name}.layers.1.bias float32[1]`,
    ])
    const kept = [
      'model layers.0.weight float32[4, 2]',
      'model layers.0.bias float32[4]',
      'model layers.1.weight float32[1, 4]',
      'model layers.1.bias float32[1]',
      'state 0.step int32[]',
      ...moments,
    ]
    expect(listOf(inputs)).toEqual([...kept, 'batch 0 float32[8, 2] batched', 'batch 1 float32[8, 1] batched'])
    expect(listOf(outputs)).toEqual(['loss loss float32[]', ...kept.map((line, i) => `${line} of ${i}`)])
    expect(batchSize).toBe(8)
  })

  it('states size and SHA-256 of each other file', () => {
    const { files, format, version, kind, producer } = manifestOf(bundle)
    expect({ format, version, kind, producer }).toEqual({
      format: 'cotangent-bundle',
      version: 1,
      kind: 'training',
      producer: '@cotangent/export 0.1.0',
    })
    expect(Object.keys(files)).toEqual([...bundle.files.keys()].filter((name) => name !== 'bundle.json'))
    for (const [name, { bytes, sha256 }] of Object.entries<any>(files)) {
      const contents = bundle.files.get(name)!
      expect(bytes).toBe(contents.length)
      expect(sha256).toBe(createHash('sha256').update(contents).digest('hex'))
    }
  })

  it('has the model as save writes it', async () => {
    expect(bundle.files.get('model.safetensors')).toEqual(toSafetensors(model))
    expect(bundle.files.get('state.safetensors')).toEqual(toSafetensors(state))
    const back = await load(bundle.files.get('model.safetensors')!, network().model)
    expect(treeLeaves(back).map(String)).toEqual(treeLeaves(model).map(String))
  })

  it('gives names under which a trained model comes back', async () => {
    const named = manifestOf(bundle).inputs.filter(({ role }: any) => role === 'model')
    // What the trainer writes: a tensor for each name.
    const trained = toSafetensors(Object.fromEntries(named.map(({ name, shape }: any) => [name, full(shape, 0.5)])))
    const back = await load(trained, model)
    expect(treeLeaves(back).every((leaf) => leaf.data.every((each) => each === 0.5))).toBe(true)
    expect(back.forward(zeros([1, 2])).shape).toEqual([1, 1])
  })

  it('has a module with a function main', () => {
    expect(argumentsOf(bundle, 'step.mlir')).toBe(manifestOf(bundle).inputs.length)
  })

  it('has equal bytes each time, in another process too', () => {
    const { step: fresh, ...options } = network()
    const again = exportTraining(fresh, options)
    expect([...again.files]).toEqual([...bundle.files])
    const root = fileURLToPath(new URL('../../../..', import.meta.url))
    const program = join(root, 'packages/export/test/bundle/digests.ts')
    const run = ['--import', 'tsx', '--conditions=source', program]
    const digests = execFileSync(process.execPath, run, { cwd: root, encoding: 'utf8' })
    expect(JSON.parse(digests)).toEqual(manifestOf(bundle).files)
  })

  it('names no folder of this machine', () => {
    const root = fileURLToPath(new URL('../../../..', import.meta.url))
    for (const name of bundle.files.keys()) expect(textOf(bundle, name)).not.toContain(root)
  })
})

describe('a batch', () => {
  const entries = (given: object) => {
    const options = { model: { w: scalar }, state: {}, batch: given as never }
    const made = exportTraining((m: { w: Tensor }, s: object) => [loss(m.w), m, s] as const, options as never)
    return listOf(manifestOf(made).inputs).filter((line) => line.startsWith('batch'))
  }

  it('is spread if it is an array, and otherwise one argument', () => {
    const images = zeros([4, 3])
    expect(entries([images, { labels: zeros([4], { dtype: 'int32' }) }])).toEqual([
      'batch 0 float32[4, 3] batched',
      'batch 1.labels int32[4] batched',
    ])
    expect(entries({ images })).toEqual(['batch images float32[4, 3] batched'])
    expect(entries(images)).toEqual(['batch tensor float32[4, 3] batched'])
  })

  it('is split where the first axis has the size of the first tensor with an axis', () => {
    expect(entries({ rate: scalar, x: zeros([4, 3]), y: zeros([4]), scale: zeros([3]), table: zeros([2, 4]) })).toEqual(
      [
        'batch rate float32[] for each',
        'batch x float32[4, 3] batched',
        'batch y float32[4] batched',
        'batch scale float32[3] for each',
        'batch table float32[2, 4] for each',
      ],
    )
  })

  it('has an input for each argument, also where two are one tensor', () => {
    const x = zeros([4, 3])
    expect(entries([x, x])).toHaveLength(2)
    expect(entries([{ x, again: x }])).toEqual(['batch 0.x float32[4, 3] batched'])
  })
})

describe('a tensor', () => {
  const data = { batch: [zeros([4])] as const }

  it('at two places is one input and one output', () => {
    const w = tensor([1, 2])
    const shared = { encoder: w, decoder: w }
    const made = exportTraining(
      (m: typeof shared, s: object) => {
        const next = m.encoder.mul(0.5)
        return [loss(m.decoder), { encoder: next, decoder: next }, s] as const
      },
      { model: shared, state: {}, ...data },
    )
    expect(listOf(manifestOf(made).inputs)).toEqual(['model encoder float32[2]', 'batch 0 float32[4] batched'])
    expect(listOf(manifestOf(made).outputs)).toEqual(['loss loss float32[]', 'model encoder float32[2] of 0'])
  })

  it('of model and state is two inputs, because a step makes them differ', () => {
    const w = { w: tensor([1, 2]) }
    const made = exportTraining(
      (m: typeof w, average: typeof w) => {
        const next = { w: m.w.mul(0.5) as typeof m.w }
        return [loss(m.w), next, averageParameters(average, next, { decay: 0.9 })] as const
      },
      { model: w, state: w, ...data },
    )
    expect(listOf(manifestOf(made).inputs)).toEqual([
      'model w float32[2]',
      'state w float32[2]',
      'batch 0 float32[4] batched',
    ])
    expect(made.files.get('state.safetensors')).toEqual(made.files.get('model.safetensors'))
  })

  it('may come back unchanged, be unused, and be several outputs', () => {
    const before = { a: tensor([1, 2]), b: tensor([3, 4]) }
    const made = exportTraining(
      (m: typeof before, s: { n: Tensor }) => {
        const total = loss(m.a)
        return [total, { a: m.a, b: m.a }, s, { total, again: { deep: [total, m.a] } }] as const
      },
      { model: before, state: { n: scalar }, ...data },
    )
    expect(listOf(manifestOf(made).outputs)).toEqual([
      'loss loss float32[]',
      'model a float32[2] of 0',
      'model b float32[2] of 1',
      'state n float32[] of 2',
      'metric total float32[]',
      'metric again.deep.0 float32[]',
      'metric again.deep.1 float32[2]',
    ])
  })
})

describe('a large constant', () => {
  const options = { model: { w: scalar }, state: {}, batch: [zeros([4])] as const }
  const fixed = normal(key(1), [64, 16])

  it('is an input from a file, equal ones once; a small or uniform one is text', async () => {
    const same = tensor(fixed.data.slice(), { shape: [64, 16] })
    const uniform = full([64, 64], 3)
    const made = exportTraining((m: { w: Tensor }, s: object, x: Tensor) => {
      const total = fixed
        .mul(m.w)
        .add(same)
        .sum()
        .add(uniform.mul(m.w).sum())
        .add(linspace(0, 1, 4).mul(x).sum())
      return [total, m, s] as const
    }, options)
    expect(listOf(manifestOf(made).inputs)).toEqual([
      'model w float32[]',
      'batch 0 float32[4] batched',
      'constant constant.0 float32[64, 16]',
    ])
    const file = await open(made.files.get('constants.safetensors')!)
    expect((await file.tensor('constant.0')).toArray()).toEqual(fixed.toArray())
    expect(textOf(made, 'step.mlir').length).toBeLessThan(5000)
  })

  it('is absent where there is none', () => {
    expect([...bundle.files.keys()]).toEqual(['bundle.json', 'step.mlir', 'model.safetensors', 'state.safetensors'])
    const bare = exportTraining((m: { w: Tensor }, s: object) => [loss(m.w), m, s] as const, options)
    expect([...bare.files.keys()]).toEqual(['bundle.json', 'step.mlir', 'model.safetensors'])
  })
})

describe('a step', () => {
  it('may be compiled', () => {
    const made = exportTraining(compile(step), { model, state, batch })
    expect(manifestOf(made).outputs).toEqual(manifestOf(bundle).outputs)
  })

  it('may keep a random key and running statistics', () => {
    const [k1, k2] = splitKey(key(3), 2)
    const layers = sequential(dense(3, 4, { key: k1 }), batchNorm(4), dropout(0.5), dense(4, 1, { key: k2 }))
    const optimizer = sgd({ learningRate: 0.1, momentum: 0.9 })
    const start = { key: key(9), optimizer: optimizer.init(layers) }
    const made = exportTraining(
      (m: typeof layers, s: typeof start, x: Tensor<[6, 3]>, y: Tensor<[6, 1]>) => {
        const forward = (each: typeof layers) => {
          const [predicted, next] = each.forwardWithState(x, training(s.key))
          return [mse(predicted, y), next] as const
        }
        const [[total, next], gradients] = valueAndGrad(forward, { aux: true })(m)
        const [updated, moments] = optimizer.update(next, gradients, s.optimizer)
        return [total, updated, { key: foldKey(s.key, 1), optimizer: moments }] as const
      },
      { model: layers, state: start, batch: [zeros([6, 3]), zeros([6, 1])] },
    )
    const { inputs, outputs } = manifestOf(made)
    expect(listOf(inputs)).toContain('state key int32[2]')
    expect(listOf(inputs).filter((line) => line.includes('layers.1.'))).toContain(
      'model layers.1.statistics.count int32[]',
    )
    expect(outputs.filter(({ input }: any) => input !== undefined)).toHaveLength(
      inputs.filter(({ role }: any) => role !== 'batch').length,
    )
  })

  it('lists shardings in order', () => {
    const shardings = { 'layers.*.weight': [null, 'model'], bias: [['data', 'model']], '**': 'data' } as const
    const made = exportTraining(step, { model, state, batch, shardings })
    expect(manifestOf(made).shardings).toEqual([
      { pattern: 'layers.*.weight', spec: [null, 'model'] },
      { pattern: 'bias', spec: [['data', 'model']] },
      { pattern: '**', spec: 'data' },
    ])
    expect(manifestOf(bundle).shardings).toEqual([])
  })
})

it('the producer is this version', async () => {
  const { default: manifest } = await import('../../package.json', { with: { type: 'json' } })
  expect(manifestOf(bundle).producer).toBe(`${manifest.name} ${manifest.version}`)
})
