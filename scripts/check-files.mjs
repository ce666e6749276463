// Holds the files of @cotangent/io against the reference implementations, both ways and bit for bit: safetensors and
// NumPy, and with `--torch` PyTorch. Also compares which of many damaged files are read. Run it with tsx and the
// condition `source`: npm run test:files.
//
// It makes a Python environment of its own in node_modules/.cache. `--python=PATH` uses an interpreter that has the
// packages instead. PyTorch is optional because its download takes minutes.
import { Buffer } from 'node:buffer'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { CotangentError, key, normal, tensor } from '@cotangent/core'
import { load, open, pytorchNames, save, toNpy, toSafetensors } from '@cotangent/io'
import { dense, pytorchLayers, sequential, sigmoid } from '@cotangent/nn'
import { damage, randomFrom } from '../packages/io/test/damage'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const references = join(root, 'scripts', 'references')
const { values: options } = parseArgs({
  options: { torch: { type: 'boolean', default: false }, python: { type: 'string' } },
})
/** @type {string[]} */
const problems = []

/** Ends with a message: a check that cannot run has not passed. @param {string} message @returns {never} */
function fail(message) {
  console.error(`files: ${message}`)
  process.exit(1)
}

/** An interpreter with the packages. */
function interpreter() {
  if (options.python !== undefined) return options.python
  const folder = join(root, 'node_modules', '.cache', 'cotangent-references')
  const python = join(folder, ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']))
  const base = ['python3', 'python'].find((name) => spawnSync(name, ['--version']).status === 0)
  if (base === undefined) fail('needs Python 3.11 or newer with venv; install it, or pass --python=PATH')
  /** @param {string} command @param {string[]} args */
  const run = (command, args) => {
    const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
    if (status !== 0) fail(`cannot set up Python: ${command} ${args.join(' ')}\n${stdout}${stderr}`)
  }
  if (!existsSync(python)) run(base, ['-m', 'venv', folder])
  const wanted = ['-r', join(references, 'requirements.txt'), ...(options.torch ? ['torch'] : [])]
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...wanted])
  return python
}

const arrays = { bool: Uint8Array, int32: Int32Array, float32: Float32Array, float64: Float64Array }

/** A tree of random tensors with random bits. @param {(n: number) => number} random */
function randomTree(random) {
  /** @type {Record<string, import('@cotangent/core').Tensor>} */
  const tree = {}
  for (let i = random(8); i >= 0; i--) {
    const dtype = /** @type {const} */ (['bool', 'int32', 'float32', 'float64'])[random(4)]
    const shape = Array.from({ length: random(4) }, () => random(5))
    const size = shape.reduce((product, each) => product * each, 1)
    const bits = Uint32Array.from({ length: 2 * size + 2 }, () => random(2 ** 32))
    const data = new arrays[dtype](bits.buffer, 0, size)
    if (dtype === 'bool') for (let at = 0; at < size; at++) data[at] &= 1
    tree[['layers', 'weight', 'ä', 'x y', '漢字', '0', '😀', '10'][random(8)] + random(100)] = tensor(data, {
      dtype,
      shape,
    })
  }
  return tree
}

