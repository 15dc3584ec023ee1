import type { Peer } from './peer.ts';

/** Peers that Debian packages: `alembic` with `python3-psycopg2`, `sqitch` with `libdbd-pg-perl`. */
export const debianPrograms: readonly Peer[] = [
	{
		name: 'alembic',
		program: 'alembic',
		prepare: ({ migrations, url, write }) => {
			write(
				'alembic.ini',
				`[alembic]\nscript_location = versions_home\nsqlalchemy.url = ${url.replaceAll('%', '%%')}\n`,
			);
			write('versions_home/script.py.mako', '');
			write('versions_home/env.py', alembicEnvironment);
			for (const { index, tag, up, down } of migrations)
				write(`versions_home/versions/r${tag}.py`, revision(index, up, down));
			return { command: ['alembic', 'upgrade', 'head'] };
		},
	},
	{
		name: 'sqitch',
		program: 'sqitch',
		prepare: ({ migrations, url, write }) => {
			write('sqitch.conf', '[core]\n\tengine = pg\n[user]\n\tname = bench\n\temail = bench@example.com\n');
			const lines = migrations.map(
				({ tag, when }) =>
					`${tag} ${new Date(when).toISOString().slice(0, 19)}Z bench <bench@example.com> # ${tag}`,
			);
			write('sqitch.plan', `%syntax-version=1.0.0\n%project=bench\n\n${lines.join('\n')}\n`);
			for (const { tag, up } of migrations) write(`deploy/${tag}.sql`, `BEGIN;\n${up}\nCOMMIT;\n`);
			return { command: ['sqitch', 'deploy', '--no-verify', url.replace(/^postgres(ql)?:/, 'db:pg:')] };
		},
	},
];

const alembicEnvironment = `from alembic import context
from sqlalchemy import engine_from_config, pool
engine = engine_from_config(context.config.get_section(context.config.config_ini_section), prefix='sqlalchemy.', poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=None, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
`;

function revision(index: number, up: string, down: string): string {
	const previous = index === 0 ? 'None' : `'r${index - 1}'`;
	return `from alembic import op
revision = 'r${index}'
down_revision = ${previous}
def upgrade():
    op.execute(${JSON.stringify(up)})
def downgrade():
    op.execute(${JSON.stringify(down)})
`;
}
