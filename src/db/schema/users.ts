import { relations } from 'drizzle-orm';
import { pgTable, serial, timestamp, varchar } from 'drizzle-orm/pg-core';
import { comments } from './comments.ts';
import { posts } from './posts.ts';

/** The people who write posts and comments. */
export const users = pgTable('users', {
	id: serial('id').primaryKey(),
	email: varchar('email', { length: 120 }).notNull().unique(),
	password: varchar('password', { length: 200 }).notNull(),
	createdAt: timestamp('created_at').defaultNow().notNull(),
	nickname: varchar('nickname', { length: 50 }),
});

export const usersRelations = relations(users, ({ many }) => ({
	posts: many(posts),
	comments: many(comments),
}));
