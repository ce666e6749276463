import { writeFileSync } from 'node:fs'
import { loadEngines } from './engines/load'
import { runBenchmark } from './measure/run'
import { help, readOptions } from './options'
import { chart } from './report/chart'
import { type Results, resultsOf, type Row } from './report/results'
import { formatResults } from './report/table'

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options.help) return console.log(help)
  const engines = await loadEngines(options.engines)
  const rows: Row[] = []
  for (const benchmark of options.benchmarks) rows.push(await runBenchmark(benchmark, engines))
  const results = resultsOf(rows, engines)
  console.log(`\n${formatResults(results)}`)
  if (options.save) save(results)
  else console.log('\nNothing was written, as this was not everything; --save writes all the same.')
}

function save(results: Results): void {
  writeFileSync(new URL('results.json', import.meta.url), `${JSON.stringify(results, null, 2)}\n`)
  writeFileSync(new URL('results.svg', import.meta.url), chart(results))
  console.log('\nWritten: bench/results.json and bench/results.svg')
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
