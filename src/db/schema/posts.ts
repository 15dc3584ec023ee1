import { relations } from 'drizzle-orm';
import { index, integer, pgTable, serial, text, timestamp, varchar } from 'drizzle-orm/pg-core';
import { comments } from './comments.ts';
import { users } from './users.ts';

/** What users write. A user's posts go with the user. */
export const posts = pgTable(
	'posts',
	{
		id: serial('id').primaryKey(),
		authorId: integer('author_id')
			.notNull()
			.references(() => users.id, { onDelete: 'cascade' }),
		title: varchar('title', { length: 200 }).notNull(),
		body: text('body').notNull(),
		createdAt: timestamp('created_at').defaultNow().notNull(),
	},
	(table) => [index('posts_author_id_idx').on(table.authorId)],
);

export const postsRelations = relations(posts, ({ one, many }) => ({
	author: one(users, { fields: [posts.authorId], references: [users.id] }),
	comments: many(comments),
}));
