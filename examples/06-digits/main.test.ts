// Runs the command in its own process and checks its output and exit code.

import { key } from '@cotangent/core'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundlePrograms, type Programs } from '../../test/programs'
import { drawDigits } from './draw-digits'
import { filesOf } from './mnist-files'

const script = join(import.meta.dirname, 'main.ts')
let programs: Programs
let folder: string
beforeAll(async () => {
  programs = await bundlePrograms([script])
  folder = mkdtempSync(join(tmpdir(), 'cotangent-digits-'))
  for (const [name, bytes] of Object.entries(filesOf('t10k', drawDigits(key(1), 600))))
    writeFileSync(join(folder, name), bytes)
})
afterAll(() => {
  programs.remove()
  rmSync(folder, { recursive: true, force: true })
})

interface Running {
  /** Called with the process and its output so far. */
  readonly onOutput?: (child: ReturnType<typeof spawn>, text: string) => void
  /** The program to start: the bundle, which starts faster than `npm start`, or the command of `npm start`. */
  readonly command?: readonly string[]
}

/** Runs the example until it ends. */
function run(args: string[], { onOutput, command = programs.argumentsFor(script) }: Running = {}) {
  const child = spawn(process.execPath, [...command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (data) => {
    stdout += String(data)
    onOutput?.(child, stdout)
  })
  child.stderr.on('data', (data) => (stderr += String(data)))
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

const slow = { timeout: 60_000 }

describe('npm start', { concurrent: false }, () => {
  it('trains on drawn digits and reports', slow, async () => {
    const { code, stdout, stderr } = await run(['--epochs', '2'])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('drawn digits: 5000 to train on, 1000 to test on, 20 x 20 pixels')
    expect(stdout).toContain('network 400-25-10, all sigmoid, 10285 parameters')
    expect(stdout).toMatch(/^epoch 2\/2 {2}loss \d\.\d{4} {2}accuracy [6-9]\d\.\d %$/m)
    expect(stdout).toContain('they agree')
    expect(Number(/test (\d+\.\d) %/.exec(stdout)?.[1])).toBeGreaterThan(75)
    expect(stdout).toMatch(/true \d, said \d \(0\.\d\d\)/)
    expect(stdout).not.toContain('\x1b')
  })

  it('trains convolutions on the same digits', slow, async () => {
    const file = join(folder, 'convolutions')
    const { code, stdout, stderr } = await run(['--model', 'conv', '--epochs', '1', '--batch', '16', '--save', file])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('drawn digits: 5000 to train on, 1000 to test on, 20 x 20 pixels')
    expect(stdout).toContain('network of 2 convolutions with 8, 16 channels, and a sigmoid layer, 5258 parameters')
    expect(stdout).toMatch(/layer 2 weight +16 x 8 x 3 x 3/)
    expect(stdout).toContain('they agree')
    expect(Number(/test (\d+\.\d) %/.exec(stdout)?.[1])).toBeGreaterThan(75)
    const other = await run(['--model', 'conv', '--hidden', '8,4', '--load', file])
    expect([other.code, other.stdout]).toEqual([2, ''])
    expect(other.stderr).toMatch(/^error: .*expected \[4, 8, 3, 3\], got \[16, 8, 3, 3\].*\n$/)
    const small = await run(['--model', 'conv', '--hidden', '4,4,4,4,4'])
    expect([small.code, small.stderr]).toEqual([
      2,
      'error: images of 20 x 20 pixels are too small for 5 hidden layers\n',
    ])
  })

  it('trains on files with the same result for the same seed, and keeps it in a file', slow, async () => {
    const args = ['--data', folder, '--epochs', '1', '--batch', '50', '--hidden', '12,11', '--seed', '5']
    args.push('--optimizer', 'sgd')
    const file = join(folder, 'network')
    const [first, second] = await Promise.all([run(args), run([...args, '--save', file])])
    expect([first.code, first.stderr]).toEqual([0, ''])
    expect(first.stdout).toContain('500 to train on, 100 to test on, 20 x 20 pixels')
    expect(first.stdout).toContain('network 400-12-11-10')
    const timeless = (text: string) => text.replace(/trained in .* s/, '').replace(`saved to ${file}\n\n`, '')
    expect(timeless(second.stdout)).toBe(timeless(first.stdout))

    // A network from a file is tested, and gives what it gave when it was saved.
    expect(second.stdout).toContain(`saved to ${file}`)
    const load = ['--data', folder, '--seed', '5', '--load', file]
    const loaded = await run([...load, '--hidden', '12,11'])
    expect([loaded.code, loaded.stderr]).toEqual([0, ''])
    expect(loaded.stdout).not.toContain('trained in')
    const accuracy = (stdout: string) => /^accuracy: .*$/m.exec(stdout)![0]
    expect(accuracy(loaded.stdout)).toBe(accuracy(second.stdout))

    const other = await run(load)
    expect([other.code, other.stdout]).toEqual([2, ''])
    expect(other.stderr).toMatch(
      /^error: .*network: not the .*--model.*'layers\.0\.weight', expected \[25, 400\], got \[12, 400\].*\n$/,
    )
  })

  it.each([
    [['--epochs', '0'], /^error: .*positive integer\. Try --help\.\n$/],
    [['--data', join(tmpdir(), 'cotangent', 'none')], /^error: cannot read the folder .*none: it does not exist\n$/],
    [['--load', 'none'], /^error: cannot load a network: none: cannot be read: .*\n$/],
    [['--save', join(tmpdir(), 'cotangent', 'none')], /^error: cannot write to the folder .*: it does not exist\n$/],
  ])('ends with 2 and one line for %j', slow, async (args, message) => {
    const { code, stdout, stderr } = await run(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(message)
  })

  it('ends with 1 and one line where the loss grows beyond all bounds', slow, async () => {
    const { code, stderr } = await run(['--data', folder, '--learning-rate', '1e30'])
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^error: the loss is no longer finite.*\n$/)])
  })

  it('explains itself', slow, async () => {
    const { code, stdout, stderr } = await run(['--help'], {
      command: ['--conditions=source', '--import', 'tsx', script],
    })
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('Usage: npm start -- [options]')
  })

  it('ends with 130 on Ctrl-C', slow, async () => {
    const { code, stderr } = await run(['--data', folder, '--epochs', '100000'], {
      onOutput: (child, text) => {
        if (text.includes('epoch      2/')) child.kill('SIGINT')
      },
    })
    expect([code, stderr]).toEqual([130, ''])
  })
})
