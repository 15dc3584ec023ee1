import type pg from 'pg';
import { nameQuery } from './keep-plans.ts';

/** Has a session plan a query that `keepPlans` will ask later, without running it. */
export function planAhead(
	client: pg.PoolClient,
	text: string,
	values: readonly unknown[] = [],
): Promise<void> {
	return new Promise((resolve, reject) => {
		client.query(new Planning(text, values, (error) => (error === undefined ? resolve() : reject(error))));
	});
}

/** What `pg` sends of a named query, but for the request to run it: PostgreSQL plans when values are bound. */
class Planning implements pg.Submittable {
	readonly name: string;
	readonly text: string;
	readonly #values: readonly string[];
	readonly #done: (error?: Error) => void;

	constructor(text: string, values: readonly unknown[], done: (error?: Error) => void) {
		({ name: this.name, text: this.text } = nameQuery(text));
		// Which they are makes no difference to a plan that is kept.
		this.#values = values.map((value) => (Array.isArray(value) ? '{}' : String(value)));
		this.#done = done;
	}

	submit(connection: pg.Connection): void {
		connection.parse({ name: this.name, text: this.text, types: [] }, true);
		connection.bind({ statement: this.name, values: [...this.#values] }, true);
		connection.sync();
	}

	handleError(error: Error): void {
		this.#done(error);
	}

	handleReadyForQuery(): void {
		this.#done();
	}
}
