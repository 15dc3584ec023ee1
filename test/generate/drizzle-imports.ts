/** The head of a schema file: everything of drizzle that tests use. */
export const drizzleImports = `import { relations, sql } from 'drizzle-orm';
import { bigint, bigserial, boolean, check, customType, date, foreignKey, index, integer, jsonb, pgEnum, pgMaterializedView, pgPolicy, pgRole, pgSchema, pgSequence, pgTable, pgView, primaryKey, serial, text, timestamp, unique, uniqueIndex, uuid, varchar } from 'drizzle-orm/pg-core';
`;