/** @param {import('@cotangent/core').Tensor} x */
const hex = ({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex')

/** Compares two tensors bit for bit. @param {string} where @param {import('@cotangent/core').Tensor} a @param {import('@cotangent/core').Tensor} b */
function same(where, a, b) {
  if (a.dtype !== b.dtype || String(a.shape) !== String(b.shape) || hex(a) !== hex(b))
    problems.push(`${where} differs: ${b}`)
}

/** Whether every tensor of a file can be read. @param {Uint8Array} bytes */
async function isRead(bytes) {
  try {
    const file = await open(bytes)
    return file.names.every((name) => file.info(name).stored !== 'OTHER')
  } catch (error) {
    if (!(error instanceof CotangentError)) throw error
    return false
  }
}

const folder = mkdtempSync(join(tmpdir(), 'cotangent-files-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const python = interpreter()

// Files of ours.
const random = randomFrom(1)
const trees = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`tree${i}`, randomTree(random)]))
for (const [stem, tree] of Object.entries(trees)) {
  const at = (/** @type {string} */ extension) => join(folder, `${stem}${extension}`)
  await save(tree, at('.safetensors'), { metadata: { tree: stem } })
  await save(tree, at('.npz'))
  await save(tree, at('.compressed.npz'), { compress: true })
  await save(Object.values(tree)[0], at('.npy'))
  if (!options.torch) continue
  // Random bits are NaN or too large now and then, so these trees hold what float16 has room for.
  for (const [name, x] of Object.entries(tree))
    if (x.dtype.startsWith('float'))
      tree[name] = tensor(
        x.data.map((value) => (Math.abs(value) < 6e4 ? value : random(6e4) / 7)),
        { dtype: x.dtype, shape: x.shape },
      )
  await save(tree, at('.safetensors'), { metadata: { tree: stem } })
  await save(tree, at('.npz'))
  await save(tree, at('.compressed.npz'), { compress: true })
  await save(Object.values(tree)[0], at('.npy'))
  for (const dtype of /** @type {const} */ (['float16', 'bfloat16']))
    await save(tree, at(`-${dtype}.safetensors`), { dtype })
}
const listed = Object.entries(trees).map(([stem, tree]) => [
  stem,
  Object.fromEntries(
    Object.entries(tree).map(([name, x]) => [name, { dtype: x.dtype, shape: x.shape, bytes: hex(x) }]),
  ),
])
writeFileSync(join(folder, 'trees.json'), JSON.stringify(Object.fromEntries(listed)))
const network = sequential(dense(3, 4, { key: key(1) }), sigmoid, dense(4, 2, { key: key(2) }))
await save(network, join(folder, 'network.safetensors'), { names: pytorchNames(pytorchLayers) })
const x = /** @type {[number, number, number][]} */ ([[0.5, -1, 2], [0, 0.25, -3]]) // prettier-ignore
writeFileSync(join(folder, 'network.json'), JSON.stringify({ x }))

const weight = normal(key(3), [7, 3])
const tied = { embedding: { weight }, head: dense(3, 7, { key: key(4), initializer: () => weight }) }
await save(tied, join(folder, 'tied.safetensors'), { names: pytorchNames(pytorchLayers) })

// Damaged files.
mkdirSync(join(folder, 'damaged'))
/** @type {Record<string, boolean>} */
const ours = {}
const sources = Object.values(trees)
for (let seed = 0; seed < 10_000; seed++) {
  const tree = sources[seed % sources.length]
  const other = sources[(seed + 1) % sources.length]
  for (const [extension, write] of /** @type {const} */ ([
    ['safetensors', toSafetensors],
    ['npy', (/** @type {typeof tree} */ each) => toNpy(Object.values(each)[0])],
  ])) {
    const bytes = damage(write(tree), seed, write(other))
    const name = `${seed}.${extension}`
    writeFileSync(join(folder, 'damaged', name), bytes)
    ours[name] = await isRead(bytes)
  }
}

try {
  execFileSync(
    python,
    ['-W', 'ignore', join(references, 'check_files.py'), folder, ...(options.torch ? ['--torch'] : [])],
    {
      stdio: 'inherit',
    },
  )
} catch {
  fail('the script of the references failed; its message is above')
}
problems.push(...JSON.parse(readFileSync(join(folder, 'problems.json'), 'utf8')))

// Files of the references.
for (const [stem, tree] of Object.entries(trees)) {
  const prefixes = ['reference', ...(options.torch ? ['torch'] : [])]
  for (const file of [...prefixes.map((prefix) => `${prefix}-${stem}.safetensors`), `reference-${stem}.npz`]) {
    const back = await load(join(folder, file), tree)
    for (const name of Object.keys(tree)) same(`${file}: ${name}`, tree[name], back[name])
  }
  const [first] = Object.values(tree)
  same(`reference-${stem}.npy`, first, await load(join(folder, `reference-${stem}.npy`), first))
}
if (options.torch) {
  const outputs = JSON.parse(readFileSync(join(folder, 'outputs.json'), 'utf8')).flat()
  const y = network.forward(tensor(x)).data
  // As in packages/io/test/pytorch.test.ts.
  if (!outputs.every((/** @type {number} */ value, /** @type {number} */ i) => Math.abs(value - y[i]) < 32 * 2 ** -24))
    problems.push('a network that PyTorch loads has other outputs')
}

/** @type {Record<string, boolean>} */
const theirs = JSON.parse(readFileSync(join(folder, 'verdicts.json'), 'utf8'))
for (const [name, isOurs] of Object.entries(ours)) {
  // NumPy also reads a file with bytes behind the array, and more of Python in the header.
  if (isOurs !== theirs[name] && (isOurs || name.endsWith('.safetensors')))
    problems.push(`damaged file ${name}: read by ${isOurs ? 'us, not by the reference' : 'the reference, not by us'}`)
}
const read = Object.values(ours).filter((each) => each).length
if (problems.length > 0) fail(`${problems.length} differences\n${problems.slice(0, 30).join('\n')}`)
console.log(
  `files: ${sources.length} trees are equal both ways in safetensors and NumPy${options.torch ? ' and PyTorch' : ''}; ` +
    `the verdict on ${Object.keys(ours).length} damaged files agrees (${read} are read)`,
)
