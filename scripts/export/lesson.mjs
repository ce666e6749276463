// Runs the shell commands of docs/many-machines.md, in order, in a folder of their own. usage: lesson.mjs PYTHON
//
// Then it compares what the page claims: the losses on one device and on eight, and those of the weights that came back.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const [python] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'cotangent-lesson-'))
const page = readFileSync(join(root, 'docs/many-machines.md'), 'utf8')

/** The commands of the page. Its folders are in `folder`, and the environment has the package already. */
const commands = [...page.matchAll(/^```sh\n(.*?)^```/gms)]
  .flatMap(([, block]) => block.trim().split('\n'))
  .filter((line) => !line.startsWith('pip '))
  .map((line) => line.replaceAll(/(?<=\s)(?:digits|runs)\b/g, (name) => join(folder, name)))
  .map((line) => line.replace(/^cotangent-xla/, `${python} -m cotangent_xla`))

/** @param {string} command @returns {string} what it prints */
function run(command) {
  console.log(`$ ${command}`)
  const env = { ...process.env, PYTHONPATH: join(root, 'python', 'src') }
  const { status, stdout, stderr } = spawnSync('bash', ['-c', command], { cwd: root, encoding: 'utf8', env })
  if (status !== 0) throw new Error(`exit code ${status}\n${stdout}\n${stderr}`)
  return stdout
}

/** @param {string} name @returns {number[]} */
const losses = (name) =>
  readFileSync(join(folder, 'runs', `${name}.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).loss)
    .filter((loss) => loss !== undefined)

/** @param {boolean} holds @param {string} claim */
function check(holds, claim) {
  if (!holds) throw new Error(`not so: ${claim}`)
  console.log(`  ${claim}`)
}

try {
  if (python === undefined) throw new Error('usage: lesson.mjs PYTHON')
  const printed = commands.map(run).join('\n')
  const [one, eight] = [losses('one'), losses('eight')]
  const difference = Math.max(...one.map((loss, i) => Math.abs(loss - eight[i]) / loss))
  check(one.length === 1000 && eight.length === 1000, 'each run has 1,000 losses')
  check(difference < 1e-5, `one device and eight differ by ${difference.toExponential(1)} at most`)
  for (const [, text] of page.matchAll(/`(collectives: [^`]*)`/g)) check(printed.includes(text), text)
  const right = Number(/accuracy: .* test (\S+) %/.exec(printed)?.[1])
  check(right > 96, `the network that came back reads ${right} % of the digits`)
} catch (error) {
  console.error(String(error))
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
