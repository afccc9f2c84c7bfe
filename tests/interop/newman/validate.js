// Usage: node validate.js FILE...  Says of each whether it is a valid OpenAPI document, and of which version.
import { readFile } from 'node:fs/promises';
import { Validator } from '@seriousme/openapi-schema-validator';

for (const file of process.argv.slice(2)) {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(JSON.parse(await readFile(file, 'utf8')));
  if (!valid) {
    console.error(file, JSON.stringify(errors, null, 2));
    process.exit(1);
  }
  console.log(`${file}: OpenAPI ${validator.version}`);
}
