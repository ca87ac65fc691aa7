import { createHash, randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Command, Option } from 'commander';
import { accessFileOf } from '../config.ts';
import {
  emptyAccess,
  personName,
  readAccess,
  writeAccess,
  type Access,
} from '../console/auth/access-file.ts';
import { hashPassword } from '../console/auth/password.ts';
import { roles, type Role } from '../console/env.ts';
import { VigilError } from '../shared/errors.ts';
import { settingsOf } from './common.ts';
import { printJson, printTable } from './terminal.ts';

const shortestPassword = 12;

/** One line from the terminal, not shown while it is typed; from a pipe as it is. */
async function readSecret(question: string): Promise<string> {
  const { stdin, stderr } = process;
  const lines = createInterface({ input: stdin, output: stderr, terminal: stdin.isTTY });
  if (stdin.isTTY) {
    // What readline would echo is left out: only the question is written.
    Object.assign(lines, { _writeToOutput: () => undefined });
    stderr.write(question);
  }
  try {
    for await (const line of lines) return line;
    return '';
  } finally {
    lines.close();
    if (stdin.isTTY) stderr.write('\n');
  }
}

async function newPassword(): Promise<string> {
  const password = await readSecret('Password: ');
  if (password.length < shortestPassword) {
    throw new VigilError('USAGE_PASSWORD', `the password needs at least ${shortestPassword} characters`);
  }
  if (process.stdin.isTTY && (await readSecret('Again: ')) !== password) {
    throw new VigilError('USAGE_PASSWORD', 'the two passwords differ');
  }
  return hashPassword(password);
}

function checkedName(name: string): string {
  if (personName.safeParse(name).success && name !== 'machine') return name;
  throw new VigilError('USAGE_NAME', 'a name has 1 to 64 letters, digits and . @ _ - and is not "machine"');
}

/** Changes the file; `change` says what it did, or throws. */
function change(command: Command, work: (access: Access) => string): void {
  const file = accessFileOf(settingsOf(command).settings);
  const access = readAccess(file) ?? emptyAccess();
  const done = work(access);
  writeAccess(file, access);
  process.stdout.write(`${done}\n`);
}

function isKnown({ users, tokens }: Access, name: string): boolean {
  return [...users, ...tokens].some((one) => one.name === name);
}

function refuseKnown(access: Access, name: string): void {
  if (isKnown(access, name)) {
    throw new VigilError(
      'USAGE_NAME',
      `${name} is there already: remove it first, or change the password with passwd`,
    );
  }
}

const roleOption = () =>
  new Option('--role <role>', 'what the person may do').choices([...roles]).default('reader' satisfies Role);

/** `vigilstream users list|add|passwd|token|remove`. */
export function usersCommand(): Command {
  const users = new Command('users')
    .description('people and machines that may use the page and its API')
    .addHelpText(
      'after',
      `
Roles: reader reads everything; analyst also judges signals, saves rules and silences, and exports posts;
admin also sees who did what. A running console takes up a change within a second.`,
    );
  users
    .command('list', { isDefault: true })
    .description('who may come in')
    .option('--json', 'as JSON')
    .action((options: { json?: boolean }, command: Command) => {
      const access = readAccess(accessFileOf(settingsOf(command).settings)) ?? emptyAccess();
      const rows = [
        ...access.users.map(({ name, role, password }) => ({
          name,
          role,
          by: password === null ? 'proxy' : 'password',
        })),
        ...access.tokens.map(({ name, role }) => ({ name, role, by: 'token' })),
      ];
      if (options.json) printJson(rows);
      else if (rows.length === 0)
        process.stdout.write('nobody: the page is open to this machine, and to nobody else\n');
      else
        printTable(
          ['name', 'role', 'comes in by'],
          rows.map(({ name, role, by }) => [name, role, by]),
        );
    });
  users
    .command('add')
    .description('add a person; the password is asked for, or read from standard input')
    .argument('<name>', 'letters, digits and . @ _ -')
    .addOption(roleOption())
    .option('--no-password', 'the proxy signs the person in; only the role is kept here')
    .action(async (name: string, options: { role: Role; password: boolean }, command: Command) => {
      checkedName(name);
      refuseKnown(readAccess(accessFileOf(settingsOf(command).settings)) ?? emptyAccess(), name);
      const password = options.password ? await newPassword() : null;
      change(command, (access) => {
        refuseKnown(access, name);
        access.users.push({ name, role: options.role, password });
        return `${name} may come in as ${options.role}`;
      });
    });
  users
    .command('passwd')
    .description('give a person a new password; sessions with the old one end')
    .argument('<name>')
    .action(async (name: string, _options, command: Command) => {
      const password = await newPassword();
      change(command, (access) => {
        const user = access.users.find((one) => one.name === name);
        if (!user)
          throw new VigilError('USAGE_NAME', 'there is no such person: see "vigilstream users list"');
        user.password = password;
        return `${name} has a new password`;
      });
    });
  users
    .command('token')
    .description('make a bearer token for a machine; it is shown once and only its hash is kept')
    .argument('<name>')
    .addOption(roleOption())
    .action((name: string, options: { role: Role }, command: Command) => {
      checkedName(name);
      const token = `vst_${randomBytes(32).toString('base64url')}`;
      change(command, (access) => {
        refuseKnown(access, name);
        access.tokens.push({
          name,
          role: options.role,
          sha256: createHash('sha256').update(token).digest('hex'),
        });
        return token;
      });
    });
  users
    .command('remove')
    .description('take a person or a machine out; sessions and tokens end')
    .argument('<name>')
    .action((name: string, _options, command: Command) => {
      change(command, (access) => {
        if (!isKnown(access, name)) {
          throw new VigilError(
            'USAGE_NAME',
            'there is no such person or machine: see "vigilstream users list"',
          );
        }
        access.users = access.users.filter((one) => one.name !== name);
        access.tokens = access.tokens.filter((one) => one.name !== name);
        return `${name} is removed`;
      });
    });
  return users;
}
